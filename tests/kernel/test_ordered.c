/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Programmes in which any process controls any other, in full order, against a
 * naive reference: what is pending stands in one array that is searched from
 * end to end, a process that lets another run calls it as a function, and a
 * thread is what it has left to do.  SEEDS says how many programmes, STEPS how
 * long they are.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernel/ordered.h"
#include "tests/suite.h"

enum { NONE, DELTA, TIMED };

/* In `pending`: events of actors, then time-outs, the two edges of the clock,
 * and then the other triggers. */
#define TIME_OUTS ACTORS
#define EDGES     (2 * ACTORS)
#define FIRED     (EDGES + 2)
#define PENDING   (FIRED + TRIGGERS)
#define NOBODY    (DRIVER + 1)
#define ALL       (OBSERVER + 1) /* processes */

struct role {
    bool dead, started, suspended, disabled, kept, held;
    bool queued;       /* in the ring */
    bool dynamic, all; /* it waits for other things than its static ones */
    bool listed;       /* its wait has events and a delay */
    bool timed_out;
    bool in_deeds;        /* a thread: it goes on with them, not after a wait */
    unsigned left;        /* deeds */
    unsigned depth;       /* of a method */
    unsigned wanted;      /* of all triggers, so many */
    unsigned count;       /* static triggers to come; 0: one */
    uint32_t waits;       /* a bit a trigger */
    uint64_t since, born; /* order of waiting, and of being made */
};

/* A process that lets another run, inside its deed. */
struct frame {
    struct frame *outer;
    unsigned actor;
    bool stands; /* else the frame is not come back to */
};

struct reference {
    struct streams streams;
    uint64_t now, delta, sequence;
    struct {
        int kind;
        uint64_t time, sequence;
    } pending[PENDING];
    struct role roles[NOBODY + 1]; /* those of processes are used */
    unsigned ring[64 * ALL], head, tail;
    uint64_t value[WIRES], next[WIRES];
    unsigned updates[WIRES], update_count;
    unsigned current;
    struct frame *frame;
    bool ran, edge, pause, stop; /* in this delta; a run is to end */
    const struct sight *sights;
    size_t seen, count;
    uint64_t seed;
};

static void ref_see(struct reference *r, unsigned actor, enum saw saw)
{
    const struct sight *sight = &r->sights[r->seen];

    if (r->seen == r->count)
        return;
    ck_assert_msg(sight->time == r->now && sight->delta == r->delta &&
                      sight->actor == actor && sight->saw == saw,
                  "seed %" PRIu64 ", sight %zu: time %" PRIu64 " delta %" PRIu64
                  " actor %u saw %d, but should be %" PRIu64 " %" PRIu64
                  " %u %d",
                  r->seed, r->seen, sight->time, sight->delta, sight->actor,
                  (int)sight->saw, r->now, r->delta, actor, (int)saw);
    r->seen++;
}

static void ref_notify(struct reference *r, unsigned event, int kind,
                       uint64_t time)
{
    if (r->pending[event].kind == DELTA ||
        (r->pending[event].kind == TIMED && kind == TIMED &&
         r->pending[event].time <= time))
        return;
    r->pending[event].kind = kind;
    r->pending[event].time = time;
    r->pending[event].sequence = ++r->sequence;
}

static void ref_push(struct reference *r, unsigned p)
{
    r->roles[p].queued = true;
    r->ring[r->tail++ % (64 * ALL)] = p;
}

static void ref_unqueue(struct reference *r, unsigned p)
{
    unsigned kept = r->head;

    for (unsigned i = r->head; i != r->tail; i++) {
        if (r->ring[i % (64 * ALL)] != p)
            r->ring[kept++ % (64 * ALL)] = r->ring[i % (64 * ALL)];
    }
    r->tail = kept;
    r->roles[p].queued = false;
}

static bool ref_is_thread(unsigned p)
{
    return p != OBSERVER && is_thread(p);
}

/* It runs, or will: a trigger does nothing. */
static bool ref_is_runnable(const struct reference *r, unsigned p)
{
    const struct frame *frame = r->frame;

    while (frame != NULL && (frame->actor != p || !ref_is_thread(p)))
        frame = frame->outer;
    return r->roles[p].queued || r->current == p || frame != NULL;
}

static void ref_wait_none(struct reference *r, unsigned p)
{
    struct role *role = &r->roles[p];

    role->dynamic = role->all = role->timed_out = false;
    role->waits = role->count = 0;
    if (p < ACTORS)
        r->pending[TIME_OUTS + p].kind = NONE;
}

