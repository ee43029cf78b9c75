/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of what happens before the first run, at its start and between runs, of
 * first values, of what counts as just seen, and of mistakes. */
#include "kernel/object.h"
#include "tests/kernel/rules.h"

static void r50_thread(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 50);
}

static void r50(struct world *w)
{
    thread_of(w, r50_thread);
    sim_run_for(w->sim, 10, SIM_TIME_STAYS);
    add(w, "%llu", now_of(w));
    sim_run_for(w->sim, 30, SIM_TIME_STAYS);
    add(w, "%llu", now_of(w));
    sim_run_for(w->sim, 80, SIM_TIME_STAYS);
    add(w, "%llu", now_of(w));
    answer(w, "exit on starvation: nothing due in 10, in 30 more, an event at "
              "50 in 80 more: now");
}

static void r51_method(void *module)
{
    struct world *w = module;

    sim_signal_write(&w->s, 1);
    sim_notify_delta(&w->e);
    sim_notify_after(&w->f, 4);
}

static void r51_look(struct world *w)
{
    uint64_t delta = sim_delta_count(w->sim);

    add(w, "%d%d%d", w->e.fired_delta == delta, w->s.changed_delta == delta,
        w->f.fired_delta == delta);
}

static void r51_thread(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 4);
    r51_look(w);
    sim_wait_for(w->sim, 6);
    r51_look(w);
    sim_signal_write(&w->s, 2);
    sim_notify_delta(&w->e);
    sim_wait_for(w->sim, 0);
    r51_look(w);
}

static void r51(struct world *w)
{
    sim_signal_set_kinds(&w->s, SIM_MANY_WRITERS);
    method_at_start(w, r51_method);
    thread_of(w, r51_thread);
    run_for(w, 1000);
    answer(w, "triggered and changed, seen at 4, 10 and the delta after: delta "
              "event, signal, event at 4");
}

static void add_wires(struct world *w, struct sim_wires wires, int width)
{
    char text[65] = "";

    for (int i = 0; i < width; i++) {
        unsigned at = (unsigned)(width - 1 - i);

        text[i] = "Z01X"[(wires.low >> at & 1) + 2 * (wires.high >> at & 1)];
    }
    add(w, "%s", text);
}

static void r52_thread(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    sim_resolved_write(&w->wire, (struct sim_wires){ .low = 1 });
    /* from the highest: 0, 1, Z, X */
    sim_resolved_write(&w->wires, (struct sim_wires){ .low = 9, .high = 5 });
}

static void r52(struct world *w)
{
    sim_resolved_init(&w->wire, w->sim, "r");
    sim_resolved_init(&w->wires, w->sim, "v");
    sim_resolved_set_shape(&w->wires, 4, (struct sim_wires){ 15, 15 });
    add_wires(w, w->wire.wires, 1);
    add_wires(w, w->wires.wires, 4);
    thread_of(w, r52_thread);
    run_for(w, 3);
    add_wires(w, w->wire.wires, 1);
    add_wires(w, w->wires.wires, 4);
    answer(w, "a resolved signal and a vector of four before and after a "
              "driver writes");
}

static void pause_hook(void *module)
{
    sim_pause(((struct world *)module)->sim);
}

static void r53_thread(void *module)
{
    struct world *w = module;

    for (int i = 0; i < 4; i++) {
        add(w, "%llu", now_of(w));
        sim_wait_for(w->sim, 1);
    }
}

static void r53(struct world *w)
{
    sim_at(w->sim, SIM_START_OF_SIMULATION, pause_hook, w);
    thread_of(w, r53_thread);
    run_for(w, 2);
    add(w, "|");
    sim_pause(w->sim);
    run_for(w, 20);
    answer(w, "sc_pause in start_of_simulation and between two runs is "
              "ignored: runs at");
}

static void say_eos(void *module)
{
    add(module, "eos");
}

static void stop_hook(void *module)
{
    struct world *w = module;

    add(w, "sos");
    sim_stop(w->sim, SIM_STOP_FINISH_DELTA);
}

static void say_ran(void *module)
{
    add(module, "ran");
}

static void r54(struct world *w)
{
    sim_at(w->sim, SIM_START_OF_SIMULATION, stop_hook, w);
    sim_at(w->sim, SIM_END_OF_SIMULATION, say_eos, w);
    thread_of(w, say_ran);
    run_for(w, 5);
    answer(w, "sc_stop in start_of_simulation");
}

static void every_tick(void *module)
{
    struct world *w = module;

    for (;;) {
        add(w, "%llu", now_of(w));
        sim_wait_for(w->sim, 1);
    }
}

static void r55(struct world *w)
{
    sim_at(w->sim, SIM_END_OF_SIMULATION, say_eos, w);
    thread_of(w, every_tick);
    run_for(w, 2);
    add(w, "stop");
    sim_stop(w->sim, SIM_STOP_FINISH_DELTA);
    add(w, "stopped");
    run_for(w, 1);
    add_error(w);
    answer(w, "sc_stop between two runs, then a run");
}

static void say_rise(void *module)
{
    add(module, "p%llu", now_of(module));
}

