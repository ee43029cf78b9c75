/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "trace/json_object.h"
#include "trace/layer_shape.h"

/*
 * A list of layers in JSON, an object each, as plans and recorded traces have
 * it.  Errors begin with the item or with the layer's name; the caller puts the
 * place of the list before them.
 */

/* The keys that a row must have, NULL at the end. */
typedef const char *const *layer_row_keys(struct json_text row);

/* That every item is an object with just its keys: to be asked before there is
 * memory for the layers, as a list of a million zeros is short. */
int layer_rows_check(struct json_text list, layer_row_keys *keys,
                     struct error *err);

/* Name, which the shape owns from then on, even at an error in what follows it;
 * block, inputs and outputs. */
int layer_row_read(struct layer_shape *shape, struct json_text row,
                   struct error *err);
