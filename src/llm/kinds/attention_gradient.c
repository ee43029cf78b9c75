/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Attention (attention.c), attention_gradient_forward and back.  With P the
 * softmax of the scaled scores S = q k^T * scale and o = P v, a head's way
 * attention_gradient_back is
 *
 *     by v = P^T o'      by S = P (o' v^T - row sums of o' o)
 *     by q = by S k * scale       by k = (by S)^T q * scale
 *
 * where o' is the loss by o.  P is computed again, some queries at a time.
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

/* Turns heads of one token by their positions, or attention_gradient_back by
 * them: pairs of the first 2 * half numbers of each. */
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
    uint32_t half = shape->rope.dims / 2;

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

/* In place of `slope`; x is what was normed; `room` is for one head. */
static void norm_heads_back(const struct tape *tape, enum part part,
                            float *slope, const float *x, size_t stride,
                            uint32_t heads, float *room)
{
    uint32_t head = tape->run.shape->size[SIZE_HEAD];
    const float *weight = tape->run.block->part[part].numbers;

    for (size_t t = 0; weight && t < tape->run.tokens; t++)
        for (size_t h = 0; h < heads; h++) {
            size_t at = t * stride + h * head;

            memcpy(room, slope + at, head * sizeof *room);
            memset(slope + at, 0, head * sizeof *slope);
            tape_norm_back(slope + at, x + at, room, weight, NULL, head,
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

/* P of queries first .. first + rows - 1 of a head, [rows][first + rows]. */
static void find_shares(const struct tape *tape, float *shares, const float *q,
                        const float *k, size_t stride, uint32_t first,
                        uint32_t rows)
{
    uint32_t head = tape->run.shape->size[SIZE_HEAD], keys = first + rows;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)keys,
                (int)head, scale_of(tape->run.shape), q + first * stride,
                (int)stride, k, (int)stride, 0, shares, (int)keys);
    for (uint32_t r = 0; r < rows; r++) {
        float *row = shares + (size_t)r * keys;
        uint32_t seen = first + r + 1;
        float sum = vector_exp_shifted(row, seen);

        vector_scale(row, 1 / sum, seen);
        memset(row + seen, 0, (keys - seen) * sizeof *row);
    }
}

static void attention_gradient_attend(struct tape *tape, struct kept *kept,
                                      float *shares)
{
    const struct shape *shape = tape->run.shape;
    uint32_t head = shape->size[SIZE_HEAD], tokens = tape->run.tokens;
    size_t queries = shape->size[SIZE_QUERIES], keys = shape->size[SIZE_KEYS];
    uint32_t shared = shape->size[SIZE_HEADS] / shape->key_heads;

    for (uint32_t h = 0; h < shape->size[SIZE_HEADS]; h++) {
        const float *q = kept->qkv + (size_t)h * head;
        const float *k = kept->qkv + queries + (size_t)(h / shared) * head;

        for (uint32_t t = 0; t < tokens; t += ROWS) {
            uint32_t rows = tokens - t < ROWS ? tokens - t : ROWS;

            find_shares(tape, shares, q, k, kept->stride, t, rows);
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows,
                        (int)head, (int)(t + rows), 1, shares, (int)(t + rows),
                        k + keys, (int)kept->stride, 0,
                        kept->mixed + t * queries + (size_t)h * head,
                        (int)queries);
        }
    }
}

/* One head, some queries; qkv_slope gets what they add. */
static void attend_back(const struct tape *tape, const struct kept *kept,
                        const float *mixed_slope, float *qkv_slope, uint32_t h,
                        uint32_t first, uint32_t rows, float *shares,
                        float *by_score)
{
    const struct shape *shape = tape->run.shape;
    size_t queries = shape->size[SIZE_QUERIES], keys = shape->size[SIZE_KEYS];
    int head = (int)shape->size[SIZE_HEAD], all = (int)(first + rows);
    int stride = (int)kept->stride, wide = (int)queries, count = (int)rows;
    size_t of_q = (size_t)h * (size_t)head;
    size_t of_k = queries + h / (shape->size[SIZE_HEADS] / shape->key_heads) *
                                (size_t)head;
    const float *q = kept->qkv + of_q, *k = kept->qkv + of_k;
    const float *slope = mixed_slope + first * queries + of_q;
    const float *mixed = kept->mixed + first * queries + of_q;
    float scale = scale_of(shape);

    find_shares(tape, shares, q, k, kept->stride, first, rows);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, all, head, count, 1,
                shares, all, slope, wide, 1, qkv_slope + of_k + keys, stride);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, count, all, head, 1,
                slope, wide, k + keys, stride, 0, by_score, all);
    for (size_t r = 0; r < rows; r++) {
        float *row = by_score + r * (size_t)all, sum = 0;
        const float *share = shares + r * (size_t)all;

        for (int i = 0; i < head; i++)
            sum +=
                slope[r * queries + (size_t)i] * mixed[r * queries + (size_t)i];
        for (int i = 0; i < all; i++)
            row[i] = share[i] * (row[i] - sum) * scale;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, count, head, all, 1,
                by_score, all, k, stride, 1,
                qkv_slope + first * kept->stride + of_q, stride);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, all, head, count, 1,
                by_score, all, q + first * kept->stride, stride, 1,
                qkv_slope + of_k, stride);
}

static void attention_gradient_forward(struct tape *tape, const float *x,
                                       float *out)
{
    struct kept *kept = tape->kept;
    const uint32_t *size = tape->run.shape->size;
    size_t tokens = tape->run.tokens;

    kept->stride = (size_t)size[SIZE_QUERIES] + 2 * size[SIZE_KEYS];
    kept->x = x;
    kept->raw = tape_take(tape, tokens * kept->stride);
    kept->qkv = tape_take(tape, tokens * kept->stride);
    kept->mixed = tape_take(tape, tokens * size[SIZE_QUERIES]);
    attention_gradient_project(tape, kept);
    attention_gradient_attend(tape, kept, tape_take(tape, ROWS * tokens));
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
    norm_heads_back(tape, PART_Q_NORM, qkv_slope, kept->raw, stride,
                    shape->size[SIZE_HEADS], room);
    norm_heads_back(tape, PART_K_NORM, qkv_slope + queries, kept->raw + queries,
                    stride, shape->key_heads, room);
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
    float *shares = tape_take(tape, (size_t)ROWS * tokens);
    float *by_score = tape_take(tape, (size_t)ROWS * tokens);

    tape_linear_back(tape, PART_O, slope, size[SIZE_MODEL], by_mixed, 0);
    memset(by_qkv, 0, tokens * kept->stride * sizeof *by_qkv);
    for (uint32_t h = 0; h < size[SIZE_HEADS]; h++)
        for (uint32_t t = 0; t < tokens; t += ROWS)
            attend_back(tape, kept, by_mixed, by_qkv, h, t,
                        tokens - t < ROWS ? tokens - t : ROWS, shares,
                        by_score);
    project_back(tape, kept, by_qkv, x_slope);
}

const struct sublayer_gradient attention_gradient = {
    .size = sizeof(struct kept),
    .scratch = attention_gradient_scratch_floats,
    .forward = attention_gradient_forward,
    .back = attention_gradient_back,
};
