/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/work.h"
#include "trace/layer_shape.h"
#include "llm/remarks.h"

/*
 * A language model from a Hugging Face folder: its layers by name and shape,
 * and a walk over its decoder blocks that others may look into (see a layer's
 * inputs) and reach into (replace its weights).  Arithmetic is f32, sums of
 * statistics are double.  OpenBLAS runs with one thread and always on one
 * sequence a call; sequences are shared out to our own threads, so that any
 * number of workers gives the same bits.
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

/*
 * One decoder block's weights in f32.  model_block_layer() is the matrix
 * [O][K] of the pruned layer of that (whole-model) number; it may be edited.
 * A block may be used by several threads at once while nobody edits it.
 */
struct model_block;

int model_block_load(struct model_block **block, const struct model *model,
                     uint32_t number, struct error *err);
void model_block_free(struct model_block *block);
float *model_block_layer(struct model_block *block, size_t layer);

/*
 * Looks into a block while it runs, on the thread of the sequence `row`.
 *   see  the inputs of a layer: called once for each distinct input; an
 *        expert's is not for a row of which it sees no token
 *   add  the residual stream, hidden f32 [tokens][width], as it is when the
 *        output of `layer` is about to be added to it.  Not called for layers
 *        whose output is normed, scaled or added to others' before that.
 *        NULL: nobody looks
 */
struct model_sight {
    size_t layer; /* the first that has this input */
    size_t row;
    const float *x; /* [tokens][K] */
    uint32_t tokens;
    const uint32_t *place; /* [tokens], ascending: which of the row's tokens an
                              expert sees; NULL: all, in order */
};

struct model_tap {
    void (*see)(void *context, const struct model_sight *sight);
    void (*add)(void *context, size_t layer, size_t row, const float *hidden,
                uint32_t tokens);
    void *context;
};

/* Scratch memory for running a block; one a thread. */
struct model_scratch;

struct model_scratch *model_scratch_new(const struct model *model,
                                        uint32_t tokens);
void model_scratch_free(struct model_scratch *scratch);

/* hidden f32 [tokens][width], the residual stream, from a block's input to its
 * output in place.  `tap` may be NULL. */
void model_block_run(const struct model_block *block,
                     struct model_scratch *scratch, float *hidden,
                     uint32_t tokens, size_t row, const struct model_tap *tap);

/* Tokens: int32 [rows][length] of a safetensors file's tensor. */
struct model_tokens {
    int32_t *ids;
    char *tensor;     /* its name */
    size_t first;     /* row of the tensor that is the first taken */
    size_t rows;      /* taken */
    size_t available; /* in the file */
    uint32_t length;
    char hash[HASH_TEXT];   /* of the whole token file */
    struct remarks remarks; /* rows longer than the model was trained for */
};

/* `spec` is FILE or FILE:TENSOR; `standard` names the tensor if it is not
 * said.  At most `rows` rows are taken (0: all).  An id outside the model's
 * vocabulary is refused by row and column. */
int model_tokens_read(struct model_tokens *tokens, const char *spec,
                      const char *standard, size_t rows,
                      const struct model *model, struct error *err);
/* Whether the file has the rows that were asked for (0: all).  -1 and `err`. */
int model_tokens_has_rows(const struct model_tokens *tokens, uint64_t asked,
                          struct error *err);
void model_tokens_release(struct model_tokens *tokens);

/* Keeps only rows first .. first + rows - 1 of those taken, which must be there
 * (assert). */
void model_tokens_take(struct model_tokens *tokens, size_t first, size_t rows);

/* SHA-256 of the ids taken, each as 4 bytes, the lowest first. */
void model_tokens_rows_hash(const struct model_tokens *tokens,
                            char hash[HASH_TEXT]);

/* hidden f32 [tokens][width]: the embedding of one row. */
void model_embed(const struct model *model, const int32_t *ids, uint32_t tokens,
                 float *hidden);

/*
 * The whole model over all rows, block by block (one block's weights in memory
 * at a time).
 *   edit   called after a block is loaded, before it runs: may edit its
 *          weights (prune); NULL: none
 *   tap    sees layer inputs; NULL: nobody
 *   work   its progress is told of each row at each block; the caller begins
 * and ends it after  called when all rows have run through the block, with all
 * hidden states f32 [rows][tokens][width]; NULL: none
 */
struct model_walk {
    int (*edit)(void *context, struct model_block *block, uint32_t number,
                struct error *err);
    int (*after)(void *context, uint32_t number, const float *hidden,
                 struct error *err);
    void *context;
    const struct model_tap *tap;
    bool int8; /* weights and inputs of the layers in 8 bits (quantize.h), an
                  output's scale being that of its weights before the edit */
    struct work work;
};

/* Ends in `hidden` f32 [rows][tokens][width] of the last block's output. */
int model_walk_blocks(const struct model *model,
                      const struct model_tokens *tokens,
                      const struct model_walk *walk, float *hidden,
                      struct error *err);
