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
 * all of the rung have replayed.  A failed machine leaves its rung.  What was
 * replayed stays in the results file, so that a search which was stopped goes
 * on.
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
#include "sweep/job.h"
#include "sweep/judge.h"
#include "sweep/point.h"
#include "sweep/writer.h"

struct candidate {
    uint64_t number;
    uint64_t estimate;
    char machine[HASH_TEXT];
    bool dropped; /* failed */
};

/* While a search is under way. */
struct search {
    struct explore *explore;
    struct store *store;
    struct writer writer;
    struct progress *progress;
    uint32_t *order;
    struct candidate *candidate; /* those that are left come first */
    size_t candidates;
    uint32_t from, to; /* layers of this rung, places in `order` */
    bool last;
    size_t *asked; /* of each job: the candidate */
};

/* ---- what can be compared ------------------------------------------------ */

static bool same_layers(const struct input *a, const struct input *b)
{
    if (a->layers != b->layers)
        return false;
    for (size_t i = 0; i < a->layers; i++) {
        if (strcmp(a->layer[i].shape.name, b->layer[i].shape.name) != 0 ||
            a->layer[i].shape.inputs != b->layer[i].shape.inputs ||
            a->layer[i].shape.outputs != b->layer[i].shape.outputs ||
            a->layer[i].tokens != b->layer[i].tokens)
            return false;
    }
    return true;
}

static int check_same_layers(const struct experiment *experiment,
                             struct error *err)
{
    for (size_t i = 1; i < experiment->inputs; i++) {
        if (!same_layers(&experiment->input[0], &experiment->input[i]))
            return error_set(err, ERROR_DATA,
                             "%s and %s have other layers or tokens, so their "
                             "cycles cannot be compared",
                             experiment->input[0].name,
                             experiment->input[i].name);
    }
    return 0;
}

int explore_begin(struct explore *explore, struct store *store,
                  struct error *err)
{
    struct experiment *experiment = explore->experiment;
    struct store_experiment row;
    char *words;

    words = memory_printf("explore: {budget: %" PRIu64 ", seed: %" PRIu64 "}\n",
                          explore->budget, explore->seed);
    experiment_add_text(experiment, words);
    free(words);
    row = (struct store_experiment){ .hash = experiment->hash,
                                     .name = experiment->name,
                                     .text = experiment->text,
                                     .explores = true,
                                     .points = experiment->points };
    if (check_same_layers(experiment, err) < 0)
        return -1;
    for (size_t i = 0; i < experiment->inputs; i++) {
        const struct input *input = &experiment->input[i];
        double perplexity;

        if (judge_perplexity(&perplexity, experiment, input, store, err) < 0 ||
            input_put(input, store, err) < 0)
            return -1;
    }
    return store_put_experiment(store, &row, err);
}

/* ---- the draw ------------------------------------------------------------ */

static bool is_known(const struct search *search, const struct point *point)
{
    uint64_t per_input = search->explore->experiment->points /
                         search->explore->experiment->inputs;

    for (size_t i = 0; i < search->candidates; i++) {
        const struct candidate *other = &search->candidate[i];

        if (other->number == point->number ||
            (other->number / per_input == point->number / per_input &&
             strcmp(other->machine, point->machine.hash) == 0))
            return true;
    }
    return false;
}

/* A point that was drawn is written, and a candidate unless it is no machine.
 */
static int put_candidate(struct search *search, const struct point *point,
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
    if (point->trouble.kind != ERROR_NONE) {
        search->explore->failed++;
        return point_put_trouble(point, search->store, err);
    }
    candidate = &search->candidate[search->candidates++];
    candidate->number = point->number;
    candidate->estimate = point_estimate(point);
    memcpy(candidate->machine, point->machine.hash, HASH_TEXT);
    return 0;
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
    search->candidate = memory_new(wanted, sizeof *search->candidate);
    for (uint64_t i = 0;
         status == 0 && i < draws && search->candidates < wanted; i++) {
        struct point point;

        status = stop_check(err);
        if (status < 0 ||
            !point_make(&point, experiment,
                        explore_draw(shuffled, points, i, &state)))
            continue;
        if (!is_known(search, &point))
            status = put_candidate(search, &point, err);
        point_release(&point);
    }
    free(shuffled);
    if (status == 0 && search->candidates == 0)
        status = error_set(err, ERROR_DATA,
                           "%s: none of the points that were drawn is a "
                           "machine and keeps the conditions",
                           experiment->name);
    return status;
}

