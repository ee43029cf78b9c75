/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The block of Mamba-2 (mamba2.c), mamba2_gradient_forward and
 * mamba2_gradient_back, chunk by chunk.  Inside a chunk, with u = dt x, decay
 * s_i the sum of dt A up to token i, L_ij = exp(s_i - s_j) for j <= i, and S
 * the state before the chunk,
 *
 *     y_i = sum_j (C_i . B_j) L_ij u_j + exp(s_i) S C_i + D x_i
 *     S'  = exp(s_end) S + sum_j exp(s_end - s_j) u_j B_j^T
 *
 * The way mamba2_gradient_back, from y' (the loss by y) and Z' (by the state
 * behind):
 *
 *     by u_j = sum_i (C_i . B_j) L_ij y'_i + exp(s_end - s_j) Z' B_j
 *     by the product C_i . B_j: (y'_i . u_j) L_ij
 *     by S   = exp(s_end) Z' + sum_i exp(s_i) y'_i C_i^T
 *
 * and by s_i all that has s_i in an exponent.  The states before every chunk
 * are kept; products inside a chunk are computed again.
 */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "llm/kinds/convolution.h"
#include "llm/tape.h"
#include "llm/vector.h"

enum { CHUNK = 64 };

struct kept {
    uint32_t heads, head, states, inner, channels;
    size_t stride;    /* of projected */
    float *projected; /* [tokens][stride]: z, x B C, dt */
    float *mixed;     /* [tokens][channels]: x B C */
    float *raw;       /* [tokens][heads]: dt before the softplus */
    float *step;      /* [tokens][heads] */
    float *scanned;   /* [tokens][inner]: y before the gate */
    float *gated;     /* [tokens][inner] */
    float *normed;    /* [tokens][inner] */
    float *state;     /* [chunks + 1][inner][states]: before each chunk */
    float *ones;      /* [CHUNK] */
    float *scaled;    /* [CHUNK][inner]: u */
    float *alike;     /* [CHUNK][CHUNK]: C B^T */
    float *shade;     /* [CHUNK][CHUNK]: L of a head, 0 above the diagonal */
    float *product;   /* [CHUNK][CHUNK] */
    double *decay;    /* [heads][CHUNK]: s */
};

static size_t chunks_of(size_t tokens)
{
    return (tokens + CHUNK - 1) / CHUNK;
}

static size_t mamba2_gradient_scratch_floats(const struct shape *shape,
                                             uint32_t tokens)
{
    const uint32_t *size = shape->size;
    size_t t = tokens, inner = size[SIZE_INNER], heads = size[SIZE_STATE_HEADS];

    return 2 * scratch_round(t * size[SIZE_PROJECTED]) +
           2 * scratch_round(t * size[SIZE_CHANNELS]) +
           3 * scratch_round(t * heads) + 6 * scratch_round(t * inner) +
           (chunks_of(t) + 3) * scratch_round(inner * size[SIZE_STATE]) +
           5 * scratch_round(CHUNK * CHUNK) + scratch_round(CHUNK) +
           4 * scratch_round(CHUNK * inner) +
           4 * scratch_round(2 * CHUNK * heads) + 2 * scratch_round(inner) +
           2 * scratch_round(2 * (size_t)size[SIZE_CHANNELS]);
}

static void mamba2_gradient_take_memory(struct kept *kept, struct tape *tape)
{
    const uint32_t *size = tape->run.shape->size;
    size_t tokens = tape->run.tokens;

    kept->heads = size[SIZE_STATE_HEADS];
    kept->head = size[SIZE_STATE_HEAD];
    kept->states = size[SIZE_STATE];
    kept->inner = size[SIZE_INNER];
    kept->channels = size[SIZE_CHANNELS];
    kept->stride = size[SIZE_PROJECTED];
    kept->projected = tape_take(tape, tokens * kept->stride);
    kept->mixed = tape_take(tape, tokens * kept->channels);
    kept->raw = tape_take(tape, tokens * kept->heads);
    kept->step = tape_take(tape, tokens * kept->heads);
    kept->scanned = tape_take(tape, tokens * kept->inner);
    kept->gated = tape_take(tape, tokens * kept->inner);
    kept->normed = tape_take(tape, tokens * kept->inner);
    kept->state = tape_take(tape, (chunks_of(tokens) + 1) *
                                      (size_t)kept->inner * kept->states);
    kept->ones = tape_take(tape, CHUNK);
    kept->scaled = tape_take(tape, CHUNK * (size_t)kept->inner);
    kept->alike = tape_take(tape, CHUNK * CHUNK);
    kept->shade = tape_take(tape, CHUNK * CHUNK);
    kept->product = tape_take(tape, CHUNK * CHUNK);
    kept->decay =
        (double *)(void *)tape_take(tape, 2 * CHUNK * (size_t)kept->heads);
    for (int i = 0; i < CHUNK; i++)
        kept->ones[i] = 1;
}

static const float *mamba2_gradient_numbers(const struct tape *tape,
                                            enum part part)
{
    return tape->run.block->part[part].numbers;
}

static void mamba2_gradient_find_steps(const struct tape *tape,
                                       struct kept *kept)
{
    const struct shape *shape = tape->run.shape;
    float low = (float)shape->step_limit[0], high = (float)shape->step_limit[1];
    size_t heads = kept->heads;

    for (size_t t = 0; t < tape->run.tokens; t++) {
        float *raw = kept->raw + t * heads, *step = kept->step + t * heads;

        memcpy(raw, kept->projected + (t + 1) * kept->stride - heads,
               heads * sizeof *raw);
        vector_add(raw, mamba2_gradient_numbers(tape, PART_STEP_BIAS), heads);
        memcpy(step, raw, heads * sizeof *step);
        vector_softplus(step, heads);
        for (size_t h = 0; h < heads; h++)
            step[h] = fminf(fmaxf(step[h], low), high);
    }
}

/* The loss by dt, [tokens][heads], into that by projected. */
static void steps_back(const struct tape *tape, const struct kept *kept,
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

static const float *select_of(const struct kept *kept, uint32_t groups,
                              uint32_t group, size_t first, bool c)
{
    return kept->mixed + first * kept->channels + kept->inner +
           ((size_t)group + (c ? groups : 0)) * kept->states;
}

/* s and u of the chunk. */
static void mamba2_gradient_begin_chunk(const struct tape *tape,
                                        const struct kept *kept, size_t first,
                                        uint32_t n)
{
    const float *a_log = mamba2_gradient_numbers(tape, PART_DECAY);

    for (size_t h = 0; h < kept->heads; h++) {
        double rate = -exp((double)a_log[h]), sum = 0;

        for (size_t i = 0; i < n; i++) {
            sum += (double)kept->step[(first + i) * kept->heads + h] * rate;
            kept->decay[h * CHUNK + i] = sum;
        }
    }
    for (size_t i = 0; i < n; i++)
        vector_scale_heads(kept->scaled + i * kept->inner,
                           kept->mixed + (first + i) * kept->channels,
                           kept->step + (first + i) * kept->heads, kept->heads,
                           kept->head);
}

/* L of a head. */
static void find_shade(const struct kept *kept, size_t h, uint32_t n)
{
    const double *decay = kept->decay + h * CHUNK;

    for (uint32_t i = 0; i < n; i++) {
        float *row = kept->shade + (size_t)i * CHUNK;

        vector_fade(row, kept->ones, decay, decay[i], i + 1);
        memset(row + i + 1, 0, (n - i - 1) * sizeof *row);
    }
}

static void find_alike(const struct kept *kept, uint32_t groups, uint32_t group,
                       size_t first, uint32_t n)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)n,
                (int)kept->states, 1,
                select_of(kept, groups, group, first, true),
                (int)kept->channels,
                select_of(kept, groups, group, first, false),
                (int)kept->channels, 0, kept->alike, CHUNK);
}

