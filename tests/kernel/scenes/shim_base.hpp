// SPDX-License-Identifier: GPL-3.0-or-later
//
// A part of shim.hpp: reports, times, names, events.
#pragma once
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

extern "C" {
#include "kernel/clock.h"
#include "kernel/fifo.h"
#include "kernel/lock.h"
#include "kernel/object.h"
#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/reset.h"
#include "kernel/signal.h"
#include "kernel/sim.h"
}

namespace sc_core
{

inline struct sim *the_sim()
{
    static struct sim *sim = sim_new();
    return sim;
}

// Reports.

enum sc_severity { SC_INFO, SC_WARNING, SC_ERROR, SC_FATAL };

class sc_report
{
  public:
    explicit sc_report(int id) : id(id)
    {
    }
    int get_id() const
    {
        return id;
    }

  private:
    int id;
};

// Throws the error that the last call met, if it did.
inline void check()
{
    int number = sim_reports(the_sim())->failure;

    if (number != 0) {
        sim_catch(the_sim());
        throw sc_report(number);
    }
}

// Time, in picoseconds.

enum sc_time_unit { SC_FS, SC_PS, SC_NS, SC_US, SC_MS, SC_SEC };

class sc_time
{
  public:
    sc_time() = default;
    sc_time(double count, sc_time_unit unit)
    {
        uint64_t femtoseconds = SIM_UNIT_FS;
        for (int u = SC_FS; u < unit; u++)
            femtoseconds *= 1000;
        ticks = sim_time_of(the_sim(), count, femtoseconds);
        check();
    }
    static sc_time from_value(uint64_t value)
    {
        sc_time time;
        time.ticks = value;
        return time;
    }
    uint64_t value() const
    {
        return ticks;
    }
    std::string to_string() const
    {
        char text[40];
        sim_time_text(the_sim(), ticks, text, sizeof text);
        return text;
    }
    sc_time operator+(sc_time b) const
    {
        return from_value(ticks + b.ticks);
    }
    sc_time operator-(sc_time b) const
    {
        return from_value(ticks - b.ticks);
    }
    sc_time operator*(double by) const
    {
        return from_value(uint64_t(double(ticks) * by));
    }
    bool operator==(sc_time b) const
    {
        return ticks == b.ticks;
    }
    bool operator!=(sc_time b) const
    {
        return ticks != b.ticks;
    }
    bool operator<(sc_time b) const
    {
        return ticks < b.ticks;
    }

  private:
    uint64_t ticks = 0;
};

static const sc_time SC_ZERO_TIME;
inline sc_time sc_time_stamp()
{
    return sc_time::from_value(sim_now(the_sim()));
}
inline uint64_t sc_delta_count()
{
    return sim_delta_count(the_sim());
}
inline sc_time sc_max_time()
{
    return sc_time::from_value(SIM_TIME_MAX);
}

// Names.

inline const char *name_of(uint32_t id)
{
    return sim_object_name(the_sim(), id);
}

class sc_module_name
{
  public:
    sc_module_name(const char *name) : opened(true)
    {
        sim_enter(the_sim(), name);
    }
    sc_module_name(const sc_module_name &) : opened(false)
    {
    }
    ~sc_module_name()
    {
        if (opened)
            sim_leave(the_sim());
    }

  private:
    bool opened;
};

inline std::string unique_name(const char *base)
{
    static unsigned count;
    return std::string(base) + "_" + std::to_string(count++);
}

// Events and lists of them.

class sc_event
{
  public:
    explicit sc_event(const char *name = nullptr) : own(new struct sim_event)
    {
        sim_event_init(own, the_sim(), name);
        kernel = own;
    }
    explicit sc_event(struct sim_event *of) : own(nullptr), kernel(of)
    {
    }
    void notify() const
    {
        sim_notify(kernel), check();
    }
    void notify(sc_time t) const
    {
        if (t == SC_ZERO_TIME)
            sim_notify_delta(kernel);
        else
            sim_notify_after(kernel, t.value());
        check();
    }
    void notify(double t, sc_time_unit u) const
    {
        notify(sc_time(t, u));
    }
    void cancel() const
    {
        sim_cancel(kernel);
    }
    bool triggered() const
    {
        return kernel->fired_delta == sc_delta_count();
    }
    const char *name() const
    {
        return name_of(kernel->id);
    }
    struct sim_event *get() const
    {
        return kernel;
    }
    void listen(struct sim_process *process) const
    {
        sim_sensitive(process, kernel);
    }
    sc_event(const sc_event &) = delete;

  private:
    struct sim_event *own, *kernel;
};

struct event_list {
    std::vector<struct sim_event *> events;
    int size() const
    {
        return int(events.size());
    }
};
struct sc_event_or_list : event_list {
    sc_event_or_list() = default;
    sc_event_or_list(const sc_event &e)
    {
        *this |= e;
    }
    sc_event_or_list &operator|=(const sc_event &e)
    {
        events.push_back(e.get());
        return *this;
    }
    sc_event_or_list operator|(const sc_event &e) const
    {
        sc_event_or_list list = *this;
        return list |= e;
    }
};
struct sc_event_and_list : event_list {
    sc_event_and_list() = default;
    sc_event_and_list(const sc_event &e)
    {
        *this &= e;
    }
    sc_event_and_list &operator&=(const sc_event &e)
    {
        events.push_back(e.get());
        return *this;
    }
    sc_event_and_list operator&(const sc_event &e) const
    {
        sc_event_and_list list = *this;
        return list &= e;
    }
};
inline sc_event_or_list operator|(const sc_event &a, const sc_event &b)
{
    return sc_event_or_list(a) | b;
}
inline sc_event_and_list operator&(const sc_event &a, const sc_event &b)
{
    return sc_event_and_list(a) & b;
}

} // namespace sc_core
