/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/blocks/pass.h"
#include "models/blocks/pipe.h"
#include "models/blocks/site.h"

/*
 * One macro:
 *
 *   entry ─▶ ( what the machine's array puts between: arrays/array.h ) ─▶
 * merged
 *
 * A pass that enters in clocks c .. c + entry_clocks - 1 can be got from
 * `merged` machine_latency() clocks after the last of them.
 */
struct macro {
    struct pipe entry;  /* pass, no values */
    struct pipe merged; /* int32 [columns of the mapping] */
};

/* `name` is the macro's scope in the simulation. */
void macro_init(struct macro *macro, const struct site *site, const char *name);

/* A pass enters in this clock. */
void macro_enter(struct macro *macro, const struct pass *pass);
