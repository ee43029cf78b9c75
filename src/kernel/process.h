/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/event.h"

/*
 * A process: a function that runs when an event it is sensitive to fires.  It
 * lies in the caller's struct; the fields are the kernel's, but for `cause`,
 * the event that woke it, to be read, and `cleanup`, to be set.
 *
 * A method runs to its end each time: it does what it can and returns, and is
 * called again.  A thread waits in the middle, on a stack of its own; when its
 * function returns it has ended.  Each process runs once at the start, unless
 * sim_dont_initialize().  A process made while the simulation runs is runnable
 * at once.
 *
 * However many of its events fire in one delta, it runs once.
 */
struct sim_waiter {
    struct sim_waiter *next, *previous; /* a ring, the event at the oldest */
    struct sim_event *event;            /* NULL: waits for none */
    struct sim_process *process;
};

typedef void (*sim_function)(void *module);

struct sim_process {
    sim_function function;
    void *module;
    struct sim_event *cause; /* why it ran; NULL: the start, or a time-out */
    uint32_t state, id;
    struct sim *sim;
    struct sim_thread *thread;  /* NULL: a method */
    struct sim_waiter *waiters; /* `waiter`, or a longer array */
    uint32_t waiters_used;      /* of a list; 0: at most the first */
    uint32_t waiters_size, wait_left;
    struct sim_waiter waiter;
    struct sim_event timeout;
    void (*cleanup)(void *module); /* see sim_kill(); NULL: none */
    struct sim_event *terminated;
    struct listening *listening; /* its static sensitivity */
};

/* `module` is borrowed and is what `function` gets. */
void sim_method_init(struct sim_process *process, struct sim *sim,
                     const char *name, sim_function function, void *module);
void sim_thread_init(struct sim_process *process, struct sim *sim,
                     const char *name, sim_function function, void *module);

/*
 * For threads made from now on; default 64 KiB, at least 16 KiB.  A stack is
 * address space, and memory only as far as it was ever used.  While a sim has
 * no more than 8192 threads, running over the end of a stack is a segmentation
 * fault.  Sims share no stacks.
 */
void sim_set_stack_size(struct sim *sim, size_t bytes);

/* Static sensitivity: before the first run, any number of events. */
void sim_sensitive(struct sim_process *process, struct sim_event *event);

/* Do not run the process at the start of the simulation, or of its own life:
 * to be called before anything wakes it. */
void sim_dont_initialize(struct sim_process *process);

/*
 * For the method that runs now: what wakes it next, once, instead of its static
 * sensitivity.  The last call of an activation counts.  SIM_ANY: one of the
 * events; SIM_ALL: each at least once, in whatever order; both: or the delay,
 * if it is over first (SIM_NEVER: no delay).  A delay of 0 is one delta.  The
 * array is only read in the call.  A list longer than any before allocates;
 * one of no events is error 565.
 */
enum sim_list { SIM_ANY, SIM_ALL };
#define SIM_NEVER SIM_TIME_MAX
void sim_next_trigger(struct sim *sim); /* back to the static sensitivity */
void sim_next_trigger_after(struct sim *sim, sim_time delay);
void sim_next_trigger_event(struct sim *sim, struct sim_event *event);
void sim_next_trigger_list(struct sim *sim, enum sim_list list,
                           struct sim_event *const *events, unsigned count,
                           sim_time delay);

/*
 * For the thread that runs now, else error 519 and false at once: waits until
 * the same things.  With a delay the result is false if it was over first.
 */
bool sim_wait_count(struct sim *sim, unsigned n);   /* n static triggers; 0 is
                                                       error 525 */
bool sim_wait_for(struct sim *sim, sim_time delay); /* 0: one delta */
bool sim_wait_event(struct sim *sim, struct sim_event *event);
static inline bool sim_wait(struct sim *sim)
{
    return sim_wait_count(sim, 1);
}

bool sim_wait_list(struct sim *sim, enum sim_list list,
                   struct sim_event *const *events, unsigned count,
                   sim_time delay);

/*
 * From outside, or from the process itself:
 *   suspend  it does not run; one trigger, or that it was runnable, is kept
 *            until it is resumed, and then it becomes runnable anew;
 *   disable  triggers are lost until it is enabled; what is runnable still
 * runs. To disable who waits for a time, and to resume who is disabled, is
 * error 559; kill     it never runs again.  A thread's stack is dropped:
 * nothing is unwound, but its `cleanup` is called, also by sim_free() of a
 *            thread that has not ended: it gives back what the stack holds;
 *   reset    a thread: its stack is dropped like that and it starts again; a
 *            method: back to its static sensitivity, and it runs.  Either runs,
 *            suspended or not, before the call comes back.
 * sim_kill() and sim_reset() of the process that runs do not come back if it is
 * a thread; a method runs to its end, and after a reset again.  To kill before
 * the first run is error 572, to reset outside of a process error 573.
 */
void sim_suspend(struct sim_process *process);
void sim_resume(struct sim_process *process);
void sim_disable(struct sim_process *process);
void sim_enable(struct sim_process *process);
void sim_kill(struct sim_process *process);
void sim_reset(struct sim_process *process);

struct sim_process *sim_current(const struct sim *sim); /* NULL: none runs */
bool sim_has_ended(const struct sim_process *process);

/* Fires when the process ends; made when first asked for. */
struct sim_event *sim_terminated(struct sim_process *process);

/*
 * The kernel forgets the process, which is killed if it has not ended, and its
 * memory is the caller's again; so a simulation may make and end any number of
 * processes in the memory of those that are there at one time.  Not for the
 * process that runs.  sim_terminated() is no more, whoever waits for it.
 */
void sim_process_release(struct sim_process *process);
