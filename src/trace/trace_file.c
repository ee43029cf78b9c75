/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What recorded and sparse traces share: a safetensors file with format,
 * version, kind and a seal in its metadata, and arrays called LAYER.part.
 */
#include "trace/trace_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

const char *trace_file_text(const struct safetensors *file, const char *key,
                            struct error *err)
{
    const char *text = safetensors_metadata(file, key);

    if (!text)
        error_set(err, ERROR_DATA, "%s: `__metadata__` has no \"%s\"",
                  safetensors_path(file), key);
    return text;
}

static int check_kind(const struct safetensors *file, const char *wanted,
                      struct error *err)
{
    const char *path = safetensors_path(file);
    const char *format = safetensors_metadata(file, "format");
    const char *version, *kind;
    uint64_t number;

    if (!format || strcmp(format, "flexcim-trace") != 0)
        return error_set(err, ERROR_DATA,
                         "%s: is no trace: `__metadata__` does not say "
                         "format=flexcim-trace",
                         path);
    version = trace_file_text(file, "version", err);
    kind = version ? trace_file_text(file, "kind", err) : NULL;
    if (!kind)
        return -1;
    if (!number_u64(&number, version) || number < 1)
        return error_set(err, ERROR_DATA, "%s: version \"%.40s\" is no number",
                         path, version);
    if (number > TRACE_VERSION)
        return error_set(err, ERROR_DATA,
                         "%s: version %ju of the trace format is newer than "
                         "this program, which reads version %d",
                         path, (uintmax_t)number, TRACE_VERSION);
    if (strcmp(kind, wanted) != 0)
        return error_set(err, ERROR_DATA,
                         "%s: is a %.40s trace; a %s trace was expected", path,
                         kind, wanted);
    return 0;
}

int trace_file_open(struct safetensors **file, const char *path,
                    const char *kind, struct error *err)
{
    if (safetensors_open(file, path, err) < 0)
        return -1;
    if (check_kind(*file, kind, err) == 0)
        return 0;
    safetensors_close(*file);
    *file = NULL;
    return -1;
}

int trace_file_identity(const struct safetensors *file, const char *made_from,
                        char hash[HASH_TEXT], struct error *err)
{
    const char *content;
    char found[HASH_TEXT];

    if (strcmp(safetensors_metadata(file, "version"), "1") == 0) {
        safetensors_hash(file, hash);
        return 0;
    }
    content = trace_file_text(file, "content", err);
    if (!content)
        return -1;
    safetensors_hash_data(file, found);
    if (strcmp(content, found) != 0)
        return error_set(err, ERROR_DATA,
                         "%s: is damaged: its tensors hash to %.12s..., and "
                         "%.12s... was written",
                         safetensors_path(file), found, content);
    hash_bytes(hash, made_from, strlen(made_from));
    return 0;
}

struct safetensors_out *trace_file_out(const char *kind, int number)
{
    struct safetensors_out *out = safetensors_out_new();
    char version[16];

    snprintf(version, sizeof version, "%d", number);
    safetensors_out_metadata(out, "format", "flexcim-trace");
    safetensors_out_metadata(out, "version", version);
    safetensors_out_metadata(out, "kind", kind);
    safetensors_out_seal(out, "content");
    return out;
}

const void *trace_file_array(const struct safetensors *file,
                             struct trace_array array, struct error *err)
{
    char *name = memory_printf("%s.%s", array.layer, array.part);
    const struct safetensors_tensor *tensor =
        safetensors_need(file, name, array.dtype, array.b ? 2 : 1,
                         (uint64_t[]){ array.a, array.b }, err);
    const void *bytes = NULL;

    if (tensor && (uintptr_t)tensor->bytes % dtype_size(array.dtype) != 0)
        error_set(err, ERROR_DATA,
                  "%s: the bytes of %s are not aligned to %zu bytes",
                  safetensors_path(file), name, dtype_size(array.dtype));
    else if (tensor)
        bytes = tensor->bytes;
    free(name);
    return bytes;
}

int trace_file_check_floats(const float *values, uint64_t count,
                            const char *layer, const char *part,
                            struct error *err)
{
    for (uint64_t i = 0; i < count; i++) {
        if (!isfinite(values[i]) || values[i] < 0)
            return error_set(err, ERROR_DATA,
                             "%s.%s[%ju] is %g; a finite number of at least 0 "
                             "was expected",
                             layer, part, (uintmax_t)i, (double)values[i]);
    }
    return 0;
}

int trace_file_inputs(const struct safetensors *file,
                      const struct layer_shape *shape, uint32_t tokens,
                      struct trace_inputs *inputs, struct error *err)
{
    inputs->values =
        trace_file_array(file,
                         (struct trace_array){ shape->name, "inputs", DTYPE_I8,
                                               tokens, shape->inputs },
                         err);
    if (!inputs->values)
        return -1;
    inputs->scale =
        trace_file_array(file,
                         (struct trace_array){ shape->name, "input_scale",
                                               DTYPE_F32, tokens, 0 },
                         err);
    if (!inputs->scale)
        return -1;
    return trace_file_check_floats(inputs->scale, tokens, shape->name,
                                   "input_scale", err);
}

void trace_file_declare(struct safetensors_out *out, struct trace_array array)
{
    char *name = memory_printf("%s.%s", array.layer, array.part);

    safetensors_out_declare(out, name, array.dtype, array.b ? 2 : 1,
                            (uint64_t[]){ array.a, array.b });
    free(name);
}

int trace_file_put(struct safetensors_out *out, const char *layer,
                   const char *part, const void *bytes, struct error *err)
{
    char *name = memory_printf("%s.%s", layer, part);
    int status = safetensors_out_put(out, name, bytes, err);

    free(name);
    return status;
}
