/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/kernel/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/vcd.h"

static void r25_run(void *module)
{
    struct world *w = module;

    for (;;) {
        sim_wait_for(w->sim, 10);
        sim_notify(&w->e);
    }
}

static void r25(struct world *w)
{
    log_times(w, &w->e);
    thread_of(w, r25_run);
    run_for(w, 20);
    add(w, "| t%llu", now_of(w));
    run_for(w, 1);
    add(w, "| t%llu", now_of(w));
    answer(w, "process every 10: sc_start(20) | sc_start(1) ran at");
}

static void r26_run(void *module)
{
    struct world *w = module;

    for (int i = 0; i < 3; i++) {
        add(w, "i%d", i);
        sim_wait_for(w->sim, 0);
    }
}

static void r26(struct world *w)
{
    thread_of(w, r26_run);
    run_for(w, 0);
    add(w, "| d%d", (int)sim_delta_count(w->sim));
    run_for(w, 0);
    add(w, "| d%d", (int)sim_delta_count(w->sim));
    answer(w, "sc_start(0) runs one delta each");
}

static void r27_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 5);
}

static void r27(struct world *w)
{
    thread_of(w, r27_run);
    sim_run_for(w->sim, 100, SIM_TIME_GOES_ON);
    add(w, "%llu", now_of(w));
    sim_run_for(w->sim, 100, SIM_TIME_STAYS);
    add(w, "%llu", now_of(w));
    answer(w, "starved: run-to-time ends at, exit-on-starvation ends at");
}

static void stop_run(struct world *w, struct sim_signal *signal)
{
    sim_wait_for(w->sim, 5);
    sim_signal_write(signal, 1);
    add(w, "ran");
    sim_stop(w->sim, w->stop_mode);
    sim_wait_for(w->sim, 0);
    add(w, "next-delta");
}

static void stop_first(void *module)
{
    stop_run(module, &((struct world *)module)->s);
}

static void stop_second(void *module)
{
    stop_run(module, &((struct world *)module)->v);
}

static void stop(struct world *w, enum sim_stop_mode mode, const char *what)
{
    w->stop_mode = mode;
    thread_of(w, stop_first);
    thread_of(w, stop_second);
    run_for(w, 1000);
    add(w, "| t%llu updated %d", now_of(w),
        (int)(sim_signal_read(&w->s) + sim_signal_read(&w->v)));
    answer(w, what);
}

static void r28(struct world *w)
{
    stop(w, SIM_STOP_FINISH_DELTA,
         "two processes call sc_stop at 5, finish-delta: ran");
}

static void r29(struct world *w)
{
    stop(w, SIM_STOP_IMMEDIATE,
         "two processes call sc_stop at 5, immediate: ran");
}

static void r30_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 5);
    sim_signal_write(&w->s, 4);
    sim_pause(w->sim);
    add(w, "after-pause-call");
    sim_wait_for(w->sim, 0);
    add(w, "next-delta");
}

static void r30(struct world *w)
{
    thread_of(w, r30_run);
    run_for(w, 1000);
    add(w, "| t%llu s%d", now_of(w), (int)sim_signal_read(&w->s));
    run_for(w, 1);
    answer(w, "sc_pause at 5");
}

static void add_edge(void *module)
{
    struct world *w = module;

    add(w, "%c%llu", sim_clock_read(&w->clock) ? 'p' : 'n', now_of(w));
}

static void clock_edges(struct world *w, enum sim_clock_first first,
                        const char *what)
{
    sim_clock_init(&w->clock, w->sim, "clock", 10);
    sim_clock_set_shape(&w->clock, 0.3, 4, first);
    method_on(w, add_edge, &w->clock.changed);
    add(w, "v%d", sim_clock_read(&w->clock));
    run_for(w, 26);
    answer(w, what);
}

static void r31(struct world *w)
{
    clock_edges(w, SIM_RISES_FIRST,
                "clock period 10 duty 0.3 start 4 posedge first");
}

static void r32(struct world *w)
{
    clock_edges(w, SIM_FALLS_FIRST,
                "clock period 10 duty 0.3 start 4 negedge first");
}

