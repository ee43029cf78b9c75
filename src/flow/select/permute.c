/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Set by set.  A layer's scores are made when a set first needs them: heads of
 * one layer follow one another, and so share them; the residual stream's are
 * those of many layers at once.  There, and in any set that large, some outputs
 * stand for all, evenly spread, so that no more than MOST_SCORES are in memory:
 * an order of channels is a property of all outputs together, and some
 * thousands of them tell it.
 */
#include "flow/select/permute.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "flow/prune/hessian.h"
#include "flow/select/channel_order.h"
#include "llm/fold.h"
#include "base/random.h"

enum { MOST_SCORES = 1 << 26 };

/* LAPACK's Cholesky factor of a positive definite matrix, and from it the
 * inverse; a text's length comes last, as Fortran has it. */
void dpotrf_(const char *half, const blasint *n, double *a,
             const blasint *stride, blasint *info, size_t half_length);
void dpotri_(const char *half, const blasint *n, double *a,
             const blasint *stride, blasint *info, size_t half_length);

struct permuting {
    const struct selection *selection;
    struct plan *plan;
    struct channel_sets sets;
    size_t layer;      /* whose scores are there; `layers`: none */
    float *score;      /* [O][K] of it */
    size_t input;      /* whose factors are there; `layers`: none */
    double *per_input; /* [K]: of that input */
    double *gram;      /* [K][K]: undamped, dead inputs' diagonal 0 */
    size_t ordered, uneven, unlike; /* sets */
};

/* ---- what weights are worth ---------------------------------------------- */

/* 1 / (H^-1)[k][k]; 0 for a dead input. */
static int invert(double *per_input, const struct hessian *hessian,
                  struct error *err)
{
    blasint n = (blasint)hessian->inputs, info;
    size_t k_all = hessian->inputs;

    dpotrf_("U", &n, hessian->h, &n, &info, 1);
    if (info == 0)
        dpotri_("U", &n, hessian->h, &n, &info, 1);
    if (info != 0)
        return error_set(err, ERROR_DATA,
                         "the inputs' Hessian cannot be inverted");
    for (size_t k = 0; k < k_all; k++)
        per_input[k] = hessian->dead[k] ? 0 : 1 / hessian->h[k * k_all + k];
    return 0;
}

/* The factors of an input's weights, squared. */
static int find_factors(struct permuting *all, size_t layer, struct error *err)
{
    const struct recorded_trace *trace = all->selection->trace;
    size_t input = trace->layer[layer].input_of;
    const struct recorded_layer *recorded = &trace->layer[input];
    size_t k_all = recorded->shape.inputs;
    struct hessian hessian;
    int status = 0;

    if (all->input == input)
        return 0;
    all->input = input;
    free(all->gram);
    free(all->per_input);
    all->gram = memory_new_aligned(k_all * k_all, sizeof *all->gram);
    all->per_input = memory_new(k_all, sizeof *all->per_input);
    for (size_t i = 0; i < k_all * k_all; i++)
        all->gram[i] = (double)recorded->gram[i];
    if (all->selection->update != UPDATE_NONE) {
        hessian_init(&hessian, all->gram, recorded->shape.inputs, 1);
        status = invert(all->per_input, &hessian, err);
        hessian_release(&hessian);
    } else {
        for (size_t k = 0; k < k_all; k++)
            all->per_input[k] = all->selection->score == SCORE_MAGNITUDE
                                    ? 1
                                    : recorded->mean_square[k];
    }
    return status;
}

/* tr W H W^T. */
static double outputs_worth(const struct permuting *all, const float *weights,
                            const struct layer_shape *shape)
{
    size_t k_all = shape->inputs, o_all = shape->outputs;
    double *w = memory_new_aligned(o_all * k_all, sizeof *w), sum = 0;
    double *wh = memory_new_aligned(o_all * k_all, sizeof *wh);

    for (size_t i = 0; i < o_all * k_all; i++)
        w[i] = (double)weights[i];
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)o_all,
                (int)k_all, (int)k_all, 1, w, (int)k_all, all->gram, (int)k_all,
                0, wh, (int)k_all);
    for (size_t i = 0; i < o_all * k_all; i++)
        sum += wh[i] * w[i];
    free(wh);
    free(w);
    return sum;
}

static int find_scores(struct permuting *all, size_t layer, struct error *err)
{
    const struct layer_shape *shape = &all->plan->layer[layer].shape;
    size_t k_all = shape->inputs, o_all = shape->outputs;
    double worth;
    float *weights;

    if (all->layer == layer)
        return 0;
    if (stop_check(err) < 0)
        return -1;
    if (find_factors(all, layer, err) < 0)
        return error_prefix(err, "layer %s: ", shape->name);
    weights = memory_new_aligned(o_all * k_all, sizeof *weights);
    if (model_weights(all->selection->model, layer, weights, err) < 0) {
        free(weights);
        return -1;
    }
    worth = outputs_worth(all, weights, shape);
    for (size_t i = 0; i < o_all * k_all; i++)
        weights[i] = worth > 0
                         ? (float)((double)weights[i] * (double)weights[i] *
                                   all->per_input[i % k_all] / worth)
                         : 0;
    free(all->score);
    all->score = weights;
    all->layer = layer;
    return 0;
}

/* ---- one set ------------------------------------------------------------- */

static bool counts(const struct permuting *all,
                   const struct channel_reader *reader)
{
    return !pattern_is_dense(all->plan->layer[reader->layer].pattern);
}

