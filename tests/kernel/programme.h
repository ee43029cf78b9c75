/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * A random programme for any event kernel (C and C++).  Each process draws from
 * its own stream what it does when it runs, and then for what it waits.  Half
 * of the processes are methods, half are threads; process p is sensitive to two
 * events.  An `ordered` programme notifies any event, at once too, so that the
 * order within a delta matters; else a process touches its own event only, and
 * which processes run in a delta depends on no order.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define PROCESSES 12
#define SIGNALS   4
#define EVENTS    (PROCESSES + SIGNALS) /* the last are the signals' changes */

enum act { ACT_NOTIFY, ACT_DELTA, ACT_TIMED, ACT_CANCEL, ACT_WRITE };

struct action {
    enum act act;
    unsigned on;     /* event, or signal */
    uint64_t number; /* delay, or value */
};

enum waiting { WAIT_STATIC, WAIT_DELAY, WAIT_EVENT, WAIT_ANY, WAIT_ALL };

struct wait_plan {
    enum waiting kind;
    unsigned count;
    unsigned events[3]; /* may repeat */
    bool timed;
    uint64_t delay; /* 0: one delta */
};

struct programme {
    bool ordered;
    uint64_t random[PROCESSES];
};

static inline uint64_t programme_draw(struct programme *programme, unsigned p)
{
    uint64_t z = programme->random[p] += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline void programme_init(struct programme *programme, uint64_t seed,
                                  bool ordered)
{
    programme->ordered = ordered;
    for (unsigned p = 0; p < PROCESSES; p++)
        programme->random[p] = seed * 1000 + p;
}

static inline bool programme_is_thread(unsigned p)
{
    return p % 2 != 0;
}

/* The events that a process is sensitive to. */
static inline void programme_static(unsigned p, unsigned events[2])
{
    events[0] = (p + 1) % PROCESSES;
    events[1] = (5 * p + 2) % EVENTS;
}

static inline uint64_t programme_delay(struct programme *programme, unsigned p)
{
    uint64_t bits = programme_draw(programme, p);

    return bits % 256 == 0 ? bits >> 34 : 1 + (bits >> 8) % 20;
}

static inline struct action programme_action(struct programme *programme,
                                             unsigned p)
{
    uint64_t bits = programme_draw(programme, p);
    struct action action;

    memset(&action, 0, sizeof action);
    action.on = programme->ordered ? (unsigned)(bits >> 8) % PROCESSES : p;
    switch (bits % 16) {
    case 0:
        action.act = programme->ordered ? ACT_NOTIFY : ACT_CANCEL;
        break;
    case 1:
        action.act = ACT_DELTA;
        break;
    case 2:
    case 3:
        action.act = ACT_CANCEL;
        break;
    case 4:
    case 5:
    case 6:
        action.act = p < SIGNALS ? ACT_WRITE : ACT_TIMED;
        break;
    default:
        action.act = ACT_TIMED;
    }
    if (action.act == ACT_WRITE) {
        action.on = p;
        action.number = bits >> 32 & 3;
    } else {
        action.number = programme_delay(programme, p);
    }
    return action;
}

static inline struct wait_plan programme_wait(struct programme *programme,
                                              unsigned p)
{
    static const enum waiting kinds[] = { WAIT_STATIC, WAIT_STATIC, WAIT_DELAY,
                                          WAIT_DELAY,  WAIT_EVENT,  WAIT_ANY,
                                          WAIT_ALL,    WAIT_ALL };
    uint64_t bits = programme_draw(programme, p);
    struct wait_plan wait;

    memset(&wait, 0, sizeof wait);
    wait.kind = kinds[bits % 8];
    wait.count = wait.kind == WAIT_EVENT ? 1 : 1 + (unsigned)(bits >> 8) % 3;
    for (unsigned i = 0; i < 3; i++)
        wait.events[i] = (unsigned)(bits >> (16 + 8 * i)) % EVENTS;
    wait.timed = (bits >> 40) % 4 != 0;
    wait.delay = (bits >> 42) % 8 == 0 ? 0 : programme_delay(programme, p);
    /* The first processes always go on, and so does who waits for others. */
    if (p < SIGNALS && (wait.kind == WAIT_STATIC || wait.kind == WAIT_EVENT))
        wait.kind = WAIT_DELAY;
    wait.timed |= p < SIGNALS;
    for (unsigned i = 0; i < 3; i++) {
        if (wait.events[i] >= SIGNALS && wait.events[i] < PROCESSES) {
            wait.timed = true;
            if (wait.kind == WAIT_EVENT)
                wait.kind = WAIT_ANY;
        }
    }
    return wait;
}
