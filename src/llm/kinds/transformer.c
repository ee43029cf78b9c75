/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The block of a transformer, norms first:
 *
 *     h += O attention(Q K V norm(h))
 *     h += down(silu(gate norm(h)) * up norm(h))
 *
 * with causal attention in which several heads may share one key head.  Without
 * a gate the second line is h += down(activation(up norm(h))).
 */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/arithmetic.h"
#include "llm/model_parts.h"
#include "llm/tape.h"
#include "llm/vector.h"

enum { QUERY_ROWS = 64 }; /* queries that attention takes at a time */

static size_t attention_stride(const struct shape *shape)
{
    return (size_t)shape->size[SIZE_QUERIES] + 2 * shape->size[SIZE_KEYS];
}

static size_t transformer_scratch(const struct shape *shape, uint32_t tokens)
{
    const uint32_t *size = shape->size;
    size_t attention = scratch_round(tokens * attention_stride(shape)) +
                       scratch_round((size_t)tokens * size[SIZE_QUERIES]) +
                       scratch_round((size_t)QUERY_ROWS * tokens);
    size_t feed = 2 * scratch_round((size_t)tokens * size[SIZE_FEED]);

    return 2 * scratch_round((size_t)tokens * size[SIZE_MODEL]) +
           max(attention, feed);
}

static void norm(const struct block_run *run, enum part part, const float *x,
                 float *out)
{
    size_t width = run->shape->size[SIZE_MODEL];

    for (uint32_t t = 0; t < run->tokens; t++)
        vector_norm(out + t * width, x + t * width,
                    run->block->part[part].numbers,
                    run->block->part[part + 1].numbers, width,
                    run->shape->epsilon);
}

/* Every head of queries or keys on its own. */
static void norm_heads(const struct block_run *run, enum part part, float *x,
                       size_t stride, uint32_t heads)
{
    uint32_t head = run->shape->size[SIZE_HEAD];
    const float *weight = run->block->part[part].numbers;

    for (uint32_t t = 0; t < run->tokens && weight; t++)
        for (uint32_t h = 0; h < heads; h++) {
            float *at = x + t * stride + (size_t)h * head;

            vector_rms_norm(at, at, weight, head, run->shape->epsilon);
        }
}

/* Turns the pairs (i, i + head / 2) of every head of one token. */
static void rotate(float *x, const float *cosine, const float *sine,
                   uint32_t heads, uint32_t head)
{
    uint32_t half = head / 2;

    for (uint32_t h = 0; h < heads; h++, x += head)
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
    uint32_t head = run->shape->size[SIZE_HEAD];
    uint32_t heads = run->shape->size[SIZE_HEADS] + run->shape->key_heads;

    if (!run->shape->rope.used)
        return;
    for (uint32_t t = 0; t < run->tokens; t++)
        rotate(qkv + t * stride, run->scratch->rope_cos + t * (head / 2),
               run->scratch->rope_sin + t * (head / 2), heads, head);
}

/*
 * Softmax of the scores of queries first .. first + rows - 1 over the keys up
 * to each; what lies beyond is 0.  Left undivided: `inverse` is 1 / sum.  A row
 * is taken in whole steps where there is room, since vectors are slow on a
 * short rest: what is beyond counts as minus infinity there, 1e-38 of the
 * largest.
 */
static void weigh(float *scores, float *inverse, uint32_t first, uint32_t rows,
                  uint32_t keys)
{
    for (uint32_t r = 0; r < rows; r++) {
        float *row = scores + (size_t)r * keys;
        uint32_t seen = first + r + 1;
        uint32_t whole = (uint32_t)divide_up(seen, VECTOR_STEP) * VECTOR_STEP;
        uint32_t end = (uint32_t)min(whole, keys);

        for (uint32_t k = seen; k < end; k++)
            row[k] = -INFINITY;
        inverse[r] = 1 / vector_exp_shifted(row, end);
        memset(row + seen, 0, (keys - seen) * sizeof *row);
    }
}

