/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Symmetric 8-bit integers with one scale a row: a row is one output's weights,
 * or one token's inputs.
 *
 *     scale = max |x| / 127 (f32)        value = round half to even(x / scale)
 *
 * so that values lie in -127..127 and x is about value * scale.  A row of zeros
 * has scale 0 and values 0; one with a NaN or an infinity has scale NaN and
 * values 0, so that who looks at scales sees it and what is rounded is NaN.
 */
float quantize_scale(const float *row, size_t count);
void quantize_row(int8_t *values, const float *row, size_t count, float scale);

/* The same integers in f32; out may be row. */
void quantize_integers(float *out, const float *row, size_t count, float scale);

/* What the integers stand for, value * scale, in f32; out may be row. */
void quantize_round(float *out, const float *row, size_t count, float scale);

/* x [rows][count] to values [rows][count] and scales [rows]. */
void quantize_rows(int8_t *values, float *scales, const float *x, size_t rows,
                   size_t count);
