/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * What a linear layer is called, where it stands and how large it is; the same
 * for a layer of a model, a trace, a plan or a list, each of which has it as
 * its `shape`.  Whether the name is owned says the struct that has it.
 */
struct layer_shape {
    const char *name;
    uint32_t block;   /* decoder block, from 0 */
    uint32_t inputs;  /* K */
    uint32_t outputs; /* O */
};

/* A copy with a name of its own, for layer_shape_release(). */
struct layer_shape layer_shape_copy(const struct layer_shape *shape);
void layer_shape_release(struct layer_shape *shape);

/* Another name, which is taken over, instead of the own one. */
void layer_shape_rename(struct layer_shape *shape, char *name);

/* Layers first .. end - 1; none if first == end. */
struct layer_span {
    size_t first, end;
};

/*
 * Those of a decoder block.  The layers are in order of blocks, and their
 * shapes stand `stride` bytes apart from `shape` on.
 */
struct layer_span layers_of_block(const struct layer_shape *shape,
                                  size_t stride, size_t count, uint32_t block);
