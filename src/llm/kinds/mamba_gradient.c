/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gradient of the block of Mamba (mamba.c).  The state of every token is
 * kept, states * inner numbers each, so that the way back is the recurrence
 * read from the end:
 *
 *     by state[t] = C[t] by y[t] + decay[t + 1] by state[t + 1]
 *
 * and every other gradient is a product of it with what stands beside it.
 */
#include <math.h>
#include <string.h>

#include "llm/kinds/convolution.h"
#include "llm/tape.h"
#include "llm/vector.h"

struct kept {
    float *projected; /* [tokens][2 inner]: x, gate */
    float *mixed;     /* [tokens][inner] */
    float *selection; /* [tokens][rank + 2 states] */
    float *low;       /* [tokens][rank] */
    float *raw;       /* [tokens][inner]: step before the softplus */
    float *step;      /* [tokens][inner] */
    float *scanned;   /* [tokens][inner]: y before the gate */
    float *y;         /* [tokens][inner] */
    float *rate;      /* [states][inner] */
    float *state;     /* [tokens][states][inner] */
};

/* Room for one token on the way back, [inner] each but the first. */
struct desk {
    float *carried; /* [states][inner]: the loss by the state */
    float *fed, *by_fed;
};

static size_t mamba_gradient_scratch_floats(const struct shape *shape,
                                            uint32_t tokens)
{
    const uint32_t *size = shape->size;
    size_t t = tokens, inner = size[SIZE_INNER];
    size_t states = size[SIZE_STATE] * inner;

    return 2 * scratch_round(t * size[SIZE_PROJECTED]) +
           9 * scratch_round(t * inner) +
           2 * scratch_round(t * size[SIZE_SELECTION]) +
           2 * scratch_round(t * size[SIZE_STEP_RANK]) +
           scratch_round(t * states) + 2 * scratch_round(states) +
           6 * scratch_round(inner);
}

static void mamba_gradient_take_memory(struct kept *kept, struct tape *tape)
{
    const uint32_t *size = tape->run.shape->size;
    size_t tokens = tape->run.tokens, inner = size[SIZE_INNER];

    kept->projected = tape_take(tape, tokens * size[SIZE_PROJECTED]);
    kept->mixed = tape_take(tape, tokens * inner);
    kept->selection = tape_take(tape, tokens * size[SIZE_SELECTION]);
    kept->low = tape_take(tape, tokens * size[SIZE_STEP_RANK]);
    kept->raw = tape_take(tape, tokens * inner);
    kept->step = tape_take(tape, tokens * inner);
    kept->scanned = tape_take(tape, tokens * inner);
    kept->y = tape_take(tape, tokens * inner);
    kept->rate = tape_take(tape, size[SIZE_STATE] * inner);
    kept->state = tape_take(tape, tokens * size[SIZE_STATE] * inner);
}

static const float *mamba_gradient_numbers(const struct tape *tape,
                                           enum part part)
{
    return tape->run.block->part[part].numbers;
}

static void mamba_gradient_scan_token(const struct tape *tape,
                                      struct kept *kept, size_t t, float *fed)
{
    const uint32_t *size = tape->run.shape->size;
    size_t inner = size[SIZE_INNER], states = size[SIZE_STATE];
    const float *b =
        kept->selection + t * size[SIZE_SELECTION] + size[SIZE_STEP_RANK];
    const float *x = kept->mixed + t * inner, *step = kept->step + t * inner;
    float *state = kept->state + t * states * inner;
    float *y = kept->scanned + t * inner;

    if (t > 0)
        memcpy(state, state - states * inner, states * inner * sizeof *state);
    else
        memset(state, 0, states * inner * sizeof *state);
    memcpy(fed, x, inner * sizeof *fed);
    vector_multiply(fed, step, inner);
    memcpy(y, x, inner * sizeof *y);
    vector_multiply(y, mamba_gradient_numbers(tape, PART_SKIP), inner);
    for (size_t n = 0; n < states; n++)
        vector_scan(&(struct vector_states){ .state = state + n * inner,
                                             .y = y,
                                             .rate = kept->rate + n * inner,
                                             .step = step,
                                             .fed = fed,
                                             .count = inner },
                    b[n], b[states + n]);
}

static void mamba_gradient_forward(struct tape *tape, const float *x,
                                   float *out)
{
    struct kept *kept = tape->kept;
    const uint32_t *size = tape->run.shape->size;
    size_t tokens = tape->run.tokens, width = size[SIZE_MODEL];
    size_t inner = size[SIZE_INNER], rank = size[SIZE_STEP_RANK];
    size_t count = tokens * inner, states = size[SIZE_STATE] * inner;
    float *fed = tape_take(tape, inner);

    mamba_gradient_take_memory(kept, tape);
    tape_linear(tape, PART_IN, x, kept->projected, 2 * inner);
    convolution_run(&tape->run, kept->mixed, kept->projected, 2 * inner,
                    (uint32_t)inner);
    tape_linear(tape, PART_SELECT, kept->mixed, kept->selection,
                size[SIZE_SELECTION]);
    for (size_t t = 0; t < tokens; t++)
        memcpy(kept->low + t * rank, kept->selection + t * size[SIZE_SELECTION],
               rank * sizeof *kept->low);
    tape_linear(tape, PART_STEP, kept->low, kept->raw, inner);
    memcpy(kept->step, kept->raw, count * sizeof *kept->step);
    vector_softplus(kept->step, count);
    memcpy(kept->rate, mamba_gradient_numbers(tape, PART_DECAY),
           states * sizeof *kept->rate);
    vector_exp(kept->rate, states);
    vector_scale(kept->rate, -1, states);
    for (size_t t = 0; t < tokens; t++) {
        mamba_gradient_scan_token(tape, kept, t, fed);
        memcpy(kept->y + t * inner, kept->scanned + t * inner,
               inner * sizeof *kept->y);
        vector_silu_times(kept->y + t * inner,
                          kept->projected + t * 2 * inner + inner, inner);
    }
    tape_linear(tape, PART_OUT, kept->y, out, width);
}

