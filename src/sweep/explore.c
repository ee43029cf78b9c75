/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exploring: draws machines from a space too large to sweep, and spends the
 * replays on those that are good so far.  Successive halving: all candidates
 * replay a sample of the layers; the best third of each rung goes on to three
 * times as many.
 *
 *     rung 0   all candidates        1/9 of the layers
 *     rung 1   the best third        1/3
 *     rung 2   the best ninth        all
 *
 * "Best" is by fronts: how many other candidates are better in time, energy,
 * area and perplexity at once, time and energy being those of the layers that
 * all of the rung have replayed.  Traces of other tokens are other questions:
 * each has its own best third.  Where an experiment has whole inferences, these
 * are compared in place of the layers (rung.c).  A failed machine leaves its
 * rung.  What was replayed stays in the results file, so that a search which
 * was stopped goes on.  Then the neighbours of the best are tried
 * (neighbours.c).
 */
#include "sweep/explore.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/stop.h"
#include "sweep/front.h"
#include "sweep/halving.h"
#include "sweep/point.h"
#include "sweep/room.h"
#include "sweep/search.h"

/* ---- what can be compared ------------------------------------------------ */

static bool has_shape(const struct layer *a, const struct layer *b)
{
    return strcmp(a->shape.name, b->shape.name) == 0 &&
           a->shape.inputs == b->shape.inputs &&
           a->shape.outputs == b->shape.outputs;
}

/* Whether points of the two are compared: lists of shapes have no plan whose
 * perplexity would tell which pattern is worth it, so each is a question of its
 * own, as `query front` has it. */
static bool is_compared_with(const struct input *a, const struct input *b)
{
    if (a != b && (!a->plan[0] || !b->plan[0]))
        return false;
    for (size_t i = 0; i < a->layers; i++)
        if (a->layer[i].tokens != b->layer[i].tokens)
            return false;
    return true;
}

/* Rungs replay a sample of the layers, which must be those of every trace. */
static int check_same_layers(const struct experiment *experiment,
                             struct error *err)
{
    const struct input *first = &experiment->input[0];

    for (size_t i = 1; i < experiment->inputs; i++) {
        const struct input *input = &experiment->input[i];
        bool same = input->layers == first->layers;

        for (size_t l = 0; same && l < first->layers; l++)
            same = has_shape(&first->layer[l], &input->layer[l]);
        if (!same)
            return error_set(err, ERROR_DATA,
                             "%s and %s have other layers, so that no search "
                             "can have both; `flexcim sweep` can",
                             first->name, input->name);
    }
    return 0;
}

static void set_groups(struct search *search)
{
    const struct experiment *experiment = search->explore->experiment;

    search->group = memory_new(experiment->inputs, sizeof *search->group);
    for (size_t i = 0; i < experiment->inputs; i++)
        while (!is_compared_with(&experiment->input[search->group[i]],
                                 &experiment->input[i]))
            search->group[i]++;
}

static int explore_put(const struct explore *explore, struct error *err)
{
    const struct search *search = explore->search;
    const struct experiment *experiment = explore->experiment;
    const struct judge judge = { .experiment = experiment,
                                 .store = search->store,
                                 .group = search->group };
    const struct store_experiment row = { .hash = experiment->hash,
                                          .name = experiment->name,
                                          .text = experiment->text,
                                          .explores = true,
                                          .points = experiment->points };

    if (judge_check(&judge, err) < 0)
        return -1;
    for (size_t i = 0; i < experiment->inputs; i++)
        if (input_put(&experiment->input[i], search->store, err) < 0)
            return -1;
    return store_put_experiment(search->store, &row, err);
}

/* ---- the draw ------------------------------------------------------------ */

size_t search_input(const struct search *search, uint64_t number)
{
    const struct experiment *experiment = search->explore->experiment;

    return (size_t)(number / (experiment->points / experiment->inputs));
}

struct candidate *search_find(const struct search *search,
                              const struct point *point)
{
    size_t input = search_input(search, point->number);

    for (size_t i = 0; i < search->candidates; i++) {
        struct candidate *other = &search->candidate[i];

        if (other->number == point->number ||
            (search_input(search, other->number) == input &&
             strcmp(other->machine, point->machine.hash) == 0))
            return other;
    }
    return NULL;
}

int search_add(struct search *search, const struct point *point,
               struct error *err)
{
    const struct store_point row = {
        .experiment = search->explore->experiment->hash,
        .number = point->number,
        .trace = point->input->hash,
        .machine = point->machine.hash,
        .settings = point->settings,
    };
    struct candidate *candidate;

    if (point_put_machine(point, search->store, err) < 0 ||
        store_put_point(search->store, &row, err) < 0)
        return -1;
    search->explore->tried++;
    search->candidate =
        memory_grow(search->candidate, &search->capacity,
                    search->candidates + 1, sizeof *search->candidate);
    candidate = &search->candidate[search->candidates++];
    *candidate = (struct candidate){ .number = point->number,
                                     .estimate = point_estimate(point) };
    memcpy(candidate->machine, point->machine.hash, HASH_TEXT);
    return 0;
}

