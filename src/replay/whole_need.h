/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/method.h"
#include "replay/infer_run.h"
#include "replay/need.h"

/*
 * What a whole inference (infer_run.h) needs: of its prompt, or of a token that
 * is decoded, the mean of them.
 *
 *   cycles   of the machine's clock; of a token those of a step
 *   energy   picojoules, priced with the cost table `base`; of a token those of
 *            one sequence
 */
enum whole_part { WHOLE_PROMPT, WHOLE_TOKEN };

struct whole_request {
    const struct selection *selection;  /* with trace, model and patterns */
    const struct machine_file *machine; /* complete: infer_complete() */
    const struct infer_asked *asked;    /* of a token: generate at least 2 */
    enum whole_part part;
    enum need what;
    const char *version; /* of this program */
};

/* Of a plan, with the masks of the selection's score; pattern [layers].  -1 and
 * `err` if weights cannot be read, the machine cannot run it, or on a stop. */
int whole_need_of(uint64_t *need, const struct whole_request *request,
                  const struct pattern *pattern, struct error *err);

/*
 * A table for a budget (budget.h), which adds layers up.  A whole inference is
 * no sum of layers, as one is loaded while another computes; the table is exact
 * for the plans that have one pattern everywhere, and shares what each of these
 * needs out among the layers: by operator as it was measured, and among an
 * operator's layers by their weights.  What it says of other plans is to be
 * seen with whole_need_of().
 */
struct whole_table {
    uint64_t *need; /* [layers][patterns + 1], the last column dense; owned */
    uint64_t rest;  /* beside that: what no pattern changes */
};

int whole_table_make(struct whole_table *table,
                     const struct whole_request *request, struct error *err);
void whole_table_release(struct whole_table *table);
