/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Columns are settled from the first to the last.  Pruning one leaves an error
 * in the outputs, and the best that the columns behind it can do against it is
 * known in closed form from the factor U of the inverse Hessian (sparsegpt.h).
 *
 *     settled | k | of this group | of these columns |  all behind them
 *               '------- error at once -------------->|  errors later, together
 *             |<----------- `lazily` columns -------->|
 *
 * A group's mask is chosen when its first column comes, as by then its weights
 * have what the columns before it lost.  What lies behind the `lazily` columns
 * gets their errors in one matrix product: the same sums, at the speed of
 * dgemm.
 *
 * Rows do not depend on one another except where runs of them agree on a mask,
 * so bands of rows (whole runs) are the workers' jobs.  In double, as errors
 * add up over thousands of columns.  The factor costs some K^3 operations for a
 * layer's inputs, each row of weights K^2.
 */
#include "flow/prune/sparsegpt.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h> /* declares cblas_dgemm(), and bars <cblas.h> */
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "flow/prune/hessian.h"

enum { RETRIES = 3, COLUMNS = 128, BAND = 32 };

/* H^-1 = L L^T, so that U = L^T; false if H is not positive definite. */
static bool factorise(double *h, uint32_t inputs)
{
    gsl_matrix_view view = gsl_matrix_view_array(h, inputs, inputs);

    gsl_set_error_handler_off();
    if (gsl_linalg_cholesky_decomp1(&view.matrix) != GSL_SUCCESS ||
        gsl_linalg_cholesky_invert(&view.matrix) != GSL_SUCCESS ||
        gsl_linalg_cholesky_decomp1(&view.matrix) != GSL_SUCCESS)
        return false;
    for (size_t i = 0; i < inputs; i++) {
        for (size_t j = i + 1; j < inputs; j++) {
            h[i * inputs + j] = h[j * inputs + i];
            h[j * inputs + i] = 0;
        }
    }
    return true;
}

int sparsegpt_init(struct sparsegpt *sparsegpt, double *gram, uint32_t inputs,
                   uint64_t tokens, struct error *err)
{
    size_t size = (size_t)inputs * inputs;
    double *plain, mean, damp = hessian_dampening;
    bool factored = false;

    *sparsegpt = (struct sparsegpt){ .inputs = inputs,
                                     .factor = gram,
                                     .dead = memory_new(inputs, 1) };
    mean = hessian_scale(gram, sparsegpt->dead, inputs, tokens);
    plain = memory_new_aligned(size, sizeof *plain);
    memcpy(plain, gram, size * sizeof *plain);
    for (unsigned try = 0; !factored && try <= RETRIES; try++, damp *= 10) {
        memcpy(gram, plain, size * sizeof *plain);
        for (size_t j = 0; j < inputs; j++)
            gram[j * inputs + j] += damp * mean;
        sparsegpt->dampened = try;
        factored = factorise(gram, inputs);
    }
    free(plain);
    if (factored)
        return 0;
    sparsegpt_release(sparsegpt);
    return error_set(err, ERROR_DATA,
                     "the inputs' Hessian cannot be factored, even with %g of "
                     "its mean diagonal added",
                     damp / 10);
}

void sparsegpt_release(struct sparsegpt *sparsegpt)
{
    free(sparsegpt->dead);
    *sparsegpt = (struct sparsegpt){ 0 };
}

struct job {
    const struct sparsegpt *sparsegpt;
    const struct pruned_layer *layer;
    uint32_t lazily;
    uint32_t band; /* rows of one */
};

/* Rows of a layer being pruned. */
struct band {
    const struct job *job;
    size_t rows;
    double *w;      /* [rows][K] */
    double *error;  /* [rows][lazily] */
    double *scores; /* [rows][columns of a group] */
    uint8_t *kept;  /* likewise */
    uint8_t *mask;  /* [rows][K], in the layer's */
};

/* Columns whose mask is chosen together: an unstructured one has no groups, and
 * is chosen for as many as SparseGPT itself does it. */
static uint32_t group_columns(const struct mask_rule *rule)
{
    return rule->way == MASK_UNSTRUCTURED ? COLUMNS : rule->pattern.m;
}

/* Weights that an unstructured output keeps before column k: of each run of
 * columns a share of all, whatever N:M has them in each group. */
static uint32_t kept_before(const struct job *job, size_t k)
{
    uint32_t inputs = job->sparsegpt->inputs;
    uint64_t kept = pattern_kept(job->layer->rule.pattern, inputs);

    return (uint32_t)(kept * k / inputs);
}

