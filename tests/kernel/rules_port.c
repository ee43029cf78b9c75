/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of ports, of channels that a model brings, of exports. */
#include "kernel/port.h"
#include "kernel/signal.h"
#include "tests/kernel/rules.h"

/* An interface of the model's own: who talks. */
enum { TALK = SIM_KIND_OWN, OTHER };

struct talk {
    int (*say)(void *self, int x);
    void *self;
};

struct talker {
    struct talk talk; /* what ports for TALK get */
    uint32_t id;
    int n;
};

static int talker_say(void *self, int x)
{
    return x * 10 + ((struct talker *)self)->n;
}

static void talker_init(struct talker *talker, struct sim *sim,
                        const char *name, int n)
{
    *talker = (struct talker){ { talker_say, talker }, 0, n };
    talker->id = sim_object_new(sim, OTHER, name, talker);
    sim_offer(sim, talker->id, TALK, &talker->talk);
}

struct listening_world {
    struct world *w;
    struct sim_port all, in;
};

static void on_rise(void *module)
{
    struct listening_world *listener = module;
    int now = (int)now_of(listener->w);

    for (uint32_t i = 0; i < listener->all.count; i++) {
        struct talk *talk = listener->all.channels[i].channel;

        add(listener->w, "%d", talk->say(talk->self, now));
    }
}

static void r78(struct world *w)
{
    struct sim *sim = w->sim;
    struct talker a, b, c;
    struct sim_port out, all, in;
    struct listening_world listener = { .w = w };
    struct sim_process method;

    talker_init(&a, sim, "a", 1);
    talker_init(&b, sim, "b", 2);
    sim_enter(sim, "c");
    talker_init(&c, sim, "inner", 3);
    sim_export_init(&out, sim, "out", TALK);
    sim_port_bind(&out, c.id);
    sim_leave(sim);
    sim_enter(sim, "s");
    sim_port_init(&all, sim, "all", TALK);
    sim_port_init(&in, sim, "in", SIM_KIND_SIGNAL);
    sim_enter(sim, "l");
    sim_port_init(&listener.all, sim, "all", TALK);
    sim_port_init(&listener.in, sim, "in", SIM_KIND_SIGNAL);
    sim_leave(sim);
    sim_leave(sim);
    sim_port_set_count(&all, 1, 0);
    sim_port_set_count(&listener.all, 1, 0);
    sim_port_bind(&listener.all, all.id);
    sim_port_bind(&listener.in, in.id);
    sim_method_init(&method, sim, "rise", on_rise, &listener);
    sim_sensitive_to(&method, &listener.in, sim_find_posedge);
    sim_dont_initialize(&method);
    sim_clock_init(&w->clock, sim, "k", 10);
    sim_clock_set_shape(&w->clock, 0.5, 4, true);
    sim_port_bind(&all, a.id);
    sim_port_bind(&all, out.id);
    sim_port_bind(&all, b.id);
    sim_port_bind(&in, w->clock.id);
    run_for(w, 30);
    answer(w, "a multiport through a shell to two channels and an export, a "
              "clock on its bool port: answers at each rise");
    sim_free(sim); /* before what lies here goes */
    w->sim = NULL;
}

/* Two ports of one direction on one channel; what the start says of it. */
static void two_ports(struct world *w, unsigned kind, uint32_t id,
                      enum sim_direction direction, const char *what)
{
    struct sim_port a, b;

    sim_port_init(&a, w->sim, "a", kind);
    sim_port_init(&b, w->sim, "b", kind);
    sim_port_set_direction(&a, direction);
    sim_port_set_direction(&b, direction);
    sim_port_bind(&a, id);
    sim_port_bind(&b, id);
    run_for(w, 1);
    add_error(w);
    answer(w, what);
    sim_free(w->sim);
    w->sim = NULL;
}

static void r79(struct world *w)
{
    two_ports(w, SIM_KIND_SIGNAL, w->s.id, SIM_OUT,
              "two output ports on one signal");
}

static void r82(struct world *w)
{
    sim_fifo_init(&w->fifo, w->sim, "f", sizeof(int), 2);
    two_ports(w, SIM_KIND_FIFO, w->fifo.id, SIM_IN,
              "two ports that get from one fifo");
}

static void r83(struct world *w)
{
    sim_fifo_init(&w->fifo, w->sim, "f", sizeof(int), 2);
    two_ports(w, SIM_KIND_FIFO, w->fifo.id, SIM_OUT,
              "two ports that put into one fifo");
}

/* A port for TALK with so many channels on it. */
static void count_on_port(struct world *w, unsigned most, int bound,
                          const char *what)
{
    struct talker talkers[3];
    struct sim_port port;

    sim_port_init(&port, w->sim, "p", TALK);
    sim_port_set_count(&port, 1, most);
    for (int i = 0; i < bound; i++) {
        talker_init(&talkers[i], w->sim, NULL, i);
        sim_port_bind(&port, talkers[i].id);
    }
    run_for(w, 1);
    add_error(w);
    answer(w, what);
    sim_free(w->sim);
    w->sim = NULL;
}

static void r80(struct world *w)
{
    count_on_port(w, 1, 0, "a port that is not bound");
}

static void r81(struct world *w)
{
    count_on_port(w, 2, 3, "three channels on a port for two");
}

static void r84(struct world *w)
{
    struct talker a, inner;
    struct sim_port out, port;

    talker_init(&a, w->sim, "a", 1);
    talker_init(&inner, w->sim, "inner", 3);
    sim_export_init(&out, w->sim, "out", TALK);
    sim_port_bind(&out, inner.id);
    sim_port_bind(&out, a.id);
    add_error(w);
    sim_port_init(&port, w->sim, "p", TALK);
    sim_port_set_count(&port, 1, 0);
    sim_port_bind(&port, a.id);
    sim_port_bind(&port, a.id);
    add_error(w);
    answer(w, "an export bound twice, a multiport bound to one channel twice");
    sim_free(w->sim);
    w->sim = NULL;
}

static void r85(struct world *w)
{
    struct sim_port out;

    sim_export_init(&out, w->sim, "out", TALK);
    run_for(w, 1);
    add_error(w);
    answer(w, "an export that is not bound");
    sim_free(w->sim);
    w->sim = NULL;
}

static void r86(struct world *w)
{
    struct sim_port port;

    sim_clock_init(&w->clock, w->sim, "k", 10);
    sim_port_init(&port, w->sim, "out", SIM_KIND_SIGNAL);
    sim_port_set_direction(&port, SIM_OUT);
    sim_port_bind(&port, w->clock.id);
    run_for(w, 1);
    add_error(w);
    answer(w, "an output port on a clock");
    sim_free(w->sim);
    w->sim = NULL;
}

static void r87_a(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 5);
    sim_wait_for(w->sim, 0);
    add(w, "%d", (int)sim_signal_read(&w->s));
}

static void r87_b(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 5);
    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 6);
    sim_wait_for(w->sim, 0);
    add(w, "%d", (int)sim_signal_read(&w->s));
}

static void r87(struct world *w)
{
    sim_signal_set_kinds(&w->s, SIM_UNCHECKED);
    thread_of(w, r87_a);
    thread_of(w, r87_b);
    run_for(w, 1000);
    answer(w, "a signal whose writers are not checked, two write at 1, one at "
              "2");
}

const struct rule port_rules[] = {
    { "R78", r78 }, { "R79", r79 }, { "R80", r80 }, { "R81", r81 },
    { "R82", r82 }, { "R83", r83 }, { "R84", r84 }, { "R85", r85 },
    { "R86", r86 }, { "R87", r87 }, { NULL, NULL },
};