/* One head, queries first .. first + rows - 1. */
static void attend(const float *q, const float *k, const float *v,
                   size_t stride, float *out, size_t out_stride, uint32_t head,
                   float *scores, uint32_t first, uint32_t rows)
{
    float inverse[QUERY_ROWS];
    uint32_t keys = first + rows;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)keys,
                (int)head, (float)(1 / sqrt(head)), q + first * stride,
                (int)stride, k, (int)stride, 0, scores, (int)keys);
    weigh(scores, inverse, first, rows, keys);
    out += first * out_stride;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)head,
                (int)keys, 1, scores, (int)keys, v, (int)stride, 0, out,
                (int)out_stride);
    for (uint32_t r = 0; r < rows; r++)
        vector_scale(out + r * out_stride, inverse[r], head);
}

/* x to qkv [tokens][queries, keys, values], positions turned in. */
static void project(const struct block_run *run, const float *x, float *qkv)
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
    norm_heads(run, PART_Q_NORM, qkv, stride, shape->size[SIZE_HEADS]);
    norm_heads(run, PART_K_NORM, qkv + queries, stride, shape->key_heads);
    turn_positions(run, qkv, stride);
}

static void attention(const struct block_run *run, const float *x, float *out)
{
    const struct shape *shape = run->shape;
    uint32_t head = shape->size[SIZE_HEAD], tokens = run->tokens;
    size_t queries = shape->size[SIZE_QUERIES], keys = shape->size[SIZE_KEYS];
    size_t stride = attention_stride(shape);
    float *qkv = scratch_take(run->scratch, tokens * stride);
    float *mixed = scratch_take(run->scratch, tokens * queries);
    float *scores = scratch_take(run->scratch, (size_t)QUERY_ROWS * tokens);
    uint32_t shared = shape->size[SIZE_HEADS] / shape->key_heads;

    project(run, x, qkv);
    for (uint32_t h = 0; h < shape->size[SIZE_HEADS]; h++) {
        const float *k = qkv + queries + (size_t)(h / shared) * head;

        for (uint32_t t = 0; t < tokens; t += QUERY_ROWS)
            attend(qkv + (size_t)h * head, k, k + keys, stride,
                   mixed + (size_t)h * head, queries, head, scores, t,
                   tokens - t < QUERY_ROWS ? tokens - t : QUERY_ROWS);
    }
    block_linear(run, PART_O, mixed, out, shape->size[SIZE_MODEL]);
}

static void feed_forward(const struct block_run *run, const float *x,
                         float *out)
{
    size_t width = run->shape->size[SIZE_FEED];
    size_t count = run->tokens * width;
    float *up = scratch_take(run->scratch, count);

    block_linear(run, PART_UP, x, up, width);
    if (run->block->part[PART_GATE].numbers) {
        float *gate = scratch_take(run->scratch, count);

        block_linear(run, PART_GATE, x, gate, width);
        vector_silu_times(up, gate, count);
    } else if (run->shape->activation == ACTIVATION_RELU) {
        vector_relu(up, count);
    } else {
        vector_gelu(up, count);
    }
    block_linear(run, PART_DOWN, up, out, run->shape->size[SIZE_MODEL]);
}

static void transformer_run(const struct block_run *run, float *hidden)
{
    size_t count = (size_t)run->tokens * run->shape->size[SIZE_MODEL];
    float *x = scratch_take(run->scratch, count);
    float *out = scratch_take(run->scratch, count);
    size_t mark = run->scratch->used;

    norm(run, PART_NORM, hidden, x);
    attention(run, x, out);
    vector_add(hidden, out, count);
    run->scratch->used = mark;
    norm(run, PART_FEED_NORM, hidden, x);
    feed_forward(run, x, out);
    vector_add(hidden, out, count);
}

const struct block_kind transformer_block = {
    .scratch = transformer_scratch,
    .run = transformer_run,
    .gradient = &transformer_gradient,
};
