/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "llm/model.h"
#include "tensor/safetensors.h"

/*
 * A folded model's (fold.h) tensors as they are stored: whole ones, of which
 * several parts of a block may be pieces, in whatever number format.
 */
struct tensor_fold;

/* NULL if the model is not folded. */
struct tensor_fold *tensor_fold_new(const struct model *model);
void tensor_fold_free(struct tensor_fold *fold); /* NULL is harmless */

/* All bytes of a tensor of the checkpoint, into the order of the channels. */
void tensor_fold_bytes(const struct tensor_fold *fold, uint8_t *bytes,
                       const struct safetensors_tensor *tensor);
