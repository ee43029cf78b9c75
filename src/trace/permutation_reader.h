/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "base/json_text.h"
#include "trace/plan.h"

/*
 * The order of channels of a plan whose layers are read, from its object: under
 * "permutation" a list of
 *
 *     {"channels": "stream" or a layer's name, "order": [numbers]}
 *
 * in each of whose orders every channel stands once.  Without it the plan has
 * none.  -1 and `err` (ERROR_DATA).
 */
int permutation_read(struct plan *plan, struct json_text json,
                     struct error *err);
