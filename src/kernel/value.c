/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signals of values of any size: what a signal of numbers does, with copies in
 * the place of an assignment, and a comparison of bytes or of the model's own.
 */
#include "kernel/value.h"

#include <assert.h>
#include <string.h>

#include "kernel/internal.h"
#include "kernel/port.h"

static bool value_differs(const struct sim_value *value)
{
    return value->equal != NULL
               ? !value->equal(value->now, value->next)
               : memcmp(value->now, value->next, value->size) != 0;
}

static void value_update(struct sim_channel *channel)
{
    struct sim_value *value = CONTAINER(channel, struct sim_value, channel);
    bool differs = (value->kinds & SIM_BUFFER) != 0 || value_differs(value);

    if (value->kinds & SIM_MANY_WRITERS)
        value->channel.writer = NULL;
    memcpy(value->now, value->next, value->size);
    if (!differs)
        return;
    value->changed_time = channel->sim->now;
    event_notify_update(&value->changed);
}

void sim_value_init(struct sim_value *value, struct sim *sim, const char *name,
                    size_t size, const void *first)
{
    assert(size > 0);
    *value = (struct sim_value){
        .now = sim_alloc(sim, size),
        .next = sim_alloc(sim, size),
        .size = size,
        .changed_time = SIM_TIME_MAX,
        .id = object_new(sim, SIM_KIND_VALUE, name, value),
    };
    if (first != NULL) {
        memcpy(value->now, first, size);
        memcpy(value->next, first, size);
    }
    sim_channel_init(&value->channel, sim, value_update);
    event_init(&value->changed, sim, EVENT_PLAIN, value->id);
}

void sim_value_set_equal(struct sim_value *value, sim_equal equal)
{
    value->equal = equal;
}

void sim_value_set_kinds(struct sim_value *value, unsigned kinds)
{
    value->kinds = kinds;
}

void sim_value_write(struct sim_value *value, const void *next)
{
    struct sim *sim = value->channel.sim;

    if (sim->current != NULL && (value->kinds & SIM_UNCHECKED) == 0) {
        if (value->channel.writer != NULL &&
            value->channel.writer != sim->current) {
            channel_report_writer(&value->channel, value->id);
            return;
        }
        channel_set_writer(&value->channel, value->kinds);
    }
    memcpy(value->next, next, value->size);
    sim_channel_request_update(&value->channel);
}

void sim_value_release(struct sim_value *value)
{
    struct sim *sim = value->channel.sim;

    sim_channel_release(&value->channel);
    event_release(&value->changed);
    kernel_give_back(sim, value->now, value->size);
    kernel_give_back(sim, value->next, value->size);
    object_release(sim, value->id);
}

struct sim_event *sim_find_value_changed(void *channel, unsigned kind)
{
    assert(kind == SIM_KIND_VALUE);
    return &((struct sim_value *)channel)->changed;
}

struct sim_bus_driver {
    struct sim_bus_driver *next;
    const struct sim_process *process;
    struct sim_wires wires[];
};

static void bus_update(struct sim_channel *channel)
{
    struct sim_bus *bus = CONTAINER(channel, struct sim_bus, channel);
    bool differs = false;

    for (unsigned w = 0; w < bus->words; w++) {
        struct sim_wires wires = { 0, 0 }, *now = &bus->wires[w];

        for (const struct sim_bus_driver *driver = bus->drivers; driver != NULL;
             driver = driver->next) {
            wires.low |= driver->wires[w].low;
            wires.high |= driver->wires[w].high;
        }
        differs |= wires.low != now->low || wires.high != now->high;
        *now = wires;
    }
    if (differs)
        event_notify_update(&bus->changed);
}

/* The bits of a word that are wires. */
static uint64_t bus_mask(const struct sim_bus *bus, unsigned word)
{
    return word + 1 < bus->words || bus->width % 64 == 0
               ? UINT64_MAX
               : UINT64_MAX >> (64 - bus->width % 64);
}

static void bus_copy(const struct sim_bus *bus, struct sim_wires *to,
                     const struct sim_wires *from)
{
    for (unsigned w = 0; w < bus->words; w++) {
        uint64_t mask = bus_mask(bus, w);

        to[w].low = from == NULL ? mask : from[w].low & mask;
        to[w].high = from == NULL ? mask : from[w].high & mask;
    }
}

void sim_bus_init(struct sim_bus *bus, struct sim *sim, const char *name,
                  unsigned width, const struct sim_wires *first)
{
    assert(width > 0);
    *bus = (struct sim_bus){ .width = width, .words = (width + 63) / 64 };
    bus->wires = sim_alloc(sim, bus->words * sizeof *bus->wires);
    bus_copy(bus, bus->wires, first);
    sim_channel_init(&bus->channel, sim, bus_update);
    sim_event_init(&bus->changed, sim, name);
    bus->id = bus->changed.id;
}

static size_t bus_driver_size(const struct sim_bus *bus)
{
    return sizeof(struct sim_bus_driver) + bus->words * sizeof *bus->wires;
}

void sim_bus_write(struct sim_bus *bus, const struct sim_wires *wires)
{
    struct sim *sim = bus->channel.sim;
    struct sim_bus_driver *driver = bus->drivers;

    while (driver != NULL && driver->process != sim->current)
        driver = driver->next;
    if (driver == NULL) {
        driver = sim_alloc(sim, bus_driver_size(bus));
        driver->next = bus->drivers;
        driver->process = sim->current;
        bus->drivers = driver;
    }
    bus_copy(bus, driver->wires, wires);
    sim_channel_request_update(&bus->channel);
}

void sim_bus_release(struct sim_bus *bus)
{
    struct sim *sim = bus->channel.sim;
    struct sim_bus_driver *next;

    sim_channel_release(&bus->channel);
    for (struct sim_bus_driver *driver = bus->drivers; driver; driver = next) {
        next = driver->next;
        kernel_give_back(sim, driver, bus_driver_size(bus));
    }
    kernel_give_back(sim, bus->wires, bus->words * sizeof *bus->wires);
    sim_event_release(&bus->changed);
}
