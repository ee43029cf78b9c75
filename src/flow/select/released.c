/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rule of the public code (released.h).  Its choice is a small programme
 * over quarters of weights, solved exactly by programme.h.  Where no choice
 * prunes exactly the share that is asked for, its solver left a relaxation:
 * here the steps between patterns are taken in order of slope, which is the
 * optimum of the relaxed programme, as each block's steps lie on its lower
 * convex hull.
 */
#include "flow/select/released.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "flow/select/minmax.h"
#include "flow/select/programme.h"

const struct released_pattern released_patterns[RELEASED_PATTERNS] = {
    { 4, 8, 2 }, { 4, 4, 0 }, { 2, 8, 3 }, { 2, 4, 2 }, { 8, 8, 0 },
};

enum { BETA = 4, DENSE = 4, HALF = 2, MOST = 3 }; /* quarters */

void released_add(struct released_census *census, const struct scored *layer)
{
    double *scores = memory_new(layer->inputs, sizeof *scores);

    for (size_t o = 0; o < layer->outputs; o++) {
        score_row(scores, layer->weights + o * layer->inputs, layer->root,
                  layer->inputs);
        for (uint32_t k = 0; k < layer->inputs; k++) {
            if (!(scores[k] > census->threshold))
                continue;
            if (census->outliers < RELEASED_POSITIONS)
                census->position[census->outliers] =
                    census->seen + o * layer->inputs + k;
            census->outliers++;
        }
    }
    census->seen += (uint64_t)layer->outputs * layer->inputs;
    free(scores);
}

double released_presence(const struct released_census *census)
{
    return 100 * (double)census->outliers / (double)census->weights;
}

/* Position j of n, ascending, is the larger of a pair j times and the smaller
 * n - 1 - j times. */
double released_locality(const struct released_census *census)
{
    uint64_t n = census->outliers < RELEASED_POSITIONS ? census->outliers
                                                       : RELEASED_POSITIONS;
    double sum = 0, pairs = (double)n * ((double)n - 1) / 2;

    if (n < 2)
        return 0;
    for (uint64_t j = 0; j < n; j++)
        sum += (2 * (double)j - (double)n + 1) * (double)census->position[j];
    return pairs / sum;
}

static double released_cost_of(size_t pattern, double presence, double locality)
{
    const struct released_pattern *at = &released_patterns[pattern];

    return fabs(at->n - 8 * presence) + BETA * fabs(at->m - 8 * (1 - locality));
}

static bool released_solve(size_t *choice, const double *cost, size_t blocks,
                           double quarters, struct released_answer *answer)
{
    struct programme_choice *table;
    struct programme_answer solved;
    uint64_t kept;
    bool found;

    if (fabs(quarters - round(quarters)) > 1e-9 ||
        quarters > (double)(DENSE * blocks))
        return false;
    kept = (uint64_t)((double)(DENSE * blocks) - round(quarters));
    table = memory_new(blocks * RELEASED_PATTERNS, sizeof *table);
    for (size_t i = 0; i < blocks * RELEASED_PATTERNS; i++)
        table[i] = (struct programme_choice){
            .offered = true,
            .cost = cost[i],
            .size = DENSE - released_patterns[i % RELEASED_PATTERNS].pruned,
        };
    found = programme_solve(&(struct programme){ .items = blocks,
                                                 .choices = RELEASED_PATTERNS,
                                                 .table = table,
                                                 .least = kept,
                                                 .limit = kept },
                            choice, &solved);
    free(table);
    answer->objective = found ? solved.objective : 0;
    return found;
}

/* The cheapest pattern of a block that prunes so many quarters. */
static size_t released_cheapest(const double *cost, unsigned pruned)
{
    size_t best = RELEASED_PATTERNS;

    for (size_t p = 0; p < RELEASED_PATTERNS; p++) {
        if (released_patterns[p].pruned == pruned &&
            (best == RELEASED_PATTERNS || cost[p] < cost[best]))
            best = p;
    }
    return best;
}

