/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gradient of attention (attention.c).  With P the softmax of the scaled
 * scores S = q k^T * scale and o = P v, a head's way back is
 *
 *     by v = P^T o'      by S = P (o' v^T - row sums of o' o)
 *     by q = by S k * scale       by k = (by S)^T q * scale
 *
 * where o' is the loss by o.  P would take tokens^2 numbers a head, so that it
 * is not kept but computed again, some queries at a time.
 */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "llm/tape.h"
#include "llm/vector.h"

enum { ROWS = 64 }; /* queries at a time */

struct kept {
    size_t stride;  /* of qkv */
    const float *x; /* [tokens][width] */
    float *raw;     /* [tokens][stride]: before the heads' norms */
    float *qkv;     /* [tokens][stride]: as attention sees it */
    float *mixed;   /* [tokens][queries] */
};

/* Some queries of a head, and the memory that they need. */
struct some_queries {
    uint32_t h, first, rows;
    float *shares;   /* P, [rows][first + rows] */
    float *by_score; /* as large; on the way back only */
};

/* Where what a head reads lies in a token of qkv; several heads share k and v.
 */
struct head_place {
    size_t q, k, v;
};

static struct head_place place_of(const struct shape *shape, uint32_t h)
{
    size_t head = shape->size[SIZE_HEAD];
    uint32_t shared = shape->size[SIZE_HEADS] / shape->key_heads;
    size_t k = shape->size[SIZE_QUERIES] + h / shared * head;

    return (struct head_place){ h * head, k, k + shape->size[SIZE_KEYS] };
}

static bool has(const struct tape *tape, enum part part)
{
    return tape->run.block->part[part].numbers != NULL;
}

static float scale_of(const struct shape *shape)
{
    return (float)(shape->score_scale > 0 ? shape->score_scale
                                          : 1 / sqrt(shape->size[SIZE_HEAD]));
}

static size_t attention_gradient_scratch_floats(const struct shape *shape,
                                                uint32_t tokens)
{
    const uint32_t *size = shape->size;
    size_t t = tokens;
    size_t stride = (size_t)size[SIZE_QUERIES] + 2 * size[SIZE_KEYS];

    return 3 * scratch_round(t * stride) +
           2 * scratch_round(t * size[SIZE_QUERIES]) +
           3 * scratch_round((size_t)ROWS * t) + scratch_round(size[SIZE_HEAD]);
}

/* Turns a head of one token by its position (`way` 1), or back (-1): pairs of
 * its first 2 * half numbers. */
static void attention_gradient_turn(float *x, const float *cosine,
                                    const float *sine, uint32_t half, float way)
{
    for (uint32_t i = 0; i < half; i++) {
        float a = x[i], b = x[i + half], s = way * sine[i];

        x[i] = a * cosine[i] - b * s;
        x[i + half] = b * cosine[i] + a * s;
    }
}

static void turn_all(const struct tape *tape, float *qkv, size_t stride,
                     float way)
{
    const struct shape *shape = tape->run.shape;
    const struct rope_angles *angles = block_angles(&tape->run);
    uint32_t heads = shape->size[SIZE_HEADS] + shape->key_heads;
    uint32_t half = angles->pairs;

    for (size_t t = 0; shape->rope.used && t < tape->run.tokens; t++)
        for (size_t h = 0; h < heads; h++)
            attention_gradient_turn(
                qkv + t * stride + h * shape->size[SIZE_HEAD],
                angles->cosine + t * half, angles->sine + t * half, half, way);
}

static void attention_gradient_norm_heads(const struct tape *tape,
                                          enum part part, float *x,
                                          size_t stride, uint32_t heads)
{
    uint32_t head = tape->run.shape->size[SIZE_HEAD];
    const float *weight = tape->run.block->part[part].numbers;

    for (size_t t = 0; weight && t < tape->run.tokens; t++)
        for (size_t h = 0; h < heads; h++) {
            float *at = x + t * stride + h * head;

            vector_rms_norm(at, at, weight, head, tape->run.shape->epsilon);
        }
}

/* Heads of q or of k, which begin `at` numbers into a token of qkv. */
struct normed_heads {
    enum part part;
    size_t at;
    uint32_t heads;
};

