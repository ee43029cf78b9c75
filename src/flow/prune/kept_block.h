/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "llm/model.h"
#include "llm/block.h"

/*
 * Layers of a block, all or one, whose pruning took long, as a file: so that
 * whoever carries the same plan out again, after a kill or for another purpose,
 * takes them from there.  What they are of stands in `identity`; a file that
 * says another, is damaged, or is not there is none.
 */
struct kept_block {
    const struct model *model;
    struct model_block *block;
    struct layer_span layers;
    uint8_t **mask; /* of every layer of the model: uint8 [O][K]; NULL: dense */
    uint8_t *dampened; /* of every layer of the model: struct prune */
    const char *identity, *path;
};

/* -1 and `err` if it cannot be written. */
int kept_block_save(const struct kept_block *kept, struct error *err);

/* 0: the layers' weights and masks (allocated; all were NULL) are those of the
 * file; 1: there is none. */
int kept_block_load(const struct kept_block *kept);