static void ref_wake(struct reference *r, unsigned p)
{
    if (r->roles[p].suspended)
        r->roles[p].kept = true;
    else
        ref_push(r, p);
}

static void ref_time_out(struct reference *r, unsigned p)
{
    r->pending[TIME_OUTS + p].kind = NONE;
    if (ref_is_runnable(r, p))
        return;
    ref_wait_none(r, p);
    if (r->roles[p].disabled)
        return;
    r->roles[p].timed_out = true;
    ref_wake(r, p);
}

static bool ref_listens(unsigned p, unsigned trigger)
{
    unsigned triggers[4], count;
    bool found = false;

    if (p == OBSERVER)
        return trigger >= ON_CLOCK;
    count = static_triggers(p, triggers);
    for (unsigned i = 0; i < count; i++)
        found |= triggers[i] == trigger;
    return found;
}

static void ref_trigger(struct reference *r, unsigned p)
{
    struct role *role = &r->roles[p];

    if (role->dynamic || role->disabled || role->dead || ref_is_runnable(r, p))
        return;
    if (role->count > 0 && --role->count > 0 && !role->held)
        return;
    role->count = 0;
    ref_wake(r, p);
}

static void ref_end_wait(struct reference *r, unsigned p, unsigned trigger)
{
    struct role *role = &r->roles[p];

    if (role->disabled || r->current == p)
        return;
    role->waits &= ~(1u << trigger);
    if (ref_is_runnable(r, p))
        return; /* a method that was enabled; as in SystemC it does not count */
    if (role->all && --role->wanted > 0)
        return;
    ref_wait_none(r, p);
    ref_wake(r, p);
}

/* Calls for each process, in the order of `key`, which is above `after`. */
static unsigned ref_following(const struct reference *r, uint64_t after,
                              bool born)
{
    unsigned first = NOBODY;
    uint64_t least = UINT64_MAX;

    for (unsigned p = 0; p < ALL; p++) {
        uint64_t key = born ? r->roles[p].born : r->roles[p].since;

        if (key > after && key < least) {
            least = key;
            first = p;
        }
    }
    return first;
}

static void ref_fire(struct reference *r, unsigned trigger)
{
    uint64_t after = 0;
    unsigned p;

    while ((p = ref_following(r, after, true)) != NOBODY) {
        after = r->roles[p].born;
        if (ref_listens(p, trigger))
            ref_trigger(r, p);
    }
    for (after = 0; (p = ref_following(r, after, false)) != NOBODY;) {
        after = r->roles[p].since;
        if (r->roles[p].waits >> trigger & 1)
            ref_end_wait(r, p, trigger);
    }
}

static void ref_run(struct reference *r, unsigned p);
static void ref_begin(struct reference *r, unsigned p);

/* The frames of a process are not come back to. */
static void ref_end_frames(struct reference *r, unsigned p)
{
    struct frame **link = &r->frame;

    while (*link != NULL) {
        if ((*link)->actor != p) {
            link = &(*link)->outer;
            continue;
        }
        (*link)->stands = false;
        *link = (*link)->outer;
    }
}

/* How a deed ends, for who does it. */
enum after_deed { GOES_ON, IS_GONE, BEGINS, IS_THROWN_AT };

enum lets { LETS_BEGIN, LETS_HEAR };

/* Who let another run goes on, unless it is in reset, or was killed. */
static enum after_deed ref_come_back(const struct reference *r)
{
    if (r->current >= ALL)
        return GOES_ON;
    if (r->roles[r->current].dead)
        return IS_GONE;
    return ref_is_thread(r->current) && r->roles[r->current].held ? BEGINS
                                                                  : GOES_ON;
}

/* Another process runs inside a deed. */
static enum after_deed ref_let_run(struct reference *r, unsigned p,
                                   enum lets lets)
{
    struct frame frame = { r->frame, r->current, true };

    r->frame = &frame;
    r->current = p;
    if (lets == LETS_HEAR) {
        ref_see(r, p, SAW_THROWN);
        ref_begin(r, p);
    } else {
        r->roles[p].started = true;
        ref_begin(r, p);
    }
    if (!frame.stands)
        return IS_GONE;
    r->frame = frame.outer;
    r->current = frame.actor;
    return ref_come_back(r);
}

static enum after_deed ref_suspend(struct reference *r, unsigned p)
{
    struct role *role = &r->roles[p];

    if (role->dead || role->held)
        return GOES_ON;
    role->suspended = true;
    role->kept |= ref_is_runnable(r, p);
    if (r->current == p && ref_is_thread(p))
        return IS_GONE; /* until it is resumed */
    ref_unqueue(r, p);
    if (ref_is_thread(p))
        ref_end_frames(r, p);
    return GOES_ON;
}

