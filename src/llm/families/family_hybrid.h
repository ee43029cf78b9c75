/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/families/family.h"

/*
 * What Bamba and Granite 4 have in common: blocks of a Mamba-2 state space and
 * blocks of attention, each with a feed-forward part behind it.  Of a family's
 * kinds, the even ones (0, 2) have the state space and the odd ones attention.
 */
enum {
    HYBRID_TENSORS = 13,
    HYBRID_STATE = 1 << 0 | 1 << 2,
    HYBRID_ATTENTION = 1 << 1 | 1 << 3
};

extern const struct family_tensor hybrid_tensors[HYBRID_TENSORS];

/* Heads, the state space, whose norm is taken over its whole width, and the
 * tied head. */
int hybrid_read(struct shape *shape, const struct config *config,
                struct error *err);
