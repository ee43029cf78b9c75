/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel against a naive reference: whatever is pending stands in one array
 * that is searched from end to end.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "tests/kernel/programme_kernel.h"
#include "tests/suite.h"

#define STEPS 100000 /* of each seed; environment SEEDS says how many */

enum { NONE, DELTA, TIMED };

/* Events 0 .. EVENTS-1, and then the time-out of each process. */
struct reference {
    struct programme programme;
    uint64_t now, delta, sequence;
    struct {
        int kind;
        uint64_t time, sequence;
    } pending[EVENTS + PROCESSES];
    struct {
        bool dynamic, all, ready;
        unsigned waits; /* a bit an event */
        uint64_t since; /* order of waiting */
    } process[PROCESSES];
    unsigned queue[PROCESSES + 1], head, tail;
    uint64_t value[SIGNALS], next[SIGNALS];
    unsigned updates[SIGNALS], update_count;
};

static void notify(struct reference *r, unsigned event, int kind, uint64_t time)
{
    if (r->pending[event].kind == DELTA ||
        (r->pending[event].kind == TIMED && kind == TIMED &&
         r->pending[event].time <= time))
        return;
    r->pending[event].kind = kind;
    r->pending[event].time = time;
    r->pending[event].sequence = ++r->sequence;
}

static void make_ready(struct reference *r, unsigned p)
{
    r->process[p].dynamic = false;
    r->process[p].waits = 0;
    r->pending[EVENTS + p].kind = NONE;
    r->process[p].ready = true;
    r->queue[r->tail] = p;
    r->tail = (r->tail + 1) % (PROCESSES + 1);
}

static void fire(struct reference *r, unsigned event, unsigned running)
{
    uint64_t after = 0;

    r->pending[event].kind = NONE;
    if (event >= EVENTS) {
        make_ready(r, event - EVENTS);
        return;
    }
    for (unsigned p = 0; p < PROCESSES; p++) {
        unsigned events[2];

        programme_static(p, events);
        if ((events[0] == event || events[1] == event) && p != running &&
            !r->process[p].dynamic && !r->process[p].ready)
            make_ready(r, p);
    }
    for (;;) {
        unsigned first = PROCESSES;

        for (unsigned p = 0; p < PROCESSES; p++) {
            if (r->process[p].dynamic && r->process[p].waits >> event & 1 &&
                r->process[p].since > after &&
                (first == PROCESSES ||
                 r->process[p].since < r->process[first].since))
                first = p;
        }
        if (first == PROCESSES)
            return;
        after = r->process[first].since;
        r->process[first].waits &= ~(1u << event);
        if (!r->process[first].all || r->process[first].waits == 0)
            make_ready(r, first);
    }
}

static void perform(struct reference *r, unsigned p)
{
    uint64_t actions = programme_draw(&r->programme, p) % 5;
    struct wait_plan wait;

    while (actions-- > 0) {
        struct action a = programme_action(&r->programme, p);

        if (a.act == ACT_NOTIFY) {
            fire(r, a.on, p);
        } else if (a.act == ACT_DELTA || (a.act == ACT_TIMED && !a.number)) {
            notify(r, a.on, DELTA, 0);
        } else if (a.act == ACT_TIMED) {
            notify(r, a.on, TIMED, r->now + a.number);
        } else if (a.act == ACT_CANCEL) {
            r->pending[a.on].kind = NONE;
        } else {
            unsigned u = 0;

            r->next[a.on] = a.number;
            while (u < r->update_count && r->updates[u] != a.on)
                u++;
            if (u == r->update_count && a.number != r->value[a.on])
                r->updates[r->update_count++] = a.on;
        }
    }
    wait = programme_wait(&r->programme, p);
    if (wait.kind == WAIT_STATIC)
        return;
    r->process[p].dynamic = true;
    r->process[p].all = wait.kind == WAIT_ALL;
    r->process[p].since = ++r->sequence;
    for (unsigned i = 0; i < wait.count && wait.kind != WAIT_DELAY; i++)
        r->process[p].waits |= 1u << wait.events[i];
    if (wait.kind == WAIT_DELAY || (wait.timed && wait.kind != WAIT_EVENT))
        notify(r, EVENTS + p, wait.delay ? TIMED : DELTA, r->now + wait.delay);
}

/* Fires, in their sequence, the events pending as `kind` at `time`. */
static bool fire_all(struct reference *r, int kind, uint64_t time)
{
    uint64_t last = r->sequence;
    bool any = false;

    for (;;) {
        unsigned first = EVENTS + PROCESSES;

        for (unsigned e = 0; e < EVENTS + PROCESSES; e++) {
            if (r->pending[e].kind == kind && r->pending[e].sequence <= last &&
                (kind == DELTA || r->pending[e].time == time) &&
                (first == EVENTS + PROCESSES ||
                 r->pending[e].sequence < r->pending[first].sequence))
                first = e;
        }
        if (first == EVENTS + PROCESSES)
            return any;
        fire(r, first, PROCESSES);
        any = true;
    }
}

static void end_delta(struct reference *r, bool evaluated)
{
    r->delta += evaluated;
    for (unsigned u = 0; u < r->update_count; u++) {
        unsigned s = r->updates[u];

        if (r->next[s] != r->value[s])
            notify(r, PROCESSES + s, DELTA, 0);
        r->value[s] = r->next[s];
    }
    r->update_count = 0;
    fire_all(r, DELTA, 0);
    while (r->head == r->tail) {
        uint64_t time = UINT64_MAX;

        for (unsigned e = 0; e < EVENTS + PROCESSES; e++) {
            if (r->pending[e].kind == TIMED && r->pending[e].time < time)
                time = r->pending[e].time;
        }
        r->now = time;
        fire_all(r, TIMED, time);
    }
}

/* Compares with the steps of the kernel, one by one. */
static void follow(struct reference *r, const struct step *steps, uint64_t seed)
{
    uint64_t done = 0;

    for (unsigned p = 0; p < PROCESSES; p++)
        make_ready(r, p);
    for (;;) {
        while (r->head != r->tail) {
            unsigned p = r->queue[r->head];

            r->head = (r->head + 1) % (PROCESSES + 1);
            ck_assert_msg(steps[done].time == r->now &&
                              steps[done].delta == r->delta &&
                              steps[done].process == p,
                          "seed %" PRIu64 ", step %" PRIu64 ": time %" PRIu64
                          " delta %" PRIu64 " process %" PRIu64
                          ", but should be %" PRIu64 " %" PRIu64 " %u",
                          seed, done, steps[done].time, steps[done].delta,
                          steps[done].process, r->now, r->delta, p);
            if (++done == STEPS)
                return;
            perform(r, p);
            r->process[p].ready = false;
        }
        end_delta(r, true);
    }
}

START_TEST(random_programmes_run_as_on_a_searched_list)
{
    struct step *steps = calloc(STEPS, sizeof *steps);
    struct reference *r = calloc(1, sizeof *r);
    uint64_t seed = (uint64_t)_i;

    programme_on_kernel(seed, true, steps, STEPS);
    programme_init(&r->programme, seed, true);
    follow(r, steps, seed);
    free(r);
    free(steps);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("programme");
    TCase *programmes = tcase_create("programme");
    const char *seeds = getenv("SEEDS");
    int last = seeds == NULL ? 10 : atoi(seeds);

    tcase_set_timeout(programmes, 60);
    tcase_add_loop_test(programmes, random_programmes_run_as_on_a_searched_list,
                        1, last + 1);
    suite_add_tcase(suite, programmes);
    return suite;
}
