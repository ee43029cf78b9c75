/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A list of shapes stands for a model: its pruned layers, once for all blocks
 * and all experts, and its sizes, from which the other operators follow.  A
 * layer of a part that not all blocks have says which part that is.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/printable.h"
#include "cli/frame/command.h"
#include "llm/sizes.h"
#include "replay/data_file.h"
#include "replay/shape_file.h"

struct shapes_asked {
    uint64_t tokens;
    const char *name;
};

/* The file's own name, or its folder's if it is called config.json. */
static char *model_called(const char *path)
{
    char *copy = memory_text(path), *slash = strrchr(copy, '/'), *name;

    if (slash && strcmp(slash + 1, "config.json") == 0)
        *slash = '\0';
    name = data_name(copy);
    free(copy);
    return name;
}

/* A line of the list: a layer of a block, or an expert's for all of them. */
struct shapes_line {
    char *name;
    uint32_t inputs, outputs;
    enum model_part part;
    bool routed;
};

struct shapes_lines {
    struct shapes_line *at;
    size_t count, capacity;
};

/* An expert's number becomes the sign for all of them. */
static char *for_all_experts(const char *name)
{
    const char *dot = name;

    for (; *dot; dot += strcspn(dot, ".") + (strchr(dot, '.') != NULL)) {
        size_t length = strcspn(dot, ".");

        if (length > 0 && strspn(dot, "0123456789") == length)
            return memory_printf("%.*s*%s", (int)(dot - name), name,
                                 dot + length);
    }
    return memory_text(name);
}

static int line_of_layer(struct shapes_line *line,
                         const struct sized_model *model,
                         const struct layer_shape *layer, struct error *err)
{
    size_t skip =
        strlen(model->prefix) + (size_t)snprintf(NULL, 0, ".%u.", layer->block);
    const struct operator_row *row =
        operator_of_layer(&model->sizes, layer->block, layer->name,
                          layer->inputs, layer->outputs, err);

    if (!row)
        return -1;
    *line = (struct shapes_line){ .inputs = layer->inputs,
                                  .outputs = layer->outputs,
                                  .part = operator_part(row),
                                  .routed = row->count[0] == DIM_EXPERTS_HIT };
    line->name = line->routed ? for_all_experts(layer->name + skip)
                              : memory_text(layer->name + skip);
    return 0;
}

/* The number of the same line; that behind the last if there is none. */
static size_t shapes_find(const struct shapes_lines *lines,
                          const struct shapes_line *line)
{
    size_t i = 0;

    for (; i < lines->count; i++) {
        const struct shapes_line *other = &lines->at[i];

        if (strcmp(other->name, line->name) == 0 &&
            other->inputs == line->inputs && other->outputs == line->outputs &&
            other->part == line->part)
            break;
    }
    return i;
}

/* Moves all lines of `from` in front of line `place`. */
static void shapes_insert(struct shapes_lines *lines, size_t place,
                          struct shapes_lines *from)
{
    if (from->count == 0)
        return;
    lines->at = memory_grow(lines->at, &lines->capacity,
                            lines->count + from->count, sizeof *lines->at);
    memmove(&lines->at[place + from->count], &lines->at[place],
            (lines->count - place) * sizeof *lines->at);
    for (size_t i = 0; i < from->count; i++)
        lines->at[place + i] = from->at[i];
    lines->count += from->count;
    from->count = 0;
}

/* Takes the line over.  What is not in the list yet waits in `own` for the next
 * line that is, to stand before it. */
static void shapes_take(struct shapes_lines *lines, struct shapes_lines *own,
                        const struct shapes_line *line)
{
    size_t found = shapes_find(lines, line);

    if (found == lines->count) {
        if (shapes_find(own, line) < own->count) {
            free(line->name); /* of the next expert */
            return;
        }
        own->at = memory_grow(own->at, &own->capacity, own->count + 1,
                              sizeof *own->at);
        own->at[own->count++] = *line;
        return;
    }
    free(line->name);
    shapes_insert(lines, found, own);
}

/* Whether a block before it is made of the same parts. */
static bool is_repeated(const struct model_sizes *sizes, uint32_t block)
{
    for (uint32_t b = 0; b < block; b++)
        if (model_blocks_alike(sizes, b, block))
            return true;
    return false;
}

static bool everywhere(const struct model_sizes *sizes, enum model_part part)
{
    for (uint32_t b = 0; b < sizes->blocks; b++)
        if (!model_block_has(sizes, b, part))
            return false;
    return true;
}

