// SPDX-License-Identifier: GPL-3.0-or-later
//
// As much of SystemC as the scenes use, on our kernel: the same source then
// runs on both.  Nothing is made up here that the kernel lacks; what the kernel
// reports as an error is thrown, and a wait that is told to leave throws, as
// SystemC does it.
#pragma once
#include "shim_channel.hpp"
#include "shim_signal.hpp"

namespace sc_core
{

// Modules.

class sc_module
{
  public:
    sc_module()
    {
        hook(SIM_BEFORE_END_OF_ELABORATION, [](void *m) {
            static_cast<sc_module *>(m)->before_end_of_elaboration();
        });
        hook(SIM_END_OF_ELABORATION, [](void *m) {
            static_cast<sc_module *>(m)->end_of_elaboration();
        });
        hook(SIM_START_OF_SIMULATION, [](void *m) {
            static_cast<sc_module *>(m)->start_of_simulation();
        });
        hook(SIM_END_OF_SIMULATION,
             [](void *m) { static_cast<sc_module *>(m)->end_of_simulation(); });
    }
    virtual ~sc_module() = default;
    virtual void before_end_of_elaboration()
    {
    }
    virtual void end_of_elaboration()
    {
    }
    virtual void start_of_simulation()
    {
    }
    virtual void end_of_simulation()
    {
    }

  protected:
    sensitivity sensitive;
    sc_process_handle made(process *p)
    {
        sensitive.process = &p->kernel;
        return sc_process_handle(p);
    }
    void dont_initialize()
    {
        sim_dont_initialize(sensitive.process);
    }
    template <typename S> void reset_signal_is(S &s, bool level)
    {
        sim_reset_by(sensitive.process, s.get(), level, SIM_SYNCHRONOUS);
    }
    template <typename S> void async_reset_signal_is(S &s, bool level)
    {
        sim_reset_by(sensitive.process, s.get(), level, SIM_ASYNCHRONOUS);
    }

  private:
    void hook(enum sim_moment moment, void (*function)(void *))
    {
        sim_at(the_sim(), moment, function, this);
    }
};

#define SC_MODULE(type)      struct type : ::sc_core::sc_module
#define SC_HAS_PROCESS(type) typedef type SC_CURRENT_USER_MODULE
#define SC_CTOR(type)                                                          \
    typedef type SC_CURRENT_USER_MODULE;                                       \
    type(::sc_core::sc_module_name)
#define SC_METHOD(function)                                                    \
    made(::sc_core::process_new(#function, false, [this] { function(); }))
#define SC_THREAD(function)                                                    \
    made(::sc_core::process_new(#function, true, [this] { function(); }))

// Runs.

enum sc_starvation_policy { SC_RUN_TO_TIME, SC_EXIT_ON_STARVATION };
enum sc_stop_mode { SC_STOP_FINISH_DELTA, SC_STOP_IMMEDIATE };

inline enum sim_stop_mode &stop_mode()
{
    static enum sim_stop_mode mode = SIM_STOP_FINISH_DELTA;
    return mode;
}
inline void sc_set_stop_mode(sc_stop_mode mode)
{
    stop_mode() =
        mode == SC_STOP_IMMEDIATE ? SIM_STOP_IMMEDIATE : SIM_STOP_FINISH_DELTA;
}
inline void sc_start()
{
    sim_run(the_sim()), check();
}
inline void sc_start(sc_time t, sc_starvation_policy policy = SC_RUN_TO_TIME)
{
    sim_run_for(the_sim(), t.value(),
                policy == SC_RUN_TO_TIME ? SIM_TIME_GOES_ON : SIM_TIME_STAYS);
    check();
}
inline void sc_start(double t, sc_time_unit u,
                     sc_starvation_policy policy = SC_RUN_TO_TIME)
{
    sc_start(sc_time(t, u), policy);
}
inline void sc_stop()
{
    sim_stop(the_sim(), stop_mode());
}
inline void sc_pause()
{
    sim_pause(the_sim());
}
inline bool sc_pending_activity()
{
    return sim_is_pending(the_sim(), nullptr);
}
inline bool sc_pending_activity_at_current_time()
{
    return sim_is_pending_now(the_sim());
}
inline bool sc_pending_activity_at_future_time()
{
    return sim_is_pending_later(the_sim());
}
inline sc_time sc_time_to_pending_activity()
{
    sim_time distance = 0;
    return sim_is_pending(the_sim(), &distance)
               ? sc_time::from_value(distance)
               : sc_max_time() - sc_time_stamp();
}

} // namespace sc_core
