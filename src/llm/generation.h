/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "base/progress.h"
#include "llm/block.h"
#include "llm/model.h"

/*
 * Tokens that a model makes: the word of the greatest logit (of equal ones the
 * first), again and again.  Linear maps, the head among them, compute in 8 bits
 * (tensor/quantize.h) with exact sums, everything else in f32; so do routers,
 * which choose a token's experts.  All blocks stay in memory.
 *
 * (What perplexity calls int8 has the same rounded numbers and adds their
 * products in f32: a last bit there moves a number that lies at the edge of two
 * integers, so that in the end another token may be made.)
 *
 * Somebody else may do the products:
 *   take      is shown the int8 [O][K] weights of each layer once, when its
 *             block is pruned, block by block; last those of the head, whose
 *             number is model_layers()
 *   multiply  sums int32 [tokens][O] of x int8 [tokens][K].  Each token is
 *             asked for once a layer: what was made for it is kept, as keys and
 *             values are
 */
struct generation_products {
    int (*take)(void *context, size_t layer, const int8_t *weights,
                struct error *err);
    int (*multiply)(void *context, size_t layer, const int8_t *x,
                    uint32_t tokens, int32_t *sums, struct error *err);
    void *context;
};

struct generation_asked {
    const struct model *model;
    /* As model_walk.edit (walk.h); NULL: the model is dense. */
    int (*edit)(void *context, struct model_block *block, uint32_t number,
                struct error *err);
    void *context;
    enum model_scales scales;                   /* of 8 bits */
    const struct generation_products *products; /* NULL: they are done here */
    uint32_t longest; /* tokens of a sequence, prompt and made ones together */
    struct progress *progress; /* a unit a token that is made; NULL: nobody is
                                  told */
};

/* Tokens that are computed for a sequence, by which it is weighed: the prompt's
 * with the first that is made, then one for each. */
double generation_work(uint32_t prompt, uint32_t made);

/* -1 and `err` before any work: a sum is too long (exact_check()), or positions
 * turn by the length of the sequence and it passes the one where they change.
 */
int generation_check(const struct model *model, uint32_t prompt, uint32_t made,
                     struct error *err);

/* Opened once, used for one sequence after the other.  -1 and `err`: a weight
 * is not finite, what edit or take say, or the model takes no such length. */
struct generation;

int generation_open(struct generation **generation,
                    const struct generation_asked *asked, struct error *err);
void generation_close(struct generation *generation); /* NULL is harmless */

/* ids [prompt + made], of which the first `prompt` are given, at least one;
 * fills in the others.  -1 and `err`: what generation_check() or multiply says,
 * a logit that is no number, or a stop. */
int generation_run(struct generation *generation, int32_t *ids, uint32_t prompt,
                   uint32_t made, struct error *err);
