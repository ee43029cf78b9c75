/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pruned model, packed: read in the first half of this file, written in the
 * second.  Its identity is that of plan and sample, known before the first
 * layer is written, so that a file that is there is not written again.
 */
#include "trace/sparse_trace.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/text.h"
#include "trace/trace_file.h"

/* An expert that saw none of the tokens has no inputs. */
static int sparse_trace_read_tokens(const struct safetensors *file,
                                    struct layer *layer, bool may_lack,
                                    struct error *err)
{
    char *name = memory_printf("%s.inputs", layer->shape.name);
    const struct safetensors_tensor *tensor = safetensors_find(file, name);
    int status = 0;

    if (!tensor && may_lack)
        layer->tokens = 0;
    else if (!tensor || tensor->rank != 2 || tensor->shape[0] == 0 ||
             tensor->shape[0] > INT32_MAX)
        status = error_set(err, ERROR_DATA,
                           "%s: %s must be there, with shape [tokens, %u]",
                           safetensors_path(file), name, layer->shape.inputs);
    else
        layer->tokens = (uint32_t)tensor->shape[0];
    free(name);
    return status;
}

static int map_packed(const struct safetensors *file, struct layer *layer,
                      struct error *err)
{
    if (!(layer->values = trace_file_array(
              file,
              (struct trace_array){ layer->shape.name, "values", DTYPE_I8,
                                    layer->shape.outputs, layer_kept(layer) },
              err)))
        return -1;
    if (pattern_is_dense(layer->pattern))
        return 0;
    if (!(layer->metadata = trace_file_array(
              file,
              (struct trace_array){ layer->shape.name, "metadata", DTYPE_U8,
                                    layer->shape.outputs,
                                    layer_metadata_bytes(layer) },
              err)) ||
        !(layer->select = trace_file_array(
              file,
              (struct trace_array){ layer->shape.name, "select", DTYPE_U8,
                                    layer->shape.outputs, layer_kept(layer) },
              err)))
        return -1;
    return 0;
}

/* What is known of the tokens that a single one was taken from, if anything. */
static int map_activity(const struct safetensors *file, struct layer *layer,
                        struct error *err)
{
    char *name = memory_printf("%s.input_activity", layer->shape.name);
    bool is_there = safetensors_find(file, name) != NULL;

    free(name);
    if (!is_there)
        return 0;
    layer->input_activity = trace_file_array(
        file,
        (struct trace_array){ layer->shape.name, "input_activity", DTYPE_F32, 2,
                              0 },
        err);
    if (!layer->input_activity ||
        trace_file_check_floats(layer->input_activity, 2, layer->shape.name,
                                "input_activity", err) < 0)
        return -1;
    if (layer->tokens == 1 && layer->input_activity[0] <= 1 &&
        layer->input_activity[1] <= 1)
        return 0;
    return error_set(err, ERROR_DATA,
                     "%s.input_activity: two shares of 0..1, beside a single "
                     "token, were expected",
                     layer->shape.name);
}

static int sparse_trace_map_inputs(const struct safetensors *file,
                                   struct layer *layer, struct error *err)
{
    struct trace_inputs inputs;

    if (layer->tokens == 0)
        return 0;
    if (trace_file_inputs(file, &layer->shape, layer->tokens, &inputs, err) < 0)
        return -1;
    layer->input = inputs.values;
    layer->input_scale = inputs.scale;
    return 0;
}

static int sparse_trace_map_layer(const struct safetensors *file,
                                  struct layer *layer, bool may_lack,
                                  struct error *err)
{
    if (sparse_trace_read_tokens(file, layer, may_lack, err) < 0 ||
        map_packed(file, layer, err) < 0 ||
        !(layer->scale = trace_file_array(
              file,
              (struct trace_array){ layer->shape.name, "scale", DTYPE_F32,
                                    layer->shape.outputs, 0 },
              err)))
        return -1;
    if (trace_file_check_floats(layer->scale, layer->shape.outputs,
                                layer->shape.name, "scale", err) < 0 ||
        sparse_trace_map_inputs(file, layer, err) < 0 ||
        map_activity(file, layer, err) < 0 || layer_check(layer, err) < 0)
        return error_prefix(err, "%s: ", safetensors_path(file));
    return 0;
}

