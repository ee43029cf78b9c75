/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scheduler's loop.  kernel_next() is the next process to run, and whoever
 * runs processes asks for it: run_processes() on the stack of the run's caller,
 * or a thread that waits, on its own.
 *
 *     evaluate  a process is taken off the ring, until there is none
 *     update    channels show what was written       (channel.c)
 *     delta     events fire that were notified for it; those that wake a
 *               process begin the next evaluate phase
 *     time      else it goes on to the first event that is due (wheel.c)
 *
 * The common step, one more process of the same delta, is a few instructions
 * without a call; search() has those that begin another.
 */
#include "kernel/internal.h"

#define FAR 256 /* runnable processes: fewer are in the cache anyway */

/* Takes one off the ring, to be the current one. */
static inline struct sim_process *run_take_one(struct sim *sim)
{
    struct sim_process *process = RING(sim, sim->ring_head++);

    sim->hash = (sim->hash ^ process->id) * HASH_FACTOR;
    sim->current = process;
    return process;
}

/* Evaluate: the next process where the run is watched or is to end. */
static RARE struct sim_process *take_watched(struct sim *sim)
{
    if (sim->ring_head == sim->ring_tail ||
        (sim->halt &
         (HALT_FAILED | HALT_STOP_NOW | HALT_NESTED | HALT_SUSPENDED)) != 0)
        return NULL;
    if (sim->shuffle != 0)
        sim->shuffle_next(sim);
    run_take_one(sim);
    if (sim->order_file != NULL)
        sim->log_current(sim);
    return sim->current;
}

/* Evaluate: the next process of this delta, or NULL. */
static inline struct sim_process *run_take(struct sim *sim)
{
    uint64_t runnable = sim->ring_tail - sim->ring_head;

    if (unlikely(sim->quiet_count != 0) && runnable != 0)
        event_mark_quiet(sim);
    if (unlikely(sim->halt != 0))
        return take_watched(sim);
    if (runnable == 0)
        return NULL;
    if (likely(runnable <= FAR)) {
        sim->ring_sure = sim->ring_tail;
    } else {
        __builtin_prefetch(RING(sim, sim->ring_head + 32));
        __builtin_prefetch(RING(sim, sim->ring_head + 8)->module, 1);
    }
    return run_take_one(sim);
}

/* The events of one time, those of the chunks ahead fetched early. */
static NOINLINE void fire_bucket(struct sim *sim, struct wheel_bucket due)
{
    struct wheel_chunk *chunk = due.first, *next, *far;

    for (; chunk != NULL; chunk = next) {
        const struct wheel_entry *end = chunk->entries + WHEEL_CHUNK;

        next = chunk->next;
        far = next == NULL ? NULL : next->next;
        for (int i = 0; far != NULL && i < WHEEL_CHUNK; i++) {
            __builtin_prefetch(fire_target(next->entries[i].event), 1);
            if (far->next != NULL)
                __builtin_prefetch(far->entries[i].event, 1);
        }
        if (next == NULL)
            end = due.end;
        for (const struct wheel_entry *e = chunk->entries; e < end; e++) {
            if (unlikely(e->event->generation != e->generation)) {
                sim->wheel.dead--;
            } else {
                sim->wheel.live--;
                fire(sim, e->event);
            }
        }
        wheel_give_back(&sim->wheel, chunk);
    }
}

/* False: it is after the end of this run. */
static inline bool set_time(struct sim *sim, sim_time time)
{
    if (time > sim->limit)
        return false;
    if (unlikely(sim->watchers != NULL) && time > sim->now)
        kernel_watch(sim, WATCH_TIME, time);
    if (time > sim->now)
        sim->first_delta = sim->delta;
    sim->now = time;
    return true;
}

/* What fired and changed just now did so for processes that run next, if there
 * are any.  `updated`: channels at the begin of `updates` that were. */
static inline void run_settle(struct sim *sim, uint32_t updated)
{
    if (sim->ring_head == sim->ring_tail)
        sim->quiet_count = 0;
    else if (updated > 0)
        channels_mark_changed(sim, updated);
}

/* Goes to the next time at which something happens; false: none by limit. */
static inline bool advance_time(struct sim *sim)
{
    struct wheel *wheel = &sim->wheel;

    do {
        if (wheel->count > 0) {
            struct sim_event *first = wheel->events[wheel->order[wheel->head]];

            if (!set_time(sim, wheel_first(wheel)))
                return false;
            if (wheel->count == 1 && first->flags & EVENT_TICK &&
                clock_rises(first)) {
                run_settle(sim, 0);
                continue;
            }
        } else {
            struct wheel_bucket due = { NULL, NULL };
            sim_time time;

            if (!wheel_refill(wheel, sim->limit, &time, &due) ||
                !set_time(sim, time))
                return false;
            fire_bucket(sim, due);
        }
        while (wheel->count > 0 && wheel_first(wheel) == sim->now)
            fire(sim, wheel_pop(wheel));
        run_settle(sim, 0);
    } while (sim->ring_head == sim->ring_tail && sim->deltas_count == 0);
    return true;
}

