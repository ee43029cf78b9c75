/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/frame/command.h"
#include "store/store.h"

/*
 * A remark for each machine that ran layers as another pattern than their own,
 * and so gained nothing by what they have pruned beyond it: of the traces and
 * machines (JSON arrays of hashes); and one for each that merges its sub-macros
 * as a layer needs, in how many layers it added how many.  -1 and `err` if the
 * store cannot be asked.
 */
int run_as_tell(const struct call *call, struct store *store,
                const char *traces, const char *machines, struct error *err);
