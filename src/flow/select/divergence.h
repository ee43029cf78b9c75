/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "flow/select/row_costs.h"
#include "llm/model.h"
#include "llm/tokens.h"

/*
 * How far a model's next-token distributions are from those of the dense model:
 * KL(dense || other), in nats, at every position of some rows.
 *
 * The dense distributions stay in memory where they fit in a gibibyte; else
 * they are computed again from the dense model's last hidden states.
 */
struct divergence;

/* `hidden` f32 [rows][length][width] is the dense model's last output, which is
 * borrowed.  -1 and `err` if the head cannot be loaded. */
int divergence_begin(struct divergence **divergence, const struct model *model,
                     const struct model_tokens *tokens, const float *hidden,
                     unsigned workers, struct error *err);
void divergence_end(struct divergence *divergence);

/* Sum over the positions of a row; hidden f32 [length][width] is the other
 * model's.  For several threads, each with its own `worker`. */
double divergence_row(struct divergence *divergence, size_t row,
                      const float *hidden, unsigned worker);

/* The memory of one of so many positions. */
struct row_need divergence_need(const struct model *model, size_t places);
