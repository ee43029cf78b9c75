/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/clock.h"

#include <assert.h>
#include <string.h>

#include "kernel/internal.h"

static struct sim_clock *clock_of(struct sim_event *edge)
{
    switch (edge->flags & ~(unsigned)EVENT_MANY) {
    case EVENT_POSEDGE:
        return CONTAINER(edge, struct sim_clock, posedge);
    case EVENT_NEGEDGE:
        return CONTAINER(edge, struct sim_clock, negedge);
    case EVENT_CHANGED:
        return CONTAINER(edge, struct sim_clock, changed);
    default:
        return CONTAINER(edge, struct sim_clock, tick);
    }
}

static void set_edges(struct sim_clock *clock)
{
    if (clock->posedge_first) {
        clock->rise = clock->start;
        clock->fall = clock->start + clock->high;
    } else {
        clock->fall = clock->start;
        clock->rise = clock->start + clock->period - clock->high;
    }
}

static void init_edge(struct sim_clock *clock, struct sim_event *edge,
                      enum event_flags flags)
{
    event_init(edge, clock->sim, flags, clock->id);
}

void sim_clock_init(struct sim_clock *clock, struct sim *sim, const char *name,
                    sim_time period)
{
    assert(period >= 2);
    memset(clock, 0, sizeof *clock);
    clock->sim = sim;
    clock->period = period;
    clock->high = period / 2;
    clock->posedge_first = true;
    clock->id = object_new(sim, SIM_KIND_CLOCK, name, clock);
    set_edges(clock);
    init_edge(clock, &clock->tick, EVENT_TICK);
    init_edge(clock, &clock->posedge, EVENT_POSEDGE);
    init_edge(clock, &clock->negedge, EVENT_NEGEDGE);
    init_edge(clock, &clock->changed, EVENT_CHANGED);
}

void sim_clock_set_shape(struct sim_clock *clock, double duty, sim_time start,
                         bool posedge_first)
{
    assert(duty > 0 && duty < 1);
    clock->high = (sim_time)((double)clock->period * duty + 0.5);
    assert(clock->high > 0 && clock->high < clock->period);
    clock->start = start;
    clock->posedge_first = posedge_first;
    set_edges(clock);
}

/*
 * Moves an edge of the clock to the first one of its kind that is not before
 * `time`; it is seldom more than one period away.
 */
static sim_time advance(const struct sim_clock *clock, sim_time edge,
                        sim_time time)
{
    if (edge >= time)
        return edge;
    if (time - edge > clock->period)
        edge += (time - edge) / clock->period * clock->period;
    return edge < time ? edge + clock->period : edge;
}

static bool is_wanted(const struct sim_event *edge)
{
    return edge->listeners != NULL || edge->waiters != NULL;
}

/* Edges of an instant take effect between its first delta and the second. */
static sim_time first_open(const struct sim_clock *clock)
{
    return clock->sim->now + (clock->sim->fresh ? 0 : 1);
}

static void fire_edges(struct sim_clock *clock, bool rises, bool falls)
{
    if (rises && is_wanted(&clock->posedge))
        sim_notify_delta(&clock->posedge);
    if (falls && is_wanted(&clock->negedge))
        sim_notify_delta(&clock->negedge);
    if ((rises || falls) && is_wanted(&clock->changed))
        sim_notify_delta(&clock->changed);
}

/* Someone is, or may still be, interested in an edge: schedule the next. */
void clock_arm(struct sim_event *edge)
{
    struct sim_clock *clock = clock_of(edge);
    struct sim *sim = clock->sim;
    sim_time open = first_open(clock), next = SIM_TIME_MAX;
    bool any = is_wanted(&clock->changed);

    if (any || is_wanted(&clock->posedge)) {
        clock->rise = advance(clock, clock->rise, open);
        next = clock->rise;
    }
    if (any || is_wanted(&clock->negedge)) {
        clock->fall = advance(clock, clock->fall, open);
        next = clock->fall < next ? clock->fall : next;
    }
    if (next == SIM_TIME_MAX)
        return;
    if (next == sim->now && sim->phase != PHASE_ELABORATE)
        fire_edges(clock, clock->rise == next, clock->fall == next);
    else
        sim_notify_after(&clock->tick, next - sim->now);
}

void clock_tick(struct sim_event *tick)
{
    struct sim_clock *clock = clock_of(tick);
    sim_time now = clock->sim->now;

    clock->sim->evaluated = true;
    fire_edges(clock, advance(clock, clock->rise, now) == now,
               advance(clock, clock->fall, now) == now);
}

/* Edges of one kind up to and at `time`; `first` is its first. */
static uint64_t edges_until(const struct sim_clock *clock, sim_time first,
                            sim_time time)
{
    return time < first ? 0 : (time - first) / clock->period + 1;
}

static sim_time first_rise(const struct sim_clock *clock)
{
    return clock->posedge_first ? clock->start
                                : clock->start + clock->period - clock->high;
}

bool clock_value_at(const struct sim_clock *clock, sim_time time)
{
    sim_time phase;

    if (time < clock->start)
        return !clock->posedge_first;
    phase = (time - clock->start) % clock->period;
    return clock->posedge_first ? phase < clock->high
                                : phase >= clock->period - clock->high;
}

bool sim_clock_read(const struct sim_clock *clock)
{
    sim_time open = first_open(clock);

    return open == 0 ? !clock->posedge_first : clock_value_at(clock, open - 1);
}

uint64_t sim_clock_rises(const struct sim_clock *clock)
{
    return edges_until(clock, first_rise(clock), clock->sim->now);
}

sim_time sim_clock_rise(const struct sim_clock *clock, uint64_t n)
{
    return first_rise(clock) + (sim_clock_rises(clock) + n - 1) * clock->period;
}

sim_time clock_edge_after(const struct sim_clock *clock, sim_time time)
{
    sim_time first = first_rise(clock), other, rise, fall;

    if (time < clock->start)
        return clock->start;
    other = clock->posedge_first ? first + clock->high : clock->start;
    rise = first + edges_until(clock, first, time) * clock->period;
    fall = other + edges_until(clock, other, time) * clock->period;
    return rise < fall ? rise : fall;
}
