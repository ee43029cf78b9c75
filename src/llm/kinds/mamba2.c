/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mamba-2.  in_proj gives z (the gate), x, B, C and dt; x, B and C
 * go through a short causal convolution and silu; then, head by head,
 *
 *     state = exp(dt A) state + dt x B^T        y = state C + D x
 *
 * and out_proj takes norm(y * silu(z)), where each of norm_groups runs of y has
 * a root mean square of its own.  In Mamba-2 these are the groups of heads that
 * share B and C (mamba_ssm, RMSNormGated with group_size; transformers' Mamba2
 * takes one over all, which differs where there are several groups); in Bamba
 * it is one run.  A sequence is cut into chunks: inside a chunk the
 * recurrence is a masked product (C B^T * decay) x, and only the state goes
 * from chunk to chunk, so that nearly all work is matrix products. Source: Dao
 * and Gu, "Transformers are SSMs", 2024, section 6.
 */
#include <cblas.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/arithmetic.h"
#include "llm/kinds/convolution.h"
#include "llm/machine_arithmetic.h"
#include "llm/model_parts.h"
#include "llm/tape.h"
#include "llm/vector.h"

enum { CHUNK = 64 };

/* What one sequence needs, all taken from the scratch memory. */
struct scan {
    const struct block_run *run;
    uint32_t heads, head, states, inner, channels;
    float *projected; /* [tokens][projected]: z, x B C, dt */
    float *mixed;     /* [tokens][channels]: x B C after the convolution */
    float *y;         /* [tokens][inner] */
    float *step;      /* [tokens][heads] */
    float *state;     /* [inner][states] */
    float *weighed;   /* [CHUNK][inner]: x * dt, then times its decay */
    float *carried;   /* [CHUNK][inner]: what the state gives */
    float *alike;     /* [CHUNK][CHUNK]: C B^T */
    float *masked;    /* [CHUNK][CHUNK], 0 above the diagonal */
    float *fade;      /* [CHUNK][heads] */
    double *decay;    /* [heads][CHUNK]: sum of dt A from the chunk's begin */
};

static size_t mamba2_scratch(const struct shape *shape, uint32_t tokens)
{
    const uint32_t *size = shape->size;
    size_t inner = size[SIZE_INNER], chunk = CHUNK;

    return scratch_round((size_t)tokens * size[SIZE_PROJECTED]) +
           scratch_round((size_t)tokens * size[SIZE_CHANNELS]) +
           scratch_round(tokens * inner) +
           scratch_round((size_t)tokens * size[SIZE_STATE_HEADS]) +
           scratch_round(inner * size[SIZE_STATE]) +
           2 * scratch_round(chunk * inner) + 2 * scratch_round(chunk * chunk) +
           3 * scratch_round(chunk * size[SIZE_STATE_HEADS]);
}

static void mamba2_take_memory(struct scan *scan, const struct block_run *run)
{
    const uint32_t *size = run->shape->size;
    struct model_scratch *scratch = run->scratch;
    size_t chunk = CHUNK, tokens = run->tokens;

    scan->run = run;
    scan->heads = size[SIZE_STATE_HEADS];
    scan->head = size[SIZE_STATE_HEAD];
    scan->states = size[SIZE_STATE];
    scan->inner = size[SIZE_INNER];
    scan->channels = size[SIZE_CHANNELS];
    scan->projected = scratch_take(scratch, tokens * size[SIZE_PROJECTED]);
    scan->mixed = scratch_take(scratch, tokens * scan->channels);
    scan->y = scratch_take(scratch, tokens * scan->inner);
    scan->step = scratch_take(scratch, tokens * scan->heads);
    scan->state = scratch_take(scratch, (size_t)scan->inner * scan->states);
    scan->weighed = scratch_take(scratch, chunk * scan->inner);
    scan->carried = scratch_take(scratch, chunk * scan->inner);
    scan->alike = scratch_take(scratch, chunk * chunk);
    scan->masked = scratch_take(scratch, chunk * chunk);
    scan->fade = scratch_take(scratch, chunk * scan->heads);
    scan->decay = (double *)(void *)scratch_take(
        scratch, 2 * scratch_round(chunk * scan->heads));
}

