/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * A random programme in which any process controls any other, at any time, and
 * the order within a delta matters.  Half of the actors are methods, half are
 * threads.  Whenever one begins it does some deeds, and then waits; each draws
 * from its own stream.  From outside the simulation is run step by step, and
 * deeds are done between.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define ACTORS   10
#define OBSERVER ACTORS       /* a method that listens to the clock */
#define DRIVER   (ACTORS + 1) /* who runs the simulation */
#define WIRES    4            /* signals; the upper half are buffers */
#define PERIOD   6            /* of the clock, which rises first, at 1 */
#define RISE     1
#define FALL     4

/* What can be waited for: an event of each actor, the three of each signal,
 * those of the clock. */
enum trigger {
    ON_CHANGE = ACTORS,
    ON_POSEDGE = ON_CHANGE + WIRES,
    ON_NEGEDGE = ON_POSEDGE + WIRES,
    ON_CLOCK = ON_NEGEDGE + WIRES, /* rise, fall, either */
    TRIGGERS = ON_CLOCK + 3
};

enum deed_kind {
    DEED_NOTIFY,
    DEED_DELTA,
    DEED_TIMED,
    DEED_CANCEL,
    DEED_WRITE,
    DEED_SUSPEND,
    DEED_RESUME,
    DEED_DISABLE,
    DEED_ENABLE,
    DEED_RESET,
    DEED_KILL,
    DEED_THROW,
    DEED_HOLD,
    DEED_LET_OFF,
    DEED_SPAWN,
    DEED_PAUSE,
    DEED_STOP,
    DEEDS
};

struct deed {
    enum deed_kind kind;
    unsigned on; /* actor, whose event it may be; or signal */
    uint64_t number;
};

enum plan_kind { PLAN_STATIC, PLAN_COUNT, PLAN_DELAY, PLAN_ANY, PLAN_ALL };

struct plan {
    enum plan_kind kind;
    unsigned count;
    unsigned triggers[3]; /* may repeat */
    bool timed;
    uint64_t delay; /* 0: one delta */
};

/* How far a run goes. */
struct stretch_plan {
    uint64_t duration;
    bool closed; /* to the end, not to just before it */
    bool stays;  /* if starved */
    unsigned deeds;
};

struct streams {
    uint64_t random[DRIVER + 1];
};

/* What a process saw: that it begins, or how its wait ended. */
enum saw { SAW_BEGIN, SAW_EVENT, SAW_TIME_OUT, SAW_THROWN, SAW_NOW };

struct sight {
    uint64_t time, delta;
    unsigned actor;
    enum saw saw;
};

static inline bool is_thread(unsigned actor)
{
    return actor % 2 != 0;
}

static inline uint64_t streams_draw(struct streams *streams, unsigned who)
{
    uint64_t z = streams->random[who] += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline void streams_init(struct streams *streams, uint64_t seed)
{
    for (unsigned who = 0; who <= DRIVER; who++)
        streams->random[who] = seed * 1000 + who;
}

/* To what an actor is sensitive; the last only if it listens to the clock. */
static inline unsigned static_triggers(unsigned actor, unsigned triggers[4])
{
    triggers[0] = actor;
    triggers[1] = (actor + 3) % ACTORS;
    triggers[2] = ON_POSEDGE + actor % WIRES;
    triggers[3] = ON_CLOCK;
    return actor % 4 == 1 ? 4 : 3;
}

static inline unsigned deed_count(struct streams *streams, unsigned who)
{
    return (unsigned)(streams_draw(streams, who) % 4);
}

static inline struct deed deed_next(struct streams *streams, unsigned who)
{
    static const unsigned char often[DEEDS] = {
        [DEED_NOTIFY] = 4, [DEED_DELTA] = 10,  [DEED_TIMED] = 24,
        [DEED_CANCEL] = 6, [DEED_WRITE] = 14,  [DEED_SUSPEND] = 5,
        [DEED_RESUME] = 7, [DEED_DISABLE] = 4, [DEED_ENABLE] = 6,
        [DEED_RESET] = 5,  [DEED_KILL] = 3,    [DEED_THROW] = 5,
        [DEED_HOLD] = 3,   [DEED_LET_OFF] = 4, [DEED_SPAWN] = 12,
        [DEED_PAUSE] = 2,
    };
    uint64_t bits = streams_draw(streams, who), place = bits % 114;
    struct deed deed = { DEED_NOTIFY, (unsigned)(bits >> 8) % ACTORS,
                         bits >> 16 };

    if ((bits >> 40) % 4096 == 0 && who != DRIVER) {
        deed.kind = DEED_STOP;
        return deed;
    }
    while (place >= often[deed.kind]) {
        place -= often[deed.kind];
        deed.kind = (enum deed_kind)(deed.kind + 1);
    }
    if (deed.kind == DEED_WRITE) {
        deed.on %= WIRES;
        deed.number %= 3;
    } else if (deed.kind == DEED_TIMED) {
        deed.number = 1 + deed.number % 15;
    }
    return deed;
}

static inline struct plan plan_next(struct streams *streams, unsigned actor)
{
    uint64_t bits = streams_draw(streams, actor);
    struct plan plan = { .kind = (enum plan_kind)(bits % 5),
                         .count = 1 + (unsigned)(bits >> 8) % 3,
                         .timed = (bits >> 16) % 4 != 0,
                         .delay = (bits >> 20) % 6 == 0
                                      ? 0
                                      : 1 + (bits >> 24) % 15 };

    for (unsigned i = 0; i < 3; i++)
        plan.triggers[i] = (unsigned)(bits >> (32 + 8 * i)) % TRIGGERS;
    if (plan.kind == PLAN_COUNT && !is_thread(actor))
        plan.kind = PLAN_STATIC;
    return plan;
}

static inline struct stretch_plan stretch_next(struct streams *streams)
{
    uint64_t bits = streams_draw(streams, DRIVER);
    struct stretch_plan stretch = { .duration = bits % 8 == 0
                                                    ? 0
                                                    : 1 + (bits >> 8) % 40,
                                    .closed = (bits >> 16) % 3 == 0,
                                    .stays = (bits >> 18) % 2 != 0,
                                    .deeds = (unsigned)(bits >> 20) % 5 };

    return stretch;
}

/*
 * Plays a programme on the kernel, until `count` sights are filled or it stops;
 * says how many are.  `calls` counts the deeds.
 */
size_t ordered_on_kernel(uint64_t seed, struct sight *sights, size_t count,
                         unsigned long calls[DEEDS]);
