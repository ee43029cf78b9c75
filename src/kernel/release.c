/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process whose memory is its owner's again. */
#include <assert.h>

#include "kernel/internal.h"

/*
 * Another process may lie in its memory next.  Of a signal with many writers,
 * who wrote is known until the update that it has asked for.
 */
static void forget_writer(struct sim *sim, const struct sim_process *process)
{
    for (uint32_t i = 0; i < sim->updates_count; i++) {
        if (sim->updates[i] != NULL && sim->updates[i]->writer == process)
            sim->updates[i]->writer = &channel_writer_gone;
    }
    for (uint32_t i = 0;
         process->state & PROCESS_OWNS && i < sim->objects_count; i++) {
        struct sim_channel *channel = sim->objects[i].object;

        if ((sim->objects[i].kind == SIM_KIND_SIGNAL ||
             sim->objects[i].kind == SIM_KIND_VALUE) &&
            channel->writer == process)
            channel->writer = &channel_writer_gone;
    }
}

void sim_process_release(struct sim_process *process)
{
    struct sim *sim = process->sim;

    assert(sim->current != process && !process_is_nesting(process));
    process_kill(process);
    forget_writer(sim, process);
    listening_end(process, NULL);
    if (process->resets != NULL)
        sim->reset_release(process, NULL);
    wait_give_back(process);
    event_release(&process->timeout);
    if (process->terminated != NULL) {
        event_release(process->terminated);
        kernel_give_back(sim, process->terminated, sizeof *process->terminated);
    }
    if (process->state & PROCESS_PARENT)
        object_orphan(sim, process->id);
    object_release(sim, process->id);
    sim->processes--;
}
