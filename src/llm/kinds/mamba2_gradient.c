/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The block of Mamba-2 (mamba2.c) for a gradient: projection, convolution,
 * steps, scan, gate with its norm, projection; and back through them in turn.
 * The scan is the hard part and stands in files of its own (mamba2_scan.h);
 * here is what lies around it.  dt goes through a softplus and is held between
 * two limits: where it was held, nothing goes back through it.
 */
#include "llm/kinds/mamba2_scan.h"

#include <math.h>
#include <string.h>

#include "llm/kinds/convolution.h"
#include "llm/vector.h"

static size_t mamba2_gradient_scratch_floats(const struct shape *shape,
                                             uint32_t tokens)
{
    const uint32_t *size = shape->size;
    size_t t = tokens, inner = size[SIZE_INNER], heads = size[SIZE_STATE_HEADS];

    return 2 * scratch_round(t * size[SIZE_PROJECTED]) +
           2 * scratch_round(t * size[SIZE_CHANNELS]) +
           3 * scratch_round(t * heads) + 6 * scratch_round(t * inner) +
           (mamba2_chunks(t) + 3) * scratch_round(inner * size[SIZE_STATE]) +
           5 * scratch_round(MAMBA2_CHUNK * MAMBA2_CHUNK) +
           2 * scratch_round(MAMBA2_CHUNK) +
           4 * scratch_round(MAMBA2_CHUNK * inner) +
           4 * scratch_round(2 * MAMBA2_CHUNK * heads) +
           2 * scratch_round(inner) +
           2 * scratch_round(2 * (size_t)size[SIZE_CHANNELS]);
}

static void mamba2_gradient_take_memory(struct mamba2_kept *kept,
                                        struct tape *tape)
{
    const uint32_t *size = tape->run.shape->size;
    size_t tokens = tape->run.tokens;

    kept->heads = size[SIZE_STATE_HEADS];
    kept->head = size[SIZE_STATE_HEAD];
    kept->states = size[SIZE_STATE];
    kept->inner = size[SIZE_INNER];
    kept->channels = size[SIZE_CHANNELS];
    kept->groups = tape->run.shape->groups;
    kept->stride = size[SIZE_PROJECTED];
    kept->projected = tape_take(tape, tokens * kept->stride);
    kept->mixed = tape_take(tape, tokens * kept->channels);
    kept->raw = tape_take(tape, tokens * kept->heads);
    kept->step = tape_take(tape, tokens * kept->heads);
    kept->scanned = tape_take(tape, tokens * kept->inner);
    kept->gated = tape_take(tape, tokens * kept->inner);
    kept->normed = tape_take(tape, tokens * kept->inner);
    kept->state = tape_take(tape, (mamba2_chunks(tokens) + 1) *
                                      (size_t)kept->inner * kept->states);
    kept->ones = tape_take(tape, MAMBA2_CHUNK);
    kept->scaled = tape_take(tape, MAMBA2_CHUNK * (size_t)kept->inner);
    kept->alike = tape_take(tape, MAMBA2_CHUNK * MAMBA2_CHUNK);
    kept->shade = tape_take(tape, MAMBA2_CHUNK * MAMBA2_CHUNK);
    kept->product = tape_take(tape, MAMBA2_CHUNK * MAMBA2_CHUNK);
    kept->weight = tape_take(tape, MAMBA2_CHUNK);
    kept->room = tape_take(tape, MAMBA2_CHUNK * (size_t)kept->head);
    kept->decay = (double *)(void *)tape_take(tape, 2 * MAMBA2_CHUNK *
                                                        (size_t)kept->heads);
    for (int i = 0; i < MAMBA2_CHUNK; i++)
        kept->ones[i] = 1;
}

static void mamba2_gradient_find_steps(const struct tape *tape,
                                       struct mamba2_kept *kept)
{
    const struct shape *shape = tape->run.shape;
    float low = (float)shape->step_limit[0], high = (float)shape->step_limit[1];
    size_t heads = kept->heads;

    for (size_t t = 0; t < tape->run.tokens; t++) {
        float *raw = kept->raw + t * heads, *step = kept->step + t * heads;

        memcpy(raw, kept->projected + (t + 1) * kept->stride - heads,
               heads * sizeof *raw);
        vector_add(raw, mamba2_numbers(tape, PART_STEP_BIAS), heads);
        memcpy(step, raw, heads * sizeof *step);
        vector_softplus(step, heads);
        for (size_t h = 0; h < heads; h++)
            step[h] = fminf(fmaxf(step[h], low), high);
    }
}

