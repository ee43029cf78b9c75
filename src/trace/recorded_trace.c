/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads a recorded trace: the weights as int8, a sample of the inputs, and
 * statistics.  Opening reads the file once from end to end, for its hash; after
 * that all arrays are used where they lie in the mapped file, so that a trace
 * of a model of billions takes the memory of what is looked at.  What the
 * layers are is a table of its own (recorded_table.c), which says whose input a
 * layer has; here each layer gets its arrays, and every number that others
 * would trust is checked: that scales are finite, that squares are not
 * negative, that no tensor is left over.
 */
#include "trace/recorded_trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "trace/layer.h"
#include "trace/recorded_table.h"
#include "trace/trace_file.h"

enum { NAMED = 5 };

static int recorded_trace_read_hash(char hash[HASH_TEXT],
                                    const struct safetensors *file,
                                    const char *key, struct error *err)
{
    const char *text = trace_file_text(file, key, err);

    if (!text)
        return -1;
    if (strlen(text) != HASH_TEXT - 1 ||
        strspn(text, "0123456789abcdef") != HASH_TEXT - 1)
        return error_set(err, ERROR_DATA,
                         "%s: \"%s\" is \"%.70s\"; a SHA-256 in %d lower-case "
                         "hex digits was expected",
                         safetensors_path(file), key, text, HASH_TEXT - 1);
    memcpy(hash, text, HASH_TEXT);
    return 0;
}

static int recorded_trace_read_metadata(struct recorded_trace *trace,
                                        struct error *err)
{
    const struct safetensors *file = trace->file;
    const char *first, *rows;

    if (!(trace->model = trace_file_text(file, "model", err)) ||
        !(trace->family = trace_file_text(file, "family", err)) ||
        !(trace->folder = trace_file_text(file, "folder", err)) ||
        !(trace->tokens = trace_file_text(file, "tokens", err)) ||
        !(first = trace_file_text(file, "first_row", err)) ||
        !(rows = trace_file_text(file, "rows", err)) ||
        recorded_trace_read_hash(trace->rows_hash, file, "rows_hash", err) <
            0 ||
        recorded_trace_read_hash(trace->checkpoint, file, "checkpoint", err) <
            0 ||
        recorded_trace_read_hash(trace->tokens_hash, file, "tokens_hash", err) <
            0)
        return -1;
    trace->sizes = safetensors_metadata(file, "sizes");
    trace->core = safetensors_metadata(file, "core");
    trace->gram_way =
        safetensors_metadata(file, "gram_way") ? RECORDED_GRAM_WAY : 1;
    if (!trace->core)
        trace->core = "";
    if (!number_u64(&trace->rows, rows) || trace->rows == 0)
        return error_set(err, ERROR_DATA,
                         "%s: \"rows\" is \"%.40s\"; a number of at least 1 "
                         "was expected",
                         trace->path, rows);
    if (!number_u64(&trace->first_row, first) ||
        trace->first_row > UINT64_MAX - trace->rows)
        return error_set(err, ERROR_DATA,
                         "%s: \"first_row\" is \"%.40s\"; a number of at least "
                         "0 was expected",
                         trace->path, first);
    return 0;
}

static int check_mean_square(const struct recorded_layer *layer,
                             struct error *err)
{
    for (uint32_t k = 0; k < layer->shape.inputs; k++) {
        if (!isfinite(layer->mean_square[k]) || layer->mean_square[k] < 0)
            return error_set(err, ERROR_DATA,
                             "%s.mean_square[%u] is %g; a finite number of at "
                             "least 0 was expected",
                             layer->shape.name, k, layer->mean_square[k]);
    }
    return 0;
}

/* T, where it is the sample's own: from the shape of the tensor. */
static int find_tokens(const struct safetensors *file,
                       struct recorded_layer *layer, struct error *err)
{
    char *name = memory_printf("%s.inputs", layer->shape.name);
    const struct safetensors_tensor *tensor = safetensors_find(file, name);
    int status = 0;

    if (!tensor || tensor->rank != 2 || tensor->shape[0] == 0 ||
        tensor->shape[0] > INT32_MAX)
        status = error_set(err, ERROR_DATA,
                           "%s: %s must be there, with shape [tokens, %u]",
                           safetensors_path(file), name, layer->shape.inputs);
    else
        layer->tokens = (uint32_t)tensor->shape[0];
    free(name);
    return status;
}