static void ref_release_kept(struct reference *r, unsigned p)
{
    bool kept = r->roles[p].kept;

    r->roles[p].kept = false;
    if (kept && !ref_is_runnable(r, p))
        ref_push(r, p);
}

static void ref_resume(struct reference *r, unsigned p)
{
    struct role *role = &r->roles[p];
    bool refused = role->suspended && role->disabled;

    if (role->dead)
        return;
    role->suspended = false;
    if (refused)
        return;
    if (role->kept && role->dynamic)
        ref_wait_none(r, p);
    ref_release_kept(r, p);
}

static void ref_enable(struct reference *r, unsigned p)
{
    if (r->roles[p].dead)
        return;
    r->roles[p].disabled = false;
    if (!ref_is_thread(p) && !r->roles[p].suspended)
        ref_release_kept(r, p);
}

static enum after_deed ref_kill(struct reference *r, unsigned p)
{
    struct role *role = &r->roles[p];

    if (role->dead)
        return GOES_ON;
    ref_unqueue(r, p);
    ref_wait_none(r, p);
    role->dead = true;
    if (r->current == p)
        return IS_GONE;
    if (!ref_is_thread(p) || !role->started)
        return GOES_ON;
    ref_end_frames(r, p);
    return ref_come_back(r); /* it left inside the deed */
}

static enum after_deed ref_reset(struct reference *r, unsigned p)
{
    if (r->roles[p].dead || r->current >= ALL)
        return GOES_ON;
    ref_wait_none(r, p);
    if (ref_is_thread(p))
        r->roles[p].kept = false;
    if (r->current == p)
        return BEGINS;
    ref_unqueue(r, p);
    if (ref_is_thread(p))
        ref_end_frames(r, p);
    return ref_let_run(r, p, LETS_BEGIN);
}

static enum after_deed ref_throw(struct reference *r, unsigned p)
{
    if (r->current >= ALL || !ref_is_thread(p) || r->roles[p].dead ||
        !r->roles[p].started)
        return GOES_ON;
    ref_wait_none(r, p);
    if (r->current == p)
        return IS_THROWN_AT;
    ref_unqueue(r, p);
    ref_end_frames(r, p);
    return ref_let_run(r, p, LETS_HEAR);
}

static void ref_write(struct reference *r, unsigned signal, uint64_t value)
{
    unsigned u = 0;

    r->next[signal] = value;
    while (u < r->update_count && r->updates[u] != signal)
        u++;
    if (u == r->update_count)
        r->updates[r->update_count++] = signal;
}

static void ref_spawn(struct reference *r, unsigned p, bool initialize)
{
    struct role *role = &r->roles[p];

    if (!role->dead || role->depth > 0)
        return;
    memset(role, 0, sizeof *role);
    role->born = ++r->sequence;
    if (initialize)
        ref_push(r, p);
}

static enum after_deed ref_deed(struct reference *r, struct deed deed)
{
    struct role *role = &r->roles[deed.on];

    switch (deed.kind) {
    case DEED_NOTIFY:
        r->pending[deed.on].kind = NONE;
        ref_fire(r, deed.on);
        break;
    case DEED_DELTA:
        ref_notify(r, deed.on, DELTA, 0);
        break;
    case DEED_TIMED:
        ref_notify(r, deed.on, TIMED, r->now + deed.number);
        break;
    case DEED_CANCEL:
        r->pending[deed.on].kind = NONE;
        break;
    case DEED_WRITE:
        ref_write(r, deed.on, deed.number);
        break;
    case DEED_SUSPEND:
        return ref_suspend(r, deed.on);
    case DEED_RESUME:
        ref_resume(r, deed.on);
        break;
    case DEED_DISABLE:
        if (!role->dead && r->pending[TIME_OUTS + deed.on].kind == NONE)
            role->disabled = true;
        break;
    case DEED_ENABLE:
        ref_enable(r, deed.on);
        break;
    case DEED_RESET:
        return ref_reset(r, deed.on);
    case DEED_KILL:
        return ref_kill(r, deed.on);
    case DEED_THROW:
        return ref_throw(r, deed.on);
    case DEED_HOLD:
        if (!role->dead && !role->suspended && !role->held) {
            role->held = true;
            role->count = 0;
        }
        break;
    case DEED_LET_OFF:
        role->held &= role->dead || role->suspended;
        break;
    case DEED_SPAWN:
        ref_spawn(r, deed.on, deed.number % 4 != 0);
        break;
    case DEED_PAUSE:
        r->pause |= r->current < ALL;
        break;
    default:
        r->stop = true;
    }
    return GOES_ON;
}

