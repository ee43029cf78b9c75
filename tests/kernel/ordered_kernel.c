/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A programme of ordered.h on the kernel. */
#include "tests/kernel/ordered.h"

#include "kernel/clock.h"
#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/reset.h"
#include "kernel/signal.h"

struct play;

struct actor {
    struct play *play;
    unsigned number;
    unsigned depth; /* of a method: how often it runs within itself */
    struct sim_process process;
};

struct play {
    struct streams streams;
    struct sim *sim;
    struct sim_event events[ACTORS];
    struct sim_signal signals[WIRES];
    struct sim_clock clock;
    struct actor actors[ACTORS];
    struct sim_process observer;
    struct sight *sights;
    size_t filled, count;
    unsigned long *calls;
};

static void see(struct play *play, unsigned actor, enum saw saw)
{
    if (play->filled == play->count)
        return;
    play->sights[play->filled++] =
        (struct sight){ sim_now(play->sim), sim_delta_count(play->sim), actor,
                        saw };
}

static struct sim_event *trigger_event(struct play *play, unsigned trigger)
{
    struct sim_clock *clock = &play->clock;

    if (trigger < ON_CHANGE)
        return &play->events[trigger];
    if (trigger >= ON_CLOCK)
        return &clock->edges[trigger - ON_CLOCK];
    return sim_signal_event(&play->signals[(trigger - ON_CHANGE) % WIRES],
                            (enum sim_edge)((trigger - ON_CHANGE) / WIRES));
}

static void act(void *module);

static void actor_init(struct actor *actor)
{
    struct play *play = actor->play;
    unsigned triggers[4], count = static_triggers(actor->number, triggers);

    if (is_thread(actor->number))
        sim_thread_init(&actor->process, play->sim, NULL, act, actor);
    else
        sim_method_init(&actor->process, play->sim, NULL, act, actor);
    for (unsigned i = 0; i < count; i++)
        sim_sensitive(&actor->process, trigger_event(play, triggers[i]));
}

static void respawn(struct actor *actor, bool initialize)
{
    if (!sim_has_ended(&actor->process) || actor->depth > 0)
        return;
    sim_process_release(&actor->process);
    actor_init(actor);
    if (!initialize)
        sim_dont_initialize(&actor->process);
}

/* False: who does it is to leave, or something was thrown at it. */
static bool do_deed(struct play *play, struct deed deed)
{
    struct sim_process *process = &play->actors[deed.on].process;
    bool goes_on = true, ended = sim_has_ended(process);

    play->calls[deed.kind]++;
    switch (deed.kind) {
    case DEED_NOTIFY:
        sim_notify(&play->events[deed.on]);
        break;
    case DEED_DELTA:
        sim_notify_delta(&play->events[deed.on]);
        break;
    case DEED_TIMED:
        sim_notify_after(&play->events[deed.on], deed.number);
        break;
    case DEED_CANCEL:
        sim_cancel(&play->events[deed.on]);
        break;
    case DEED_WRITE:
        sim_signal_write(&play->signals[deed.on], deed.number);
        break;
    case DEED_SUSPEND:
        goes_on = ended || sim_suspend(process);
        break;
    case DEED_RESUME:
        goes_on = ended || sim_resume(process);
        break;
    case DEED_DISABLE:
        goes_on = ended || sim_disable(process);
        break;
    case DEED_ENABLE:
        goes_on = ended || sim_enable(process);
        break;
    case DEED_RESET:
        goes_on = sim_reset(process);
        break;
    case DEED_KILL:
        goes_on = sim_kill(process);
        break;
    case DEED_THROW:
        goes_on = sim_throw(process, NULL);
        break;
    case DEED_HOLD:
        goes_on = ended || sim_sync_reset_on(process);
        break;
    case DEED_LET_OFF:
        goes_on = ended || sim_sync_reset_off(process);
        break;
    case DEED_SPAWN:
        respawn(&play->actors[deed.on], deed.number % 4 != 0);
        break;
    case DEED_PAUSE:
        sim_pause(play->sim);
        break;
    default:
        sim_stop(play->sim, SIM_STOP_FINISH_DELTA);
    }
    sim_catch(play->sim);
    return goes_on;
}

