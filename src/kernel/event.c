/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Notifications.  An event has at most one pending, as in SystemC: the earlier
 * one wins, and a cancelled one leaves a dead entry behind in the list of
 * deltas or in the wheel, told by its generation, rather than being searched
 * for.  Lists of dead entries are squeezed when they have more dead than live
 * ones, so that cancelling costs a constant time too.
 */
#include "kernel/event.h"

#include "kernel/internal.h"

void event_init(struct sim_event *event, struct sim *sim,
                enum event_flags flags, uint32_t id)
{
    *event = (struct sim_event){ .sim = sim,
                                 .id = id,
                                 .flags = (uint16_t)flags,
                                 .fired_delta = UINT64_MAX };
    /* Twice the events: squeezing always leaves room for as many again. */
    sim->events++;
    ROOM(sim, sim->deltas, 2 * sim->events, sim->deltas_size);
    ROOM(sim, sim->quiet, 2 * sim->events, sim->quiet_size);
    wheel_reserve(&sim->wheel, sim, sim->events);
}

void sim_event_init(struct sim_event *event, struct sim *sim, const char *name)
{
    event_init(event, sim, EVENT_PLAIN,
               object_new(sim, SIM_KIND_EVENT, name, event));
}

struct sim_event *event_made(struct sim_event **event, struct sim *sim,
                             uint32_t id)
{
    if (*event == NULL) {
        *event = sim_alloc(sim, sizeof **event);
        event_init(*event, sim, EVENT_PLAIN, id);
    }
    return *event;
}

RARE void event_squeeze_deltas(struct sim *sim, uint32_t from)
{
    uint32_t kept = 0;

    for (uint32_t i = from; i < sim->deltas_count; i++) {
        if (sim->deltas[i] != NULL) {
            sim->deltas[i]->slot = kept;
            sim->deltas[kept++] = sim->deltas[i];
        }
    }
    sim->deltas_count = kept;
    sim->deltas_dead = 0;
}

RARE void event_mark_quiet(struct sim *sim)
{
    while (sim->quiet_count > 0)
        sim->quiet[--sim->quiet_count]->fired_delta = sim->delta;
}

void sim_cancel(struct sim_event *event)
{
    struct sim *sim = event->sim;

    if (event->pending == PENDING_TIMED) {
        wheel_cancel(&sim->wheel, event);
    } else if (event->pending == PENDING_DELTA) {
        sim->deltas[event->slot] = NULL;
        sim->deltas_dead++;
    }
    event->pending = PENDING_NONE;
}

void sim_notify(struct sim_event *event)
{
    struct sim *sim = event->sim;

    if (unlikely(sim->phase == PHASE_ELABORATE || sim->phase == PHASE_UPDATE)) {
        sim_report(sim, SIM_ERROR, SIM_E_NOTIFY_OUTSIDE,
                   "immediate notification outside of a process");
        return;
    }
    if (unlikely(event->pending != PENDING_NONE))
        sim_cancel(event);
    fire(sim, event);
}

/* An event has no pending notification, or one that this may go before. */
static RARE bool may_notify(struct sim_event *event, sim_time time)
{
    struct sim *sim = event->sim;

    if (time < sim->now) {
        sim_report(sim, SIM_ERROR, SIM_E_TIME_OVERFLOW,
                   "a notification after the end of time");
        return false;
    }
    if (event->pending == PENDING_DELTA ||
        (event->pending == PENDING_TIMED && event->time <= time))
        return false;
    if (event->pending == PENDING_TIMED)
        wheel_cancel(&sim->wheel, event);
    return true;
}

void sim_notify_delta(struct sim_event *event)
{
    struct sim *sim = event->sim;

    if (unlikely(event->pending != PENDING_NONE) &&
        !may_notify(event, sim->now))
        return;
    if (unlikely(sim->deltas_count == sim->deltas_size))
        event_squeeze_deltas(sim, 0);
    event->pending = PENDING_DELTA;
    event->slot = sim->deltas_count;
    sim->deltas[sim->deltas_count++] = event;
}

void sim_notify_after(struct sim_event *event, sim_time delay)
{
    struct sim *sim = event->sim;
    sim_time time;

    if (delay == 0) {
        sim_notify_delta(event);
        return;
    }
    if ((unlikely(__builtin_add_overflow(sim->now, delay, &time)) ||
         unlikely(event->pending != PENDING_NONE)) &&
        !may_notify(event, time))
        return;
    event->pending = PENDING_TIMED;
    event->time = time;
    wheel_insert(&sim->wheel, event);
}

/*
 * A delta notification made in the update phase fires right after it: at once
 * does as well where no other one goes before it.  If nobody listens only the
 * record is to be kept.
 */
ALWAYS_INLINE void event_notify_update(struct sim_event *event)
{
    struct sim *sim = event->sim;

    if (unlikely(event->pending != PENDING_NONE) ||
        (unlikely(sim->deltas_count != 0) &&
         (event->listeners != NULL || event->waiters != NULL)))
        sim_notify_delta(event);
    else
        fire(sim, event);
}

