/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tensor/quantize.h"

#include <math.h>

float quantize_scale(const float *row, size_t count)
{
    float largest = 0, finite = 0;

    for (size_t i = 0; i < count; i++) {
        largest = fabsf(row[i]) > largest ? fabsf(row[i]) : largest;
        finite += row[i] * 0; /* NaN once there is a NaN or an infinity */
    }
    return largest / 127 + finite;
}

/*
 * Adding and taking away 1.5 * 2^23 rounds half to even in the default rounding
 * mode, and unlike rintf() it vectorises on every machine.  The quotient may be
 * over 127 where the scale is subnormal, or was taken from another row.
 */
static inline float whole(float x, float scale)
{
    const float shift = 0x1.8p23f;
    float wanted = scale > 0 ? x / scale : 0;

    wanted = wanted > 127 ? 127 : wanted;
    wanted = wanted < -127 ? -127 : wanted;
    return (wanted + shift) - shift;
}

void quantize_row(int8_t *values, const float *row, size_t count, float scale)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (int8_t)whole(row[i], scale);
}

void quantize_integers(float *out, const float *row, size_t count, float scale)
{
    for (size_t i = 0; i < count; i++)
        out[i] = whole(row[i], scale);
}

void quantize_round(float *out, const float *row, size_t count, float scale)
{
    for (size_t i = 0; i < count; i++)
        out[i] = whole(row[i], scale) * scale;
}

void quantize_rows(int8_t *values, float *scales, const float *x, size_t rows,
                   size_t count)
{
    for (size_t row = 0; row < rows; row++) {
        scales[row] = quantize_scale(x + row * count, count);
        quantize_row(values + row * count, x + row * count, count, scales[row]);
    }
}
