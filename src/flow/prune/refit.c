/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/refit.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"

enum { STEPS = 15, BAND = 32 };

/* Some outputs on their way; each matrix is [rows][K]. */
struct refit_band {
    const struct refit *refit;
    const uint8_t *mask;
    size_t rows, k_all;
    double *v;         /* weights */
    double *residual;  /* (W - V) H where kept */
    double *direction; /* in which V moves */
    double *product;   /* direction H where kept */
    double *rho;       /* [rows]: residual . residual / diag H */
};

/* out = in H where kept. */
static void times_hessian(const struct refit_band *band, double *out,
                          const double *in)
{
    int k_all = (int)band->k_all;

    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)band->rows,
                k_all, k_all, 1, in, k_all, band->refit->hessian->h, k_all, 0,
                out, k_all);
    for (size_t i = 0; i < band->rows * band->k_all; i++)
        out[i] = band->mask[i] ? out[i] : 0;
}

/* rho of every row, and direction = residual / diag H + factor * direction,
 * the factor being the new rho over the old one (0 at the first step). */
static void refit_turn(struct refit_band *band, bool first)
{
    size_t k_all = band->k_all;
    const double *h = band->refit->hessian->h;

    for (size_t o = 0; o < band->rows; o++) {
        const double *residual = band->residual + o * k_all;
        double *direction = band->direction + o * k_all;
        double rho = 0, factor;

        for (size_t k = 0; k < k_all; k++)
            rho += residual[k] * residual[k] / h[k * k_all + k];
        factor = first || band->rho[o] == 0 ? 0 : rho / band->rho[o];
        for (size_t k = 0; k < k_all; k++)
            direction[k] =
                residual[k] / h[k * k_all + k] + factor * direction[k];
        band->rho[o] = rho;
    }
}

/* V goes as far along its direction as lowers the error most. */
static void go(struct refit_band *band)
{
    size_t k_all = band->k_all;

    for (size_t o = 0; o < band->rows; o++) {
        const double *direction = band->direction + o * k_all;
        const double *product = band->product + o * k_all;
        double curvature = 0, length;

        for (size_t k = 0; k < k_all; k++)
            curvature += direction[k] * product[k];
        if (band->rho[o] == 0 || curvature <= 0)
            continue; /* it has arrived */
        length = band->rho[o] / curvature;
        for (size_t k = 0; k < k_all; k++) {
            band->v[o * k_all + k] += length * direction[k];
            band->residual[o * k_all + k] -= length * product[k];
        }
    }
}

struct refit_job {
    const struct refit *refit;
    float *weights;
};

static void refit_begin_band(struct refit_band *band,
                             const struct refit_job *job, size_t first)
{
    const struct refit *refit = job->refit;
    size_t k_all = refit->hessian->inputs, left = refit->outputs - first, size;

    *band = (struct refit_band){ .refit = refit,
                                 .mask = refit->mask + first * k_all,
                                 .rows = left < BAND ? left : BAND,
                                 .k_all = k_all };
    size = band->rows * k_all;
    band->v = memory_new_aligned(size, sizeof *band->v);
    band->residual = memory_new_aligned(size, sizeof *band->residual);
    band->direction = memory_new(size, sizeof *band->direction);
    band->product = memory_new_aligned(size, sizeof *band->product);
    band->rho = memory_new(band->rows, sizeof *band->rho);
    for (size_t i = 0; i < size; i++) {
        bool dead = refit->hessian->dead[i % k_all];
        double w = dead ? 0 : (double)refit->dense[first * k_all + i];

        band->v[i] = band->mask[i] && !dead
                         ? (double)job->weights[first * k_all + i]
                         : 0;
        band->product[i] = w - band->v[i];
    }
    times_hessian(band, band->residual, band->product);
}

static void refit_rows(void *context, size_t number, unsigned worker)
{
    const struct refit_job *job = context;
    unsigned steps = job->refit->steps ? job->refit->steps : STEPS;
    struct refit_band band;
    float *weights;

    (void)worker;
    refit_begin_band(&band, job, number * BAND);
    for (unsigned step = 0; step < steps; step++) {
        refit_turn(&band, step == 0);
        times_hessian(&band, band.product, band.direction);
        go(&band);
    }
    weights = job->weights + number * BAND * band.k_all;
    for (size_t i = 0; i < band.rows * band.k_all; i++)
        weights[i] = (float)band.v[i];
    free(band.rho);
    free(band.product);
    free(band.direction);
    free(band.residual);
    free(band.v);
}

void refit_run(const struct refit *refit, float *weights)
{
    struct refit_job job = { refit, weights };

    parallel_for(refit->workers, divide_up(refit->outputs, BAND), refit_rows,
                 &job);
}
