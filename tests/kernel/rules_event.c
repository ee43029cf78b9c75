/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/kernel/rules.h"

/* R01: two notifications, the earlier holds. */
static void r01_run(void *module)
{
    struct world *w = module;

    sim_notify_after(&w->e, 10);
    sim_notify_after(&w->e, 5);
}

static void r01(struct world *w)
{
    log_times(w, &w->e);
    thread_of(w, r01_run);
    run_for(w, 1000);
    answer(w, "notify 10 then 5 fires at");
}

static void r02_run(void *module)
{
    struct world *w = module;

    sim_notify_after(&w->e, 5);
    sim_notify_after(&w->e, 10);
}

static void r02(struct world *w)
{
    log_times(w, &w->e);
    thread_of(w, r02_run);
    run_for(w, 1000);
    answer(w, "notify 5 then 10 fires at");
}

static void r03_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 3);
    sim_notify_after(&w->e, 5);
    sim_notify_delta(&w->e);
}

static void r03(struct world *w)
{
    log_times(w, &w->e);
    thread_of(w, r03_run);
    run_for(w, 1000);
    answer(w, "at 3: notify 5 then delta fires at");
}

static void r04_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 3);
    sim_notify_after(&w->e, 0);
    sim_notify_after(&w->e, 5);
}

static void r04(struct world *w)
{
    log_times(w, &w->e);
    thread_of(w, r04_run);
    run_for(w, 1000);
    answer(w, "at 3: notify delta then 5 fires at");
}

static void r05_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 3);
    sim_notify_after(&w->e, 5);
    sim_notify(&w->e);
}

static void r05(struct world *w)
{
    log_times(w, &w->e);
    thread_of(w, r05_run);
    run_for(w, 1000);
    answer(w, "at 3: notify 5 then immediate fires at");
}

static void r06_run(void *module)
{
    struct world *w = module;

    sim_notify_after(&w->e, 5);
    sim_cancel(&w->e);
    sim_notify_delta(&w->e);
    sim_cancel(&w->e);
    sim_wait_for(w->sim, 9);
    sim_notify(&w->e);
    sim_cancel(&w->e);
}

static void r06(struct world *w)
{
    log_times(w, &w->e);
    thread_of(w, r06_run);
    run_for(w, 1000);
    answer(w, "cancelled 5, cancelled delta, immediate at 9 then cancel, "
              "fires at");
}

static void r07_run(void *module)
{
    struct world *w = module;

    sim_notify_after(&w->e, 20);
    sim_wait_for(w->sim, 15);
    sim_notify_after(&w->e, 10);
}

static void r07(struct world *w)
{
    log_times(w, &w->e);
    thread_of(w, r07_run);
    run_for(w, 1000);
    answer(w, "pending 20, at 15 notify +10, fires at");
}

static void add_deltas(void *module)
{
    struct world *w = module;

    add(w, "%llu", (unsigned long long)deltas_since(w));
}

static void r08_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    w->delta = sim_delta_count(w->sim);
    sim_notify(&w->e);
}

static void r08(struct world *w)
{
    thread_of(w, r08_run);
    method_on(w, add_deltas, &w->e);
    run_for(w, 1000);
    answer(w, "immediate: receiver runs this many deltas later");
}

static void r09_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    w->delta = sim_delta_count(w->sim);
    sim_notify_delta(&w->e);
}

static void r09(struct world *w)
{
    thread_of(w, r09_run);
    method_on(w, add_deltas, &w->e);
    run_for(w, 1000);
    answer(w, "delta: receiver runs this many deltas later");
}

static void r10_notify(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
    sim_wait_for(w->sim, 1);
}

static void r10_wait(void *module)
{
    struct world *w = module;
    struct sim_event *events[] = { &w->e };

    sim_wait_for(w->sim, 2);
    add(w, sim_wait_list(w->sim, SIM_ANY, events, 1, 5) ? "seen" : "lost");
}

static void r10(struct world *w)
{
    thread_of(w, r10_notify);
    thread_of(w, r10_wait);
    run_for(w, 1000);
    answer(w, "immediate notify at 1, first wait at 2");
}

static void r11_self(void *module)
{
    struct world *w = module;

    if (++w->count < 3)
        sim_notify(&w->e);
}

static void r11_start(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_notify(&w->e);
}

static void r11(struct world *w)
{
    method_on(w, r11_self, &w->e);
    thread_of(w, r11_start);
    run_for(w, 1000);
    say(w, "immediate self-notification of a method: runs %d", w->count);
}

const struct rule event_rules[] = {
    { "R01", r01 }, { "R02", r02 }, { "R03", r03 }, { "R04", r04 },
    { "R05", r05 }, { "R06", r06 }, { "R07", r07 }, { "R08", r08 },
    { "R09", r09 }, { "R10", r10 }, { "R11", r11 }, { NULL, NULL },
};
