/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Internal: what the kernel's files share. */
#include <stdio.h>

#include "kernel/clock.h"
#include "kernel/object.h"
#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/signal.h"
#include "kernel/wheel.h"

#define likely(condition)   __builtin_expect((condition), 1)
#define unlikely(condition) __builtin_expect((condition), 0)
#define ALWAYS_INLINE       inline __attribute__((always_inline))
#define NOINLINE            __attribute__((noinline))
#define RARE                __attribute__((noinline, cold))

#define HASH_FACTOR 0x9e3779b97f4a7c15

#define CONTAINER(pointer, type, member)                                       \
    ((type *)((char *)(pointer)-offsetof(type, member)))

enum pending { PENDING_NONE, PENDING_DELTA, PENDING_TIMED };

/* Bits of sim_event.flags; none is an event with at most one listener. */
enum event_flags {
    EVENT_PLAIN = 0,
    EVENT_TIMEOUT = 1, /* of a process */
    EVENT_TICK = 2,    /* of a clock, and its three edges */
    EVENT_EDGE = 4,
    EVENT_QUEUE = 8, /* of a queue of notifications */
    EVENT_MANY = 16  /* `listeners` is a list, not one process */
};

/* Bits of sim_process.state; a process with none of WAITS is woken at once. */
enum process_state {
    PROCESS_RUNNABLE = 1,   /* in the ring, or running now */
    PROCESS_DYNAMIC = 2,    /* its static sensitivity is replaced */
    PROCESS_COUNTING = 4,   /* sim_wait_count() */
    PROCESS_DISABLED = 8,   /* triggers are lost */
    PROCESS_SUSPENDED = 16, /* one trigger is kept until it is resumed */
    PROCESS_DEAD = 32,
    PROCESS_WAITS = 63,
    PROCESS_ALL = 256,  /* waits for all events of its list */
    PROCESS_LONE = 128, /* waits for one event and no delay */
    PROCESS_KEPT = 512, /* was triggered while suspended */
    PROCESS_TIMED_OUT = 1024,
    PROCESS_NO_INIT = 2048,
    PROCESS_THREAD = 4096, /* beside what runs first, unlike `thread` itself */
    PROCESS_AGAIN = 8192,  /* was reset while it ran */
    PROCESS_TELL = 64,     /* a thread: as it goes on its wait is false */
    PROCESS_KILLED = 1 << 14, /* why it is to leave, or has just been told */
    PROCESS_RESET = 1 << 15,
    PROCESS_THROWN = 1 << 16,
    PROCESS_LEAVES = PROCESS_KILLED | PROCESS_RESET,
    PROCESS_HEARD = 1 << 17,   /* a wait has told it to leave, */
    PROCESS_DEAF = 1 << 21,    /* and another has told it once more */
    PROCESS_STARTED = 1 << 18, /* a thread: there is something on its stack */
    PROCESS_NESTED = 1 << 19,  /* a method: it runs inside a sim_reset() */
    PROCESS_WOKEN = 1 << 22,   /* a method: it runs, and is in the ring again */
    PROCESS_PARENT = 1 << 20,  /* it has made objects: they are below it */
    PROCESS_OWNS = 1 << 23     /* it is the only writer of a signal */
};

/* Bits of sim.halt, why the evaluate loop must look up. */
enum halt {
    HALT_STOP_NOW = 1,
    HALT_FAILED = 2,
    HALT_STOP = 4,
    HALT_PAUSE = 8,
    HALT_ONE_DELTA = 16,
    HALT_WATCH = 32,     /* go on, but shuffle or log */
    HALT_NESTED = 64,    /* a process runs inside another's sim_reset() */
    HALT_SUSPENDED = 128 /* all are: go on, but for processes and time */
};

enum nesting_end {
    NESTING_STANDS,
    NESTING_DROPPED, /* the caller is to leave: it is in no list */
    NESTING_DETACHED /* it was suspended, and goes on like others */
};

