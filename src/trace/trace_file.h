/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_out.h"
#include "trace/layer_shape.h"

/*
 * What all trace files share: safetensors whose `__metadata__` says
 *
 *     format   flexcim-trace
 *     version  2, or 3 if some layer is an expert's
 *     kind     recorded or sparse
 *     content  SHA-256 of the tensors' bytes, which are refused if they differ
 *
 * and whose tensors are called LAYER.part.  Arrays are used where they lie in
 * the mapped file, so their bytes must be aligned; our writer sees to it.
 *
 * A trace is identified by what it was made from, which stands in
 * `__metadata__` as well: where the file lies, where its checkpoint and tokens
 * lay, and the last bits of what was computed (which differ between kinds of
 * CPU) are no part of that.  Files of version 1, without `content`, are
 * identified as they were then: by the SHA-256 of the file.
 */
enum {
    TRACE_VERSION = 3,       /* the newest that is read */
    TRACE_VERSION_PLAIN = 2, /* of a trace without experts */
    TRACE_IDENTITY = 2       /* in the text that identifies a trace */
};

/* -1 and `err` if it is no trace of that kind, or a newer one. */
int trace_file_open(struct safetensors **file, const char *path,
                    const char *kind, struct error *err);

/*
 * The identity of the file that was opened: SHA-256 of the text `made_from`, or
 * of the whole file if it is of version 1.  -1 and `err` (ERROR_DATA) if the
 * tensors' bytes are not those that were written.
 */
int trace_file_identity(const struct safetensors *file, const char *made_from,
                        char hash[HASH_TEXT], struct error *err);

/* A writer with that metadata in it. */
struct safetensors_out *trace_file_out(const char *kind, int version);

/* The text under that key, or NULL and `err`. */
const char *trace_file_text(const struct safetensors *file, const char *key,
                            struct error *err);

/* LAYER.part, of shape [a] (b = 0) or [a][b]. */
struct trace_array {
    const char *layer, *part;
    enum dtype dtype;
    uint64_t a, b;
};

/* Its bytes; NULL and `err` if they are not there or not aligned. */
const void *trace_file_array(const struct safetensors *file,
                             struct trace_array array, struct error *err);

/* A sample of a layer's inputs. */
struct trace_inputs {
    const int8_t *values; /* [tokens][K] */
    const float *scale;   /* [tokens], finite and not negative */
};

/* LAYER.inputs and LAYER.input_scale. */
int trace_file_inputs(const struct safetensors *file,
                      const struct layer_shape *shape, uint32_t tokens,
                      struct trace_inputs *inputs, struct error *err);

/* Scales and statistics: each must be finite and not negative. */
int trace_file_check_floats(const float *values, uint64_t count,
                            const char *layer, const char *part,
                            struct error *err);

void trace_file_declare(struct safetensors_out *out, struct trace_array array);
int trace_file_put(struct safetensors_out *out, const char *layer,
                   const char *part, const void *bytes, struct error *err);
