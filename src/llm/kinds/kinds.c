/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/families/family.h"

const struct block_kind transformer_block = { { &attention_sublayer,
                                                &feed_sublayer } };
const struct block_kind expert_block = { { &attention_sublayer,
                                           &experts_sublayer } };
const struct block_kind attention_block = { { &attention_sublayer } };
const struct block_kind feed_block = { { &feed_sublayer } };
const struct block_kind experts_block = { { &experts_sublayer } };
const struct block_kind mamba_block = { { &mamba_sublayer } };
const struct block_kind mamba2_block = { { &mamba2_sublayer } };
const struct block_kind mamba2_feed_block = { { &mamba2_sublayer,
                                                &feed_sublayer } };
const struct block_kind mamba2_expert_block = { { &mamba2_sublayer,
                                                  &experts_sublayer } };
