// SPDX-License-Identifier: GPL-3.0-or-later
//
// Control in hooks, of oneself, and by who is about to leave.
#include "scene.hpp"

struct elaborated : sc_module {
    sc_event e;
    sc_process_handle a, b, c, d, x;
    explicit elaborated(sc_module_name)
    {
        a = thread([this] { run("a"); }, "a", { &e });
        b = method([] { say("b", "runs"); }, "b", { &e });
        c = thread([this] { run("c"); }, "c", { &e }, false);
        d = method([] { say("d", "runs"); }, "d", { &e }, false);
        a.suspend();
        b.suspend();
        d.disable();
    }
    void run(const char *who)
    {
        say(who, "begins");
        for (;;) {
            wait();
            say(who, "woken");
        }
    }
    void before_end_of_elaboration() override
    {
        c.disable();
        note("%d", error_of([this] { c.kill(); }));
    }
    void end_of_elaboration() override
    {
        a.resume();
        d.enable();
        e.notify(SC_ZERO_TIME);
    }
    void start_of_simulation() override
    {
        b.resume();
        a.suspend();
        c.enable();
        note("%d", error_of([this] { d.reset(); }));
        x = thread([] { say("x", "never"); }, "x");
        x.suspend();
    }
};

SCENE(control_in_hooks)
{
    static elaborated top("top");

    thread(
        [] {
            wait(ps(3));
            top.a.resume();
            wait(ps(3));
            top.e.notify();
            wait(ps(3));
            top.x.kill();
        },
        "k");
    sc_start(ps(20));
}

SCENE(stop_in_hooks)
{
    struct stopped : sc_module {
        explicit stopped(sc_module_name)
        {
        }
        void end_of_elaboration() override
        {
            note("eoe");
            sc_stop();
        }
        void start_of_simulation() override
        {
            note("sos");
        }
        void end_of_simulation() override
        {
            note("eos");
        }
    } top("top");

    thread([] { note("ran"); }, "t");
    sc_start(ps(5));
    note("back");
    note("%d", error_of([] { sc_start(ps(5)); }));
}

SCENE(pause_in_hooks)
{
    struct paused : sc_module {
        explicit paused(sc_module_name)
        {
        }
        void end_of_elaboration() override
        {
            sc_pause();
        }
        void start_of_simulation() override
        {
            sc_pause();
        }
    } top("top");

    thread(
        [] {
            say("t", "begins");
            wait(ps(2));
            say("t", "goes on");
            sc_pause();
            wait(SC_ZERO_TIME);
            say("t", "after the pause");
        },
        "t");
    sc_pause();
    sc_start(ps(5));
    note("%llu", (unsigned long long)now());
    sc_pause();
    sc_start(ps(5));
    note("%llu", (unsigned long long)now());
}

SCENE(self_control)
{
    static sc_event e("e");
    static sc_process_handle self;
    static int begun;

    thread(
        [] {
            sc_process_handle me = sc_get_current_process_handle();
            say("t", "begins");
            me.disable();
            me.enable();
            me.suspend();
            say("t", "resumed");
            me.sync_reset_on();
            wait();
            say("t", "never");
        },
        "t", { &e });
    self = thread(
        [] {
            try {
                if (++begun > 3)
                    wait(ps(50));
                self.throw_it(5);
                note("never");
            } catch (int thrown) {
                say("u", "caught %d", thrown);
            }
            try {
                self.reset();
            } catch (const sc_unwind_exception &unwinds) {
                say("u", "reset %d", unwinds.is_reset());
                throw;
            }
        },
        "u");
    thread(
        [] {
            wait(ps(2));
            e.notify();
            wait(ps(2));
        },
        "k");
    sc_start(ps(9));
}

SCENE(wait_in_unwinding)
{
    static sc_process_handle t;

    t = thread(
        [] {
            try {
                wait(ps(20));
            } catch (const sc_unwind_exception &) {
                note("%d", error_of([] { wait(ps(1)); }));
                throw;
            }
        },
        "t");
    thread(
        [] {
            wait(ps(2));
            note("<");
            t.kill();
            note("> %d", t.terminated());
        },
        "k");
    sc_start(ps(9));
}

SCENE(control_from_who_leaves)
{
    static sc_process_handle a, b, c;

    a = thread(
        [] {
            try {
                wait(ps(20));
            } catch (const sc_unwind_exception &) {
                note("a leaves");
                a.kill();
                a.reset();
                b.kill();
                c.reset();
                note("a has left");
                throw;
            }
        },
        "a");
    b = thread(
        [] {
            try {
                wait(ps(20));
            } catch (const sc_unwind_exception &) {
                note("b leaves");
                a.kill();
                throw;
            }
        },
        "b");
    c = thread(
        [] {
            note("c begins");
            wait(ps(20));
            note("c ends");
        },
        "c");
    thread(
        [] {
            wait(ps(2));
            a.kill();
            note("%d%d%d", a.terminated(), b.terminated(), c.terminated());
        },
        "k");
    sc_start(ps(50));
}
