/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/arithmetic.h"
#include "llm/tape.h"

/*
 * The scan of Mamba-2 and its gradient, chunk by chunk; what a sequence keeps
 * from the way forward for the way back.  Inside a chunk, with u = dt x, decay
 * s_i the sum of dt A up to token i, L_ij = exp(s_i - s_j) for j <= i, and S
 * the state before the chunk,
 *
 *     y_i = sum_j (C_i . B_j) L_ij u_j + exp(s_i) S C_i + D x_i
 *     S'  = exp(s_end) S + sum_j exp(s_end - s_j) u_j B_j^T
 *
 * Source: as mamba2.c.
 */
enum { MAMBA2_CHUNK = 64 };

struct mamba2_kept {
    uint32_t heads, head, states, inner, channels;
    uint32_t groups;  /* of heads that share B and C */
    size_t stride;    /* of projected */
    float *projected; /* [tokens][stride]: z, x B C, dt */
    float *mixed;     /* [tokens][channels]: x B C */
    float *raw;       /* [tokens][heads]: dt before the softplus */
    float *step;      /* [tokens][heads] */
    float *scanned;   /* [tokens][inner]: y before the gate */
    float *gated;     /* [tokens][inner] */
    float *normed;    /* [tokens][inner] */
    float *state;     /* [chunks + 1][inner][states]: before each chunk */
    float *ones;      /* [MAMBA2_CHUNK] */
    float *scaled;    /* [MAMBA2_CHUNK][inner]: u */
    float *alike;     /* [MAMBA2_CHUNK][MAMBA2_CHUNK]: C B^T of a group */
    float *shade;     /* L of a head, as large; 0 above the diagonal */
    float *product;   /* alike * shade, as large */
    float *weight;    /* [MAMBA2_CHUNK]: exp(s_i) or exp(s_end - s_i) */
    float *room;      /* [MAMBA2_CHUNK][head] */
    double *decay;    /* [heads][MAMBA2_CHUNK]: s */
};

/* Where the work is: a head, its group, and the chunk's tokens. */
struct mamba2_place {
    size_t h;
    uint32_t group;
    size_t first; /* token of the sequence */
    uint32_t n;   /* tokens of the chunk */
};

/* Which exponents weigh a token: what came from the state before the chunk
 * fades from its begin on, what goes into the state behind it fades until its
 * end. */
enum mamba2_fade { MAMBA2_FROM_BEGIN, MAMBA2_UNTIL_END };

static inline size_t mamba2_chunks(size_t tokens)
{
    return divide_up(tokens, MAMBA2_CHUNK);
}

/* Numbers of a part, and what of a token is B or C of the place's group. */
const float *mamba2_numbers(const struct tape *tape, enum part part);
const float *mamba2_b(const struct mamba2_kept *kept,
                      const struct mamba2_place *place);
const float *mamba2_c(const struct mamba2_kept *kept,
                      const struct mamba2_place *place);

/* The tokens of a chunk; s and u of it, for all heads. */
uint32_t mamba2_chunk_size(const struct tape *tape, size_t first);
void mamba2_begin_chunk(const struct tape *tape, const struct mamba2_kept *kept,
                        const struct mamba2_place *place);

/* alike of the place's group; shade and product of its head; weight. */
void mamba2_find_alike(const struct mamba2_kept *kept,
                       const struct mamba2_place *place);
void mamba2_find_product(const struct mamba2_kept *kept,
                         const struct mamba2_place *place);
void mamba2_find_weights(const struct mamba2_kept *kept,
                         const struct mamba2_place *place,
                         enum mamba2_fade fade);

/* out [head][states] += sum over n tokens of weight_i a_i b_i^T; a [head] lies
 * `inner` apart from token to token, b [states] `channels`. */
void mamba2_add_outer(const struct mamba2_kept *kept, float *out,
                      const float *a, const float *b, uint32_t n);

/* scanned, and the states before all chunks, from mixed and step. */
void mamba2_scan(struct tape *tape, struct mamba2_kept *kept);

/* From the loss by scanned, [tokens][inner], to that by mixed
 * [tokens][channels], and by step [tokens][heads]. */
void mamba2_scan_back(struct tape *tape, const struct mamba2_kept *kept,
                      const float *by_y, float *by_mixed, float *by_step);
