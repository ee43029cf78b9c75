/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A clock has no process.  It is one event, the tick, that is pending only as
 * long as somebody waits for an edge or is sensitive to one:
 *
 *     arm    finds the first edge that somebody wants, the tick's time
 *     tick   fires rise, fall or change of that instant
 *
 * So a clock that nobody looks at costs nothing, and its value and its rises
 * are computed from the time.  A tick counts as a delta of its own, as the
 * update of SystemC's clock does: what is woken by an edge runs in the delta
 * after it.
 *
 * Where nothing else is due, the two steps between one rising edge and the next
 * are always the same.  clock_goes_on() does them in place, without event queue
 * or ring, when the only thing pending is this tick and its only listener the
 * method that has just run.  Every condition of that short way is one that the
 * long way would have looked at; a test runs random designs both ways and
 * compares all that can be asked.
 */
#include "kernel/clock.h"

#include "kernel/internal.h"

/* Its events have its number. */
static struct sim_clock *clock_of(const struct sim_event *event)
{
    return event->sim->objects[event->id].object;
}

void sim_clock_init(struct sim_clock *clock, struct sim *sim, const char *name,
                    sim_time period)
{
    if (period < 2)
        sim_report(sim, SIM_ERROR, SIM_E_CLOCK_PERIOD,
                   "a clock's period of %llu has no room for two edges",
                   (unsigned long long)period);
    *clock = (struct sim_clock){
        .sim = sim,
        .period = period < 2 ? 2 : period,
        .id = object_new(sim, SIM_KIND_CLOCK, name, clock),
    };
    sim_clock_set_shape(clock, 0.5, 0, SIM_RISES_FIRST);
    event_init(&clock->tick, sim, EVENT_TICK, clock->id);
    for (int edge = 0; edge < 3; edge++)
        event_init(&clock->edges[edge], sim, EVENT_EDGE, clock->id);
}

void sim_clock_set_shape(struct sim_clock *clock, double duty, sim_time start,
                         enum sim_clock_first first)
{
    bool rises = first == SIM_RISES_FIRST;
    sim_time high;

    if (!(duty > 0 && duty < 1))
        duty = 0.5; /* as in SystemC */
    high = (sim_time)((double)clock->period * duty + 0.5);
    if (high == 0 || high >= clock->period) {
        sim_report(clock->sim, SIM_ERROR,
                   high == 0 ? SIM_E_CLOCK_HIGH : SIM_E_CLOCK_LOW,
                   "a clock of duty %g is never %s", duty,
                   high == 0 ? "high" : "low");
        return;
    }
    clock->high = high;
    clock->first_rise = start + (rises ? 0 : clock->period - clock->high);
    clock->first_fall = start + (rises ? clock->high : 0);
    clock->next[0] = clock->first_rise;
    clock->next[1] = clock->first_fall;
}

/* The first edge of this one's kind not before `time`, seldom far from it. */
static sim_time clock_advance(const struct sim_clock *clock, sim_time edge,
                              sim_time time)
{
    if (edge >= time)
        return edge;
    if (time - edge > clock->period)
        edge += (time - edge) / clock->period * clock->period;
    return edge < time ? edge + clock->period : edge;
}

static bool clock_is_wanted(const struct sim_event *edge)
{
    return edge->listeners != NULL || edge->waiters != NULL;
}

/* Edges of an instant take effect between its first delta and the second. */
static sim_time first_open(const struct sim_clock *clock)
{
    return clock->sim->now + (clock->sim->delta != clock->sim->first_delta);
}

/* The edges of now that somebody wants: bit i for edges[i]. */
static ALWAYS_INLINE unsigned edges_due(const struct sim_clock *clock)
{
    sim_time now = clock->sim->now;
    unsigned due = 0;

    for (int i = 0; i < 3; i++)
        due |= (unsigned)(clock->next[i] == now &&
                          clock_is_wanted(&clock->edges[i]))
               << i;
    return due;
}

static ALWAYS_INLINE void notify_edges(struct sim_clock *clock, unsigned due)
{
    for (; due != 0; due &= due - 1)
        sim_notify_delta(&clock->edges[__builtin_ctz(due)]);
}

/* Schedules the next edge that someone is interested in, if any. */
void clock_arm(struct sim_event *edge)
{
    struct sim_clock *clock = clock_of(edge);
    struct sim *sim = clock->sim;
    sim_time open = first_open(clock), first = SIM_TIME_MAX;
    bool any = clock_is_wanted(&clock->changed);

    for (int i = 0; i < 2; i++) {
        if (!any && !clock_is_wanted(&clock->edges[i]))
            continue;
        clock->next[i] = clock_advance(clock, clock->next[i], open);
        first = clock->next[i] < first ? clock->next[i] : first;
    }
    clock->next[2] = first;
    if (clock->tick.pending != PENDING_NONE && clock->tick.time < first)
        sim_cancel(&clock->tick); /* for who waits no more */
    if (first == sim->now && sim->phase != PHASE_ELABORATE)
        notify_edges(clock, edges_due(clock));
    else if (first != SIM_TIME_MAX)
        sim_notify_after(&clock->tick, first - sim->now);
}

