/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/flow/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

double inputs_real(uint64_t *seed)
{
    return (double)random_below(seed, 2000001) * 1e-6 - 1;
}

void inputs_draw(double *x, double *gram, uint32_t tokens, uint32_t inputs,
                 uint64_t *seed)
{
    memset(gram, 0, (size_t)inputs * inputs * sizeof *gram);
    for (uint32_t t = 0; t < tokens; t++) {
        double *row = x + (size_t)t * inputs;

        for (uint32_t k = 0; k < inputs; k++)
            row[k] = inputs_real(seed) + (k > 0 ? 0.7 * row[k - 1] : 0);
        for (uint32_t i = 0; i < inputs; i++) {
            for (uint32_t j = 0; j < inputs; j++)
                gram[(size_t)i * inputs + j] += row[i] * row[j];
        }
    }
}

void inputs_invert(double *a, int n)
{
    double *inverse = memory_new((size_t)(n * n), sizeof *inverse);

    for (int i = 0; i < n; i++)
        inverse[i * n + i] = 1;
    for (int p = 0; p < n; p++) {
        double pivot = a[p * n + p];

        for (int j = 0; j < n; j++) {
            a[p * n + j] /= pivot;
            inverse[p * n + j] /= pivot;
        }
        for (int i = 0; i < n; i++) {
            double factor = a[i * n + p];

            for (int j = 0; i != p && j < n; j++) {
                a[i * n + j] -= factor * a[p * n + j];
                inverse[i * n + j] -= factor * inverse[p * n + j];
            }
        }
    }
    memcpy(a, inverse, (size_t)(n * n) * sizeof *a);
    free(inverse);
}

double inputs_error(const float *a, const float *b, const double *gram,
                    uint32_t inputs)
{
    double sum = 0;

    for (uint32_t i = 0; i < inputs; i++) {
        for (uint32_t j = 0; j < inputs; j++)
            sum += ((double)a[i] - (double)b[i]) *
                   gram[(size_t)i * inputs + j] * ((double)a[j] - (double)b[j]);
    }
    return sum;
}