/* A point that was drawn is written, and a candidate unless it is no machine.
 */
static int put_drawn(struct search *search, const struct point *point,
                     struct error *err)
{
    if (search_add(search, point, err) < 0)
        return -1;
    if (point->trouble.kind == ERROR_NONE)
        return 0;
    search->candidates--;
    search->explore->failed++;
    return point_put_trouble(point, search->store, err);
}

/* The number of draw `i`: all of a small space in random order, else at random
 * with repetition. */
static uint64_t explore_draw(uint64_t *shuffled, uint64_t points, uint64_t i,
                             uint64_t *state)
{
    uint64_t other, number;

    if (!shuffled)
        return random_below(state, points);
    other = i + random_below(state, points - i);
    number = shuffled[other];
    shuffled[other] = shuffled[i];
    return number;
}

static int draw_candidates(struct search *search, size_t wanted,
                           struct error *err)
{
    const struct experiment *experiment = search->explore->experiment;
    uint64_t points = experiment->points, state = search->explore->seed;
    bool is_small = points / 64 <= wanted;
    uint64_t draws = is_small ? points : 64 * (uint64_t)wanted;
    uint64_t *shuffled = NULL;
    int status = 0;

    if (is_small) {
        shuffled = memory_new((size_t)points, sizeof *shuffled);
        for (uint64_t i = 0; i < points; i++)
            shuffled[i] = i;
    }
    for (uint64_t i = 0;
         status == 0 && i < draws && search->candidates < wanted; i++) {
        struct point point;

        status = stop_check(err);
        if (status < 0 ||
            !point_make(&point, experiment,
                        explore_draw(shuffled, points, i, &state)))
            continue;
        if (!search_find(search, &point))
            status = put_drawn(search, &point, err);
        point_release(&point);
    }
    free(shuffled);
    search->left = search->candidates;
    if (status == 0 && search->candidates == 0)
        status = error_set(err, ERROR_DATA,
                           "%s: none of the points that were drawn is a "
                           "machine and keeps the conditions",
                           experiment->name);
    return status;
}

/* ---- what is kept -------------------------------------------------------- */

static void drop_failed(struct search *search)
{
    size_t kept = 0;

    for (size_t i = 0; i < search->left; i++) {
        const struct candidate candidate = search->candidate[i];

        if (candidate.failed)
            continue;
        search->candidate[i] = search->candidate[kept];
        search->candidate[kept++] = candidate;
    }
    search->left = kept;
}

size_t search_order(const struct search *search, size_t group, size_t *ordered,
                    size_t *unbeaten)
{
    double *values =
        memory_new(search->left, JUDGE_OBJECTIVES * sizeof *values);
    size_t *member = memory_new(search->left, sizeof *member);
    unsigned *rank = memory_new(search->left, sizeof *rank);
    size_t count = 0;

    for (size_t i = 0; i < search->left; i++) {
        const struct candidate *candidate = &search->candidate[i];

        if (search->group[search_input(search, candidate->number)] != group)
            continue;
        memcpy(values + count * JUDGE_OBJECTIVES, candidate->value,
               sizeof candidate->value);
        member[count++] = i;
    }
    front_order(ordered, rank, values, count, JUDGE_OBJECTIVES);
    *unbeaten = 0;
    for (size_t i = 0; i < count; i++) {
        *unbeaten += rank[i] == 0;
        ordered[i] = member[ordered[i]];
    }
    free(rank);
    free(member);
    free(values);
    return count;
}

/* The best third of each group, rounded up, comes first, and is what is left.
 */
static int keep_best(struct search *search, struct error *err)
{
    size_t inputs = search->explore->experiment->inputs, kept = 0, unbeaten;
    size_t *ordered = memory_new(search->left, sizeof *ordered);
    bool *stays = memory_new(search->left, sizeof *stays);
    int status = 0;

    for (size_t i = 0; status == 0 && i < search->left; i++)
        status = rung_judge(search, &search->candidate[i], err);
    for (size_t g = 0; status == 0 && g < inputs; g++) {
        size_t count = search_order(search, g, ordered, &unbeaten);

        for (size_t i = 0; i < divide_up(count, HALVING_FEWER); i++)
            stays[ordered[i]] = true;
    }
    for (size_t i = 0; status == 0 && i < search->left; i++) {
        const struct candidate candidate = search->candidate[i];

        if (!stays[i])
            continue;
        search->candidate[i] = search->candidate[kept];
        search->candidate[kept++] = candidate;
    }
    if (status == 0)
        search->left = kept;
    free(stays);
    free(ordered);
    return status;
}

/* ---- all ----------------------------------------------------------------- */

static enum halving_how explore_how(const struct explore *explore)
{
    return explore->budget >= explore->experiment->points ? HALVING_WHOLE
                                                          : HALVING_IN_RUNGS;
}

