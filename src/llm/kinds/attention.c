/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Causal attention, in which several heads may share one key head: out = O
 * attention(Q K V x).  In a local block it sees the last `window` tokens, and
 * where there is a cap, scores are cap tanh(score / cap).
 *
 * Attention takes some queries of a head at a time, so that the scores of a
 * long row need not stand in memory at once.  For each such piece the keys are
 * those from the first that any of its queries sees to the last query itself;
 * what a query does not see is minus infinity, and its share 0.
 *
 * In a machine's arithmetic (machine_arithmetic.h) queries, keys and values are
 * brought to 8 bits once a head, and shares once a query; a value's scale goes
 * with the share, for a sum over tokens has one scale.
 */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "llm/machine_arithmetic.h"
#include "llm/model_parts.h"
#include "llm/tape.h"
#include "llm/vector.h"

enum { QUERY_ROWS = 64 }; /* queries that attention takes at a time */

static size_t attention_stride(const struct shape *shape)
{
    return (size_t)shape->size[SIZE_QUERIES] + 2 * shape->size[SIZE_KEYS];
}

static size_t attention_scratch(const struct shape *shape, uint32_t tokens)
{
    return scratch_round(tokens * attention_stride(shape)) +
           scratch_round((size_t)tokens * shape->size[SIZE_QUERIES]) +
           scratch_round((size_t)QUERY_ROWS * tokens);
}

/* Every head of queries or keys on its own. */
static void attention_norm_heads(const struct block_run *run, enum part part,
                                 float *x, size_t stride, uint32_t heads)
{
    uint32_t head = run->shape->size[SIZE_HEAD];
    const float *weight = run->block->part[part].numbers;

    for (uint32_t t = 0; t < run->tokens && weight; t++)
        for (uint32_t h = 0; h < heads; h++) {
            float *at = x + t * stride + (size_t)h * head;

            vector_rms_norm(at, at, weight, head, run->shape->epsilon);
        }
}

/* Turns the pairs (i, i + half) of a head. */
static void rotate(float *x, const float *cosine, const float *sine,
                   uint32_t half)
{
    for (uint32_t i = 0; i < half; i++) {
        float a = x[i], b = x[i + half];

        x[i] = a * cosine[i] - b * sine[i];
        x[i + half] = b * cosine[i] + a * sine[i];
    }
}

/* Queries and keys stand side by side: qkv [tokens][stride]. */
static void turn_positions(const struct block_run *run, float *qkv,
                           size_t stride)
{
    const struct rope_angles *angles = block_angles(run);
    uint32_t head = run->shape->size[SIZE_HEAD];
    uint32_t heads = run->shape->size[SIZE_HEADS] + run->shape->key_heads;
    uint32_t half = angles->pairs; /* local blocks may turn fewer, or more */

    if (!run->shape->rope.used)
        return;
    for (uint32_t t = 0; t < run->tokens; t++)
        for (uint32_t h = 0; h < heads; h++)
            rotate(qkv + t * stride + (size_t)h * head,
                   angles->cosine + (size_t)t * half,
                   angles->sine + (size_t)t * half, half);
}

/* One head of attention. */
struct attention_head {
    const float *q, *k, *v; /* [tokens] of `stride`, each a head wide */
    size_t stride;
    float *out; /* [tokens] of `out_stride` */
    size_t out_stride;
    float *scores;   /* room for [QUERY_ROWS][tokens] */
    uint32_t size;   /* of the head */
    uint32_t window; /* tokens that a query sees; 0: all before it */
    float scale, cap;
};

/* Some queries of it, and the keys that they see. */
struct attention_piece {
    uint32_t first, rows; /* queries */
    uint32_t from, keys;  /* first key, and their number */
};

/*
 * Softmax of the scores [rows][keys]; what a query does not see is 0.  Left
 * undivided: `inverse` is 1 / sum.  A row is taken in whole steps where there
 * is room, since vectors are slow on a short rest: what is not seen counts as
 * minus infinity there, 1e-38 of the largest.
 */
