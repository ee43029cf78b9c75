/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A list of shapes in YAML: layers by name, repeated over blocks and experts,
 * or a `model` whose operators they are.  The layers of a list with a model
 * must be its linear operators, each once, since replays and inferences of one
 * file would otherwise be of two models.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "replay/shape_list.h"
#include "replay/yaml_file.h"
#include "trace/operators.h"

/* One decoder block, before it is repeated. */
struct block_list {
    struct shape_list list;
    struct listed_layer common; /* tokens and pattern of every layer */
    uint32_t blocks;
    char *prefix; /* NULL: not said */
};

static const char layers[] = "layers.", model[] = "model.";

static int shape_list_yaml_unknown_key(const char *key, struct error *err)
{
    static const char *const keys[] = { "name",   "tokens",  "pattern",
                                        "blocks", "prefix",  "layers",
                                        "inputs", "outputs", "copies",
                                        "in",     "model" };
    const char *nearest = nearest_name(key, keys, sizeof keys / sizeof *keys);

    return error_set(err, ERROR_DATA, "%s: no such key%s%s%s", key,
                     nearest ? "; did you mean " : "", nearest ? nearest : "",
                     nearest ? "?" : "");
}

/* The layer that a path "layers.NAME.KEY" is about; new ones are added. */
static struct listed_layer *shape_list_yaml_layer_of(struct block_list *block,
                                                     const char *name,
                                                     size_t length)
{
    for (size_t i = 0; i < block->list.layers; i++) {
        struct listed_layer *layer = &block->list.layer[i];

        if (strlen(layer->shape.name) == length &&
            memcmp(layer->shape.name, name, length) == 0)
            return layer;
    }
    return shape_list_add(&block->list,
                          memory_printf("%.*s", (int)length, name));
}

static int set_place(struct listed_layer *layer, const char *value,
                     struct error *err)
{
    for (unsigned i = 0; i < MODEL_PARTS; i++)
        if (strcmp(model_part_names[i], value) == 0) {
            layer->part = (enum model_part)i;
            return 0;
        }
    return error_set(err, ERROR_DATA,
                     "in: \"%s\" is none of attention, state, feed, experts",
                     value);
}

static int shape_list_yaml_set_shape(struct listed_layer *layer,
                                     const char *key, const char *value,
                                     struct error *err)
{
    if (strcmp(key, "tokens") == 0)
        return shape_number(&layer->tokens, key, value, SHAPE_MAX_TOKENS, err);
    if (strcmp(key, "inputs") == 0)
        return shape_number(&layer->shape.inputs, key, value,
                            LAYER_MAX_INPUTS - 1, err);
    if (strcmp(key, "outputs") == 0)
        return shape_number(&layer->shape.outputs, key, value,
                            SHAPE_MAX_OUTPUTS, err);
    if (strcmp(key, "pattern") == 0)
        return pattern_parse(&layer->pattern, value, err);
    if (strcmp(key, "copies") == 0)
        return shape_number(&layer->copies, key, value, SHAPE_MAX_LAYERS, err);
    if (strcmp(key, "in") == 0)
        return set_place(layer, value, err);
    return shape_list_yaml_unknown_key(key, err);
}

static int set_layer(struct block_list *block, const char *path,
                     const char *value, struct error *err)
{
    const char *name = path + sizeof layers - 1, *dot = strrchr(name, '.');

    if (!dot || dot == name)
        return error_set(err, ERROR_DATA,
                         "%s: a layer is written NAME: {inputs: K, outputs: "
                         "O}",
                         name);
    return shape_list_yaml_set_shape(
        shape_list_yaml_layer_of(block, name, (size_t)(dot - name)), dot + 1,
        value, err);
}

static int set_model(struct block_list *block, const struct yaml_entry *entry,
                     struct error *err)
{
    const char *key = entry->path + sizeof model - 1;
    struct shape_list *list = &block->list;

    if (!list->sizes) {
        list->sizes = memory_new(1, sizeof *list->sizes);
        model_sizes_init(list->sizes);
    }
    if (entry->item != YAML_SINGLE && !model_sizes_is_list(key))
        return error_set(err, ERROR_DATA,
                         "%s: a list, where one value is expected",
                         entry->path);
    return model_sizes_set(list->sizes, key, entry->value, err);
}

static int shape_list_yaml_set_entry(struct block_list *block,
                                     const struct yaml_entry *entry,
                                     struct error *err)
{
    const char *path = entry->path, *value = entry->value;