/* What fires may notify others (a clock's edges) for the delta after. */
static inline void fire_deltas(struct sim *sim)
{
    struct sim_event **deltas;
    uint32_t count;

    if (unlikely(sim->deltas_dead != 0))
        event_squeeze_deltas(sim, 0);
    deltas = sim->deltas;
    count = sim->deltas_count;
    for (uint32_t i = 0; i < count; i++) {
        if (likely(deltas[i] != NULL))
            fire(sim, deltas[i]);
    }
    if (likely(sim->deltas_count == count))
        sim->deltas_count = sim->deltas_dead = 0;
    else
        event_squeeze_deltas(sim, count);
}

/* Update, and what then is due at once. */
static ALWAYS_INLINE void finish_delta(struct sim *sim, const bool watched)
{
    uint32_t updated = 0;

    if (likely(sim->ring_head != sim->delta_head))
        count_delta(sim);
    sim->delta_head = sim->ring_head;
    sim->current = NULL;
    if (watched)
        kernel_watch(sim, WATCH_EVALUATED, sim->now);
    if (sim->updates_count > 0)
        updated = channels_update(sim);
    if (watched)
        kernel_watch(sim, WATCH_UPDATED, sim->now);
    if (sim->deltas_count > 0)
        fire_deltas(sim);
    run_settle(sim, updated);
    if (watched)
        kernel_watch(sim, WATCH_DELTA, sim->now);
}

static RARE void finish_watched_delta(struct sim *sim)
{
    finish_delta(sim, true);
}

static inline void end_delta(struct sim *sim)
{
    if (unlikely(sim->watchers != NULL))
        finish_watched_delta(sim);
    else
        finish_delta(sim, false);
}

/* Why a run to a limit, or of one delta, comes back. */
static RARE struct sim_process *reached(struct sim *sim)
{
    sim->end = sim_is_pending(sim, NULL) ? SIM_REACHED : SIM_STARVED;
    return NULL;
}

/* Whether the run is to come back, between two deltas. */
static RARE bool is_halted(struct sim *sim)
{
    sim->current = NULL;
    if (sim->halt & HALT_ONE_DELTA)
        reached(sim);
    if (sim->halt & HALT_PAUSE)
        sim->end = SIM_PAUSED;
    if (sim->halt & HALT_STOP)
        sim->end = SIM_STOPPED;
    if (sim->halt & HALT_FAILED)
        sim->end = SIM_FAILED;
    return (sim->halt & ~(unsigned)(HALT_WATCH | HALT_SUSPENDED)) != 0;
}

/* Nothing is left to do in this run, or all is suspended. */
static inline bool has_come_to_end(struct sim *sim)
{
    if (sim->deltas_count != 0 || sim->updates_count != 0)
        return false;
    if (unlikely(sim->halt & HALT_SUSPENDED))
        return true;
    return sim->ring_head == sim->ring_tail &&
           (!advance_time(sim) || (sim->half_open && sim->now == sim->limit));
}

/* The next process of a later delta. */
static NOINLINE struct sim_process *search(struct sim *sim)
{
    struct sim_process *process;

    do {
        if (unlikely(sim->halt & HALT_NESTED))
            return NULL; /* back to who called sim_reset() */
        if (likely((sim->halt & (HALT_FAILED | HALT_STOP_NOW)) == 0))
            end_delta(sim);
        if (unlikely(sim->halt != 0) && is_halted(sim))
            return NULL;
        if (has_come_to_end(sim) &&
            (sim->watchers == NULL ||
             !kernel_watch(sim, WATCH_STARVED, sim->limit)))
            return reached(sim);
        process = run_take(sim);
    } while (process == NULL);
    return process;
}

ALWAYS_INLINE struct sim_process *kernel_next(struct sim *sim)
{
    struct sim_process *process;

    if (likely(sim->ring_head < sim->ring_sure))
        return run_take_one(sim);
    process = run_take(sim);
    return process != NULL ? process : search(sim);
}

/* Every process runs once; one that is suspended does so when it is resumed. */
static void initialize_processes(struct sim *sim)
{
    for (uint32_t id = 0; id < sim->objects_count; id++) {
        struct sim_process *process = sim->objects[id].object;

        if (sim->objects[id].kind != SIM_KIND_METHOD &&
            sim->objects[id].kind != SIM_KIND_THREAD)
            continue;
        if (process->state & PROCESS_NO_INIT) {
            if (process->listening == NULL)
                process_report_never_woken(process);
            continue;
        }
        if ((process->state & PROCESS_WAITS) == 0)
            fire_push(sim, process, NULL);
        else if ((process->state & PROCESS_WAITS) == PROCESS_SUSPENDED)
            process->state |= PROCESS_KEPT;
    }
}

