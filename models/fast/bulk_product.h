/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/layout/image.h"
#include "models/watch.h"

/*
 * The outputs of a layer from the images of its tiles, all tokens at once:
 * int32 [T][O].  Each image is made once, and what is added is the product of
 * a cell's word with the input that its slot, its column's select and its
 * metadata bit name, exactly as in the cells.  Of `watch` (may be NULL) only
 * `load` is told, without clocks.  -1 and `err` if a stop was asked for.
 */
int bulk_product(int32_t *outputs, const struct placement *placement,
                 const struct accelerator_watch *watch, struct error *err);
