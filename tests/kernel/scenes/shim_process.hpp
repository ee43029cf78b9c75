// SPDX-License-Identifier: GPL-3.0-or-later
//
// A part of shim.hpp: processes and what they wait for.
#pragma once
#include "shim_base.hpp"

namespace sc_core
{

class sc_unwind_exception
{
  public:
    explicit sc_unwind_exception(bool reset) : reset(reset)
    {
    }
    bool is_reset() const
    {
        return reset;
    }

  private:
    bool reset;
};

struct process {
    struct sim_process kernel;
    std::function<void()> function;
    bool is_thread, timed_out = false, unwinds = false;
    std::unique_ptr<sc_event> terminated, reset;
};

inline process *process_here()
{
    struct sim_process *current = sim_current(the_sim());
    return current == nullptr ? nullptr : reinterpret_cast<process *>(current);
}

inline void process_run(void *module)
{
    process *self = static_cast<process *>(module);
    try {
        self->function();
    } catch (const sc_unwind_exception &) {
    } catch (const sc_report &report) { // fails the simulation
        sim_report(the_sim(), SIM_ERROR, report.get_id(), "not caught");
    }
    self->unwinds = false;
}

// What a call that came back false means for its caller.
inline void leave_if_told()
{
    check();
    switch (sim_leaving(the_sim())) {
    case SIM_KILLED:
    case SIM_RESET:
        process_here()->unwinds = true;
        throw sc_unwind_exception(sim_leaving(the_sim()) == SIM_RESET);
    case SIM_THROWN:
        (*static_cast<std::function<void()> *>(sim_thrown(the_sim())))();
        break;
    default:
        break;
    }
}

struct sensitivity {
    struct sim_process *process = nullptr;
    template <typename T> sensitivity &operator<<(T &&object)
    {
        object.listen(process);
        return *this;
    }
};

class sc_spawn_options
{
  public:
    void spawn_method()
    {
        method = true;
    }
    void dont_initialize()
    {
        initialize = false;
    }
    void set_sensitivity(const sc_event *e)
    {
        events.push_back(e->get());
    }
    void set_stack_size(int)
    {
    }
    template <typename S> void reset_signal_is(S &s, bool level)
    {
        resets.push_back({ s.get(), level, SIM_SYNCHRONOUS });
    }
    template <typename S> void async_reset_signal_is(S &s, bool level)
    {
        resets.push_back({ s.get(), level, SIM_ASYNCHRONOUS });
    }

    struct reset_by {
        struct sim_signal *signal;
        bool level;
        enum sim_reset_kind kind;
    };
    bool method = false, initialize = true;
    std::vector<struct sim_event *> events;
    std::vector<reset_by> resets;
};

enum sc_descendant_inclusion_info { SC_NO_DESCENDANTS, SC_INCLUDE_DESCENDANTS };
enum sc_curr_proc_kind {
    SC_NO_PROC_,
    SC_METHOD_PROC_,
    SC_THREAD_PROC_,
    SC_CTHREAD_PROC_
};

class sc_process_handle
{
  public:
    sc_process_handle() = default;
    explicit sc_process_handle(process *of) : of(of)
    {
    }
    bool valid() const
    {
        return of != nullptr;
    }
    const char *name() const
    {
        return of == nullptr ? "" : name_of(of->kernel.id);
    }
    sc_curr_proc_kind proc_kind() const
    {
        return of == nullptr   ? SC_NO_PROC_
               : of->is_thread ? SC_THREAD_PROC_
                               : SC_METHOD_PROC_;
    }
    bool terminated() const
    {
        return of != nullptr && sim_has_ended(&of->kernel);
    }
    bool is_unwinding() const
    {
        return of != nullptr && of->unwinds;
    }
    const sc_event &terminated_event() const
    {
        if (!of->terminated)
            of->terminated.reset(new sc_event(sim_terminated(&of->kernel)));
        return *of->terminated;
    }
    const sc_event &reset_event() const
    {
        if (!of->reset)
            of->reset.reset(new sc_event(sim_reset_event(&of->kernel)));
        return *of->reset;
    }
    bool operator==(const sc_process_handle &b) const
    {
        return of == b.of;
    }
    bool operator!=(const sc_process_handle &b) const
    {
        return of != b.of;
    }
    typedef sc_descendant_inclusion_info info;
    void suspend(info i = SC_NO_DESCENDANTS) const
    {
        call(sim_suspend, i);
    }
    void resume(info i = SC_NO_DESCENDANTS) const
    {
        call(sim_resume, i);
    }
    void disable(info i = SC_NO_DESCENDANTS) const
    {
        call(sim_disable, i);
    }
    void enable(info i = SC_NO_DESCENDANTS) const
    {
        call(sim_enable, i);
    }
    void kill(info i = SC_NO_DESCENDANTS) const
    {
        call(sim_kill, i);
    }
    void reset(info i = SC_NO_DESCENDANTS) const
    {
        call(sim_reset, i);
    }
    void sync_reset_on(info i = SC_NO_DESCENDANTS) const
    {
        call(sim_sync_reset_on, i);
    }
    void sync_reset_off(info i = SC_NO_DESCENDANTS) const
    {
        call(sim_sync_reset_off, i);
    }
    template <typename E>
    void throw_it(const E &thing, info i = SC_NO_DESCENDANTS) const
    {
        thrown() = [thing] { throw thing; };
        call(throw_at, i);
    }

