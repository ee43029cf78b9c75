/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two masters on one bus.  The bus is a channel of the model's own: masters
 * reach it through ports, by its interface, and an arbiter grants it at each
 * rising edge of the clock to the master that comes first.
 */
#include <kernel/clock.h>
#include <kernel/port.h>
#include <kernel/process.h>
#include <stdio.h>

#define MASTERS 2

enum { BUS_INTERFACE = SIM_KIND_OWN, BUS };

/* What a master may do; false as sim_wait(). */
struct bus_interface {
    bool (*read)(void *bus, int master, int address, int *data);
    void *bus;
};

struct bus {
    struct bus_interface interface;
    struct sim *sim;
    uint32_t id;
    bool asked[MASTERS];
    struct sim_event granted[MASTERS];
    struct sim_process arbiter;
};

struct master {
    struct sim *sim;
    struct sim_port bus;
    struct sim_process process;
    int number;
};

static int now(const struct sim *sim)
{
    return (int)(sim_now(sim) / SIM_NS);
}

static bool bus_read(void *module, int master, int address, int *data)
{
    struct bus *bus = module;

    bus->asked[master] = true;
    if (!sim_wait_event(bus->sim, &bus->granted[master]))
        return false;
    *data = address * address;
    return true;
}

static void bus_arbitrate(void *module)
{
    struct bus *bus = module;

    for (int master = 0; master < MASTERS; master++) {
        if (!bus->asked[master])
            continue;
        printf("%d ns: granted to master %d\n", now(bus->sim), master);
        bus->asked[master] = false;
        sim_notify_delta(&bus->granted[master]);
        return;
    }
}

static void bus_init(struct bus *bus, struct sim *sim, const char *name,
                     struct sim_event *edge)
{
    *bus = (struct bus){ .interface = { bus_read, bus }, .sim = sim };
    bus->id = sim_object_new(sim, BUS, name, bus);
    sim_offer(sim, bus->id, BUS_INTERFACE, &bus->interface);
    for (int master = 0; master < MASTERS; master++)
        sim_event_init(&bus->granted[master], sim, NULL);
    sim_method_init(&bus->arbiter, sim, "arbiter", bus_arbitrate, bus);
    sim_sensitive(&bus->arbiter, edge);
    sim_dont_initialize(&bus->arbiter);
}

static void master_run(void *module)
{
    struct master *master = module;
    const struct bus_interface *bus = master->bus.channel;
    int data;

    for (int address = 1; address <= 3; address++) {
        if (!bus->read(bus->bus, master->number, address + 10 * master->number,
                       &data))
            return;
        printf("%d ns: master %d read %d\n", now(master->sim), master->number,
               data);
        if (!sim_wait_for(master->sim,
                          (sim_time)(12 + master->number) * SIM_NS))
            return;
    }
}

int main(void)
{
    struct sim *sim = sim_new();
    struct sim_clock clock;
    struct bus bus;
    struct master masters[MASTERS];

    sim_clock_init(&clock, sim, "clock", 10 * SIM_NS);
    bus_init(&bus, sim, "bus", &clock.posedge);
    for (int i = 0; i < MASTERS; i++) {
        masters[i].sim = sim;
        masters[i].number = i;
        sim_port_init(&masters[i].bus, sim, NULL, BUS_INTERFACE);
        sim_port_bind(&masters[i].bus, bus.id);
        sim_thread_init(&masters[i].process, sim, NULL, master_run,
                        &masters[i]);
    }
    sim_run_until(sim, 95 * SIM_NS);
    sim_free(sim);
    return 0;
}
