/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * A random programme of processes that control each other, for any event kernel
 * (C and C++), which depends on no order within a delta.
 *
 * Workers act on what is their own: an event, a signal, themselves.  They wait
 * for these, for a neighbour's signal, a clock, and times that are no multiple
 * of SLOT.  At the multiples one controller after the other wakes, alone, and
 * suspends, resumes, disables, enables, resets, kills, wakes and spawns
 * workers, or seldom stops the simulation.  From outside the simulation is run
 * step by step, for intervals of any length and either way of starving, and
 * workers are woken and controlled between.  A programme has a clock, or stays
 * at starvation: the edges of SystemC's clock are events though nobody waits
 * for them, and ours are none.
 *
 * At a multiple of SLOT nothing is done from outside, since a controller may be
 * about to run.  Who has not yet run is not controlled: SystemC's library
 * starts a thread that is killed before it began, which the standard does not
 * ask for.
 *
 * Each process draws from its own stream, so what it does depends on how often
 * it ran, not on who ran before.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define WORKERS     8
#define CONTROLLERS 2
#define DRIVER      (WORKERS + CONTROLLERS) /* who runs the simulation */
#define SLOT        16
#define CLOCK       6 /* its period: edges at multiples of 3 */

enum work {
    WORK_DELTA, /* notifies its event */
    WORK_TIMED,
    WORK_CANCEL,
    WORK_WRITE,
    WORK_SUSPEND, /* itself, and so on */
    WORK_RESET,
    WORK_DISABLE,
    WORK_END
};

struct work_step {
    enum work work;
    uint64_t number; /* delay, or value */
};

enum work_wait { FOR_STATIC, FOR_DELAY, FOR_EVENT, FOR_ANY, FOR_ALL };

struct work_plan {
    enum work_wait kind;
    bool timed;     /* a list with a delay */
    uint64_t delay; /* 0: one delta */
};

enum control {
    CONTROL_SUSPEND,
    CONTROL_RESUME,
    CONTROL_DISABLE,
    CONTROL_ENABLE,
    CONTROL_RESET,
    CONTROL_KILL,
    CONTROL_SPAWN, /* if the worker has ended */
    CONTROL_NOTIFY,
    CONTROL_PAUSE,
    CONTROL_THROW, /* a thread goes on */
    CONTROL_HOLD,  /* in synchronous reset */
    CONTROL_LET_OFF,
    CONTROL_STOP, /* the end of the programme */
    CONTROLS
};

struct control_step {
    enum control control;
    unsigned worker;
    bool initialize; /* of a spawned one */
};

struct run_step {
    uint64_t duration;
    bool stay; /* if starved */
    struct control_step between;
    bool acts; /* does `between`, after the run */
};

struct controls {
    bool has_clock;
    bool suspended[WORKERS]; /* the synchronous reset of who is must not change
                              */
    uint64_t random[WORKERS + CONTROLLERS + 1];
};

static inline uint64_t controls_draw(struct controls *controls, unsigned who)
{
    uint64_t z = controls->random[who] += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline void controls_init(struct controls *controls, uint64_t seed)
{
    controls->has_clock = seed % 2 == 0;
    for (unsigned who = 0; who <= DRIVER; who++)
        controls->random[who] = seed * 1000 + who;
}

static inline bool worker_is_thread(unsigned w)
{
    return w % 2 != 0;
}

/* Whether the worker's signal is a buffer, and whether it listens to the clock.
 */
static inline bool worker_has_buffer(unsigned w)
{
    return w % 3 == 0;
}

static inline bool worker_has_clock(const struct controls *controls, unsigned w)
{
    return controls->has_clock && w % 4 == 1;
}

/* One that a signal resets at once, and one that a signal holds in reset. */
#define WORKER_RESET 5
#define WORKER_HELD  7
#define RESET_SIGNAL 2
#define HELD_SIGNAL  4

static inline uint64_t work_delay(uint64_t now, uint64_t bits)
{
    uint64_t delay = 1 + bits % 20;

    return delay + ((now + delay) % SLOT == 0);
}

static inline unsigned work_steps(struct controls *controls, unsigned w)
{
    return (unsigned)(controls_draw(controls, w) % 4);
}

static inline struct work_step work_next(struct controls *controls, unsigned w,
                                         uint64_t now)
{
    static const enum work often[] = { WORK_DELTA, WORK_DELTA, WORK_TIMED,
                                       WORK_TIMED, WORK_TIMED, WORK_CANCEL,
                                       WORK_WRITE, WORK_WRITE },
                           seldom[] = { WORK_SUSPEND, WORK_RESET, WORK_DISABLE,
                                        WORK_END };
    uint64_t bits = controls_draw(controls, w);
    struct work_step step;

    memset(&step, 0, sizeof step);
    step.work =
        bits % 24 == 0 ? seldom[(bits >> 8) % 4] : often[(bits >> 8) % 8];
    step.number =
        step.work == WORK_WRITE ? bits >> 20 & 1 : work_delay(now, bits >> 20);
    return step;
}

static inline struct work_plan work_wait(struct controls *controls, unsigned w,
                                         uint64_t now)
{
    uint64_t bits = controls_draw(controls, w);
    struct work_plan plan;

    memset(&plan, 0, sizeof plan);
    plan.kind = (enum work_wait)(bits % 5);
    plan.timed = (bits >> 8) % 2 != 0;
    plan.delay = (bits >> 16) % 8 == 0 ? 0 : work_delay(now, bits >> 20);
    return plan;
}

static inline struct control_step control_next(struct controls *controls,
                                               unsigned who)
{
    static const enum control kinds[] = {
        CONTROL_SUSPEND, CONTROL_RESUME, CONTROL_RESUME, CONTROL_DISABLE,
        CONTROL_ENABLE,  CONTROL_ENABLE, CONTROL_RESET,  CONTROL_KILL,
        CONTROL_SPAWN,   CONTROL_SPAWN,  CONTROL_SPAWN,  CONTROL_NOTIFY,
        CONTROL_NOTIFY,  CONTROL_NOTIFY, CONTROL_RESET,  CONTROL_PAUSE,
        CONTROL_THROW,   CONTROL_THROW,  CONTROL_HOLD,   CONTROL_LET_OFF,
        CONTROL_LET_OFF
    };
    uint64_t bits = controls_draw(controls, who);
    struct control_step step;

    memset(&step, 0, sizeof step);
    step.control = (bits >> 24) % 2048 == 0
                       ? CONTROL_STOP
                       : kinds[bits % (sizeof kinds / sizeof *kinds)];
    step.worker = (unsigned)(bits >> 8) % WORKERS;
    step.initialize = (bits >> 16) % 4 != 0;
    return step;
}

static inline struct run_step run_next(struct controls *controls)
{
    uint64_t bits = controls_draw(controls, DRIVER);
    struct run_step step;

    memset(&step, 0, sizeof step);
    step.duration = bits % 8 == 0 ? 0 : 1 + (bits >> 8) % 60;
    step.stay = !controls->has_clock && (bits >> 16) % 2 != 0;
    step.acts = (bits >> 17) % 2 != 0;
    step.between = control_next(controls, DRIVER);
    return step;
}
