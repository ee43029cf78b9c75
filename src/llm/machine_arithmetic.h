/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "llm/block.h"
#include "llm/model.h"
#include "trace/layer.h"

/*
 * A forward pass in the arithmetic of a modelled machine, where a number of the
 * machine's is a number of ours:
 *
 *   linear maps   8 bits (tensor/quantize.h), the head among them; sums are
 *                 exact, as the array's are, and so those of generation.h
 *   attention     queries, keys and values 8 bits, a scale a token and head;
 *                 shares, times the scales of their values, 8 bits, a scale a
 *                 query; sums exact (attention.bits)
 *   states        brought to 16 bits after each token (scan.bits), IEEE 754's
 *                 binary16 without infinities; Mamba-2 goes token by token, as
 *                 in decoding
 *   the rest      f32: routers, norms, positions, activations, exponentials
 */
extern const struct model_products exact_products;

/*
 * out f32 [rows][columns] = a [rows][inner] times b, of integers -127 .. 127,
 * exact before it is rounded to f32, for an `inner` of up to EXACT_LONGEST;
 * rows of each lie a stride apart.
 */
struct exact_product {
    const float *a, *b;
    size_t a_stride, b_stride;
    uint32_t rows, columns, inner;
    enum {
        EXACT_ROWS,
        EXACT_COLUMNS
    } b_holds; /* b [columns][inner], or
                  [inner][columns] */
    float *out;
    size_t stride;
};

enum { EXACT_LONGEST = LAYER_MAX_INPUTS - 1 };

/* -1 and `err` if a sum of the model over a row of so many tokens is longer: a
 * layer's, the head's, or attention's over all tokens. */
int exact_check(const struct model *model, uint32_t tokens, struct error *err);

void exact_multiply(const struct exact_product *product);

/* Values of row [count] as integers in f32; their scale. */
float exact_quantize(float *values, const float *row, size_t count);

/* To the nearest number of binary16, of two the even one, at most 65504. */
void half_round(float *numbers, size_t count);
