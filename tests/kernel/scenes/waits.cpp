// SPDX-License-Identifier: GPL-3.0-or-later
//
// What processes wait for: events, lists, counts, times; when they first run.
#include "scene.hpp"

SCENE(event_lists)
{
    static sc_event a("a"), b("b"), c("c");

    thread(
        [] {
            wait(a | b | a);
            say("or", "first");
            wait(a & b & c & a);
            say("or", "all three");
            wait(ps(3), a | b);
            say("or", "timed out %d", timed_out());
            wait(ps(30), a & b);
            say("or", "timed out %d", timed_out());
            wait(ps(3), a & b);
            say("or", "timed out %d", timed_out());
            wait(ps(0), a);
            say("or", "delta, timed out %d", timed_out());
            sc_event_or_list list;
            list |= b;
            list |= c;
            note("size %d", list.size());
            wait(list);
            say("or", "list");
        },
        "waiter");
    thread(
        [] {
            for (int i = 0;; i++) {
                wait(ps(5));
                (i % 3 == 0 ? a : i % 3 == 1 ? b : c).notify();
                if (i % 4 == 3) {
                    a.notify(SC_ZERO_TIME);
                    b.notify(SC_ZERO_TIME);
                }
            }
        },
        "driver");
    sc_start(ps(200));
}

SCENE(event_lists_same_delta)
{
    static sc_event a("a"), b("b");

    thread(
        [] {
            for (int i = 0; i < 4; i++) {
                if (i % 2)
                    wait(a & b);
                else
                    wait(a | b);
                say("t", "%d", i);
            }
        },
        "t");
    method(
        [] {
            static int n;
            say("m", "%d", n++);
            if (n % 2)
                next_trigger(a & b);
            else
                next_trigger(ps(4), a & b);
        },
        "m");
    thread(
        [] {
            for (int i = 0; i < 8; i++) {
                wait(ps(10));
                a.notify(SC_ZERO_TIME);
                if (i % 3)
                    b.notify(SC_ZERO_TIME);
                wait(SC_ZERO_TIME);
                wait(SC_ZERO_TIME);
                b.notify();
                if (i % 3 == 1)
                    a.notify(SC_ZERO_TIME);
            }
        },
        "driver");
    sc_start(ps(100));
}

SCENE(next_trigger_last_counts)
{
    static sc_event s("s"), d("d");

    method(
        [] {
            static int n;
            say("m", "%d", n);
            switch (n++) {
            case 0:
                next_trigger(d);
                next_trigger(ps(7));
                break;
            case 1:
                next_trigger(ps(7));
                next_trigger(d);
                break;
            case 2:
                next_trigger(d);
                next_trigger();
                break;
            case 3:
                next_trigger(ps(2));
                next_trigger(SC_ZERO_TIME);
                break;
            case 4:
                next_trigger(SC_ZERO_TIME, d);
                break;
            case 5:
                next_trigger(ps(1), d & s);
                break;
            case 6:
                next_trigger(d & s);
                break;
            case 7:
                next_trigger(ps(100), d | s);
                break;
            default:
                break;
            }
        },
        "m", { &s });
    thread(
        [] {
            for (int i = 0; i < 30; i++) {
                wait(ps(3));
                s.notify();
                if (i % 4 == 3)
                    d.notify(ps(1));
            }
        },
        "driver");
    sc_start(ps(120));
}

SCENE(wait_counts)
{
    static sc_event a("a"), b("b");

    thread(
        [] {
            wait(3);
            say("t", "3");
            wait(1);
            say("t", "1");
            wait(ps(2));
            say("t", "2 ps");
            wait(2);
            say("t", "2");
            note("error %d", error_of([] { wait(0); }));
            note("error %d", error_of([] { wait(-1); }));
            wait(4);
            say("t", "4");
        },
        "t", { &a, &b });
    thread(
        [] {
            for (int i = 0; i < 20; i++) {
                wait(ps(5));
                a.notify(SC_ZERO_TIME);
                b.notify(SC_ZERO_TIME);
                if (i % 2) {
                    wait(SC_ZERO_TIME);
                    wait(SC_ZERO_TIME);
                    a.notify();
                }
            }
        },
        "driver");
    sc_start(ps(150));
}

SC_MODULE(first_runs)
{
    sc_event e;
    sc_signal<bool> s;
    void m0()
    {
        say("m0", "runs");
    }
    void m1()
    {
        say("m1", "runs");
    }
    void t0()
    {
        say("t0", "begins");
        wait();
        say("t0", "goes on");
    }
    void t1()
    {
        say("t1", "begins");
        wait();
        say("t1", "goes on");
        wait();
        say("t1", "goes on");
    }
    void drive()
    {
        wait(ps(5));
        s = true;
        wait(ps(5));
        s = false;
        e.notify();
        wait(ps(5));
        e.notify(SC_ZERO_TIME);
        s = true;
    }
    SC_CTOR(first_runs)
    {
        SC_METHOD(m0);
        sensitive << e << s;
        SC_METHOD(m1);
        sensitive << s.posedge_event();
        dont_initialize();
        SC_THREAD(t0);
        sensitive << s;
        SC_THREAD(t1);
        sensitive << e << s.negedge_event();
        dont_initialize();
        SC_THREAD(drive);
    }
};