/* In place of qkv_slope; `room` is for one head. */
static void norm_heads_back(const struct tape *tape, const struct kept *kept,
                            float *qkv_slope, struct normed_heads normed,
                            float *room)
{
    uint32_t head = tape->run.shape->size[SIZE_HEAD];
    const float *weight = tape->run.block->part[normed.part].numbers;

    for (size_t t = 0; weight && t < tape->run.tokens; t++)
        for (size_t h = 0; h < normed.heads; h++) {
            size_t at = t * kept->stride + normed.at + h * head;
            float *slope = qkv_slope + at;

            memcpy(room, slope, head * sizeof *room);
            memset(slope, 0, head * sizeof *slope);
            tape_norm_back(slope, kept->raw + at, room, weight, NULL, head,
                           tape->run.shape->epsilon);
        }
}

static void attention_gradient_project(struct tape *tape, struct kept *kept)
{
    const struct shape *shape = tape->run.shape;
    size_t queries = shape->size[SIZE_QUERIES], keys = shape->size[SIZE_KEYS];
    size_t stride = kept->stride;

    if (has(tape, PART_QKV)) {
        tape_linear(tape, PART_QKV, kept->x, kept->raw, stride);
    } else {
        tape_linear(tape, PART_Q, kept->x, kept->raw, stride);
        tape_linear(tape, PART_K, kept->x, kept->raw + queries, stride);
        tape_linear(tape, PART_V, kept->x, kept->raw + queries + keys, stride);
    }
    memcpy(kept->qkv, kept->raw, tape->run.tokens * stride * sizeof *kept->qkv);
    attention_gradient_norm_heads(tape, PART_Q_NORM, kept->qkv, stride,
                                  shape->size[SIZE_HEADS]);
    attention_gradient_norm_heads(tape, PART_K_NORM, kept->qkv + queries,
                                  stride, shape->key_heads);
    turn_all(tape, kept->qkv, stride, 1);
}

/* The shares of some queries. */
static void find_shares(const struct tape *tape, const struct kept *kept,
                        const struct some_queries *some)
{
    struct head_place place = place_of(tape->run.shape, some->h);
    uint32_t head = tape->run.shape->size[SIZE_HEAD];
    uint32_t keys = some->first + some->rows;
    int stride = (int)kept->stride;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)some->rows,
                (int)keys, (int)head, scale_of(tape->run.shape),
                kept->qkv + place.q + some->first * kept->stride, stride,
                kept->qkv + place.k, stride, 0, some->shares, (int)keys);
    for (uint32_t r = 0; r < some->rows; r++) {
        float *row = some->shares + (size_t)r * keys;
        uint32_t seen = some->first + r + 1;
        float sum = vector_exp_shifted(row, seen);

        vector_scale(row, 1 / sum, seen);
        memset(row + seen, 0, (keys - seen) * sizeof *row);
    }
}

static void attention_gradient_attend(struct tape *tape, struct kept *kept,
                                      const struct some_queries *some)
{
    const struct shape *shape = tape->run.shape;
    struct head_place place = place_of(shape, some->h);
    size_t queries = shape->size[SIZE_QUERIES];
    int keys = (int)(some->first + some->rows);

    find_shares(tape, kept, some);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)some->rows,
                (int)shape->size[SIZE_HEAD], keys, 1, some->shares, keys,
                kept->qkv + place.v, (int)kept->stride, 0,
                kept->mixed + some->first * queries + place.q, (int)queries);
}

/* qkv_slope gets what some queries add. */
static void attend_back(const struct tape *tape, const struct kept *kept,
                        const struct some_queries *some,
                        const float *mixed_slope, float *qkv_slope)
{
    const struct shape *shape = tape->run.shape;
    struct head_place place = place_of(shape, some->h);
    size_t queries = shape->size[SIZE_QUERIES];
    size_t first = some->first * kept->stride;
    int head = (int)shape->size[SIZE_HEAD], count = (int)some->rows;
    int all = (int)(some->first + some->rows);
    int stride = (int)kept->stride, wide = (int)queries;
    const float *q = kept->qkv + place.q, *k = kept->qkv + place.k;
    const float *slope = mixed_slope + some->first * queries + place.q;
    const float *mixed = kept->mixed + some->first * queries + place.q;
    float scale = scale_of(shape);

    find_shares(tape, kept, some);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, all, head, count, 1,
                some->shares, all, slope, wide, 1, qkv_slope + place.v, stride);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, count, all, head, 1,
                slope, wide, kept->qkv + place.v, stride, 0, some->by_score,
                all);
    for (size_t r = 0; r < some->rows; r++) {
        float *row = some->by_score + r * (size_t)all, sum = 0;
        const float *share = some->shares + r * (size_t)all;

        for (int i = 0; i < head; i++)
            sum +=
                slope[r * queries + (size_t)i] * mixed[r * queries + (size_t)i];
        for (int i = 0; i < all; i++)
            row[i] = share[i] * (row[i] - sum) * scale;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, count, head, all, 1,
                some->by_score, all, k, stride, 1, qkv_slope + first + place.q,
                stride);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, all, head, count, 1,
                some->by_score, all, q + first, stride, 1, qkv_slope + place.k,
                stride);
}

