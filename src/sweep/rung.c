/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Candidates of a search replay layers in the order of halving.h, some at a
 * time.  Jobs begin with some from all over, so that little is known of all
 * soon, and then go on with the longest, so that no worker is alone with one at
 * the end.  What the store has already counts as replayed: so a search that was
 * cut off comes to the same.
 *
 * Of an experiment with whole inferences each of them runs one as well, of as
 * large a share of the tokens, two at least, since a point may win by its
 * layers and lose by attention, memory or its units.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "sweep/job.h"
#include "sweep/point.h"
#include "sweep/search.h"

static int rung_take(void *context, size_t job, const struct text *answer,
                     const char *lost, struct error *err)
{
    struct search *search = context;
    struct candidate *candidate = &search->candidate[search->asked[job]];
    struct point point;
    struct writer_row row = { &point, answer, lost,
                              search->to == search->layers, false };
    int status;

    point_make(&point, search->explore->experiment, candidate->number);
    status = writer_put(&search->writer, &row, err);
    point_release(&point);
    candidate->failed = row.failed;
    search->explore->failed += row.failed;
    tell_done(&search->tell, job, lost ? 0 : job_seconds(answer));
    return status;
}

/* Out of this search only: the store does not know of it. */
static int rung_give_up(void *context, size_t job, const char *lost,
                        struct error *err)
{
    struct search *search = context;
    struct candidate *candidate = &search->candidate[search->asked[job]];

    (void)err;
    candidate->failed = true;
    point_lost(&search->explore->lost, search->explore->experiment,
               candidate->number, lost);
    tell_done(&search->tell, job, 0);
    return 0;
}

static int rung_rest(void *context, struct error *err)
{
    struct search *search = context;

    return writer_flush(&search->writer, err);
}

/*
 * Whether the store has what would be replayed; a run that failed before is out
 * of the search.
 */
static int rung_is_there(const struct search *search,
                         struct candidate *candidate, bool *there,
                         struct error *err)
{
    const struct input *input =
        &search->explore->experiment
             ->input[search_input(search, candidate->number)];
    const struct store_run what = {
        .trace = input->hash,
        .machine = candidate->machine,
        .verified = experiment_verifies(search->explore->experiment,
                                        search_input(search, candidate->number))
    };
    char run[STORE_RUN_KEY];
    enum store_state state;

