/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/frame/command.h"

/* The lists of shapes that have a name: one row each. */
int shape_table(const struct call *call, struct error *err);

/* Their names, NULL at the end, for completion. */
const char *const *shape_words(void);
