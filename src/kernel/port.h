/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_PORT_H
#define KERNEL_PORT_H

#include "kernel/object.h"

/*
 * A named place where a module expects a channel.  A plain pointer does as well
 * where modules are wired by hand; a port is checked: that what is bound is of
 * the right kind (else error 107), and, when elaboration ends, that something
 * is bound, perhaps through ports of the modules around (else error 109).
 */
struct sim_port {
    struct sim *sim;
    struct sim_port *next;
    struct sim_port *outer;
    enum sim_kind kind;
    uint32_t id;
    void *channel;
};

void sim_port_init(struct sim_port *port, struct sim *sim, const char *name,
                   enum sim_kind kind);

/* To the channel with this object number: signal.id, fifo.id, ... */
void sim_port_bind(struct sim_port *port, uint32_t id);
void sim_port_bind_port(struct sim_port *port, struct sim_port *outer);

/* The channel, once elaboration has ended. */
static inline void *sim_port_channel(const struct sim_port *port)
{
    return port->channel;
}

#endif
