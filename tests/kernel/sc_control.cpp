// SPDX-License-Identifier: GPL-3.0-or-later
//
// A random programme of control.h on SystemC: sc_control SEED STEPS.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <systemc>
#include <unistd.h>

#include "control.h"

using namespace sc_core;

static struct controls controls_of;
static sc_event events[WORKERS];
static sc_signal<bool, SC_MANY_WRITERS> *signals[WORKERS];
static sc_clock *clock_of;
static sc_process_handle workers[WORKERS];
static bool begun[WORKERS], stopped;
static uint64_t last_time, last_delta, rank_of, lines;

static sc_time ticks(uint64_t n)
{
    return sc_time::from_value(n);
}

static uint64_t now()
{
    return sc_time_stamp().value();
}

static void print_line(unsigned who)
{
    if (lines == 0 || now() != last_time)
        rank_of = 0;
    else if (sc_delta_count() != last_delta)
        rank_of++;
    last_time = now();
    last_delta = sc_delta_count();
    lines++;
    printf("%" PRIu64 " %" PRIu64 " %u\n", now(), rank_of, who);
}

// What SystemC throws as a report of an error has no effect.
template <typename Call> static void caught(Call call)
{
    try {
        call();
    } catch (const sc_report &) {
    }
}

// Else that is an error, and has no effect.
static bool held[WORKERS];
static bool may_be_suspended(unsigned w)
{
    return !held[w] && w != WORKER_RESET && w != WORKER_HELD;
}

// False: the worker's function is to return.
static bool work(unsigned w)
{
    unsigned steps;

    print_line(w);
    begun[w] = true;
    steps = work_steps(&controls_of, w);
    while (steps-- > 0) {
        struct work_step step = work_next(&controls_of, w, now());
        sc_process_handle self = sc_get_current_process_handle();

        switch (step.work) {
        case WORK_DELTA:
            events[w].notify(SC_ZERO_TIME);
            break;
        case WORK_TIMED:
            events[w].notify(ticks(step.number));
            break;
        case WORK_CANCEL:
            events[w].cancel();
            break;
        case WORK_WRITE:
            signals[w]->write(step.number != 0);
            break;
        case WORK_SUSPEND:
            controls_of.suspended[w] |= may_be_suspended(w);
            caught([&] { self.suspend(); });
            break;
        case WORK_RESET:
            self.reset();
            break;
        case WORK_DISABLE:
            caught([&] { self.disable(); });
            break;
        case WORK_END:
            if (worker_is_thread(w))
                return false;
            self.kill();
            return false;
        }
    }
    return true;
}

// The lists are used until the process wakes: they are never freed.
template <typename List> static List &list_of(unsigned w)
{
    const sc_event &change = signals[(w + 1) % WORKERS]->value_changed_event();
    List *list = new List;

    *list |= events[w];
    *list |= change;
    return *list;
}

template <> sc_event_and_list &list_of(unsigned w)
{
    sc_event_and_list *list = new sc_event_and_list;

    *list &= events[w];
    *list &= signals[(w + 1) % WORKERS]->value_changed_event();
    return *list;
}

static void run_method(unsigned w)
{
    struct work_plan plan;

    if (!work(w))
        return;
    plan = work_wait(&controls_of, w, now());
    if (plan.kind == FOR_DELAY)
        next_trigger(ticks(plan.delay));
    else if (plan.kind == FOR_EVENT)
        next_trigger(events[w]);
    else if (plan.kind == FOR_ANY && plan.timed)
        next_trigger(ticks(plan.delay), list_of<sc_event_or_list>(w));
    else if (plan.kind == FOR_ANY)
        next_trigger(list_of<sc_event_or_list>(w));
    else if (plan.kind == FOR_ALL && plan.timed)
        next_trigger(ticks(plan.delay), list_of<sc_event_and_list>(w));
    else if (plan.kind == FOR_ALL)
        next_trigger(list_of<sc_event_and_list>(w));
}

static void wait_for_work(unsigned w);

// Goes on after what is thrown at it.
static void run_thread(unsigned w)
{
    bool goes_on = true;

    while (goes_on) {
        try {
            if (work(w))
                wait_for_work(w);
            else
                goes_on = false;
        } catch (int) {
        }
    }
}

static void wait_for_work(unsigned w)
{
    struct work_plan plan = work_wait(&controls_of, w, now());

    if (plan.kind == FOR_STATIC)
        wait();
    else if (plan.kind == FOR_DELAY)
        wait(ticks(plan.delay));
    else if (plan.kind == FOR_EVENT)
        wait(events[w]);
    else if (plan.kind == FOR_ANY && plan.timed)
        wait(ticks(plan.delay), list_of<sc_event_or_list>(w));
    else if (plan.kind == FOR_ANY)
        wait(list_of<sc_event_or_list>(w));
    else if (plan.timed)
        wait(ticks(plan.delay), list_of<sc_event_and_list>(w));
    else
        wait(list_of<sc_event_and_list>(w));
}

