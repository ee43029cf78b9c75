// SPDX-License-Identifier: GPL-3.0-or-later
//
// Scenes: small programmes in SystemC that run on SystemC and, through a shim,
// on our kernel, and print the same.  What a process says comes out sorted by
// time, by the deltas in which something was said, and by who said it: the
// order of processes within a delta is not SystemC's.  Where the order is
// fixed by who calls whom, a scene notes it in its trace.
#pragma once
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#ifdef ON_KERNEL
#include "shim.hpp"
#else
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <systemc>
#endif

using namespace sc_core;

// "WHO text" at this time, in this delta.
void say(const char *who, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// Adds to the one line that is printed in the end.
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

inline uint64_t now()
{
    return sc_time_stamp().value();
}

inline sc_time ps(uint64_t n)
{
    return sc_time::from_value(n);
}

// The number of the error that it throws; 0: none.
template <typename Call> int error_of(Call call)
{
    try {
        call();
    } catch (const sc_report &report) {
        return report.get_id();
    }
    return 0;
}

// Runs in its own time steps.
template <typename Function>
sc_process_handle method(Function f, const char *name,
                         std::initializer_list<const sc_event *> events = {},
                         bool initialize = true)
{
    sc_spawn_options options;
    options.spawn_method();
    for (const sc_event *event : events)
        options.set_sensitivity(event);
    if (!initialize)
        options.dont_initialize();
    return sc_spawn(f, name, &options);
}

template <typename Function>
sc_process_handle thread(Function f, const char *name,
                         std::initializer_list<const sc_event *> events = {},
                         bool initialize = true)
{
    sc_spawn_options options;
    for (const sc_event *event : events)
        options.set_sensitivity(event);
    if (!initialize)
        options.dont_initialize();
    return sc_spawn(f, name, &options);
}

struct scene {
    scene(const char *name, void (*play)());
    const char *name;
    void (*play)();
    scene *next;
};

#define SCENE(name)                                                            \
    static void play_##name();                                                 \
    static scene scene_##name(#name, play_##name);                             \
    static void play_##name()

// Says when it goes: of what the stack of a thread holds.
struct witness {
    explicit witness(const char *name) : name(name)
    {
    }
    ~witness()
    {
        note("~%s", name);
    }
    const char *name;
};