/*
 * Often these are many processes of one clock.  The place in the ring stays in
 * a register while they are told one after the other; who needs more than a
 * place may move the ring.
 */
static ALWAYS_INLINE void fire_many(struct sim *sim, struct sim_event *event)
{
    const struct listeners *listeners = event->listeners;
    struct sim_process *const *next = listeners->list;
    struct sim_process *const *end = next + listeners->count;

    while (next < end) {
        struct sim_process **ring = sim->ring;
        uint64_t mask = sim->ring_mask, tail = sim->ring_tail;

        for (; next < end && likely(((*next)->state & PROCESS_WAITS) == 0);
             next++) {
            (*next)->state |= PROCESS_RUNNABLE;
            (*next)->cause = event;
            ring[tail++ & mask] = *next;
        }
        sim->ring_tail = tail;
        if (next < end)
            process_trigger(*next++, event);
    }
}

void event_fire_listeners(struct sim *sim, struct sim_event *event)
{
    event->fired_time = sim->now;
    event->fired_delta = sim->delta;
    if (event->flags & EVENT_MANY)
        fire_many(sim, event);
    else
        fire_at(sim, event->listeners, event);
    note_quiet(sim, event);
}

NOINLINE void event_fire(struct sim *sim, struct sim_event *event)
{
    /* Nobody else waits for a time-out, or for a tick. */
    if (event->flags & EVENT_TIMEOUT) {
        process_time_out(CONTAINER(event, struct sim_process, timeout));
        return;
    }
    if (event->flags & EVENT_TICK) {
        clock_tick(event);
        return;
    }
    if (event->flags & EVENT_MANY)
        fire_many(sim, event);
    else if (event->listeners != NULL)
        fire_at(sim, event->listeners, event);
    if (event->waiters != NULL)
        process_wake_all(event);
    note_quiet(sim, event);
    if (event->flags & EVENT_EDGE)
        clock_arm(event);
    if (event->flags & EVENT_QUEUE)
        sim->queue_fired(event);
}

/* So that a process can be released, it knows what it is sensitive to. */
static void listening_begin(struct sim_process *process,
                            struct sim_event *event)
{
    struct listening *listening = sim_alloc(event->sim, sizeof *listening);

    *listening = (struct listening){ process->listening, event };
    process->listening = listening;
}

void sim_sensitive(struct sim_process *process, struct sim_event *event)
{
    struct listeners *many = event->listeners;

    listening_begin(process, event);
    if (many != NULL && (event->flags & EVENT_MANY) == 0) {
        many = sim_alloc(event->sim, sizeof *many);
        ROOM(event->sim, many->list, 0, many->size);
        many->list[many->count++] = event->listeners;
        event->listeners = many;
        event->flags |= EVENT_MANY;
    }
    if (many == NULL) {
        event->listeners = process;
    } else {
        ROOM(event->sim, many->list, many->count, many->size);
        many->list[many->count++] = process;
    }
    if (event->flags & EVENT_EDGE)
        clock_arm(event);
}

/* The event no more tells the process. */
static void event_unlisten(struct sim_event *event, struct sim_process *process)
{
    struct listeners *many = event->listeners;
    uint32_t kept = 0;

    if ((event->flags & EVENT_MANY) == 0) {
        event->listeners = NULL;
    } else {
        for (uint32_t i = 0; i < many->count; i++) {
            if (many->list[i] != process)
                many->list[kept++] = many->list[i];
        }
        many->count = kept;
        if (kept == 0) {
            kernel_give_back(event->sim, many->list,
                             many->size * sizeof *many->list);
            kernel_give_back(event->sim, many, sizeof *many);
            event->listeners = NULL;
            event->flags &= (uint16_t)~EVENT_MANY;
        }
    }
    if (event->flags & EVENT_EDGE)
        clock_arm(event);
}

/* Ends the sensitivity to one event, or to all (NULL). */
void listening_end(struct sim_process *process, const struct sim_event *event)
{
    struct listening **link = &process->listening, *ended;

    while ((ended = *link) != NULL) {
        if (event != NULL && ended->event != event) {
            link = &ended->next;
            continue;
        }
        *link = ended->next;
        event_unlisten(ended->event, process);
        kernel_give_back(process->sim, ended, sizeof *ended);
    }
}

/* Nobody listens to it, waits for it, or will be told that it fired. */
static void event_abandon(struct sim_event *event)
{
    struct sim *sim = event->sim;

    while (event->listeners != NULL)
        listening_end(event->flags & EVENT_MANY
                          ? ((struct listeners *)event->listeners)->list[0]
                          : event->listeners,
                      event);
    while (event->waiters != NULL)
        wait_unlink(event->waiters);
    for (uint32_t i = 0; i < sim->quiet_count; i++) {
        if (sim->quiet[i] == event)
            sim->quiet[i--] = sim->quiet[--sim->quiet_count];
    }
}

void event_release(struct sim_event *event)
{
    sim_cancel(event);
    event_abandon(event);
    if (event->generation != 0)
        wheel_sweep(&event->sim->wheel);
    event->sim->events--;
}

void sim_event_release(struct sim_event *event)
{
    event_release(event);
    object_release(event->sim, event->id);
}
