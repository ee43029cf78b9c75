/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "flow/select/method.h"
#include "replay/machine_file.h"

/*
 * What each layer of a recorded trace needs of a machine with each pattern that
 * a selection offers: the table of a budget (budget.h).  Every layer is pruned
 * and replayed alone, with the masks of the selection's score and the trace's
 * sample of inputs, so that the layers' numbers add up to those of a replay of
 * the whole plan.  (The masks of a SparseGPT update or of sequential statistics
 * are others; they have as many weights.)
 *
 *   cycles   of the machine's clock
 *   energy   picojoules, leakage and clock network included, at the activity
 *            of the trace, priced with the cost table `base`
 *
 * What the trace's costs file has is not replayed again.
 */
enum need { NEED_CYCLES, NEED_ENERGY };

struct need_request {
    const struct selection *selection; /* with trace, model and patterns */
    const struct machine_file *machine;
    enum need what;
    const char *version; /* of this program: others may count otherwise */
};

/*
 * [layers][patterns + 1], the last column dense; a pattern whose M is over the
 * layer's K needs what dense does.  free() it.  NULL and `err` if weights
 * cannot be read, the machine cannot run a layer, or on a stop.
 */
uint64_t *need_table(const struct need_request *request, struct error *err);

const char *need_unit(enum need what); /* "cycles", "pJ" */

/* What the whole trace needs with one pattern everywhere, offered or not.  -1
 * and `err` if weights cannot be read, the machine cannot run a layer, or on a
 * stop. */
int need_uniform(uint64_t *sum, const struct need_request *request,
                 struct pattern pattern, struct error *err);
