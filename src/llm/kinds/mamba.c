/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mamba.  in_proj gives x and the gate; x goes through a short
 * causal convolution and silu; x_proj gives from it a low-rank time step, B and
 * C, and dt_proj the step of every channel.  Then, channel by channel,
 *
 *     state = exp(dt A) state + dt x B        y = state . C + D x
 *
 * and out_proj takes y * silu(gate).  Every channel and state has a decay of
 * its own, so there is no product of matrices in the recurrence: it runs token
 * by token, all channels side by side.  Falcon-Mamba brings the low-rank step,
 * B and C to a root mean square of 1 each, before they are used. Source: Gu and
 * Dao, "Mamba", 2023, section 3.
 */
#include <math.h>
#include <string.h>

#include "llm/kinds/convolution.h"
#include "llm/machine_arithmetic.h"
#include "llm/model_parts.h"
#include "llm/tape.h"
#include "llm/vector.h"

/* What one sequence needs, all taken from the scratch memory. */
struct scan {
    const struct block_run *run;
    float *projected; /* [tokens][2 inner]: x, gate */
    float *mixed;     /* [tokens][inner]: x after the convolution */
    float *selection; /* [tokens][rank + 2 states]: step, B, C */
    float *low;       /* [tokens][rank] */
    float *step;      /* [tokens][inner] */
    float *y;         /* [tokens][inner] */
    float *rate;      /* [states][inner]: A */
    float *state;     /* [states][inner] */
    float *fed;       /* [inner]: dt x of one token */
};

static size_t mamba_scratch(const struct shape *shape, uint32_t tokens)
{
    const uint32_t *size = shape->size;
    size_t inner = size[SIZE_INNER], count = tokens;

    return scratch_round(count * size[SIZE_PROJECTED]) +
           3 * scratch_round(count * inner) +
           scratch_round(count * size[SIZE_SELECTION]) +
           scratch_round(count * size[SIZE_STEP_RANK]) +
           2 * scratch_round(inner * size[SIZE_STATE]) + scratch_round(inner);
}

static void mamba_take_memory(struct scan *scan, const struct block_run *run)
{
    const uint32_t *size = run->shape->size;
    struct model_scratch *scratch = run->scratch;
    size_t inner = size[SIZE_INNER], tokens = run->tokens;

    scan->run = run;
    scan->projected = scratch_take(scratch, tokens * size[SIZE_PROJECTED]);
    scan->mixed = scratch_take(scratch, tokens * inner);
    scan->selection = scratch_take(scratch, tokens * size[SIZE_SELECTION]);
    scan->low = scratch_take(scratch, tokens * size[SIZE_STEP_RANK]);
    scan->step = scratch_take(scratch, tokens * inner);
    scan->y = scratch_take(scratch, tokens * inner);
    scan->rate = scratch_take(scratch, inner * size[SIZE_STATE]);
    scan->state = scratch_take(scratch, inner * size[SIZE_STATE]);
    scan->fed = scratch_take(scratch, inner);
}

static void norm_selection(const struct scan *scan)
{
    const struct shape *shape = scan->run->shape;
    uint32_t rank = shape->size[SIZE_STEP_RANK];
    uint32_t states = shape->size[SIZE_STATE];

    for (size_t t = 0; t < scan->run->tokens; t++) {
        float *row = scan->selection + t * shape->size[SIZE_SELECTION];

        vector_rms_scale(row, rank, shape->select_epsilon);
        vector_rms_scale(row + rank, states, shape->select_epsilon);
        vector_rms_scale(row + rank + states, states, shape->select_epsilon);
    }
}

/* selection and step, from the convolved x. */
static void select_steps(const struct scan *scan)
{
    const struct block_run *run = scan->run;
    const uint32_t *size = run->shape->size;
    uint32_t rank = size[SIZE_STEP_RANK], wide = size[SIZE_SELECTION];

    block_linear(run, PART_SELECT, scan->mixed, scan->selection, wide);
    if (block_is_done(run))
        return;
    if (run->shape->select_epsilon > 0)
        norm_selection(scan);
    for (size_t t = 0; t < run->tokens; t++)
        memcpy(scan->low + t * rank, scan->selection + t * wide,
               rank * sizeof *scan->low);
    block_linear(run, PART_STEP, scan->low, scan->step, size[SIZE_INNER]);
    if (block_is_done(run))
        return;
    vector_softplus(scan->step, (size_t)run->tokens * size[SIZE_INNER]);
}

static void mamba_scan_token(const struct scan *scan, size_t t)
{
    const uint32_t *size = scan->run->shape->size;
    size_t inner = size[SIZE_INNER], states = size[SIZE_STATE];
    const float *b =
        scan->selection + t * size[SIZE_SELECTION] + size[SIZE_STEP_RANK];
    const float *x = scan->mixed + t * inner, *step = scan->step + t * inner;
    float *y = scan->y + t * inner;

    memcpy(scan->fed, x, inner * sizeof *x);
    vector_multiply(scan->fed, step, inner);
    memcpy(y, x, inner * sizeof *y);
    vector_multiply(y, scan->run->block->part[PART_SKIP].numbers, inner);
    for (size_t n = 0; n < states; n++)
        vector_scan(&(struct vector_states){ .state = scan->state + n * inner,
                                             .y = y,
                                             .rate = scan->rate + n * inner,
                                             .step = step,
                                             .fed = scan->fed,
                                             .count = inner },
                    b[n], b[states + n]);
    vector_silu_times(y, scan->projected + t * 2 * inner + inner, inner);
}

static void mamba_scan_all(const struct scan *scan)
{
    const uint32_t *size = scan->run->shape->size;
    size_t count = (size_t)size[SIZE_INNER] * size[SIZE_STATE];

    memset(scan->state, 0, count * sizeof *scan->state);
    memcpy(scan->rate, scan->run->block->part[PART_DECAY].numbers,
           count * sizeof *scan->rate);
    vector_exp(scan->rate, count);
    vector_scale(scan->rate, -1, count);
    for (size_t t = 0; t < scan->run->tokens; t++) {
        mamba_scan_token(scan, t);
        if (scan->run->block->products == &exact_products)
            half_round(scan->state, count);
    }
}

static void mamba_run(const struct block_run *run, const float *x, float *out)
{
    size_t inner = run->shape->size[SIZE_INNER];
    struct scan scan;

    mamba_take_memory(&scan, run);
    block_linear(run, PART_IN, x, scan.projected, 2 * inner);
    if (block_is_done(run))
        return;
    convolution_run(run, scan.mixed, scan.projected, 2 * inner,
                    (uint32_t)inner);
    select_steps(&scan);
    if (block_is_done(run))
        return;
    mamba_scan_all(&scan);
    block_linear(run, PART_OUT, scan.y, out, run->shape->size[SIZE_MODEL]);
}

const struct sublayer mamba_sublayer = {
    .norm = PART_NORM,
    .after = PARTS,
    .last = PART_OUT,
    .scratch = mamba_scratch,
    .run = mamba_run,
    .gradient = &mamba_gradient,
};
