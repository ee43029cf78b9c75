// SPDX-License-Identifier: GPL-3.0-or-later
//
// The simulation seen from outside: runs, pauses, stops, starvation, hooks.
#include "scene.hpp"

SCENE(start_zero)
{
    static sc_signal<int> s("s");
    static sc_event e("e");

    method([] { say("m", "s is %d", s.read()); }, "m",
           { &s.value_changed_event(), &e });
    thread(
        [] {
            say("t", "begins");
            wait(SC_ZERO_TIME);
            s = 7;
            say("t", "wrote");
            wait(SC_ZERO_TIME);
            wait(ps(3));
            s = 8;
        },
        "t");
    s.write(5);
    e.notify(SC_ZERO_TIME);
    for (int i = 0; i < 5; i++) {
        sc_start(SC_ZERO_TIME);
        note("%llu:%d%d%d:%d", (unsigned long long)sc_delta_count(),
             sc_pending_activity(), sc_pending_activity_at_current_time(),
             sc_pending_activity_at_future_time(), s.read());
    }
    sc_start(ps(3));
    note("%d:%d", s.read(), sc_pending_activity_at_current_time());
    sc_start(SC_ZERO_TIME);
    note("%d:%d", s.read(), sc_pending_activity_at_current_time());
    sc_start(SC_ZERO_TIME);
    note("%d:%d", s.read(), sc_pending_activity_at_current_time());
    s.write(9);
    note("%d", sc_pending_activity_at_current_time());
    sc_start(SC_ZERO_TIME);
    note("%d", s.read());
    sc_start(SC_ZERO_TIME);
    note("%d", s.read());
}

SCENE(pauses)
{
    static sc_event e("e");

    method(
        [] {
            say("m", "runs");
            if (now() == 10)
                sc_pause();
        },
        "m", { &e });
    thread(
        [] {
            for (int i = 0; i < 6; i++) {
                wait(ps(5));
                e.notify(SC_ZERO_TIME);
                say("t", "%d", i);
                if (i == 3) {
                    sc_pause();
                    sc_pause();
                    wait(SC_ZERO_TIME);
                    say("t", "after the pause");
                }
            }
        },
        "t");
    for (int i = 0; i < 5; i++) {
        sc_start(ps(12));
        note("%llu", (unsigned long long)now());
    }
    sc_start();
    note("%llu", (unsigned long long)now());
}

SCENE(starvation)
{
    static sc_event e("e");

    method([] { say("m", "runs"); }, "m", { &e }, false);
    e.notify(ps(30));
    sc_start(ps(10), SC_EXIT_ON_STARVATION);
    note("%llu", (unsigned long long)now());
    sc_start(ps(10), SC_RUN_TO_TIME);
    note("%llu", (unsigned long long)now());
    sc_start(ps(20), SC_EXIT_ON_STARVATION);
    note("%llu", (unsigned long long)now());
    sc_start(ps(20), SC_EXIT_ON_STARVATION);
    note("%llu", (unsigned long long)now());
    e.notify(ps(20));
    sc_start(ps(20), SC_EXIT_ON_STARVATION);
    note("%llu", (unsigned long long)now());
    sc_start(SC_ZERO_TIME, SC_EXIT_ON_STARVATION);
    note("%llu", (unsigned long long)now());
    e.notify(SC_ZERO_TIME);
    sc_start(ps(5), SC_EXIT_ON_STARVATION);
    note("%llu", (unsigned long long)now());
    e.notify();
    sc_start();
    note("%llu", (unsigned long long)now());
    e.notify(ps(4));
    sc_start();
    note("%llu", (unsigned long long)now());
    sc_start(ps(7));
    note("%llu", (unsigned long long)now());
}

SCENE(nothing_to_run)
{
    static sc_signal<int> s("s");
    static sc_event e("e");

    sc_start(SC_ZERO_TIME);
    sc_start(SC_ZERO_TIME);
    sc_start();
    sc_start(ps(5), SC_EXIT_ON_STARVATION);
    sc_start(ps(5));
    s.write(1);
    sc_start(SC_ZERO_TIME);
    sc_start(SC_ZERO_TIME);
    e.notify(ps(2));
    sc_start(SC_ZERO_TIME);
    sc_start(ps(1), SC_EXIT_ON_STARVATION);
    sc_start(ps(1), SC_EXIT_ON_STARVATION);
    sc_start();
    note("%d %llu", s.read(), (unsigned long long)now());
}

SCENE(boundaries)
{
    static sc_event e("e");
    static sc_signal<int> s("s");

    thread(
        [] {
            for (int i = 1;; i++) {
                wait(ps(10));
                say("t", "%d", i);
                s = i;
            }
        },
        "t");
    method([] { say("m", "%d", s.read()); }, "m", { &s.value_changed_event() },
           false);
    sc_start(ps(10));
    say("main", "%d pending %d", s.read(),
        sc_pending_activity_at_current_time());
    sc_start(ps(10));
    say("main", "%d pending %d", s.read(),
        sc_pending_activity_at_current_time());
    sc_start(SC_ZERO_TIME);
    say("main", "%d pending %d", s.read(),
        sc_pending_activity_at_current_time());
    sc_start(SC_ZERO_TIME);
    say("main", "%d pending %d", s.read(),
        sc_pending_activity_at_current_time());
    sc_start(ps(5));
    e.notify(ps(1));
    note("%llu", (unsigned long long)sc_time_to_pending_activity().value());
    sc_start(ps(5));
    note("%llu", (unsigned long long)sc_time_to_pending_activity().value());
    sc_start(ps(1));
    note("%llu", (unsigned long long)sc_time_to_pending_activity().value());
}

