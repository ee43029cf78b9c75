/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/layer_shape.h"

#include <stdlib.h>

#include "base/memory.h"

struct layer_shape layer_shape_copy(const struct layer_shape *shape)
{
    struct layer_shape copy = *shape;

    copy.name = memory_text(shape->name);
    return copy;
}

void layer_shape_release(struct layer_shape *shape)
{
    free((char *)shape->name);
    shape->name = NULL;
}

void layer_shape_rename(struct layer_shape *shape, char *name)
{
    layer_shape_release(shape);
    shape->name = name;
}

struct layer_span layers_of_block(const struct layer_shape *shape,
                                  size_t stride, size_t count, uint32_t block)
{
    const char *at = (const char *)shape;
    struct layer_span run = { 0, 0 };

    while (run.first < count &&
           ((const struct layer_shape *)(at + run.first * stride))->block <
               block)
        run.first++;
    run.end = run.first;
    while (run.end < count &&
           ((const struct layer_shape *)(at + run.end * stride))->block ==
               block)
        run.end++;
    return run;
}
