// SPDX-License-Identifier: GPL-3.0-or-later
//
// Handles of processes; kill and throw, and descendants.
#include "scene.hpp"

SCENE(handles)
{
    static sc_process_handle none, t, m;
    static sc_event e("e");

    note("%d%d '%s'", none.valid(), none.terminated(), none.name());
    t = thread(
        [] {
            say("t", "same %d", sc_get_current_process_handle() == t);
            wait(ps(5));
        },
        "t");
    m = method(
        [] { say("m", "same %d", sc_get_current_process_handle() == m); }, "m",
        { &e });
    note("%d%d %s %s", t.valid(), t.terminated(), t.name(), m.name());
    note("%d%d", t == m, t != none);
    thread(
        [] {
            wait(t.terminated_event());
            say("w", "t ended %d", t.terminated());
            e.notify();
            wait(ps(2));
            m.kill();
            say("w", "m ended %d, valid %d", m.terminated(), m.valid());
            e.notify();
            wait(ps(1), m.terminated_event());
            say("w", "timed out %d", timed_out());
            t.kill();
            t.suspend();
            t.reset();
            say("w", "of who ended nothing comes");
        },
        "w");
    sc_start(ps(20));
    note("%d", sc_get_current_process_handle().valid());
}

SCENE(terminated_events)
{
    static sc_process_handle a, b, m;
    static sc_event e("e");

    a = thread(
        [] {
            wait(ps(3));
            say("a", "ends");
        },
        "a");
    b = thread([] { wait(ps(99)); }, "b");
    m = method([] { say("m", "runs"); }, "m", { &e }, false);
    thread(
        [] {
            wait(a.terminated_event());
            say("w", "a ended %d", a.terminated());
            wait(b.terminated_event());
            say("w", "b ended %d", b.terminated());
            wait(m.terminated_event());
            say("w", "m ended %d", m.terminated());
        },
        "w");
    method(
        [] {
            say("n", "woken");
            next_trigger(a.terminated_event() | b.terminated_event() |
                         m.terminated_event());
        },
        "n");
    thread(
        [] {
            wait(ps(5));
            b.kill();
            say("k", "killed b");
            wait(ps(2));
            m.kill();
            say("k", "killed m");
        },
        "k");
    sc_start(ps(20));
}

SCENE(kill_self)
{
    static sc_event e("e");

    thread(
        [] {
            witness a("a");
            wait(ps(2));
            witness b("b");
            note("kills itself");
            sc_get_current_process_handle().kill();
            note("never");
        },
        "t");
    method(
        [] {
            witness c("c");
            say("m", "runs");
            if (now() == 4)
                sc_get_current_process_handle().kill();
            note("end of m");
        },
        "m", { &e });
    e.notify(ps(4));
    sc_start(ps(6));
    e.notify();
    sc_start(ps(6));
}

SCENE(kill_in_a_wait)
{
    static sc_event a("a"), b("b");
    static sc_process_handle t, u;

    t = thread(
        [] {
            witness w("w");
            try {
                wait(ps(50), a & b);
            } catch (const sc_unwind_exception &unwinds) {
                note("reset %d unwinds %d ended %d", unwinds.is_reset(),
                     t.is_unwinding(), t.terminated());
                throw;
            }
            note("never");
        },
        "t");
    u = thread(
        [] {
            wait(t.terminated_event());
            say("u", "t ended %d", t.terminated());
        },
        "u");
    thread(
        [] {
            wait(ps(3));
            a.notify();
            note("<");
            t.kill();
            note("> %d", t.terminated());
            b.notify();
            t.kill();
            wait(ps(3));
        },
        "killer");
    sc_start(ps(99));
}

static sc_process_handle spawn_family(const char *name, int depth)
{
    return thread(
        [name, depth] {
            std::string who = name + std::to_string(depth);
            witness w(who.c_str());
            if (depth > 0)
                spawn_family(name, depth - 1);
            method(
                [] {
                    next_trigger(ps(6));
                    say("m", "runs");
                },
                nullptr);
            try {
                for (;;) {
                    wait(ps(3));
                    say(who.c_str(), "goes on");
                }
            } catch (int thrown) {
                note("%s%d caught %d", name, depth, thrown);
            }
            wait(ps(uint64_t(7 + depth)));
            say(who.c_str(), "ends");
        },
        nullptr);
}

SCENE(throw_at_descendants)
{
    static sc_process_handle parent;

    parent = spawn_family("f", 2);
    thread(
        [] {
            wait(ps(5));
            note("<");
            parent.throw_it(7, SC_INCLUDE_DESCENDANTS);
            note(">");
            wait(ps(4));
            parent.kill();
            say("k", "%d", parent.terminated());
        },
        "k");
    sc_start(ps(17));
}

SCENE(kill_descendants)
{
    static sc_process_handle parent;

    parent = spawn_family("f", 2);
    thread(
        [] {
            wait(ps(4));
            parent.suspend(SC_INCLUDE_DESCENDANTS);
            wait(ps(4));
            parent.resume(SC_INCLUDE_DESCENDANTS);
            wait(ps(4));
            note("<");
            parent.kill(SC_INCLUDE_DESCENDANTS);
            note(">");
        },
        "k");
    sc_start(ps(30));
}

SCENE(reset_descendants)
{
    static sc_process_handle parent;

    parent = spawn_family("f", 1);
    thread(
        [] {
            wait(ps(5));
            note("<");
            parent.reset();
            note(">");
        },
        "k");
    sc_start(ps(12));
}

SCENE(throws)
{
    static sc_process_handle t;
    static sc_event e("e");

    t = thread(
        [] {
            for (;;) {
                int got = 0;
                try {
                    say("t", "waits");
                    wait(ps(20), e);
                    say("t", "timed out %d", timed_out());
                } catch (int thrown) {
                    note("caught %d", thrown);
                    got = thrown;
                }
                try {
                    wait(ps(1));
                } catch (int thrown) {
                    note("caught %d again", thrown);
                }
                say("t", "after %d", got);
            }
        },
        "t");
    thread(
        [] {
            wait(ps(3));
            t.throw_it(1);
            note("back");
            t.throw_it(2);
            e.notify();
            wait(ps(5));
            t.suspend();
            t.throw_it(3);
            say("k", "thrown at who is suspended");
            wait(ps(5));
            t.resume();
            wait(ps(5));
            e.notify();
            t.throw_it(4);
            wait(ps(30));
            t.kill();
            t.throw_it(5);
        },
        "k");
    sc_start(ps(60));
}

SCENE(throw_while_disabled)
{
    static sc_process_handle t;
    static sc_event e("e");

    t = thread(
        [] {
            for (;;) {
                try {
                    wait(e);
                    say("t", "woken");
                } catch (int thrown) {
                    say("t", "caught %d", thrown);
                }
            }
        },
        "t");
    thread(
        [] {
            wait(ps(1));
            t.disable();
            e.notify();
            t.throw_it(6);
            wait(ps(1));
            e.notify();
            t.reset();
            wait(ps(1));
            t.enable();
            e.notify();
            wait(ps(1));
            e.notify();
        },
        "k");
    sc_start(ps(10));
}
