/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of processes that reset, suspend and kill each other: they act on
 * w->processes, in the order in which those were made. */
#include "tests/kernel/rules.h"

static void say_m(void *module)
{
    add(module, "m");
}

static void say_t_forever(void *module)
{
    struct world *w = module;

    add(w, "t");
    while (sim_wait_for(w->sim, 900))
        continue;
}

static void r47_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    add(w, "<");
    sim_reset(&w->processes[0]);
    sim_reset(&w->processes[1]);
    add(w, ">");
}

static void r47(struct world *w)
{
    method_at_start(w, say_m);
    thread_of(w, say_t_forever);
    run_for(w, 5);
    thread_of(w, r47_control);
    run_for(w, 1000);
    answer(w, "a thread resets a method and a thread");
}

static void r48_target(void *module)
{
    struct world *w = module;

    add(w, "begin%llu", now_of(w));
    while (sim_wait_event(w->sim, &w->e))
        add(w, "woke%llu", now_of(w));
}

static void r48_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 5);
    sim_suspend(w->target);
    sim_wait_for(w->sim, 5);
    sim_reset(w->target);
    sim_wait_for(w->sim, 5);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 5);
    sim_resume(w->target);
}

static void r48(struct world *w)
{
    w->target = thread_of(w, r48_target);
    thread_of(w, r48_control);
    run_for(w, 1000);
    answer(w, "suspended at 5, reset at 10, event at 15, resumed at 20");
}

static void r49_method(void *module)
{
    struct world *w = module;

    add(w, "%d", ++w->count);
    if (w->count < 4)
        sim_reset(sim_current(w->sim));
}

static void say_t(void *module)
{
    add(module, "t");
}

static void r49(struct world *w)
{
    method_at_start(w, r49_method);
    thread_of(w, say_t);
    run_for(w, 1000);
    answer(w, "a method resets itself three times, beside another process");
}

static void r62_thread(void *module)
{
    struct world *w = module;

    add(w, "%d", ++w->count);
    if (w->count < 3)
        sim_reset(sim_current(w->sim));
    else if (sim_wait_for(w->sim, 2))
        add(w, "end%llu", now_of(w));
}

static void r62(struct world *w)
{
    thread_of(w, r62_thread);
    thread_of(w, say_t);
    run_for(w, 1000);
    answer(w, "a thread resets itself twice, beside another process");
}

static void rival_a(void *module)
{
    struct world *w = module;

    add(w, "A");
    if (!sim_wait_event(w->sim, &w->e))
        return;
    add(w, "a<");
    if (sim_reset(&w->processes[1]))
        add(w, "a>");
}

static void r63_b(void *module)
{
    struct world *w = module;

    add(w, "B");
    if (++w->count == 2) {
        sim_reset(&w->processes[0]);
        add(w, "b>");
    }
    if (sim_wait_for(w->sim, 9))
        add(w, "b%llu", now_of(w));
}

static void go_then_look(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 1);
    add(w, "|");
}

static void r63(struct world *w)
{
    thread_of(w, rival_a);
    thread_of(w, r63_b);
    thread_of(w, go_then_look);
    run_for(w, 1000);
    answer(w, "A resets B, which resets A meanwhile");
}

static void r64_b(void *module)
{
    struct world *w = module;

    add(w, "B");
    if (++w->count == 2)
        sim_kill(&w->processes[0]);
    add(w, "b");
    if (sim_wait_for(w->sim, 9))
        add(w, "b%llu", now_of(w));
}

static void r64_look(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 1);
    add(w, "|%d", sim_has_ended(&w->processes[0]));
}

static void r64(struct world *w)
{
    thread_of(w, rival_a);
    thread_of(w, r64_b);
    thread_of(w, r64_look);
    run_for(w, 1000);
    answer(w, "A resets B, which kills A meanwhile");
}

static void r65_method(void *module)
{
    struct world *w = module;

    add(w, "m<");
    if (w->count == 0 || w->count == 2)
        return;
    sim_reset(&w->processes[1]);
    add(w, "m>");
}

static void r65_target(void *module)
{
    struct world *w = module;

    add(w, "B");
    while (sim_wait_for(w->sim, 3))
        add(w, "b%llu", now_of(w));
}