    if (strncmp(path, model, sizeof model - 1) == 0)
        return set_model(block, entry, err);
    if (entry->item != YAML_SINGLE)
        return error_set(err, ERROR_DATA,
                         "%s: a list, where one value is expected", path);
    if (strncmp(path, layers, sizeof layers - 1) == 0)
        return set_layer(block, path, value, err);
    if (strcmp(path, "name") == 0)
        block->list.name = memory_text(value);
    else if (strcmp(path, "prefix") == 0)
        block->prefix = memory_text(value);
    else if (strcmp(path, "blocks") == 0)
        return shape_number(&block->blocks, path, value, SHAPE_MAX_LAYERS, err);
    else if (strcmp(path, "tokens") == 0 || strcmp(path, "pattern") == 0)
        return shape_list_yaml_set_shape(&block->common, path, value, err);
    else
        return shape_list_yaml_unknown_key(path, err);
    return 0;
}

/* An expert's number stands where the name has a star, or before its last
 * word. */
static char *copy_name(const char *name, uint32_t copy)
{
    const char *dot = strrchr(name, '.'), *star = strchr(name, '*');
    int head = dot ? (int)(dot + 1 - name) : 0;

    if (star)
        return memory_printf("%.*s%u%s", (int)(star - name), name, copy,
                             star + 1);
    return memory_printf("%.*s%u.%s", head, name, copy, name + head);
}

static int add_copy(struct shape_list *list, const struct block_list *block,
                    const struct listed_layer *one, uint32_t b, uint32_t copy,
                    struct error *err)
{
    char *word = one->copies ? copy_name(one->shape.name, copy)
                             : memory_text(one->shape.name);
    char *name = block->prefix
                     ? memory_printf("%s.%u.%s", block->prefix, b, word)
                 : block->blocks > 1 ? memory_printf("%u.%s", b, word)
                                     : memory_text(word);
    struct listed_layer *layer;

    free(word);
    if (list->layers >= SHAPE_MAX_LAYERS) {
        free(name);
        return error_set(err, ERROR_DATA, "more than %d layers",
                         SHAPE_MAX_LAYERS);
    }
    layer = shape_list_add(list, name);
    *layer = *one;
    layer->shape.name = name;
    layer->shape.block = b;
    if (!layer->tokens)
        layer->tokens = block->common.tokens;
    if (!layer->pattern.n)
        layer->pattern = block->common.pattern;
    return shape_check(layer, err);
}

static bool is_in_block(const struct listed_layer *layer,
                        const struct model_sizes *sizes, uint32_t b)
{
    return layer->part == MODEL_PARTS || !sizes ||
           model_block_has(sizes, b, layer->part);
}

static int repeat(struct shape_list *list, const struct block_list *block,
                  struct error *err)
{
    if (block->list.layers * block->blocks > SHAPE_MAX_LAYERS)
        return error_set(err, ERROR_DATA, "more than %d layers",
                         SHAPE_MAX_LAYERS);
    for (uint32_t b = 0; b < block->blocks; b++) {
        for (size_t i = 0; i < block->list.layers; i++) {
            const struct listed_layer *one = &block->list.layer[i];
            uint32_t copies = one->copies ? one->copies : 1;

            if (!is_in_block(one, block->list.sizes, b))
                continue;
            for (uint32_t copy = 0; copy < copies; copy++)
                if (add_copy(list, block, one, b, copy, err) < 0)
                    return -1;
        }
    }
    return 0;
}

/* The layers of a list are the linear operators of its model. */
static int check_model(const struct shape_list *list, struct error *err)
{
    struct layer_shape *of = memory_new(list->layers, sizeof *of);
    int status;

    for (size_t i = 0; i < list->layers; i++)
        of[i] = list->layer[i].shape;
    status = operators_check(list->sizes, of, list->layers, err);
    free(of);
    return status;
}

static int finish_list(struct shape_list *list, struct block_list *block,
                       struct error *err)
{
    struct model_sizes *sizes = block->list.sizes;

    if (sizes && model_sizes_finish(sizes, block->blocks, err) < 0)
        return -1;
    if (repeat(list, block, err) < 0)
        return -1;
    list->sizes = sizes;
    block->list.sizes = NULL;
    return sizes && list->layers ? check_model(list, err) : 0;
}

int shape_list_read_yaml(struct shape_list *list, const char *path,
                         struct error *err)
{
    struct block_list block = { .blocks = 1 };
    struct yaml_file yaml;
    int status = 0;

    *list = (struct shape_list){ 0 };
    if (yaml_file_read(&yaml, path, err) < 0)
        return -1;
    for (size_t i = 0; status == 0 && i < yaml.entries; i++) {
        status = shape_list_yaml_set_entry(&block, &yaml.entry[i], err);
        if (status < 0)
            yaml_error(&yaml, &yaml.entry[i], err);
    }
    if (status == 0 && finish_list(list, &block, err) < 0)
        status = error_prefix(err, "%s: ", path);
    if (status == 0) {
        list->name = block.list.name;
        block.list.name = NULL;
    }
    yaml_file_release(&yaml);
    shape_list_release(&block.list);
    free(block.prefix);
    return status;
}
