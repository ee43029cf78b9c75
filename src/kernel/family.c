/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/internal.h"

static bool is_process(const struct sim *sim, uint32_t id)
{
    return sim->objects[id].kind == SIM_KIND_METHOD ||
           sim->objects[id].kind == SIM_KIND_THREAD;
}

/*
 * Children before their parent, to any depth.  Who runs meanwhile may make
 * others, and release some.
 */
static void control_below(struct sim *sim, uint32_t above,
                          bool (*control)(struct sim_process *process))
{
    uint32_t count = sim->objects_count;

    for (uint32_t id = 0; id < count; id++) {
        if (sim->objects[id].parent != above ||
            sim->objects[id].kind == SIM_KIND_NONE)
            continue;
        if (!is_process(sim, id))
            control_below(sim, id, control);
        else
            sim_with_descendants(sim->objects[id].object, control);
    }
}

void sim_with_descendants(struct sim_process *process,
                          bool (*control)(struct sim_process *process))
{
    if (process->state & PROCESS_PARENT)
        control_below(process->sim, process->id, control);
    control(process);
}
