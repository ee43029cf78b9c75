/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "tensor/dtype.h"

/*
 * Safetensors files, read: a 64-bit little-endian length, that many bytes of
 * JSON, then the tensors' bytes, row-major and packed.  The file is mapped, and
 * nothing of a tensor is read before somebody looks at its bytes.
 *
 * Everything the format demands is checked when the file is opened: a header of
 * at most 100,000,000 bytes, no key twice, known number formats, as many bytes
 * as shape and format say, ranges that follow one another from 0 to the end of
 * the file without hole or overlap.  White space before the header, a
 * `__metadata__` of null and further keys of a tensor are passed over, as the
 * reference reader does.  A header needs at most four times its size in memory.
 * Source: github.com/huggingface/safetensors, README and tensor.rs.
 */
enum { SAFETENSORS_MAX_RANK = 8, SAFETENSORS_SHAPE_TEXT = 200 };

struct safetensors_tensor {
    const char *name;
    enum dtype dtype;
    unsigned rank;         /* 0: one number */
    const uint64_t *shape; /* [rank], outermost first */
    uint64_t elements;
    const uint8_t *bytes; /* in the mapped file; perhaps not aligned */
    size_t length;
};

struct safetensors;

/* -1 and `err`, naming file and tensor or byte. */
int safetensors_open(struct safetensors **file, const char *path,
                     struct error *err);
void safetensors_close(struct safetensors *file); /* NULL is harmless */

const char *safetensors_path(const struct safetensors *file);

/* SHA-256 of the whole file, or of the tensors' bytes alone; of the file that
 * was opened, whatever its name leads to by now.  Reads all of it. */
void safetensors_hash(const struct safetensors *file, char hex[HASH_TEXT]);
void safetensors_hash_data(const struct safetensors *file, char hex[HASH_TEXT]);

size_t safetensors_count(const struct safetensors *file);
/* In the order of their bytes in the file. */
const struct safetensors_tensor *safetensors_at(const struct safetensors *file,
                                                size_t index);
/* NULL if there is none of that name. */
const struct safetensors_tensor *
safetensors_find(const struct safetensors *file, const char *name);

/* Its bytes were read and are not needed for now: their memory is given back
 * (a later look reads the file again). */
void safetensors_done(const struct safetensors_tensor *tensor);

/* Its bytes will be read soon: the kernel may read the file meanwhile.  Takes
 * no memory of the process. */
void safetensors_ask_ahead(const struct safetensors_tensor *tensor);

/* The tensor of that name, format and shape, or NULL and `err` that says what
 * is there and what is needed. */
const struct safetensors_tensor *
safetensors_need(const struct safetensors *file, const char *name,
                 enum dtype dtype, unsigned rank, const uint64_t *shape,
                 struct error *err);

/* The text under that key of `__metadata__`, or NULL; it is kept until the file
 * is closed.  One thread at a time. */
const char *safetensors_metadata(const struct safetensors *file,
                                 const char *key);

/* Whether the text is there, and is this one. */
bool safetensors_says(const struct safetensors *file, const char *key,
                      const char *wanted);

/* "[256, 704]"; a long one is cut. */
void safetensors_shape_print(char text[SAFETENSORS_SHAPE_TEXT], unsigned rank,
                             const uint64_t *shape);