/* Nothing is left to do before what is due at `time`, nobody looks at each
 * delta, and the run does not end there. */
static ALWAYS_INLINE bool is_idle(const struct sim *sim, sim_time time)
{
    return sim->ring_head == sim->ring_tail && sim->deltas_count == 0 &&
           sim->halt == 0 && sim->watchers == NULL &&
           time + sim->half_open <= sim->limit;
}

/* Nothing but the tick, which was the first in the front, is due now. */
static bool is_alone(const struct sim *sim, const struct sim_event *tick)
{
    const struct wheel *wheel = &sim->wheel;

    return is_idle(sim, tick->time) && tick->time <= wheel->last &&
           (wheel->count == 0 || wheel_first(wheel) != tick->time);
}

void clock_tick(struct sim_event *tick)
{
    struct sim_clock *clock = CONTAINER(tick, struct sim_clock, tick);
    struct sim *sim = clock->sim;
    unsigned due = edges_due(clock);

    if (!is_alone(sim, tick)) {
        notify_edges(clock, due);
        sim->delta_head--; /* it counts as a delta, whoever runs */
        return;
    }
    count_delta(sim); /* the one that would come next, too, begins here */
    for (; due != 0; due &= due - 1)
        fire(sim, &clock->edges[__builtin_ctz(due)]);
}

/*
 * Whether the tick, the first in the front and due at `now`, is for a rising
 * edge, and the front is also where the next one belongs.
 */
static ALWAYS_INLINE bool can_stay(const struct sim_clock *clock, sim_time now)
{
    sim_time next = now + clock->period;

    return clock->next[0] == now && next + 1 > now &&
           next <= clock->sim->wheel.last;
}

static ALWAYS_INLINE void stay(struct sim_clock *clock, sim_time now)
{
    struct wheel *wheel = &clock->sim->wheel;

    clock->next[0] = clock->next[2] = clock->tick.time =
        wheel->times[wheel->order[wheel->head]] = now + clock->period;
}

bool clock_rises(struct sim_event *tick)
{
    struct sim_clock *clock = CONTAINER(tick, struct sim_clock, tick);
    struct sim *sim = clock->sim;

    if (!is_idle(sim, sim->now) || !can_stay(clock, sim->now) ||
        clock->posedge.waiters != NULL || clock->posedge.listeners == NULL ||
        clock_is_wanted(&clock->negedge) || clock_is_wanted(&clock->changed))
        return false;
    count_delta(sim);
    stay(clock, sim->now);
    event_fire_listeners(sim, &clock->posedge);
    return true;
}

bool clock_goes_on(struct sim_process *method)
{
    struct sim *sim = method->sim;
    struct sim_event *edge = method->cause;
    struct wheel *wheel = &sim->wheel;
    unsigned place = wheel->order[wheel->head];
    sim_time now = wheel->times[place];
    struct sim_clock *clock;

    if (wheel->count != 1 || !is_idle(sim, now) || sim->updates_count != 0 ||
        edge == NULL || (edge->flags & EVENT_EDGE) == 0 ||
        edge->listeners != method || edge->waiters != NULL ||
        (method->state & PROCESS_WAITS) != PROCESS_RUNNABLE)
        return false;
    clock = clock_of(edge);
    if (edge != &clock->posedge || wheel->events[place] != &clock->tick ||
        !can_stay(clock, now))
        return false;
    count_delta(sim);
    sim->now = now;
    sim->first_delta = sim->delta;
    count_delta(sim);
    sim->hash = (sim->hash ^ method->id) * HASH_FACTOR;
    sim->ring_head++;
    sim->ring_tail++;
    edge->fired_time = now;
    edge->fired_delta = sim->delta;
    stay(clock, now);
    return true;
}

/* Its value when what happens at `time` has not happened yet. */
bool clock_value_before(const struct sim_clock *clock, sim_time time)
{
    if (time <= clock->first_rise)
        return time <= clock->first_fall &&
               clock->first_fall < clock->first_rise;
    return (time - 1 - clock->first_rise) % clock->period < clock->high;
}

bool sim_clock_read(const struct sim_clock *clock)
{
    return clock_value_before(clock, first_open(clock));
}

bool sim_clock_changed(const struct sim_clock *clock)
{
    const struct sim *sim = clock->sim;

    return sim->delta == sim->first_delta + 1 &&
           (clock_advance(clock, clock->first_rise, sim->now) == sim->now ||
            clock_advance(clock, clock->first_fall, sim->now) == sim->now);
}

uint64_t sim_clock_rises(const struct sim_clock *clock)
{
    sim_time now = clock->sim->now;

    return now < clock->first_rise
               ? 0
               : (now - clock->first_rise) / clock->period + 1;
}

sim_time clock_edge_after(const struct sim_clock *clock, sim_time time)
{
    sim_time rise = clock_advance(clock, clock->first_rise, time + 1);
    sim_time fall = clock_advance(clock, clock->first_fall, time + 1);

    return rise < fall ? rise : fall;
}
