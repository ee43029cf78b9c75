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

/*
 * Members of one kind may be a row, which one call runs: `count` of them, whose
 * modules are an array of the function's own type.  To the registers and in all
 * counts they are as many members; but the call, which costs more than what
 * most members do, is made once, and the loop is the compiler's to make short.
 */
typedef void (*sim_row)(void *modules, uint32_t count, const void *now,
                        void *next);

struct sim_group_part {
    sim_member member; /* NULL: a row */
    sim_row row;
    void *module;
    uint32_t count;
};

struct sim_group {
    struct sim_channel channel;
    struct sim_process process;
    struct sim_group_part *parts;
    uint32_t count, size;
    uint32_t members; /* of all parts */
    bool has_rows;
    size_t bytes;
    void *now, *next;
};

/* `bytes` of registers, all zero. */
void sim_group_init(struct sim_group *group, struct sim *sim, const char *name,
                    struct sim_event *event, size_t bytes);
void sim_group_add(struct sim_group *group, sim_member function, void *module);
void sim_group_add_row(struct sim_group *group, sim_row function, void *modules,
                       uint32_t count);