struct hooked : sc_module {
    SC_HAS_PROCESS(hooked);
    sc_event e;
    explicit hooked(sc_module_name)
    {
        SC_METHOD(m);
    }
    void m()
    {
        say("m", "runs");
    }
    void before_end_of_elaboration() override
    {
        note("before");
        SC_METHOD(late);
        sensitive << e;
        dont_initialize();
    }
    void late()
    {
        say("late", "runs");
    }
    void end_of_elaboration() override
    {
        note("end");
        e.notify(ps(3));
        method([] { say("spawned", "at the end of elaboration"); }, "s1");
    }
    void start_of_simulation() override
    {
        note("start");
        thread(
            [] {
                say("spawned", "at the start");
                ::sc_core::wait(ps(2));
                say("spawned", "goes on");
            },
            "s2");
        e.notify(SC_ZERO_TIME);
    }
    void end_of_simulation() override
    {
        note("over at %llu", (unsigned long long)now());
    }
};

SCENE(hooks)
{
    hooked top("top");

    note("made");
    sc_start(ps(2));
    sc_start(ps(2));
    sc_stop();
    note("stopped");
    note("error %d", error_of([] { sc_start(ps(1)); }));
}

SCENE(stop_finishes_the_delta)
{
    static sc_signal<int> s("s");
    static sc_event e("e");

    method([] { say("m", "%d", s.read()); }, "m", { &s.value_changed_event() },
           false);
    thread(
        [] {
            wait(ps(3));
            s = 4;
            e.notify();
            sc_stop();
            say("t", "after the stop");
            wait(SC_ZERO_TIME);
            say("t", "never");
        },
        "t");
    method([] { say("e", "runs"); }, "e", { &e }, false);
    sc_start(ps(100));
    note("%d", s.read());
    sc_stop();
}

SCENE(stop_at_once)
{
    static sc_signal<int> s("s");
    static sc_event e("e");

    sc_set_stop_mode(SC_STOP_IMMEDIATE);
    thread(
        [] {
            wait(ps(3));
            s = 4;
            e.notify();
            sc_stop();
            say("t", "after the stop");
            wait(SC_ZERO_TIME);
            say("t", "never");
        },
        "t");
    method([] { say("e", "never"); }, "e", { &e }, false);
    sc_start(ps(100));
    note("%d", s.read());
}

SCENE(from_outside)
{
    static sc_signal<int> s("s");
    static sc_event e("e");

    method([] { say("m", "%d", s.read()); }, "m",
           { &s.value_changed_event(), &e }, false);
    note("error %d", error_of([] { e.notify(); }));
    s.write(1);
    sc_start(ps(1));
    s.write(2);
    s.write(3);
    sc_start(ps(1));
    e.notify();
    e.notify();
    sc_start(ps(1));
    e.notify(SC_ZERO_TIME);
    e.notify(ps(1));
    s.write(4);
    sc_start(ps(5));
    s.write(5);
    s.write(4);
    sc_start(ps(1));
    note("%d", s.read());
}

SCENE(delta_counts)
{
    static sc_event e("e");

    thread(
        [] {
            say("t", "%llu", (unsigned long long)sc_delta_count());
            wait(SC_ZERO_TIME);
            say("t", "%llu", (unsigned long long)sc_delta_count());
            wait(ps(1));
            say("t", "%llu", (unsigned long long)sc_delta_count());
            e.notify(SC_ZERO_TIME);
            wait(ps(1));
            say("t", "%llu", (unsigned long long)sc_delta_count());
            wait(e);
            say("t", "%llu", (unsigned long long)sc_delta_count());
        },
        "t");
    sc_start(ps(0));
    note("%llu", (unsigned long long)sc_delta_count());
    sc_start(ps(5));
    note("%llu", (unsigned long long)sc_delta_count());
    e.notify();
    sc_start(ps(5));
    note("%llu", (unsigned long long)sc_delta_count());
    sc_start(ps(5));
    note("%llu", (unsigned long long)sc_delta_count());
}

SCENE(errors)
{
    static sc_event e("e");

    note("%d", error_of([] { next_trigger(ps(1)); }));
    note("%d", error_of([] { wait(ps(1)); }));
    method(
        [] {
            note("m%d", error_of([] { wait(ps(1)); }));
            note("m%d", error_of([] { wait(e); }));
            note("m%d", error_of([] { wait(); }));
            say("m", "goes on");
        },
        "m");
    sc_start(ps(1));
    thread(
        [] {
            note("t%d", error_of([] { next_trigger(ps(1)); }));
            note("t%d", error_of([] { next_trigger(e); }));
            wait(ps(2));
            say("t", "goes on");
        },
        "t");
    sc_start(ps(9));
    note("%d", error_of([] { sc_start(sc_max_time()); }));
}

SCENE(times)
{
    note("%s|%s|%s", sc_time(1.5, SC_NS).to_string().c_str(),
         sc_time(0, SC_NS).to_string().c_str(),
         sc_time(2000, SC_MS).to_string().c_str());
    note("%s|%s", (sc_time(3, SC_US) - ps(1)).to_string().c_str(),
         (sc_time(2, SC_NS) * 2.5).to_string().c_str());
    note("%llu", (unsigned long long)sc_time(0.6, SC_PS).value());
    note("%llu", (unsigned long long)sc_time(499, SC_FS).value());
    note("%llu", (unsigned long long)sc_time(501, SC_FS).value());
}
