/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/internal.h"

/* Whether it is this object, or lies below it. */
static bool is_below(const struct sim *sim, uint32_t id, uint32_t above)
{
    while (id != SIM_OBJECT_NONE && id != above)
        id = sim->objects[id].parent;
    return id == above;
}

static bool is_process(const struct sim *sim, uint32_t id)
{
    return sim->objects[id].kind == SIM_KIND_METHOD ||
           sim->objects[id].kind == SIM_KIND_THREAD;
}

/* Who runs meanwhile may make others, and release some. */
void sim_with_descendants(struct sim_process *process,
                          bool (*control)(struct sim_process *process))
{
    struct sim *sim = process->sim;
    uint32_t count = (process->state & PROCESS_PARENT) ? sim->objects_count : 0;

    for (uint32_t id = 0; id < count; id++) {
        if (id != process->id && is_process(sim, id) &&
            is_below(sim, id, process->id))
            control(sim->objects[id].object);
    }
    control(process);
}
