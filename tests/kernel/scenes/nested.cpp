// SPDX-License-Identifier: GPL-3.0-or-later
//
// A process lets another run, by a reset, which meanwhile acts on the first.
#include "scene.hpp"

// What the inner process does to the outer one, each pair in a scene of its
// own.
static sc_process_handle outer, inner, other;
static sc_event e("e");
static void (*deed)();

static void outer_runs()
{
    static int n;

    if (now() > 0)
        note("o%llu", (unsigned long long)now());
    if (now() < 10 || n++ > 4)
        return;
    note("<");
    inner.reset();
    note(">");
    if (n < 3)
        inner.reset();
    note("end");
}

static void inner_runs()
{
    if (now() > 0)
        note("i%llu", (unsigned long long)now());
    if (now() < 10)
        return;
    deed();
    note("i-");
}

static void outer_thread()
{
    witness w("o");
    for (;;) {
        try {
            outer_runs();
            wait();
        } catch (int thrown) {
            note("caught %d", thrown);
            wait();
        }
    }
}

static void inner_thread()
{
    witness w("i");
    for (;;) {
        inner_runs();
        wait();
    }
}

static void play(bool outer_is_thread, bool inner_is_thread, void (*does)())
{
    deed = does;
    outer = outer_is_thread ? thread(outer_thread, "outer", { &e })
                            : method(outer_runs, "outer", { &e });
    inner = inner_is_thread ? thread(inner_thread, "inner")
                            : method(inner_runs, "inner");
    other = thread(
        [] {
            uint64_t last = 0;

            for (;;) {
                wait(e);
                if (now() != last) // how often depends on the order
                    say("x", "woken");
                last = now();
            }
        },
        "other");
    e.notify(ps(10));
    sc_start(ps(20));
    note("|");
    e.notify(SC_ZERO_TIME);
    sc_start(ps(5));
    note("| ended %d%d", outer.terminated(), inner.terminated());
}

#define NESTED(name, deed)                                                     \
    SCENE(nested_##name##_mm)                                                  \
    {                                                                          \
        play(false, false, [] { deed });                                       \
    }                                                                          \
    SCENE(nested_##name##_mt)                                                  \
    {                                                                          \
        play(false, true, [] { deed });                                        \
    }                                                                          \
    SCENE(nested_##name##_tm)                                                  \
    {                                                                          \
        play(true, false, [] { deed });                                        \
    }                                                                          \
    SCENE(nested_##name##_tt)                                                  \
    {                                                                          \
        play(true, true, [] { deed });                                         \
    }

NESTED(kill, outer.kill();)
NESTED(suspend, outer.suspend();)
NESTED(suspend_resume, outer.suspend(); outer.resume();)
NESTED(disable, outer.disable();)
NESTED(wake, e.notify();)
NESTED(hold, outer.sync_reset_on();)
NESTED(kill_both, outer.kill(); inner.kill();)
NESTED(once, static int n; if (n++ == 0) outer.reset();)
NESTED(kill_other, other.kill(); outer.suspend(); outer.kill();)

SCENE(nested_throw_tt)
{
    play(true, true, [] { outer.throw_it(3); });
}
SCENE(nested_throw_tm)
{
    play(true, false, [] { outer.throw_it(3); });
}

SCENE(kept_then_enabled)
{
    static sc_process_handle m, t;

    m = method([] { say("m", "runs"); }, "m", { &e });
    t = thread(
        [] {
            for (;;) {
                wait();
                say("t", "woken");
            }
        },
        "t", { &e });
    thread(
        [] {
            for (int i = 0; i < 2; i++) {
                wait(ps(2));
                m.suspend();
                t.suspend();
                e.notify();
                m.disable();
                t.disable();
                note("%d%d", error_of([] { m.resume(); }),
                     error_of([] { t.resume(); }));
                wait(ps(2));
                m.enable();
                t.enable();
                wait(ps(2));
                m.resume();
                t.resume();
            }
            e.notify();
        },
        "k");
    sc_start(ps(30));
}
