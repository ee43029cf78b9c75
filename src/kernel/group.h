/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"

/*
 * Clocked processes run as one flat list, with common registers.  At each event
 * (a clock's edge) all members run, in the order they were added; each reads
 * the registers as they are in `now` and writes what they shall be into `next`,
 * which `now` becomes in the update phase.  What no member writes keeps its
 * value.  Members wait for nothing else; to the scheduler they are one process.
 */
typedef void (*sim_member)(void *module, const void *now, void *next);

struct sim_group_member {
    sim_member function;
    void *module;
};

struct sim_group {
    struct sim_channel channel;
    struct sim_process process;
    struct sim_group_member *members;
    uint32_t count, size;
    size_t bytes;
    void *now, *next;
};

/* `bytes` of registers, all zero. */
void sim_group_init(struct sim_group *group, struct sim *sim, const char *name,
                    struct sim_event *event, size_t bytes);
void sim_group_add(struct sim_group *group, sim_member function, void *module);