static void ref_plan(struct reference *r, unsigned p)
{
    struct plan plan = plan_next(&r->streams, p);
    struct role *role = &r->roles[p];
    bool lists = plan.kind == PLAN_ANY || plan.kind == PLAN_ALL;

    role->in_deeds = false;
    if (ref_is_thread(p))
        role->timed_out = false;
    role->listed = lists && plan.timed;
    if (plan.kind == PLAN_STATIC)
        return;
    if (plan.kind == PLAN_COUNT) {
        role->count = 2;
        return;
    }
    ref_wait_none(r, p);
    role->dynamic = true;
    role->all = plan.kind == PLAN_ALL;
    role->since = ++r->sequence;
    for (unsigned i = 0; i < plan.count && lists; i++)
        role->waits |= 1u << plan.triggers[i];
    role->wanted = (unsigned)__builtin_popcount(role->waits);
    if (!lists || plan.timed)
        ref_notify(r, TIME_OUTS + p, plan.delay ? TIMED : DELTA,
                   r->now + plan.delay);
}

static void ref_method(struct reference *r, unsigned p)
{
    enum after_deed after;

    r->roles[p].depth++;
    do {
        unsigned left;

        ref_see(r, p, SAW_BEGIN);
        after = GOES_ON;
        if (p == OBSERVER)
            break;
        left = deed_count(&r->streams, p);
        while (left-- > 0 && after == GOES_ON)
            after = ref_deed(r, deed_next(&r->streams, p));
        if (after == GOES_ON)
            ref_plan(r, p);
    } while (after == BEGINS);
    r->roles[p].depth--;
}

/* A thread does what is left of its deeds, and waits. */
static void ref_thread(struct reference *r, unsigned p)
{
    struct role *role = &r->roles[p];
    enum after_deed after = GOES_ON;

    for (;;) {
        while (role->left > 0 && after == GOES_ON) {
            role->left--;
            role->in_deeds = true;
            after = ref_deed(r, deed_next(&r->streams, p));
        }
        if (after == IS_GONE)
            return;
        if (after == GOES_ON) {
            ref_plan(r, p);
            return;
        }
        if (after == IS_THROWN_AT)
            ref_see(r, p, SAW_THROWN);
        ref_see(r, p, SAW_BEGIN);
        role->left = deed_count(&r->streams, p);
        after = GOES_ON;
    }
}

static void ref_begin(struct reference *r, unsigned p)
{
    if (!ref_is_thread(p)) {
        ref_method(r, p);
        return;
    }
    ref_see(r, p, SAW_BEGIN);
    r->roles[p].left = deed_count(&r->streams, p);
    ref_thread(r, p);
}

static void ref_run(struct reference *r, unsigned p)
{
    struct role *role = &r->roles[p];

    role->queued = false;
    r->current = p;
    r->ran = true;
    if (ref_is_thread(p) && role->started && !role->held) {
        if (role->in_deeds) {
            ref_thread(r, p);
            return;
        }
        ref_see(r, p,
                role->listed && role->timed_out ? SAW_TIME_OUT : SAW_EVENT);
    }
    role->started = true;
    ref_begin(r, p);
}

/* Fires what is pending so at `time`, in its sequence. */
static void ref_fire_all(struct reference *r, int kind, uint64_t time)
{
    uint64_t last = r->sequence;

    for (;;) {
        unsigned first = PENDING;

        for (unsigned e = 0; e < PENDING; e++) {
            if (r->pending[e].kind == kind && r->pending[e].sequence <= last &&
                (kind == DELTA || r->pending[e].time == time) &&
                (first == PENDING ||
                 r->pending[e].sequence < r->pending[first].sequence))
                first = e;
        }
        if (first == PENDING)
            return;
        r->pending[first].kind = NONE;
        if (first < ACTORS) {
            ref_fire(r, first);
        } else if (first < EDGES) {
            ref_time_out(r, first - TIME_OUTS);
        } else if (first < FIRED) {
            ref_notify(r, FIRED + ON_CLOCK + (first - EDGES), DELTA, 0);
            ref_notify(r, FIRED + ON_CLOCK + 2, DELTA, 0);
            ref_notify(r, first, TIMED, r->now + PERIOD);
            r->edge = true; /* counts as a delta, whoever runs */
        } else {
            ref_fire(r, first - FIRED);
        }
    }
}