static int sparse_trace_map_layers(struct sparse_trace *trace,
                                   struct error *err)
{
    const char *version = safetensors_metadata(trace->file, "version");
    bool may_lack = strcmp(version, "1") != 0 && strcmp(version, "2") != 0;
    size_t tensors = 0;

    trace->layers = trace->plan.layers;
    trace->layer = memory_new(trace->layers, sizeof *trace->layer);
    for (size_t i = 0; i < trace->layers; i++) {
        const struct plan_layer *planned = &trace->plan.layer[i];
        struct layer *layer = &trace->layer[i];

        *layer = (struct layer){ .shape = planned->shape,
                                 .pattern = planned->pattern,
                                 .agreement = trace->plan.agreement };
        if (sparse_trace_map_layer(trace->file, layer, may_lack, err) < 0)
            return -1;
        tensors += pattern_is_dense(layer->pattern) ? 2 : 4;
        tensors += layer->tokens > 0 ? 2 : 0;
        tensors += layer->input_activity != NULL;
    }
    if (tensors != safetensors_count(trace->file))
        return error_set(err, ERROR_DATA,
                         "%s: holds %zu tensors; its %zu layers have %zu",
                         trace->path, safetensors_count(trace->file),
                         trace->layers, tensors);
    return 0;
}

static int sparse_trace_read_plan(struct sparse_trace *trace, struct error *err)
{
    const char *text = trace_file_text(trace->file, "plan", err);
    const char *checkpoint = trace_file_text(trace->file, "checkpoint", err);
    char *name;
    int status;

    if (!text || !checkpoint)
        return -1;
    name = memory_printf("%s: \"plan\"", trace->path);
    status = plan_parse(&trace->plan, text, name, err);
    free(name);
    if (status == 0 && strcmp(checkpoint, trace->plan.checkpoint) != 0)
        status = error_set(err, ERROR_DATA,
                           "%s: is of checkpoint %.12s..., its plan of "
                           "%.12s...",
                           trace->path, checkpoint, trace->plan.checkpoint);
    return status;
}

static char *sparse_trace_made_from(const struct plan *plan,
                                    const uint32_t *tokens)
{
    char hash[HASH_TEXT];
    struct text text;

    plan_hash(plan, hash);
    text_init(&text);
    text_addf(&text, "flexcim-trace %d sparse\nplan %s\ninputs", TRACE_IDENTITY,
              hash);
    for (size_t i = 0; i < plan->layers; i++)
        text_addf(&text, " %u", tokens[i]);
    text_addf(&text, "\n");
    return text_take(&text);
}

void sparse_trace_identity(const struct plan *plan, const uint32_t *tokens,
                           char hash[HASH_TEXT])
{
    char *text = sparse_trace_made_from(plan, tokens);

    hash_bytes(hash, text, strlen(text));
    free(text);
}

static int sparse_trace_identify(struct sparse_trace *trace, struct error *err)
{
    uint32_t *tokens = memory_new(trace->layers, sizeof *tokens);
    char *text;
    int status;

    for (size_t i = 0; i < trace->layers; i++)
        tokens[i] = trace->layer[i].tokens;
    text = sparse_trace_made_from(&trace->plan, tokens);
    status = trace_file_identity(trace->file, text, trace->hash, err);
    free(text);
    free(tokens);
    return status;
}

int sparse_trace_open(struct sparse_trace *trace, const char *path,
                      struct error *err)
{
    *trace = (struct sparse_trace){ 0 };
    if (trace_file_open(&trace->file, path, "sparse", err) < 0)
        return -1;
    trace->path = memory_text(path);
    trace->sizes = safetensors_metadata(trace->file, "sizes");
    if (sparse_trace_read_plan(trace, err) == 0 &&
        sparse_trace_map_layers(trace, err) == 0 &&
        sparse_trace_identify(trace, err) == 0)
        return 0;
    sparse_trace_close(trace);
    return -1;
}

void sparse_trace_close(struct sparse_trace *trace)
{
    plan_release(&trace->plan);
    safetensors_close(trace->file);
    free(trace->layer);
    free(trace->path);
    *trace = (struct sparse_trace){ 0 };
}

struct sparse_trace_out {
    const struct plan *plan;
    struct safetensors_out *file;
};