/*
 * A call of sim_reset(), sim_kill() or sim_throw(): its process runs at once,
 * inside the call.  Who called may itself run inside another such call.
 */
struct nesting {
    struct nesting *outer;
    struct sim_process *caller;
    struct sim_thread *stack; /* on which the call waits */
    enum nesting_end end;
};

enum phase { PHASE_ELABORATE, PHASE_EVALUATE, PHASE_UPDATE };

/* One event to which a process is sensitive. */
struct listening {
    struct listening *next;
    struct sim_event *event;
};

/* Of a process that is, or may be, reset in another way than by a call. */
struct sim_resets {
    struct sim_event *event;
    unsigned active;
    bool held;             /* by sim_sync_reset_on() */
    bool bound;            /* to a signal */
    bool once;             /* it runs because it was reset */
    sim_function function; /* of a method, for which another stands */
    void *module;
};

struct listeners {
    uint32_t count, size;
    struct sim_process **list;
};

struct hook {
    struct hook *next;
    enum sim_moment moment;
    void (*function)(void *argument);
    void *argument;
};

struct sim {
    sim_time now; /* first: sim_now() */
    uint64_t delta;
    uint64_t hash;
    struct sim_process *current;
    struct sim_process *handed; /* a method that a thread found next */
    unsigned halt;
    enum phase phase;
    enum sim_end end; /* why the run comes back */
    sim_time limit;   /* of this run */
    bool half_open;   /* what is due at the limit itself is left runnable */

    struct sim_process **ring; /* runnable processes, [ring_mask + 1] */
    uint64_t ring_mask;
    uint64_t ring_head, ring_tail; /* they count on and on */
    uint64_t ring_sure;  /* processes before it are taken without a look at
                            `halt` or the tail; see kernel_halt() */
    uint64_t delta_head; /* ring_head if nothing happened in this delta */
    uint64_t in_groups;  /* run as members of groups, but the first of each */
    uint64_t shuffle;    /* a seed; 0: none */
    FILE *order_file;
    /* Of files that not every model links; set with what asks for them. */
    void (*shuffle_next)(struct sim *sim);
    void (*log_current)(struct sim *sim);
    void (*queue_fired)(struct sim_event *event);
    /* In the update phase, of a signal that resets processes. */
    void (*reset_changed)(struct sim_signal *signal, bool before);
    void (*reset_release)(const struct sim_process *process,
                          const struct sim_signal *signal); /* one is NULL */

    struct sim_channel **updates; /* channels that asked for an update */
    uint32_t updates_count, updates_size;
    struct sim_event **deltas; /* notified for the next delta; NULL: not */
    uint32_t deltas_count, deltas_dead, deltas_size;
    struct sim_event **quiet; /* fired before any process became runnable */
    uint32_t quiet_count, quiet_size;

    uint32_t events, processes, channels; /* made so far */
    bool elaborated, started, stopped;
    bool running;                    /* in a call of sim_run() or the like */
    struct nesting *nesting;         /* the innermost, or NULL */
    struct sim_thread *method_stack; /* of a method that runs nested */
    struct resetting *resettings;    /* who is reset by which signal */
    uint64_t first_delta;            /* of `now` */
    bool self_notified;              /* which is reported once */
    bool time_fixed;     /* the resolution cannot be changed any more */
    uint64_t resolution; /* femtoseconds */

    struct sim_thread *main; /* whose stack is the caller's of the run */
    size_t stack_size;
    uint32_t threads;
    struct sim_thread *stacks;        /* all */
    struct sim_thread *spare_threads; /* those whose thread has ended, */
    struct sim_thread *left;          /* but the last, which may still run */

