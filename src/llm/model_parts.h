/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spill.h"
#include "llm/checkpoint.h"
#include "llm/families/family.h"
#include "llm/model.h"
#include "llm/block.h"
#include "llm/shape.h"

/* One matrix or vector of a kind of block. */
struct block_place {
    const struct family_tensor *tensor;
    uint32_t expert; /* 0 if it is of none */
    unsigned part;   /* where a block keeps it: an enum part, or what
                        block_expert_part() says */
};

/* All of a kind of block, in module order; `layer` are those that are pruned.
 */
struct block_table {
    struct block_place *place;
    size_t places;
    size_t *layer; /* numbers of places */
    size_t layers;
};

/* What the files of src/llm know of a model, a block and a run; others see
 * model.h, block.h and walk.h only. */
struct model {
    struct checkpoint *checkpoint;
    const struct family *family;
    const char *prefix; /* of the tensors' names in this file */
    char *embedding;    /* the tensor of the embedding */
    char *head;         /* the tensor of the head: the same if they are tied */
    char *name;
    struct remarks remarks;
    struct shape shape;
    struct model_layer *layers; /* names owned */
    size_t layer_count;
    struct block_table table[FAMILY_MOST_KINDS];
    size_t *first_layer;                   /* [blocks + 1] */
    uint32_t widest;                       /* the largest K of a layer */
    const struct permutation *permutation; /* of a folded one (fold.h); else
                                              NULL; borrowed */
};

/* The tables of all kinds of blocks of a family of those sizes. */
void block_tables_make(struct block_table table[FAMILY_MOST_KINDS],
                       const struct family *family, const struct shape *shape);
void block_tables_release(struct block_table table[FAMILY_MOST_KINDS]);

unsigned block_expert_part(uint32_t expert, enum part part);
/* Parts of a block: those of enum part, and the experts'. */
unsigned block_parts(const struct shape *shape);
/* A number that layers of a block with the same input share. */
uint32_t block_place_input(const struct block_place *place);

/* What kind of block it is: the number, and the kind. */
unsigned shape_kind_of(const struct shape *shape, uint32_t block);
const struct block_kind *model_kind(const struct model *model, uint32_t block);
const struct block_table *model_table(const struct model *model,
                                      uint32_t block);
/* The place of a layer in its block's table. */
const struct block_place *model_layer_place(const struct model *model,
                                            size_t layer);

/* A tensor's name in the file, to free(). */
char *model_tensor_name(const struct model *model, const char *name);
char *model_block_tensor_name(const struct model *model, uint32_t block,
                              const struct block_place *place);

/* The shape a part of a block must have, into shape[FAMILY_MAX_RANK]; returns
 * the rank. */
unsigned model_tensor_shape(const struct model *model,
                            const struct family_tensor *tensor,
                            uint64_t *shape);

/* That of the tensor it is stored in, and its first row there. */
unsigned model_stored_shape(const struct model *model,
                            const struct family_tensor *tensor,
                            uint64_t *shape);
size_t model_first_row(const struct model *model,
                       const struct block_place *place);

/* A tensor's numbers as f32, allocated; NULL and `err` if there is none such or
 * one is not finite. */
float *model_read(const struct model *model, const char *name, unsigned rank,
                  const uint64_t *shape, struct error *err);

/* A tensor of a block as f32, in the order in which it is held. */
float *model_read_part(const struct model *model, uint32_t block,
                       const struct block_place *place, struct error *err);

/* The block's tensors will be read soon: that they are read from the disk while
 * another block computes. */
void model_ask_ahead(const struct model *model, uint32_t block);

/* A place's numbers as they are stored, of `size` bytes each, in the order of
 * the model's channels; they stay if it has none of its own (fold.h). */
void fold_place(const struct model *model, uint32_t block,
                const struct block_place *place, void *bytes, size_t size);

/* Likewise [rows][width], along the residual stream. */
void fold_stream(const struct model *model, void *bytes, size_t rows,
                 size_t size);

struct block_run;

/* A linear map's weights, or a vector, as f32. */
struct block_part {
    float *numbers; /* NULL: the family has none, or it is an expert's that
                       nobody edited */
    uint32_t inputs, outputs;
    bool tapped;  /* the first layer with its input */
    size_t layer; /* number of the layer in the whole model */
    float *scale; /* [outputs], if the block computes in 8 bits; else NULL */
    const struct block_place *place; /* NULL: the block has no such part */
    struct spill spill;              /* where an edited expert's numbers lie */
};

struct model_block {
    const struct model *model; /* borrowed */
    uint32_t number;
    struct block_part *part; /* [parts] */
    unsigned parts;
    struct block_part *edited; /* the expert's part that was edited last */
    bool full;    /* there was no room for a file of an edited expert */
    bool rounded; /* weights are those of 8 bits */
    const struct model_products *products; /* borrowed; NULL: computed here */
};