/* What it will take: as many replays as there is room for, of points like those
 * that were drawn. */
static void explore_expect(struct explore *explore)
{
    const struct search *search = explore->search;
    double sum = 0;

    explore->replays = min(explore->budget, explore->experiment->points);
    if (explore_how(explore) == HALVING_WHOLE)
        explore->replays = search->candidates;
    for (size_t i = 0; i < search->candidates; i++)
        sum += (double)search->candidate[i].estimate;
    explore->clocks =
        sum / (double)search->candidates * (double)explore->replays;
    explore->bytes = room_results((double)explore->replays * search->layers);
}

/* A third of the budget, rounded down, is for neighbours. */
static size_t explore_wanted(const struct explore *explore)
{
    uint64_t most = explore->experiment->points;
    uint32_t after[HALVING_RUNGS];
    unsigned rungs =
        halving_rungs(after, explore->search->layers, explore_how(explore));

    if (explore_how(explore) == HALVING_WHOLE)
        return (size_t)most;
    return (size_t)min(most,
                       halving_points(explore->budget - explore->budget / 3,
                                      after, rungs));
}

int explore_begin(struct explore *explore, struct store *store,
                  struct error *err)
{
    struct experiment *experiment = explore->experiment;
    struct search *search = memory_new(1, sizeof *search);
    char *words;
    int status;

    explore->search = search;
    text_init(&explore->lost);
    *search =
        (struct search){ .explore = explore,
                         .store = store,
                         .writer = { .store = store },
                         .layers = (uint32_t)experiment->input[0].layers };
    search->order = memory_new(search->layers, sizeof *search->order);
    halving_order(search->order, search->layers);
    if (explore_how(explore) == HALVING_IN_RUNGS)
        search->room = explore->budget * search->layers;
    words = memory_printf("explore: {budget: %" PRIu64 ", seed: %" PRIu64 "}\n",
                          explore->budget, explore->seed);
    experiment_add_text(experiment, words);
    free(words);
    if (check_same_layers(experiment, err) < 0)
        return -1;
    set_groups(search);
    if (store_begin(store, err) < 0)
        return -1;
    status = explore_put(explore, err);
    if (status == 0)
        status = draw_candidates(search, explore_wanted(explore), err);
    if (status < 0) {
        store_rollback(store);
        return -1;
    }
    explore_expect(explore);
    return store_commit(store, err);
}

static int climb(struct search *search, struct error *err)
{
    uint32_t after[HALVING_RUNGS];
    unsigned rungs =
        halving_rungs(after, search->layers, explore_how(search->explore));

    search->what = "explore";
    for (unsigned i = 0; i < rungs; i++) {
        if (rung_replay(search, 0, search->left, after[i], err) < 0)
            return -1;
        drop_failed(search);
        if (i + 1 < rungs && keep_best(search, err) < 0)
            return -1;
    }
    return 0;
}

/* Of those that no other of their group beats; where all points were replayed
 * nothing is left to try, and the store knows which another beats. */
static void take_sure(struct explore *explore)
{
    const struct search *search = explore->search;
    size_t *best, unbeaten;

    if (explore_how(explore) == HALVING_WHOLE) {
        memset(explore->is_sure, true, search->left * sizeof *explore->is_sure);
        explore->sure = search->left;
        return;
    }
    best = memory_new(search->left, sizeof *best);
    for (size_t g = 0; g < explore->experiment->inputs; g++) {
        search_order(search, g, best, &unbeaten);
        for (size_t i = 0; i < unbeaten; i++) {
            bool is_sure = search->candidate[best[i]].is_checked;

            explore->is_sure[best[i]] = is_sure;
            *(is_sure ? &explore->sure : &explore->unsure) += 1;
        }
    }
    free(best);
}

int explore_run(struct explore *explore, struct crew *crew,
                struct progress *progress, struct error *err)
{
    struct search *search = explore->search;

    search->crew = crew;
    search->progress = progress;
    if (climb(search, err) < 0)
        return -1;
    if (explore_how(explore) == HALVING_IN_RUNGS &&
        neighbours_try(search, err) < 0)
        return -1;
    explore->finished = search->left;
    explore->finalist = memory_new(search->left, sizeof *explore->finalist);
    for (size_t i = 0; i < search->left; i++)
        explore->finalist[i] = search->candidate[i].number;
    explore->is_sure = memory_new(search->left, sizeof *explore->is_sure);
    take_sure(explore);
    return 0;
}

int explore_infer(struct explore *explore, struct error *err)
{
    return whole_points_run(explore->points, explore->finalist,
                            explore->finished, err);
}

void explore_end(struct explore *explore)
{
    struct search *search = explore->search;

    if (search) {
        free(search->candidate);
        free(search->group);
        free(search->order);
        free(search);
    }
    free(explore->finalist);
    free(explore->is_sure);
    text_release(&explore->lost);
    *explore = (struct explore){ 0 };
}
