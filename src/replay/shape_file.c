/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A list of shapes as layers without values: masks are drawn from a seed, so
 * that the same list gives the same cycles anywhere.  Sizes are checked against
 * each other before memory is asked for: no product of them may overflow.
 */
#include "replay/shape_file.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "base/text.h"
#include "replay/data_file.h"
#include "replay/shape_list.h"

static const struct data_kind kind = { "list of shapes", "traces/shapes",
                                       "shapes" };

enum { STANDARD_TOKENS = 2048 };

size_t shape_names(char ***names)
{
    return data_names(&kind, names);
}

struct listed_layer *shape_list_add(struct shape_list *list, char *name)
{
    list->layer = memory_grow(list->layer, &list->capacity, list->layers + 1,
                              sizeof *list->layer);
    list->layer[list->layers] =
        (struct listed_layer){ .shape.name = name, .part = MODEL_PARTS };
    return &list->layer[list->layers++];
}

void shape_list_release(struct shape_list *list)
{
    for (size_t i = 0; i < list->layers; i++)
        layer_shape_release(&list->layer[i].shape);
    free(list->layer);
    free(list->sizes);
    free(list->name);
    *list = (struct shape_list){ 0 };
}

int shape_number(uint32_t *number, const char *what, const char *text,
                 uint64_t most, struct error *err)
{
    uint64_t value;

    if (!number_u64(&value, text) || value < 1 || value > most)
        return error_set(err, ERROR_DATA,
                         "%s: \"%s\" is not a whole number in 1..%" PRIu64,
                         what, text, most);
    *number = (uint32_t)value;
    return 0;
}

int shape_check(const struct listed_layer *layer, struct error *err)
{
    if (layer->shape.inputs == 0 || layer->shape.outputs == 0)
        return error_set(err, ERROR_DATA, "layer %s: no %s", layer->shape.name,
                         layer->shape.inputs ? "outputs" : "inputs");
    return 0;
}

static void shape_file_make_layer(struct layer *layer,
                                  const struct listed_layer *listed,
                                  size_t number,
                                  const struct shape_options *options)
{
    *layer = (struct layer){
        .shape = layer_shape_copy(&listed->shape),
        .tokens = listed->tokens ? listed->tokens : STANDARD_TOKENS,
        .pattern = listed->pattern.n ? listed->pattern : pattern_dense,
        .agreement = options->agreement ? options->agreement : 1,
        .seed = random_mix(options->seed ^ random_mix(number)),
    };
    if (options->tokens)
        layer->tokens = options->tokens;
    if (options->pattern)
        layer->pattern = *options->pattern;
}

/* Two numbers of 24 bits, then one of 17: no product here overflows. */
static int check_products(const struct layer *layer, struct error *err)
{
    uint64_t weights = (uint64_t)layer->shape.inputs * layer->shape.outputs;

    if (layer->tokens <= SHAPE_MAX_PRODUCTS / weights)
        return 0;
    return error_set(err, ERROR_DATA,
                     "layer %s: %u tokens x %u inputs x %u outputs are more "
                     "than 2^56 products",
                     layer->shape.name, layer->tokens, layer->shape.inputs,
                     layer->shape.outputs);
}

static int shape_file_compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Results go by the names of layers: of two of one name the second would be
 * taken for the first. */
static int check_names(const struct shape_list *list, struct error *err)
{
    const char **names = memory_new(list->layers, sizeof *names);
    int status = 0;

    for (size_t i = 0; i < list->layers; i++)
        names[i] = list->layer[i].shape.name;
    qsort(names, list->layers, sizeof *names, shape_file_compare_names);
    for (size_t i = 1; status == 0 && i < list->layers; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            status =
                error_set(err, ERROR_DATA, "layer %s is there twice", names[i]);
    free(names);
    return status;
}

static void hash_list(struct shape_file *file, uint64_t seed)
{
    char pattern[PATTERN_TEXT];
    struct text text;

    text_init(&text);
    text_addf(&text, "shapes %s, seed %" PRIu64 "\n", file->name, seed);
    for (size_t i = 0; i < file->layers; i++) {
        const struct layer *layer = &file->layer[i];

        pattern_print(pattern, layer->pattern);
        text_addf(&text, "%s %u %u %u %u %s %u\n", layer->shape.name,
                  layer->shape.block, layer->tokens, layer->shape.inputs,
                  layer->shape.outputs, pattern, layer->agreement);
    }
    if (file->sizes) { /* what a whole inference has besides */
        char *sizes = model_sizes_text(file->sizes);

        text_addf(&text, "model %s\n", sizes);
        free(sizes);
    }
    hash_bytes(file->hash, text.at, text.length);
    text_release(&text);
}

static bool ends_in_csv(const char *path)
{
    size_t length = strlen(path);

    return length >= 4 && strcasecmp(path + length - 4, ".csv") == 0;
}

int shape_file_read(struct shape_file *file, const char *name,
                    const struct shape_options *options, struct error *err)
{
    char *path = data_path(&kind, name, err);
    struct shape_list list = { 0 };
    int status;

    *file = (struct shape_file){ 0 };
    if (!path)
        return -1;
    status = ends_in_csv(path) ? shape_list_read_csv(&list, path, err)
                               : shape_list_read_yaml(&list, path, err);
    if (status == 0 && list.layers == 0)
        status = error_set(err, ERROR_DATA, "%s: no layers", path);
    if (status == 0 && check_names(&list, err) < 0)
        status = error_prefix(err, "%s: ", path);
    if (status < 0) {
        shape_list_release(&list);
        free(path);
        return -1;
    }
    file->path = path;
    file->name = list.name ? memory_text(list.name) : data_name(path);
    file->layers = list.layers;
    file->layer = memory_new(list.layers, sizeof *file->layer);
    file->sizes = list.sizes;
    list.sizes = NULL;
    for (size_t i = 0; i < list.layers; i++)
        shape_file_make_layer(&file->layer[i], &list.layer[i], i, options);
    hash_list(file, options->seed);
    shape_list_release(&list);
    for (size_t i = 0; status == 0 && i < file->layers; i++)
        if (check_products(&file->layer[i], err) < 0)
            status = error_prefix(err, "%s: ", file->path);
    if (status < 0)
        shape_file_release(file);
    return status;
}

void shape_file_release(struct shape_file *file)
{
    for (size_t i = 0; i < file->layers; i++)
        layer_shape_release(&file->layer[i].shape);
    free(file->layer);
    free(file->sizes);
    free(file->name);
    free(file->path);
    *file = (struct shape_file){ 0 };
}
