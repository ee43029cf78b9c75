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
    PART_IN, /* state spaces from here on */
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
};

struct block_run;
struct block_gradient;

/* How a kind of block computes. */
struct block_kind {
    /* Floats of scratch memory for a sequence of so many tokens. */
    size_t (*scratch)(const struct shape *shape, uint32_t tokens);
    /* hidden f32 [tokens][width], in place. */
    void (*run)(const struct block_run *run, float *hidden);
    const struct block_gradient *gradient; /* forward and back (tape.h) */
};

extern const struct block_kind transformer_block;
extern const struct block_kind mamba_block;
extern const struct block_kind mamba2_block;

/*
 * A model family, as data: the names and shapes of its tensors, what its
 * config.json may say, and the kind of its blocks.  A new family of a known
 * kind is one file family_NAME.c, named in meson.build and twice in families.c
 * (declared and listed), and reference logits in tests/llm/families.
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
    const struct block_kind *kind;
    const struct config_demand *demands;
    size_t demand_count;
    int (*read)(struct shape *shape, const struct config *config,
                struct error *err);
};

/* Tensor 0 .. family_tensors() - 1 of a block, `more` last. */
size_t family_tensors(const struct family *family);
const struct family_tensor *family_tensor(const struct family *family,
                                          size_t index);

/* The name of a layer: as its tensor's, without ".weight", and with the label
 * of a part of one.  free() it. */
char *family_layer_name(const struct family *family, const char *prefix,
                        uint32_t block, const struct family_tensor *tensor);

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
