/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/kernel/programme_kernel.h"

#include <stdlib.h>

#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/signal.h"

struct actor {
    struct stage *stage;
    struct sim_process process;
    unsigned number;
};

struct stage {
    struct programme programme;
    struct sim *sim;
    struct sim_event plain[PROCESSES];
    struct sim_signal signals[SIGNALS];
    struct sim_event *events[EVENTS];
    struct actor actors[PROCESSES];
    struct step *steps;
    uint64_t done;
    uint64_t count;
};

static void act(struct stage *stage, const struct action *action)
{
    struct sim_event *event = stage->events[action->on];

    switch (action->act) {
    case ACT_NOTIFY:
        sim_notify(event);
        break;
    case ACT_DELTA:
        sim_notify_delta(event);
        break;
    case ACT_TIMED:
        sim_notify_after(event, action->number);
        break;
    case ACT_CANCEL:
        sim_cancel(event);
        break;
    case ACT_WRITE:
        sim_signal_write(&stage->signals[action->on], action->number);
        break;
    }
}

static void perform(struct actor *actor)
{
    struct stage *stage = actor->stage;
    unsigned p = actor->number;
    uint64_t actions = programme_draw(&stage->programme, p) % 5;

    if (stage->done == stage->count) {
        sim_pause(stage->sim);
        return;
    }
    stage->steps[stage->done++] =
        (struct step){ sim_now(stage->sim), sim_delta_count(stage->sim), p };
    while (actions-- > 0) {
        struct action action = programme_action(&stage->programme, p);

        act(stage, &action);
    }
}

static unsigned events_of(struct stage *stage, const struct wait_plan *wait,
                          struct sim_event **events)
{
    for (unsigned i = 0; i < wait->count; i++)
        events[i] = stage->events[wait->events[i]];
    return wait->count;
}

static void method_run(void *module)
{
    struct actor *actor = module;
    struct sim *sim = actor->stage->sim;
    struct sim_event *events[3];
    struct wait_plan wait;
    sim_time delay;
    unsigned count;

    perform(actor);
    wait = programme_wait(&actor->stage->programme, actor->number);
    count = events_of(actor->stage, &wait, events);
    delay = wait.timed ? wait.delay : SIM_NEVER;
    if (wait.kind == WAIT_DELAY)
        sim_next_trigger_after(sim, wait.delay);
    else if (wait.kind == WAIT_EVENT)
        sim_next_trigger_event(sim, events[0]);
    else if (wait.kind == WAIT_ANY)
        sim_next_trigger_list(sim, SIM_ANY, events, count, delay);
    else if (wait.kind == WAIT_ALL)
        sim_next_trigger_list(sim, SIM_ALL, events, count, delay);
}

static void thread_run(void *module)
{
    struct actor *actor = module;
    struct sim *sim = actor->stage->sim;

    for (;;) {
        struct sim_event *events[3];
        struct wait_plan wait;
        sim_time delay;
        unsigned count;

        perform(actor);
        wait = programme_wait(&actor->stage->programme, actor->number);
        count = events_of(actor->stage, &wait, events);
        delay = wait.timed ? wait.delay : SIM_NEVER;
        if (wait.kind == WAIT_STATIC)
            sim_wait(sim);
        else if (wait.kind == WAIT_DELAY)
            sim_wait_for(sim, wait.delay);
        else if (wait.kind == WAIT_EVENT)
            sim_wait_event(sim, events[0]);
        else if (wait.kind == WAIT_ANY)
            sim_wait_list(sim, SIM_ANY, events, count, delay);
        else
            sim_wait_list(sim, SIM_ALL, events, count, delay);
    }
}

static void make(struct stage *stage)
{
    for (unsigned i = 0; i < PROCESSES; i++) {
        sim_event_init(&stage->plain[i], stage->sim, NULL);
        stage->events[i] = &stage->plain[i];
    }
    for (unsigned i = 0; i < SIGNALS; i++) {
        sim_signal_init(&stage->signals[i], stage->sim, NULL, 0);
        stage->events[PROCESSES + i] =
            sim_signal_event(&stage->signals[i], SIM_CHANGED);
    }
    for (unsigned p = 0; p < PROCESSES; p++) {
        struct actor *actor = &stage->actors[p];
        unsigned events[2];

        actor->stage = stage;
        actor->number = p;
        if (programme_is_thread(p))
            sim_thread_init(&actor->process, stage->sim, NULL, thread_run,
                            actor);
        else
            sim_method_init(&actor->process, stage->sim, NULL, method_run,
                            actor);
        programme_static(p, events);
        sim_sensitive(&actor->process, stage->events[events[0]]);
        sim_sensitive(&actor->process, stage->events[events[1]]);
    }
}

void programme_on_kernel(uint64_t seed, bool ordered, struct step *steps,
                         uint64_t count)
{
    struct stage *stage = calloc(1, sizeof *stage);

    programme_init(&stage->programme, seed, ordered);
    stage->sim = sim_new();
    stage->steps = steps;
    stage->count = count;
    sim_reports(stage->sim)->actions[SIM_WARNING] = 0;
    make(stage);
    sim_run(stage->sim);
    sim_free(stage->sim);
    free(stage);
}
