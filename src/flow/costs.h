/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FLOW_COSTS_H
#define FLOW_COSTS_H

#include <stdbool.h>

#include "base/hash.h"

/*
 * Measured costs, kept beside the recorded trace (model.trace.costs) so that a
 * second selection does not measure again.  JSON: the SHA-256 of everything a
 * cost depends on, and the cost.  Nothing rests on the file: one that cannot be
 * read counts as empty, and one that cannot be written is left alone.
 */
struct costs;

struct costs *costs_open(const char *trace_path);
void costs_save(struct costs *costs);  /* if there is something new */
void costs_close(struct costs *costs); /* saves first */

/* `what` is everything that the cost depends on, as a text. */
bool costs_find(const struct costs *costs, const char *what, double *cost);
void costs_put(struct costs *costs, const char *what, double cost);

#endif
