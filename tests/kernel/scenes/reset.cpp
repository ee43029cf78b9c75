// SPDX-License-Identifier: GPL-3.0-or-later
//
// Processes that are reset, by others and by signals.
#include "scene.hpp"

SCENE(suspended_and_reset)
{
    static sc_process_handle t, m;
    static sc_event e("e");

    t = thread(
        [] {
            say("t", "begins");
            for (;;) {
                wait();
                say("t", "woken");
            }
        },
        "t", { &e });
    m = method([] { say("m", "runs"); }, "m", { &e });
    thread(
        [] {
            wait(ps(1));
            t.suspend();
            m.suspend();
            e.notify();
            wait(ps(1));
            t.reset();
            m.reset();
            wait(ps(1));
            e.notify();
            wait(ps(1));
            t.resume();
            m.resume();
            wait(ps(1));
            t.suspend();
            m.suspend();
            e.notify();
            t.kill();
            m.kill();
            t.resume();
            m.resume();
            wait(ps(1));
            e.notify();
        },
        "k");
    sc_start(ps(20));
}

SCENE(reset_self)
{
    static int left = 2, more = 2;
    static sc_event e("e");

    thread(
        [] {
            witness w("w");
            say("t", "begins");
            wait(ps(2));
            if (left-- > 0)
                sc_get_current_process_handle().reset();
            wait(ps(2));
            say("t", "ends");
        },
        "t");
    method(
        [] {
            witness v("v");
            say("m", "runs");
            if (now() > 0 && more-- > 0)
                sc_get_current_process_handle().reset();
            say("m", "to its end");
        },
        "m", { &e });
    e.notify(ps(3));
    sc_start(ps(20));
}

SCENE(resets_nested)
{
    static sc_process_handle a, b, m;
    static int depth, begun;

    a = thread(
        [] {
            note("a begins");
            for (;;) {
                wait(ps(10));
                note("a resets b");
                if (depth++ < 3)
                    b.reset();
                note("a goes on");
            }
        },
        "a");
    b = thread(
        [] {
            note("b begins");
            if (depth == 2)
                a.reset();
            if (now() > 0)
                m.reset();
            wait(ps(15));
            note("b ends");
        },
        "b");
    m = method(
        [] {
            if (begun++)
                note("m");
            next_trigger(ps(12));
        },
        "m");
    sc_start(ps(60));
}

SCENE(kill_the_caller)
{
    static sc_process_handle a, b, c;

    a = thread(
        [] {
            witness w("wa");
            wait(ps(2));
            b.reset();
            note("never in a");
        },
        "a");
    b = thread(
        [] {
            witness w("wb");
            if (now() > 0) {
                c.throw_it(1);
                note("c is back");
            }
            wait(ps(5));
            note("b ends");
        },
        "b");
    c = thread(
        [] {
            witness w("wc");
            try {
                wait(ps(50));
            } catch (int) {
                a.kill();
                note("a is killed");
            }
            wait(ps(1));
            note("c ends");
        },
        "c");
    sc_start(ps(60));
}

SCENE(reset_before_it_began)
{
    static sc_process_handle t, m;
    static sc_event e("e");

    t = thread(
        [] {
            say("t", "begins");
            wait();
            say("t", "goes on");
        },
        "t", { &e }, false);
    m = method([] { say("m", "runs"); }, "m", { &e }, false);
    note("%d", error_of([] { t.kill(); }));
    note("%d", error_of([] { t.reset(); }));
    note("%d", error_of([] { t.throw_it(1); }));
    sc_start(ps(1));
    note("%d", error_of([] { t.reset(); }));
    thread(
        [] {
            wait(ps(1));
            t.reset();
            m.reset();
            wait(ps(1));
            e.notify();
            wait(ps(1));
            e.notify();
        },
        "k");
    sc_start(ps(9));
}