static void weigh(const struct attention_head *head,
                  const struct attention_piece *piece, float *inverse)
{
    for (uint32_t r = 0; r < piece->rows; r++) {
        float *row = head->scores + (size_t)r * piece->keys;
        uint32_t seen = piece->first + r + 1 - piece->from, unseen = 0;
        uint32_t end = (uint32_t)divide_up(seen, VECTOR_STEP) * VECTOR_STEP;

        if (head->window > 0 && seen > head->window)
            unseen = seen - head->window;
        end = (uint32_t)min(end, piece->keys);
        if (head->cap > 0)
            vector_soft_cap(row, head->cap, end);
        for (uint32_t k = 0; k < unseen; k++)
            row[k] = -INFINITY;
        for (uint32_t k = seen; k < end; k++)
            row[k] = -INFINITY;
        inverse[r] = 1 / vector_exp_shifted(row, end);
        memset(row, 0, unseen * sizeof *row);
        memset(row + seen, 0, (piece->keys - seen) * sizeof *row);
    }
}

static void attention_attend(const struct attention_head *head,
                             const struct attention_piece *piece)
{
    float inverse[QUERY_ROWS];
    float *out = head->out + piece->first * head->out_stride;
    int rows = (int)piece->rows, keys = (int)piece->keys;
    int size = (int)head->size, stride = (int)head->stride;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, keys, size,
                head->scale, head->q + piece->first * head->stride, stride,
                head->k + piece->from * head->stride, stride, 0, head->scores,
                keys);
    weigh(head, piece, inverse);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, size, keys, 1,
                head->scores, keys, head->v + piece->from * head->stride,
                stride, 0, out, (int)head->out_stride);
    for (uint32_t r = 0; r < piece->rows; r++)
        vector_scale(out + r * head->out_stride, inverse[r], head->size);
}

/* Queries, keys and values of a head in 8 bits. */
struct rounded_head {
    float *q, *k, *v;                   /* [tokens][size] integers */
    float *q_scale, *k_scale, *v_scale; /* [tokens] */
    float *shares;                      /* [QUERY_ROWS][tokens] integers */
};

static void round_tokens(float **values, float **scale, const float *x,
                         const struct attention_head *head, uint32_t tokens)
{
    *values = memory_new_aligned((size_t)tokens * head->size, sizeof(float));
    *scale = memory_new(tokens, sizeof(float));
    for (size_t t = 0; t < tokens; t++)
        (*scale)[t] = exact_quantize(*values + t * head->size,
                                     x + t * head->stride, head->size);
}

static void round_head(struct rounded_head *rounded,
                       const struct attention_head *head, uint32_t tokens)
{
    round_tokens(&rounded->q, &rounded->q_scale, head->q, head, tokens);
    round_tokens(&rounded->k, &rounded->k_scale, head->k, head, tokens);
    round_tokens(&rounded->v, &rounded->v_scale, head->v, head, tokens);
    rounded->shares =
        memory_new_aligned((size_t)QUERY_ROWS * tokens, sizeof(float));
}

static void rounded_head_release(struct rounded_head *rounded)
{
    free(rounded->q);
    free(rounded->k);
    free(rounded->v);
    free(rounded->q_scale);
    free(rounded->k_scale);
    free(rounded->v_scale);
    free(rounded->shares);
}

static void attend_exactly(const struct attention_head *head,
                           const struct rounded_head *rounded,
                           const struct attention_piece *piece)
{
    float inverse[QUERY_ROWS];
    float *out = head->out + piece->first * head->out_stride;
    const float *k_scale = rounded->k_scale + piece->from;
    const float *v_scale = rounded->v_scale + piece->from;
    size_t size = head->size, keys = piece->keys;

    exact_multiply(
        &(struct exact_product){ .a = rounded->q + piece->first * size,
                                 .b = rounded->k + piece->from * size,
                                 .a_stride = size,
                                 .b_stride = size,
                                 .rows = piece->rows,
                                 .columns = piece->keys,
                                 .inner = head->size,
                                 .b_holds = EXACT_ROWS,
                                 .out = head->scores,
                                 .stride = keys });
    for (size_t r = 0; r < piece->rows; r++)
        for (size_t k = 0; k < keys; k++)
            head->scores[r * keys + k] *=
                rounded->q_scale[piece->first + r] * k_scale[k] * head->scale;
    weigh(head, piece, inverse);
    for (size_t r = 0; r < piece->rows; r++) {
        float *row = head->scores + r * keys;

        for (size_t k = 0; k < keys; k++)
            row[k] *= v_scale[k];
        inverse[r] *= exact_quantize(rounded->shares + r * keys, row, keys);
    }
    exact_multiply(
        &(struct exact_product){ .a = rounded->shares,
                                 .b = rounded->v + piece->from * size,
                                 .a_stride = keys,
                                 .b_stride = size,
                                 .rows = piece->rows,
                                 .columns = head->size,
                                 .inner = piece->keys,
                                 .b_holds = EXACT_COLUMNS,
                                 .out = out,
                                 .stride = head->out_stride });
    for (size_t r = 0; r < piece->rows; r++)
        vector_scale(out + r * head->out_stride, inverse[r], size);
}