/* Which tokens of the sample an expert saw: numbers that grow. */
static int map_places(const struct safetensors *file,
                      struct recorded_layer *layer, struct error *err)
{
    layer->place =
        trace_file_array(file,
                         (struct trace_array){ layer->shape.name, "routed",
                                               DTYPE_I32, layer->tokens, 0 },
                         err);
    if (!layer->place)
        return -1;
    for (uint32_t t = 0; t < layer->tokens; t++)
        if (layer->place[t] < 0 ||
            (t > 0 && layer->place[t] <= layer->place[t - 1]))
            return error_set(err, ERROR_DATA,
                             "%s.routed[%u] is %d; numbers of tokens that grow "
                             "were expected",
                             layer->shape.name, t, layer->place[t]);
    return 0;
}

static int map_inputs(const struct safetensors *file,
                      struct recorded_layer *layer, struct error *err)
{
    struct trace_inputs inputs;

    if (!layer->routed && find_tokens(file, layer, err) < 0)
        return -1;
    if (layer->tokens == 0)
        return 0;
    if ((layer->routed && map_places(file, layer, err) < 0) ||
        trace_file_inputs(file, &layer->shape, layer->tokens, &inputs, err) < 0)
        return -1;
    layer->input = inputs.values;
    layer->input_scale = inputs.scale;
    return 0;
}

/* All layers have a Gram matrix if the first has. */
static bool look_for_gram(const struct recorded_trace *trace)
{
    char *name = memory_printf("%s.gram", trace->layer[0].shape.name);
    bool found = safetensors_find(trace->file, name) != NULL;

    free(name);
    return found;
}

static int map_gram(const struct safetensors *file,
                    struct recorded_layer *layer, struct error *err)
{
    size_t inputs = layer->shape.inputs;

    layer->gram =
        trace_file_array(file,
                         (struct trace_array){ layer->shape.name, "gram",
                                               DTYPE_F32, inputs, inputs },
                         err);
    if (!layer->gram)
        return -1;
    for (size_t i = 0; i < inputs * inputs; i++) {
        if (!isfinite(layer->gram[i]))
            return error_set(err, ERROR_DATA, "%s.gram[%zu][%zu] is not finite",
                             layer->shape.name, i / inputs, i % inputs);
    }
    return 0;
}

static int recorded_trace_map_layer(const struct safetensors *file,
                                    struct recorded_layer *layer,
                                    struct error *err)
{
    if (!(layer->mean_square = trace_file_array(
              file,
              (struct trace_array){ layer->shape.name, "mean_square", DTYPE_F64,
                                    layer->shape.inputs, 0 },
              err)) ||
        !(layer->weights = trace_file_array(
              file,
              (struct trace_array){ layer->shape.name, "weights", DTYPE_I8,
                                    layer->shape.outputs, layer->shape.inputs },
              err)) ||
        !(layer->weight_scale = trace_file_array(
              file,
              (struct trace_array){ layer->shape.name, "weight_scale",
                                    DTYPE_F32, layer->shape.outputs, 0 },
              err)) ||
        check_mean_square(layer, err) < 0)
        return -1;
    return trace_file_check_floats(layer->weight_scale, layer->shape.outputs,
                                   layer->shape.name, "weight_scale", err);
}

static int recorded_trace_map_layers(struct recorded_trace *trace,
                                     struct error *err)
{
    size_t tensors = 3 * trace->layers;

    trace->has_gram = look_for_gram(trace);
    for (size_t i = 0; i < trace->layers; i++) {
        struct recorded_layer *layer = &trace->layer[i];

        if (recorded_trace_map_layer(trace->file, layer, err) < 0)
            return -1;
        if (layer->input_of == i) {
            tensors += trace->has_gram;
            tensors += layer->tokens == 0 && layer->routed ? 0
                       : layer->routed                     ? 3
                                                           : 2;
            if (map_inputs(trace->file, layer, err) < 0 ||
                (trace->has_gram && map_gram(trace->file, layer, err) < 0))
                return -1;
        } else {
            const struct recorded_layer *other = &trace->layer[layer->input_of];

            layer->tokens = other->tokens;
            layer->input = other->input;
            layer->input_scale = other->input_scale;
            layer->place = other->place;
            layer->gram = other->gram;
        }
    }
    if (tensors != safetensors_count(trace->file))
        return error_set(err, ERROR_DATA,
                         "%s: holds %zu tensors; its %zu layers have %zu",
                         trace->path, safetensors_count(trace->file),
                         trace->layers, tensors);
    return 0;
}