/* ---- one rung ------------------------------------------------------------ */

static int explore_take(void *context, size_t job, const struct text *answer,
                        const char *lost, struct error *err)
{
    struct search *search = context;
    struct candidate *candidate = &search->candidate[search->asked[job]];
    struct point point;
    struct writer_row row = { &point, answer, lost, search->last, false };
    int status;

    point_make(&point, search->explore->experiment, candidate->number);
    status = writer_put(&search->writer, &row, err);
    point_release(&point);
    candidate->dropped = row.failed;
    search->explore->failed += row.failed;
    progress_add_work(search->progress, 1, (double)candidate->estimate);
    return status;
}

/* Out of this search only: the store does not know of it. */
static int explore_give_up(void *context, size_t job, const char *lost,
                           struct error *err)
{
    struct search *search = context;
    struct candidate *candidate = &search->candidate[search->asked[job]];

    (void)err;
    candidate->dropped = true;
    point_lost(&search->explore->lost, search->explore->experiment,
               candidate->number, lost);
    progress_add_work(search->progress, 1, (double)candidate->estimate);
    return 0;
}

static int explore_rest(void *context, struct error *err)
{
    struct search *search = context;

    return writer_flush(&search->writer, err);
}

/*
 * Whether the store has what this rung would replay; a run that failed before
 * is dropped.
 */
static int explore_is_there(struct search *search, struct candidate *candidate,
                            bool *there, struct error *err)
{
    const struct experiment *experiment = search->explore->experiment;
    const struct input *input =
        &experiment->input[candidate->number /
                           (experiment->points / experiment->inputs)];
    const struct store_run what = { .trace = input->hash,
                                    .machine = candidate->machine };
    char run[STORE_RUN_KEY];
    enum store_state state;
    uint64_t cycles;

    if (store_find_run(search->store, &what, run, &state, err) < 0)
        return -1;
    *there = state == STORE_DONE || state == STORE_FAILED;
    if (state == STORE_FAILED) {
        candidate->dropped = true;
        search->explore->failed++;
    }
    if (*there || search->last)
        return 0;
    *there = true;
    for (uint32_t i = search->from; *there && i < search->to; i++) {
        int has = store_layer_cycles(search->store, run,
                                     input->layer[search->order[i]].shape.name,
                                     &cycles, err);

        if (has < 0)
            return -1;
        *there = has;
    }
    return 0;
}

static int by_estimate(const void *a, const void *b)
{
    const struct candidate *one = a, *other = b;

    if (one->estimate != other->estimate)
        return one->estimate < other->estimate ? 1 : -1;
    return one->number < other->number ? -1 : one->number > other->number;
}

static int replay_rung(struct search *search, struct crew *crew,
                       struct error *err)
{
    const struct crew_leader leader = { explore_take, explore_give_up,
                                        explore_rest, search };
    struct job *jobs = memory_new(search->candidates, sizeof *jobs);
    double work = 0;
    size_t count = 0;
    int status = 0;

    qsort(search->candidate, search->candidates, sizeof *search->candidate,
          by_estimate);
    for (size_t i = 0; status == 0 && i < search->candidates; i++) {
        bool there = false;

        status = explore_is_there(search, &search->candidate[i], &there, err);
        if (there)
            continue;
        search->asked[count] = i;
        jobs[count++] = (struct job){ search->candidate[i].number, search->from,
                                      search->to };
        work += (double)search->candidate[i].estimate;
    }
    if (status == 0 && count > 0) {
        progress_begin(search->progress, "explore", count, "points");
        progress_weigh(search->progress, work);
        status = crew_do(crew, jobs, count, &leader, err);
        progress_end(search->progress);
    }
    free(jobs);
    return writer_end(&search->writer, status, err);
}

