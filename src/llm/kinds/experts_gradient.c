/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Experts (experts.c), forward and back.  With y_e what expert e makes of a
 * token, s_e its share and o' the loss by the sum of s_e y_e,
 *
 *     by y_e = s_e o'      by s_e = o' . y_e = g_e
 *
 * and by the router's scores, s being a softmax of them:
 *
 *     by score_e = s_e g_e - p_e sum over the chosen j of s_j g_j
 *
 * where p is s itself among the chosen and 0 elsewhere if shares add up to 1,
 * and else the softmax over all experts.  With s = c sigma / (sum of the chosen
 * sigma), sigma being a sigmoid of the score, it is
 *
 *     by score_e = (1 - sigma_e) s_e (g_e - sum of s_j g_j / c)
 *
 * and without the sum if shares are not divided by one.  Which experts are
 * chosen is constant.
 */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "llm/kinds/feed_gradient.h"
#include "llm/kinds/routing.h"
#include "llm/vector.h"

struct expert_kept {
    uint32_t tokens;
    uint32_t *place; /* [tokens] of the row's */
    struct feed_kept feed;
    float *result; /* [tokens][width] */
};

struct kept {
    struct routing routing;
    const float *x; /* [tokens][width] */
    float *score;   /* [tokens][experts] */
    struct expert_kept expert[SHAPE_MOST_EXPERTS];
    struct feed_kept shared;
    float *shared_result; /* [tokens][width]; NULL: there is none */
    float *mix;           /* [tokens]: how much of it is taken */
};

static struct feed expert_feed(const struct shape *shape, uint32_t expert)
{
    return (struct feed){ block_expert_part(expert, PART_GATE),
                          block_expert_part(expert, PART_UP),
                          block_expert_part(expert, PART_DOWN),
                          shape->size[SIZE_EXPERT_FEED] };
}

static struct feed shared_feed(const struct shape *shape)
{
    return (struct feed){ PART_SHARED_GATE, PART_SHARED_UP, PART_SHARED_DOWN,
                          shape->size[SIZE_SHARED_FEED] };
}

/* Every token is taken by `experts_used`, and what is taken is rounded up once
 * for each expert. */
static size_t experts_gradient_floats(const struct shape *shape,
                                      uint32_t tokens)
{
    const uint32_t *size = shape->size;
    size_t t = tokens, routed = t * shape->experts_used;
    size_t experts = size[SIZE_EXPERTS], takes = 12;
    size_t rounding = experts * takes * scratch_round(1);

    return routing_scratch(shape, tokens) + 2 * scratch_round(t * experts) +
           5 * routed * size[SIZE_MODEL] + 6 * routed * size[SIZE_EXPERT_FEED] +
           routed + rounding +
           feed_gradient_scratch(size[SIZE_SHARED_FEED], tokens) +
           3 * scratch_round(t * size[SIZE_MODEL]) + scratch_round(t);
}

static void gather(float *out, const float *x, const struct expert_kept *expert,
                   size_t width)
{
    for (size_t i = 0; i < expert->tokens; i++)
        memcpy(out + i * width, x + expert->place[i] * width,
               width * sizeof *out);
}

static void expert_forward(struct tape *tape, struct kept *kept, uint32_t e,
                           float *out)
{
    const struct block_run whole = tape->run;
    const struct feed feed = expert_feed(whole.shape, e);
    struct expert_kept *expert = &kept->expert[e];
    size_t width = whole.shape->size[SIZE_MODEL];
    float *in;

    expert->tokens = routing_tokens(&kept->routing, whole.tokens, e);
    if (expert->tokens == 0)
        return;
    expert->place = (uint32_t *)(void *)tape_take(tape, expert->tokens);
    memcpy(expert->place, kept->routing.place,
           expert->tokens * sizeof *expert->place);
    in = tape_take(tape, expert->tokens * width);
    expert->result = tape_take(tape, expert->tokens * width);
    gather(in, kept->x, expert, width);
    tape->run.tokens = expert->tokens;
    feed_forward(tape, &feed, &expert->feed, in, expert->result);
    tape->run = whole;
    for (size_t i = 0; i < expert->tokens; i++) {
        size_t t = expert->place[i];

        cblas_saxpy((int)width,
                    kept->routing.share[t * kept->routing.experts + e],
                    expert->result + i * width, 1, out + t * width, 1);
    }
}

