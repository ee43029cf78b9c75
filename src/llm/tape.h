/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/model_parts.h"

/*
 * What one row keeps between forward and back, for the sublayers' gradients
 * (kinds/NAME_gradient.c).  All of it is taken from the scratch memory, which
 * is not given back before the next row.
 */
struct tape_map {
    const float *x;     /* [tokens][inputs]: what went in */
    const float *slope; /* the loss by what came out */
    size_t stride;      /* of a token of `slope` */
    uint32_t tokens;
};

struct tape {
    struct block_run run;
    void *kept;           /* the sublayer's own, of `size` bytes, zeroed */
    struct tape_map *map; /* [parts of a block] */
};

/* How a sublayer goes forward and back. */
struct sublayer_gradient {
    size_t size; /* bytes of `kept` */
    /* Floats of scratch memory for a sequence of so many tokens. */
    size_t (*scratch)(const struct shape *shape, uint32_t tokens);
    /* x and out [tokens][width]; x stays until back() has run. */
    void (*forward)(struct tape *tape, const float *x, float *out);
    /* From the loss by the output, which stays, to that by x. */
    void (*back)(struct tape *tape, const float *slope, float *x_slope);
};

extern const struct sublayer_gradient attention_gradient;
extern const struct sublayer_gradient feed_gradient;
extern const struct sublayer_gradient experts_gradient;
extern const struct sublayer_gradient mamba_gradient;
extern const struct sublayer_gradient mamba2_gradient;

float *tape_take(struct tape *tape, size_t floats);

/* y = x W^T + bias, as block_linear(); x is kept for the weights' gradient. */
void tape_linear(struct tape *tape, unsigned part, const float *x, float *y,
                 size_t stride);

/* The loss by x, [tokens][inputs], from that by y, which is kept; `add`: it is
 * added to what is there, by a factor of 1, else 0. */
void tape_linear_back(struct tape *tape, unsigned part, const float *y_slope,
                      size_t stride, float *x_slope, float add);

/* x_slope += the loss by x of out = norm(x) (vector_norm), from that by out;
 * `bias` tells a layer norm from a root mean square one. */
void tape_norm_back(float *x_slope, const float *x, const float *out_slope,
                    const float *weight, const float *bias, size_t count,
                    double epsilon);

/* out = up * silu(gate): the slopes of both, from that of out, in place of
 * `up_slope`.  `room` is for `count` floats. */
void tape_silu_times_back(float *up_slope, float *gate_slope, const float *up,
                          const float *gate, float *room, size_t count);

/* Of the convolution (kinds/convolution.h): the loss by x [tokens] of stride
 * `stride`, from that by its output [tokens][channels], which is used up.
 * `room` is for 2 * channels floats. */
void tape_convolution_back(const struct tape *tape, float *x_slope,
                           const float *x, size_t stride, float *out_slope,
                           uint32_t channels, float *room);
