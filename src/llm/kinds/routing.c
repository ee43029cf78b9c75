/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/kinds/routing.h"

#include <cblas.h>
#include <math.h>

size_t routing_scratch(const struct shape *shape, uint32_t tokens)
{
    return scratch_round((size_t)tokens * shape->size[SIZE_EXPERTS]) +
           scratch_round(tokens);
}

/* The largest merit of those whose expert is not taken yet. */
static uint32_t best_of(const double *merit, const double *share,
                        uint32_t experts)
{
    uint32_t best = experts;

    for (uint32_t e = 0; e < experts; e++)
        if (share[e] < 0 && (best == experts || merit[e] > merit[best]))
            best = e;
    return best;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Scores of a token become its shares, below 0 where an expert is not taken. */
static void share_softmax(float *score, const struct routing *routing,
                          bool normed)
{
    double share[SHAPE_MOST_EXPERTS], merit[SHAPE_MOST_EXPERTS];
    double sum = 0, most = 0;

    for (uint32_t e = 0; e < routing->experts; e++) {
        share[e] = -1;
        merit[e] = (double)score[e];
    }
    for (uint32_t i = 0; i < routing->used; i++) {
        uint32_t e = best_of(merit, share, routing->experts);

        if (i == 0)
            most = merit[e];
        share[e] = exp(merit[e] - most);
    }
    for (uint32_t e = 0; e < routing->experts; e++)
        if (share[e] >= 0)
            sum += share[e];
        else if (!normed)
            sum += exp(merit[e] - most);
    for (uint32_t e = 0; e < routing->experts; e++)
        score[e] = share[e] >= 0 ? (float)(share[e] / sum) : -1;
}

/* The same of sigmoids; 1e-20 is in the source, so that shares stay finite. */
static void share_sigmoid(float *score, const struct routing *routing,
                          const float *bias, const struct shape *shape)
{
    double share[SHAPE_MOST_EXPERTS], merit[SHAPE_MOST_EXPERTS];
    double sum = 0;

    for (uint32_t e = 0; e < routing->experts; e++) {
        share[e] = -1;
        merit[e] = sigmoid((double)score[e]) + (bias ? (double)bias[e] : 0);
    }
    for (uint32_t i = 0; i < routing->used; i++) {
        uint32_t e = best_of(merit, share, routing->experts);

        share[e] = sigmoid((double)score[e]);
        sum += share[e];
    }
    sum = shape->experts_normed ? sum + 1e-20 : 1;
    for (uint32_t e = 0; e < routing->experts; e++)
        score[e] =
            share[e] >= 0 ? (float)(share[e] / sum * shape->experts_scale) : -1;
}

void routing_find(struct routing *routing, const struct block_run *run,
                  const float *x)
{
    const struct shape *shape = run->shape;
    uint32_t experts = shape->size[SIZE_EXPERTS];
    int width = (int)shape->size[SIZE_MODEL];

    routing->experts = experts;
    routing->used = shape->experts_used;
    routing->share = scratch_take(run->scratch, (size_t)run->tokens * experts);
    routing->place =
        (uint32_t *)(void *)scratch_take(run->scratch, run->tokens);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)run->tokens,
                (int)experts, width, 1, x, width,
                run->block->part[PART_ROUTER].numbers, width, 0, routing->share,
                (int)experts);
    for (size_t t = 0; t < run->tokens; t++) {
        float *score = routing->share + t * experts;

        if (shape->experts_sigmoid)
            share_sigmoid(score, routing,
                          run->block->part[PART_ROUTER_BIAS].numbers, shape);
        else
            share_softmax(score, routing, shape->experts_normed);
    }
}

uint32_t routing_tokens(const struct routing *routing, uint32_t tokens,
                        uint32_t expert)
{
    uint32_t count = 0;

    for (uint32_t t = 0; t < tokens; t++)
        if (routing->share[(size_t)t * routing->experts + expert] >= 0)
            routing->place[count++] = t;
    return count;
}
