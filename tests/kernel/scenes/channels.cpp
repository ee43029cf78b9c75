// SPDX-License-Identifier: GPL-3.0-or-later
//
// Signals, clocks, ports, fifos, mutexes, semaphores.
#include "scene.hpp"

SCENE(signal_edges)
{
    static sc_signal<bool> s("s");
    static sc_signal<int, SC_MANY_WRITERS> n("n");

    method(
        [] {
            say("any", "%d%d%d%d", s.read(), s.event(), s.posedge(),
                s.negedge());
        },
        "any", { &s.value_changed_event(), &n.value_changed_event() });
    method([] { say("pos", "n %d event %d", n.read(), n.event()); }, "pos",
           { &s.posedge_event() }, false);
    method([] { say("neg", "n %d event %d", n.read(), n.event()); }, "neg",
           { &s.negedge_event() }, false);
    thread(
        [] {
            for (int i = 0; i < 6; i++) {
                wait(ps(2));
                s = !s;
                n = i / 2;
                say("t", "%d %d", s.read(), n.read());
                wait(SC_ZERO_TIME);
                say("t", "%d%d %d%d", s.read(), s.event(), n.read(), n.event());
                wait(SC_ZERO_TIME);
                say("t", "%d%d %d%d", s.read(), s.event(), n.read(), n.event());
            }
        },
        "t");
    sc_start(ps(20));
}

SCENE(writers)
{
    static sc_signal<int> one("one");
    static sc_signal<int, SC_MANY_WRITERS> many("many");
    static sc_signal<int, SC_UNCHECKED_WRITERS> any("any");

    for (int i = 0; i < 2; i++)
        thread(
            [i] {
                const char *who = i ? "b" : "a";
                wait(ps(1 + i));
                say(who, "one %d", error_of([i] { one = 10 + i; }));
                wait(ps(5 - i));
                say(who, "many %d", error_of([] { many = 20; }));
                say(who, "again %d", error_of([] { many = 20; }));
                say(who, "any %d", error_of([] { any = 30; }));
            },
            nullptr);
    sc_start(ps(5));
    one.write(1);
    sc_start(ps(5));
    note("%d %d %d", one.read(), many.read(), any.read());
}

SCENE(buffers)
{
    static sc_buffer<int> b("b");

    method([] { say("m", "%d event %d", b.read(), b.event()); }, "m",
           { &b.value_changed_event() }, false);
    thread(
        [] {
            b = 0;
            wait(ps(1));
            b = 0;
            wait(SC_ZERO_TIME);
            b = 3;
            b = 3;
            wait(ps(1));
            b = 3;
        },
        "t");
    sc_start(ps(5));
    b.write(3);
    sc_start(ps(5));
}

SCENE(clocks)
{
    static sc_clock a("a", 10, SC_PS), b("b", ps(7), 0.4, ps(3), false),
        c("c", ps(4), 0.25, ps(0), true);

    method([] { say("a", "%d%d%d", a.read(), a.posedge(), a.negedge()); }, "ma",
           { &a.value_changed_event() });
    method([] { say("b", "+ %d", b.read()); }, "mb", { &b.posedge_event() },
           false);
    method([] { say("b", "- %d", b.read()); }, "nb", { &b.negedge_event() });
    thread(
        [] {
            for (int i = 0; i < 3; i++) {
                wait(c.posedge_event());
                say("c", "+");
                wait(c.negedge_event() | a.posedge_event());
                say("c", "- %d", a.read());
            }
            wait(ps(8));
            say("c", "%d%d%d at its time", a.read(), b.read(), c.read());
            wait(SC_ZERO_TIME);
            say("c", "%d%d%d a delta later", a.read(), b.read(), c.read());
        },
        "tc");
    sc_start(SC_ZERO_TIME);
    note("%d%d%d", a.read(), b.read(), c.read());
    sc_start(ps(10));
    note("%d%d%d", a.read(), b.read(), c.read());
    sc_start(ps(40));
    note("%d%d%d", a.read(), b.read(), c.read());
}