static unsigned recorded_gram_way(const struct recorded_trace *about)
{
    return about->gram_way == RECORDED_GRAM_WAY ? RECORDED_GRAM_WAY : 1;
}

static char *recorded_trace_made_from(const struct recorded_trace *about)
{
    return memory_printf("flexcim-trace %d recorded\n"
                         "checkpoint %s\n"
                         "tokens %s %s\n"
                         "rows %ju %ju %s\n"
                         "inputs %u\n"
                         "gram %u\n",
                         TRACE_IDENTITY, about->checkpoint, about->tokens_hash,
                         recorded_tensor(about), (uintmax_t)about->first_row,
                         (uintmax_t)about->rows, about->rows_hash,
                         recorded_sample(about),
                         about->has_gram ? recorded_gram_way(about) : 0);
}

void recorded_trace_identity(const struct recorded_trace *about,
                             char hash[HASH_TEXT])
{
    char *text = recorded_trace_made_from(about);

    hash_bytes(hash, text, strlen(text));
    free(text);
}

static int recorded_trace_identify(struct recorded_trace *trace,
                                   struct error *err)
{
    char *text = recorded_trace_made_from(trace);
    int status = trace_file_identity(trace->file, text, trace->hash, err);

    free(text);
    return status;
}

int recorded_trace_open(struct recorded_trace *trace, const char *path,
                        struct error *err)
{
    *trace = (struct recorded_trace){ 0 };
    if (trace_file_open(&trace->file, path, "recorded", err) < 0)
        return -1;
    trace->path = memory_text(path);
    if (recorded_trace_read_metadata(trace, err) == 0 &&
        recorded_table_read(trace, err) == 0 &&
        recorded_trace_map_layers(trace, err) == 0 &&
        recorded_trace_identify(trace, err) == 0)
        return 0;
    recorded_trace_close(trace);
    return -1;
}

void recorded_trace_close(struct recorded_trace *trace)
{
    for (size_t i = 0; i < trace->layers; i++)
        layer_shape_release(&trace->layer[i].shape);
    safetensors_close(trace->file);
    free(trace->layer);
    free(trace->path);
    *trace = (struct recorded_trace){ 0 };
}

struct layer_span recorded_layers_of_block(const struct recorded_trace *trace,
                                           uint32_t block)
{
    return layers_of_block(&trace->layer->shape, sizeof *trace->layer,
                           trace->layers, block);
}

const char *recorded_tensor(const struct recorded_trace *trace)
{
    const char *colon = strrchr(trace->tokens, ':');

    return colon ? colon + 1 : "";
}

/* Of experts alone nothing else is known. */
uint32_t recorded_sample(const struct recorded_trace *trace)
{
    for (size_t i = 0; i < trace->layers; i++)
        if (!trace->layer[i].routed)
            return trace->layer[i].tokens;
    return trace->layer[0].tokens;
}

uint32_t recorded_layer_tokens(const struct recorded_layer *layer, uint32_t n)
{
    uint32_t seen = 0;

    if (!layer->place)
        return layer->tokens < n ? layer->tokens : n;
    while (seen < layer->tokens && (uint32_t)layer->place[seen] < n)
        seen++;
    return seen;
}

size_t recorded_trace_unreached(const struct recorded_trace *trace,
                                size_t *experts)
{
    size_t unreached = 0;

    *experts = 0;
    for (size_t i = 0; i < trace->layers; i++) {
        const struct recorded_layer *layer = &trace->layer[i];

        /* An expert has two inputs: its own and what its activation gives. */
        if (!layer->routed || layer->input_of != i)
            continue;
        ++*experts;
        unreached += layer->reached == 0;
    }
    *experts /= 2;
    return unreached / 2;
}

static bool is_silent(const struct recorded_layer *layer)
{
    if (layer->routed && layer->reached == 0)
        return false;
    for (uint32_t k = 0; k < layer->shape.inputs; k++) {
        if (layer->mean_square[k] > 0)
            return false;
    }
    return true;
}

char *recorded_trace_silent(const struct recorded_trace *trace)
{
    struct text names;
    size_t count = 0;

    text_init(&names);
    for (size_t i = 0; i < trace->layers; i++) {
        if (is_silent(&trace->layer[i]) && ++count <= NAMED)
            text_addf(&names, "%s%s", count > 1 ? ", " : "",
                      trace->layer[i].shape.name);
    }
    if (count > NAMED)
        text_addf(&names, " and %zu more", count - NAMED);
    if (count > 0)
        return text_take(&names);
    text_release(&names);
    return NULL;
}
