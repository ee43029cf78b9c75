/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "llm/config.h"
#include "llm/remarks.h"
#include "tensor/safetensors.h"

/*
 * A Hugging Face folder: config.json, and the weights in model.safetensors or
 * in shards that model.safetensors.index.json names.  A shard's name must be a
 * plain file name in the folder, and no file a link that leads out of it; only
 * Hugging Face's cache, folder `snapshots/NAME`, links to its `blobs`.  The
 * index says which shard a tensor comes from; a copy of it in another shard is
 * remarked and never read, and a name that no shard has is an error for who
 * needs it.  A
 * folder of pickled weights only (pytorch_model.bin) is refused, since reading
 * those runs code.
 */
struct checkpoint;

int checkpoint_open(struct checkpoint **checkpoint, const char *folder,
                    struct error *err);
void checkpoint_close(struct checkpoint *checkpoint);

const char *checkpoint_folder(const struct checkpoint *checkpoint);
const struct config *checkpoint_config(const struct checkpoint *checkpoint);

/* What was noticed when it was opened. */
const struct remarks *checkpoint_remarks(const struct checkpoint *checkpoint);

/* Every tensor once, used or not, by name: 0 .. checkpoint_tensors() - 1. */
size_t checkpoint_tensors(const struct checkpoint *checkpoint);
const struct safetensors_tensor *
checkpoint_tensor(const struct checkpoint *checkpoint, size_t index);

/* NULL if there is none of that name. */
const struct safetensors_tensor *
checkpoint_find(const struct checkpoint *checkpoint, const char *name);

/* The tensor of that name and shape in a float format, or NULL and `err`. */
const struct safetensors_tensor *
checkpoint_need(const struct checkpoint *checkpoint, const char *name,
                unsigned rank, const uint64_t *shape, struct error *err);

/*
 * SHA-256 of what `sha256sum config.json FILE...` prints in the folder, the
 * weight files in name order.  The first call reads all of them (and is not
 * made by two threads at once).
 */
const char *checkpoint_hash(struct checkpoint *checkpoint);