  private:
    static std::function<void()> &thrown()
    {
        static std::function<void()> function;
        return function;
    }
    static bool throw_at(struct sim_process *p)
    {
        return sim_throw(p, &thrown());
    }
    void call(bool (*control)(struct sim_process *), info i) const
    {
        bool stays = true;

        if (i == SC_INCLUDE_DESCENDANTS)
            sim_with_descendants(&of->kernel, control);
        else
            stays = control(&of->kernel);
        check();
        if (!stays && !process_here()->is_thread)
            throw sc_unwind_exception(!sim_has_ended(&process_here()->kernel));
        // A call for descendants, too, does not say that they are the caller's.
        if (sim_current(the_sim()) != nullptr && !process_here()->unwinds &&
            (!stays || i == SC_INCLUDE_DESCENDANTS))
            leave_if_told();
    }
    process *of = nullptr;
};

inline process *process_new(const char *name, bool is_thread,
                            std::function<void()> function)
{
    process *made = new process;
    made->function = function;
    made->is_thread = is_thread;
    if (is_thread)
        sim_thread_init(&made->kernel, the_sim(), name, process_run, made);
    else
        sim_method_init(&made->kernel, the_sim(), name, process_run, made);
    return made;
}

inline sc_process_handle sc_get_current_process_handle()
{
    return sc_process_handle(process_here());
}

template <typename F>
sc_process_handle sc_spawn(F function, const char *name = nullptr,
                           const sc_spawn_options *options = nullptr)
{
    static const sc_spawn_options none;
    if (options == nullptr)
        options = &none;
    process *made = process_new(name, !options->method, function);
    for (struct sim_event *event : options->events)
        sim_sensitive(&made->kernel, event);
    for (const auto &reset : options->resets)
        sim_reset_by(&made->kernel, reset.signal, reset.level, reset.kind);
    if (!options->initialize)
        sim_dont_initialize(&made->kernel);
    return sc_process_handle(made);
}

inline bool timed_out()
{
    return process_here()->timed_out;
}
inline void waited(bool result, bool list)
{
    check();
    if (!result && sim_current(the_sim()) != nullptr)
        leave_if_told();
    process_here()->timed_out = list && !result;
}
inline void wait()
{
    waited(sim_wait(the_sim()), false);
}
inline void wait(int n)
{
    waited(sim_wait_count(the_sim(), n < 0 ? 0 : unsigned(n)), false);
}
inline void wait(sc_time t)
{
    waited(sim_wait_for(the_sim(), t.value()), false);
}
inline void wait(double t, sc_time_unit u)
{
    wait(sc_time(t, u));
}
inline void wait(const sc_event &e)
{
    waited(sim_wait_event(the_sim(), e.get()), false);
}
inline void wait_list(enum sim_list kind, const event_list &list,
                      sim_time delay)
{
    bool result = sim_wait_list(the_sim(), kind, list.events.data(),
                                unsigned(list.events.size()), delay);
    waited(result, delay != SIM_NEVER);
}
inline void wait(const sc_event_or_list &list)
{
    wait_list(SIM_ANY, list, SIM_NEVER);
}
inline void wait(const sc_event_and_list &list)
{
    wait_list(SIM_ALL, list, SIM_NEVER);
}
inline void wait(sc_time t, const sc_event &e)
{
    wait_list(SIM_ANY, sc_event_or_list(e), t.value());
}
inline void wait(sc_time t, const sc_event_or_list &list)
{
    wait_list(SIM_ANY, list, t.value());
}
inline void wait(sc_time t, const sc_event_and_list &list)
{
    wait_list(SIM_ALL, list, t.value());
}
inline void next_trigger()
{
    sim_next_trigger(the_sim()), check();
}
inline void next_trigger(sc_time t)
{
    sim_next_trigger_after(the_sim(), t.value()), check();
}
inline void next_trigger(double t, sc_time_unit u)
{
    next_trigger(sc_time(t, u));
}
inline void next_trigger(const sc_event &e)
{
    sim_next_trigger_event(the_sim(), e.get()), check();
}
inline void next_trigger_list(enum sim_list kind, const event_list &list,
                              sim_time delay)
{
    sim_next_trigger_list(the_sim(), kind, list.events.data(),
                          unsigned(list.events.size()), delay),
        check();
}
inline void next_trigger(const sc_event_or_list &list)
{
    next_trigger_list(SIM_ANY, list, SIM_NEVER);
}
inline void next_trigger(const sc_event_and_list &list)
{
    next_trigger_list(SIM_ALL, list, SIM_NEVER);
}
inline void next_trigger(sc_time t, const sc_event &e)
{
    next_trigger_list(SIM_ANY, sc_event_or_list(e), t.value());
}
inline void next_trigger(sc_time t, const sc_event_or_list &list)
{
    next_trigger_list(SIM_ANY, list, t.value());
}
inline void next_trigger(sc_time t, const sc_event_and_list &list)
{
    next_trigger_list(SIM_ALL, list, t.value());
}

} // namespace sc_core