/* product = alike * shade. */
static void find_product(const struct kept *kept, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++)
            kept->product[i * CHUNK + j] =
                kept->alike[i * CHUNK + j] * kept->shade[i * CHUNK + j];
}

/* out [head][states] += sum over tokens of weight_i a_i b_i^T, a [head] of
 * stride inner, b [states] of stride channels; `room` is for [n][head]. */
static void add_outer(const struct kept *kept, float *out, const float *a,
                      const float *b, const float *weight, uint32_t n,
                      float *room)
{
    size_t head = kept->head;

    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < head; p++)
            room[i * head + p] = weight[i] * a[i * kept->inner + p];
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)head,
                (int)kept->states, (int)n, 1, room, (int)head, b,
                (int)kept->channels, 1, out, (int)kept->states);
}

/* weight_i = exp(s_i), or exp(s_end - s_i). */
static void find_weights(const struct kept *kept, float *weight, size_t h,
                         uint32_t n, bool to_end)
{
    const double *decay = kept->decay + h * CHUNK;

    for (uint32_t i = 0; i < n; i++)
        weight[i] = (float)exp(to_end ? decay[n - 1] - decay[i] : decay[i]);
}

static void scan_head(const struct tape *tape, struct kept *kept, size_t h,
                      uint32_t group, size_t first, uint32_t n, float *room)
{
    uint32_t groups = tape->run.shape->groups;
    size_t at = h * kept->head, size = (size_t)kept->head * kept->states;
    const float *before = kept->state +
                          first / CHUNK * (size_t)kept->inner * kept->states +
                          at * kept->states;
    float *behind = kept->state +
                    (first / CHUNK + 1) * (size_t)kept->inner * kept->states +
                    at * kept->states;
    float *y = kept->scanned + first * kept->inner + at, weight[CHUNK];
    float skip = mamba2_gradient_numbers(tape, PART_SKIP)[h];
    int head = (int)kept->head, inner = (int)kept->inner;

    find_shade(kept, h, n);
    find_product(kept, n);
    /* What the state gives, then what the chunk itself does, and D x. */
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, head,
                (int)kept->states, 1,
                select_of(kept, groups, group, first, true),
                (int)kept->channels, before, (int)kept->states, 0, y, inner);
    find_weights(kept, weight, h, n, false);
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < kept->head; p++)
            y[i * kept->inner + p] =
                weight[i] * y[i * kept->inner + p] +
                skip * kept->mixed[(first + i) * kept->channels + at + p];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, head, (int)n,
                1, kept->product, CHUNK, kept->scaled + at, inner, 1, y, inner);
    for (size_t i = 0; i < size; i++)
        behind[i] = weight[n - 1] * before[i];
    find_weights(kept, weight, h, n, true);
    add_outer(kept, behind, kept->scaled + at,
              select_of(kept, groups, group, first, false), weight, n, room);
}

