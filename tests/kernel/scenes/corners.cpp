// SPDX-License-Identifier: GPL-3.0-or-later
//
// Control where several things meet: in the same phase, with time-outs,
// on who is suspended, disabled, or in reset.
#include "scene.hpp"

// A method and three threads, each waiting its own way, for one event.
struct cast {
    sc_process_handle m, s, d, l;
    sc_event e, f;
    void all(void (*act)(sc_process_handle &))
    {
        act(m);
        act(s);
        act(d);
        act(l);
    }
};

static cast *make_cast()
{
    cast *c = new cast;

    c->m = method([] { say("m", "runs"); }, "m", { &c->e });
    c->s = thread(
        [] {
            say("s", "begins");
            for (;;) {
                wait();
                say("s", "woken");
            }
        },
        "s", { &c->e });
    c->d = thread(
        [c] {
            say("d", "begins");
            for (;;) {
                wait(c->e);
                say("d", "woken");
            }
        },
        "d");
    c->l = thread(
        [c] {
            say("l", "begins");
            for (;;) {
                wait(c->e & c->f);
                say("l", "woken");
            }
        },
        "l");
    return c;
}

SCENE(immediate_and_suspended)
{
    static cast *c = make_cast();

    thread(
        [] {
            wait(ps(1));
            c->e.notify();
            c->all([](sc_process_handle &p) { p.suspend(); });
            c->all([](sc_process_handle &p) { p.resume(); });
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.suspend(); });
            c->e.notify();
            c->f.notify();
            c->all([](sc_process_handle &p) { p.resume(); });
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.suspend(); });
            c->e.notify();
            wait(ps(1));
            c->f.notify();
            c->all([](sc_process_handle &p) { p.resume(); });
            c->e.notify();
            wait(ps(1));
            c->f.notify();
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.suspend(); });
            c->e.notify(ps(1));
            c->f.notify(ps(2));
            wait(ps(5));
            c->all([](sc_process_handle &p) { p.kill(); });
            c->all([](sc_process_handle &p) { p.resume(); });
            c->e.notify();
        },
        "k");
    sc_start(ps(30));
}

SCENE(immediate_and_disabled)
{
    static cast *c = make_cast();

    thread(
        [] {
            wait(ps(1));
            c->e.notify();
            c->all([](sc_process_handle &p) { p.disable(); });
            c->all([](sc_process_handle &p) { p.enable(); });
            wait(ps(1));
            c->f.notify();
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.disable(); });
            c->e.notify();
            c->f.notify();
            c->all([](sc_process_handle &p) { p.enable(); });
            wait(ps(1));
            c->e.notify();
            wait(ps(1));
            c->f.notify();
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.disable(); });
            c->all([](sc_process_handle &p) { p.reset(); });
            c->e.notify();
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.enable(); });
            c->e.notify();
            c->f.notify();
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.disable(); });
            c->all([](sc_process_handle &p) { p.suspend(); });
            c->e.notify();
            c->all([](sc_process_handle &p) { p.enable(); });
            c->e.notify();
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.resume(); });
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.disable(); });
            c->all([](sc_process_handle &p) { p.kill(); });
        },
        "k");
    sc_start(ps(30));
}

SCENE(reset_in_the_same_phase)
{
    static cast *c = make_cast();

    thread(
        [] {
            wait(ps(1));
            c->e.notify();
            c->f.notify();
            c->all([](sc_process_handle &p) { p.reset(); });
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.reset(); });
            c->e.notify();
            c->f.notify();
            wait(ps(1));
            c->e.notify(SC_ZERO_TIME);
            c->f.notify(SC_ZERO_TIME);
            c->all([](sc_process_handle &p) { p.suspend(); });
            c->all([](sc_process_handle &p) { p.reset(); });
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.resume(); });
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.reset(); });
            c->all([](sc_process_handle &p) { p.reset(); });
            c->all([](sc_process_handle &p) { p.kill(); });
            c->all([](sc_process_handle &p) { p.reset(); });
        },
        "k");
    sc_start(ps(30));
}

