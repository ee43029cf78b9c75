/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Experts in place of a feed-forward part: the router chooses some for each
 * token (routing.h), and what they give is added up by their shares.  One
 * expert after the other takes those of the row's tokens that it sees, so that
 * each is one product of matrices.  A shared expert sees every token; Qwen2
 * weighs it by a sigmoid of the token, Granite takes it as it is.
 */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/arithmetic.h"
#include "llm/kinds/feed.h"
#include "llm/kinds/routing.h"
#include "llm/tape.h"
#include "llm/vector.h"

static size_t experts_scratch(const struct shape *shape, uint32_t tokens)
{
    const uint32_t *size = shape->size;
    uint32_t widest =
        (uint32_t)max(size[SIZE_EXPERT_FEED], size[SIZE_SHARED_FEED]);

    return routing_scratch(shape, tokens) +
           2 * scratch_round((size_t)tokens * size[SIZE_MODEL]) +
           feed_scratch(widest, tokens);
}

static void run_expert(const struct block_run *run,
                       const struct routing *routing, uint32_t expert,
                       const float *x, float *out)
{
    size_t width = run->shape->size[SIZE_MODEL], mark = run->scratch->used;
    uint32_t count = routing_tokens(routing, run->tokens, expert);
    const struct feed feed = { block_expert_part(expert, PART_GATE),
                               block_expert_part(expert, PART_UP),
                               block_expert_part(expert, PART_DOWN),
                               run->shape->size[SIZE_EXPERT_FEED] };
    struct block_run some = *run;
    struct expert_hand hand;
    float *in, *result;

    if (count == 0)
        return;
    some.tokens = count;
    some.place = routing->place;
    in = scratch_take(run->scratch, count * width);
    result = scratch_take(run->scratch, count * width);
    for (size_t i = 0; i < count; i++)
        memcpy(in + i * width, x + routing->place[i] * width,
               width * sizeof *in);
    expert_hand_take(&hand, run, expert);
    some.hand = &hand;
    feed_run(&some, &feed, in, result);
    expert_hand_leave(&hand);
    if (block_is_done(run))
        return;
    for (size_t i = 0; i < count; i++) {
        size_t t = routing->place[i];

        cblas_saxpy((int)width, routing->share[t * routing->experts + expert],
                    result + i * width, 1, out + t * width, 1);
    }
    run->scratch->used = mark;
}

/* What every token takes of the shared expert's result. */
static void experts_mix(const struct block_run *run, const float *x,
                        float *result)
{
    const float *weights = run->block->part[PART_SHARED_MIX].numbers;
    size_t width = run->shape->size[SIZE_MODEL];

    for (size_t t = 0; weights && t < run->tokens; t++) {
        double score = 0;

        for (size_t i = 0; i < width; i++)
            score += (double)weights[i] * (double)x[t * width + i];
        vector_scale(result + t * width, (float)(1 / (1 + exp(-score))), width);
    }
}

static void run_shared(const struct block_run *run, const float *x, float *out)
{
    const struct feed feed = { PART_SHARED_GATE, PART_SHARED_UP,
                               PART_SHARED_DOWN,
                               run->shape->size[SIZE_SHARED_FEED] };
    size_t count = (size_t)run->tokens * run->shape->size[SIZE_MODEL];
    float *result = scratch_take(run->scratch, count);

    feed_run(run, &feed, x, result);
    if (block_is_done(run))
        return;
    experts_mix(run, x, result);
    vector_add(out, result, count);
}

static void experts_run(const struct block_run *run, const float *x, float *out)
{
    size_t count = (size_t)run->tokens * run->shape->size[SIZE_MODEL];
    struct routing routing;

    routing_find(&routing, run, x);
    memset(out, 0, count * sizeof *out);
    for (uint32_t e = 0; e < routing.experts && !block_is_done(run); e++)
        run_expert(run, &routing, e, x, out);
    if (run->block->part[PART_SHARED_UP].numbers && !block_is_done(run))
        run_shared(run, x, out);
}

const struct sublayer experts_sublayer = {
    .norm = PART_FEED_NORM,
    .after = PARTS,
    .last = PARTS,
    .scratch = experts_scratch,
    .run = experts_run,
    .gradient = &experts_gradient,
};
