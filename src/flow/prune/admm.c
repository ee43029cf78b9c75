/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Outputs are independent of each other but for the penalty r and the count of
 * changes it follows.  So three rounds are run for a band of outputs at a time,
 * bands side by side, and then the changes of all are added up, in integers:
 * the bits are the same for any number of workers.
 *
 * The inverse of A + r I is needed for many r: with A = Q L Q^T it costs two
 * products with Q a round, whatever r is.  L has entries close to 0 where the
 * inputs are nearly dependent, which the damping of H lifts to 1 % of the mean
 * diagonal; all of it is done in double.
 */
#include "flow/prune/admm.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"

enum { ROUNDS = 150, ROUNDS_A_CHECK = 3, BAND = 32 };

static const double first_penalty = 0.1;

/* LAPACK's eigensystem of a symmetric matrix by divide and conquer; a text's
 * length comes last, as Fortran has it. */
void dsyevd_(const char *job, const char *half, const blasint *n, double *a,
             const blasint *stride, double *values, double *work,
             const blasint *work_size, blasint *integers,
             const blasint *integers_size, blasint *info, size_t job_length,
             size_t half_length);

/* a [n][n] to its eigenvectors, one a row, and their values; false if the
 * method does not converge. */
static bool find_eigensystem(double *a, double *values, blasint n)
{
    blasint all = -1, info = 0, integers_size, *integers;
    double size;
    blasint most;
    double *work;

    dsyevd_("V", "U", &n, a, &n, values, &size, &all, &integers_size, &all,
            &info, 1, 1);
    if (info != 0)
        return false;
    most = (blasint)size;
    work = memory_new_aligned((size_t)most, sizeof *work);
    integers = memory_new((size_t)integers_size, sizeof *integers);
    dsyevd_("V", "U", &n, a, &n, values, work, &most, integers, &integers_size,
            &info, 1, 1);
    free(integers);
    free(work);
    return info == 0;
}

int admm_init(struct admm *admm, const struct hessian *hessian,
              struct error *err)
{
    size_t k_all = hessian->inputs;

    *admm = (struct admm){
        .hessian = hessian,
        .scale = memory_new(k_all, sizeof *admm->scale),
        .values = memory_new(k_all, sizeof *admm->values),
        .vectors = memory_new_aligned(k_all * k_all, sizeof *admm->vectors),
    };
    for (size_t k = 0; k < k_all; k++)
        admm->scale[k] = sqrt(hessian->h[k * k_all + k]);
    for (size_t i = 0; i < k_all * k_all; i++)
        admm->vectors[i] =
            hessian->h[i] / (admm->scale[i / k_all] * admm->scale[i % k_all]);
    if (find_eigensystem(admm->vectors, admm->values, (blasint)k_all))
        return 0;
    admm_release(admm);
    return error_set(
        err, ERROR_DATA,
        "the inputs' Hessian has no eigensystem that LAPACK finds");
}

void admm_release(struct admm *admm)
{
    free(admm->scale);
    free(admm->values);
    free(admm->vectors);
    *admm = (struct admm){ 0 };
}

/* A layer on its way; matrices are [O][K]. */
struct search {
    const struct admm *admm;
    struct mask_rule rule;
    uint32_t outputs, band;
    double *linear; /* C */
    double *kept;   /* D */
    double *dual;   /* V */
    uint8_t *mask, *before;
    uint32_t *changes; /* [bands] */
    double penalty;    /* r */
};

/* out = in A, by its eigensystem, with `shift` added to every eigenvalue and
 * to the power of `power`. */
static void times_matrix(const struct admm *admm, double *out, const double *in,
                         size_t rows, double shift, bool inverse)
{
    int k_all = (int)admm->hessian->inputs;
    double *turned = memory_new_aligned(rows * (size_t)k_all, sizeof *turned);

    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, k_all,
                k_all, 1, in, k_all, admm->vectors, k_all, 0, turned, k_all);
    for (size_t i = 0; i < rows * (size_t)k_all; i++) {
        double value = admm->values[i % (size_t)k_all] + shift;

        turned[i] = inverse ? turned[i] / value : turned[i] * value;
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, k_all,
                k_all, 1, turned, k_all, admm->vectors, k_all, 0, out, k_all);
    free(turned);
}

/* D and M from `wanted`, whose magnitudes `scores` is room for. */
static void admm_project(const struct search *search, const double *wanted,
                         double *scores, size_t first, size_t rows)
{
    size_t k_all = search->admm->hessian->inputs, at = first * k_all;
    uint8_t *mask = search->mask + at;

    for (size_t i = 0; i < rows * k_all; i++)
        scores[i] = fabs(wanted[i]);
    mask_run(mask, scores, (uint32_t)rows, (uint32_t)k_all, &search->rule);
    for (size_t i = 0; i < rows * k_all; i++)
        search->kept[at + i] = mask[i] ? wanted[i] : 0;
}