/* Every expert sees as many tokens, rounded up. */
static void print_line(const struct model_sizes *sizes,
                       const struct shapes_line *line, uint64_t tokens)
{
    const uint32_t *size = sizes->size;

    printf("  %s: {inputs: %u, outputs: %u", line->name, line->inputs,
           line->outputs);
    if (line->routed)
        printf(", copies: %u, tokens: %llu", size[DIM_EXPERTS],
               (unsigned long long)divide_up(tokens * size[DIM_EXPERTS_USED],
                                             size[DIM_EXPERTS]));
    if (!everywhere(sizes, line->part))
        printf(", in: %s", model_part_names[line->part]);
    printf("}\n");
}

/* The layers of one block of each kind. */
static int list_lines(struct shapes_lines *lines,
                      const struct sized_model *model, struct error *err)
{
    struct shapes_lines own = { 0 };
    uint32_t block = UINT32_MAX;
    bool taken = false;
    int status = 0;

    for (size_t i = 0; i < model->layers && status == 0; i++) {
        struct shapes_line line;

        if (model->layer[i].block != block) {
            shapes_insert(lines, lines->count, &own);
            block = model->layer[i].block;
            taken = !is_repeated(&model->sizes, block);
        }
        if (!taken)
            continue;
        status = line_of_layer(&line, model, &model->layer[i], err);
        if (status == 0)
            shapes_take(lines, &own, &line);
    }
    shapes_insert(lines, lines->count, &own);
    free(own.at);
    return status;
}

static int print_layers(const struct sized_model *model, uint64_t tokens,
                        struct error *err)
{
    struct shapes_lines lines = { 0 };
    int status = list_lines(&lines, model, err);

    for (size_t i = 0; i < lines.count; i++) {
        if (status == 0)
            print_line(&model->sizes, &lines.at[i], tokens);
        free(lines.at[i].name);
    }
    free(lines.at);
    return status;
}

/* A folder's name may hold what ends a comment, or what a terminal obeys. */
static void print_source(const char *path)
{
    char *shown = memory_text(path);

    printable_make(shown);
    printf("# Source: %s\n", shown);
    free(shown);
}

/* In quotes, unless YAML reads it as it stands. */
static void print_name(char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789_.-+/";

    printable_make(name);
    if (isalnum((unsigned char)*name) && name[strspn(name, plain)] == '\0') {
        printf("name: %s\n", name);
        return;
    }
    printf("name: \"");
    for (const char *c = name; *c; c++)
        printf("%s%c", strchr("\"\\", *c) ? "\\" : "", *c);
    printf("\"\n");
}

static int print_shapes(const struct shapes_asked *asked, const char *path,
                        struct error *err)
{
    struct sized_model model;
    char *name, *part;
    int status;

    if (sized_model_read(&model, path, err) < 0)
        return -1;
    name = asked->name ? memory_text(asked->name) : model_called(path);
    part = model_sizes_yaml(&model.sizes);
    print_source(path);
    print_name(name);
    printf("tokens: %llu\n", (unsigned long long)asked->tokens);
    printf("blocks: %u\n", model.sizes.blocks);
    printf("prefix: %s\n", model.prefix);
    printf("layers:\n");
    status = print_layers(&model, asked->tokens, err);
    if (status == 0)
        printf("model:\n%s", part);
    free(part);
    free(name);
    sized_model_release(&model);
    return status;
}

static int cmd_shapes_run(const struct call *call, struct error *err)
{
    const struct shapes_asked *asked = call->options;
    char *path = memory_printf("%s/config.json", call->arguments[0]);
    int status;

    if (asked->tokens < 1 || asked->tokens > SHAPE_MAX_TOKENS)
        status = error_set(err, ERROR_USAGE, "--tokens: 1 to %d was expected",
                           SHAPE_MAX_TOKENS);
    else if (access(path, F_OK) == 0)
        status = print_shapes(asked, path, err);
    else
        status = print_shapes(asked, call->arguments[0], err);
    free(path);
    return status;
}

static const struct command_option option_table[] = {
    { "tokens", 0, OPTION_COUNT, offsetof(struct shapes_asked, tokens), "T",
      NULL, "2048", "tokens of every layer" },
    { "name", 0, OPTION_TEXT, offsetof(struct shapes_asked, name), "NAME", NULL,
      NULL, "what the model is called (its folder)" },
    { 0 }
};

const struct command cmd_shapes = {
    .name = "shapes",
    .arguments = "CONFIG",
    .summary = "a list of shapes from a model's config.json",
    .description = "Prints the list as YAML: the pruned linear maps and the "
                   "sizes of the whole model. No weights are needed. CONFIG is "
                   "the config.json, or its folder, of a family that `flexcim "
                   "families` lists.",
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct shapes_asked),
    .run = cmd_shapes_run,
};