    struct hook *hooks;
    bool hooks_watch;         /* there are some of moments that come again */
    struct watcher *watchers; /* of all deltas and steps of time */
    void (*complete_ports)(struct sim *sim); /* NULL: there are none */
    struct sim_port_rest *ports;             /* what port.c keeps */
    struct sim_reports reports;
    struct sim_report_rule *report_rules;
    unsigned (*report_actions)(struct sim *sim, enum sim_severity severity,
                               int number, unsigned actions);
    struct sim_object *objects;
    uint32_t objects_count, objects_size;
    uint32_t objects_free; /* the first of those whose numbers are free */
    uint32_t scope;        /* where new objects go */
    void *names;           /* a tree of tsearch() */
#define SPARE_SIZES 64     /* multiples of 64 bytes; [0]: all that are larger */
    struct spare *spares[SPARE_SIZES];
    void **blocks;  /* what sim_alloc() gave out */
    char *block_at; /* the rest of the last one */
    size_t block_left, blocks_size;
    struct wheel wheel;
};

/*
 * alloc.c: the array of `*size` items, with room for more than `count`; when it
 * must be copied, the old one stays until the sim goes.
 */
void *kernel_room(struct sim *sim, void *array, uint32_t count, uint32_t *size,
                  size_t item);
#define ROOM(sim, array, count, size)                                          \
    ((array) = kernel_room(sim, array, count, &(size), sizeof *(array)))
/* What sim_alloc() gave, for the next one who needs as much. */
void kernel_give_back(struct sim *sim, void *piece, size_t size);
void kernel_free_all(struct sim *sim);

uint32_t object_new(struct sim *sim, enum sim_kind kind, const char *name,
                    void *object);
/* Its number, and its name, are free for others. */
void object_release(struct sim *sim, uint32_t id);
/* What is below the object goes up one. */
void object_orphan(struct sim *sim, uint32_t id);
void names_free(struct sim *sim);
void kernel_call_hooks(struct sim *sim, enum sim_moment moment);

void event_init(struct sim_event *event, struct sim *sim,
                enum event_flags flags, uint32_t id);
/* *event, made now if it is not: one that a channel has only if asked. */
struct sim_event *event_made(struct sim_event **event, struct sim *sim,
                             uint32_t id);
void event_notify_update(struct sim_event *event);
/* The kernel forgets it, but its number may be another object's. */
void event_release(struct sim_event *event);
void listening_end(struct sim_process *process, const struct sim_event *event);
void wait_unlink(struct sim_waiter *waiter);
void wait_give_back(struct sim_process *process); /* a list that it had */
/* The update phase; what asks for an update in it has that after the next
 * evaluate phase.  Tells how many channels were updated. */
uint32_t channels_update(struct sim *sim);
/* Of so many that were, the signals that changed have done so for the processes
 * that run next. */
void channels_mark_changed(struct sim *sim, uint32_t count);
/* The running process is who writes it; of a signal of these kinds. */
void channel_set_writer(struct sim_channel *channel, unsigned kinds);
/* Another one does: error 115, of the signal of this number. */
void channel_report_writer(const struct sim_channel *channel, uint32_t id);
/* Stands for a writer that has been released. */
extern const struct sim_process channel_writer_gone;
void signal_update(struct sim_channel *channel);
/* Its next value is its value; false: that is what it was. */
bool signal_show(struct sim_signal *signal);
/* fire() of an event with listeners, and neither waiters nor anything else. */
void event_fire_listeners(struct sim *sim, struct sim_event *event);
/* fire() of all but the commonest. */
void event_fire(struct sim *sim, struct sim_event *event);
/* Drops those before place `from`, and the gaps that cancelled ones left. */
void event_squeeze_deltas(struct sim *sim, uint32_t from);
/* A process runs for which they have fired. */
void event_mark_quiet(struct sim *sim);

/* Hooks of the end of simulation; nothing runs any more. */
void kernel_end(struct sim *sim);

