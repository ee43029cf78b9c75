/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ports and exports.  A binding names an object; when elaboration ends each
 * port looks through the ports and exports that it names, in their order, down
 * to channels.  Bindings in a circle end at a port that is being looked
 * through.
 */
#include "kernel/port.h"

#include <assert.h>
#include <stdlib.h>

#include "kernel/internal.h"
#include "kernel/signal.h"

enum port_report {
    E_TWO_READERS = 104,
    E_TWO_PUTTERS = 105,
    E_EXPORT_BOUND_TWICE = 126,
    E_CLOCK_WRITTEN = 128
};

struct sim_binding {
    uint32_t id; /* to which the port is bound */
};

struct offer {
    struct offer *next;
    uint32_t id;
    unsigned kind;
    void *interface;
};

struct finding {
    struct finding *next;
    struct sim_process *process;
    struct sim_port *port;
    sim_finder finder;
};

struct sim_port_rest {
    struct offer *offers;
    struct finding *findings, **findings_end;
};

static void complete_all(struct sim *sim);

static struct sim_port_rest *rest_of(struct sim *sim)
{
    if (sim->ports == NULL) {
        sim->ports = sim_alloc(sim, sizeof *sim->ports);
        sim->ports->findings_end = &sim->ports->findings;
        sim->complete_ports = complete_all;
    }
    return sim->ports;
}

static void port_init(struct sim_port *port, struct sim *sim, const char *name,
                      unsigned kind, bool is_export)
{
    rest_of(sim);
    *port = (struct sim_port){ .sim = sim,
                               .kind = kind,
                               .bound = kind,
                               .least = 1,
                               .most = 1,
                               .is_export = is_export };
    port->id = object_new(sim, is_export ? SIM_KIND_EXPORT : SIM_KIND_PORT,
                          name, port);
}

void sim_port_init(struct sim_port *port, struct sim *sim, const char *name,
                   unsigned kind)
{
    port_init(port, sim, name, kind, false);
}

void sim_export_init(struct sim_port *port, struct sim *sim, const char *name,
                     unsigned kind)
{
    port_init(port, sim, name, kind, true);
}

void sim_port_set_count(struct sim_port *port, unsigned least, unsigned most)
{
    port->least = least;
    port->most = most == 0 ? UINT32_MAX : most;
}

void sim_port_set_direction(struct sim_port *port, enum sim_direction direction)
{
    port->direction = (uint8_t)direction;
}

static bool is_port(const struct sim_object *object)
{
    return object->kind == SIM_KIND_PORT || object->kind == SIM_KIND_EXPORT;
}

static const struct offer *offer_of(const struct sim *sim, uint32_t id,
                                    unsigned kind)
{
    const struct offer *offer = sim->ports->offers;

    while (offer != NULL && (offer->id != id || offer->kind != kind))
        offer = offer->next;
    return offer;
}

/* Whether a port of this kind can be bound to the object. */
static bool fits(const struct sim *sim, unsigned kind, uint32_t id)
{
    const struct sim_object *object = sim_object(sim, id);

    if (is_port(object))
        return ((struct sim_port *)object->object)->kind == kind;
    return object->kind == kind ||
           (object->kind == SIM_KIND_CLOCK && kind == SIM_KIND_SIGNAL) ||
           offer_of(sim, id, kind) != NULL;
}

void sim_port_bind(struct sim_port *port, uint32_t id)
{
    struct sim *sim = port->sim;
    const struct sim_object *object = sim_object(sim, id);
    bool again = false;

    assert(object != NULL);
    for (uint32_t i = 0; i < port->made; i++)
        again |= port->bindings[i].id == id;
    if (port->is_export && port->made > 0) {
        sim_report(sim, SIM_ERROR, E_EXPORT_BOUND_TWICE,
                   "export %s is bound already",
                   sim_object_name(sim, port->id));
        return;
    }
    if (again || !fits(sim, port->kind, id)) {
        sim_report(sim, SIM_ERROR, SIM_E_WRONG_KIND, "port %s %s %s",
                   sim_object_name(sim, port->id),
                   again ? "is bound already to" : "is not for",
                   sim_object_name(sim, id));
        return;
    }
    if (object->kind == SIM_KIND_PORT)
        ((struct sim_port *)object->object)->is_outer = true;
    ROOM(sim, port->bindings, port->made, port->made_size);
    port->bindings[port->made++].id = id;
}