SC_MODULE(stage)
{
    sc_in<bool> clock;
    sc_in<int> in;
    sc_out<int> out;
    const char *who;
    void step()
    {
        say(who, "%d event %d edge %d", in.read(), in.event(), clock.posedge());
        out = in.read() + 1;
    }
    void look()
    {
        say(who, "looks at %d", in.read());
    }
    SC_CTOR(stage)
    {
        SC_METHOD(step);
        sensitive << clock.pos();
        dont_initialize();
        SC_METHOD(look);
        sensitive << in;
    }
};

SC_MODULE(shell)
{
    sc_in<bool> clock;
    sc_in<int> in;
    sc_out<int> out;
    sc_signal<int> between;
    stage first, second;
    SC_CTOR(shell) : between("between"), first("first"), second("second")
    {
        first.who = "first";
        second.who = "second";
        first.clock(clock);
        second.clock(clock);
        first.in(in);
        first.out(between);
        second.in(between);
        second.out(out);
    }
};

SCENE(ports)
{
    sc_clock clock("clock", 10, SC_PS, 0.5, 5, SC_PS);
    static sc_signal<int> in("in"), out("out");
    shell top("top");

    top.clock(clock);
    top.in(in);
    top.out(out);
    in.write(40);
    sc_start(ps(20));
    in.write(50);
    sc_start(ps(30));
    note("%d", out.read());
}

SCENE(fifos)
{
    static sc_fifo<int> f("f", 3);

    for (int i = 0; i < 2; i++)
        thread(
            [i] {
                for (int n = 0; n < 4; n++) {
                    f.write(10 * i + n);
                    say(i ? "w1" : "w0", "wrote, free %d", f.num_free());
                }
            },
            nullptr);
    method([] { say("m", "written, %d", f.num_available()); }, "mw",
           { &f.data_written_event() }, false);
    method([] { say("n", "read, %d", f.num_free()); }, "mr",
           { &f.data_read_event() }, false);
    thread(
        [] {
            int item = -1, sum = 0;
            say("r", "empty %d", f.nb_read(item));
            for (int n = 0; n < 8; n++) {
                if (n % 3 == 0)
                    wait(ps(2));
                sum += f.read();
                say("r", "left %d", f.num_available());
            }
            note("sum %d", sum);
            say("r", "room %d", f.nb_write(1));
        },
        "r");
    sc_start(ps(50));
}

SCENE(mutexes)
{
    static sc_mutex m("m");

    for (int i = 0; i < 3; i++)
        thread(
            [i] {
                const char *who = i == 0 ? "a" : i == 1 ? "b" : "c";
                wait(ps(uint64_t(i)));
                say(who, "try %d", i == 2 ? m.trylock() : 0);
                say(who, "unlock %d", i ? m.unlock() : 0);
                m.lock();
                say(who, "has it");
                wait(ps(5));
                say(who, "unlock %d", m.unlock());
                say(who, "unlock again %d", m.unlock());
            },
            nullptr);
    sc_start(ps(50));
}

SCENE(mutex_of_the_dead)
{
    static sc_mutex m("m");
    static sc_process_handle owner;

    owner = thread(
        [] {
            m.lock();
            wait(ps(100));
        },
        "owner");
    thread(
        [] {
            wait(ps(2));
            owner.kill();
            say("t", "try %d", m.trylock());
            wait(ps(2));
            say("t", "unlock %d", m.unlock());
        },
        "t");
    sc_start(ps(9));
}

SCENE(semaphores)
{
    static sc_semaphore s("s", 2);

    for (int i = 0; i < 4; i++)
        thread(
            [i] {
                const char *who = i == 0   ? "a"
                                  : i == 1 ? "b"
                                  : i == 2 ? "c"
                                           : "d";
                wait(ps(uint64_t(i)));
                say(who, "try %d of %d", i == 3 ? s.trywait() : 1,
                    s.get_value());
                s.wait();
                say(who, "in");
                wait(ps(5));
                s.post();
                say(who, "out, %d", s.get_value());
            },
            nullptr);
    sc_start(ps(50));
}

SCENE(clock_seen_later)
{
    static sc_clock c("c", 10, SC_PS);

    thread(
        [] {
            for (int i = 0; i < 3; i++) {
                for (int delta = 0; delta < 4; delta++) {
                    say("t", "%d%d%d", c.read(), c.posedge(), c.negedge());
                    wait(SC_ZERO_TIME);
                }
                wait(ps(5));
            }
        },
        "t");
    sc_start(ps(30));
}
