/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "tensor/dtype.h"

/*
 * Safetensors files, written, without holding more than one tensor in memory:
 *
 *   1. new, then declare every tensor and add the metadata, in any order
 *   2. create: the header goes to a temporary file
 *   3. put each tensor's bytes, once, in any order
 *   4. commit: the file appears under its name, whole; or abandon: nothing does
 *
 * The same content gives the same bytes: tensors are ordered by descending size
 * of their number, then by name, metadata by key; the header is padded to a
 * multiple of 8 bytes with spaces.
 */
struct safetensors_out;

struct safetensors_out *safetensors_out_new(void);

/* Names are UTF-8 and each is declared once. */
void safetensors_out_declare(struct safetensors_out *out, const char *name,
                             enum dtype dtype, unsigned rank,
                             const uint64_t *shape);
/* A later text under the same key replaces the earlier one. */
void safetensors_out_metadata(struct safetensors_out *out, const char *key,
                              const char *value);

/* Gives `key` the SHA-256 of all tensors' bytes, which commit writes there: a
 * reader sees with safetensors_hash_data() whether they are still the same. */
void safetensors_out_seal(struct safetensors_out *out, const char *key);

/* -1 and `err` if the file cannot be written, or a name or text is not UTF-8;
 * the caller then abandons. */
int safetensors_out_create(struct safetensors_out *out, const char *path,
                           struct error *err);

/* All bytes of a declared tensor, row-major, little-endian. */
int safetensors_out_put(struct safetensors_out *out, const char *name,
                        const void *bytes, struct error *err);

/* Bytes first .. first + length - 1 of a tensor that was put are others. */
struct safetensors_change {
    const char *name;
    size_t first, length;
    const void *bytes;
};
int safetensors_out_change(struct safetensors_out *out,
                           const struct safetensors_change *change,
                           struct error *err);

/* Both end and free `out`.  A declared tensor that was not put is our mistake
 * (assert). */
int safetensors_out_commit(struct safetensors_out *out, struct error *err);
void safetensors_out_abandon(struct safetensors_out *out);

/* Commits if all went well (`status` is 0), else abandons; -1 and `err` if
 * either went wrong. */
int safetensors_out_end(struct safetensors_out *out, int status,
                        struct error *err);