/* The readers' M, 0 if they are of different ones, or none counts. */
static uint32_t find_m(struct permuting *all, const struct channel_set *set)
{
    uint32_t m = 0;

    for (size_t r = 0; r < set->readers; r++) {
        struct pattern pattern = all->plan->layer[set->reader[r].layer].pattern;

        if (!counts(all, &set->reader[r]))
            continue;
        if (m != 0 && m != pattern.m) {
            all->unlike++;
            return 0;
        }
        m = pattern.m;
    }
    if (m != 0 && set->size % m != 0) {
        all->uneven++;
        return 0;
    }
    return m;
}

/* Every how many outputs one is looked at. */
static size_t find_step(const struct permuting *all,
                        const struct channel_set *set)
{
    uint64_t scores = 0;

    for (size_t r = 0; r < set->readers; r++)
        if (counts(all, &set->reader[r]))
            scores +=
                (uint64_t)all->plan->layer[set->reader[r].layer].shape.outputs *
                set->size;
    return (size_t)(scores / MOST_SCORES + 1);
}

/* The scores of a set's channels, of every `step`-th output. */
static float *take_columns(const struct permuting *all,
                           const struct channel_reader *reader, uint32_t size,
                           size_t step)
{
    const struct layer_shape *shape = &all->plan->layer[reader->layer].shape;
    size_t rows = (shape->outputs + step - 1) / step;
    float *out = memory_new_aligned(rows * size, sizeof *out);

    for (size_t o = 0; o < rows; o++)
        memcpy(out + o * size,
               all->score + o * step * shape->inputs + reader->first,
               size * sizeof *out);
    return out;
}

static int improve_set(struct permuting *all, const struct channel_set *set,
                       uint32_t m, uint32_t *order, struct error *err)
{
    struct channel_scores *scores = memory_new(set->readers, sizeof *scores);
    struct channel_problem problem = {
        .channels = set->size,
        .m = m,
        .reader = scores,
        .seed = random_mix(((uint64_t)(set - all->sets.at) << 32) +
                           all->selection->reconstruct.seed),
        .workers = all->selection->work.workers,
    };
    size_t step = find_step(all, set);
    int status = 0;

    for (size_t r = 0; status == 0 && r < set->readers; r++) {
        const struct channel_reader *reader = &set->reader[r];
        const struct plan_layer *layer = &all->plan->layer[reader->layer];

        if (!counts(all, reader))
            continue;
        status = find_scores(all, reader->layer, err);
        if (status == 0)
            scores[problem.readers++] = (struct channel_scores){
                take_columns(all, reader, set->size, step),
                (layer->shape.outputs + step - 1) / step, layer->pattern.n
            };
    }
    if (status == 0)
        channel_order_improve(order, &problem);
    for (size_t r = 0; r < problem.readers; r++)
        free((void *)(uintptr_t)scores[r].score);
    free(scores);
    return status;
}

/* Where the order of a set is kept: of a layer's inputs all at once, each at
 * its place until it is known. */
static uint32_t *order_of(struct permuting *all, const struct channel_set *set)
{
    struct permutation *permutation = all->plan->permutation;
    uint32_t size =
        set->stream ? set->size : all->plan->layer[set->layer].shape.inputs;
    uint32_t **order =
        set->stream ? &permutation->stream : &permutation->inside[set->layer];

    if (*order)
        return *order;
    *order = memory_new(size, sizeof **order);
    for (uint32_t i = 0; i < size; i++)
        (*order)[i] = i;
    if (set->stream)
        permutation->width = size;
    return *order;
}

static int permute_set(struct permuting *all, const struct channel_set *set,
                       struct error *err)
{
    uint32_t m = find_m(all, set), *order, *whole;
    int status;

    if (m == 0)
        return 0;
    order = memory_new(set->size, sizeof *order);
    for (uint32_t i = 0; i < set->size; i++)
        order[i] = i;
    status = improve_set(all, set, m, order, err);
    if (status == 0) {
        whole = order_of(all, set);
        for (size_t r = 0; r < set->readers; r++) {
            uint32_t first = set->reader[r].first;

            /* Readers of other layers go by the same list. */
            for (uint32_t i = 0;
                 (set->stream || set->reader[r].layer == set->layer) &&
                 i < set->size;
                 i++)
                whole[first + i] = first + order[i];
        }
        all->ordered++;
    }
    free(order);
    return status;
}

/* ---- all ----------------------------------------------------------------- */

static void permute_say(struct permuting *all)
{
    struct plan *plan = all->plan;
    const char *before = plan->reason[0] ? "; " : "";

    json_object_set_new(
        plan->parameters, "permute",
        json_pack("{sI}", "seed",
                  (json_int_t)all->selection->reconstruct.seed));
    plan_set(&plan->reason,
             memory_printf("%s%s%zu sets of channels are ordered anew",
                           plan->reason, before, all->ordered));
    if (all->unlike > 0)
        plan_set(&plan->reason,
                 memory_printf("%s; %zu stay, whose readers have unlike M",
                               plan->reason, all->unlike));
    if (all->uneven > 0)
        plan_set(&plan->reason,
                 memory_printf("%s; %zu stay, which groups of M do not divide",
                               plan->reason, all->uneven));
}

int permute_plan(struct plan *plan, const struct selection *selection,
                 struct error *err)
{
    struct permuting all = {
        .selection = selection,
        .plan = plan,
        .layer = plan->layers,
        .input = plan->layers,
    };
    int status = 0;

    channel_sets_find(&all.sets, selection->model);
    plan->permutation = permutation_new(plan->layers);
    for (size_t s = 0; status == 0 && s < all.sets.count; s++)
        status = permute_set(&all, &all.sets.at[s], err);
    if (status == 0)
        permute_say(&all);
    channel_sets_release(&all.sets);
    free(all.score);
    free(all.per_input);
    free(all.gram);
    return status;
}