static void choose_group(struct band *band, uint32_t first)
{
    const struct job *job = band->job;
    const struct mask_rule *rule = &job->layer->rule;
    size_t k_all = job->sparsegpt->inputs;
    uint32_t m = group_columns(rule);
    uint32_t size = (uint32_t)k_all - first < m ? (uint32_t)k_all - first : m;

    for (size_t o = 0; o < band->rows; o++) {
        for (uint32_t i = 0; i < size; i++) {
            size_t k = first + i;
            double score =
                band->w[o * k_all + k] / job->sparsegpt->factor[k * k_all + k];

            band->scores[o * size + i] = score < 0 ? -score : score;
        }
    }
    if (rule->way != MASK_UNSTRUCTURED)
        mask_run(band->kept, band->scores, (uint32_t)band->rows, size, rule);
    for (size_t o = 0; o < band->rows; o++) {
        if (rule->way == MASK_UNSTRUCTURED)
            mask_largest(band->kept + o * size, band->scores + o * size, size,
                         kept_before(job, first + size) -
                             kept_before(job, first));
        memcpy(band->mask + o * k_all + first, band->kept + o * size, size);
    }
}

/* Settles column k, and spreads its error to the columns before `end`. */
static void settle_column(struct band *band, uint32_t k, uint32_t begin,
                          uint32_t end)
{
    const struct job *job = band->job;
    size_t k_all = job->sparsegpt->inputs, width = job->lazily;
    const double *u = job->sparsegpt->factor + k * k_all;

    for (size_t o = 0; o < band->rows; o++) {
        double *w = band->w + o * k_all;
        double kept = band->mask[o * k_all + k] ? w[k] : 0;
        double error = (w[k] - kept) / u[k];

        w[k] = kept;
        band->error[o * width + k - begin] = error;
        if (error == 0)
            continue;
        for (uint32_t j = k + 1; j < end; j++)
            w[j] -= error * u[j];
    }
}

static void settle_columns(struct band *band, uint32_t begin, uint32_t end)
{
    const struct job *job = band->job;
    int k_all = (int)job->sparsegpt->inputs;

    for (uint32_t k = begin; k < end; k++) {
        if (!job->layer->given && k % group_columns(&job->layer->rule) == 0)
            choose_group(band, k);
        settle_column(band, k, begin, end);
    }
    if ((int)end < k_all)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)band->rows,
                    k_all - (int)end, (int)(end - begin), -1, band->error,
                    (int)job->lazily,
                    job->sparsegpt->factor + (size_t)begin * (size_t)k_all +
                        end,
                    k_all, 1, band->w + end, k_all);
}

static void prune_band(void *context, size_t number, unsigned worker)
{
    const struct job *job = context;
    size_t k_all = job->sparsegpt->inputs, first = number * job->band;
    size_t left = job->layer->outputs - first;
    struct band band = { .job = job,
                         .rows = min(left, job->band),
                         .mask = job->layer->mask + first * k_all };
    float *weights = job->layer->weights + first * k_all;
    size_t width = group_columns(&job->layer->rule);

    (void)worker;
    band.w = memory_new_aligned(band.rows * k_all, sizeof *band.w);
    band.error = memory_new(band.rows * job->lazily, sizeof *band.error);
    band.scores = memory_new(band.rows * width, sizeof *band.scores);
    band.kept = memory_new(band.rows * width, 1);
    for (size_t i = 0; i < band.rows * k_all; i++)
        band.w[i] = job->sparsegpt->dead[i % k_all] ? 0 : (double)weights[i];
    for (uint32_t k = 0; k < k_all; k += job->lazily)
        settle_columns(&band, k,
                       k_all - k < job->lazily ? (uint32_t)k_all
                                               : k + job->lazily);
    for (size_t i = 0; i < band.rows * k_all; i++)
        weights[i] = (float)band.w[i];
    free(band.kept);
    free(band.scores);
    free(band.error);
    free(band.w);
}

void sparsegpt_prune(const struct sparsegpt *sparsegpt,
                     const struct pruned_layer *layer, uint32_t lazily)
{
    const struct mask_rule *rule = &layer->rule;
    uint32_t m = group_columns(rule);
    struct job job = { .sparsegpt = sparsegpt,
                       .layer = layer,
                       .lazily = lazily ? lazily : (COLUMNS + m / 2) / m * m,
                       .band = rule->agreement > 1 ? rule->agreement : BAND };

    if (pattern_is_dense(rule->pattern)) {
        memset(layer->mask, 1, (size_t)layer->outputs * sparsegpt->inputs);
        return;
    }
    parallel_for(rule->workers, divide_up(layer->outputs, job.band), prune_band,
                 &job);
}
