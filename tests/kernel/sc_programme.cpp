// SPDX-License-Identifier: GPL-3.0-or-later
//
// A random programme (programme.h) on SystemC: sc_programme SEED STEPS.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <cinttypes>
#include <systemc>
#include <vector>

#include "programme.h"

using namespace sc_core;

struct step {
    uint64_t time, delta;
    unsigned process;
};

static struct programme programme_of;
static sc_event plain[PROCESSES];
static sc_signal<unsigned> *signals[SIGNALS];
static const sc_event *events[EVENTS];
static std::vector<step> steps;
static size_t count;

static sc_time ticks(uint64_t n)
{
    return sc_time::from_value(n);
}

static void perform(unsigned p)
{
    uint64_t actions = programme_draw(&programme_of, p) % 5;

    if (steps.size() == count) {
        sc_stop();
        return;
    }
    steps.push_back({ sc_time_stamp().value(), sc_delta_count(), p });
    while (actions-- > 0) {
        struct action a = programme_action(&programme_of, p);

        if (a.act == ACT_DELTA)
            plain[a.on].notify(SC_ZERO_TIME);
        else if (a.act == ACT_TIMED)
            plain[a.on].notify(ticks(a.number));
        else if (a.act == ACT_CANCEL)
            plain[a.on].cancel();
        else
            signals[a.on]->write((unsigned)a.number);
    }
}

// The lists are used until the process wakes: they are never freed.
template <typename List> static List &list_of(const struct wait_plan &wait)
{
    List *list = new List;

    for (unsigned i = 0; i < wait.count; i++)
        *list |= *events[wait.events[i]];
    return *list;
}

template <> sc_event_and_list &list_of(const struct wait_plan &wait)
{
    sc_event_and_list *list = new sc_event_and_list;

    for (unsigned i = 0; i < wait.count; i++)
        *list &= *events[wait.events[i]];
    return *list;
}

static void run_method(unsigned p)
{
    struct wait_plan w;

    perform(p);
    w = programme_wait(&programme_of, p);
    if (w.kind == WAIT_DELAY)
        next_trigger(ticks(w.delay));
    else if (w.kind == WAIT_EVENT)
        next_trigger(*events[w.events[0]]);
    else if (w.kind == WAIT_ANY && w.timed)
        next_trigger(ticks(w.delay), list_of<sc_event_or_list>(w));
    else if (w.kind == WAIT_ANY)
        next_trigger(list_of<sc_event_or_list>(w));
    else if (w.kind == WAIT_ALL && w.timed)
        next_trigger(ticks(w.delay), list_of<sc_event_and_list>(w));
    else if (w.kind == WAIT_ALL)
        next_trigger(list_of<sc_event_and_list>(w));
}

static void run_thread(unsigned p)
{
    for (;;) {
        struct wait_plan w;

        perform(p);
        w = programme_wait(&programme_of, p);
        if (w.kind == WAIT_STATIC)
            sc_core::wait();
        else if (w.kind == WAIT_DELAY)
            sc_core::wait(ticks(w.delay));
        else if (w.kind == WAIT_EVENT)
            sc_core::wait(*events[w.events[0]]);
        else if (w.kind == WAIT_ANY && w.timed)
            sc_core::wait(ticks(w.delay), list_of<sc_event_or_list>(w));
        else if (w.kind == WAIT_ANY)
            sc_core::wait(list_of<sc_event_or_list>(w));
        else if (w.timed)
            sc_core::wait(ticks(w.delay), list_of<sc_event_and_list>(w));
        else
            sc_core::wait(list_of<sc_event_and_list>(w));
    }
}

int sc_main(int argc, char **argv)
{
    if (argc != 3)
        return 64;
    programme_init(&programme_of, strtoull(argv[1], nullptr, 10), false);
    count = strtoull(argv[2], nullptr, 10);
    for (unsigned i = 0; i < PROCESSES; i++)
        events[i] = &plain[i];
    for (unsigned i = 0; i < SIGNALS; i++) {
        signals[i] = new sc_signal<unsigned>(sc_gen_unique_name("s"), 0);
        events[PROCESSES + i] = &signals[i]->value_changed_event();
    }
    for (unsigned p = 0; p < PROCESSES; p++) {
        sc_spawn_options options;
        unsigned sensitive[2];

        programme_static(p, sensitive);
        options.set_sensitivity(events[sensitive[0]]);
        options.set_sensitivity(events[sensitive[1]]);
        if (!programme_is_thread(p))
            options.spawn_method();
        sc_spawn(
            [p] {
                if (programme_is_thread(p))
                    run_thread(p);
                else
                    run_method(p);
            },
            nullptr, &options);
    }
    sc_report_handler::set_actions(SC_INFO, SC_DO_NOTHING);
    sc_start();
    for (const step &one : steps) {
        if (one.delta < steps.back().delta)
            printf("%" PRIu64 " %" PRIu64 " %u\n", one.time, one.delta,
                   one.process);
    }
    return 0;
}
