/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/layer_rows.h"

#include "trace/layer.h"
#include "trace/plan.h"

int layer_rows_check(struct json_text list, layer_row_keys *keys,
                     struct error *err)
{
    struct json_walk walk = json_walk_begin(list);

    for (size_t i = 0; json_walk_next(&walk); i++) {
        if (json_text_kind(walk.value) != JSON_TEXT_OBJECT)
            return error_set(err, ERROR_DATA,
                             "item %zu: an object { ... } was expected", i);
        if (json_object_keys(walk.value, keys(walk.value), err) < 0)
            return error_prefix(err, "item %zu: ", i);
    }
    return 0;
}

int layer_row_read(struct layer_shape *shape, struct json_text row,
                   struct error *err)
{
    uint64_t block, inputs, outputs;
    char *name;

    if (json_object_text(row, "name", &name, err) < 0)
        return -1;
    layer_shape_rename(shape, name);
    if (json_object_integer(row, "block", 0, PLAN_MAX_LAYERS, &block, err) <
            0 ||
        json_object_integer(row, "inputs", 1, LAYER_MAX_INPUTS - 1, &inputs,
                            err) < 0 ||
        json_object_integer(row, "outputs", 1, INT32_MAX, &outputs, err) < 0)
        return error_prefix(err, "layer %.200s: ", name);
    shape->block = (uint32_t)block;
    shape->inputs = (uint32_t)inputs;
    shape->outputs = (uint32_t)outputs;
    return 0;
}
