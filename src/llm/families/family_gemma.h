/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/families/family.h"

/* What Gemma 2 and 3 have in common. */
enum { GEMMA_TENSORS = 11 };

extern const struct family_tensor gemma_tensors[GEMMA_TENSORS];

/* All but rotary positions and caps; where config.json names no types of
 * blocks, all but each `period`-th are local. */
int gemma_read(struct shape *shape, const struct config *config,
               uint32_t period, struct error *err);

/* A soft cap: a number above 0, or null for none; `standard` if it is absent
 * (0: none). */
int gemma_read_cap(double *cap, const struct config *config, const char *key,
                   double standard, struct error *err);
