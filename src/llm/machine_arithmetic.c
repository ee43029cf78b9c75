/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exact sums out of f32: a sum of integers whose magnitudes add up to at most
 * 2^24 has no rounding in f32, in whatever order and with or without fused
 * operations.  1,040 products of two numbers up to 127 stay below that, so
 * products of matrices are taken in pieces of 1,024 along the inner dimension
 * and the pieces are added as integers of 32 bits, which hold 133,000 products:
 * as many as the sums of the machines (trace/layer.h).
 */
#include "llm/machine_arithmetic.h"

#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "tensor/quantize.h"

enum {
    EXACT_INNER = 1024,       /* products that f32 adds exactly */
    EXACT_OUTPUTS = 256,      /* of a map at a time */
    HALF_BITS_LOST = 23 - 10, /* of f32's fraction */
};

/* ------------------------------------------------------------------ products
 */

static void multiply_piece(const struct exact_product *product, uint32_t first,
                           uint32_t count, float *out)
{
    bool rows = product->b_holds == EXACT_ROWS;
    const float *b = product->b + (rows ? first : first * product->b_stride);

    cblas_sgemm(CblasRowMajor, CblasNoTrans, rows ? CblasTrans : CblasNoTrans,
                (int)product->rows, (int)product->columns, (int)count, 1,
                product->a + first, (int)product->a_stride, b,
                (int)product->b_stride, 0, out, (int)product->columns);
}

static int exact_too_long(const struct model *model, const char *what,
                          uint32_t inner, struct error *err)
{
    return error_set(err, ERROR_DATA,
                     "%s: %s adds up %u products; sums of 32 bits, as the "
                     "machines have, hold at most %d of 8-bit numbers",
                     model_name(model), what, inner, EXACT_LONGEST);
}

int exact_check(const struct model *model, uint32_t tokens, struct error *err)
{
    for (size_t i = 0; i < model_layers(model); i++) {
        const struct layer_shape *shape = &model_layer(model, i)->shape;

        if (shape->inputs > EXACT_LONGEST)
            return exact_too_long(model, shape->name, shape->inputs, err);
    }
    if (model_width(model) > EXACT_LONGEST)
        return exact_too_long(model, "the head", model_width(model), err);
    if (tokens > EXACT_LONGEST)
        return exact_too_long(model, "attention over a row", tokens, err);
    return 0;
}

void exact_multiply(const struct exact_product *product)
{
    size_t columns = product->columns, count = product->rows * columns;
    float *piece = memory_new_aligned(count, sizeof *piece);
    int32_t *sum = memory_new(count, sizeof *sum);

    assert(product->inner <= EXACT_LONGEST);
    for (uint32_t k = 0; k < product->inner; k += EXACT_INNER) {
        multiply_piece(product, k,
                       (uint32_t)min(EXACT_INNER, product->inner - k), piece);
        for (size_t i = 0; i < count; i++)
            sum[i] += (int32_t)piece[i];
    }
    for (uint32_t r = 0; r < product->rows; r++)
        for (size_t c = 0; c < columns; c++)
            product->out[r * product->stride + c] = (float)sum[r * columns + c];
    free(sum);
    free(piece);
}

float exact_quantize(float *values, const float *row, size_t count)
{
    float scale = quantize_scale(row, count);

    if (isnan(scale))
        memset(values, 0, count * sizeof *values);
    else
        quantize_integers(values, row, count, scale);
    return scale;
}

/* Some outputs of a map, from `first`; values [tokens][K] are those of x. */
static void multiply_outputs(const struct model_product *product,
                             const float *values, const float *x_scale,
                             uint32_t first)
{
    uint32_t count = (uint32_t)min(EXACT_OUTPUTS, product->outputs - first);
    size_t inputs = product->inputs;
    float *weights = memory_new_aligned(count * inputs, sizeof *weights);
    float *y = product->y + first;

    for (size_t o = 0; o < count; o++)
        quantize_integers(weights + o * inputs,
                          product->weights + (first + o) * inputs, inputs,
                          product->scale[first + o]);
    exact_multiply(&(struct exact_product){ .a = values,
                                            .b = weights,
                                            .a_stride = inputs,
                                            .b_stride = inputs,
                                            .rows = product->tokens,
                                            .columns = count,
                                            .inner = product->inputs,
                                            .b_holds = EXACT_ROWS,
                                            .out = y,
                                            .stride = product->stride });
    for (size_t t = 0; t < product->tokens; t++)
        for (size_t o = 0; o < count; o++)
            y[t * product->stride + o] *= x_scale[t];
    for (size_t t = 0; t < product->tokens; t++)
        for (size_t o = 0; o < count; o++)
            y[t * product->stride + o] *= product->scale[first + o];
    free(weights);
}

static void multiply_exactly(void *context, const struct model_product *product)
{
    size_t inputs = product->inputs, tokens = product->tokens;
    float *values = memory_new_aligned(tokens * inputs, sizeof *values);
    float *scale = memory_new(tokens + 1, sizeof *scale);

    (void)context;
    for (size_t t = 0; t < tokens; t++)
        scale[t] = exact_quantize(values + t * inputs, product->x + t * inputs,
                                  inputs);
    for (uint32_t o = 0; o < product->outputs; o += EXACT_OUTPUTS)
        multiply_outputs(product, values, scale, o);
    free(scale);
    free(values);
}

const struct model_products exact_products = { multiply_exactly, NULL };

/* -------------------------------------------------------------------- states
 */

/* Above 2^-14 the fraction has 10 bits; below, numbers are multiples of 2^-24,
 * the last place of 0.75. */
static float half_of(float number)
{
    uint32_t bits, odd;

    if (fabsf(number) < 0x1p-14f)
        return number + 0.75f - 0.75f;
    memcpy(&bits, &number, sizeof bits);
    odd = bits >> HALF_BITS_LOST & 1;
    bits += (1u << (HALF_BITS_LOST - 1)) - 1 + odd;
    bits &= ~((1u << HALF_BITS_LOST) - 1);
    memcpy(&number, &bits, sizeof number);
    return number > 65504 ? 65504 : number < -65504 ? -65504 : number;
}

void half_round(float *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = half_of(numbers[i]);
}
