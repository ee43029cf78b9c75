/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_out.h"

/*
 * What all trace files share: safetensors whose `__metadata__` says
 *
 *     format   flexcim-trace
 *     version  1
 *     kind     recorded or sparse
 *
 * and whose tensors are called LAYER.part.  Arrays are used where they lie in
 * the mapped file, so their bytes must be aligned; our writer sees to it.
 */
enum { TRACE_VERSION = 1 };

/* -1 and `err` if it is no trace of that kind, or a newer one. */
int trace_file_open(struct safetensors **file, const char *path,
                    const char *kind, struct error *err);

/* A writer with that metadata in it. */
struct safetensors_out *trace_file_out(const char *kind);

/* The text under that key, or NULL and `err`. */
const char *trace_file_text(const struct safetensors *file, const char *key,
                            struct error *err);

/* The bytes of LAYER.part, of that format and shape [a] (b = 0) or [a][b];
 * NULL and `err` if they are not there or not aligned. */
const void *trace_file_array(const struct safetensors *file, const char *layer,
                             const char *part, enum dtype dtype, uint64_t a,
                             uint64_t b, struct error *err);

/* Scales and statistics: each must be finite and not negative. */
int trace_file_check_floats(const float *values, uint64_t count,
                            const char *layer, const char *part,
                            struct error *err);

void trace_file_declare(struct safetensors_out *out, const char *layer,
                        const char *part, enum dtype dtype, uint64_t a,
                        uint64_t b);
int trace_file_put(struct safetensors_out *out, const char *layer,
                   const char *part, const void *bytes, struct error *err);