static bool await_plan(struct play *play, struct plan plan, bool thread)
{
    struct sim_event *events[3];
    enum sim_list list = plan.kind == PLAN_ALL ? SIM_ALL : SIM_ANY;
    sim_time delay = plan.timed ? plan.delay : SIM_NEVER;

    for (unsigned i = 0; i < 3; i++)
        events[i] = trigger_event(play, plan.triggers[i]);
    if (plan.kind == PLAN_STATIC || plan.kind == PLAN_COUNT)
        return !thread ||
               sim_wait_count(play->sim, plan.kind == PLAN_COUNT ? 2 : 1);
    if (thread && plan.kind == PLAN_DELAY)
        return sim_wait_for(play->sim, plan.delay);
    if (thread)
        return sim_wait_list(play->sim, list, events, plan.count, delay);
    if (plan.kind == PLAN_DELAY)
        sim_next_trigger_after(play->sim, plan.delay);
    else
        sim_next_trigger_list(play->sim, list, events, plan.count, delay);
    return true;
}

/* Begins, does its deeds, and waits; false: it is to return. */
static bool act_once(struct actor *actor)
{
    struct play *play = actor->play;
    unsigned who = actor->number, deeds;
    bool goes_on = true;

    see(play, who, SAW_BEGIN);
    deeds = deed_count(&play->streams, who);
    while (deeds-- > 0 && goes_on)
        goes_on = do_deed(play, deed_next(&play->streams, who));
    if (goes_on)
        goes_on =
            await_plan(play, plan_next(&play->streams, who), is_thread(who));
    else if (!is_thread(who))
        return false;
    if (!is_thread(who) || sim_leaving(play->sim) == SIM_KILLED ||
        sim_leaving(play->sim) == SIM_RESET)
        return false;
    see(play, who,
        sim_leaving(play->sim) == SIM_THROWN ? SAW_THROWN
        : goes_on                            ? SAW_EVENT
                                             : SAW_TIME_OUT);
    return true;
}

static void act(void *module)
{
    struct actor *actor = module;

    actor->depth += !is_thread(actor->number);
    while (act_once(actor))
        continue;
    actor->depth -= !is_thread(actor->number);
}

static void observe(void *module)
{
    see(module, OBSERVER, SAW_BEGIN);
}

static void play_make(struct play *play)
{
    struct sim *sim = play->sim;

    sim_reports(sim)->actions[SIM_WARNING] = 0;
    sim_reports(sim)->actions[SIM_ERROR] = SIM_FAIL;
    sim_clock_init(&play->clock, sim, NULL, PERIOD);
    sim_clock_set_shape(&play->clock, 0.5, RISE, SIM_RISES_FIRST);
    for (unsigned s = 0; s < WIRES; s++) {
        sim_signal_init(&play->signals[s], sim, NULL, 0);
        sim_signal_set_kinds(&play->signals[s],
                             SIM_UNCHECKED | (s >= WIRES / 2 ? SIM_BUFFER : 0));
    }
    for (unsigned a = 0; a < ACTORS; a++)
        sim_event_init(&play->events[a], sim, NULL);
    for (unsigned a = 0; a < ACTORS; a++) {
        play->actors[a].play = play;
        play->actors[a].number = a;
        actor_init(&play->actors[a]);
    }
    sim_method_init(&play->observer, sim, NULL, observe, play);
    for (unsigned edge = 0; edge < 3; edge++)
        sim_sensitive(&play->observer, &play->clock.edges[edge]);
}

size_t ordered_on_kernel(uint64_t seed, struct sight *sights, size_t count,
                         unsigned long calls[DEEDS])
{
    struct play *play = calloc(1, sizeof *play);
    enum sim_end end = SIM_REACHED;
    size_t filled;

    streams_init(&play->streams, seed);
    play->sim = sim_new();
    play->sights = sights;
    play->count = count;
    play->calls = calls;
    play_make(play);
    while (play->filled < count && end != SIM_STOPPED) {
        struct stretch_plan plan = stretch_next(&play->streams);
        sim_time now = sim_now(play->sim);

        end = plan.closed
                  ? sim_run_until(play->sim, now + plan.duration)
                  : sim_run_for(play->sim, plan.duration,
                                plan.stays ? SIM_TIME_STAYS : SIM_TIME_GOES_ON);
        see(play, DRIVER, SAW_NOW);
        while (plan.deeds-- > 0 && end != SIM_STOPPED)
            do_deed(play, deed_next(&play->streams, DRIVER));
    }
    filled = play->filled;
    sim_free(play->sim);
    free(play);
    return filled;
}
