/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/signal.h"

/*
 * A signal of any type: what is written in one delta is read from the next one
 * on, and the event fires only if the value then differs, by `equal` or byte by
 * byte.  Values are copied as they stand; what they point to is the model's.
 */
typedef bool (*sim_equal)(const void *a, const void *b);

struct sim_value {
    struct sim_channel channel;
    void *now, *next;      /* [size] */
    size_t size;           /* bytes */
    sim_equal equal;       /* NULL: byte by byte */
    sim_time changed_time; /* when it last changed; SIM_TIME_MAX: never */
    uint32_t id;
    unsigned kinds;           /* sum of enum sim_signal_kind */
    struct sim_event changed; /* its `fired_delta` says if it just did */
};

/* `first` is what is read at first; NULL: bytes of 0.  Ports are for
 * SIM_KIND_VALUE. */
void sim_value_init(struct sim_value *value, struct sim *sim, const char *name,
                    size_t size, const void *first);
void sim_value_set_equal(struct sim_value *value, sim_equal equal);
void sim_value_set_kinds(struct sim_value *value, unsigned kinds);

/* Errors as of sim_signal_write(). */
void sim_value_write(struct sim_value *value, const void *next);

static inline const void *sim_value_read(const struct sim_value *value)
{
    return value->now;
}

/* As sim_event_release(), of the signal, its values and its event. */
void sim_value_release(struct sim_value *value);

struct sim_event *sim_find_value_changed(void *channel, unsigned kind);

/*
 * A resolved vector of any width: as a sim_resolved, wire i is bit i % 64 of
 * word i / 64.  A process's first write allocates.
 */
struct sim_bus {
    struct sim_channel channel;
    struct sim_wires *wires; /* what is read, [words] */
    unsigned width, words;
    struct sim_bus_driver *drivers;
    uint32_t id;
    struct sim_event changed;
};

/* `first` is what is read before any is driven; NULL: X. */
void sim_bus_init(struct sim_bus *bus, struct sim *sim, const char *name,
                  unsigned width, const struct sim_wires *first);
void sim_bus_write(struct sim_bus *bus, const struct sim_wires *wires);
/* As sim_event_release(), of the vector, its drivers and its event. */
void sim_bus_release(struct sim_bus *bus);
