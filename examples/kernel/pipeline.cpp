// SPDX-License-Identifier: GPL-3.0-or-later
// pipeline.c in SystemC.
#include <cstdint>
#include <cstdio>
#include <systemc>
using namespace sc_core;

static const int STAGES = 3;

struct stage : sc_module {
    sc_in<bool> clock, reset;
    sc_in<uint64_t> in;
    sc_out<uint64_t> out;
    uint64_t factor;

    SC_HAS_PROCESS(stage);
    stage(sc_module_name name, uint64_t f) : sc_module(name), factor(f)
    {
        SC_THREAD(run);
        sensitive << clock.pos();
        reset_signal_is(reset, true);
    }
    void run()
    {
        out = 0;
        for (;;) {
            wait();
            out = in * factor + 1;
        }
    }
};

struct bench : sc_module {
    sc_clock clock;
    sc_signal<bool> reset;
    sc_vector<sc_signal<uint64_t>> wires;
    stage zero, one, two;

    SC_HAS_PROCESS(bench);
    bench(sc_module_name name)
        : sc_module(name), clock("clock", 10, SC_NS), reset("reset", true),
          wires("wires", STAGES + 1), zero("zero", 2), one("one", 3),
          two("two", 4)
    {
        stage *stages[] = { &zero, &one, &two };

        for (int i = 0; i < STAGES; i++) {
            stages[i]->clock(clock);
            stages[i]->reset(reset);
            stages[i]->in(wires[i]);
            stages[i]->out(wires[i + 1]);
        }
        SC_THREAD(source);
        sensitive << clock.posedge_event();
        SC_METHOD(monitor);
        sensitive << clock.negedge_event();
        dont_initialize();
    }
    void source()
    {
        for (uint64_t k = 0;; k++) {
            wait();
            wires[0] = k;
            reset = k < 2 || k == 7 || k == 8;
        }
    }
    void monitor()
    {
        printf("%d ns:", (int)(sc_time_stamp().value() / 1000));
        for (int i = 0; i <= STAGES; i++)
            printf(" %d", (int)wires[i].read());
        printf("\n");
    }
};

int sc_main(int, char **)
{
    bench b("bench");

    sc_start(151, SC_NS);
    return 0;
}
