/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/families/family.h"

/* What families that descend from Mamba have in common with it. */
enum { MAMBA_TENSORS = 10 };

extern const struct family_tensor mamba_tensors[MAMBA_TENSORS];

/* `inner`: the key that has the channels of a block, where it is not `expand`
 * times the width; NULL if there is none such. */
int mamba_read(struct shape *shape, const struct config *config,
               const char *inner, struct error *err);
