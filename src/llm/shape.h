/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llm/config.h"

/* The sizes that the shapes of a family's tensors are made of. */
enum size {
    SIZE_END, /* closes a list of sizes */
    SIZE_ONE,
    SIZE_MODEL, /* of the residual stream */
    SIZE_VOCABULARY,
    SIZE_POSITIONS, /* rows of a table of learnt positions */
    SIZE_QUERIES,   /* heads * head size */
    SIZE_KEYS,      /* key heads * head size */
    SIZE_FUSED,     /* queries and keys and values in one map */
    SIZE_HEAD,      /* one head of attention, or of a state space */
    SIZE_FEED,      /* inside the feed-forward part */
    SIZE_HEADS,
    SIZE_INNER,     /* channels inside a state space block */
    SIZE_STATE,     /* states of a channel */
    SIZE_KERNEL,    /* taps of the convolution */
    SIZE_CHANNELS,  /* Mamba-2: channels of the convolution */
    SIZE_PROJECTED, /* outputs of in_proj */
    SIZE_STEP_RANK, /* Mamba: inputs of dt_proj */
    SIZE_SELECTION, /* Mamba: outputs of x_proj: step, B and C */
    SIZES
};

/* Of a feed-forward part that is not gated; a gate is always silu. */
enum activation { ACTIVATION_RELU, ACTIVATION_GELU };

/* Rotary positions; inverse frequency i is theta^(-2i / head size), then
 * changed as `scaling` says. */
enum rope_scaling { ROPE_PLAIN, ROPE_LINEAR, ROPE_LLAMA3 };

struct rope {
    bool used;
    enum rope_scaling scaling;
    double theta;
    double factor;
    double low, high; /* llama3: factors of the two ends of the band */
    double original;  /* llama3: positions the model was first trained with */
};

/* A model's sizes and manners, as its config.json says. */
struct shape {
    uint32_t size[SIZES];
    uint32_t blocks;
    uint32_t key_heads;
    uint32_t groups;         /* Mamba-2: sets of B and C */
    uint32_t first_position; /* row of the first token in the table of learnt
                                positions */
    uint32_t longest;        /* tokens of a sequence; 0: any number */
    uint32_t trained;        /* positions that config.json names where longer
                                sequences can be computed as well; 0: none */
    bool tied;               /* the head is the embedding, says config.json */
    double epsilon;          /* of the norms */
    enum activation activation;
    struct rope rope;
    double step_limit[2]; /* Mamba-2: bounds of the time step */
};

/* Reads the sizes of a Llama-like transformer, under the names that most
 * families share. */
int shape_read_attention(struct shape *shape, const struct config *config,
                         struct error *err);

/* Reads `rope_parameters`, or `rope_scaling` and `rope_theta`.  A type other
 * than default, linear and llama3 is refused by name. */
int shape_read_rope(struct rope *rope, const struct config *config,
                    struct error *err);

/* Inverse frequencies [head / 2], radians a position. */
void shape_rope_frequencies(double *frequencies, const struct rope *rope,
                            uint32_t head);