static void shared_forward(struct tape *tape, struct kept *kept, float *out)
{
    const struct feed feed = shared_feed(tape->run.shape);
    const float *weights = tape->run.block->part[PART_SHARED_MIX].numbers;
    size_t width = tape->run.shape->size[SIZE_MODEL];

    kept->shared_result = tape_take(tape, tape->run.tokens * width);
    kept->mix = tape_take(tape, tape->run.tokens);
    feed_forward(tape, &feed, &kept->shared, kept->x, kept->shared_result);
    for (size_t t = 0; t < tape->run.tokens; t++) {
        double score = 0;

        for (size_t i = 0; weights && i < width; i++)
            score += (double)weights[i] * (double)kept->x[t * width + i];
        kept->mix[t] = weights ? (float)(1 / (1 + exp(-score))) : 1;
        cblas_saxpy((int)width, kept->mix[t], kept->shared_result + t * width,
                    1, out + t * width, 1);
    }
}

static void experts_gradient_forward(struct tape *tape, const float *x,
                                     float *out)
{
    struct kept *kept = tape->kept;
    const struct block_run *run = &tape->run;
    int width = (int)run->shape->size[SIZE_MODEL], experts;

    routing_find(&kept->routing, run, x);
    experts = (int)kept->routing.experts;
    kept->x = x;
    kept->score = tape_take(tape, run->tokens * (size_t)experts);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)run->tokens,
                experts, width, 1, x, width,
                run->block->part[PART_ROUTER].numbers, width, 0, kept->score,
                experts);
    memset(out, 0, run->tokens * (size_t)width * sizeof *out);
    for (uint32_t e = 0; e < kept->routing.experts; e++)
        expert_forward(tape, kept, e, out);
    kept->shared_result = NULL;
    if (run->block->part[PART_SHARED_UP].numbers)
        shared_forward(tape, kept, out);
}

/* What the expert's own maps say of its tokens is added to x_slope; by_share
 * [tokens][experts] gets g. */
static void expert_back(struct tape *tape, const struct kept *kept, uint32_t e,
                        const float *slope, float *x_slope, float *by_share)
{
    const struct block_run whole = tape->run;
    const struct feed feed = expert_feed(whole.shape, e);
    const struct expert_kept *expert = &kept->expert[e];
    size_t width = whole.shape->size[SIZE_MODEL], experts;
    float *by_result, *by_in;

    if (expert->tokens == 0)
        return;
    experts = kept->routing.experts;
    by_result = tape_take(tape, expert->tokens * width);
    by_in = tape_take(tape, expert->tokens * width);
    gather(by_result, slope, expert, width);
    for (size_t i = 0; i < expert->tokens; i++) {
        size_t at = expert->place[i] * experts + e;

        by_share[at] = cblas_sdot((int)width, by_result + i * width, 1,
                                  expert->result + i * width, 1);
        vector_scale(by_result + i * width, kept->routing.share[at], width);
    }
    tape->run.tokens = expert->tokens;
    feed_back(tape, &feed, &expert->feed, by_result, by_in);
    tape->run = whole;
    for (size_t i = 0; i < expert->tokens; i++)
        vector_add(x_slope + expert->place[i] * width, by_in + i * width,
                   width);
}