static void mamba2_find_steps(const struct scan *scan)
{
    const struct shape *shape = scan->run->shape;
    const float *bias = scan->run->block->part[PART_STEP_BIAS].numbers;
    float low = (float)shape->step_limit[0], high = (float)shape->step_limit[1];
    size_t stride = shape->size[SIZE_PROJECTED];

    for (uint32_t t = 0; t < scan->run->tokens; t++) {
        float *step = scan->step + (size_t)t * scan->heads;

        memcpy(step, scan->projected + (t + 1) * stride - scan->heads,
               scan->heads * sizeof *step);
        vector_add(step, bias, scan->heads);
        vector_softplus(step, scan->heads);
        for (uint32_t h = 0; h < scan->heads; h++)
            step[h] = fminf(fmaxf(step[h], low), high);
    }
}

/* decay, and weighed = x * dt, for the chunk of tokens first .. first+n-1. */
static void mamba2_begin_chunk(const struct scan *scan, uint32_t first,
                               uint32_t n)
{
    const float *a_log = scan->run->block->part[PART_DECAY].numbers;

    for (uint32_t h = 0; h < scan->heads; h++) {
        double rate = -exp((double)a_log[h]), sum = 0;

        for (uint32_t i = 0; i < n; i++) {
            sum += (double)scan->step[(first + i) * scan->heads + h] * rate;
            scan->decay[h * CHUNK + i] = sum;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t t = first + i;

        vector_scale_heads(scan->weighed + (size_t)i * scan->inner,
                           scan->mixed + t * scan->channels,
                           scan->step + t * scan->heads, scan->heads,
                           scan->head);
    }
}

/*
 * masked[i][j] = alike[i][j] * exp(decay from j to i), 0 where j > i.  Rows are
 * made in whole steps: vectors have no short rest then, and what lies beyond
 * the last step stays 0.
 */
static void mask(const struct scan *scan, uint32_t h, uint32_t n)
{
    const double *decay = scan->decay + (size_t)h * CHUNK;

    for (uint32_t i = 0; i < n; i++) {
        float *row = scan->masked + (size_t)i * CHUNK;
        uint32_t end = (i / VECTOR_STEP + 1) * VECTOR_STEP;

        vector_fade(row, scan->alike + (size_t)i * CHUNK, decay, decay[i],
                    (uint32_t)min(end, n));
        for (uint32_t j = i + 1; j < end; j++)
            row[j] = 0;
    }
}

/* y of the heads of a group, from inside the chunk. */
static void multiply_heads(const struct scan *scan, uint32_t group,
                           uint32_t first, uint32_t n)
{
    uint32_t each = scan->heads / scan->run->shape->groups;

    for (uint32_t h = group * each; h < (group + 1) * each; h++) {
        size_t at = (size_t)h * scan->head;

        mask(scan, h, n);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n,
                    (int)scan->head, (int)n, 1, scan->masked, CHUNK,
                    scan->weighed + at, (int)scan->inner, 0,
                    scan->y + first * (size_t)scan->inner + at,
                    (int)scan->inner);
    }
}

/* fade[i][head] = exp(decay from the chunk's begin to i, or from i to its
 * last token). */
static void find_fade(const struct scan *scan, uint32_t n, bool to_last)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t h = 0; h < scan->heads; h++) {
            const double *decay = scan->decay + (size_t)h * CHUNK;

            scan->fade[i * scan->heads + h] =
                (float)(to_last ? decay[n - 1] - decay[i] : decay[i]);
        }
    vector_exp(scan->fade, (size_t)n * scan->heads);
}

/* y += what the state gives, and D x; the state fades. */
static void add_carried(const struct scan *scan, uint32_t first, uint32_t n)
{
    const float *skip = scan->run->block->part[PART_SKIP].numbers;
    size_t heads = scan->heads, head = scan->head;

    find_fade(scan, n, false);
    for (uint32_t i = 0; i < n; i++) {
        size_t t = first + i;
        float *y = scan->y + t * scan->inner;

        vector_add_heads(y, scan->carried + (size_t)i * scan->inner,
                         scan->fade + i * heads, heads, head);
        vector_add_heads(y, scan->mixed + t * scan->channels, skip, heads,
                         head);
    }
    for (size_t h = 0; h < heads; h++)
        vector_scale(scan->state + h * head * scan->states,
                     scan->fade[(n - 1) * heads + h], head * scan->states);
}

/* What the chunk adds to the state has faded when it ends. */
static void fade_weighed(const struct scan *scan, uint32_t n)
{
    find_fade(scan, n, true);
    for (uint32_t i = 0; i < n; i++) {
        float *row = scan->weighed + (size_t)i * scan->inner;

        vector_scale_heads(row, row, scan->fade + (size_t)i * scan->heads,
                           scan->heads, scan->head);
    }
}