static void r65_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    w->count = 1;
    sim_reset(&w->processes[0]);
    w->count = 2;
    add(w, "|");
}

static void r65(struct world *w)
{
    method_at_start(w, r65_method);
    thread_of(w, r65_target);
    thread_of(w, r65_control);
    run_for(w, 8);
    answer(w, "a thread resets a method, which resets a thread");
}

static void r66_target(void *module)
{
    struct world *w = module;

    add(w, "begin");
    if (sim_wait_event(w->sim, &w->e))
        add(w, "woke");
}

static void r66_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 5);
    sim_notify(&w->e);
    sim_reset(&w->processes[0]);
    add(w, "|");
    sim_wait_for(w->sim, 1);
    add(w, "6");
}

static void r66(struct world *w)
{
    thread_of(w, r66_target);
    thread_of(w, r66_control);
    run_for(w, 1000);
    answer(w, "a thread is woken, then reset in the same phase");
}

static void r68_method(void *module)
{
    struct world *w = module;

    add(w, "%llu", now_of(w));
    if (now_of(w) < 5)
        sim_suspend(&w->processes[0]);
}

static void r68_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 6);
    add(w, "|");
    sim_resume(&w->processes[0]);
    sim_wait_for(w->sim, 1);
    add(w, "end");
}

static void r68(struct world *w)
{
    method_at_start(w, r68_method);
    thread_of(w, r68_control);
    run_for(w, 1000);
    answer(w, "a method suspends itself when it runs at 0, resumed at 6: runs "
              "at");
}

static void r69_t(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 20);
    add(w, "t%llu", now_of(w));
}

static void r69_u(void *module)
{
    struct world *w = module;

    sim_wait_event(w->sim, &w->e);
    add(w, "u%llu", now_of(w));
}

static void r69_m(void *module)
{
    struct world *w = module;

    add(w, "m%llu", now_of(w));
    if (now_of(w) < 9)
        sim_next_trigger_after(w->sim, 9);
}

static void r69_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_disable(&w->processes[0]);
    add_error(w);
    sim_disable(&w->processes[2]);
    add_error(w);
    sim_suspend(&w->processes[1]);
    sim_disable(&w->processes[1]);
    sim_resume(&w->processes[1]);
    add_error(w);
    sim_wait_for(w->sim, 1);
    sim_enable(&w->processes[1]);
    sim_notify(&w->e);
}

static void r69(struct world *w)
{
    thread_of(w, r69_t);
    thread_of(w, r69_u);
    method_at_start(w, r69_m);
    thread_of(w, r69_control);
    run_for(w, 1000);
    answer(w, "errors: disable a thread, a method that wait for a time, resume "
              "who is disabled and suspended; who runs when");
}

static void r70_target(void *module)
{
    struct world *w = module;

    while (sim_wait_event(w->sim, &w->e))
        add(w, "t%llu", now_of(w));
}

static void r70_control(void *module)
{
    struct world *w = module;
    struct sim_process *t = &w->processes[0];

    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_suspend(t);
    sim_wait_for(w->sim, 1);
    sim_resume(t);
    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_suspend(t);
    sim_resume(t);
    sim_wait_for(w->sim, 1);
    sim_suspend(t);
    sim_notify_delta(&w->e);
    sim_wait_for(w->sim, 1);
    sim_disable(t);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 1);
    sim_enable(t);
    sim_resume(t);
    sim_wait_for(w->sim, 1);
    sim_disable(t);
    sim_notify(&w->e);
    sim_enable(t);
    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_disable(t);
    sim_wait_for(w->sim, 1);
    sim_enable(t);
    sim_notify(&w->e);
    sim_kill(t);
}

static void r70(struct world *w)
{
    thread_of(w, r70_target);
    thread_of(w, r70_control);
    run_for(w, 1000);
    answer(w, "woken and suspended, resumed; woken while suspended or "
              "disabled: runs at");
}

const struct rule control_rules[] = {
    { "R47", r47 }, { "R48", r48 }, { "R49", r49 }, { "R62", r62 },
    { "R63", r63 }, { "R64", r64 }, { "R65", r65 }, { "R66", r66 },
    { "R68", r68 }, { "R69", r69 }, { "R70", r70 }, { NULL, NULL },
};
