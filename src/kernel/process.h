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
    void (*cleanup)(void *module); /* see sim_leaving(); NULL: it is told */
    struct sim_event *terminated;
    struct listening *listening; /* its static sensitivity */
    struct sim_resets *resets;   /* see reset.h; NULL: none */
    void *thrown;
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
/* Of this one, which has not begun. */
void sim_thread_set_stack_size(struct sim_process *process, size_t bytes);

/* Static sensitivity: before the first run, any number of events. */
void sim_sensitive(struct sim_process *process, struct sim_event *event);

/*
 * Do not run the process at the start of the simulation, or of its own life: to
 * be called before anything wakes it, once it is sensitive to something; to
 * nothing is warning 558.
 */
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
 * the same things.  With a delay the result is false if it was over first; and
 * it is false if the thread is to leave, see below.
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
 *            runs.  To disable who waits for a time, and to resume who is
 *            disabled, is error 559;
 *   kill     it never runs again, but that a thread leaves;
 *   reset    a thread leaves and starts again; a method is back at its static
 *            sensitivity, and runs.  Either does, suspended or not, before the
 *            call comes back;
 *   throw    a thread's wait ends, and it may leave or go on.  To throw at a
 *            method, or at a thread that has not begun, is warning 556.
 * Each is false if the process that calls is itself to leave now: it acted on
 * itself (a method returns, and after a reset runs again), or the process that
 * it acted on did.  Meanwhile others may suspend who calls, too: the call comes
 * back once it is resumed.  A method that a thread resets runs on a stack that
 * is lent to it, and may be made then.  To kill before the first run is error
 * 572, to reset or throw outside of a process error 573 or 574.
 */
bool sim_suspend(struct sim_process *process);
bool sim_resume(struct sim_process *process);
bool sim_disable(struct sim_process *process);
bool sim_enable(struct sim_process *process);
bool sim_kill(struct sim_process *process);
bool sim_reset(struct sim_process *process);
bool sim_throw(struct sim_process *process, void *thing);

/*
 * How a thread leaves: the wait in which it is comes back false at once, and it
 * gives back what it holds and returns, without waiting; sim_free() lets the
 * threads leave that have not ended.  A loop `while (sim_wait(sim))` is all
 * that most threads need.  Meanwhile another kill, reset or throw is warning
 * 540.  To wait all the same is error 537, and false at once; who does so again
 * loses its stack: nothing is unwound.
 *
 * A thread with a `cleanup` is not told: its stack is dropped at once and
 * cleanup(module) called, which gives back what the stack holds, and its own
 * sim_kill() and sim_reset() do not come back.  sim_drop_stack() is a cleanup
 * that does nothing.
 */
enum sim_leaving { SIM_STAYS, SIM_KILLED, SIM_RESET, SIM_THROWN };
enum sim_leaving sim_leaving(const struct sim *sim); /* the running process */
void *sim_thrown(const struct sim *sim);             /* the latest at it */
void sim_drop_stack(void *module);

/*
 * The same with all processes that this one made, and those made, if they have
 * not been released: each after those that it made, and itself last.
 * It is one of the calls above but sim_throw(), or sim_sync_reset_on() or
 * _off().
 */
void sim_with_descendants(struct sim_process *process,
                          bool (*control)(struct sim_process *process));

struct sim_process *sim_current(const struct sim *sim); /* NULL: none runs */
bool sim_has_ended(const struct sim_process *process);

/* Fires at once when the process ends; made when first asked for. */
struct sim_event *sim_terminated(struct sim_process *process);

/*
 * The kernel forgets the process, which is killed if it has not ended, and its
 * memory is the caller's again; so a simulation may make and end any number of
 * processes in the memory of those that are there at one time.  Not for the
 * process that runs.  sim_terminated() is no more, whoever waits for it.  What
 * it wrote has had its writer; but the wires that it drives, or a mutex that it
 * owns, are then of the next process in its memory.
 */
void sim_process_release(struct sim_process *process);
