/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "tensor/safetensors.h"

/*
 * A safetensors file with the seal `content`, and identity and block in
 * `__metadata__`.
 */
enum { PRUNING_MOST_ARRAYS = 10 };

struct pruning_array {
    const char *name;
    enum dtype dtype;
    unsigned rank;
    uint64_t shape[3];
    const void *bytes; /* borrowed; NULL: it is not there */
};

struct pruning_file {
    struct pruning_array array[PRUNING_MOST_ARRAYS];
    size_t arrays;
    char *path, *identity; /* its own */
    uint32_t block;
};

/* Path and identity go. */
void pruning_file_release(struct pruning_file *file);

void pruning_file_add(struct pruning_file *file, struct pruning_array array);

/* Arrays without bytes. */
void pruning_file_leave_out_empty(struct pruning_file *file);

int pruning_file_save(const struct pruning_file *file, struct error *err);

/* NULL if there is none that is good; the block is filled in. */
struct safetensors *pruning_file_open(struct pruning_file *file);

/* Copies of the arrays that are there, one after the other, behind which
 * `bytes` then lead; free() what is returned.  NULL if one is of another shape.
 */
void *pruning_file_read(struct pruning_file *file,
                        const struct safetensors *in);
