/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "workflow/machine_budget.h"

/* A budget in cycles or energy as a command line asks for it. */
enum budget_of { BUDGET_OF_LINEAR, BUDGET_OF_PROMPT, BUDGET_OF_TOKEN };

struct budget_asked {
    const char *cycles, *energy; /* one of them; the other is NULL */
    const char *machine, *memory, *buffers;
    enum budget_of of;
    uint64_t prompt, generate, batch; /* of a whole inference */
    double gap, seconds;              /* budget.h */
};

/* The budget and what it points to. */
struct budget_call {
    struct machine_file machine;
    struct infer_asked asked;
    struct machine_limit limit;
    struct machine_budget budget;
};

/* Makes the budget the selection's, which gets the method's patterns if it has
 * none.  -1 and `err`; budget_call_release() in either case. */
int budget_call_read(struct budget_call *call, const struct budget_asked *asked,
                     const struct method *method, struct selection *selection,
                     struct error *err);
void budget_call_release(struct budget_call *call); /* zeroed: harmless */
