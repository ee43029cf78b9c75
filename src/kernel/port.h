/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/object.h"

struct sim_process;

/*
 * A named place where a module expects a channel.  A plain pointer does as well
 * where modules are wired by hand; a port is checked: that what is bound is of
 * the right kind (else error 107), and, when elaboration ends, that as much is
 * bound as it asks for, perhaps through ports of the modules around and exports
 * of those within (else error 109).  A port for a signal takes a clock, too.
 * Nothing here is linked unless it is used.
 */
struct sim_bound {
    void *channel;
    unsigned kind; /* of the object, not of the interface */
};

struct sim_port {
    struct sim *sim;
    unsigned kind;
    uint32_t id;
    struct sim_binding *bindings; /* as they were made */
    uint32_t made, made_size;
    unsigned least, most;
    uint8_t direction; /* enum sim_direction */
    bool is_export, is_outer, complete;
    /* Once elaboration has ended: the first of what it is bound to, */
    void *channel;
    unsigned bound;             /* what that is, */
    uint32_t count;             /* how many there are, */
    struct sim_bound *channels; /* and all, in the order of binding */
};

void sim_port_init(struct sim_port *port, struct sim *sim, const char *name,
                   unsigned kind);

/*
 * A port takes one channel.  It may take `least` (0: it need not be bound) to
 * `most` (0: any number).
 */
void sim_port_set_count(struct sim_port *port, unsigned least, unsigned most);

/*
 * Who writes (or puts), and who gets: of a signal with one writer a second port
 * that writes is error 115, of a fifo a second that puts 105, one that gets
 * 104; a clock is written by none (128).  Of ports that are bound to each other
 * only the innermost counts.
 */
enum sim_direction { SIM_ANY_WAY, SIM_IN, SIM_OUT };
void sim_port_set_direction(struct sim_port *port,
                            enum sim_direction direction);

/* To what has this number: signal.id, fifo.id, port.id, export.id, ...; what is
 * bound twice is error 107. */
void sim_port_bind(struct sim_port *port, uint32_t id);

/*
 * An export: a port the other way, by which a module offers a channel, or an
 * export, within it.  It is bound to one; a second is error 126, none when
 * elaboration ends 109.
 */
void sim_export_init(struct sim_port *port, struct sim *sim, const char *name,
                     unsigned kind);

/*
 * Sensitivity to an event that is found when elaboration ends: of each channel
 * that the port is bound to, find(channel, its kind).
 */
typedef struct sim_event *(*sim_finder)(void *channel, unsigned kind);
void sim_sensitive_to(struct sim_process *process, struct sim_port *port,
                      sim_finder finder);

/* Of a port for a signal, bound to signals or clocks. */
struct sim_event *sim_find_changed(void *channel, unsigned kind);
struct sim_event *sim_find_posedge(void *channel, unsigned kind);
struct sim_event *sim_find_negedge(void *channel, unsigned kind);

/*
 * A model's own channels, and whatever else is to have a name: a number of
 * kinds from SIM_KIND_OWN on means an interface, such as a struct of functions.
 * The number of the object is for ports to be bound to.
 */
uint32_t sim_object_new(struct sim *sim, unsigned kind, const char *name,
                        void *object);
void sim_object_release(struct sim *sim, uint32_t id);

/* The object offers this interface, too: what a port of that kind gets. */
void sim_offer(struct sim *sim, uint32_t id, unsigned kind, void *interface);
