// SPDX-License-Identifier: GPL-3.0-or-later
// bus.c in SystemC.
#include <cstdio>
#include <systemc>
using namespace sc_core;

static const int MASTERS = 2;

static int now()
{
    return (int)(sc_time_stamp().value() / 1000);
}

struct bus_if : virtual sc_interface {
    virtual int read(int master, int address) = 0;
};

struct bus : sc_module, bus_if {
    sc_in<bool> clock;
    bool asked[MASTERS] = {};
    sc_event granted[MASTERS];

    SC_HAS_PROCESS(bus);
    bus(sc_module_name name) : sc_module(name)
    {
        SC_METHOD(arbitrate);
        sensitive << clock.pos();
        dont_initialize();
    }
    int read(int master, int address) override
    {
        asked[master] = true;
        wait(granted[master]);
        return address * address;
    }
    void arbitrate()
    {
        for (int master = 0; master < MASTERS; master++) {
            if (!asked[master])
                continue;
            printf("%d ns: granted to master %d\n", now(), master);
            asked[master] = false;
            granted[master].notify(SC_ZERO_TIME);
            return;
        }
    }
};

struct master : sc_module {
    sc_port<bus_if> port;
    int number;

    SC_HAS_PROCESS(master);
    master(sc_module_name name, int n) : sc_module(name), number(n)
    {
        SC_THREAD(run);
    }
    void run()
    {
        for (int address = 1; address <= 3; address++) {
            int data = port->read(number, address + 10 * number);

            printf("%d ns: master %d read %d\n", now(), number, data);
            wait(12 + number, SC_NS);
        }
    }
};

int sc_main(int, char **)
{
    sc_clock clock("clock", 10, SC_NS);
    bus b("bus");
    master zero("zero", 0), one("one", 1);

    b.clock(clock);
    zero.port(b);
    one.port(b);
    sc_start(95, SC_NS);
    return 0;
}