/* The function begins, perhaps anew: it is to leave only if it is in reset. */
void process_begin(struct sim_process *process);
/* A thread goes on that has PROCESS_TELL: tells it why, or drops its stack. */
void process_leave(struct sim_process *process);
/* A wait of a thread that is to leave: false, or it does not come back. */
bool process_stays(struct sim_process *process);
/* Sets why a thread is to leave, and lets it; as the call that asked for it. */
bool process_tell(struct sim_process *process, enum process_state why);
/* Runs a process now, inside the call of the one that runs; false: that one is
 * to leave meanwhile. */
bool process_run_nested(struct sim_process *process);
bool process_reset(struct sim_process *process);
bool process_kill(struct sim_process *process); /* it never runs again */
/* It does: what is done to it comes too late, which is reported. */
bool process_leaves_already(struct sim_process *process);
/* Whether it waits inside a call of sim_reset() or the like. */
bool process_is_nesting(const struct sim_process *process);
/* Such calls of its are not come back to before it is in the ring again. */
void process_detach(struct sim_process *process);
/* Takes it out of the ring, if it is there. */
void process_unqueue(struct sim_process *process);
void process_run_first(struct sim_process *process);
void process_report_never_woken(struct sim_process *process);
void process_report_corner(struct sim_process *process, const char *what);
/* If it was reset, or is in reset, who waits for that is told. */
void process_notify_reset(struct sim_process *process);

/* A method that has reset itself meanwhile runs again; one that was woken is in
 * the ring already. */
void process_run_again(struct sim_process *process);
/* Calls the method's function, again if it resets itself meanwhile. */
static inline void process_run_method(struct sim_process *process);
void process_end(struct sim_process *process);
void process_trigger(struct sim_process *process, struct sim_event *cause);
void process_wake_all(struct sim_event *event);
void process_time_out(struct sim_process *process);
void process_wait_none(struct sim_process *process);

/*
 * The scheduler: goes on, through deltas and time, to the next process to run,
 * and makes it the current one; NULL if the run is to come back.  A thread that
 * waits calls it on its own stack: the next thread is one switch away, or none.
 */
struct sim_process *kernel_next(struct sim *sim);

void thread_make(struct sim_process *process);
void thread_here(struct sim *sim); /* the run goes on, on its caller's stack */
/* Leaves the stack `from`, until that is come back to: with what result. */
bool thread_enter(struct sim_thread *from, struct sim_process *process);
/* The same for a method, which runs once on a stack lent to it. */
bool thread_lend(struct sim_thread *from, struct sim_process *method);
/* Its stack is free, but what it is known as stays until it is taken again.
   Unless THREAD_WAITED the caller runs on it and never goes on. */
enum thread_drop {
    THREAD_WAITED,
    THREAD_ENDS,    /* the next process runs */
    THREAD_RESTARTS /* its process, which has another stack, runs */
};
void thread_drop(struct sim_thread *thread, enum thread_drop drop);
bool thread_wait(struct sim_process *process);
void thread_free_all(struct sim *sim);

void clock_arm(struct sim_event *edge);
void clock_tick(struct sim_event *tick);
/* True if all that happens now is a rising edge, and nobody waits for another
 * one than the next: it has, and the tick, alone in the front, stays there. */
bool clock_rises(struct sim_event *tick);
/*
 * True if all that happens next is the edge that this method runs on, and it
 * alone: that is done, and the method to run again, as if it had come back.
 */
bool clock_goes_on(struct sim_process *method);
bool clock_value_before(const struct sim_clock *clock, sim_time time);
sim_time clock_edge_after(const struct sim_clock *clock, sim_time time);

/*
 * Who looks on as the simulation goes (waveforms, hooks, the inbox); where
 * there is none it costs a test a delta.  `next` is the time to which `now`
 * goes.
 */
enum watch {
    WATCH_EVALUATED, /* before the update */
    WATCH_UPDATED,
    WATCH_DELTA,  /* before processes run: after a delta, and at the start */
    WATCH_TIME,   /* before time goes on */
    WATCH_STARVED /* true: something can happen after all */
};
struct watcher {
    struct watcher *next;
    bool (*look)(struct watcher *watcher, enum watch when, sim_time next);
    void (*close)(struct watcher *watcher); /* as the sim goes */
};
void kernel_watch_with(struct sim *sim, struct watcher *watcher);
void kernel_watch_end(struct sim *sim, struct watcher *watcher);
bool kernel_watch(struct sim *sim, enum watch when, sim_time next);

