/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/model_parts.h"

/*
 * Remarks what a checkpoint holds and the model does not use: blocks above
 * `num_hidden_layers`, and tensors that no part of the model reads.  Passed
 * over are those that published checkpoints are known to carry for nothing:
 * tables that are computed anew (`rotary_emb.inv_freq`, `attn.bias`,
 * `attn.masked_bias`) and an equal copy of a tied head.
 */
void unused_remark(struct model *model);
