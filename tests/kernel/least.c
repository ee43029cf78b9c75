/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The least model: size.sh looks at what it links. */
#include "kernel/process.h"

static void tick(void *sim)
{
    sim_next_trigger_after(sim, SIM_NS);
}

int main(void)
{
    struct sim *sim = sim_new();
    struct sim_process process;

    sim_method_init(&process, sim, "tick", tick, sim);
    sim_run_until(sim, SIM_US);
    sim_free(sim);
    return 0;
}
