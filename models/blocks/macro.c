/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/macro.h"

#include "kernel/object.h"
#include "models/arrays/array.h"

void macro_init(struct macro *macro, const struct site *site, const char *name)
{
    sim_enter(site->run->sim, name);
    array_of(site->run->machine)->wire(macro, site);
    sim_leave(site->run->sim);
}

void macro_enter(struct macro *macro, const struct pass *pass)
{
    *(struct pass *)pipe_put_slot(&macro->entry) = *pass;
    pipe_put_done(&macro->entry);
}