static void say_fall(void *module)
{
    add(module, "n%llu", now_of(module));
}

static void r56_writer(void *module)
{
    struct world *w = module;

    for (int i = 1; i < 7; i++) {
        sim_wait_for(w->sim, 1);
        sim_signal_write(&w->s, i < 4);
    }
}

static void r56(struct world *w)
{
    sim_signal_set_kinds(&w->s, SIM_BUFFER);
    method_on(w, say_rise, sim_signal_event(&w->s, SIM_POSEDGE));
    method_on(w, say_fall, sim_signal_event(&w->s, SIM_NEGEDGE));
    thread_of(w, r56_writer);
    run_for(w, 1000);
    answer(w, "a buffer written 1 three times, then 0 three times: edges");
}

static void say_now(void *module)
{
    add(module, "%llu", now_of(module));
}

static void say_t_now(void *module)
{
    add(module, "t%llu", now_of(module));
}

static void r57_control(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 5);
    sim_resume(&w->processes[0]);
    sim_wait_for(w->sim, 2);
    sim_resume(&w->processes[1]);
}

static void r57(struct world *w)
{
    sim_suspend(method_at_start(w, say_now));
    sim_suspend(thread_of(w, say_t_now));
    thread_of(w, r57_control);
    run_for(w, 1000);
    answer(w, "suspended in elaboration, resumed at 5 and 7: first runs at");
}

static void r58_thread(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 5);
    method_on(w, say_now, &w->e);
    sim_notify_after(&w->e, 5);
}

static void r58(struct world *w)
{
    thread_of(w, r58_thread);
    run_for(w, 1000);
    answer(w, "a method made at 5 with dont_initialize, its event at 10: runs "
              "at");
}

static void nothing(void *module)
{
    (void)module;
}

static void r59(struct world *w)
{
    struct sim_process *method = method_at_start(w, nothing);

    sim_sensitive(method, &w->e);
    run_for(w, 0);
    w->delta = sim_delta_count(w->sim);
    sim_notify(&w->e);
    sim_suspend(method);
    run_for(w, 0);
    add(w, "%d", (int)deltas_since(w));
    sim_resume(method);
    run_for(w, 0);
    add(w, "%d", (int)deltas_since(w));
    answer(w, "the only runnable process is suspended before it runs, then "
              "resumed: deltas");
}

static void r60_thread(void *module)
{
    struct world *w = module;

    add(w, "%d", sim_mutex_try(&w->mutex) ? 0 : -1);
    add(w, "%d", sim_mutex_try(&w->mutex) ? 0 : -1);
    add(w, "%d", sim_mutex_lock(&w->mutex) ? 0 : -1);
    add(w, "%d", sim_mutex_unlock(&w->mutex) ? 0 : -1);
    add(w, "%d", sim_mutex_unlock(&w->mutex) ? 0 : -1);
}

static void r60(struct world *w)
{
    sim_mutex_init(&w->mutex, w->sim, "mutex");
    thread_of(w, r60_thread);
    run_for(w, 1000);
    answer(w, "a mutex locked three times by its owner, unlocked twice");
}

static void r61(struct world *w)
{
    struct sim *sim = sim_new();
    struct sim_event events[3];
    struct sim_signal signal;

    sim_reports(sim)->actions[SIM_WARNING] = 0;
    for (int i = 0; i < 3; i++) {
        sim_event_init(&events[i], sim, "e");
        add(w, "%s", sim_object_name(sim, events[i].id));
    }
    sim_signal_init(&signal, sim, "x.y", 0);
    add(w, "%s", sim_object_name(sim, signal.id));
    answer(w, "three events called e, a signal called x.y");
    sim_free(sim);
}

static void r67_thread(void *module)
{
    struct world *w = module;

    sim_wait_count(w->sim, 0);
    add_error(w);
    sim_wait_list(w->sim, SIM_ANY, NULL, 0, SIM_NEVER);
    add_error(w);
}

static void r67(struct world *w)
{
    sim_clock_init(&w->clock, w->sim, "c", 0);
    add_error(w);
    sim_clock_init(&w->clock, w->sim, "d", 10);
    sim_clock_set_shape(&w->clock, 0.01, 0, SIM_RISES_FIRST);
    add_error(w);
    sim_clock_set_shape(&w->clock, 0.99, 0, SIM_RISES_FIRST);
    add_error(w);
    sim_fifo_init(&w->fifo, w->sim, "g", 4, 0);
    add_error(w);
    thread_of(w, r67_thread);
    run_for(w, 1);
    answer(w, "errors: clock of period 0, never high, never low, fifo of depth "
              "0, wait(0), empty list");
}

const struct rule start_rules[] = {
    { "R50", r50 }, { "R51", r51 }, { "R52", r52 }, { "R53", r53 },
    { "R54", r54 }, { "R55", r55 }, { "R56", r56 }, { "R57", r57 },
    { "R58", r58 }, { "R59", r59 }, { "R60", r60 }, { "R61", r61 },
    { "R67", r67 }, { NULL, NULL },
};