/* The maps of one expert while a run uses it. */
enum { EXPERT_PARTS = 3 };

struct expert_hand {
    unsigned first; /* number of the first */
    struct block_part part[EXPERT_PARTS];
    bool own[EXPERT_PARTS]; /* read for this use */
};

void expert_hand_take(struct expert_hand *hand, const struct block_run *run,
                      uint32_t expert);
void expert_hand_leave(struct expert_hand *hand);

/* An expert's part, to edit it; lets that go which was edited before. */
float *block_expert_edit(struct model_block *block, unsigned part);
void block_experts_release(struct model_block *block);

/* Of 8 bits: a part's scales, and its weights rounded by them. */
void block_part_find_scale(const struct model_block *block,
                           struct block_part *part);
void block_part_round(const struct block_part *part);

/* Sines and cosines of rotary positions, times the rope's loudness. */
struct rope_angles {
    float *cosine, *sine; /* [tokens][pairs]; NULL until they are needed */
    uint32_t pairs;       /* of a head that are turned: dims / 2 */
    uint32_t tokens;      /* that are filled in */
};

struct model_scratch {
    float *floats;
    size_t capacity, used;
    uint32_t tokens; /* capacity */
    float *rounded;  /* [tokens][largest K]; NULL until it is needed */
    bool done;       /* what was wanted of this run has been seen */
    struct rope_angles angles[2]; /* of shape.rope, of shape.local_rope */
};

/* One sequence on its way through a block, or those of its tokens that an
 * expert sees. */
struct block_run {
    const struct model_block *block;
    const struct shape *shape;
    struct model_scratch *scratch;
    uint32_t tokens;
    const uint32_t *place; /* [tokens]: which of the row's; NULL: all */
    size_t row;
    const struct model_tap *tap;
    const size_t *wanted; /* layer whose input alone is; NULL: all is */
    const struct expert_hand *hand; /* NULL: no expert is in use */
    struct block_noting *noting;    /* NULL: nothing is kept for trials */
    struct block_trying *trying;    /* NULL: no trial */
};

/* Whether what follows of the run is not wanted.  Then block_linear() leaves y
 * as it is, and a sublayer does nothing more. */
static inline bool block_is_done(const struct block_run *run)
{
    return run->scratch->done;
}

/* What block_linear() has of trials (block_trial.c): whether an output was
 * noted before and is in y, the weights to use, and noting an output. */
bool block_trial_recall(const struct block_run *run,
                        const struct block_part *map, float *y, size_t stride);
const float *block_trial_weights(const struct block_run *run,
                                 const struct block_part *map);
void block_trial_note(const struct block_run *run, const struct block_part *map,
                      const float *y, size_t stride);
/* Notes the stream before a sublayer. */
void block_trial_begin(const struct block_run *run, size_t sublayer,
                       const float *hidden);

/* hidden through the sublayers of a block, from number `first` on, to the last
 * before `end`. */
void block_run_sublayers(const struct block_run *run, size_t first, size_t end,
                         float *hidden);

/* A part as the run has it: the expert's in its hand, or the block's. */
const struct block_part *block_run_part(const struct block_run *run,
                                        unsigned part);

/*
 * Computing in 8 bits: the first takes each output's scale, before anybody
 * edits the block's weights or behind that (enum model_scales), the second
 * afterwards rounds the weights.  From then on block_linear() rounds inputs as
 * well, each token with a scale of its own.  The products of such numbers are
 * the integers that a machine computes, times both scales.
 */
void block_take_scales(struct model_block *block);
void block_round_weights(struct model_block *block);

/* As model_scratch_new(), with so many floats. */
struct model_scratch *model_scratch_sized(uint32_t tokens, size_t floats);

/* The positions of a sequence of so many tokens, if they are not there yet. */
void scratch_find_angles(struct model_scratch *scratch,
                         const struct shape *shape, uint32_t tokens);

/* Those of this block. */
const struct rope_angles *block_angles(const struct block_run *run);
bool block_is_local(const struct block_run *run);

/* Of a linear map or a norm; NULL if it has none. */
const float *block_bias(const struct model_block *block, unsigned part);

/* out [tokens][width] = norm(x); out may be x. */
void block_norm(const struct block_run *run, enum part part, const float *x,
                float *out);

/* Rounded up so that what is taken next is aligned to 64 bytes. */
size_t scratch_round(size_t floats);
float *scratch_take(struct model_scratch *scratch, size_t floats);

/* y [tokens] of stride `stride` = x [tokens][inputs] W^T, and the bias if there
 * is one; the tap sees x. */
void block_linear(const struct block_run *run, unsigned part, const float *x,
                  float *y, size_t stride);