static void add_channel(struct sim_port *port, void *channel, unsigned kind,
                        uint32_t *size)
{
    ROOM(port->sim, port->channels, port->count, *size);
    if (port->count == 0) {
        port->channel = channel;
        port->bound = kind;
    }
    port->channels[port->count++] = (struct sim_bound){ channel, kind };
}

static void complete(struct sim_port *port)
{
    struct sim *sim = port->sim;
    uint32_t size = 0;

    if (port->complete)
        return;
    port->complete = true;
    for (uint32_t i = 0; i < port->made; i++) {
        const struct sim_object *object = sim_object(sim, port->bindings[i].id);
        struct sim_port *through = object->object;

        if (!is_port(object)) {
            const struct offer *offer =
                offer_of(sim, port->bindings[i].id, port->kind);

            add_channel(port, offer == NULL ? object->object : offer->interface,
                        object->kind, &size);
            continue;
        }
        complete(through);
        for (uint32_t c = 0; c < through->count; c++)
            add_channel(port, through->channels[c].channel,
                        through->channels[c].kind, &size);
    }
}

static void check_count(const struct sim_port *port)
{
    struct sim *sim = port->sim;
    const char *name = sim_object_name(sim, port->id);

    if (port->is_export && port->count == 0)
        sim_report(sim, SIM_ERROR, SIM_E_NOT_BOUND, "export %s is not bound",
                   name);
    else if (port->count < port->least)
        sim_report(sim, SIM_ERROR, SIM_E_NOT_BOUND,
                   port->count == 0 ? "port %s is not bound"
                                    : "port %s: too few are bound",
                   name);
    else if (port->count > port->most)
        sim_report(sim, SIM_ERROR, SIM_E_NOT_BOUND,
                   "port %s: more are bound than %u", name, port->most);
}

/* One that writes, or gets. */
struct use {
    const struct sim_port *port;
    void *channel;
    unsigned kind;
    unsigned direction;
};

static int compare_uses(const void *left, const void *right)
{
    const struct use *a = left, *b = right;

    if (a->channel != b->channel)
        return (uintptr_t)a->channel < (uintptr_t)b->channel ? -1 : 1;
    if (a->direction != b->direction)
        return a->direction < b->direction ? -1 : 1;
    return a->port->id < b->port->id ? -1 : a->port->id > b->port->id;
}

/* What is wrong with two such ports of one channel, or 0. */
static int second_use(const struct use *use)
{
    const struct sim_signal *signal = use->channel;

    if (use->kind == SIM_KIND_SIGNAL && use->direction == SIM_OUT &&
        (signal->kinds & (SIM_MANY_WRITERS | SIM_UNCHECKED)) == 0)
        return SIM_E_TWO_WRITERS;
    if (use->kind != SIM_KIND_FIFO)
        return 0;
    return use->direction == SIM_OUT ? E_TWO_PUTTERS : E_TWO_READERS;
}

static void check_uses(struct sim *sim, struct use *uses, uint32_t count)
{
    qsort(uses, count, sizeof *uses, compare_uses);
    for (uint32_t i = 0; i < count; i++) {
        int number = 0;

        if (uses[i].kind == SIM_KIND_CLOCK && uses[i].direction == SIM_OUT)
            number = E_CLOCK_WRITTEN;
        else if (i > 0 && uses[i - 1].channel == uses[i].channel &&
                 uses[i - 1].direction == uses[i].direction)
            number = second_use(&uses[i]);
        if (number != 0)
            sim_report(sim, SIM_ERROR, number,
                       number == E_CLOCK_WRITTEN
                           ? "port %s would write a clock"
                           : "port %s: another has the channel already",
                       sim_object_name(sim, uses[i].port->id));
    }
}