static void spawn(unsigned w, bool initialize)
{
    sc_spawn_options options;

    begun[w] = false;
    options.set_sensitivity(&events[w]);
    options.set_sensitivity(&signals[(w + 1) % WORKERS]->posedge_event());
    if (worker_has_clock(&controls_of, w))
        options.set_sensitivity(&clock_of->posedge_event());
    if (!worker_is_thread(w))
        options.spawn_method();
    if (w == WORKER_RESET)
        options.async_reset_signal_is(*signals[RESET_SIGNAL], true);
    if (w == WORKER_HELD)
        options.reset_signal_is(*signals[HELD_SIGNAL], true);
    controls_of.suspended[w] = held[w] = false;
    if (!initialize)
        options.dont_initialize();
    workers[w] = sc_spawn(
        [w] {
            if (worker_is_thread(w))
                run_thread(w);
            else
                run_method(w);
        },
        nullptr, &options);
}

static void control(unsigned who)
{
    struct control_step step = control_next(&controls_of, who);
    sc_process_handle &process = workers[step.worker];
    bool outside = who == DRIVER, ended = process.terminated();

    if (step.control == CONTROL_SPAWN) {
        if (ended && !outside)
            spawn(step.worker, step.initialize);
        return;
    }
    if (step.control == CONTROL_NOTIFY) {
        events[step.worker].notify();
        return;
    }
    if (step.control == CONTROL_PAUSE) {
        sc_pause();
        return;
    }
    if (step.control == CONTROL_STOP) {
        sc_stop();
        stopped = true;
        return;
    }
    if (ended || !begun[step.worker] ||
        (outside &&
         (step.control == CONTROL_RESET || step.control == CONTROL_KILL ||
          step.control >= CONTROL_THROW)) ||
        (step.control > CONTROL_THROW && controls_of.suspended[step.worker]))
        return;
    caught([&] {
        switch (step.control) {
        case CONTROL_SUSPEND:
            controls_of.suspended[step.worker] |= may_be_suspended(step.worker);
            process.suspend();
            break;
        case CONTROL_RESUME:
            controls_of.suspended[step.worker] = false;
            process.resume();
            break;
        case CONTROL_DISABLE:
            process.disable();
            break;
        case CONTROL_ENABLE:
            process.enable();
            break;
        case CONTROL_RESET:
            process.reset();
            break;
        case CONTROL_THROW:
            process.throw_it(7);
            break;
        case CONTROL_HOLD:
            held[step.worker] = true;
            process.sync_reset_on();
            break;
        case CONTROL_LET_OFF:
            held[step.worker] = false;
            process.sync_reset_off();
            break;
        default:
            process.kill();
        }
    });
}

// Controls, and tells how long to wait for the next turn.
static sc_time controller_turn(unsigned c, bool first)
{
    unsigned who = WORKERS + c;
    uint64_t steps;

    if (first)
        return ticks(SLOT * (c + 1));
    print_line(who);
    steps = 1 + controls_draw(&controls_of, who) % 4;
    while (steps-- > 0)
        control(who);
    return ticks(CONTROLLERS * SLOT);
}

static void make()
{
    if (controls_of.has_clock)
        clock_of = new sc_clock("clock", ticks(CLOCK));
    for (unsigned w = 0; w < WORKERS; w++) {
        const char *name = sc_gen_unique_name("s");

        signals[w] = worker_has_buffer(w)
                         ? new sc_buffer<bool, SC_MANY_WRITERS>(name)
                         : new sc_signal<bool, SC_MANY_WRITERS>(name);
    }
    for (unsigned w = 0; w < WORKERS; w++)
        spawn(w, true);
    sc_spawn([] {
        for (bool first = true;; first = false)
            wait(controller_turn(0, first));
    });
    sc_spawn_options method;
    method.spawn_method();
    sc_spawn([] { next_trigger(controller_turn(1, now() == 0)); }, nullptr,
             &method);
}

int sc_main(int argc, char **argv)
{
    uint64_t count;

    if (argc != 3)
        return 64;
    controls_init(&controls_of, strtoull(argv[1], nullptr, 10));
    count = strtoull(argv[2], nullptr, 10);
    sc_report_handler::set_actions(SC_INFO, SC_DO_NOTHING);
    sc_report_handler::set_actions(SC_WARNING, SC_DO_NOTHING);
    sc_report_handler::set_actions(SC_ERROR, SC_THROW);
    make();
    while (lines < count && !stopped) {
        struct run_step step = run_next(&controls_of);

        sc_start(ticks(step.duration),
                 step.stay ? SC_EXIT_ON_STARVATION : SC_RUN_TO_TIME);
        printf("now %" PRIu64 "\n", now());
        if (step.acts && !stopped && now() % SLOT != 0)
            control(DRIVER);
    }
    fflush(stdout);
    _exit(0);
}
