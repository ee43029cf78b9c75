/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Jobs are what one can know of before they are over: by how far they are, or
 * by others of the same machine, whose middle and ends take alike, or by all.
 * They are gone through as the workers will, the first that is free taking the
 * next, since three inferences take two workers as long as four.
 */
#include "replay/infer_tell.h"

#include <math.h>
#include <stdlib.h>

#include "base/cpu_clock.h"
#include "base/memory.h"
#include "base/process_memory.h"

static const double look_every = 0.05; /* seconds; a step takes much less */
static const double few_seconds = 1;   /* until which several jobs are seen */
static const double long_enough = 8;   /* of work, then a guess is told, too */

void infer_tell_init(struct infer_tell *tell, size_t count)
{
    *tell = (struct infer_tell){ .count = count };
    tell->job = memory_new(count, sizeof *tell->job);
    for (size_t i = 0; i < count; i++)
        tell->job[i].tell = tell;
    pthread_mutex_init(&tell->mutex, NULL);
}

void infer_tell_begin(struct infer_tell *tell, struct progress *progress,
                      unsigned workers)
{
    size_t wanted = 0;

    tell->progress = progress;
    tell->workers = workers;
    for (size_t i = 0; i < tell->count; i++)
        wanted += tell->job[i].is_wanted;
    progress_begin(progress, "infer", wanted, "inferences");
    tell->begun = progress_clock();
}

void infer_tell_end(struct infer_tell *tell)
{
    progress_end(tell->progress);
}

void infer_tell_release(struct infer_tell *tell)
{
    pthread_mutex_destroy(&tell->mutex);
    free(tell->job);
    *tell = (struct infer_tell){ 0 };
}

static double job_seconds(const struct infer_tell_job *job)
{
    return job->is_done ? job->pace.now : infer_pace_all(&job->pace);
}

/* The mean of the jobs of a kind that are known, or of all; 0: of none. */
static double mean_seconds(const struct infer_tell *tell, const size_t *kind)
{
    double sum = 0, known = 0;

    for (size_t i = 0; i < tell->count; i++) {
        double seconds = job_seconds(&tell->job[i]);

        if (seconds > 0 && (!kind || tell->job[i].kind == *kind)) {
            sum += seconds;
            known++;
        }
    }
    return known > 0 ? sum / known : 0;
}

/* Each job in turn is taken by the worker who is free first. */
static void take(double *busy, unsigned workers, double seconds, double *last)
{
    unsigned first = 0;

    for (unsigned w = 1; w < workers; w++)
        if (busy[w] < busy[first])
            first = w;
    busy[first] += seconds;
    *last = fmax(*last, busy[first]);
}

struct infer_tell_sum infer_tell_sum(const struct infer_tell *tell)
{
    unsigned workers = tell->workers;
    double *busy = memory_new(2 * (size_t)workers, sizeof *busy);
    double mean = mean_seconds(tell, NULL);
    struct infer_tell_sum sum = { 0 };

    sum.is_known = sum.is_sure = mean > 0;
    for (size_t i = 0; i < tell->count && sum.is_known; i++) {
        const struct infer_tell_job *job = &tell->job[i];
        double seconds = job_seconds(job);

        if (!job->is_wanted)
            continue;
        if (seconds == 0)
            seconds = mean_seconds(tell, &job->kind);
        else if (!job->is_done && !infer_pace_is_sure(&job->pace))
            sum.is_sure = false;
        if (seconds == 0)
            seconds = mean;
        take(busy, workers, seconds, &sum.all);
        take(busy + workers, workers, fmax(0, seconds - job->pace.now),
             &sum.left);
    }
    free(busy);
    return sum;
}

/* A guess waits by work: on a busy machine little is done in as many seconds,
 * and what would end the guessing, a step, is soon there. */
double infer_tell_expected(const struct infer_tell_sum *sum, double took)
{
    double worked = sum->all - sum->left;

    if (!sum->is_known || took < few_seconds || worked <= 0 ||
        (!sum->is_sure && worked < long_enough) ||
        sum->left * took / worked < PROGRESS_LONG)
        return 0;
    return sum->all * took / worked;
}

static void tell_all(struct infer_tell *tell, const struct infer_tell_sum *sum,
                     double now)
{
    double seconds = infer_tell_expected(sum, now - tell->begun);

    if (tell->was_told || seconds == 0)
        return;
    tell->was_told = true;
    progress_expect(tell->progress, seconds, process_memory_most());
}

static void look(struct infer_tell *tell, uint64_t done, double now)
{
    struct infer_tell_sum sum = infer_tell_sum(tell);

    tell->looked = now;
    if (sum.is_known) {
        tell_all(tell, &sum, now);
        progress_weigh(tell->progress, sum.all);
    }
    progress_add_work(tell->progress, done, sum.all - sum.left - tell->told);
    tell->told = sum.all - sum.left;
}

void infer_tell_job_begin(struct infer_tell_job *job)
{
    job->begun = cpu_clock_thread();
}

void infer_tell_job_passed(struct infer_tell_job *job, size_t segments)
{
    struct infer_tell *tell = job->tell;
    double now;

    if (!progress_is_told(tell->progress))
        return;
    now = progress_clock();
    pthread_mutex_lock(&tell->mutex);
    if (job->pace.prompt == 0 || now - tell->looked > look_every) {
        infer_pace_hear(&job->pace, segments, cpu_clock_thread() - job->begun);
        look(tell, 0, now);
    }
    pthread_mutex_unlock(&tell->mutex);
}

void infer_tell_job_done(struct infer_tell_job *job)
{
    struct infer_tell *tell = job->tell;

    pthread_mutex_lock(&tell->mutex);
    job->is_done = true;
    job->pace.now = cpu_clock_thread() - job->begun;
    look(tell, 1, progress_clock());
    pthread_mutex_unlock(&tell->mutex);
}
