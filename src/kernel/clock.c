/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/clock.h"

#include <assert.h>

#include "kernel/internal.h"

/* Its events have its number. */
static struct sim_clock *clock_of(const struct sim_event *event)
{
    return event->sim->objects[event->id].object;
}

void sim_clock_init(struct sim_clock *clock, struct sim *sim, const char *name,
                    sim_time period)
{
    assert(period >= 2);
    *clock = (struct sim_clock){
        .sim = sim,
        .period = period,
        .id = object_new(sim, SIM_KIND_CLOCK, name, clock),
    };
    sim_clock_set_shape(clock, 0.5, 0, true);
    event_init(&clock->tick, sim, EVENT_TICK, clock->id);
    event_init(&clock->posedge, sim, EVENT_EDGE, clock->id);
    event_init(&clock->negedge, sim, EVENT_EDGE, clock->id);
    event_init(&clock->changed, sim, EVENT_EDGE, clock->id);
}

void sim_clock_set_shape(struct sim_clock *clock, double duty, sim_time start,
                         bool posedge_first)
{
    assert(duty > 0 && duty < 1);
    clock->high = (sim_time)((double)clock->period * duty + 0.5);
    assert(clock->high > 0 && clock->high < clock->period);
    clock->first_rise =
        start + (posedge_first ? 0 : clock->period - clock->high);
    clock->first_fall = start + (posedge_first ? clock->high : 0);
    clock->rise = clock->first_rise;
    clock->fall = clock->first_fall;
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

static void fire_edges(struct sim_clock *clock, sim_time now)
{
    if (clock->rise == now && is_wanted(&clock->posedge))
        sim_notify_delta(&clock->posedge);
    if (clock->fall == now && is_wanted(&clock->negedge))
        sim_notify_delta(&clock->negedge);
    if ((clock->rise == now || clock->fall == now) &&
        is_wanted(&clock->changed))
        sim_notify_delta(&clock->changed);
}

/* Someone is, or may still be, interested in an edge: schedule the next. */
void clock_arm(struct sim_event *edge)
{
    struct sim_clock *clock = clock_of(edge);
    struct sim *sim = clock->sim;
    sim_time open = first_open(clock), next = SIM_TIME_MAX;
    bool any = is_wanted(&clock->changed);

    clock->rise = advance(clock, clock->rise, open);
    clock->fall = advance(clock, clock->fall, open);
    if (any || is_wanted(&clock->posedge))
        next = clock->rise;
    if ((any || is_wanted(&clock->negedge)) && clock->fall < next)
        next = clock->fall;
    if (next == SIM_TIME_MAX)
        return;
    if (next == sim->now && sim->phase != PHASE_ELABORATE)
        fire_edges(clock, next);
    else
        sim_notify_after(&clock->tick, next - sim->now);
}

void clock_tick(struct sim_event *tick)
{
    struct sim_clock *clock = clock_of(tick);
    sim_time now = clock->sim->now;

    clock->sim->delta_head--; /* it counts as a delta, whoever runs */
    fire_edges(clock, now);
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

uint64_t sim_clock_rises(const struct sim_clock *clock)
{
    sim_time now = clock->sim->now;

    return now < clock->first_rise
               ? 0
               : (now - clock->first_rise) / clock->period + 1;
}

sim_time clock_edge_after(const struct sim_clock *clock, sim_time time)
{
    sim_time rise = advance(clock, clock->first_rise, time + 1);
    sim_time fall = advance(clock, clock->first_fall, time + 1);

    return rise < fall ? rise : fall;
}