static void ref_update(struct reference *r)
{
    for (unsigned u = 0; u < r->update_count; u++) {
        unsigned s = r->updates[u];
        bool buffer = s >= WIRES / 2, one = r->next[s] != 0;
        bool edge = buffer || (r->value[s] != 0) != one;

        if (buffer || r->next[s] != r->value[s]) {
            ref_notify(r, FIRED + ON_CHANGE + s, DELTA, 0);
            if (edge)
                ref_notify(
                    r, FIRED + (unsigned)(one ? ON_POSEDGE : ON_NEGEDGE) + s,
                    DELTA, 0);
        }
        r->value[s] = r->next[s];
    }
    r->update_count = 0;
}

static void ref_delta(struct reference *r)
{
    while (r->head != r->tail)
        ref_run(r, r->ring[r->head++ % (64 * ALL)]);
    r->current = NOBODY;
    r->delta += r->ran || r->edge;
    r->ran = r->edge = false;
    ref_update(r);
    ref_fire_all(r, DELTA, 0);
}

static bool ref_any(const struct reference *r, int kind, uint64_t *least)
{
    bool any = false;

    for (unsigned e = 0; e < PENDING; e++) {
        if (r->pending[e].kind != kind)
            continue;
        if (!any || r->pending[e].time < *least)
            *least = r->pending[e].time;
        any = true;
    }
    return any;
}

/* A run; true: it came to its end, and was not paused or stopped. */
static bool ref_stretch(struct reference *r, uint64_t limit, bool half_open,
                        bool one_delta)
{
    uint64_t time = 0;

    r->pause = false;
    for (;;) {
        ref_delta(r);
        if (one_delta || r->pause || r->stop)
            return !r->pause && !r->stop;
        if (ref_any(r, DELTA, &time))
            continue;
        while (r->head == r->tail && !ref_any(r, DELTA, &time)) {
            if (!ref_any(r, TIMED, &time) || time > limit)
                return true;
            r->now = time;
            ref_fire_all(r, TIMED, time);
            if (half_open && time == limit &&
                (r->head != r->tail || ref_any(r, DELTA, &time)))
                return true;
        }
    }
}

static void ref_follow(struct reference *r)
{
    r->current = NOBODY;
    for (unsigned p = 0; p < ALL; p++) {
        r->roles[p].born = ++r->sequence;
        ref_push(r, p);
    }
    ref_notify(r, EDGES, TIMED, RISE);
    ref_notify(r, EDGES + 1, TIMED, FALL);
    while (r->seen < r->count && !r->stop) {
        struct stretch_plan plan = stretch_next(&r->streams);
        uint64_t limit = r->now + plan.duration;
        bool one_delta = !plan.closed && plan.duration == 0;

        if (ref_stretch(r, limit, !plan.closed && !one_delta, one_delta) &&
            (plan.closed || !plan.stays))
            r->now = limit;
        r->current = DRIVER;
        ref_see(r, DRIVER, SAW_NOW);
        while (plan.deeds-- > 0 && !r->stop)
            ref_deed(r, deed_next(&r->streams, DRIVER));
        r->current = NOBODY;
    }
}

static size_t steps_wanted(const char *name, size_t usual)
{
    const char *text = getenv(name);

    return text == NULL ? usual : strtoul(text, NULL, 10);
}

START_TEST(programmes_of_control_run_as_on_a_searched_list)
{
    size_t seeds = steps_wanted("SEEDS", 200),
           steps = steps_wanted("STEPS", 2000);
    struct sight *sights = calloc(steps, sizeof *sights);
    unsigned long calls[DEEDS] = { 0 };
    size_t seen = 0;

    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct reference *r = calloc(1, sizeof *r);

        r->seed = seed;
        r->sights = sights;
        r->count = ordered_on_kernel(seed, sights, steps, calls);
        streams_init(&r->streams, seed);
        ref_follow(r);
        ck_assert_uint_eq(r->seen, r->count);
        seen += r->seen;
        free(r);
    }
    ck_assert_uint_gt(seen, seeds * steps / 2);
    for (int kind = 0; kind < DEED_STOP; kind++)
        ck_assert_msg(calls[kind] >= 1000, "deed %d: %lu times", kind,
                      calls[kind]);
    ck_assert_uint_gt(calls[DEED_STOP], seeds / 10);
    free(sights);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("ordered");
    TCase *ordered = tcase_create("ordered");

    tcase_set_timeout(ordered, 3000);
    tcase_add_test(ordered, programmes_of_control_run_as_on_a_searched_list);
    suite_add_tcase(suite, ordered);
    return suite;
}