/* The next queries of a head, or the first of the next head. */
static bool next_queries(const struct tape *tape, struct some_queries *some)
{
    uint32_t tokens = tape->run.tokens;

    some->first += some->rows;
    if (some->first == tokens) {
        some->h++;
        some->first = 0;
    }
    some->rows = tokens - some->first < ROWS ? tokens - some->first : ROWS;
    return some->h < tape->run.shape->size[SIZE_HEADS];
}

static void attention_gradient_forward(struct tape *tape, const float *x,
                                       float *out)
{
    struct kept *kept = tape->kept;
    struct some_queries some = { 0 };
    const uint32_t *size = tape->run.shape->size;
    size_t tokens = tape->run.tokens;

    kept->stride = (size_t)size[SIZE_QUERIES] + 2 * size[SIZE_KEYS];
    kept->x = x;
    kept->raw = tape_take(tape, tokens * kept->stride);
    kept->qkv = tape_take(tape, tokens * kept->stride);
    kept->mixed = tape_take(tape, tokens * size[SIZE_QUERIES]);
    attention_gradient_project(tape, kept);
    some.shares = tape_take(tape, ROWS * tokens);
    while (next_queries(tape, &some))
        attention_gradient_attend(tape, kept, &some);
    tape_linear(tape, PART_O, kept->mixed, out, size[SIZE_MODEL]);
}

static void project_back(struct tape *tape, const struct kept *kept,
                         float *qkv_slope, float *x_slope)
{
    const struct shape *shape = tape->run.shape;
    size_t queries = shape->size[SIZE_QUERIES], keys = shape->size[SIZE_KEYS];
    size_t stride = kept->stride;
    float *room = tape_take(tape, shape->size[SIZE_HEAD]);

    turn_all(tape, qkv_slope, stride, -1);
    norm_heads_back(
        tape, kept, qkv_slope,
        (struct normed_heads){ PART_Q_NORM, 0, shape->size[SIZE_HEADS] }, room);
    norm_heads_back(
        tape, kept, qkv_slope,
        (struct normed_heads){ PART_K_NORM, queries, shape->key_heads }, room);
    if (has(tape, PART_QKV)) {
        tape_linear_back(tape, PART_QKV, qkv_slope, stride, x_slope, 0);
        return;
    }
    tape_linear_back(tape, PART_Q, qkv_slope, stride, x_slope, 0);
    tape_linear_back(tape, PART_K, qkv_slope + queries, stride, x_slope, 1);
    tape_linear_back(tape, PART_V, qkv_slope + queries + keys, stride, x_slope,
                     1);
}

static void attention_gradient_back(struct tape *tape, const float *slope,
                                    float *x_slope)
{
    const struct kept *kept = tape->kept;
    const uint32_t *size = tape->run.shape->size;
    uint32_t tokens = tape->run.tokens;
    float *by_mixed = tape_take(tape, (size_t)tokens * size[SIZE_QUERIES]);
    float *by_qkv = tape_take(tape, tokens * kept->stride);
    struct some_queries some = {
        .shares = tape_take(tape, (size_t)ROWS * tokens),
        .by_score = tape_take(tape, (size_t)ROWS * tokens),
    };

    tape_linear_back(tape, PART_O, slope, size[SIZE_MODEL], by_mixed, 0);
    memset(by_qkv, 0, tokens * kept->stride * sizeof *by_qkv);
    while (next_queries(tape, &some))
        attend_back(tape, kept, &some, by_mixed, by_qkv);
    project_back(tape, kept, by_qkv, x_slope);
}

const struct sublayer_gradient attention_gradient = {
    .size = sizeof(struct kept),
    .scratch = attention_gradient_scratch_floats,
    .forward = attention_gradient_forward,
    .back = attention_gradient_back,
};