SCENE(reset_signals)
{
    static sc_signal<bool> hard("hard"), soft("soft"), low("low", true);
    static sc_clock clock("clock", 10, SC_PS);
    static sc_event e("e");
    sc_spawn_options options, other;

    options.set_sensitivity(&clock.posedge_event());
    options.async_reset_signal_is(hard, true);
    options.reset_signal_is(soft, true);
    options.async_reset_signal_is(low, false);
    sc_spawn(
        [] {
            witness w("w");
            say("t", "begins");
            for (;;) {
                wait();
                say("t", "edge");
                wait(ps(13), e);
                say("t", "timed out %d", timed_out());
                wait(2);
                say("t", "two edges");
            }
        },
        "t", &options);
    other.spawn_method();
    other.set_sensitivity(&e);
    // An asynchronous reset of a method is not as in Accellera's library.
    other.reset_signal_is(soft, false);
    sc_spawn([] { say("m", "runs"); }, "m", &other);
    thread(
        [] {
            static const unsigned at[] = { 13, 4, 9,  2, 3,  12,
                                           1,  6, 11, 5, 17, 3 };
            for (unsigned i = 0; i < 12; i++) {
                wait(ps(at[i]));
                if (i % 3 == 0)
                    hard = !hard;
                if (i % 4 == 1)
                    soft = !soft;
                if (i % 5 > 2)
                    low = !low;
                if (i % 2)
                    e.notify(SC_ZERO_TIME);
            }
        },
        "k");
    sc_start(ps(140));
}

SCENE(reset_in_a_list)
{
    static sc_signal<bool> reset("reset");
    static sc_event a("a"), b("b");
    static sc_process_handle t;
    sc_spawn_options options;

    options.async_reset_signal_is(reset, true);
    options.set_sensitivity(&a);
    t = sc_spawn(
        [] {
            say("t", "begins");
            wait(a & b);
            say("t", "both");
            wait(ps(20), a | b);
            say("t", "timed out %d", timed_out());
            wait(3);
            say("t", "three");
        },
        "t", &options);
    thread(
        [] {
            wait(ps(1));
            a.notify();
            reset = true;
            wait(ps(1));
            b.notify();
            a.notify(ps(1));
            wait(ps(2));
            reset = false;
            wait(ps(1));
            b.notify();
            wait(ps(1));
            a.notify();
            wait(ps(5));
            reset = true;
            a.notify(SC_ZERO_TIME);
            wait(ps(5));
            reset = false;
            b.notify(SC_ZERO_TIME);
            a.notify(SC_ZERO_TIME);
            wait(ps(30));
            a.notify();
            wait(ps(1));
            reset = true;
            wait(SC_ZERO_TIME);
            reset = false;
            wait(ps(1));
            t.kill();
            reset = true;
            wait(ps(1));
        },
        "k");
    thread(
        [] {
            for (;;) {
                wait(t.reset_event());
                say("r", "reset");
            }
        },
        "r");
    sc_start(ps(99));
}

SCENE(sync_reset_on)
{
    static sc_process_handle t, m;
    static sc_event e("e");

    t = thread(
        [] {
            say("t", "begins");
            for (;;) {
                wait();
                say("t", "woken");
            }
        },
        "t", { &e });
    m = method([] { say("m", "runs"); }, "m", { &e });
    thread(
        [] {
            wait(ps(1));
            t.sync_reset_on();
            m.sync_reset_on();
            for (int i = 0; i < 6; i++) {
                e.notify();
                wait(ps(1));
                if (i == 2) {
                    t.sync_reset_off();
                    m.sync_reset_off();
                    t.sync_reset_off();
                }
                if (i == 3)
                    t.sync_reset_on(SC_INCLUDE_DESCENDANTS);
                if (i == 4) {
                    note("%d", error_of([] { t.suspend(); }));
                    t.disable();
                }
            }
            t.enable();
            t.sync_reset_off();
            e.notify();
            wait(ps(1));
            e.notify();
        },
        "k");
    sc_start(ps(20));
}
