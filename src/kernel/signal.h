/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/event.h"
#include "kernel/object.h"

/*
 * A signal: what is written in one delta is read from the next one on.  The
 * last write of a delta counts; its events fire only if the value then differs.
 * Values are up to 64 bits wide, unsigned.
 */
enum sim_signal_kind {
    SIM_MANY_WRITERS = 1, /* a second process in the same delta is error 115; */
                          /* without this a second one that writes, ever */
    SIM_BUFFER = 2,       /* each write is a change, also of the same value, */
                          /* and an edge: rising if it is not zero */
    SIM_UNCHECKED = 4     /* whoever writes: the last write of a delta counts */
};

struct sim_signal {
    struct sim_channel channel;
    uint64_t value, next;
    sim_time changed_time; /* when it last changed; SIM_TIME_MAX: never */
    uint32_t id;
    uint8_t kinds;          /* sum of enum sim_signal_kind */
    bool watched;           /* an event below is made, or a kind above set */
    bool resets;            /* some process, see reset.h */
    uint64_t changed_delta; /* see below */
    struct sim_event *events[3];
};

/*
 * `changed_delta` may be read: it is sim_delta_count() while processes run for
 * which the signal has just changed, and never else; at a later time it is not,
 * even if no process has run between.
 */
void sim_signal_init(struct sim_signal *signal, struct sim *sim,
                     const char *name, uint64_t initial);
void sim_signal_set_kinds(struct sim_signal *signal, unsigned kinds);

void sim_signal_write(struct sim_signal *signal, uint64_t value);

static inline uint64_t sim_signal_read(const struct sim_signal *signal)
{
    return signal->value;
}

/* While processes run for which it has just changed. */
static inline bool sim_signal_changed(const struct sim_signal *signal)
{
    return signal->changed_delta == sim_delta_count(signal->channel.sim);
}

/*
 * The event that fires in the delta after a write; an edge is zero to non-zero
 * and back.  It is made when first asked for (it allocates: ask in
 * elaboration).
 */
enum sim_edge { SIM_CHANGED, SIM_POSEDGE, SIM_NEGEDGE };
struct sim_event *sim_signal_event(struct sim_signal *signal,
                                   enum sim_edge edge);

/*
 * What a port for a signal is bound to, once elaboration has ended: its value,
 * and the event of its edges, whether that is a signal or a clock.
 */
uint64_t sim_port_read(const struct sim_port *port);
bool sim_port_changed(const struct sim_port *port); /* just now */
struct sim_event *sim_port_event(const struct sim_port *port,
                                 enum sim_edge edge);

/* As sim_event_release(), of the signal and its events. */
void sim_signal_release(struct sim_signal *signal);

/*
 * A resolved signal: up to 64 wires that several processes drive, each wire 0,
 * 1, Z (not driven) or X (driven both ways).  Bit i of `low` says that wire i
 * is driven to 0, of `high` to 1.  What a process wrote last holds until it
 * writes again, and what is read is the union of all.
 */
struct sim_wires {
    uint64_t low, high;
};

struct sim_resolved {
    struct sim_channel channel;
    struct sim_wires wires; /* what is read */
    uint64_t mask;          /* the wires that there are */
    struct sim_driver *drivers;
    uint32_t count, size;
    struct sim_event changed; /* fires in the delta after a change */
};

/* One wire, which is X until it is driven.  A process's first write may
 * allocate. */
void sim_resolved_init(struct sim_resolved *resolved, struct sim *sim,
                       const char *name);

/* So many wires, 1 .. 64, and what is read before any is driven; to be called
 * right after sim_resolved_init().  Bits beyond the wires are 0. */
void sim_resolved_set_shape(struct sim_resolved *resolved, unsigned width,
                            struct sim_wires first);
void sim_resolved_write(struct sim_resolved *resolved, struct sim_wires wires);
/* As sim_event_release(), of the signal, its drivers and its event. */
void sim_resolved_release(struct sim_resolved *resolved);
