/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "trace/layer_shape.h"
#include "llm/remarks.h"

/*
 * A language model from a Hugging Face folder: its layers by name and shape.
 * Its blocks are run by block.h, all of it over rows of tokens (tokens.h) by
 * walk.h.
 */
struct model;

/* One pruned linear map; layers are numbered in module order, block by block.
 */
struct model_layer {
    struct layer_shape
        shape;         /* named as in the checkpoint, without ".weight" */
    uint32_t input_id; /* layers of a block with the same id share their input
                          (q k v; gate up) */
};

int model_open(struct model **model, const char *folder, struct error *err);
void model_close(struct model *model);

/* What was noticed when it was opened: copies that do not count, a head that
 * is tied or not against what config.json says, what is not used. */
const struct remarks *model_remarks(const struct model *model);

const char *model_name(const struct model *model);   /* the folder's name */
const char *model_family(const struct model *model); /* "llama", "mamba2" */
const char *model_folder(const struct model *model);
const char *model_hash(const struct model *model); /* of config and weights */
uint32_t model_blocks(const struct model *model);
uint32_t model_width(const struct model *model); /* of the residual stream */
uint32_t model_vocabulary(const struct model *model);
uint32_t model_longest(const struct model *model); /* tokens; 0: any number */
/* Whether a token's place turns by how long the sequence is: rope that is
 * dynamic, or longrope. */
bool model_follows_length(const struct model *model);
/* Whether it turns alike in all sequences of `from` to `to` tokens, so that
 * what was made of a token stays while more come. */
bool model_turns_alike(const struct model *model, uint32_t from, uint32_t to);
size_t model_layers(const struct model *model);
const struct model_layer *model_layer(const struct model *model, size_t layer);

struct layer_span model_layers_of_block(const struct model *model,
                                        uint32_t block);

/* The first layer of the same block with the same input; itself if none. */
size_t model_input_of(const struct model *model, size_t layer);

/* Whether the layer is an expert's, which sees some tokens and not others. */
bool model_is_routed(const struct model *model, size_t layer);

/* A layer's weights as f32 [O][K], from the checkpoint.  -1 and `err` if one is
 * not finite (the layer is named). */
int model_weights(const struct model *model, size_t layer, float *weights,
                  struct error *err);
