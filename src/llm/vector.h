/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * The loops of a forward pass that are no matrix product, in f32.  Their
 * exponential is within 3e-7 relative of the true one, and is 1.65e-38 below
 * -87 and 1.65e38 above 88; a NaN stays a NaN.  They are compiled for several
 * instruction sets and give the same bits on each.  They take VECTOR_STEP
 * numbers at a time, and are slow on a short rest.
 */
enum { VECTOR_STEP = 16 };

void vector_exp(float *x, size_t count);
void vector_silu(float *x, size_t count); /* x / (1 + exp(-x)) */
/* up *= silu(gate) */
void vector_silu_times(float *up, const float *gate, size_t count);
void vector_relu(float *x, size_t count);
/* The tanh form: x / (1 + exp(-2 sqrt(2/pi) (x + 0.044715 x^3))). */
void vector_gelu(float *x, size_t count);
/* cap * tanh(x / cap), within 2e-7 of the cap */
void vector_soft_cap(float *x, float cap, size_t count);
/* log(1 + exp(x)), and x above 20. */
void vector_softplus(float *x, size_t count);

/* x = exp(x - max x); returns the sum of them. */
float vector_exp_shifted(float *x, size_t count);
/* log(sum exp(x)), summed in double; x is used up. */
double vector_log_sum_exp(float *x, size_t count);

void vector_scale(float *x, float factor, size_t count);
void vector_add(float *x, const float *y, size_t count);      /* x += y */
void vector_multiply(float *x, const float *y, size_t count); /* x *= y */
/* Of every head: x = y * factor[head], where y may be x; or x += that. */
void vector_scale_heads(float *x, const float *y, const float *factor,
                        size_t heads, size_t head);
void vector_add_heads(float *x, const float *y, const float *factor,
                      size_t heads, size_t head);
/* x = exp(now - decay) * y */
void vector_fade(float *x, const float *y, const double *decay, double now,
                 size_t count);
/*
 * out = silu(bias + sum over j < taken of taps[j] * x[j]); the taps [taken]
 * [count] stand together, the rows of x are `stride` apart.
 */
void vector_convolve_silu(float *out, const float *x, size_t stride,
                          const float *taps, const float *bias, size_t taken,
                          size_t count);
/* One state of `count` channels, [count] each; none overlaps another. */
struct vector_states {
    float *state, *y;
    const float *rate, *step, *fed;
    size_t count;
};

/* state = exp(step * rate) * state + fed * b;  y += state * c */
void vector_scan(const struct vector_states *of, float b, float c);
/* sum += x * x */
void vector_add_squares(double *sum, const float *x, size_t count);

/* out = x / sqrt(mean(x^2) + epsilon) * weight; out may be x. */
void vector_rms_norm(float *out, const float *x, const float *weight,
                     size_t count, double epsilon);
/* x = x / sqrt(mean(x^2) + epsilon) */
void vector_rms_scale(float *x, size_t count, double epsilon);
/* out = (x - mean) / sqrt(variance + epsilon) * weight + bias; out may be x. */
void vector_layer_norm(float *out, const float *x, const float *weight,
                       const float *bias, size_t count, double epsilon);
/* The second where there is a bias, else the first. */
void vector_norm(float *out, const float *x, const float *weight,
                 const float *bias, size_t count, double epsilon);
