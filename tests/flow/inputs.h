/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

/* Made-up inputs of a layer, and the plain algebra that updates are held
 * against. */

double inputs_real(uint64_t *seed); /* -1 .. 1 */

/* Tokens x [tokens][inputs], correlated, and their sum of x x^T. */
void inputs_draw(double *x, double *gram, uint32_t tokens, uint32_t inputs,
                 uint64_t *seed);

/* a [n][n] to its inverse, by Gauss and Jordan without pivoting. */
void inputs_invert(double *a, int n);

/* (a - b) gram (a - b)^T of one output. */
double inputs_error(const float *a, const float *b, const double *gram,
                    uint32_t inputs);
