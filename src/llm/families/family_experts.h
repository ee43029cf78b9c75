/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/families/family.h"

/* What families with experts have in common. */
enum { LLAMA_ATTENTION_TENSORS = 6 }; /* the first of llama_tensors */

/* What holds where config.json says nothing. */
struct experts_keys {
    uint32_t experts, used;
};

/* The number of experts, under either of two names, and how many see a token.
 */
int experts_read(struct shape *shape, const struct config *config,
                 const struct experts_keys *standard, struct error *err);
