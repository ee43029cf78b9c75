// SPDX-License-Identifier: GPL-3.0-or-later
//
// A part of shim.hpp: signals, clocks, ports.
#pragma once
#include "shim_process.hpp"

namespace sc_core
{

enum sc_writer_policy { SC_ONE_WRITER, SC_MANY_WRITERS, SC_UNCHECKED_WRITERS };

template <typename T, sc_writer_policy POLICY = SC_ONE_WRITER> class sc_signal
{
  public:
    explicit sc_signal(const char *name = nullptr, T first = T(),
                       unsigned kinds = 0)
    {
        sim_signal_init(&kernel, the_sim(), name, uint64_t(first));
        kinds |= POLICY == SC_MANY_WRITERS        ? SIM_MANY_WRITERS
                 : POLICY == SC_UNCHECKED_WRITERS ? SIM_UNCHECKED
                                                  : 0;
        if (kinds != 0)
            sim_signal_set_kinds(&kernel, kinds);
    }
    void write(T value)
    {
        sim_signal_write(&kernel, uint64_t(value)), check();
    }
    T read() const
    {
        return T(sim_signal_read(&kernel));
    }
    operator T() const
    {
        return read();
    }
    sc_signal &operator=(T value)
    {
        write(value);
        return *this;
    }
    bool event() const
    {
        return sim_signal_changed(&kernel);
    }
    bool posedge() const
    {
        return event() && read();
    }
    bool negedge() const
    {
        return event() && !read();
    }
    const sc_event &value_changed_event()
    {
        return edge(SIM_CHANGED);
    }
    const sc_event &default_event()
    {
        return edge(SIM_CHANGED);
    }
    const sc_event &posedge_event()
    {
        return edge(SIM_POSEDGE);
    }
    const sc_event &negedge_event()
    {
        return edge(SIM_NEGEDGE);
    }
    const char *name() const
    {
        return name_of(kernel.id);
    }
    uint32_t id() const
    {
        return kernel.id;
    }
    struct sim_signal *get()
    {
        return &kernel;
    }
    void listen(struct sim_process *process)
    {
        sim_sensitive(process, edge(SIM_CHANGED).get());
    }

  private:
    const sc_event &edge(enum sim_edge which)
    {
        if (!events[which])
            events[which].reset(new sc_event(sim_signal_event(&kernel, which)));
        return *events[which];
    }
    struct sim_signal kernel;
    std::unique_ptr<sc_event> events[3];
};

template <typename T, sc_writer_policy POLICY = SC_ONE_WRITER>
class sc_buffer : public sc_signal<T, POLICY>
{
  public:
    explicit sc_buffer(const char *name = nullptr, T first = T())
        : sc_signal<T, POLICY>(name, first, SIM_BUFFER)
    {
    }
    sc_buffer &operator=(T value)
    {
        this->write(value);
        return *this;
    }
};

class sc_clock
{
  public:
    sc_clock(const char *name, double period, sc_time_unit unit,
             double duty = 0.5, double start = 0,
             sc_time_unit start_unit = SC_NS, bool first = true)
        : sc_clock(name, sc_time(period, unit), duty,
                   sc_time(start, start_unit), first)
    {
    }
    sc_clock(const char *name, sc_time period, double duty = 0.5,
             sc_time start = SC_ZERO_TIME, bool first = true)
    {
        sim_clock_init(&kernel, the_sim(), name, period.value());
        sim_clock_set_shape(&kernel, duty, start.value(),
                            first ? SIM_RISES_FIRST : SIM_FALLS_FIRST);
        check();
        pos.reset(new sc_event(&kernel.posedge));
        neg.reset(new sc_event(&kernel.negedge));
        any.reset(new sc_event(&kernel.changed));
    }
    bool read() const
    {
        return sim_clock_read(&kernel);
    }
    const sc_event &posedge_event() const
    {
        return *pos;
    }
    const sc_event &negedge_event() const
    {
        return *neg;
    }
    const sc_event &value_changed_event() const
    {
        return *any;
    }
    bool event() const
    {
        return sim_clock_changed(&kernel);
    }
    bool posedge() const
    {
        return event() && read();
    }
    bool negedge() const
    {
        return event() && !read();
    }
    uint32_t id() const
    {
        return kernel.id;
    }
    void listen(struct sim_process *process)
    {
        sim_sensitive(process, any->get());
    }

  private:
    struct sim_clock kernel;
    std::unique_ptr<sc_event> pos, neg, any;
};

struct edge_finder {
    struct sim_port *port;
    sim_finder find;
    void listen(struct sim_process *process) const
    {
        sim_sensitive_to(process, port, find);
    }
};

template <typename T> class sc_in
{
  public:
    explicit sc_in(const char *name = nullptr, enum sim_direction way = SIM_IN)
    {
        sim_port_init(&kernel, the_sim(), name, SIM_KIND_SIGNAL);
        sim_port_set_direction(&kernel, way);
    }
    template <typename C> void operator()(C &channel)
    {
        sim_port_bind(&kernel, channel.id()), check();
    }
    template <typename C> void bind(C &channel)
    {
        (*this)(channel);
    }
    uint32_t id() const
    {
        return kernel.id;
    }
    T read() const
    {
        return T(sim_port_read(&kernel));
    }
    operator T() const
    {
        return read();
    }
    bool event() const
    {
        return sim_port_changed(&kernel);
    }
    bool posedge() const
    {
        return event() && read();
    }
    bool negedge() const
    {
        return event() && !read();
    }
    const sc_event &edge(enum sim_edge which)
    {
        if (!events[which])
            events[which].reset(new sc_event(sim_port_event(&kernel, which)));
        return *events[which];
    }
    const sc_event &value_changed_event()
    {
        return edge(SIM_CHANGED);
    }
    const sc_event &posedge_event()
    {
        return edge(SIM_POSEDGE);
    }
    const sc_event &negedge_event()
    {
        return edge(SIM_NEGEDGE);
    }
    edge_finder pos()
    {
        return { &kernel, sim_find_posedge };
    }
    edge_finder neg()
    {
        return { &kernel, sim_find_negedge };
    }
    void listen(struct sim_process *process)
    {
        sim_sensitive_to(process, &kernel, sim_find_changed);
    }

  protected:
    struct sim_port kernel;
    std::unique_ptr<sc_event> events[3];
};
typedef sc_in<bool> sc_in_clk;

template <typename T> class sc_out : public sc_in<T>
{
  public:
    explicit sc_out(const char *name = nullptr) : sc_in<T>(name, SIM_OUT)
    {
    }
    void write(T value)
    {
        sim_signal_write(static_cast<struct sim_signal *>(this->kernel.channel),
                         uint64_t(value)),
            check();
    }
    sc_out &operator=(T value)
    {
        write(value);
        return *this;
    }
};
template <typename T> using sc_inout = sc_out<T>;

} // namespace sc_core
