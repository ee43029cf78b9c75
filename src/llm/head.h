/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "llm/model.h"

/* What comes after the last block: a norm, and the map to one logit a word of
 * the vocabulary.  Several threads may use it at once. */
struct head;

int head_load(struct head **head, const struct model *model, struct error *err);
void head_free(struct head *head);

/* Computes in 8 bits from now on (tensor/quantize.h): weights with a scale a
 * word, what is normed with a scale a token; by `products` (block.h, borrowed),
 * whose layer is then the first number after the model's layers, or here if
 * that is NULL. */
struct model_products;
void head_round(struct head *head, const struct model_products *products);

/* f32 [vocabulary][width] and, after head_round(), the scales [vocabulary]. */
const float *head_words(const struct head *head);
const float *head_scales(const struct head *head);

/*
 * hidden f32 [tokens][width], as the last block left it, to logits f32
 * [tokens][vocabulary].  `normed` is room for [tokens][width].
 */
void head_logits(const struct head *head, const float *hidden, uint32_t tokens,
                 float *normed, float *logits);
