/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_RESOLVED_H
#define KERNEL_RESOLVED_H

#include "kernel/channel.h"
#include "kernel/event.h"

/*
 * Up to 64 wires that several processes drive, each wire 0, 1, Z (not driven)
 * or X (driven both ways): bit i of `low` says that wire i is driven to 0, of
 * `high` to 1.  What a process wrote last holds until it writes again, and what
 * is read is the union of all.
 */
struct sim_wires {
    uint64_t low;
    uint64_t high;
};

struct sim_driver {
    const struct sim_process *process;
    struct sim_wires wires;
};

struct sim_resolved {
    struct sim_channel channel;
    struct sim_wires wires;
    struct sim_driver *drivers;
    uint32_t count;
    uint32_t size;
    struct sim_event changed;
};

/* All Z.  A process's first write may allocate. */
void sim_resolved_init(struct sim_resolved *resolved, struct sim *sim,
                       const char *name);
void sim_resolved_write(struct sim_resolved *resolved, struct sim_wires wires);

static inline struct sim_wires
sim_resolved_read(const struct sim_resolved *resolved)
{
    return resolved->wires;
}

static inline struct sim_event *
sim_resolved_changed(struct sim_resolved *resolved)
{
    return &resolved->changed;
}

#endif
