/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/kernel/rules.h"

static void r20_a(void *module)
{
    add(module, "A%llu", now_of(module));
}

static void r20_b(void *module)
{
    add(module, "B%llu", now_of(module));
}

static void r20(struct world *w)
{
    sim_sensitive(method_at_start(w, r20_a), &w->e);
    method_on(w, r20_b, &w->e);
    run_for(w, 0);
    answer(w, "initialisation runs (A default, B dont_initialize)");
}

static void r21_method(void *module)
{
    struct world *w = module;

    add(w, "%llu", now_of(w));
    if (++w->count == 1) {
        sim_next_trigger_after(w->sim, 7);
        sim_next_trigger_event(w->sim, &w->f);
    }
}

static void r21_notify(void *module)
{
    struct world *w = module;

    for (int i = 1; i <= 6; i++) {
        sim_wait_for(w->sim, 10);
        sim_notify(i == 3 ? &w->f : &w->e);
    }
}

static void r21(struct world *w)
{
    sim_sensitive(method_at_start(w, r21_method), &w->e);
    thread_of(w, r21_notify);
    run_for(w, 1000);
    answer(w, "next_trigger(7), next_trigger(dy) in the first run; static at "
              "10 20 40 50 60, dy at 30; runs at");
}

static void r22_wait(void *module)
{
    struct world *w = module;

    for (int i = 0; i < 2; i++) {
        sim_wait_count(w->sim, 3);
        add(w, "%llu", now_of(w));
    }
}

static void r22_notify(void *module)
{
    struct world *w = module;

    for (int i = 0; i < 8; i++) {
        sim_wait_for(w->sim, 10);
        sim_notify(&w->e);
    }
}

static void r22(struct world *w)
{
    sim_sensitive(thread_of(w, r22_wait), &w->e);
    thread_of(w, r22_notify);
    run_for(w, 1000);
    answer(w, "wait(3) on an event at 10 20 .. 80 returns at");
}

static void r23_wait(void *module)
{
    struct world *w = module;
    struct sim_event *events[] = { &w->e };

    for (int i = 0; i < 2; i++) {
        bool fired = sim_wait_list(w->sim, SIM_ANY, events, 1, 5);

        add(w, "%llu:%d", now_of(w), fired);
    }
}

static void r23_notify(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 2);
    sim_notify(&w->e);
}

static void r23(struct world *w)
{
    thread_of(w, r23_wait);
    thread_of(w, r23_notify);
    run_for(w, 1000);
    answer(w, "wait(5, e) with e at 2, then none: returns at time:by-event");
}

static void r24_wait(void *module)
{
    struct world *w = module;
    struct sim_event *events[] = { &w->e, &w->f };

    sim_wait_list(w->sim, SIM_ANY, events, 2, SIM_NEVER);
    add(w, "or%llu", now_of(w));
    sim_wait_list(w->sim, SIM_ALL, events, 2, SIM_NEVER);
    add(w, "and%llu", now_of(w));
}

static void r24_notify(void *module)
{
    struct world *w = module;

    for (int i = 0; i < 4; i++) {
        sim_wait_for(w->sim, 1);
        sim_notify(i < 3 ? &w->e : &w->f);
    }
}

static void r24(struct world *w)
{
    thread_of(w, r24_wait);
    thread_of(w, r24_notify);
    run_for(w, 1000);
    answer(w, "a at 1 2 3, b at 4: or, and");
}

static void r37_method(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    add(w, "error %d", sim_catch(w->sim));
}

static void r37(struct world *w)
{
    method_at_start(w, r37_method);
    run_for(w, 1);
    answer(w, "wait in a method");
}

static void r44_target(void *module)
{
    struct world *w = module;

    for (;;) {
        sim_wait_event(w->sim, &w->e);
        add(w, "%llu", now_of(w));
    }
}

static void r44_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 5);
    sim_suspend(w->target);
    sim_wait_for(w->sim, 5);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 5);
    sim_resume(w->target);
    sim_wait_for(w->sim, 5);
    sim_disable(w->target);
    sim_wait_for(w->sim, 5);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 5);
    sim_enable(w->target);
    sim_wait_for(w->sim, 5);
    sim_notify(&w->e);
}

static void r44(struct world *w)
{
    w->target = thread_of(w, r44_target);
    thread_of(w, r44_control);
    run_for(w, 1000);
    answer(w, "suspended 5..15 (event 10), disabled 20..30 (event 25), event "
              "35: runs at");
}

static void r45_method(void *module)
{
    struct world *w = module;
    struct sim_event *events[] = { &w->e };

    add(w, "%llu", now_of(w));
    if (++w->count < 4)
        sim_next_trigger_list(w->sim, SIM_ANY, events, 1, 3);
}

static void r45_notify(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
}

static void r45(struct world *w)
{
    method_at_start(w, r45_method);
    thread_of(w, r45_notify);
    run_for(w, 1000);
    answer(w, "method next_trigger(3, e) with e at 1: runs at");
}

static void r46_method(void *module)
{
    add(module, "%llu", now_of(module));
}

static void r46_notify(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_notify_delta(&w->e);
    sim_notify_delta(&w->f);
    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_notify(&w->f);
    sim_wait_for(w->sim, 1);
    sim_notify_after(&w->e, 2);
    sim_notify_after(&w->f, 2);
}

static void r46(struct world *w)
{
    sim_sensitive(method_on(w, r46_method, &w->e), &w->f);
    thread_of(w, r46_notify);
    run_for(w, 1000);
    answer(w, "two events of one process in one delta (1), one phase (2), one "
              "time (5): runs at");
}

const struct rule process_rules[] = {
    { "R20", r20 }, { "R21", r21 }, { "R22", r22 }, { "R23", r23 },
    { "R24", r24 }, { "R37", r37 }, { "R44", r44 }, { "R45", r45 },
    { "R46", r46 }, { NULL, NULL },
};
