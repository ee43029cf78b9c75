/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Around what was found: a point that no other beats may still have more banks
 * or columns than it needs.  So all points are tried that differ from it in one
 * digit of their number (a parameter, the machine, the plan) and could beat it:
 * one that is larger cannot, and areas are known without a replay.  Those that
 * no other beats are looked around in turn, until nothing is left to try or the
 * room is used up.  A round tries what all of the front lacks, in its order, so
 * that any number of workers does the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "sweep/point.h"
#include "sweep/search.h"

/* What a round is to try. */
struct round {
    uint64_t *number; /* points, each once */
    size_t count, capacity;
};

static bool round_has(const struct round *round, uint64_t number)
{
    for (size_t i = 0; i < round->count; i++)
        if (round->number[i] == number)
            return true;
    return false;
}

static void round_add(struct round *round, uint64_t number)
{
    round->number = memory_grow(round->number, &round->capacity,
                                round->count + 1, sizeof *round->number);
    round->number[round->count++] = number;
}

/* ---- whether it may beat the point --------------------------------------- */

/* Of a machine that need not be in the store, and is not afterwards. */
static int neighbour_area(const struct search *search,
                          const struct point *point, double *area,
                          struct error *err)
{
    struct infer_asked asked;
    bool whole = experiment_infers(&asked, search->explore->experiment);
    int status;

    if (store_begin(search->store, err) < 0)
        return -1;
    status = point_put_machine(point, search->store, err);
    if (status == 0)
        status =
            store_machine_area(search->store, point->machine.hash,
                               whole ? STORE_WHOLE : STORE_LAYERS, area, err);
    store_rollback(search->store);
    return status;
}

/* 1 if it is to be tried: a machine, wanted, not tried to the end, no larger
 * than `most`. */
static int neighbour_may_beat(const struct search *search, uint64_t number,
                              double most, struct error *err)
{
    const struct candidate *known;
    struct point point;
    double area = 0;
    int status = 0;

    if (stop_check(err) < 0)
        return -1;
    if (!point_make(&point, search->explore->experiment, number))
        return 0;
    known = search_find(search, &point);
    if (point.trouble.kind == ERROR_NONE &&
        !(known && (known->failed || known->layers == search->layers))) {
        status = neighbour_area(search, &point, &area, err);
        if (status == 0)
            status = area <= most;
    }
    point_release(&point);
    return status;
}

/* ---- the neighbours of a point ------------------------------------------- */

/* A digit of a point's number: what it counts, and how many values it has. */
struct digit {
    uint64_t weight, values;
};

/* All points that differ from it in that digit only. */
static int look_along(const struct search *search, struct candidate *candidate,
                      struct digit digit, struct round *round,
                      struct error *err)
{
    uint64_t value = candidate->number / digit.weight % digit.values;
    uint64_t zero = candidate->number - value * digit.weight;

    for (uint64_t v = 0; v < digit.values; v++) {
        uint64_t number = zero + v * digit.weight;
        int may = round_has(round, number);

        if (v == value ||
            search->group[search_input(search, number)] !=
                search->group[search_input(search, candidate->number)])
            continue;
        if (!may) {
            may = neighbour_may_beat(search, number,
                                     candidate->value[JUDGE_AREA], err);
            if (may < 0)
                return -1;
            if (may)
                round_add(round, number);
        }
        if (may)
            candidate->is_checked = false;
    }
    return 0;
}

/* Digits as point_make() has them, the last parameter running fastest. */
static int look_around(const struct search *search, struct candidate *candidate,
                       struct round *round, struct error *err)
{
    const struct experiment *experiment = search->explore->experiment;
    struct digit digit = { 1, 1 };

    candidate->is_checked = true;
    for (size_t i = experiment->axes; i-- > 0;) {
        digit.values = experiment->axis[i].values;
        if (look_along(search, candidate, digit, round, err) < 0)
            return -1;
        digit.weight *= digit.values;
    }
    digit.values = experiment->machines;
    if (look_along(search, candidate, digit, round, err) < 0)
        return -1;
    digit.weight *= digit.values;
    digit.values = experiment->inputs;
    return look_along(search, candidate, digit, round, err);
}

/* ---- rounds -------------------------------------------------------------- */

/* Looks around those that no other of their group beats, the best first. */
static int look_around_best(const struct search *search, struct round *round,
                            struct error *err)
{
    size_t inputs = search->explore->experiment->inputs, unbeaten;
    size_t *best = memory_new(search->left, sizeof *best);
    int status = 0;

    for (size_t g = 0; status == 0 && g < inputs; g++) {
        search_order(search, g, best, &unbeaten);
        for (size_t i = 0; status == 0 && i < unbeaten; i++) {
            struct candidate *candidate = &search->candidate[best[i]];

            if (!candidate->is_checked)
                status = look_around(search, candidate, round, err);
        }
    }
    free(best);
    return status;
}

static int find_round(struct search *search, struct round *round,
                      struct error *err)
{
    for (size_t i = 0; i < search->left; i++) {
        struct candidate *candidate = &search->candidate[i];

        if (!candidate->is_judged && rung_judge(search, candidate, err) < 0)
            return -1;
        candidate->is_judged = true;
    }
    return look_around_best(search, round, err);
}

static void swap_candidates(struct candidate *a, struct candidate *b)
{
    const struct candidate was = *a;

    *a = *b;
    *b = was;
}

/* Puts the round's points behind those that are left, as many as there is room
 * for; `end` is where they end. */
static int enlist(struct search *search, const struct round *round, size_t *end,
                  struct error *err)
{
    uint64_t room = search->room;

    *end = search->left;
    for (size_t i = 0; i < round->count; i++) {
        struct candidate *known;
        struct point point;
        uint64_t need;
        bool is_twin;
        int status = 0;

        point_make(&point, search->explore->experiment, round->number[i]);
        known = search_find(search, &point);
        /* The machine of one before it. */
        is_twin = known && known < &search->candidate[*end];
        need = search->layers - (known ? known->layers : 0);
        if (!known && need <= room) {
            status = search_add(search, &point, err);
            known = &search->candidate[search->candidates - 1];
        }
        point_release(&point);
        if (status < 0)
            return -1;
        if (is_twin)
            continue;
        if (need > room)
            break;
        room -= need;
        swap_candidates(known, &search->candidate[(*end)++]);
    }
    return 0;
}

static int enlist_stored(struct search *search, const struct round *round,
                         size_t *end, struct error *err)
{
    if (store_begin(search->store, err) < 0)
        return -1;
    if (enlist(search, round, end, err) < 0) {
        store_rollback(search->store);
        return -1;
    }
    return store_commit(search->store, err);
}

/* Those that came to the end join the ones before them. */
static void take_in(struct search *search, size_t end)
{
    for (size_t i = search->left; i < end; i++)
        if (!search->candidate[i].failed)
            swap_candidates(&search->candidate[i],
                            &search->candidate[search->left++]);
}

int neighbours_try(struct search *search, struct error *err)
{
    struct round round = { 0 };
    size_t end = search->left;
    int status;

    search->what = "neighbours";
    do {
        round.count = 0;
        status = find_round(search, &round, err);
        if (status == 0)
            status = enlist_stored(search, &round, &end, err);
        if (status == 0 && end > search->left)
            status =
                rung_replay(search, search->left, end, search->layers, err);
        search->explore->untried = round.count;
        if (status < 0 || end == search->left)
            break;
        take_in(search, end);
    } while (true);
    free(round.number);
    return status;
}