static uint32_t chunk_size(const struct tape *tape, size_t first)
{
    size_t left = tape->run.tokens - first;

    return left < CHUNK ? (uint32_t)left : CHUNK;
}

static void mamba2_gradient_scan(struct tape *tape, struct kept *kept)
{
    uint32_t groups = tape->run.shape->groups, each = kept->heads / groups;
    float *room = tape_take(tape, CHUNK * (size_t)kept->head);

    memset(kept->state, 0,
           (size_t)kept->inner * kept->states * sizeof *kept->state);
    for (size_t first = 0; first < tape->run.tokens; first += CHUNK) {
        uint32_t n = chunk_size(tape, first);

        mamba2_gradient_begin_chunk(tape, kept, first, n);
        for (uint32_t group = 0; group < groups; group++) {
            find_alike(kept, groups, group, first, n);
            for (uint32_t h = group * each; h < (group + 1) * each; h++)
                scan_head(tape, kept, h, group, first, n, room);
        }
    }
}

static void mamba2_gradient_forward(struct tape *tape, const float *x,
                                    float *out)
{
    struct kept *kept = tape->kept;
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
    mamba2_gradient_scan(tape, kept);
    memcpy(kept->gated, kept->scanned,
           tokens * kept->inner * sizeof *kept->gated);
    for (size_t t = 0; t < tokens; t++) {
        float *gated = kept->gated + t * kept->inner;

        vector_silu_times(gated, kept->projected + t * kept->stride,
                          kept->inner);
        for (size_t at = 0; at < kept->inner; at += wide)
            vector_rms_norm(kept->normed + t * kept->inner + at, gated + at,
                            mamba2_gradient_numbers(tape, PART_GATED_NORM) + at,
                            wide, epsilon);
    }
    tape_linear(tape, PART_OUT, kept->normed, out, width);
}

