/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "llm/config.h"
#include "llm/shape.h"

/* What a tensor of a decoder block is for. */
enum part {
    PART_NORM, /* before attention, or before the state space */
    PART_NORM_BIAS,
    PART_Q,
    PART_Q_BIAS,
    PART_K,
    PART_K_BIAS,
    PART_V,
    PART_V_BIAS,
    PART_QKV, /* in place of the three above */
    PART_QKV_BIAS,
    PART_Q_NORM, /* of each head on its own */
    PART_K_NORM,
    PART_O,
    PART_O_BIAS,
    PART_AFTER_NORM, /* of what attention gives, before it is added */
    PART_FEED_NORM,
    PART_FEED_NORM_BIAS,
    PART_GATE, /* only where the feed-forward part is gated */
    PART_GATE_BIAS,
    PART_UP,
    PART_UP_BIAS,
    PART_DOWN,
    PART_DOWN_BIAS,
    PART_AFTER_FEED_NORM,
    PART_ROUTER,      /* how well each expert suits a token */
    PART_ROUTER_BIAS, /* added where experts are chosen, not to their shares */
    PART_SHARED_GATE, /* the expert that sees every token */
    PART_SHARED_UP,
    PART_SHARED_DOWN,
    PART_SHARED_MIX, /* how much of it a token takes; absent: all */
    PART_IN,         /* state spaces from here on */
    PART_IN_BIAS,
    PART_CONV, /* held as [kernel][channels] */
    PART_CONV_BIAS,
    PART_SELECT, /* x_proj */
    PART_SELECT_BIAS,
    PART_STEP, /* dt_proj */
    PART_STEP_BIAS,
    PART_DECAY, /* A_log */
    PART_SKIP,  /* D */
    PART_GATED_NORM,
    PART_OUT,
    PART_OUT_BIAS,
    PARTS
};

/* The part that is added to what a linear map or a norm gives; PARTS if that
 * kind of part has none. */
enum part part_bias(enum part part);

enum { FAMILY_MAX_RANK = 3, FAMILY_MOST_BEFORE = 2 };

/*
 * One tensor of a block: its name below the block's, and its shape in the file.
 * `transposed`: held the other way round than it is stored.  `pruned`: it is a
 * layer; it is then held as f32 [outputs][inputs], and layers of a block with
 * the same `input` share what goes into them.  `plus_one`: a norm that is
 * stored as what is added to 1.
 *
 * Several maps may be stored one above the other in one tensor, as Phi-3's
 * queries, keys and values: each is then a part of its own, whose name ends in
 * `label`; `whole` is the number of rows of the tensor, and the part's begin
 * behind those of the sizes `before`.
 *
 * Of an `expert` tensor there is one for each expert: its number stands in the
 * name where the sign # is, or, if they are `stacked`, they lie one behind the
 * other in one tensor of a rank more.
 *
 * `only` says which of the family's kinds of blocks have it, as bits; 0: all.
 */
struct family_tensor {
    const char *name;
    enum part part;
    enum size size[FAMILY_MAX_RANK + 1];
    bool pruned;
    bool transposed;
    bool plus_one;
    uint8_t input;
    const char *label; /* NULL: the tensor is this part */
    enum size whole, before[FAMILY_MOST_BEFORE];
    bool expert, stacked;
    uint8_t only;
};

struct block_run;
struct sublayer_gradient;

/*
 * What a block is made of: attention, a state space, or a feed-forward part.
 * block.c does what all have in common, hidden += after(f(norm(hidden))).
 */
struct sublayer {
    enum part norm;  /* of what goes in */
    enum part after; /* of what comes out, where the family has it; PARTS: no
                        family has */
    enum part last;  /* the layer whose output it is; PARTS: it is not one's */
    /* Floats of scratch memory for a sequence of so many tokens. */
    size_t (*scratch)(const struct shape *shape, uint32_t tokens);
    /* x and out are f32 [tokens][width]. */
    void (*run)(const struct block_run *run, const float *x, float *out);
    const struct sublayer_gradient *gradient; /* tape.h; NULL: not known */
};

extern const struct sublayer attention_sublayer;
extern const struct sublayer feed_sublayer;
extern const struct sublayer experts_sublayer;
extern const struct sublayer mamba_sublayer;
extern const struct sublayer mamba2_sublayer;

/* A kind of block: its sublayers in order, NULL behind the last. */
enum { BLOCK_MOST_SUBLAYERS = 2, FAMILY_MOST_KINDS = 4 };

struct block_kind {
    const struct sublayer *sublayer[BLOCK_MOST_SUBLAYERS + 1];
};

extern const struct block_kind transformer_block; /* attention, feed-forward */
extern const struct block_kind expert_block;      /* attention, experts */
extern const struct block_kind attention_block;
extern const struct block_kind feed_block;
extern const struct block_kind experts_block; /* nothing but experts */
extern const struct block_kind mamba_block;
extern const struct block_kind mamba2_block;
extern const struct block_kind mamba2_feed_block;
extern const struct block_kind mamba2_expert_block;

/*
 * A model family, as data: the names and shapes of its tensors, what its
 * config.json may say, and the kinds of its blocks.  A new family of known
 * kinds is one file family_NAME.c, named in meson.build and in the list of
 * families.c, and reference logits in tests/llm/families.
 */
struct family {
    const char *type;        /* model_type in config.json */
    const char *about;       /* what it is, in a line */
    const char *prefixes[3]; /* before every name but the head's; the first
                                that is found in the file holds */
    const char *blocks;      /* "layers": then comes .NUMBER. */
    const char *embedding;
    const char *embedding_before; /* its name in older files, or NULL */
    const char *positions;        /* table of learnt positions, or NULL */
    const char *norm;             /* after the last block */
    const char *norm_bias;        /* or NULL */
    bool norm_plus_one;           /* as a tensor's `plus_one` */
    const char *head;             /* without prefix */
    const struct family_tensor *tensors;
    size_t tensor_count;
    const struct family_tensor *more; /* added to those; or NULL */
    size_t more_count;
    /* NULL behind the last; which block is which says struct shape */
    const struct block_kind *kinds[FAMILY_MOST_KINDS + 1];
    const struct config_demand *demands;
    size_t demand_count;
    int (*read)(struct shape *shape, const struct config *config,
                struct error *err);
};

/* Tensor 0 .. family_tensors() - 1, `more` last. */
size_t family_tensors(const struct family *family);
const struct family_tensor *family_tensor(const struct family *family,
                                          size_t index);

/* Whether blocks of the family's kind of that number have it. */
bool family_tensor_in(const struct family_tensor *tensor, unsigned kind);

/* The name of a layer: as its tensor's, without ".weight", and with the label
 * of a part of one.  free() it. */
char *family_layer_name(const struct family *family, const char *prefix,
                        uint32_t block, const struct family_tensor *tensor,
                        uint32_t expert);

/* A tensor's name below the block's, with the number of the expert; free() it.
 */
char *family_tensor_name(const struct family_tensor *tensor, uint32_t expert);

/* Every family, in the order of families.c. */
size_t family_count(void);
const struct family *family_at(size_t index);

/* By model_type; NULL and `err`, which names the known ones, and says whether
 * the name is that of a published family or most likely misspelt. */
const struct family *family_find(const char *type, const char *path,
                                 struct error *err);

/* That of a config's `model_type`; the original layout of Mamba, which has
 * none, is refused by name. */
const struct family *family_of_config(const struct config *config,
                                      struct error *err);
