// SPDX-License-Identifier: GPL-3.0-or-later
// fifo.c in SystemC.
#include <cstdio>
#include <systemc>
using namespace sc_core;

static int now()
{
    return (int)(sc_time_stamp().value() / 1000);
}

SC_MODULE(producer)
{
    sc_fifo_out<int> out;
    SC_CTOR(producer)
    {
        SC_THREAD(produce);
    }
    void produce()
    {
        for (int i = 0; i < 8; i++) {
            out.write(i);
            printf("%d ns: put %d\n", now(), i);
            wait(3, SC_NS);
        }
    }
};

SC_MODULE(consumer)
{
    sc_fifo_in<int> in;
    SC_CTOR(consumer)
    {
        SC_THREAD(consume);
    }
    void consume()
    {
        for (;;) {
            wait(5, SC_NS);
            int item = in.read();
            printf("%d ns: got %d\n", now(), item);
        }
    }
};

int sc_main(int, char **)
{
    sc_fifo<int> fifo("fifo", 2);
    producer p("producer");
    consumer c("consumer");

    p.out(fifo);
    c.in(fifo);
    sc_start(60, SC_NS);
    return 0;
}
