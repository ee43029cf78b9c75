// SPDX-License-Identifier: GPL-3.0-or-later
// idioms.c in SystemC.
#include <cstdio>
#include <systemc>
using namespace sc_core;

static int now()
{
    return (int)(sc_time_stamp().value() / 1000);
}

struct point {
    int x, y;
    bool operator==(const point &other) const
    {
        return x == other.x && y == other.y;
    }
};
static std::ostream &operator<<(std::ostream &out, const point &point)
{
    return out << point.x << ' ' << point.y;
}
static void sc_trace(sc_trace_file *, const point &, const std::string &)
{
}

SC_MODULE(module)
{
    sc_in<bool> in;
    sc_signal<point> where;
    sc_event a, b;

    SC_CTOR(module)
    {
        SC_METHOD(step);
        sensitive << in.pos();
        dont_initialize();
        SC_METHOD(look);
        sensitive << where;
        dont_initialize();
        SC_THREAD(wait_run);
    }
    void step()
    {
        point next = where.read();

        next.x++;
        next.y += next.x;
        where = next;
        if (next.x == 2)
            a.notify();
        if (next.x == 4)
            b.notify();
    }
    void look()
    {
        printf("%d ns: %d, %d\n", now(), where.read().x, where.read().y);
    }
    void wait_run()
    {
        wait(sc_time(50, SC_NS), a | b);
        printf("%d ns: a or b\n", now());
        wait(sc_time(25, SC_NS), a & b);
        printf("%d ns: %s\n", now(),
               a.triggered() || b.triggered() ? "a and b" : "too late");
        SC_REPORT_ERROR("10001", "the model's own trouble");
    }
};

int sc_main(int, char **)
{
    sc_clock clock("clock", 10, SC_NS);
    module m("module");

    m.in(clock);
    sc_report_handler::set_actions(SC_ERROR, SC_THROW);
    try {
        sc_start(100, SC_NS);
    } catch (const sc_report &report) {
        printf("error %s\n", report.get_msg_type());
    }
    return 0;
}
