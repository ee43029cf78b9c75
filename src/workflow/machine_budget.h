/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/select.h"
#include "replay/need.h"
#include "replay/whole_need.h"

/* What may be needed, of which machine; all parts are borrowed. */
struct machine_limit {
    const char *text; /* as the user wrote it */
    enum need what;
    const struct machine_file *machine; /* of an inference: complete */
    const char *version;                /* of this program */
    const struct infer_asked *asked;    /* NULL: the linear layers alone */
    enum whole_part part;               /* else of what */
};

/*
 * A budget in cycles or energy of a machine: the table of what each layer needs
 * with each pattern, replayed or known already, and the limit.
 *
 * Of a whole inference the table is only near (whole_need.h): a plan is run as
 * it is, and chosen again within less until it keeps the limit.
 *
 *   limit  as the user wrote it: a number of cycles or of nanojoules, or a
 *          pattern: as much as the whole trace needs with that one
 *          everywhere, or a share of what it needs dense ("50%")
 */
struct machine_budget {
    struct budget budget;
    char *of;                    /* "flexcim, 512 tokens" */
    uint64_t *need;              /* the table */
    struct machine_limit *whole; /* a copy; NULL: of linear layers only */
    uint64_t limit;              /* then: what the user said */
    uint64_t rest;               /* and what no pattern changes of it */
};

/* Chooses a plan within the budget; selection->budget is the budget's.  -1 and
 * `err`: as select_plan(), or no plan that keeps the limit was found. */
int machine_budget_select(struct machine_budget *budget, struct plan *plan,
                          const struct method *method,
                          const struct selection *selection, struct error *err);

/* `selection` has a trace, a model and patterns.  -1 and `err`. */
int machine_budget_init(struct machine_budget *budget,
                        const struct machine_limit *limit,
                        const struct selection *selection, struct error *err);
void machine_budget_release(struct machine_budget *budget); /* zeroed: fine */

/* Whether a limit is written like "50%", and then which share that is. */
bool limit_is_share(double *share, const char *text);