/* ---- mamba2_gradient_back
 * ---------------------------------------------------------------- */

/* What is on its way through the chunks, from the last to the first. */
struct way_back {
    const struct tape *tape;
    const struct kept *kept;
    const float *by_y;  /* [tokens][inner] */
    float *by_mixed;    /* [tokens][channels] */
    float *by_step;     /* [tokens][heads] */
    float *by_state;    /* [inner][states]: Z' */
    float *by_scaled;   /* [CHUNK][inner]: by u */
    float *by_alike;    /* [CHUNK][CHUNK], of a group */
    float *by_product;  /* [CHUNK][CHUNK] */
    float *room, *seen; /* [CHUNK][head] */
};

/* The product's share of the losses by C . B and by s. */
static void product_back(struct way_back *way, size_t h, size_t first,
                         uint32_t n, double by_decay[CHUNK])
{
    const struct kept *kept = way->kept;
    size_t at = h * kept->head;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)n,
                (int)kept->head, 1, way->by_y + first * kept->inner + at,
                (int)kept->inner, kept->scaled + at, (int)kept->inner, 0,
                way->by_product, CHUNK);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j <= i; j++) {
            size_t ij = i * CHUNK + j;
            double both =
                (double)way->by_product[ij] * (double)kept->product[ij];

            way->by_alike[ij] += way->by_product[ij] * kept->shade[ij];
            by_decay[i] += both;
            by_decay[j] -= both;
        }
}

/* seen [n][head] = rows of `select` [n][states] times a state's transpose. */
static void see_state(const struct way_back *way, const float *select,
                      const float *state, uint32_t n)
{
    const struct kept *kept = way->kept;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n,
                (int)kept->head, (int)kept->states, 1, select,
                (int)kept->channels, state, (int)kept->states, 0, way->seen,
                (int)kept->head);
}

/* select_slope [n][states] of stride channels += weight_i a_i state. */
static void add_to_select(const struct way_back *way, float *select_slope,
                          const float *a, const float *weight,
                          const float *state, uint32_t n)
{
    const struct kept *kept = way->kept;
    size_t head = kept->head;

    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < head; p++)
            way->room[i * head + p] = weight[i] * a[i * kept->inner + p];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n,
                (int)kept->states, (int)head, 1, way->room, (int)head, state,
                (int)kept->states, 1, select_slope, (int)kept->channels);
}

/* weight_i times the product of row i of `seen` with row i of a. */
static double seen_times(const struct way_back *way, const float *a, size_t i,
                         const float *weight)
{
    const struct kept *kept = way->kept;
    double sum = 0;

    for (size_t p = 0; p < kept->head; p++)
        sum += (double)way->seen[i * kept->head + p] *
               (double)a[i * kept->inner + p];
    return sum * (double)weight[i];
}

/* The state that the chunk leaves: losses by u, B, s_i and s_end. */
static void write_back(struct way_back *way, size_t h, uint32_t group,
                       size_t first, uint32_t n, double by_decay[CHUNK])
{
    const struct kept *kept = way->kept;
    uint32_t groups = way->tape->run.shape->groups;
    const float *b = select_of(kept, groups, group, first, false);
    size_t at = h * kept->head;
    const float *state = way->by_state + at * kept->states;
    float weight[CHUNK];

    find_weights(kept, weight, h, n, true);
    see_state(way, b, state, n);
    for (size_t i = 0; i < n; i++) {
        double both = seen_times(way, kept->scaled + at, i, weight);

        by_decay[n - 1] += both;
        by_decay[i] -= both;
        for (size_t p = 0; p < kept->head; p++)
            way->by_scaled[i * kept->inner + at + p] +=
                weight[i] * way->seen[i * kept->head + p];
    }
    add_to_select(way, way->by_mixed + (b - kept->mixed), kept->scaled + at,
                  weight, state, n);
}