/* ---- what is kept -------------------------------------------------------- */

static void drop_failed(struct search *search)
{
    size_t kept = 0;

    for (size_t i = 0; i < search->candidates; i++) {
        if (!search->candidate[i].dropped)
            search->candidate[kept++] = search->candidate[i];
    }
    search->candidates = kept;
}

/* Of n candidates the best ceil(n / 3) stay. */
static int keep_best(struct search *search, struct error *err)
{
    const struct judge judge = { search->explore->experiment, search->store,
                                 search->order, search->to };
    size_t count = search->candidates, kept = divide_up(count, HALVING_FEWER);
    double *values = memory_new(count, JUDGE_OBJECTIVES * sizeof *values);
    size_t *order = memory_new(count, sizeof *order);
    struct candidate *best = memory_new(kept, sizeof *best);
    int status = 0;

    for (size_t i = 0; status == 0 && i < count; i++)
        status = judge_point(&judge, search->candidate[i].number,
                             values + i * JUDGE_OBJECTIVES, err);
    if (status == 0) {
        front_order(order, NULL, values, count, JUDGE_OBJECTIVES);
        for (size_t i = 0; i < kept; i++)
            best[i] = search->candidate[order[i]];
        memcpy(search->candidate, best, kept * sizeof *best);
        search->candidates = kept;
    }
    free(best);
    free(order);
    free(values);
    return status;
}

/* ---- all ----------------------------------------------------------------- */

static int climb(struct search *search, struct crew *crew,
                 const uint32_t after[HALVING_RUNGS], unsigned rungs,
                 struct error *err)
{
    for (unsigned i = 0; i < rungs; i++) {
        search->from = i > 0 ? after[i - 1] : 0;
        search->to = after[i];
        search->last = i + 1 == rungs;
        if (replay_rung(search, crew, err) < 0)
            return -1;
        drop_failed(search);
        if (!search->last && keep_best(search, err) < 0)
            return -1;
    }
    search->explore->finished = search->candidates;
    search->explore->finalist =
        memory_new(search->candidates, sizeof *search->explore->finalist);
    for (size_t i = 0; i < search->candidates; i++)
        search->explore->finalist[i] = search->candidate[i].number;
    return 0;
}

int explore_infer(struct explore *explore, struct whole_points *points,
                  struct error *err)
{
    return whole_points_run(points, explore->finalist, explore->finished, err);
}

int explore_run(struct explore *explore, struct store *store, struct crew *crew,
                struct progress *progress, struct error *err)
{
    size_t layers = explore->experiment->input[0].layers, wanted;
    struct search search = { .explore = explore,
                             .store = store,
                             .writer = { .store = store },
                             .progress = progress };
    uint32_t after[HALVING_RUNGS];
    enum halving_how how = explore->budget >= explore->experiment->points
                               ? HALVING_WHOLE
                               : HALVING_IN_RUNGS;
    unsigned rungs = halving_rungs(after, layers, how);
    int status;

    wanted = halving_points(explore->budget, after, rungs);
    if (wanted > explore->experiment->points)
        wanted = (size_t)explore->experiment->points;
    search.order = memory_new(layers, sizeof *search.order);
    search.asked = memory_new(wanted, sizeof *search.asked);
    halving_order(search.order, layers);
    status = store_begin(store, err);
    if (status == 0) {
        status = draw_candidates(&search, wanted, err);
        if (status == 0)
            status = store_commit(store, err);
        else
            store_rollback(store);
    }
    if (status == 0)
        status = climb(&search, crew, after, rungs, err);
    free(search.candidate);
    free(search.asked);
    free(search.order);
    return status;
}
