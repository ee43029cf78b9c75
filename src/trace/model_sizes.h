/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * The sizes of a whole model: what a list of linear layers does not tell, and
 * what the operators of an inference (operators.h) are made of.  A list of
 * shapes says them in its part `model:`, a trace in its metadata; `flexcim
 * shapes CONFIG` makes them from a config.json.
 *
 * The keys of that part; the numbers are whole and at least 1:
 *
 *     kind        transformer, mamba or mamba2: the mixer of its blocks
 *     width       of the residual stream
 *     vocabulary  rows of the embedding and of the head
 *     tied        yes: the head's weights are the embedding's (no)
 *     norm        rms or layer (rms)
 *     norms       2 or 4 a block; 4: what attention and feed-forward make is
 *                 normed as well (2)
 *     positions   rotary, learnt or none (rotary with attention, else none)
 *     heads, key_heads, head
 *                 of attention, or of Mamba-2's state space: how many, how many
 *                 of keys and values (as many as heads), channels of each
 *     head_norms  yes: each head of queries and keys is normed (no)
 *     fused       yes: one map makes queries, keys and values (no)
 *     soft_caps   yes: scores and logits go through a tanh (no)
 *     feed        width inside the feed-forward part; absent: there is none
 *     gated       yes: it has a gate (no)
 *     experts, experts_used, expert_feed
 *                 in place of feed: how many, how many see a token, their width
 *     shared_feed width of one more expert, which sees every token; absent:
 *                 there is none
 *     shared_weighed
 *                 yes: a token takes a share of what that one makes (no)
 *     inner       channels of the state space
 *     state       states of a channel
 *     convolution its taps (4)
 *     rank        Mamba: inputs of the step's map
 *     groups      Mamba-2: sets of B and C (1)
 *     chunk       Mamba-2: tokens that a prompt takes at a time (256)
 *     state_heads, state_head
 *                 Mamba-2's heads in a model that has attention as well
 *
 * and lists of numbers of blocks, from 0:
 *
 *     attention   those that have attention in place of the state space: a
 *                 hybrid
 *     without_experts
 *                 those that have `feed` in place of the experts
 *     feed_only   blocks of one part each: those that are a feed-forward part,
 *                 or experts; the others have a mixer and no such part
 */
enum dim {
    DIM_END, /* closes a product of sizes */
    DIM_WIDTH,
    DIM_VOCABULARY,
    DIM_HEADS,
    DIM_KEY_HEADS,
    DIM_HEAD,
    DIM_FEED,
    DIM_EXPERTS,
    DIM_EXPERTS_USED,
    DIM_EXPERT_FEED,
    DIM_SHARED_FEED,
    DIM_INNER,
    DIM_STATE,
    DIM_CONVOLUTION,
    DIM_RANK,
    DIM_GROUPS,
    DIM_CHUNK,
    DIM_STATE_HEADS,
    DIM_STATE_HEAD,
    DIM_NORMS,
    /* made of those */
    DIM_QUERIES,   /* heads * head */
    DIM_KEYS,      /* key_heads * head */
    DIM_ROTATED,   /* queries + keys */
    DIM_CACHED,    /* keys and values of a token: 2 * keys */
    DIM_FUSED,     /* queries + 2 * keys */
    DIM_SHARERS,   /* heads that share a head of keys: heads / key_heads */
    DIM_CHANNELS,  /* Mamba-2: inner + 2 * groups * state */
    DIM_PROJECTED, /* outputs of the map into the state space */
    DIM_SELECTION, /* Mamba: rank + 2 * state */
    /* of a step (operators.h); B sequences, S new tokens each, c before them */
    DIM_BATCH,         /* B */
    DIM_STEP,          /* S */
    DIM_CONTEXT,       /* c + S */
    DIM_TOKENS,        /* B S */
    DIM_PAST,          /* B c: cached tokens */
    DIM_BEGUN,         /* B if c > 0, else 0: sequences that have a state */
    DIM_PAIRS,         /* B (S c + S (S + 1) / 2): a token and one it sees */
    DIM_ROUTED,        /* B S experts_used */
    DIM_EXPERTS_HIT,   /* experts that see a token if all see as many */
    DIM_CHUNKS,        /* B ceil(S / chunk) */
    DIM_CHUNK_PAIRS,   /* B sum of q (q + 1) / 2 over chunks of q tokens */
    DIM_CHUNK_SQUARES, /* B sum of q q */
    DIMS
};

enum { DIMS_OF_MODEL = DIM_BATCH, DIM_LARGEST = 1 << 24 };

extern const char *const dim_names[DIMS];

enum model_kind { MODEL_TRANSFORMER, MODEL_MAMBA, MODEL_MAMBA2 };
enum model_norm { MODEL_NORM_RMS, MODEL_NORM_LAYER };
enum model_positions { MODEL_ROTARY, MODEL_LEARNT, MODEL_NO_POSITIONS };

enum { MODEL_MAX_BLOCKS = 1 << 12 };

enum model_list {
    LIST_ATTENTION,
    LIST_WITHOUT_EXPERTS,
    LIST_FEED_ONLY,
    MODEL_LISTS
};

struct model_sizes {
    enum model_kind kind;
    enum model_norm norm;
    enum model_positions positions;
    uint32_t blocks;
    uint32_t size[DIMS_OF_MODEL]; /* 0: there is none such */
    bool tied, gated, fused, head_norms, soft_caps, shared_weighed;
    bool has_list[MODEL_LISTS];
    bool listed[MODEL_LISTS][MODEL_MAX_BLOCKS]; /* used if there is the list */
    uint32_t said; /* choices that the part makes */
};

void model_sizes_init(struct model_sizes *sizes);

/* Whether a key's value is a list, whose items are set one by one. */
bool model_sizes_is_list(const char *key);

/* Takes one key.  -1 and `err`: no such key (with the nearest), or a value that
 * is none. */
int model_sizes_set(struct model_sizes *sizes, const char *key,
                    const char *value, struct error *err);

/* After the last key: puts defaults, makes what is made of others, and checks
 * that the kind has all it needs and that heads divide.  -1 and `err`. */
int model_sizes_finish(struct model_sizes *sizes, uint32_t blocks,
                       struct error *err);

/* What a block is made of: a mixer, a feed-forward part, or both. */
enum model_part {
    MODEL_ATTENTION,
    MODEL_STATE,
    MODEL_FEED,
    MODEL_EXPERTS,
    MODEL_PARTS
};

extern const char *const model_part_names[MODEL_PARTS + 1]; /* then NULL */

bool model_block_has(const struct model_sizes *sizes, uint32_t block,
                     enum model_part part);
/* Whether two blocks are made of the same parts. */
bool model_blocks_alike(const struct model_sizes *sizes, uint32_t block,
                        uint32_t other);

/* The part as JSON, with `blocks`, and back; free() the text. */
char *model_sizes_text(const struct model_sizes *sizes);
int model_sizes_parse(struct model_sizes *sizes, const char *text,
                      struct error *err);

/* The part as YAML: lines "  key: value". free() it. */
char *model_sizes_yaml(const struct model_sizes *sizes);