static size_t rows_of(const struct search *search, size_t number)
{
    size_t left = search->outputs - number * search->band;

    return left < search->band ? left : search->band;
}

/* Three rounds of a band; then its changes. */
static void run_rounds(void *context, size_t number, unsigned worker)
{
    struct search *search = context;
    size_t k_all = search->admm->hessian->inputs;
    size_t first = number * search->band, rows = rows_of(search, number);
    size_t at = first * k_all, size = rows * k_all;
    double r = search->penalty, *dual = search->dual + at;
    const double *linear = search->linear + at, *kept = search->kept + at;
    double *x = memory_new_aligned(size, sizeof *x);
    double *wanted = memory_new_aligned(size, sizeof *wanted);
    double *scores = memory_new_aligned(size, sizeof *scores);
    uint32_t changes = 0;

    (void)worker;
    for (int round = 0; round < ROUNDS_A_CHECK; round++) {
        for (size_t i = 0; i < size; i++)
            wanted[i] = linear[i] - dual[i] + r * kept[i];
        times_matrix(search->admm, x, wanted, rows, r, true);
        for (size_t i = 0; i < size; i++)
            wanted[i] = x[i] + dual[i] / r;
        admm_project(search, wanted, scores, first, rows);
        for (size_t i = 0; i < size; i++)
            dual[i] += r * (x[i] - kept[i]);
    }
    for (size_t i = 0; i < size; i++)
        changes += search->mask[at + i] != search->before[at + i];
    memcpy(search->before + at, search->mask + at, size);
    search->changes[number] = changes;
    free(scores);
    free(wanted);
    free(x);
}

/* w, C, and the first D and M. */
static void admm_begin_band(void *context, size_t number, unsigned worker)
{
    struct search *search = context;
    const struct hessian *hessian = search->admm->hessian;
    size_t k_all = hessian->inputs, rows = rows_of(search, number);
    size_t first = number * search->band, at = first * k_all;
    double *scores = memory_new_aligned(rows * k_all, sizeof *scores);
    double *w = memory_new_aligned(rows * k_all, sizeof *w);

    (void)worker;
    memcpy(w, search->kept + at, rows * k_all * sizeof *w);
    times_matrix(search->admm, search->linear + at, w, rows, 0, false);
    admm_project(search, w, scores, first, rows);
    memcpy(search->before + at, search->mask + at, rows * k_all);
    free(w);
    free(scores);
}

/* By how much the penalty grows. */
static double growth(uint64_t changes, uint64_t kept)
{
    if ((double)changes > 0.1 * (double)kept)
        return 1.3;
    if ((double)changes > 0.005 * (double)kept)
        return 1.2;
    return changes > 0 ? 1.1 : 1;
}

static unsigned run_search(struct search *search, size_t bands)
{
    uint64_t kept =
        (uint64_t)search->outputs *
        pattern_kept(search->rule.pattern, search->admm->hessian->inputs);
    unsigned round = 0, still = 0;

    parallel_for(search->rule.workers, bands, admm_begin_band, search);
    while (round < ROUNDS && still < 2) {
        uint64_t changes = 0;

        parallel_for(search->rule.workers, bands, run_rounds, search);
        round += ROUNDS_A_CHECK;
        for (size_t b = 0; b < bands; b++)
            changes += search->changes[b];
        search->penalty *= growth(changes, kept);
        still = changes == 0 ? still + 1 : 0;
    }
    return round;
}

unsigned admm_run(const struct admm *admm, float *weights, uint32_t outputs,
                  struct mask_rule rule, uint8_t *mask)
{
    size_t k_all = admm->hessian->inputs, size = outputs * k_all, bands;
    struct search search = {
        .admm = admm,
        .rule = rule,
        .outputs = outputs,
        .band = rule.agreement > 1 ? rule.agreement : BAND,
        .linear = memory_new_aligned(size, sizeof(double)),
        .kept = memory_new_aligned(size, sizeof(double)),
        .dual = memory_new(size, sizeof(double)),
        .mask = mask,
        .before = memory_new(size, 1),
        .penalty = first_penalty,
    };
    unsigned rounds;

    bands = divide_up(outputs, search.band);
    search.changes = memory_new(bands, sizeof *search.changes);
    for (size_t i = 0; i < size; i++) /* w, until D is made from it */
        search.kept[i] = admm->hessian->dead[i % k_all]
                             ? 0
                             : (double)weights[i] * admm->scale[i % k_all];
    rounds = run_search(&search, bands);
    for (size_t i = 0; i < size; i++)
        weights[i] = (float)(search.kept[i] / admm->scale[i % k_all]);
    free(search.changes);
    free(search.before);
    free(search.dual);
    free(search.kept);
    free(search.linear);
    return rounds;
}