/* The chunk's B, or C, of a group; the heads of a group see the same. */
static const float *mamba2_selection(const struct scan *scan, uint32_t group,
                                     uint32_t first, bool c)
{
    uint32_t groups = scan->run->shape->groups;

    return scan->mixed + first * (size_t)scan->channels + scan->inner +
           ((size_t)group + (c ? groups : 0)) * scan->states;
}

/* y and `carried` of the chunk. */
static void read_group(const struct scan *scan, uint32_t group, uint32_t first,
                       uint32_t n)
{
    const float *b = mamba2_selection(scan, group, first, false);
    const float *c = mamba2_selection(scan, group, first, true);
    int wide = (int)(scan->inner / scan->run->shape->groups);
    int states = (int)scan->states, channels = (int)scan->channels;
    size_t at = group * (size_t)wide;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)n, states,
                1, c, channels, b, channels, 0, scan->alike, CHUNK);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, wide, states,
                1, c, channels, scan->state + at * scan->states, states, 0,
                scan->carried + at, (int)scan->inner);
    multiply_heads(scan, group, first, n);
}

/* state += weighed B^T */
static void write_group(const struct scan *scan, uint32_t group, uint32_t first,
                        uint32_t n)
{
    int wide = (int)(scan->inner / scan->run->shape->groups);
    int states = (int)scan->states;
    size_t at = group * (size_t)wide;

    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, wide, states, (int)n,
                1, scan->weighed + at, (int)scan->inner,
                mamba2_selection(scan, group, first, false),
                (int)scan->channels, 1, scan->state + at * scan->states,
                states);
}

static void mamba2_scan_all(const struct scan *scan)
{
    uint32_t tokens = scan->run->tokens, groups = scan->run->shape->groups;
    bool exact = scan->run->block->products == &exact_products;
    uint32_t chunk = exact ? 1 : CHUNK;

    memset(scan->state, 0,
           (size_t)scan->inner * scan->states * sizeof *scan->state);
    memset(scan->masked, 0, (size_t)CHUNK * CHUNK * sizeof *scan->masked);
    for (uint32_t first = 0; first < tokens; first += chunk) {
        uint32_t n = tokens - first < chunk ? tokens - first : chunk;

        mamba2_begin_chunk(scan, first, n);
        for (uint32_t group = 0; group < groups; group++)
            read_group(scan, group, first, n);
        add_carried(scan, first, n);
        fade_weighed(scan, n);
        for (uint32_t group = 0; group < groups; group++)
            write_group(scan, group, first, n);
        if (exact)
            half_round(scan->state, (size_t)scan->inner * scan->states);
    }
}

/* y * silu(z), normed: each group's run of channels by itself. */
static void norm_gated(const struct scan *scan)
{
    const float *weight = scan->run->block->part[PART_GATED_NORM].numbers;
    size_t stride = scan->run->shape->size[SIZE_PROJECTED];
    size_t wide = scan->inner / scan->run->shape->norm_groups;

    for (uint32_t t = 0; t < scan->run->tokens; t++) {
        float *y = scan->y + (size_t)t * scan->inner;

        vector_silu_times(y, scan->projected + t * stride, scan->inner);
        for (size_t at = 0; at < scan->inner; at += wide)
            vector_rms_norm(y + at, y + at, weight + at, wide,
                            scan->run->shape->epsilon);
    }
}

static void mamba2_run(const struct block_run *run, const float *x, float *out)
{
    size_t stride = run->shape->size[SIZE_PROJECTED];
    struct scan scan;

    mamba2_take_memory(&scan, run);
    block_linear(run, PART_IN, x, scan.projected, stride);
    if (block_is_done(run))
        return;
    convolution_run(run, scan.mixed, scan.projected + scan.inner, stride,
                    scan.channels);
    mamba2_find_steps(&scan);
    mamba2_scan_all(&scan);
    norm_gated(&scan);
    block_linear(run, PART_OUT, scan.y, out, run->shape->size[SIZE_MODEL]);
}

const struct sublayer mamba2_sublayer = {
    .norm = PART_NORM,
    .after = PARTS,
    .last = PART_OUT,
    .scratch = mamba2_scratch,
    .run = mamba2_run,
    .gradient = &mamba2_gradient,
};