/* The state before the chunk: losses by C, s_i and s_end; and Z' of the chunk
 * before. */
static void read_back(struct way_back *way, size_t h, uint32_t group,
                      size_t first, uint32_t n, double by_decay[CHUNK])
{
    const struct kept *kept = way->kept;
    uint32_t groups = way->tape->run.shape->groups;
    const float *c = select_of(kept, groups, group, first, true);
    size_t at = h * kept->head, size = (size_t)kept->head * kept->states;
    const float *state = kept->state +
                         first / CHUNK * (size_t)kept->inner * kept->states +
                         at * kept->states;
    const float *slope = way->by_y + first * kept->inner + at;
    float *by_state = way->by_state + at * kept->states, weight[CHUNK];
    double both = 0;

    find_weights(kept, weight, h, n, false);
    see_state(way, c, state, n);
    for (size_t i = 0; i < n; i++)
        by_decay[i] += seen_times(way, slope, i, weight);
    add_to_select(way, way->by_mixed + (c - kept->mixed), slope, weight, state,
                  n);
    for (size_t i = 0; i < size; i++) {
        both += (double)by_state[i] * (double)state[i];
        by_state[i] *= weight[n - 1];
    }
    by_decay[n - 1] += both * (double)weight[n - 1];
    add_outer(kept, by_state, slope, c, weight, n, way->room);
}

/* From the losses by u and s to those by x and dt. */
static void inputs_back(struct way_back *way, size_t h, size_t first,
                        uint32_t n, const double by_decay[CHUNK])
{
    const struct kept *kept = way->kept;
    double rate =
               -exp((double)mamba2_gradient_numbers(way->tape, PART_DECAY)[h]),
           sum = 0;
    float skip = mamba2_gradient_numbers(way->tape, PART_SKIP)[h];
    size_t at = h * kept->head;

    for (size_t i = n; i-- > 0;) {
        size_t t = first + i;
        const float *u = way->by_scaled + i * kept->inner + at;
        const float *x = kept->mixed + t * kept->channels + at;
        const float *slope = way->by_y + t * kept->inner + at;
        float *by_x = way->by_mixed + t * kept->channels + at;
        float step = kept->step[t * kept->heads + h];
        double by_step = 0;

        sum += by_decay[i];
        for (size_t p = 0; p < kept->head; p++) {
            by_step += (double)u[p] * (double)x[p];
            by_x[p] = u[p] * step + skip * slope[p];
        }
        way->by_step[t * kept->heads + h] = (float)(by_step + rate * sum);
    }
}

static void head_back(struct way_back *way, size_t h, uint32_t group,
                      size_t first, uint32_t n)
{
    const struct kept *kept = way->kept;
    size_t at = h * kept->head;
    double by_decay[CHUNK] = { 0 };

    find_shade(kept, h, n);
    find_product(kept, n);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n,
                (int)kept->head, (int)n, 1, kept->product, CHUNK,
                way->by_y + first * kept->inner + at, (int)kept->inner, 0,
                way->by_scaled + at, (int)kept->inner);
    product_back(way, h, first, n, by_decay);
    write_back(way, h, group, first, n, by_decay);
    read_back(way, h, group, first, n, by_decay);
    inputs_back(way, h, first, n, by_decay);
}

static void group_back(struct way_back *way, uint32_t group, size_t first,
                       uint32_t n)
{
    const struct kept *kept = way->kept;
    uint32_t groups = way->tape->run.shape->groups;
    uint32_t each = kept->heads / groups;
    const float *b = select_of(kept, groups, group, first, false);
    const float *c = select_of(kept, groups, group, first, true);
    int states = (int)kept->states, channels = (int)kept->channels;

    find_alike(kept, groups, group, first, n);
    memset(way->by_alike, 0, CHUNK * CHUNK * sizeof *way->by_alike);
    for (uint32_t h = group * each; h < (group + 1) * each; h++)
        head_back(way, h, group, first, n);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, states,
                (int)n, 1, way->by_alike, CHUNK, b, channels, 1,
                way->by_mixed + (c - kept->mixed), channels);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n, states, (int)n,
                1, way->by_alike, CHUNK, c, channels, 1,
                way->by_mixed + (b - kept->mixed), channels);
}