/* Ends elaboration, and unless a hook stops the sim, initialises it. */
static void elaborate(struct sim *sim)
{
    uint32_t updated;

    kernel_call_hooks(sim, SIM_BEFORE_END_OF_ELABORATION);
    if (sim->complete_ports != NULL)
        sim->complete_ports(sim);
    sim->elaborated = true;
    kernel_call_hooks(sim, SIM_END_OF_ELABORATION);
    if ((sim->halt & HALT_STOP) == 0) {
        sim->started = true;
        kernel_call_hooks(sim, SIM_START_OF_SIMULATION);
    }
    if (sim->halt & HALT_STOP)
        return;
    kernel_watch(sim, WATCH_DELTA, sim->now);
    initialize_processes(sim);
    updated = channels_update(sim);
    fire_deltas(sim);
    run_settle(sim, updated);
}

void kernel_end(struct sim *sim)
{
    sim->end = SIM_STOPPED;
    sim->stopped = true;
    if (sim->started)
        kernel_call_hooks(sim, SIM_END_OF_SIMULATION);
}

static bool can_run(struct sim *sim, sim_time limit)
{
    sim->end = SIM_STOPPED;
    if (sim->stopped) {
        sim_report(sim, SIM_ERROR, SIM_E_AFTER_STOP,
                   "the simulation was stopped and cannot go on");
        return false;
    }
    sim->end = SIM_FAILED;
    if (limit < sim->now) {
        sim_report(sim, SIM_ERROR, SIM_E_TIME_OVERFLOW,
                   "a run to the past, or beyond the end of time");
        return false;
    }
    if ((sim->halt & HALT_FAILED) == 0 && !sim->elaborated) {
        elaborate(sim);
        if ((sim->halt & (HALT_FAILED | HALT_STOP)) == HALT_STOP)
            kernel_end(sim);
    }
    sim->halt &= ~(unsigned)HALT_PAUSE; /* a pause is for a run */
    return (sim->halt & (HALT_FAILED | HALT_STOP)) == 0;
}

static NOINLINE void run_processes(struct sim *sim)
{
    struct sim_process *process;

    thread_here(sim);
    process = kernel_next(sim);
    while (process != NULL) {
        if (unlikely(process->state & PROCESS_THREAD)) { /* it switches once */
            thread_enter(sim->main, process);
            process = sim->handed;
        } else {
            process_run_method(process);
            process = kernel_next(sim);
        }
    }
}

/* What a run goes through: up to and at the limit, or if it is half open to
 * just before it. */
struct stretch {
    sim_time limit;
    unsigned halt; /* HALT_ONE_DELTA, or 0 */
    bool half_open;
    enum sim_starved starved;
};

static enum sim_end run_through(struct sim *sim, struct stretch stretch)
{
    sim_time limit = stretch.limit;

    sim->running = true;
    if (can_run(sim, limit)) {
        sim->limit = limit;
        sim->half_open = stretch.half_open;
        kernel_halt(sim, stretch.halt);
        run_processes(sim);
        sim->halt &= ~(unsigned)(HALT_PAUSE | HALT_ONE_DELTA);
        if (sim->end == SIM_STOPPED)
            kernel_end(sim);
    }
    sim->running = false;
    if (limit > sim->now && stretch.starved == SIM_TIME_GOES_ON &&
        (sim->halt & HALT_SUSPENDED) == 0 &&
        (sim->end == SIM_REACHED || sim->end == SIM_STARVED)) {
        kernel_watch(sim, WATCH_TIME, limit);
        sim->now = limit;
        sim->first_delta = stretch.half_open ? sim->delta : sim->delta - 2;
    }
    return sim->end;
}

/* As sc_start(), which says so if it did nothing: unless that was to elaborate,
 * or to update what was written between two runs. */
static enum sim_end run_as_started(struct sim *sim, struct stretch stretch)
{
    uint64_t delta = sim->delta;
    sim_time now = sim->now;
    bool elaborates = !sim->elaborated && (stretch.limit == now ||
                                           stretch.starved == SIM_TIME_STAYS);
    bool updates = sim->updates_count > 0;
    enum sim_end end = run_through(sim, stretch);

    if (sim->delta == delta && sim->now == now && !elaborates && !updates &&
        (end == SIM_REACHED || end == SIM_STARVED))
        sim_report(sim, SIM_WARNING, SIM_E_NO_ACTIVITY,
                   "a run in which nothing happened");
    return end;
}

enum sim_end sim_run(struct sim *sim)
{
    return run_as_started(sim, (struct stretch){ .limit = SIM_TIME_MAX,
                                                 .starved = SIM_TIME_STAYS });
}

enum sim_end sim_run_until(struct sim *sim, sim_time time)
{
    return run_through(sim, (struct stretch){ .limit = time });
}

enum sim_end sim_run_for(struct sim *sim, sim_time duration,
                         enum sim_starved starved)
{
    return run_as_started(
        sim, (struct stretch){ .limit = sim->now + duration,
                               .halt = duration > 0 ? 0 : HALT_ONE_DELTA,
                               .half_open = duration > 0,
                               .starved = starved });
}