SCENE(held_in_reset)
{
    static cast *c = make_cast();

    thread(
        [] {
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.sync_reset_on(); });
            c->e.notify();
            wait(ps(1));
            c->f.notify();
            wait(ps(1));
            c->e.notify(SC_ZERO_TIME);
            c->f.notify(SC_ZERO_TIME);
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.reset(); });
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.disable(); });
            c->e.notify();
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.enable(); });
            c->e.notify();
            c->all([](sc_process_handle &p) { p.sync_reset_off(); });
            wait(ps(1));
            c->e.notify();
            c->f.notify();
            wait(ps(1));
            c->e.notify();
            c->all([](sc_process_handle &p) { p.sync_reset_on(); });
            c->all([](sc_process_handle &p) { p.sync_reset_off(); });
            wait(ps(1));
            c->f.notify();
            wait(ps(1));
            c->all([](sc_process_handle &p) { p.sync_reset_on(); });
            c->all([](sc_process_handle &p) { p.kill(); });
        },
        "k");
    sc_start(ps(30));
}

SCENE(held_and_timed)
{
    static sc_process_handle t, u, m;
    static sc_event e("e");

    t = thread(
        [] {
            say("t", "begins");
            wait(ps(10));
            say("t", "10 are over");
            wait(ps(10), e);
            say("t", "timed out %d", timed_out());
            wait(3);
            say("t", "three");
        },
        "t", { &e });
    u = thread(
        [] {
            say("u", "begins");
            wait(4);
            say("u", "four");
            wait(SC_ZERO_TIME);
            say("u", "a delta");
            wait(ps(1000));
        },
        "u", { &e });
    m = method(
        [] {
            say("m", "runs");
            next_trigger(ps(7), e);
        },
        "m", { &e });
    thread(
        [] {
            wait(ps(3));
            t.sync_reset_on();
            u.sync_reset_on();
            m.sync_reset_on();
            wait(ps(9));
            t.sync_reset_off();
            u.sync_reset_off();
            m.sync_reset_off();
            wait(ps(12));
            t.sync_reset_on();
            wait(ps(1));
            e.notify();
            wait(ps(1));
            t.sync_reset_off();
            for (int i = 0; i < 8; i++) {
                wait(ps(3));
                e.notify();
            }
            u.sync_reset_on();
            wait(ps(3));
            e.notify();
            u.sync_reset_off();
            wait(ps(3));
            e.notify();
        },
        "k");
    sc_start(ps(200));
}

SCENE(suspended_and_timed)
{
    static sc_process_handle t, u, m;
    static sc_event e("e");

    t = thread(
        [] {
            for (;;) {
                wait(ps(10), e);
                say("t", "timed out %d", timed_out());
            }
        },
        "t");
    u = thread(
        [] {
            for (;;) {
                wait(SC_ZERO_TIME);
                wait(ps(7));
                say("u", "7 are over");
            }
        },
        "u");
    m = method(
        [] {
            say("m", "runs");
            next_trigger(ps(10), e);
        },
        "m");
    thread(
        [] {
            wait(ps(3));
            t.suspend();
            u.suspend();
            m.suspend();
            wait(ps(20));
            t.resume();
            u.resume();
            m.resume();
            wait(ps(3));
            t.suspend();
            u.suspend();
            m.suspend();
            e.notify();
            wait(ps(2));
            e.notify();
            t.resume();
            u.resume();
            m.resume();
            wait(ps(3));
            t.suspend();
            u.suspend();
            m.suspend();
            wait(ps(2));
            t.resume();
            u.resume();
            m.resume();
            wait(ps(50));
        },
        "k");
    sc_start(ps(80));
}

