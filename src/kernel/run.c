/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scheduler's loop: evaluate, update, delta, time.
 */
#include "kernel/fire.h"
#include "kernel/internal.h"

#define HASH_FACTOR 0x9e3779b97f4a7c15
#define FAR         256 /* runnable processes: fewer are in the cache anyway */

static inline void hash_in(struct sim *sim, uint64_t value)
{
    sim->hash = (sim->hash ^ value) * HASH_FACTOR;
}

/* What is suspended keeps its turn; what is dead has none. */
static RARE void pass_over(struct sim_process *process)
{
    process->sim->skipped++;
    process->state ^= PROCESS_RUNNABLE;
    if (process->state & PROCESS_SUSPENDED)
        process->state |= PROCESS_KEPT;
}

/* Of what runs a little later, brings the memory near. */
static inline void look_ahead(const struct sim *sim)
{
    const struct sim_process *near;

    __builtin_prefetch(sim->ring[(sim->ring_head + 32) & sim->ring_mask]);
    near = sim->ring[(sim->ring_head + 8) & sim->ring_mask];
    __builtin_prefetch(near->module, 1);
}

/* Makes it the current one, unless it cannot run. */
static inline bool try_process(struct sim *sim, struct sim_process *process)
{
    if (unlikely(process->state & (PROCESS_SUSPENDED | PROCESS_DEAD))) {
        pass_over(process);
        return false;
    }
    hash_in(sim, process->id);
    sim->current = process;
    return true;
}

/* The same as take(), when the run is watched or is to end. */
static RARE struct sim_process *take_watched(struct sim *sim)
{
    while (sim->ring_head != sim->ring_tail &&
           (sim->halt & (HALT_FAILED | HALT_STOP_NOW)) == 0) {
        if (sim->shuffle != 0)
            order_shuffle_next(sim);
        if (!try_process(sim, sim->ring[sim->ring_head++ & sim->ring_mask]))
            continue;
        if (sim->order_file != NULL)
            order_write(sim, sim->current);
        return sim->current;
    }
    return NULL;
}

/* Evaluate: the next process of this delta, or NULL. */
static inline struct sim_process *take(struct sim *sim)
{
    if (unlikely(sim->halt != 0))
        return take_watched(sim);
    while (sim->ring_head != sim->ring_tail) {
        if (sim->ring_tail - sim->ring_head > FAR)
            look_ahead(sim);
        if (likely(
                try_process(sim, sim->ring[sim->ring_head++ & sim->ring_mask])))
            return sim->current;
    }
    return NULL;
}

/* Events of one time, those of the chunks ahead fetched early. */
static void fetch_ahead(const struct wheel_chunk *next,
                        const struct wheel_entry *end)
{
    const struct wheel_entry *entry = next->entries;

    if (next->next == NULL) {
        for (; entry < end; entry++)
            __builtin_prefetch(entry->event, 1);
        return;
    }
    for (unsigned i = 0; i < WHEEL_CHUNK; i++) {
        __builtin_prefetch(fire_target(entry[i].event), 1);
        __builtin_prefetch(next->next->entries[i].event, 1);
    }
}

static inline void fire_entries(struct sim *sim,
                                const struct wheel_entry *entry,
                                const struct wheel_entry *end)
{
    for (; entry < end; entry++) {
        if (unlikely(!wheel_is_live(entry))) {
            sim->wheel.dead--;
            continue;
        }
        sim->wheel.live--;
        fire(sim, entry->event);
    }
}

/* All chunks but the last, which is returned. */
static __attribute__((noinline)) struct wheel_chunk *
fire_chunks(struct sim *sim, struct wheel_chunk *chunk,
            const struct wheel_entry *end)
{
    struct wheel_chunk *next;

    for (; (next = chunk->next) != NULL; chunk = next) {
        fetch_ahead(next, end);
        fire_entries(sim, chunk->entries, chunk->entries + WHEEL_CHUNK);
        wheel_give_back(&sim->wheel, chunk);
    }
    return chunk;
}

/* Goes to the next time at which something happens; false: none by limit. */
static inline bool advance_time(struct sim *sim)
{
    const struct wheel_entry *end;
    struct wheel_chunk *chunk;
    sim_time time;

    do {
        chunk = wheel_take(&sim->wheel, sim->limit, &time, &end);
        if (chunk == NULL)
            return false;
        if (unlikely(sim->vcds != NULL) && time > sim->now)
            vcd_step(sim, time);
        sim->fresh |= time > sim->now;
        sim->now = time;
        if (chunk->next != NULL)
            chunk = fire_chunks(sim, chunk, end);
        fire_entries(sim, chunk->entries, end);
        wheel_give_back(&sim->wheel, chunk);
    } while (sim->ring_head == sim->ring_tail && sim->deltas_count == 0);
    return true;
}

/* Delta notifications; those of the simple kind without a call. */
static inline void fire_deltas(struct sim *sim)
{
    uint32_t count = sim->deltas_count;

    for (uint32_t i = 0; i < count; i++) {
        struct sim_event *event = sim->deltas[i];

        if (event == NULL || !fire_simple(sim, event)) {
            event_fire_deltas(sim, i);
            return;
        }
    }
    sim->deltas_count = 0;
}

