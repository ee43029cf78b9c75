/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/kernel/rules.h"

#include <stdio.h>
#include <string.h>

static void r12_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 1);
    add(w, "%d", (int)sim_signal_read(&w->s));
    sim_signal_write(&w->s, 2);
    sim_wait_for(w->sim, 0);
    add(w, "%d", (int)sim_signal_read(&w->s));
}

static void r12(struct world *w)
{
    thread_of(w, r12_run);
    run_for(w, 1000);
    answer(w, "read after write 1, write 2: same phase, next delta");
}

static void r13_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 0);
    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 7);
    sim_signal_write(&w->s, 0);
    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 7);
}

static void r13(struct world *w)
{
    log_times(w, sim_signal_event(&w->s, SIM_CHANGED));
    thread_of(w, r13_run);
    run_for(w, 1000);
    answer(w, "value_changed fires at (1 same value, 2 write and back, "
              "3 change)");
}

static void r14_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 0);
    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 0);
    sim_signal_write(&w->s, 0);
    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 7);
}

static void r14(struct world *w)
{
    sim_signal_init(&w->s, w->sim, "buffer", 0);
    sim_signal_set_kinds(&w->s, SIM_BUFFER);
    log_times(w, sim_signal_event(&w->s, SIM_CHANGED));
    thread_of(w, r14_run);
    run_for(w, 1000);
    answer(w, "sc_buffer fires at");
}

static void r15_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 1);
    sim_wait_for(w->sim, 0);
    add(w, "%d", w->s.changed_delta == sim_delta_count(w->sim));
    sim_wait_for(w->sim, 0);
    add(w, "%d", w->s.changed_delta == sim_delta_count(w->sim));
}

static void r15(struct world *w)
{
    thread_of(w, r15_run);
    run_for(w, 1000);
    answer(w, "event() in the next delta, in the one after");
}

static void r16_first(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 1);
}

static void r16_second(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 2);
    sim_signal_write(&w->s, 2);
    w->error = sim_catch(w->sim);
}

static void r16(struct world *w)
{
    thread_of(w, r16_first);
    thread_of(w, r16_second);
    run_for(w, 1000);
    say(w, "one-writer signal, second process writes at another time: error %d",
        w->error);
}

static void write_twice(struct world *w, unsigned time)
{
    int error;

    sim_wait_for(w->sim, time);
    sim_signal_write(&w->s, time);
    sim_wait_for(w->sim, 10 - time);
    if (sim_reports(w->sim)->failure != 0)
        w->count++;
    sim_signal_write(&w->s, time);
    error = sim_catch(w->sim);
    if (error != 0)
        w->error = error;
}

static void r17_first(void *module)
{
    write_twice(module, 1);
}

static void r17_second(void *module)
{
    write_twice(module, 2);
}

static void r17(struct world *w)
{
    sim_signal_set_kinds(&w->s, SIM_MANY_WRITERS);
    thread_of(w, r17_first);
    thread_of(w, r17_second);
    run_for(w, 1000);
    say(w, "many-writers signal, other deltas: %s, same delta: error %d",
        w->count == 0 ? "none" : "error", w->error);
}

static bool try_put(struct world *w, int value)
{
    if (!sim_fifo_free(&w->fifo))
        return false;
    sim_fifo_put(&w->fifo, &value);
    return true;
}

static void add_levels(struct world *w)
{
    add(w, "a%u f%u", sim_fifo_available(&w->fifo), sim_fifo_free(&w->fifo));
}

static void r18_run(void *module)
{
    struct world *w = module;
    int x;

    sim_wait_for(w->sim, 1);
    for (int i = 1; i <= 3; i++)
        add(w, "w%d", try_put(w, i));
    add_levels(w);
    sim_wait_for(w->sim, 0);
    add_levels(w);
    add(w, "r%d", sim_fifo_available(&w->fifo) > 0);
    sim_fifo_get(&w->fifo, &x);
    add(w, "x%d", x);
    add_levels(w);
    add(w, "w%d", try_put(w, 4));
    sim_wait_for(w->sim, 0);
    add_levels(w);
    add(w, "w%d", try_put(w, 4));
}

static void r18(struct world *w)
{
    sim_fifo_init(&w->fifo, w->sim, "fifo", sizeof(int), 2);
    thread_of(w, r18_run);
    run_for(w, 1000);
    answer(w, "fifo depth 2");
}

static void r19_write(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    w->delta = sim_delta_count(w->sim);
    for (int i = 0; i < 3; i++) {
        sim_fifo_wait_put(&w->fifo, &i);
        add(w, "w%d@%d", i, (int)deltas_since(w));
    }
}

static void r19_read(void *module)
{
    struct world *w = module;
    int x;

    sim_wait_for(w->sim, 1);
    sim_wait_for(w->sim, 0);
    sim_wait_for(w->sim, 0);
    for (int i = 0; i < 3; i++) {
        size_t length = strlen(w->list2);

        sim_fifo_wait_get(&w->fifo, &x);
        snprintf(w->list2 + length, sizeof w->list2 - length, "%sr%d@%d",
                 i == 0 ? "" : " ", x, (int)deltas_since(w));
    }
}

static void r19(struct world *w)
{
    sim_fifo_init(&w->fifo, w->sim, "fifo", sizeof(int), 1);
    thread_of(w, r19_write);
    thread_of(w, r19_read);
    run_for(w, 1000);
    add(w, "%s", w->list2);
    answer(w, "blocking fifo depth 1, reader starts at delta 2: writes return, "
              "reads return, at delta");
}

const struct rule channel_rules[] = {
    { "R12", r12 }, { "R13", r13 }, { "R14", r14 },
    { "R15", r15 }, { "R16", r16 }, { "R17", r17 },
    { "R18", r18 }, { "R19", r19 }, { NULL, NULL },
};
