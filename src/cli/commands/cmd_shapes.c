/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
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

static void print_layers(const struct sized_model *model)
{
    size_t skip = strlen(model->prefix) + strlen(".0.");

    for (size_t i = 0; i < model->layers && model->layer[i].block == 0; i++)
        printf("  %s: {inputs: %u, outputs: %u}\n", model->layer[i].name + skip,
               model->layer[i].inputs, model->layer[i].outputs);
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
    printf("# Source: %s\n", path);
    printf("name: %s\n", name);
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