/* Update, and what then is due at once. */
static inline void end_delta(struct sim *sim)
{
    if (likely(sim->evaluated || sim->ring_head != sim->delta_head)) {
        hash_in(sim, sim->now);
        hash_in(sim, sim->delta);
        sim->delta++;
    }
    sim->delta_head = sim->ring_head;
    sim->evaluated = false;
    sim->fresh = false;
    sim->current = NULL;
    if (sim->updates_count > 0) {
        sim->phase = PHASE_UPDATE;
        channel_update_all(sim);
        sim->phase = PHASE_EVALUATE;
    }
    fire_deltas(sim);
    if (unlikely(sim->trace_deltas))
        vcd_delta(sim);
}

/* Whether the run is to come back for an error, a stop or a pause. */
static RARE bool is_halted(struct sim *sim)
{
    if (sim->halt & HALT_FAILED)
        sim->end = SIM_FAILED;
    else if (sim->halt & HALT_STOP)
        sim->end = SIM_STOPPED;
    else
        sim->end = SIM_PAUSED;
    return (sim->halt & ~(unsigned)HALT_WATCH) != 0;
}

/* Why a run to a limit, or of one delta, comes back. */
static RARE struct sim_process *reached(struct sim *sim)
{
    sim->current = NULL;
    sim->end = sim_is_pending(sim) ? SIM_REACHED : SIM_STARVED;
    return NULL;
}

/* The next process of a later delta. */
static __attribute__((noinline)) struct sim_process *search(struct sim *sim)
{
    struct sim_process *process = NULL;

    while (process == NULL) {
        if (likely((sim->halt & (HALT_FAILED | HALT_STOP_NOW)) == 0))
            end_delta(sim);
        if (unlikely(sim->halt != 0) && is_halted(sim)) {
            sim->current = NULL;
            return NULL;
        }
        if (sim->ring_head == sim->ring_tail && sim->deltas_count == 0 &&
            sim->updates_count == 0 && !sim->one_delta) {
            if (!advance_time(sim) ||
                (sim->half_open && sim->now == sim->limit))
                return reached(sim);
        } else if (unlikely(sim->one_delta)) {
            return reached(sim);
        }
        process = take(sim);
    }
    return process;
}

struct sim_process *kernel_next(struct sim *sim)
{
    struct sim_process *process = take(sim);

    return likely(process != NULL) ? process : search(sim);
}

static enum sim_end run_to(struct sim *sim, sim_time limit, bool half_open,
                           bool one_delta)
{
    struct sim_process *process;

    sim->limit = limit;
    sim->half_open = half_open;
    sim->one_delta = one_delta;
    sim->phase = PHASE_EVALUATE;
    process = kernel_next(sim);
    while (process != NULL) {
        if (process->state & PROCESS_THREAD) {
            thread_enter(process);
            process = sim->handed;
        } else {
            process->function(process->module);
            process->state &= ~(uint32_t)PROCESS_RUNNABLE;
            process = kernel_next(sim);
        }
    }
    if (sim->end == SIM_STOPPED) {
        sim->stopped = true;
        kernel_call_hooks(sim, SIM_END_OF_SIMULATION);
    }
    sim->halt &= ~(unsigned)HALT_PAUSE;
    return sim->end;
}

static bool begin_run(struct sim *sim, enum sim_end *end)
{
    *end = SIM_STOPPED;
    if (sim->stopped) {
        sim_report(sim, SIM_WARNING, SIM_E_AFTER_STOP,
                   "the simulation was stopped and cannot go on");
        return false;
    }
    *end = SIM_FAILED;
    if (sim->halt & HALT_FAILED)
        return false;
    if (!sim->elaborated)
        kernel_elaborate(sim);
    fiber_here(&sim->main);
    return (sim->halt & HALT_FAILED) == 0;
}

/* Time goes on to `time` without anything happening there. */
static void pass(struct sim *sim, sim_time time, bool fresh)
{
    if (time > sim->now) {
        if (sim->vcds != NULL)
            vcd_step(sim, time);
        sim->now = time;
        sim->fresh = fresh;
    }
}

static enum sim_end back(struct sim *sim, enum sim_end end)
{
    sim->phase = PHASE_BETWEEN;
    vcd_flush(sim);
    return end;
}

enum sim_end sim_run(struct sim *sim)
{
    enum sim_end end;

    if (begin_run(sim, &end))
        end = run_to(sim, SIM_TIME_MAX, false, false);
    return back(sim, end);
}

enum sim_end sim_run_until(struct sim *sim, sim_time time)
{
    enum sim_end end;

    if (begin_run(sim, &end) && time >= sim->now) {
        end = run_to(sim, time, false, false);
        if (end == SIM_REACHED || end == SIM_STARVED)
            pass(sim, time, false);
    }
    return back(sim, end);
}

enum sim_end sim_run_for(struct sim *sim, sim_time duration,
                         bool stay_if_starved)
{
    sim_time limit = sim->now + duration;
    enum sim_end end;

    if (limit < duration) {
        sim_report(sim, SIM_ERROR, SIM_E_TIME_OVERFLOW,
                   "a run beyond the end of time");
        return SIM_FAILED;
    }
    if (!begin_run(sim, &end))
        return back(sim, end);
    if (duration == 0)
        return back(sim, run_to(sim, limit, false, true));
    end = run_to(sim, limit, true, false);
    if (end == SIM_REACHED || (end == SIM_STARVED && !stay_if_starved))
        pass(sim, limit, true);
    return back(sim, end);
}
