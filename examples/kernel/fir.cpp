// SPDX-License-Identifier: GPL-3.0-or-later
// fir.c in SystemC.
#include <cstdio>
#include <systemc>
using namespace sc_core;

static const int TAPS = 4;
static const int taps[TAPS] = { -2, 3, 5, 1 };

SC_MODULE(filter)
{
    sc_clock clock;
    sc_signal<int> x, y;
    int past[TAPS] = {}, sample = 0;

    SC_CTOR(filter) : clock("clock", 2, SC_NS), x("x"), y("y")
    {
        SC_METHOD(source);
        sensitive << clock.posedge_event();
        dont_initialize();
        SC_METHOD(run);
        sensitive << clock.posedge_event();
        dont_initialize();
        SC_METHOD(sink);
        sensitive << y;
        dont_initialize();
    }
    void source()
    {
        x = sample * 7 % 11 - 5;
        sample++;
    }
    void run()
    {
        int sum = 0;

        for (int k = TAPS - 1; k > 0; k--)
            past[k] = past[k - 1];
        past[0] = x;
        for (int k = 0; k < TAPS; k++)
            sum += taps[k] * past[k];
        y = sum;
    }
    void sink()
    {
        printf("%d ns: %d\n", (int)(sc_time_stamp().value() / 1000), y.read());
    }
};

int sc_main(int, char **)
{
    filter f("filter");

    sc_start(41, SC_NS);
    return 0;
}
