/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "llm/model.h"

/*
 * What the layers' inputs look like over calibration tokens, the model being as
 * it is: the mean of the squared input of each channel, and a sample of real
 * inputs in 8-bit integers with one scale a token (quantize.h).  Squares are
 * added in double, along each row and then row by row, so that any number of
 * workers gives the same bits.
 */
struct calibration_layer {
    size_t input_of;     /* the first layer with the same input, which owns the
                            arrays; the others point to them */
    double *mean_square; /* [K] */
    int8_t *input;       /* [sampled][K] */
    float *input_scale;  /* [sampled] */
};

struct calibration {
    size_t layers;
    struct calibration_layer *layer;
    uint32_t sampled; /* tokens of the sample */
};

/*
 * The sample is the first `sample` tokens, row after row (fewer if there are
 * fewer).  The progress is told of each row at each block, from begin to end.
 * -1 and `err` if it is interrupted, or a weight or an input is not finite.
 */
int calibration_measure(struct calibration *calibration,
                        const struct model *model,
                        const struct model_tokens *tokens, uint32_t sample,
                        const struct work *work, struct error *err);
void calibration_release(struct calibration *calibration);