/* All queries of a head, a piece at a time; `rounded` NULL: in f32. */
static void attend_all(const struct attention_head *head, uint32_t tokens,
                       const struct rounded_head *rounded)
{
    for (uint32_t t = 0; t < tokens; t += QUERY_ROWS) {
        struct attention_piece piece = {
            .first = t,
            .rows = (uint32_t)min(tokens - t, QUERY_ROWS),
            .from = head->window > 0 && t + 1 > head->window
                        ? t + 1 - head->window
                        : 0,
        };

        piece.keys = piece.first + piece.rows - piece.from;
        if (rounded)
            attend_exactly(head, rounded, &piece);
        else
            attention_attend(head, &piece);
    }
}

static void attend_head(const struct block_run *run,
                        const struct attention_head *head)
{
    struct rounded_head rounded;

    if (run->block->products != &exact_products) {
        attend_all(head, run->tokens, NULL);
        return;
    }
    round_head(&rounded, head, run->tokens);
    attend_all(head, run->tokens, &rounded);
    rounded_head_release(&rounded);
}

/* x to qkv [tokens][queries, keys, values], positions turned in. */
static void attention_project(const struct block_run *run, const float *x,
                              float *qkv)
{
    const struct shape *shape = run->shape;
    size_t queries = shape->size[SIZE_QUERIES], keys = shape->size[SIZE_KEYS];
    size_t stride = attention_stride(shape);

    if (run->block->part[PART_QKV].numbers) {
        block_linear(run, PART_QKV, x, qkv, stride);
    } else {
        block_linear(run, PART_Q, x, qkv, stride);
        block_linear(run, PART_K, x, qkv + queries, stride);
        block_linear(run, PART_V, x, qkv + queries + keys, stride);
    }
    if (block_is_done(run))
        return;
    attention_norm_heads(run, PART_Q_NORM, qkv, stride,
                         shape->size[SIZE_HEADS]);
    attention_norm_heads(run, PART_K_NORM, qkv + queries, stride,
                         shape->key_heads);
    turn_positions(run, qkv, stride);
}

static void attention_run(const struct block_run *run, const float *x,
                          float *out)
{
    const struct shape *shape = run->shape;
    uint32_t size = shape->size[SIZE_HEAD], tokens = run->tokens;
    size_t queries = shape->size[SIZE_QUERIES], keys = shape->size[SIZE_KEYS];
    float *qkv = scratch_take(run->scratch, tokens * attention_stride(shape));
    float *mixed = scratch_take(run->scratch, tokens * queries);
    uint32_t shared = shape->size[SIZE_HEADS] / shape->key_heads;
    struct attention_head head = {
        .stride = attention_stride(shape),
        .out_stride = queries,
        .scores = scratch_take(run->scratch, (size_t)QUERY_ROWS * tokens),
        .size = size,
        .window = block_is_local(run) ? shape->window : 0,
        .scale = (float)(shape->score_scale > 0 ? shape->score_scale
                                                : 1 / sqrt(size)),
        .cap = (float)shape->score_cap,
    };

    attention_project(run, x, qkv);
    if (block_is_done(run))
        return;
    for (uint32_t h = 0; h < shape->size[SIZE_HEADS]; h++) {
        head.q = qkv + (size_t)h * size;
        head.k = qkv + queries + (size_t)(h / shared) * size;
        head.v = head.k + keys;
        head.out = mixed + (size_t)h * size;
        attend_head(run, &head);
    }
    block_linear(run, PART_O, mixed, out, shape->size[SIZE_MODEL]);
}

const struct sublayer attention_sublayer = {
    .norm = PART_NORM,
    .after = PART_AFTER_NORM,
    .last = PART_O,
    .scratch = attention_scratch,
    .run = attention_run,
    .gradient = &attention_gradient,
};