/* One more delta is over. */
static inline void count_delta(struct sim *sim)
{
    sim->hash = (sim->hash ^ sim->now) * HASH_FACTOR ^ sim->delta;
    sim->delta++;
}

/* The evaluate loop is to look up before it takes another process: whoever sets
 * a bit of `halt`, or moves what is in the ring, sees to that. */
static inline void kernel_halt(struct sim *sim, unsigned why)
{
    sim->halt |= why;
    sim->ring_sure = sim->ring_head;
}

/* A place of the ring, by a count that goes on and on. */
#define RING(sim, count) ((sim)->ring[(count) & (sim)->ring_mask])

/* The shortest way from an event to the ring of runnable processes. */
static inline void fire_push(struct sim *sim, struct sim_process *process,
                             struct sim_event *cause)
{
    process->state |= PROCESS_RUNNABLE;
    process->cause = cause;
    RING(sim, sim->ring_tail++) = process;
}

static inline void fire_at(struct sim *sim, struct sim_process *process,
                           struct sim_event *cause)
{
    if (likely((process->state & PROCESS_WAITS) == 0))
        fire_push(sim, process, cause);
    else
        process_trigger(process, cause);
}

/* Wakes the only one who waits for the event, and for nothing else. */
static inline bool fire_lone(struct sim *sim, struct sim_event *event)
{
    struct sim_waiter *waiter = event->waiters;
    struct sim_process *process = waiter->process;

    if (waiter->next != waiter || event->listeners != NULL ||
        (process->state & (PROCESS_WAITS | PROCESS_LONE)) !=
            (PROCESS_DYNAMIC | PROCESS_LONE))
        return false;
    process->state ^= PROCESS_DYNAMIC | PROCESS_LONE;
    waiter->event = NULL;
    event->waiters = NULL;
    fire_push(sim, process, event);
    return true;
}

static inline void process_run_method(struct sim_process *process)
{
    process->function(process->module);
    if (unlikely(process->state & (PROCESS_AGAIN | PROCESS_WOKEN)))
        process_run_again(process);
    else
        process->state &= ~(uint32_t)PROCESS_RUNNABLE;
}

/* Nobody is runnable yet for whom it has fired: perhaps nobody will be. */
static inline void note_quiet(struct sim *sim, struct sim_event *event)
{
    if (sim->ring_head != sim->ring_tail || sim->current != NULL)
        return;
    event->fired_delta = UINT64_MAX - 1;
    if (unlikely(sim->quiet_count == sim->quiet_size))
        event_mark_quiet(sim);
    sim->quiet[sim->quiet_count++] = event;
}

/* The commonest events, with one listener or one waiter, without a call. */
static inline void fire(struct sim *sim, struct sim_event *event)
{
    event->pending = PENDING_NONE;
    event->fired_time = sim->now;
    event->fired_delta = sim->delta;
    if (event->flags != 0) {
        event_fire(sim, event);
    } else if (event->waiters != NULL) {
        if (!fire_lone(sim, event))
            event_fire(sim, event);
    } else if (event->listeners != NULL) {
        struct sim_process *process = event->listeners;

        if (likely((process->state & PROCESS_WAITS) == 0))
            fire_push(sim, process, event);
        else
            event_fire(sim, event);
    } else {
        note_quiet(sim, event);
    }
}

/* The process that the event is most likely to wake, to be fetched early. */
static inline const struct sim_process *
fire_target(const struct sim_event *event)
{
    if (event->flags == EVENT_TIMEOUT)
        return CONTAINER(event, struct sim_process, timeout);
    return event->listeners;
}
