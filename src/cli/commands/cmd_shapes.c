/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A list of shapes stands for a model: its pruned layers, once for all blocks,
 * and its sizes, from which the other operators follow.  Where blocks are of
 * two kinds, a layer that only one of them has says so.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/printable.h"
#include "cli/frame/command.h"
#include "llm/sizes.h"
#include "replay/data_file.h"

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

/* The layers of a block, and what their names begin with. */
struct block_layers {
    const struct layer_shape *layer;
    size_t count, skip;
};

/* Those of the first block that has attention, or has none; no layers if there
 * is no such block. */
static struct block_layers layers_of_kind(const struct sized_model *model,
                                          bool attention)
{
    struct block_layers found = { 0 };

    for (size_t i = 0; i < model->layers; i++) {
        uint32_t block = model->layer[i].block;

        if (found.count > 0 && block != found.layer->block)
            break;
        if (model_block_has_attention(&model->sizes, block) != attention)
            continue;
        if (found.count++ == 0)
            found = (struct block_layers){
                .layer = &model->layer[i],
                .count = 1,
                .skip = strlen(model->prefix) +
                        (size_t)snprintf(NULL, 0, ".%u.", block),
            };
    }
    return found;
}

static const char *layer_name(const struct block_layers *block, size_t i)
{
    return block->layer[i].name + block->skip;
}

static bool has_layer(const struct block_layers *block,
                      const struct layer_shape *layer, const char *name)
{
    for (size_t i = 0; i < block->count; i++) {
        if (strcmp(layer_name(block, i), name) == 0 &&
            block->layer[i].inputs == layer->inputs &&
            block->layer[i].outputs == layer->outputs)
            return true;
    }
    return false;
}

/* Layers from `i` on that the other kind of block has not. */
static size_t print_own(const struct block_layers *block,
                        const struct block_layers *other, const char *in,
                        size_t i)
{
    for (; i < block->count; i++) {
        const struct layer_shape *layer = &block->layer[i];

        if (has_layer(other, layer, layer_name(block, i)))
            break;
        printf("  %s: {inputs: %u, outputs: %u%s}\n", layer_name(block, i),
               layer->inputs, layer->outputs, other->count > 0 ? in : "");
    }
    return i;
}

/* Both kinds of block in one list: what only one has is said to be in that one,
 * and stands before what comes after it in both. */
static void print_layers(const struct sized_model *model)
{
    const struct block_layers state = layers_of_kind(model, false);
    const struct block_layers attention = layers_of_kind(model, true);
    size_t i = 0, j = 0;

    while (i < state.count || j < attention.count) {
        i = print_own(&state, &attention, ", in: state", i);
        j = print_own(&attention, &state, ", in: attention", j);
        if (i < state.count && j < attention.count) {
            printf("  %s: {inputs: %u, outputs: %u}\n", layer_name(&state, i),
                   state.layer[i].inputs, state.layer[i].outputs);
            i++, j++;
        }
    }
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

static int cmd_shapes_run(const struct call *call, struct error *err)
{
    const struct shapes_asked *asked = call->options;
    const char *path = call->arguments[0];
    struct sized_model model;
    char *name, *part;

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
    print_layers(&model);
    printf("model:\n%s", part);
    free(part);
    free(name);
    sized_model_release(&model);
    return 0;
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
                   "the config.json of a family that `flexcim families` lists.",
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct shapes_asked),
    .run = cmd_shapes_run,
};