/* Ports are objects: hooks may still make some, before this. */
static void complete_all(struct sim *sim)
{
    struct use *uses = NULL;
    uint32_t count = 0, size = 0;

    for (uint32_t id = 0; id < sim->objects_count; id++) {
        struct sim_port *port = sim->objects[id].object;

        if (!is_port(&sim->objects[id]))
            continue;
        complete(port);
        check_count(port);
        if (port->direction == SIM_ANY_WAY || port->is_outer)
            continue;
        for (uint32_t c = 0; c < port->count; c++) {
            ROOM(sim, uses, count, size);
            uses[count++] =
                (struct use){ port, port->channels[c].channel,
                              port->channels[c].kind, port->direction };
        }
    }
    if (count > 0)
        check_uses(sim, uses, count);
    for (struct finding *each = sim->ports->findings; each; each = each->next) {
        for (uint32_t c = 0; c < each->port->count; c++)
            sim_sensitive(each->process,
                          each->finder(each->port->channels[c].channel,
                                       each->port->channels[c].kind));
    }
}

void sim_sensitive_to(struct sim_process *process, struct sim_port *port,
                      sim_finder finder)
{
    struct sim_port_rest *rest = rest_of(port->sim);
    struct finding *finding = sim_alloc(port->sim, sizeof *finding);

    *finding = (struct finding){ NULL, process, port, finder };
    *rest->findings_end = finding;
    rest->findings_end = &finding->next;
}

static struct sim_event *find_edge(void *channel, unsigned kind,
                                   enum sim_edge edge)
{
    struct sim_clock *clock = channel;

    assert(kind == SIM_KIND_SIGNAL || kind == SIM_KIND_CLOCK);
    if (kind == SIM_KIND_SIGNAL)
        return sim_signal_event(channel, edge);
    return edge == SIM_CHANGED   ? &clock->changed
           : edge == SIM_POSEDGE ? &clock->posedge
                                 : &clock->negedge;
}

struct sim_event *sim_find_changed(void *channel, unsigned kind)
{
    return find_edge(channel, kind, SIM_CHANGED);
}

struct sim_event *sim_find_posedge(void *channel, unsigned kind)
{
    return find_edge(channel, kind, SIM_POSEDGE);
}

struct sim_event *sim_find_negedge(void *channel, unsigned kind)
{
    return find_edge(channel, kind, SIM_NEGEDGE);
}

uint64_t sim_port_read(const struct sim_port *port)
{
    assert(port->kind == SIM_KIND_SIGNAL && port->channel != NULL);
    return port->bound == SIM_KIND_CLOCK ? sim_clock_read(port->channel)
                                         : sim_signal_read(port->channel);
}

bool sim_port_changed(const struct sim_port *port)
{
    assert(port->kind == SIM_KIND_SIGNAL && port->channel != NULL);
    return port->bound == SIM_KIND_CLOCK ? sim_clock_changed(port->channel)
                                         : sim_signal_changed(port->channel);
}

struct sim_event *sim_port_event(const struct sim_port *port,
                                 enum sim_edge edge)
{
    assert(port->channel != NULL);
    return find_edge(port->channel, port->bound, edge);
}

uint32_t sim_object_new(struct sim *sim, unsigned kind, const char *name,
                        void *object)
{
    assert(kind >= SIM_KIND_OWN && object != NULL);
    return object_new(sim, (enum sim_kind)kind, name, object);
}

void sim_object_release(struct sim *sim, uint32_t id)
{
    struct offer **link = &rest_of(sim)->offers, *ended;

    while ((ended = *link) != NULL) {
        if (ended->id != id) {
            link = &ended->next;
            continue;
        }
        *link = ended->next;
        kernel_give_back(sim, ended, sizeof *ended);
    }
    object_release(sim, id);
}

void sim_offer(struct sim *sim, uint32_t id, unsigned kind, void *interface)
{
    struct sim_port_rest *rest = rest_of(sim);
    struct offer *offer = sim_alloc(sim, sizeof *offer);

    *offer = (struct offer){ rest->offers, id, kind, interface };
    rest->offers = offer;
}
