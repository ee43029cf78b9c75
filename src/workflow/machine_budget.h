/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/budget.h"
#include "replay/need.h"

/*
 * A budget in cycles or energy of a machine: the table of what each layer needs
 * with each pattern, replayed or known already, and the limit.
 *
 *   limit  as the user wrote it: a number of cycles or of nanojoules, or a
 *          pattern: as much as the whole trace needs with that one
 *          everywhere, or a share of what it needs dense ("50%")
 */
struct machine_budget {
    struct budget budget;
    char *of;       /* "flexcim, 512 tokens" */
    uint64_t *need; /* the table */
};

/* What may be needed, of which machine; all parts are borrowed. */
struct machine_limit {
    const char *text; /* as the user wrote it */
    enum need what;
    const struct machine_file *machine;
    const char *version; /* of this program */
};

/* `selection` has a trace, a model and patterns.  -1 and `err`. */
int machine_budget_init(struct machine_budget *budget,
                        const struct machine_limit *limit,
                        const struct selection *selection, struct error *err);
void machine_budget_release(struct machine_budget *budget); /* zeroed: fine */

/* Whether a limit is written like "50%", and then which share that is. */
bool limit_is_share(double *share, const char *text);
