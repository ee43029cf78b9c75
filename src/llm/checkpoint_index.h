/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * model.safetensors.index.json: its `weight_map` says of each tensor which file
 * of the folder it comes from.  Shards are numbered in name order.  A file of
 * more than 64 MiB is refused.
 */
struct checkpoint_index;

struct checkpoint_index_entry {
    const char *tensor;
    size_t shard;
};

/* -1 and `err` if it is no such file, or names one outside the folder. */
int checkpoint_index_read(struct checkpoint_index **index, const char *path,
                          struct error *err);
void checkpoint_index_free(struct checkpoint_index *index);

size_t checkpoint_index_shards(const struct checkpoint_index *index);
const char *checkpoint_index_shard(const struct checkpoint_index *index,
                                   size_t shard);

/* Entries stand in the order of their tensors' names. */
size_t checkpoint_index_entries(const struct checkpoint_index *index);
struct checkpoint_index_entry
checkpoint_index_entry(const struct checkpoint_index *index, size_t entry);

/* False if the index does not name that tensor. */
bool checkpoint_index_find(const struct checkpoint_index *index,
                           const char *tensor, size_t *shard);
