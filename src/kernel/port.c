/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/port.h"

#include "kernel/internal.h"

void sim_port_init(struct sim_port *port, struct sim *sim, const char *name,
                   enum sim_kind kind)
{
    *port = (struct sim_port){ .sim = sim, .kind = kind, .next = sim->ports };
    sim->ports = port;
    port->id = object_new(sim, SIM_KIND_PORT, name, port);
}

static void check_kind(struct sim_port *port, enum sim_kind kind, uint32_t id)
{
    if (kind != port->kind)
        sim_report(port->sim, SIM_ERROR, SIM_E_WRONG_KIND,
                   "port %s is not for %s",
                   sim_object_name(port->sim, port->id),
                   sim_object_name(port->sim, id));
}

void sim_port_bind(struct sim_port *port, uint32_t id)
{
    check_kind(port, sim_object_kind(port->sim, id), id);
    port->channel = sim_object(port->sim, id);
}

void sim_port_bind_port(struct sim_port *port, struct sim_port *outer)
{
    check_kind(port, outer->kind, outer->id);
    port->outer = outer;
}

void port_complete_all(struct sim *sim)
{
    for (struct sim_port *port = sim->ports; port != NULL; port = port->next) {
        const struct sim_port *from = port;

        while (from->channel == NULL && from->outer != NULL)
            from = from->outer;
        port->channel = from->channel;
        if (port->channel == NULL)
            sim_report(sim, SIM_ERROR, SIM_E_NOT_BOUND, "port %s is not bound",
                       sim_object_name(sim, port->id));
    }
}
