/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "llm/model_parts.h"

/*
 * The tensors outside the blocks: embedding, positions, last norm and head.
 * Which of the family's prefixes the file uses, and which tensors embedding and
 * head are, into `model`; shapes are checked.
 *
 * What is stored decides, not `tie_word_embeddings` alone:
 *
 *     config  stored                    head is
 *     tied    embedding, an equal head  the embedding
 *     tied    embedding, another head   that head, remarked
 *     tied    one of the two            that one, and it is the embedding too
 *     untied  both                      the head
 *     untied  embedding only            the embedding, remarked
 *
 * So transformers 5 reads them (`tie_weights`).  -1 and `err`, naming the
 * tensor.
 */
int ends_find(struct model *model, struct error *err);
