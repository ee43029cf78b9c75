/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/file.h"
#include "base/json_text.h"
#include "tensor/safetensors.h"

/* Internal: an open file, between its header's reader and everything else. */

/* A text of `__metadata__` that somebody asked for. */
struct asked {
    struct asked *next;
    char *key, *value;
};

struct safetensors {
    char *path;
    struct file_map map;
    char *header; /* a copy: the file may change while it is walked */
    char *names;  /* of all tensors, each with a NUL */
    struct json_text metadata;
    struct asked *asked;
    const uint8_t *data;
    size_t data_length;
    size_t count;
    struct safetensors_tensor *tensors; /* in the header's order */
    uint64_t *sizes;                    /* of all shapes */
    struct safetensors_tensor **by_place, **by_name;
};

/* What the header says, into a file that is mapped; -1 and `err`. */
int safetensors_read_header(struct safetensors *file, struct error *err);

/* The order of `by_name`; of two pointers to tensors. */
int safetensors_name_order(const void *a, const void *b);

/* Whole pages of bytes that were read leave the memory; the file still has
 * them. */
void safetensors_give_back(const uint8_t *bytes, size_t length);