SCENE(dont_initialize)
{
    first_runs top("top");

    sc_start(ps(2));
    say("main", "first");
    sc_start(ps(98));
}

SCENE(no_sensitivity)
{
    method([] { say("m", "once"); }, "m");
    method([] { say("never", "ran"); }, "n", {}, false);
    thread(
        [] {
            say("t", "once");
            wait();
            say("t", "never");
        },
        "t");
    sc_start(ps(10));
    say("main", "pending %d", sc_pending_activity());
}

SCENE(notify_overrides)
{
    static sc_event e("e");

    method([] { say("m", "runs"); }, "m", { &e }, false);
    thread(
        [] {
            e.notify(ps(10));
            e.notify(ps(5));
            e.notify(ps(7));
            wait(ps(20));
            e.notify(SC_ZERO_TIME);
            e.notify(ps(1));
            wait(ps(20));
            e.notify(ps(1));
            e.notify(SC_ZERO_TIME);
            e.cancel();
            wait(ps(20));
            e.notify(ps(3));
            e.notify();
            wait(ps(20));
            e.notify(SC_ZERO_TIME);
            e.notify();
            wait(ps(20));
            e.notify(ps(5));
            wait(ps(5));
            say("t", "same time");
            e.notify(ps(5));
            wait(ps(2));
            e.notify(ps(3));
            wait(ps(1));
            e.notify(ps(3));
            e.cancel();
            e.cancel();
            e.notify(ps(9));
        },
        "t");
    sc_start(ps(300));
}

SCENE(immediate)
{
    static sc_event a("a"), b("b");
    static int left = 5;

    method(
        [] {
            say("m", "runs, %d left", left);
            if (left-- > 0)
                b.notify();
            a.notify(); // not itself
        },
        "m", { &a }, false);
    thread(
        [] {
            for (;;) {
                wait(b);
                say("t", "woken");
                a.notify();
            }
        },
        "t");
    thread(
        [] {
            wait(ps(1));
            a.notify();
            a.notify();
            wait(ps(1));
            a.notify(ps(1));
            a.notify();
        },
        "driver");
    sc_start(ps(10));
    left = 1;
    a.notify();
    sc_start(ps(10));
}

SCENE(triggered)
{
    static sc_event a("a"), b("b");
    static auto both = [](const char *who) {
        say(who, "%d%d", a.triggered(), b.triggered());
    };

    thread(
        [] {
            both("t");
            wait(a);
            both("t");
            b.notify();
            both("t");
            wait(SC_ZERO_TIME);
            both("t");
            wait(ps(1));
            both("t");
            wait(ps(9));
            both("t");
        },
        "t");
    thread(
        [] {
            for (;;) {
                wait(a & b);
                both("u");
            }
        },
        "u");
    a.notify(SC_ZERO_TIME);
    sc_start(ps(0));
    both("main");
    sc_start(ps(5));
    both("main");
    a.notify(ps(1));
    sc_start(ps(1));
    both("main");
    sc_start(ps(1));
    both("main");
    sc_start(ps(20));
}

SCENE(event_queues)
{
    static sc_event_queue q("q");

    method([] { say("m", "runs"); }, "m", { &q.default_event() }, false);
    thread(
        [] {
            for (;;) {
                wait(q.default_event());
                say("t", "woken");
            }
        },
        "t");
    thread(
        [] {
            q.notify(ps(10));
            q.notify(ps(10));
            q.notify(ps(5));
            q.notify(SC_ZERO_TIME);
            q.notify(SC_ZERO_TIME);
            wait(ps(20));
            q.notify(ps(5));
            q.notify(ps(7));
            wait(ps(6));
            q.cancel_all();
            q.notify(ps(2));
            wait(ps(20));
            q.notify(ps(0));
            q.cancel_all();
            wait(ps(5));
            q.notify(ps(3));
            wait(ps(3));
            q.notify(ps(0));
            q.notify(ps(1));
        },
        "driver");
    sc_start(ps(200));
}

SCENE(time_outs)
{
    static sc_event e("e");

    thread(
        [] {
            wait(ps(10), e);
            say("t", "%d", timed_out());
            wait(ps(5), e);
            say("t", "%d", timed_out());
            wait(ps(5));
            say("t", "%d", timed_out());
            wait(e);
            say("t", "%d", timed_out());
            e.notify(ps(4));
            wait(ps(4), e);
            say("t", "both at once");
            wait(ps(4), e);
            say("t", "%d", timed_out());
        },
        "t");
    method(
        [] {
            static int n;
            say("m", "%d", n++);
            next_trigger(ps(6), e);
        },
        "m");
    e.notify(ps(3));
    sc_start(ps(15));
    e.notify(SC_ZERO_TIME);
    sc_start(ps(100));
}