static void add_time_text(struct world *w, sim_time time)
{
    char text[32];

    sim_time_text(w->sim, time, text, sizeof text);
    add(w, "%s", text);
}

static void r33(struct world *w)
{
    add_time_text(w, 1);
    add(w, "%d", (int)sim_time_of(w->sim, 1.4, SIM_UNIT_PS));
    add(w, "%d", (int)sim_time_of(w->sim, 1.6, SIM_UNIT_PS));
    add_time_text(w, sim_time_of(w->sim, 1500, SIM_UNIT_PS));
    answer(w, "default resolution, 1.4 ps, 1.6 ps, 1500 ps");
    sim_set_resolution(w->sim, 1, SIM_UNIT_FS);
    say(w, "set_time_resolution after a time was made: error %d",
        sim_catch(w->sim));
}

static void r34(struct world *w)
{
    sim_set_resolution(w->sim, 1, SIM_UNIT_NS);
    say(w, "resolution 1 ns: 1.4 ns = %d, 400 ps = %d, 600 ps = %d",
        (int)sim_time_of(w->sim, 1.4, SIM_UNIT_NS),
        (int)sim_time_of(w->sim, 400, SIM_UNIT_PS),
        (int)sim_time_of(w->sim, 600, SIM_UNIT_PS));
}

static void r35_run(void *module)
{
    struct world *w = module;

    add(w, "run");
    sim_stop(w->sim, SIM_STOP_FINISH_DELTA);
}

static void r35_beoe(void *argument)
{
    add(argument, "beoe");
}

static void r35_eoe(void *argument)
{
    add(argument, "eoe");
}

static void r35_sos(void *argument)
{
    add(argument, "sos");
}

static void r35_eos(void *argument)
{
    add(argument, "eos");
}

static void r35(struct world *w)
{
    add(w, "ctor");
    method_at_start(w, r35_run);
    sim_at(w->sim, SIM_END_OF_SIMULATION, r35_eos, w);
    sim_at(w->sim, SIM_START_OF_SIMULATION, r35_sos, w);
    sim_at(w->sim, SIM_END_OF_ELABORATION, r35_eoe, w);
    sim_at(w->sim, SIM_BEFORE_END_OF_ELABORATION, r35_beoe, w);
    run_for(w, 1000);
    answer(w, "callbacks");
}

static void r36_run(void *module)
{
    struct world *w = module;

    sim_event_queue_notify(&w->queue, 5);
    sim_event_queue_notify(&w->queue, 3);
    sim_event_queue_notify(&w->queue, 5);
    sim_event_queue_notify(&w->queue, 5);
}

static void r36(struct world *w)
{
    sim_event_queue_init(&w->queue, w->sim, "queue");
    log_times(w, &w->queue.event);
    thread_of(w, r36_run);
    run_for(w, 1000);
    answer(w, "event_queue 5 3 5 5 fires at");
}

static void r38_run(void *module)
{
    struct world *w = module;

    sim_notify_after(&w->e, 50);
}

static void r38(struct world *w)
{
    sim_time distance;

    add(w, "%d", sim_is_pending(w->sim, NULL));
    thread_of(w, r38_run);
    run_for(w, 0);
    add(w, "%d", sim_is_pending(w->sim, &distance));
    add(w, "%d", (int)distance);
    sim_cancel(&w->e);
    add(w, "%d", sim_is_pending(w->sim, NULL));
    answer(w, "pending activity: none, one at 50, distance, after cancel");
}

static void r39_run(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 3);
    sim_signal_write(&w->s, 2);
    sim_wait_for(w->sim, 0);
    sim_signal_write(&w->s, 5);
    sim_wait_for(w->sim, 4);
    sim_signal_write(&w->v, 1);
    sim_wait_for(w->sim, 1);
    sim_signal_write(&w->s, 5);
}

static void add_body(struct world *w, const char *path)
{
    FILE *file = fopen(path, "r");
    bool on = false;
    char line[200];

    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        on |= strcmp(line, "$dumpvars") == 0;
        if (on)
            add(w, "%s", line);
    }
    fclose(file);
}

