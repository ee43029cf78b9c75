/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of threads that leave, and of reset signals. */
#include "kernel/reset.h"
#include "tests/kernel/rules.h"

/* Waits, and true if it is to leave; what is thrown is said, and no reason. */
static bool leaves(struct world *w, bool waited)
{
    return !waited && sim_leaving(w->sim) != SIM_STAYS;
}

/* These rules are of what threads are told. */
static struct sim_process *told(struct world *w, sim_function function)
{
    struct sim_process *process = thread_of(w, function);

    process->cleanup = NULL;
    return process;
}

static void r71_target(void *module)
{
    struct world *w = module;

    add(w, "begin");
    if (!sim_wait_event(w->sim, &w->e))
        add(w, sim_leaving(w->sim) == SIM_RESET ? "reset%llu" : "killed%llu",
            now_of(w));
    else
        add(w, "woke");
}

static void r71_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 3);
    add(w, "<");
    sim_reset(w->target);
    add(w, "|");
    sim_wait_for(w->sim, 1);
    sim_kill(w->target);
    add(w, ">%d", sim_has_ended(w->target));
    sim_notify(&w->e);
}

static void r71(struct world *w)
{
    w->target = told(w, r71_target);
    thread_of(w, r71_control);
    run_for(w, 1000);
    answer(w, "a thread that cleans up is reset at 3, killed at 4");
}

static void r72_target(void *module)
{
    struct world *w = module;

    for (int i = 0; i < 4; i++) {
        if (sim_wait_event(w->sim, &w->e))
            add(w, "woke%llu", now_of(w));
        else if (sim_leaving(w->sim) == SIM_THROWN)
            add(w, "caught%d-%llu", *(int *)sim_thrown(w->sim), now_of(w));
        else
            return;
    }
    add(w, "end");
}

static void nothing(void *module)
{
    (void)module;
}

static int warnings(struct world *w)
{
    return (int)sim_reports(w->sim)->counts[SIM_WARNING];
}

static void r72_control(void *module)
{
    static int numbers[] = { 5, 6, 7, 8, 9 };
    struct world *w = module;

    sim_wait_for(w->sim, 2);
    add(w, "<");
    sim_throw(w->target, &numbers[2]);
    add(w, ">");
    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 1);
    sim_throw(w->target, &numbers[3]);
    add(w, "w%d", warnings(w));
    sim_throw(&w->processes[1], &numbers[4]);
    add(w, "w%d", warnings(w));
    sim_notify(&w->e);
    sim_throw(w->target, &numbers[0]);
    add(w, "%d", sim_has_ended(w->target));
    sim_throw(w->target, &numbers[1]);
}

static void r72(struct world *w)
{
    w->target = told(w, r72_target);
    method_at_start(w, nothing);
    thread_of(w, r72_control);
    run_for(w, 1000);
    answer(w, "7 is thrown at a thread at 2, its event is at 3, 8 thrown at 4, "
              "at a method too, then woken and 5 thrown");
}

static void r73_high(void *module)
{
    struct world *w = module;

    add(w, "b%llu", now_of(w));
    while (sim_wait(w->sim))
        add(w, "%llu", now_of(w));
}

static void r73_low(void *module)
{
    struct world *w = module;

    add(w, "B%llu", now_of(w));
    if (!sim_wait_count(w->sim, 2))
        return;
    add(w, "t%llu", now_of(w));
    while (sim_wait_for(w->sim, 7))
        continue;
}

static void r73_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 25);
    sim_signal_write(&w->s, 0);
    sim_wait_for(w->sim, 20);
    sim_signal_write(&w->s, 1);
    sim_wait_for(w->sim, 21);
    sim_signal_write(&w->s, 0);
}

static void r73(struct world *w)
{
    struct sim_process *high = thread_of(w, r73_high),
                       *low = thread_of(w, r73_low);

    sim_clock_init(&w->clock, w->sim, "c", 10);
    w->s.value = w->s.next = 1; /* its first value */
    sim_sensitive(high, &w->clock.posedge);
    sim_reset_by(high, &w->s, true, SIM_SYNCHRONOUS);
    sim_sensitive(low, &w->clock.negedge);
    sim_reset_by(low, &w->s, false, SIM_SYNCHRONOUS);
    thread_of(w, r73_control);
    run_for(w, 90);
    answer(w, "synchronous reset, clock of 10, high until 25 and in 45 .. 66: "
              "a thread; one that is reset by low, waits for 2 edges, then 7s");
}

static void r74_thread(void *module)
{
    struct world *w = module;

    add(w, "b%llu", now_of(w));
    while (sim_wait_for(w->sim, 10))
        add(w, "t%llu", now_of(w));
}

static void r74_method(void *module)
{
    struct world *w = module;

    add(w, "m%llu", now_of(w));
    sim_next_trigger_after(w->sim, 100);
}

static void r74_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 15);
    sim_signal_write(&w->s, 1);
    add(w, "|");
    sim_wait_for(w->sim, 0);
    add(w, "|");
    sim_wait_for(w->sim, 18);
    sim_signal_write(&w->s, 0);
    sim_wait_for(w->sim, 2);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 7);
}