    if (store_find_run(search->store, &what, run, &state, err) < 0)
        return -1;
    *there = state == STORE_DONE || state == STORE_FAILED;
    if (state == STORE_FAILED) {
        candidate->failed = true;
        search->explore->failed++;
    }
    if (*there || search->to == search->layers)
        return 0;
    *there = true;
    for (uint32_t i = candidate->layers; *there && i < search->to; i++) {
        enum store_layer found;

        if (store_find_layer(search->store, run,
                             input->layer[search->order[i]].shape.name, &found,
                             err) < 0)
            return -1;
        *there = found == STORE_LAYER_VERIFIED ||
                 (found == STORE_LAYER_THERE && !what.verified);
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

/* Jobs of the candidates [from, end) that are to do, the longest first. */
static int rung_jobs(struct search *search, struct job *jobs, size_t *count,
                     const size_t range[2], struct error *err)
{
    *count = 0;
    for (size_t i = range[0]; i < range[1]; i++) {
        struct candidate *candidate = &search->candidate[i];
        bool there = candidate->layers >= search->to;

        if (!there && rung_is_there(search, candidate, &there, err) < 0)
            return -1;
        if (there)
            continue;
        search->asked[*count] = i;
        jobs[(*count)++] =
            (struct job){ candidate->number, candidate->layers, search->to };
    }
    return 0;
}

/* Puts some from all over the list before the others; how many there are. */
static size_t rung_order(struct search *search, struct job *jobs, size_t count)
{
    size_t *order = memory_new(count, sizeof *order), first;
    size_t *asked = memory_new(count, sizeof *asked);
    struct job *before = memory_new(count, sizeof *before);

    memcpy(asked, search->asked, count * sizeof *asked);
    memcpy(before, jobs, count * sizeof *before);
    first = pace_order(order, count);
    for (size_t i = 0; i < count; i++) {
        search->asked[i] = asked[order[i]];
        jobs[i] = before[order[i]];
    }
    free(before);
    free(asked);
    free(order);
    return first;
}

static int rung_work(struct search *search, struct job *jobs, size_t count,
                     struct error *err)
{
    const struct crew_leader leader = { rung_take, rung_give_up, rung_rest,
                                        search };
    const struct experiment *experiment = search->explore->experiment;
    struct pace_points of;
    double layers = 0;
    int status;

    search->tell = (struct tell){ .progress = search->progress,
                                  .first = rung_order(search, jobs, count) };
    pace_points_init(&of, count, point_digits_count(experiment));
    for (size_t i = 0; i < count; i++) {
        const struct candidate *candidate =
            &search->candidate[search->asked[i]];

        layers += jobs[i].to - jobs[i].from;
        of.estimate[i] = (double)candidate->estimate *
                         (jobs[i].to - jobs[i].from) / search->layers;
        point_digits(of.digit + i * of.digits, experiment, candidate->number);
    }
    search->tell.after = (double)search->room / layers;
    tell_begin(&search->tell, search->what, "points", &of);
    status = crew_do(search->crew, jobs, count, &leader, err);
    tell_end(&search->tell);
    pace_points_release(&of);
    return status;
}

/* Tokens of the inference of who has replayed so many layers; 0: there is none.
 */
static uint32_t rung_tokens(const struct search *search, uint32_t layers)
{
    struct infer_asked asked;

    if (!experiment_infers(&asked, search->explore->experiment))
        return 0;
    return (uint32_t)max(min(asked.generate, 2),
                         divide_up((uint64_t)asked.generate * layers,
                                   search->layers));
}

/* Those of [from, end) that have not failed. */
static int rung_infer(struct search *search, size_t from, size_t end,
                      uint32_t generate, struct error *err)
{
    uint64_t *number = memory_new(end - from, sizeof *number);
    bool *failed = memory_new(end - from, sizeof *failed);
    size_t *place = memory_new(end - from, sizeof *place);
    struct whole_rung rung = { number, failed, 0, generate };
    int status;

    for (size_t i = from; i < end; i++) {
        if (search->candidate[i].failed)
            continue;
        place[rung.count] = i;
        number[rung.count++] = search->candidate[i].number;
    }
    status = whole_points_climb(search->explore->points, &rung, err);
    for (size_t i = 0; i < rung.count; i++) {
        search->candidate[place[i]].failed = failed[i];
        search->explore->failed += failed[i];
    }
    free(place);
    free(failed);
    free(number);
    return status;
}

int rung_replay(struct search *search, size_t from, size_t end, uint32_t to,
                struct error *err)
{
    uint32_t generate = rung_tokens(search, to);
    const size_t range[2] = { from, end };
    struct job *jobs = memory_new(end - from, sizeof *jobs);
    size_t count;
    int status;

    qsort(search->candidate + from, end - from, sizeof *search->candidate,
          by_estimate);
    search->to = to;
    search->asked = memory_new(end - from, sizeof *search->asked);
    for (size_t i = from; i < end; i++)
        search->room -= min(search->room, to - search->candidate[i].layers);
    status = rung_jobs(search, jobs, &count, range, err);
    if (status == 0 && count > 0)
        status = rung_work(search, jobs, count, err);
    status = writer_end(&search->writer, status, err);
    if (status == 0 && generate > 0)
        status = rung_infer(search, from, end, generate, err);
    for (size_t i = from; i < end; i++)
        search->candidate[i].layers = to;
    free(search->asked);
    free(jobs);
    return status;
}

int rung_judge(const struct search *search, struct candidate *candidate,
               struct error *err)
{
    const struct judge judge = { search->explore->experiment,
                                 search->store,
                                 search->order,
                                 candidate->layers,
                                 rung_tokens(search, candidate->layers),
                                 search->group };

    return judge_point(&judge, candidate->number, candidate->value, err);
}
