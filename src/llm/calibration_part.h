/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "llm/calibration.h"

/* What the files of the calibration share: the sample that an expert saw, as it
 * grows, and which layers have arrays of their own. */
void calibration_part_release(struct calibration_part *part);

/* Makes room for so many tokens behind those that are there. */
void calibration_part_grow(struct calibration_part *part, uint32_t tokens,
                           size_t inputs);
void calibration_part_append(struct calibration_part *part,
                             const struct calibration_part *more,
                             size_t inputs);

static inline bool calibration_owns(const struct calibration *calibration,
                                    size_t layer)
{
    return calibration->layer[layer].input_of == layer;
}

static inline size_t calibration_inputs(const struct calibration *calibration,
                                        size_t layer)
{
    return model_layer(calibration->model, layer)->shape.inputs;
}
