/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is a line in SystemC and in C: the lines of doc/kernel.md, in use. */
#include <kernel/clock.h>
#include <kernel/port.h>
#include <kernel/process.h>
#include <kernel/report.h>
#include <kernel/signal.h>
#include <kernel/value.h>
#include <kernel/vcd.h>
#include <stdio.h>

struct point {
    int x, y;
};

struct module {
    struct sim *sim;
    struct sim_port clock;
    struct sim_value where;
    struct sim_event a, b;
    struct sim_process step, look, wait;
};

static int now(const struct sim *sim)
{
    return (int)(sim_now(sim) / SIM_NS);
}

/* At each rising edge of what the port is bound to. */
static void step_run(void *self)
{
    struct module *module = self;
    struct point point = *(const struct point *)sim_value_read(&module->where);

    point.x++;
    point.y += point.x;
    sim_value_write(&module->where, &point);
    if (point.x == 2)
        sim_notify(&module->a);
    if (point.x == 4)
        sim_notify(&module->b);
}

static void look_run(void *self)
{
    struct module *module = self;
    const struct point *point = sim_value_read(&module->where);

    printf("%d ns: %d, %d\n", now(module->sim), point->x, point->y);
}

static void wait_run(void *self)
{
    struct module *module = self;
    struct sim_event *events[] = { &module->a, &module->b };
    struct sim *sim = module->sim;

    if (sim_wait_list(sim, SIM_ANY, events, 2, 50 * SIM_NS))
        printf("%d ns: a or b\n", now(sim));
    if (sim_wait_list(sim, SIM_ALL, events, 2, 25 * SIM_NS))
        printf("%d ns: a and b\n", now(sim));
    else if (sim_leaving(sim) == SIM_STAYS)
        printf("%d ns: too late\n", now(sim));
    sim_report(sim, SIM_ERROR, 10001, "the model's own trouble");
}

int main(int argc, char **argv)
{
    struct sim *sim = sim_new();
    struct module module = { .sim = sim };
    struct sim_clock clock;
    struct sim_vcd *vcd = NULL;

    sim_clock_init(&clock, sim, "clock", 10 * SIM_NS);
    sim_port_init(&module.clock, sim, "in", SIM_KIND_SIGNAL);
    sim_port_bind(&module.clock, clock.id);
    sim_value_init(&module.where, sim, "where", sizeof(struct point), NULL);
    sim_event_init(&module.a, sim, "a");
    sim_event_init(&module.b, sim, "b");
    sim_method_init(&module.step, sim, "step", step_run, &module);
    sim_sensitive_to(&module.step, &module.clock, sim_find_posedge);
    sim_dont_initialize(&module.step);
    sim_method_init(&module.look, sim, "look", look_run, &module);
    sim_sensitive(&module.look, &module.where.changed);
    sim_dont_initialize(&module.look);
    sim_thread_init(&module.wait, sim, "wait", wait_run, &module);
    if (argc > 1)
        vcd = sim_vcd_open(sim, argv[1], false);
    if (vcd != NULL)
        sim_vcd_clock(vcd, &clock, "top.clock");
    sim_reports(sim)->actions[SIM_ERROR] = SIM_FAIL;
    if (sim_run_until(sim, 100 * SIM_NS) == SIM_FAILED)
        printf("error %d\n", sim_catch(sim));
    sim_free(sim);
    return 0;
}