static void r74(struct world *w)
{
    struct sim_process *method = method_at_start(w, r74_method),
                       *thread = thread_of(w, r74_thread);

    sim_sensitive(method, &w->e);
    sim_reset_by(thread, &w->s, true, SIM_ASYNCHRONOUS);
    sim_reset_by(method, &w->s, true, SIM_ASYNCHRONOUS);
    thread_of(w, r74_control);
    run_for(w, 70);
    answer(w, "asynchronous reset at 15, until 33: a thread that waits for "
              "10s, a method that waits for 100");
}

static void r75_target(void *module)
{
    struct world *w = module;

    add(w, "b%llu", now_of(w));
    if (!sim_wait_count(w->sim, 3))
        return;
    add(w, "t%llu", now_of(w));
    while (sim_wait_for(w->sim, 4))
        add(w, "u%llu", now_of(w));
}

static void r75_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 1);
    sim_sync_reset_on(w->target);
    sim_sync_reset_on(w->target);
    add(w, "|");
    for (int i = 0; i < 2; i++) {
        sim_wait_for(w->sim, 1);
        sim_notify(&w->e);
    }
    sim_wait_for(w->sim, 1);
    sim_sync_reset_off(w->target);
    for (int i = 0; i < 3; i++) {
        sim_wait_for(w->sim, 1);
        sim_notify(&w->e);
    }
    sim_wait_for(w->sim, 6);
    sim_sync_reset_on(w->target);
    sim_wait_for(w->sim, 3);
    sim_sync_reset_off(w->target);
    sim_wait_for(w->sim, 1);
    sim_reset(w->target);
    sim_kill(w->target);
}

static void r75(struct world *w)
{
    w->target = thread_of(w, r75_target);
    sim_sensitive(w->target, &w->e);
    thread_of(w, r75_control);
    run_for(w, 70);
    answer(w, "a thread that waits for 3 events, then 4s, held in reset 2 .. 5 "
              "and 14 .. 17, reset at 18, killed: begins, goes on at");
}

static void r76_thread(void *module)
{
    struct world *w = module;

    while (sim_wait(w->sim))
        continue;
}

static void r76_log_thread(void *module)
{
    add(module, "t%llu", now_of(module));
}

static void r76_log_method(void *module)
{
    add(module, "m%llu", now_of(module));
}

static void r76_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 2);
    sim_reset(&w->processes[0]);
    sim_wait_for(w->sim, 0);
    add(w, "|");
    sim_reset(&w->processes[1]);
    sim_wait_for(w->sim, 0);
    add(w, "|");
    sim_wait_for(w->sim, 3);
    sim_signal_write(&w->s, 1);
    sim_wait_for(w->sim, 0);
    sim_wait_for(w->sim, 0);
    add(w, "|");
    sim_signal_write(&w->s, 0);
    sim_wait_for(w->sim, 2);
    sim_signal_write(&w->v, 1);
    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 1);
    sim_notify(&w->f);
    sim_signal_write(&w->v, 0);
    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_notify(&w->f);
}

static void r76(struct world *w)
{
    struct sim_process *thread = thread_of(w, r76_thread),
                       *method = method_at_start(w, nothing);

    sim_reset_by(thread, &w->s, true, SIM_ASYNCHRONOUS);
    sim_reset_by(thread, &w->v, true, SIM_SYNCHRONOUS);
    sim_sensitive(thread, &w->e);
    sim_reset_by(method, &w->v, true, SIM_SYNCHRONOUS);
    sim_sensitive(method, &w->f);
    method_on(w, r76_log_thread, sim_reset_event(thread));
    method_on(w, r76_log_method, sim_reset_event(method));
    thread_of(w, r76_control);
    run_for(w, 70);
    answer(w, "reset events of a thread and a method: reset at 2, asynchronous "
              "at 5, synchronous at 7, their events at 8, 9 and 10");
}

static void wait_forever(void *module)
{
    struct world *w = module;

    while (sim_wait_event(w->sim, &w->e))
        continue;
}

static void r77_leaver(void *module)
{
    struct world *w = module;

    if (leaves(w, sim_wait_event(w->sim, &w->e))) {
        int before = warnings(w);

        sim_kill(w->target);
        sim_reset(w->target);
        sim_throw(w->target, NULL);
        add(w, "w%d", warnings(w) - before);
    }
}

static void r77_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_suspend(&w->processes[0]);
    add_error(w);
    sim_suspend(&w->processes[1]);
    sim_sync_reset_on(&w->processes[1]);
    add_error(w);
    sim_resume(&w->processes[1]);
    sim_kill(w->target);
    add(w, "%d", sim_has_ended(w->target));
}

static void r77(struct world *w)
{
    sim_reset_by(thread_of(w, wait_forever), &w->s, true, SIM_SYNCHRONOUS);
    thread_of(w, wait_forever);
    w->target = told(w, r77_leaver);
    sim_throw(w->target, NULL);
    add_error(w);
    thread_of(w, r77_control);
    run_for(w, 9);
    sim_throw(&w->processes[1], NULL);
    add_error(w);
    answer(w, "errors: throw before, suspend who has a reset signal, hold who "
              "is suspended, kill, reset and throw at who leaves (warnings), "
              "throw after");
}

const struct rule reset_rules[] = {
    { "R71", r71 }, { "R72", r72 }, { "R73", r73 }, { "R74", r74 },
    { "R75", r75 }, { "R76", r76 }, { "R77", r77 }, { NULL, NULL },
};