static void declare_layer(struct safetensors_out *file,
                          const struct plan_layer *layer, uint32_t tokens,
                          uint32_t recorded)
{
    uint32_t kept = pattern_kept(layer->pattern, layer->shape.inputs);

    trace_file_declare(
        file, (struct trace_array){ layer->shape.name, "values", DTYPE_I8,
                                    layer->shape.outputs, kept });
    if (!pattern_is_dense(layer->pattern)) {
        trace_file_declare(file,
                           (struct trace_array){ layer->shape.name, "metadata",
                                                 DTYPE_U8, layer->shape.outputs,
                                                 divide_up(kept, 8) });
        trace_file_declare(
            file, (struct trace_array){ layer->shape.name, "select", DTYPE_U8,
                                        layer->shape.outputs, kept });
    }
    trace_file_declare(file, (struct trace_array){ layer->shape.name, "scale",
                                                   DTYPE_F32,
                                                   layer->shape.outputs, 0 });
    if (tokens == 0)
        return;
    trace_file_declare(file, (struct trace_array){ layer->shape.name, "inputs",
                                                   DTYPE_I8, tokens,
                                                   layer->shape.inputs });
    trace_file_declare(file,
                       (struct trace_array){ layer->shape.name, "input_scale",
                                             DTYPE_F32, tokens, 0 });
    if (tokens == 1 && recorded > 1)
        trace_file_declare(file, (struct trace_array){ layer->shape.name,
                                                       "input_activity",
                                                       DTYPE_F32, 2, 0 });
}

int sparse_trace_create(struct sparse_trace_out **out, const char *path,
                        const struct sparse_trace_about *about,
                        struct error *err)
{
    const struct plan *plan = about->plan;
    const uint32_t *tokens = about->tokens, *recorded = about->recorded;
    bool all = true;
    struct safetensors_out *file;
    char *text = plan_text(plan);

    for (size_t i = 0; i < plan->layers; i++)
        all = all && tokens[i] > 0;
    file = trace_file_out("sparse", all ? TRACE_VERSION_PLAIN : TRACE_VERSION);
    safetensors_out_metadata(file, "model", plan->model);
    safetensors_out_metadata(file, "checkpoint", plan->checkpoint);
    safetensors_out_metadata(file, "plan", text);
    if (about->sizes)
        safetensors_out_metadata(file, "sizes", about->sizes);
    free(text);
    for (size_t i = 0; i < plan->layers; i++)
        declare_layer(file, &plan->layer[i], tokens[i],
                      recorded ? recorded[i] : tokens[i]);
    if (safetensors_out_create(file, path, err) < 0) {
        safetensors_out_abandon(file);
        return -1;
    }
    *out = memory_new(1, sizeof **out);
    **out = (struct sparse_trace_out){ plan, file };
    return 0;
}

int sparse_trace_put(struct sparse_trace_out *out, size_t number,
                     const struct layer *layer, struct error *err)
{
    const struct plan_layer *planned = &out->plan->layer[number];
    const char *name = planned->shape.name;

    assert(layer->shape.inputs == planned->shape.inputs &&
           layer->shape.outputs == planned->shape.outputs &&
           pattern_equal(layer->pattern, planned->pattern));
    if (trace_file_put(out->file, name, "values", layer->values, err) < 0 ||
        trace_file_put(out->file, name, "scale", layer->scale, err) < 0)
        return -1;
    if (layer->tokens > 0 &&
        (trace_file_put(out->file, name, "inputs", layer->input, err) < 0 ||
         trace_file_put(out->file, name, "input_scale", layer->input_scale,
                        err) < 0))
        return -1;
    if (layer->input_activity &&
        trace_file_put(out->file, name, "input_activity", layer->input_activity,
                       err) < 0)
        return -1;
    if (pattern_is_dense(layer->pattern))
        return 0;
    if (trace_file_put(out->file, name, "metadata", layer->metadata, err) < 0)
        return -1;
    return trace_file_put(out->file, name, "select", layer->select, err);
}

int sparse_trace_commit(struct sparse_trace_out *out, struct error *err)
{
    int status = safetensors_out_commit(out->file, err);

    free(out);
    return status;
}

void sparse_trace_abandon(struct sparse_trace_out *out)
{
    safetensors_out_abandon(out->file);
    free(out);
}