/* g of one token, to the loss by its scores, where shares are sigmoids. */
static void sigmoids_back(const struct kept *kept, float *by, size_t t,
                          const struct shape *shape)
{
    size_t experts = kept->routing.experts;
    const float *share = kept->routing.share + t * experts;
    const float *score = kept->score + t * experts;
    double sum = 0;

    for (size_t e = 0; shape->experts_normed && e < experts; e++)
        if (share[e] >= 0)
            sum += (double)share[e] * (double)by[e] / shape->experts_scale;
    for (size_t e = 0; e < experts; e++) {
        double rest = 1 / (1 + exp((double)score[e])); /* 1 - sigma */

        by[e] = share[e] >= 0
                    ? (float)(rest * (double)share[e] * ((double)by[e] - sum))
                    : 0;
    }
}

/* The same where they are a softmax. */
static void scores_back(const struct kept *kept, float *by, size_t t,
                        bool normed)
{
    size_t experts = kept->routing.experts, chosen = 0;
    const float *share = kept->routing.share + t * experts;
    const float *score = kept->score + t * experts;
    double sum = 0;

    for (size_t e = 0; e < experts; e++)
        if (share[e] >= 0) {
            sum += (double)share[e] * (double)by[e];
            chosen = share[e] > share[chosen] ? e : chosen;
        }
    for (size_t e = 0; e < experts; e++) {
        bool is = share[e] >= 0;
        double p = (double)share[chosen] *
                   exp((double)score[e] - (double)score[chosen]);

        if (is)
            p = (double)share[e];
        else if (normed)
            p = 0;
        by[e] = (float)((is ? (double)share[e] * (double)by[e] : 0) - p * sum);
    }
}

/* Overwrites x_slope. */
static void shared_back(struct tape *tape, const struct kept *kept,
                        const float *slope, float *x_slope)
{
    const struct feed feed = shared_feed(tape->run.shape);
    const float *weights = tape->run.block->part[PART_SHARED_MIX].numbers;
    size_t width = tape->run.shape->size[SIZE_MODEL];
    float *by_result = tape_take(tape, tape->run.tokens * width);

    for (size_t t = 0; t < tape->run.tokens; t++) {
        memcpy(by_result + t * width, slope + t * width,
               width * sizeof *by_result);
        vector_scale(by_result + t * width, kept->mix[t], width);
    }
    feed_back(tape, &feed, &kept->shared, by_result, x_slope);
    for (size_t t = 0; weights && t < tape->run.tokens; t++) {
        float by_mix = cblas_sdot((int)width, slope + t * width, 1,
                                  kept->shared_result + t * width, 1);

        cblas_saxpy((int)width, by_mix * kept->mix[t] * (1 - kept->mix[t]),
                    weights, 1, x_slope + t * width, 1);
    }
}

static void experts_gradient_back(struct tape *tape, const float *slope,
                                  float *x_slope)
{
    const struct kept *kept = tape->kept;
    const struct block_run *run = &tape->run;
    size_t tokens = run->tokens, experts = kept->routing.experts;
    int width = (int)run->shape->size[SIZE_MODEL];
    float *by_score = tape_take(tape, tokens * experts);

    memset(by_score, 0, tokens * experts * sizeof *by_score);
    if (kept->shared_result)
        shared_back(tape, kept, slope, x_slope);
    else
        memset(x_slope, 0, tokens * (size_t)width * sizeof *x_slope);
    for (uint32_t e = 0; e < experts; e++)
        expert_back(tape, kept, e, slope, x_slope, by_score);
    for (size_t t = 0; t < tokens; t++)
        if (run->shape->experts_sigmoid)
            sigmoids_back(kept, by_score + t * experts, t, run->shape);
        else
            scores_back(kept, by_score + t * experts, t,
                        run->shape->experts_normed);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)tokens, width,
                (int)experts, 1, by_score, (int)experts,
                run->block->part[PART_ROUTER].numbers, width, 1, x_slope,
                width);
}

const struct sublayer_gradient experts_gradient = {
    .size = sizeof(struct kept),
    .scratch = experts_gradient_floats,
    .forward = experts_gradient_forward,
    .back = experts_gradient_back,
};
