/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/target.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"

enum { BAND = 32 };

static const double ridge = 0.01;

/* LAPACK's Cholesky factor of a symmetric matrix, and its use; a text's length
 * comes last, as Fortran has it. */
void dpotrf_(const char *half, const blasint *n, double *a,
             const blasint *stride, blasint *info, size_t half_length);
void dpotrs_(const char *half, const blasint *n, const blasint *columns,
             const double *a, const blasint *stride, double *b,
             const blasint *b_stride, blasint *info, size_t half_length);

int target_init(struct target *target, const double *gram, uint32_t inputs,
                struct error *err)
{
    size_t k_all = inputs;
    blasint n = (blasint)inputs, info = 0;
    double sum = 0;

    *target = (struct target){
        .inputs = inputs,
        .factor = memory_new_aligned(k_all * k_all, sizeof *target->factor),
    };
    memcpy(target->factor, gram, k_all * k_all * sizeof *gram);
    for (size_t k = 0; k < k_all; k++)
        sum += gram[k * k_all + k];
    target->lambda = sum > 0 ? ridge * sum / (double)k_all : 1;
    for (size_t k = 0; k < k_all; k++)
        target->factor[k * k_all + k] += target->lambda;
    dpotrf_("U", &n, target->factor, &n, &info, 1);
    if (info == 0)
        return 0;
    target_release(target);
    return error_set(err, ERROR_DATA,
                     "the inputs' Gram matrix cannot be factored");
}

void target_release(struct target *target)
{
    free(target->factor);
    *target = (struct target){ 0 };
}

struct target_run {
    const struct target *target;
    const struct target_layer *layer;
    float *weights;
};

/* A band of outputs: each output is a right side of its own. */
static void run_band(void *context, size_t number, unsigned worker)
{
    const struct target_run *run = context;
    const struct target *target = run->target;
    const struct target_layer *layer = run->layer;
    size_t k_all = target->inputs, first = number * BAND;
    size_t rows = min(layer->outputs - first, (size_t)BAND);
    size_t size = rows * k_all;
    float *weights = run->weights + first * k_all;
    double *dense = memory_new_aligned(size, sizeof *dense);
    double *wanted = memory_new_aligned(size, sizeof *wanted);
    blasint n = (blasint)k_all, columns = (blasint)rows, info = 0;

    (void)worker;
    for (size_t i = 0; i < size; i++) {
        dense[i] = (double)weights[i];
        wanted[i] = target->lambda * dense[i];
        if (layer->lack)
            wanted[i] += layer->lack[first * k_all + i];
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows,
                (int)k_all, (int)k_all, 1, dense, (int)k_all, layer->cross,
                (int)k_all, 1, wanted, (int)k_all);
    dpotrs_("U", &n, &columns, target->factor, &n, wanted, &n, &info, 1);
    for (size_t i = 0; i < size; i++)
        weights[i] =
            (float)((1 - layer->share) * dense[i] + layer->share * wanted[i]);
    free(wanted);
    free(dense);
}

void target_run(const struct target *target, const struct target_layer *layer,
                float *weights)
{
    struct target_run run = { target, layer, weights };

    parallel_for(layer->workers, divide_up(layer->outputs, BAND), run_band,
                 &run);
}