static void r39(struct world *w)
{
    char path[] = "/tmp/kernel_rules_XXXXXX";
    int file = mkstemp(path);
    struct sim_vcd *vcd = sim_vcd_open(w->sim, path, SIM_VCD_TIMES);

    close(file);
    sim_signal_init(&w->s, w->sim, "one", 1);
    sim_vcd_value(vcd, &w->s.value, "s", 32);
    sim_vcd_value(vcd, &w->v.value, "b", 1);
    thread_of(w, r39_run);
    run_for(w, 20);
    sim_vcd_close(vcd);
    add_body(w, path);
    unlink(path);
    answer(w, "vcd body: s=1 b=0; at 3 s=2 then delta s=5; at 7 b=1; at 8 s=5 "
              "again");
}

static void r40(struct world *w)
{
    sim_report(w->sim, SIM_INFO, 200, "a");
    sim_report(w->sim, SIM_INFO, 201, "above the verbosity");
    sim_report(w->sim, SIM_WARNING, 10000, "a");
    sim_report(w->sim, SIM_ERROR, 10000, "a");
    say(w, "report: info %lu warning %lu error %s counted %lu",
        sim_reports(w->sim)->counts[SIM_INFO],
        sim_reports(w->sim)->counts[SIM_WARNING],
        sim_catch(w->sim) == 10000 ? "thrown" : "not thrown",
        sim_reports(w->sim)->counts[SIM_ERROR]);
}

static void r41_a(void *module)
{
    struct world *w = module;

    sim_mutex_lock(&w->mutex);
    add(w, "a%llu", now_of(w));
    sim_wait_for(w->sim, 4);
    sim_mutex_unlock(&w->mutex);
}

static void r41_b(void *module)
{
    struct world *w = module;

    sim_wait_for(w->sim, 1);
    add(w, "t%d", sim_mutex_try(&w->mutex) ? 0 : -1);
    sim_mutex_lock(&w->mutex);
    add(w, "b%llu", now_of(w));
    sim_mutex_unlock(&w->mutex);
    add(w, "u%d", sim_mutex_unlock(&w->mutex) ? 0 : -1);
}

static void r41(struct world *w)
{
    sim_mutex_init(&w->mutex, w->sim, "mutex");
    thread_of(w, r41_a);
    thread_of(w, r41_b);
    run_for(w, 1000);
    answer(w, "mutex: a holds 0..4; b trylock at 1, lock, unlock, unlock "
              "again");
}

static void r42_run(void *module)
{
    struct world *w = module;

    sim_semaphore_wait(&w->semaphore);
    add(w, "%llu", now_of(w));
    sim_wait_for(w->sim, 4);
    sim_semaphore_post(&w->semaphore);
}

static void r42(struct world *w)
{
    sim_semaphore_init(&w->semaphore, w->sim, "semaphore", 2);
    for (int i = 0; i < 3; i++)
        thread_of(w, r42_run);
    run_for(w, 1000);
    answer(w, "semaphore 2, three users of 4: enter at");
}

static void r43_pos(void *module)
{
    add(module, "p%llu", now_of(module));
}

static void r43_neg(void *module)
{
    add(module, "n%llu", now_of(module));
}

static void r43_run(void *module)
{
    struct world *w = module;

    for (unsigned i = 1; i < 5; i++) {
        sim_wait_for(w->sim, 10);
        sim_signal_write(&w->s, i & 1);
    }
}

static void r43(struct world *w)
{
    method_on(w, r43_pos, sim_signal_event(&w->s, SIM_POSEDGE));
    method_on(w, r43_neg, sim_signal_event(&w->s, SIM_NEGEDGE));
    thread_of(w, r43_run);
    run_for(w, 1000);
    answer(w, "posedge negedge events");
}

const struct rule sim_rules[] = {
    { "R25", r25 }, { "R26", r26 }, { "R27", r27 }, { "R28", r28 },
    { "R29", r29 }, { "R30", r30 }, { "R31", r31 }, { "R32", r32 },
    { "R33", r33 }, { "R34", r34 }, { "R35", r35 }, { "R36", r36 },
    { "R38", r38 }, { "R39", r39 }, { "R40", r40 }, { "R41", r41 },
    { "R42", r42 }, { "R43", r43 }, { NULL, NULL },
};