SCENE(two_resets_of_each)
{
    static sc_signal<bool> r("r"), q("q");
    static sc_event e("e");
    static sc_process_handle t, u;
    sc_spawn_options options, other;

    options.async_reset_signal_is(r, true);
    options.async_reset_signal_is(q, true);
    options.set_sensitivity(&e);
    t = sc_spawn(
        [] {
            say("t", "begins");
            for (;;) {
                wait();
                say("t", "woken");
            }
        },
        "t", &options);
    other.reset_signal_is(r, true);
    other.reset_signal_is(q, false);
    other.set_sensitivity(&e);
    u = sc_spawn(
        [] {
            say("u", "begins");
            for (;;) {
                wait(2);
                say("u", "woken");
            }
        },
        "u", &other);
    thread(
        [] {
            static const char bits[] = "0010111010011101000110";
            for (unsigned i = 0; bits[i + 1] != 0; i++) {
                wait(ps(2));
                r = bits[i] == '1';
                q = bits[i + 1] == '1';
                wait(ps(1));
                e.notify(SC_ZERO_TIME);
                if (i == 9)
                    t.reset();
                if (i == 12)
                    u.reset();
            }
        },
        "k");
    sc_start(ps(99));
}

SCENE(throw_and_wake)
{
    static cast *c = make_cast();
    static sc_process_handle t;

    t = thread(
        [] {
            for (int i = 0; i < 6; i++)
                try {
                    say("t", "%d", i);
                    wait(ps(10), c->e);
                    say("t", "%d", timed_out());
                } catch (int thrown) {
                    say("t", "caught %d", thrown);
                }
        },
        "t");
    thread(
        [] {
            wait(ps(1));
            c->e.notify();
            t.throw_it(1);
            c->e.notify();
            wait(ps(1));
            t.throw_it(2);
            wait(ps(9));
            t.suspend();
            t.throw_it(3);
            t.throw_it(4);
            wait(ps(5));
            t.resume();
            wait(ps(1));
            t.throw_it(5);
            t.throw_it(6);
            t.throw_it(7);
            note("%d", t.terminated());
        },
        "k");
    sc_start(ps(50));
}

SCENE(priorities)
{
    // Each pair of controls, in both orders, on a thread and a method.
    static const char *const names = "srdeRhok";
    static sc_process_handle t[64], m[64];
    static sc_event e("e");
    static auto act = [](char what, sc_process_handle &p) {
        return error_of([&] {
            switch (what) {
            case 's':
                p.suspend();
                break;
            case 'r':
                p.resume();
                break;
            case 'd':
                p.disable();
                break;
            case 'e':
                p.enable();
                break;
            case 'R':
                p.reset();
                break;
            case 'h':
                p.sync_reset_on();
                break;
            case 'o':
                p.sync_reset_off();
                break;
            default:
                p.kill();
            }
        });
    };

    for (int i = 0; i < 64; i++) {
        std::string *who =
            new std::string(std::string(1, names[i / 8]) + names[i % 8]);
        t[i] = thread(
            [who] {
                say(("t" + *who).c_str(), "begins");
                for (;;) {
                    wait();
                    say(("t" + *who).c_str(), "woken");
                }
            },
            nullptr, { &e });
        m[i] = method([who] { say(("m" + *who).c_str(), "runs"); }, nullptr,
                      { &e });
    }
    thread(
        [] {
            wait(ps(1));
            for (int i = 0; i < 64; i++) {
                int a = act(names[i / 8], t[i]), b = act(names[i % 8], t[i]),
                    c = act(names[i / 8], m[i]), d = act(names[i % 8], m[i]);
                if (a || b || c || d)
                    note("%c%c:%d,%d,%d,%d", names[i / 8], names[i % 8], a, b,
                         c, d);
            }
            e.notify();
            wait(ps(1));
            for (int i = 0; i < 64; i++) {
                act('e', t[i]);
                act('e', m[i]);
            }
            e.notify();
            wait(ps(1));
            for (int i = 0; i < 64; i++) {
                act('r', t[i]);
                act('r', m[i]);
            }
            wait(ps(1));
            e.notify();
            wait(ps(1));
            for (int i = 0; i < 64; i++) {
                act('o', t[i]);
                act('o', m[i]);
            }
            e.notify();
            wait(ps(1));
            e.notify(SC_ZERO_TIME);
            wait(ps(1));
            for (int i = 0; i < 64; i++)
                if (t[i].terminated() || m[i].terminated())
                    note("%c%c:%d%d", names[i / 8], names[i % 8],
                         t[i].terminated(), m[i].terminated());
        },
        "k");
    sc_start(ps(20));
}
