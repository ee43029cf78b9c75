/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/frame/share_call.h"
#include "flow/select/select.h"

/*
 * Runs a selection whose costs others help to measure (row_costs.h): `share`
 * has its call, its options and what the leader does; the rest is filled in.
 */
int select_share(struct share_call *share, const struct method *method,
                 struct selection *selection, struct error *err);

/* Of the costs: ranks must measure the same. */
void select_share_identity(char identity[HASH_TEXT],
                           const struct method *method,
                           const struct selection *selection);