static void scan_back(struct tape *tape, const struct kept *kept,
                      const float *by_y, float *by_mixed, float *by_step)
{
    size_t chunks = chunks_of(tape->run.tokens);
    size_t states = (size_t)kept->inner * kept->states;
    struct way_back way = {
        .tape = tape,
        .kept = kept,
        .by_y = by_y,
        .by_mixed = by_mixed,
        .by_step = by_step,
        .by_state = tape_take(tape, states),
        .by_scaled = tape_take(tape, CHUNK * (size_t)kept->inner),
        .by_alike = tape_take(tape, CHUNK * CHUNK),
        .by_product = tape_take(tape, CHUNK * CHUNK),
        .room = tape_take(tape, CHUNK * (size_t)kept->head),
        .seen = tape_take(tape, CHUNK * (size_t)kept->head),
    };

    memset(way.by_state, 0, states * sizeof *way.by_state);
    memset(by_mixed, 0,
           (size_t)tape->run.tokens * kept->channels * sizeof *by_mixed);
    for (size_t chunk = chunks; chunk-- > 0;) {
        size_t first = chunk * CHUNK;
        uint32_t n = chunk_size(tape, first);

        mamba2_gradient_begin_chunk(tape, kept, first, n);
        for (uint32_t group = 0; group < tape->run.shape->groups; group++)
            group_back(&way, group, first, n);
    }
}

/* From the loss by the normed y to that by y before the gate (in place) and by
 * the gate, in projected. */
static void gate_back(struct tape *tape, const struct kept *kept,
                      float *by_normed, float *by_projected)
{
    size_t inner = kept->inner, wide = inner / tape->run.shape->norm_groups;
    float *by_gated = tape_take(tape, inner), *room = tape_take(tape, inner);

    for (size_t t = 0; t < tape->run.tokens; t++) {
        memset(by_gated, 0, inner * sizeof *by_gated);
        for (size_t at = 0; at < inner; at += wide)
            tape_norm_back(by_gated + at, kept->gated + t * inner + at,
                           by_normed + t * inner + at,
                           mamba2_gradient_numbers(tape, PART_GATED_NORM) + at,
                           NULL, wide, tape->run.shape->epsilon);
        tape_silu_times_back(by_gated, by_projected + t * kept->stride,
                             kept->scanned + t * inner,
                             kept->projected + t * kept->stride, room, inner);
        memcpy(by_normed + t * inner, by_gated, inner * sizeof *by_gated);
    }
}

static void mamba2_gradient_back(struct tape *tape, const float *slope,
                                 float *x_slope)
{
    const struct kept *kept = tape->kept;
    size_t tokens = tape->run.tokens;
    size_t width = tape->run.shape->size[SIZE_MODEL];
    float *by_y = tape_take(tape, tokens * kept->inner);
    float *by_projected = tape_take(tape, tokens * kept->stride);
    float *by_mixed = tape_take(tape, tokens * kept->channels);
    float *by_step = tape_take(tape, tokens * kept->heads);
    float *room = tape_take(tape, 2 * (size_t)kept->channels);

    tape_linear_back(tape, PART_OUT, slope, width, by_y, 0);
    gate_back(tape, kept, by_y, by_projected);
    scan_back(tape, kept, by_y, by_mixed, by_step);
    steps_back(tape, kept, by_step, by_projected);
    tape_convolution_back(tape, by_projected + kept->inner,
                          kept->projected + kept->inner, kept->stride, by_mixed,
                          kept->channels, room);
    tape_linear_back(tape, PART_IN, by_projected, kept->stride, x_slope, 0);
}

const struct sublayer_gradient mamba2_gradient = {
    .size = sizeof(struct kept),
    .scratch = mamba2_gradient_scratch_floats,
    .forward = mamba2_gradient_forward,
    .back = mamba2_gradient_back,
};
