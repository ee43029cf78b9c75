/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "llm/model.h"

/*
 * A copy of a checkpoint in which the weights of some layers are others: a
 * Hugging Face folder with config.json and the tokenizer's files, as they are,
 * and every tensor of the model in one model.safetensors, in its own number
 * format, or all floats in F32, which config.json then says.  A folded model's
 * (fold.h) channels are in its order.  A weight that is the same as a float
 * keeps its bytes; one that was changed is rounded to nearest.
 *
 * Layers are put in any order, each at most once, and each is written at once.
 * commit writes all that was not put; it and abandon both end and free `out`.
 * Nothing is left of a folder that was abandoned or could not be finished.
 */
struct checkpoint_out;

/* In what format floats are written: as the checkpoint has them, to which what
 * was changed is rounded, or as F32, which loses nothing. */
enum checkpoint_numbers { CHECKPOINT_OWN, CHECKPOINT_F32 };
extern const char *const checkpoint_numbers_names[];

/* Makes `folder`, which must not be there.  -1 and `err`; there is then nothing
 * to end. */
int checkpoint_out_create(struct checkpoint_out **out,
                          const struct model *model, const char *folder,
                          enum checkpoint_numbers numbers, struct error *err);

/* weights [O][K] of a layer as they will be read from a checkpoint of that
 * format; false if that changes none. */
bool checkpoint_out_round(const struct model *model, size_t layer,
                          float *weights);

/* weights f32 [O][K].  -1 and `err` if one does not fit the number format. */
int checkpoint_out_put(struct checkpoint_out *out, size_t layer,
                       const float *weights, struct error *err);

int checkpoint_out_commit(struct checkpoint_out *out, struct error *err);
void checkpoint_out_abandon(struct checkpoint_out *out);