/* From one corner of a block's lower convex hull to the next. */
struct step {
    size_t block, to;
    double slope; /* of the cost, a quarter */
    double quarters;
};

static int by_slope(const void *a, const void *b)
{
    const struct step *x = a, *y = b;

    if (x->slope != y->slope)
        return x->slope < y->slope ? -1 : 1;
    return x->block < y->block ? -1 : x->block > y->block;
}

static size_t add_steps(struct step *steps, const double *cost, size_t block)
{
    size_t none = released_cheapest(cost, 0),
           half = released_cheapest(cost, HALF);
    size_t most = released_cheapest(cost, MOST);
    double first = (cost[half] - cost[none]) / HALF;
    double second = (cost[most] - cost[half]) / (MOST - HALF);

    if (first > second) {
        steps[0] = (struct step){ block, most, (cost[most] - cost[none]) / MOST,
                                  MOST };
        return 1;
    }
    steps[0] = (struct step){ block, half, first, HALF };
    steps[1] = (struct step){ block, most, second, MOST - HALF };
    return 2;
}

/* The steps in order of slope, until enough is pruned: the relaxation's optimum
 * at a vertex. */
static void relax(size_t *choice, const double *cost, size_t blocks,
                  double quarters, struct released_answer *answer)
{
    struct step *steps = memory_new(2 * blocks, sizeof *steps);
    size_t count = 0;

    *answer = (struct released_answer){ 0, true, blocks };
    for (size_t b = 0; b < blocks; b++) {
        const double *mine = cost + b * RELEASED_PATTERNS;

        choice[b] = released_cheapest(mine, 0);
        answer->objective += mine[choice[b]];
        count += add_steps(steps + count, mine, b);
    }
    qsort(steps, count, sizeof *steps, by_slope);
    for (size_t i = 0; i < count && quarters > 1e-9; i++) {
        double taken = fmin(quarters, steps[i].quarters);

        answer->objective += taken * steps[i].slope;
        quarters -= taken;
        if (taken < steps[i].quarters - 1e-9)
            answer->dropped = steps[i].block;
        else
            choice[steps[i].block] = steps[i].to;
    }
    free(steps);
    if (answer->dropped == blocks)
        return;
    memmove(choice + answer->dropped, choice + answer->dropped + 1,
            (blocks - answer->dropped - 1) * sizeof *choice);
    choice[blocks - 1] = 0; /* 4:8 */
}

int released_choose(size_t *choice, const struct released_blocks *of,
                    double sparsity, struct released_answer *answer,
                    struct error *err)
{
    size_t blocks = of->count;
    double *scaled = memory_new(2 * blocks, sizeof *scaled);
    double *cost = memory_new(blocks * RELEASED_PATTERNS, sizeof *cost);
    double quarters = (double)(DENSE * blocks) * sparsity;
    bool differ;
    int status = 0;

    memcpy(scaled, of->presence, blocks * sizeof *scaled);
    memcpy(scaled + blocks, of->locality, blocks * sizeof *scaled);
    differ = minmax(scaled, blocks) && minmax(scaled + blocks, blocks);
    for (size_t i = 0; i < blocks * RELEASED_PATTERNS; i++) {
        size_t b = i / RELEASED_PATTERNS;

        cost[i] = released_cost_of(i % RELEASED_PATTERNS, scaled[b],
                                   scaled[blocks + b]);
    }
    *answer = (struct released_answer){ 0 };
    if (!differ)
        status = error_set(err, ERROR_DATA,
                           "all blocks have the same %s of outliers; the "
                           "released rule divides by their range",
                           minmax(scaled, blocks) ? "locality" : "presence");
    else if (quarters > (double)(MOST * blocks) + 1e-9)
        status = error_set(err, ERROR_DATA,
                           "sparsity %g cannot be reached: the released rule's "
                           "sparsest pattern, 2:8, prunes 0.75",
                           sparsity);
    else if (!released_solve(choice, cost, blocks, quarters, answer))
        relax(choice, cost, blocks, quarters, answer);
    free(cost);
    free(scaled);
    return status;
}
