/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "replay/shape_list.h"

/*
 * SCALE-Sim's list of convolutions, a layer a line: IFMAP height and width,
 * filter height and width, channels, filters, stride (of the height, and
 * perhaps of the width), and perhaps N:M.  What a column is, its heading says.
 *
 * A layer is the matrix product that it becomes when its windows are laid out:
 * T = output pixels, K = filter height x width x channels, O = filters.  A
 * window at the edge that is not whole counts, as in SCALE-Sim: along an axis
 * there are ceil((H - R + stride) / stride).
 */
enum convolution_column {
    CONVOLUTION_HEIGHT,
    CONVOLUTION_WIDTH,
    CONVOLUTION_FILTER_HEIGHT,
    CONVOLUTION_FILTER_WIDTH,
    CONVOLUTION_CHANNELS,
    CONVOLUTION_FILTERS,
    CONVOLUTION_STRIDE,
    CONVOLUTION_STRIDE_WIDTH,
    CONVOLUTION_PATTERN,
    CONVOLUTION_COLUMNS
};

/* Of each column its place in a line; 0: it is not there. */
struct convolution_columns {
    size_t at[CONVOLUTION_COLUMNS];
};

/* Whether a heading is of such a list. */
bool convolution_is_heading(const char *heading);

/* From the headings of a line, the first of which is the layer's name.  -1 and
 * `err` if one is missing, twice there or not known. */
int convolution_columns_read(struct convolution_columns *columns,
                             char *const *headings, size_t count,
                             struct error *err);

/* Adds the layer of a line; `name` is taken over.  -1 and `err`, also for a
 * depthwise layer (DP or depthwise in its name, as SCALE-Sim has it), which is
 * as many products as it has channels. */
int convolution_add(struct shape_list *list, char *name,
                    const struct convolution_columns *columns,
                    char *const *fields, size_t count, struct error *err);
