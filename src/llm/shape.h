/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llm/config.h"
#include "llm/rope.h"

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
    SIZE_GATE_UP,   /* gate and up in one map */
    SIZE_HEAD,      /* one head of attention */
    SIZE_FEED,      /* inside the feed-forward part */
    SIZE_EXPERTS,
    SIZE_EXPERT_FEED,    /* inside one of them */
    SIZE_SHARED_FEED,    /* inside the expert that sees every token */
    SIZE_EXPERT_GATE_UP, /* gate and up of an expert in one map */
    SIZE_SHARED_GATE_UP,
    SIZE_HEADS,
    SIZE_INNER,       /* channels inside a state space */
    SIZE_STATE_HEADS, /* Mamba-2 */
    SIZE_STATE_HEAD,
    SIZE_STATE,     /* states of a channel */
    SIZE_KERNEL,    /* taps of the convolution */
    SIZE_CHANNELS,  /* Mamba-2: channels of the convolution */
    SIZE_PROJECTED, /* outputs of in_proj */
    SIZE_STEP_RANK, /* Mamba: inputs of dt_proj */
    SIZE_SELECTION, /* Mamba: outputs of x_proj: step, B and C */
    SIZES
};

/* Of the feed-forward part: of the gate, where there is one. */
enum activation {
    ACTIVATION_SILU,
    ACTIVATION_RELU,
    ACTIVATION_GELU,
    ACTIVATION_RELU_SQUARED
};

enum { SHAPE_MOST_EXPERTS = 1024 };

/* A model's sizes and manners, as its config.json says. */
struct shape {
    uint32_t size[SIZES];
    uint32_t blocks;
    uint8_t *kind; /* [blocks]: which of the family's kinds; NULL: all are the
                      first; owned */
    uint32_t key_heads;
    uint32_t groups;         /* Mamba-2: sets of B and C */
    uint32_t chunk;          /* Mamba-2: tokens that a prompt takes at a time */
    uint32_t experts_used;   /* experts that see a token */
    bool experts_normed;     /* the shares of those add up to 1 */
    bool experts_sigmoid;    /* shares are sigmoids of scores, not a softmax */
    double experts_scale;    /* of shares */
    uint32_t norm_groups;    /* Mamba-2: runs that its gated norm takes each by
                                itself */
    uint32_t first_position; /* row of the first token in the table of learnt
                                positions */
    uint32_t longest;        /* tokens of a sequence; 0: any number */
    uint32_t trained;        /* positions that config.json names where longer
                                sequences can be computed as well; 0: none */
    bool tied;               /* the head is the embedding, says config.json */
    double epsilon;          /* of the norms */
    enum activation activation;
    struct rope rope;
    struct rope local_rope; /* of local blocks, where it is their own */
    uint32_t window;        /* tokens that attention of a local block sees, the
                               token itself being one */
    bool *local;            /* [blocks], or NULL: none is; owned */
    double score_scale;     /* of attention; 0: 1 / root(head size) */
    double score_cap, logit_cap; /* x becomes cap tanh(x / cap); 0: it stays */
    double embedding_scale;
    double residual_scale; /* of what a sublayer adds to the stream */
    double logit_scale;    /* of logits */
    double select_epsilon; /* Mamba: of norms without weights of step, B and C;
                              0: they are not normed */
    double step_limit[2];  /* Mamba-2: bounds of the time step */
};

/* Reads the sizes of a Llama-like transformer, under the names that most
 * families share. */
int shape_read_attention(struct shape *shape, const struct config *config,
                         struct error *err);

/* The same without blocks and without feed-forward part. */
int shape_read_heads(struct shape *shape, const struct config *config,
                     struct error *err);

/*
 * The channels of a Mamba-2 state space, from heads, size of a head, groups and
 * states, which are there already.
 */
int shape_derive_state(struct shape *shape, const struct config *config,
                       struct error *err);

/* `num_experts_per_tok`, at most SIZE_EXPERTS, which is there already; if it is
 * absent, `standard`, unless there are fewer experts. */
int shape_read_experts_used(struct shape *shape, const struct config *config,
                            uint32_t standard, struct error *err);

/* A factor above 0, 1 if config.json has none. */
int shape_read_multiplier(double *value, const struct config *config,
                          const char *key, struct error *err);

/* The bounds of its time step: `time_step_limit`. */
int shape_read_step_limit(struct shape *shape, const struct config *config,
                          struct error *err);

/*
 * The kinds of the blocks from a list of words under `key`, one for each block,
 * of which there are as many as the list says if that was not known (0).  An
 * item that is none of `words` (ended by a word of NULL) is refused by name.
 */
struct kind_word {
    const char *word;
    uint8_t kind; /* number among the family's */
};

int shape_read_kinds(struct shape *shape, const struct config *config,
                     const char *key, const struct kind_word *words,
                     struct error *err);

/* Zeroes but for the scales, which are 1. */
void shape_init(struct shape *shape);
void shape_release(struct shape *shape);

/*
 * Which blocks are local: `layer_types`, or, where that is absent, all but each
 * `period`-th; at 0 none.  A type besides sliding_attention and full_attention
 * is refused by name.
 */
int shape_read_local(struct shape *shape, const struct config *config,
                     uint32_t period, struct error *err);

/* `sliding_window`, where it is there: all blocks are local. */
int shape_read_window(struct shape *shape, const struct config *config,
                      struct error *err);
