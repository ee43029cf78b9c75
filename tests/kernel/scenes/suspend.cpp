// SPDX-License-Identifier: GPL-3.0-or-later
//
// Processes that are suspended, disabled, spawned.
#include "scene.hpp"

SCENE(suspends)
{
    static sc_process_handle m, t, s;
    static sc_event e("e");

    m = method([] { say("m", "runs"); }, "m", { &e });
    t = thread(
        [] {
            for (;;) {
                wait(ps(4));
                say("t", "4 are over");
            }
        },
        "t");
    s = thread(
        [] {
            for (;;) {
                wait();
                say("s", "woken");
            }
        },
        "s", { &e });
    thread(
        [] {
            wait(ps(1));
            for (int i = 0; i < 4; i++) {
                m.suspend();
                t.suspend();
                s.suspend();
                wait(ps(3));
                if (i % 2) {
                    e.notify();
                    e.notify(SC_ZERO_TIME);
                }
                wait(ps(3));
                m.resume();
                t.resume();
                s.resume();
                if (i == 2)
                    e.notify();
                wait(ps(3));
            }
            e.notify();
            m.suspend(); // it is runnable
            s.suspend();
            wait(ps(1));
            m.resume();
            s.resume();
            e.notify(SC_ZERO_TIME);
            wait(SC_ZERO_TIME);
            m.suspend();
            s.suspend();
            m.resume();
            s.resume();
            wait(ps(1));
            m.suspend();
            m.suspend();
            e.notify();
            m.resume();
            m.resume();
        },
        "k");
    sc_start(ps(60));
}

SCENE(suspend_self)
{
    static sc_process_handle m, t;
    static sc_event e("e");

    m = method(
        [] {
            say("m", "runs");
            if (now() % 4 == 0)
                sc_get_current_process_handle().suspend();
            say("m", "to its end");
        },
        "m", { &e });
    t = thread(
        [] {
            for (;;) {
                say("t", "suspends itself");
                sc_get_current_process_handle().suspend();
                say("t", "goes on");
                wait();
            }
        },
        "t", { &e });
    thread(
        [] {
            for (int i = 0; i < 8; i++) {
                wait(ps(2));
                e.notify(SC_ZERO_TIME);
                if (i % 3 == 2) {
                    m.resume();
                    t.resume();
                }
            }
        },
        "k");
    sc_start(ps(60));
}

SCENE(disables)
{
    static sc_process_handle m, s;
    static sc_event e("e");

    m = method([] { say("m", "runs"); }, "m", { &e });
    s = thread(
        [] {
            for (;;) {
                wait(e);
                say("s", "woken");
            }
        },
        "s");
    thread(
        [] {
            wait(ps(1));
            e.notify();
            m.disable(); // still runs
            s.disable();
            wait(ps(1));
            e.notify();
            wait(ps(1));
            m.enable();
            s.enable();
            wait(ps(1));
            e.notify();
            wait(ps(1));
            m.disable();
            s.disable();
            e.notify(SC_ZERO_TIME);
            m.enable();
            s.enable();
            wait(ps(1));
            m.disable();
            m.suspend();
            e.notify();
            m.enable();
            wait(ps(1));
            m.resume();
            wait(ps(1));
            m.suspend();
            e.notify();
            m.disable();
            m.enable();
            wait(ps(1));
            m.resume();
        },
        "k");
    sc_start(ps(20));
}

SCENE(disable_self)
{
    static sc_process_handle m, t;
    static sc_event e("e");

    m = method(
        [] {
            say("m", "runs");
            sc_get_current_process_handle().disable();
        },
        "m", { &e });
    t = thread(
        [] {
            for (;;) {
                wait();
                say("t", "runs");
                sc_get_current_process_handle().disable();
            }
        },
        "t", { &e });
    thread(
        [] {
            for (int i = 0; i < 6; i++) {
                wait(ps(1));
                e.notify();
                wait(ps(1));
                if (i % 2) {
                    m.enable();
                    t.enable();
                }
            }
        },
        "k");
    sc_start(ps(20));
}

SCENE(spawning)
{
    static sc_event e("e");

    method(
        [] {
            static int n;
            say("m", "%d", n);
            if (n++ < 2) {
                int k = n;
                thread(
                    [k] {
                        say("c", "%d begins", k);
                        wait(ps(3));
                        say("c", "%d ends", k);
                    },
                    nullptr);
                method([k] { say(k == 1 ? "d1" : "d2", "runs"); }, nullptr,
                       { &e }, k == 1);
            }
        },
        "m", { &e });
    thread(
        [] {
            wait(ps(5));
            e.notify();
            sc_process_handle child = thread(
                [] {
                    say("x", "begins");
                    wait(e);
                    say("x", "woken");
                },
                nullptr);
            wait(child.terminated_event());
            say("t", "child ended %d", child.terminated());
        },
        "t");
    e.notify(ps(8));
    sc_start(ps(20));
    thread([] { say("late", "begins"); }, nullptr);
    method([] { say("late", "runs"); }, nullptr, { &e }, false);
    sc_start(ps(5));
    e.notify(SC_ZERO_TIME);
    sc_start(ps(5));
}

SCENE(control_in_elaboration)
{
    static sc_process_handle a, b, c, d;
    static sc_event e("e");

    a = thread(
        [] {
            say("a", "begins");
            wait();
            say("a", "woken");
        },
        "a", { &e });
    b = method([] { say("b", "runs"); }, "b", { &e });
    c = method([] { say("c", "runs"); }, "c", { &e });
    d = thread(
        [] {
            say("d", "begins");
            wait();
            say("d", "woken");
        },
        "d", { &e }, false);
    a.suspend();
    b.disable();
    c.suspend();
    c.disable();
    d.suspend();
    sc_start(ps(5));
    e.notify();
    sc_start(ps(5));
    a.resume();
    b.enable();
    note("%d", error_of([] { c.resume(); }));
    c.enable();
    d.resume();
    sc_start(ps(5));
    e.notify();
    sc_start(ps(5));
    e.notify();
    sc_start(ps(5));
}

SCENE(corners)
{
    static sc_process_handle t, m;
    static sc_event e("e");

    t = thread(
        [] {
            wait(ps(20));
            say("t", "20 are over");
            wait(ps(10), e);
            say("t", "10 or e");
            wait(e);
            say("t", "e");
        },
        "t");
    m = method(
        [] {
            say("m", "runs");
            next_trigger(ps(9), e);
        },
        "m");
    thread(
        [] {
            wait(ps(1));
            note("%d", error_of([] { t.disable(); }));
            note("%d", error_of([] { m.disable(); }));
            t.suspend();
            note("%d", error_of([] { t.disable(); }));
            t.resume();
            t.suspend();
            t.suspend();
            t.resume();
            wait(ps(25));
            t.enable();
            t.suspend();
            wait(ps(20));
            t.resume();
            wait(ps(2));
            t.disable();
            t.suspend();
            e.notify();
            note("%d", error_of([] { t.resume(); }));
            t.enable();
            wait(ps(1));
            e.notify();
            wait(ps(1));
        },
        "k");
    sc_start(ps(99));
}