/* The loss by dt, [tokens][heads], into that by projected. */
static void steps_back(const struct tape *tape, const struct mamba2_kept *kept,
                       const float *by_step, float *by_projected)
{
    const struct shape *shape = tape->run.shape;
    float low = (float)shape->step_limit[0], high = (float)shape->step_limit[1];

    for (size_t t = 0; t < tape->run.tokens; t++) {
        float *into = by_projected + (t + 1) * kept->stride - kept->heads;

        for (size_t h = 0; h < kept->heads; h++) {
            float raw = kept->raw[t * kept->heads + h];
            float soft = raw > 20.0f ? raw : log1pf(expf(raw));

            into[h] = soft < low || soft > high
                          ? 0
                          : by_step[t * kept->heads + h] / (1 + expf(-raw));
        }
    }
}

static void mamba2_gradient_forward(struct tape *tape, const float *x,
                                    float *out)
{
    struct mamba2_kept *kept = tape->kept;
    size_t tokens = tape->run.tokens;
    size_t width = tape->run.shape->size[SIZE_MODEL];
    double epsilon = tape->run.shape->epsilon;
    size_t wide;

    mamba2_gradient_take_memory(kept, tape);
    wide = kept->inner / tape->run.shape->norm_groups;
    tape_linear(tape, PART_IN, x, kept->projected, kept->stride);
    convolution_run(&tape->run, kept->mixed, kept->projected + kept->inner,
                    kept->stride, kept->channels);
    mamba2_gradient_find_steps(tape, kept);
    mamba2_scan(tape, kept);
    memcpy(kept->gated, kept->scanned,
           tokens * kept->inner * sizeof *kept->gated);
    for (size_t t = 0; t < tokens; t++) {
        float *gated = kept->gated + t * kept->inner;

        vector_silu_times(gated, kept->projected + t * kept->stride,
                          kept->inner);
        for (size_t at = 0; at < kept->inner; at += wide)
            vector_rms_norm(kept->normed + t * kept->inner + at, gated + at,
                            mamba2_numbers(tape, PART_GATED_NORM) + at, wide,
                            epsilon);
    }
    tape_linear(tape, PART_OUT, kept->normed, out, width);
}

/* From the loss by the normed y to that by y before the gate (in place) and by
 * the gate, in projected. */
static void gate_back(struct tape *tape, const struct mamba2_kept *kept,
                      float *by_normed, float *by_projected)
{
    size_t inner = kept->inner, wide = inner / tape->run.shape->norm_groups;
    float *by_gated = tape_take(tape, inner), *room = tape_take(tape, inner);

    for (size_t t = 0; t < tape->run.tokens; t++) {
        memset(by_gated, 0, inner * sizeof *by_gated);
        for (size_t at = 0; at < inner; at += wide)
            tape_norm_back(by_gated + at, kept->gated + t * inner + at,
                           by_normed + t * inner + at,
                           mamba2_numbers(tape, PART_GATED_NORM) + at, NULL,
                           wide, tape->run.shape->epsilon);
        tape_silu_times_back(by_gated, by_projected + t * kept->stride,
                             kept->scanned + t * inner,
                             kept->projected + t * kept->stride, room, inner);
        memcpy(by_normed + t * inner, by_gated, inner * sizeof *by_gated);
    }
}

static void mamba2_gradient_back(struct tape *tape, const float *slope,
                                 float *x_slope)
{
    const struct mamba2_kept *kept = tape->kept;
    size_t tokens = tape->run.tokens;
    size_t width = tape->run.shape->size[SIZE_MODEL];
    float *by_y = tape_take(tape, tokens * kept->inner);
    float *by_projected = tape_take(tape, tokens * kept->stride);
    float *by_mixed = tape_take(tape, tokens * kept->channels);
    float *by_step = tape_take(tape, tokens * kept->heads);
    float *room = tape_take(tape, 2 * (size_t)kept->channels);

    tape_linear_back(tape, PART_OUT, slope, width, by_y, 0);
    gate_back(tape, kept, by_y, by_projected);
    mamba2_scan_back(tape, kept, by_y, by_mixed, by_step);
    steps_back(tape, kept, by_step, by_projected);
    tape_convolution_back(tape, by_projected + kept->inner,
                          kept->projected + kept->inner, kept->stride, by_mixed,
                          kept->channels, room);
    tape_linear_back(tape, PART_IN, by_projected, kept->stride, x_slope, 0);
}

const struct sublayer_gradient mamba2_gradient = {
    .size = sizeof(struct mamba2_kept),
    .scratch = mamba2_gradient_scratch_floats,
    .forward = mamba2_gradient_forward,
    .back = mamba2_gradient_back,
};