/* One token on the way back: from the loss by y to those by the others. */
struct token {
    size_t number;
    const float *y_slope;
    float *step_slope, *selection_slope, *mixed_slope;
};

/* One state of one token: what it adds to the slopes of b, c, step and of what
 * is fed; the carried slope goes on to the token before. */
static void state_back(const struct tape *tape, const struct desk *desk,
                       const struct token *token, size_t n)
{
    const struct kept *kept = tape->kept;
    const uint32_t *size = tape->run.shape->size;
    size_t inner = size[SIZE_INNER], states = size[SIZE_STATE];
    size_t rank = size[SIZE_STEP_RANK], t = token->number;
    const float *b = kept->selection + t * size[SIZE_SELECTION] + rank;
    const float *y_slope = token->y_slope;
    const float *now = kept->state + (t * states + n) * inner;
    const float *before = t > 0 ? now - states * inner : NULL;
    const float *rate = kept->rate + n * inner, *step = kept->step + t * inner;
    float *carried = desk->carried + n * inner, by_b = 0, by_c = 0;
    float *decay = desk->by_fed + inner; /* the room behind it */

    for (size_t i = 0; i < inner; i++)
        decay[i] = step[i] * rate[i];
    vector_exp(decay, inner);
    for (size_t i = 0; i < inner; i++) {
        float slope = carried[i] + y_slope[i] * b[states + n];
        float faded = slope * decay[i];

        by_c += y_slope[i] * now[i];
        by_b += slope * desk->fed[i];
        desk->by_fed[i] += slope * b[n];
        if (before)
            token->step_slope[i] += faded * before[i] * rate[i];
        carried[i] = faded;
    }
    token->selection_slope[rank + n] = by_b;
    token->selection_slope[rank + states + n] = by_c;
}

static void token_back(const struct tape *tape, const struct desk *desk,
                       const struct token *token)
{
    const struct kept *kept = tape->kept;
    const uint32_t *size = tape->run.shape->size;
    size_t inner = size[SIZE_INNER], t = token->number;
    const float *x = kept->mixed + t * inner, *step = kept->step + t * inner;
    const float *skip = mamba_gradient_numbers(tape, PART_SKIP);
    float *step_slope = token->step_slope;

    memset(step_slope, 0, inner * sizeof *step_slope);
    memset(desk->by_fed, 0, inner * sizeof *desk->by_fed);
    for (size_t i = 0; i < inner; i++)
        desk->fed[i] = x[i] * step[i];
    for (size_t n = 0; n < size[SIZE_STATE]; n++)
        state_back(tape, desk, token, n);
    for (size_t i = 0; i < inner; i++) {
        token->mixed_slope[i] =
            desk->by_fed[i] * step[i] + skip[i] * token->y_slope[i];
        step_slope[i] += desk->by_fed[i] * x[i];
        step_slope[i] /= 1 + expf(-kept->raw[t * inner + i]);
    }
}

static void mamba_gradient_back(struct tape *tape, const float *slope,
                                float *x_slope)
{
    const struct kept *kept = tape->kept;
    const uint32_t *size = tape->run.shape->size;
    size_t tokens = tape->run.tokens, width = size[SIZE_MODEL];
    size_t inner = size[SIZE_INNER], wide = size[SIZE_SELECTION];
    size_t rank = size[SIZE_STEP_RANK], count = tokens * inner;
    float *by_y = tape_take(tape, count), *by_step = tape_take(tape, count);
    float *by_mixed = tape_take(tape, count);
    float *by_projected = tape_take(tape, 2 * count);
    float *by_selection = tape_take(tape, tokens * wide);
    float *by_low = tape_take(tape, tokens * rank);
    float *room = tape_take(tape, 2 * inner);
    struct desk desk = {
        .carried = tape_take(tape, size[SIZE_STATE] * inner),
        .fed = tape_take(tape, inner),
        .by_fed = tape_take(tape, 2 * inner),
    };

    tape_linear_back(tape, PART_OUT, slope, width, by_y, 0);
    memset(desk.carried, 0, size[SIZE_STATE] * inner * sizeof *desk.carried);
    for (size_t t = tokens; t-- > 0;) {
        tape_silu_times_back(by_y + t * inner,
                             by_projected + t * 2 * inner + inner,
                             kept->scanned + t * inner,
                             kept->projected + t * 2 * inner + inner, room,
                             inner);
        token_back(tape, &desk,
                   &(struct token){ .number = t,
                                    .y_slope = by_y + t * inner,
                                    .step_slope = by_step + t * inner,
                                    .selection_slope = by_selection + t * wide,
                                    .mixed_slope = by_mixed + t * inner });
    }
    tape_linear_back(tape, PART_STEP, by_step, inner, by_low, 0);
    for (size_t t = 0; t < tokens; t++)
        memcpy(by_selection + t * wide, by_low + t * rank,
               rank * sizeof *by_low);
    tape_linear_back(tape, PART_SELECT, by_selection, wide, by_mixed, 1);
    tape_convolution_back(tape, by_projected, kept->projected, 2 * inner,
                          by_mixed, (uint32_t)inner, room);
    tape_linear_back(tape, PART_IN, by_projected, 2 * inner, x_slope, 0);
}

const struct sublayer_gradient mamba_gradient = {
    .size = sizeof(struct kept),
    .scratch = mamba_gradient_scratch_floats,
    .forward = mamba_gradient_forward,
    .back = mamba_gradient_back,
};
