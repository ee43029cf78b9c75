/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/families/family.h"

/* What families that descend from Llama have in common with it. */
enum { LLAMA_TENSORS = 9 };

extern const struct family_tensor llama_tensors[LLAMA_TENSORS];

int llama_read(struct shape *shape, const struct config *config,
               struct error *err);

/* With another base of positions, where config.json has none. */
int llama_read_base(struct shape *shape, const struct config *config,
                    double base, struct error *err);
