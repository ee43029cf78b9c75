/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All inputs run as one list of rows, padded at the end to the longest: a
 * causal model's outputs at a place do not depend on what comes after it.  Only
 * the places before the continuation's tokens are scored.
 *
 * Where positions turn by the length of the sequence (rope.h), what fills a row
 * would change what stands before it.  There each row runs alone as long as it
 * is: a request's score is its own, whatever else is asked.  lm-evaluation-
 * harness takes the longest of a batch, so its scores are those with batches of
 * one.
 */
#include "llm/accuracy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "llm/head.h"
#include "llm/vector.h"

enum { STANDARD_LONGEST = 2048, PLACES_AT_A_TIME = 64 };

struct scoring {
    const struct accuracy_run *run;
    const struct head *head;
    struct model_tokens rows; /* one a request that is scored */
    size_t first;             /* of them */
    uint32_t *used;           /* [requests]: tokens of its input */
    const float *hidden;
    double *score; /* of those that are scored */
};

static uint32_t longest_of(const struct accuracy_run *run)
{
    uint32_t most = model_longest(run->model);

    if (run->longest > 0)
        return run->longest;
    return most > 0 ? most : STANDARD_LONGEST;
}

/* Behind the last of its learnt positions a model has none. */
static int accuracy_check_longest(const struct accuracy_run *run,
                                  struct error *err)
{
    uint32_t most = model_longest(run->model);

    if (most == 0 || run->longest <= most)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "inputs of up to %u tokens; %s takes at most %u",
                     run->longest, model_name(run->model), most);
}

/* The inputs: what is kept of each request, without its last token.  They are
 * as long as the longest of all, also if some are scored only. */
static int make_rows(struct scoring *scoring, size_t end, struct error *err)
{
    const struct tasks *tasks = scoring->run->tasks;
    uint32_t longest = longest_of(scoring->run), most = 0;

    scoring->used = memory_new(tasks->requests, sizeof *scoring->used);
    for (size_t r = 0; r < tasks->requests; r++) {
        const struct task_request *request = &tasks->request[r];
        uint32_t tokens = request->tokens - 1;

        if (request->tokens - request->context > longest)
            return error_set(err, ERROR_DATA,
                             "request %zu: its continuation of %u tokens is "
                             "longer than the longest input, %u",
                             r, request->tokens - request->context, longest);
        scoring->used[r] = tokens < longest ? tokens : longest;
        most = scoring->used[r] > most ? scoring->used[r] : most;
    }
    scoring->rows.length = most;
    scoring->rows.rows = end - scoring->first;
    scoring->rows.ids =
        memory_new(scoring->rows.rows * most, sizeof *scoring->rows.ids);
    for (size_t r = scoring->first; r < end; r++) {
        const struct task_request *request = &tasks->request[r];

        memcpy(scoring->rows.ids + (r - scoring->first) * most,
               tasks->ids + request->begin + request->tokens - 1 -
                   scoring->used[r],
               scoring->used[r] * sizeof *tasks->ids);
    }
    return 0;
}

static void score_request(void *context, size_t row, unsigned worker)
{
    struct scoring *scoring = context;
    size_t r = scoring->first + row;
    const struct model *model = scoring->run->model;
    const struct task_request *request = &scoring->run->tasks->request[r];
    const int32_t *ids = scoring->run->tasks->ids + request->begin;
    size_t words = model_vocabulary(model), width = model_width(model);
    uint32_t length = scoring->rows.length;
    uint32_t count = request->tokens - request->context;
    const float *hidden =
        scoring->hidden + (row * length + scoring->used[r] - count) * width;
    float *normed = memory_new_aligned(PLACES_AT_A_TIME * width, sizeof(float));
    float *logits = memory_new_aligned(PLACES_AT_A_TIME * words, sizeof(float));
    double score = 0;

    (void)worker;
    for (uint32_t t = 0; t < count && !stop_requested();
         t += PLACES_AT_A_TIME) {
        uint32_t left = count - t;
        uint32_t some = left < PLACES_AT_A_TIME ? left : PLACES_AT_A_TIME;

        head_logits(scoring->head, hidden + t * width, some, normed, logits);
        for (uint32_t i = 0; i < some; i++) {
            float *shares = logits + i * words;
            double wanted = (double)shares[ids[request->context + t + i]];

            score += wanted - vector_log_sum_exp(shares, words);
        }
    }
    scoring->score[row] = score;
    progress_add(scoring->run->walk->work.progress, 1);
    free(logits);
    free(normed);
}

/* The share of right answers, and its standard error. */
static void accuracy_add_up(double *share, double *error,
                            const uint32_t *answer, const struct tasks *tasks)
{
    double right = 0, n = (double)tasks->questions;

    for (size_t q = 0; q < tasks->questions; q++)
        right += answer[q] == tasks->gold[q];
    *share = right / n;
    *error = n > 1 ? sqrt(*share * (1 - *share) / (n - 1)) : NAN;
}

static int answer_all(struct accuracy *accuracy, const struct tasks *tasks,
                      struct error *err)
{
    size_t first = 0;

    accuracy->answer = memory_new(tasks->questions, sizeof *accuracy->answer);
    accuracy->by_length =
        memory_new(tasks->questions, sizeof *accuracy->by_length);
    for (size_t r = 0; r < tasks->requests; r++) {
        uint32_t q = tasks->request[r].question;
        const double *score = accuracy->score;
        size_t best, best_by_length;

        if (!isfinite(score[r]))
            return error_set(err, ERROR_DATA,
                             "request %zu has no finite likelihood; the "
                             "model's arithmetic overflows",
                             r);
        if (r > 0 && tasks->request[r - 1].question != q)
            first = r;
        best = first + accuracy->answer[q];
        best_by_length = first + accuracy->by_length[q];
        if (score[r] > score[best])
            accuracy->answer[q] = (uint32_t)(r - first);
        if (score[r] / tasks->request[r].length >
            score[best_by_length] / tasks->request[best_by_length].length)
            accuracy->by_length[q] = (uint32_t)(r - first);
    }
    accuracy_add_up(&accuracy->right, &accuracy->error, accuracy->answer,
                    tasks);
    accuracy_add_up(&accuracy->right_by_length, &accuracy->error_by_length,
                    accuracy->by_length, tasks);
    return 0;
}

static int accuracy_run_rows(struct scoring *scoring, struct error *err)
{
    const struct accuracy_run *run = scoring->run;
    struct model_walk walk = *run->walk;
    size_t requests = scoring->rows.rows;
    float *hidden = memory_new_aligned(requests * scoring->rows.length *
                                           model_width(run->model),
                                       sizeof *hidden);
    struct head *head = NULL;
    int status;

    if (model_follows_length(run->model))
        walk.lengths = scoring->used + scoring->first;
    progress_begin(walk.work.progress, "accuracy",
                   requests * (model_blocks(run->model) + 1), "rows x blocks");
    status = model_walk_blocks(run->model, &scoring->rows, &walk, hidden, err);
    if (status == 0)
        status = head_load(&head, run->model, err);
    if (status == 0) {
        scoring->head = head;
        scoring->hidden = hidden;
        parallel_for(walk.work.workers, requests, score_request, scoring);
        status = stop_check(err);
    }
    progress_end(walk.work.progress);
    head_free(head);
    free(hidden);
    return status;
}

int accuracy_scores(double *score, const struct accuracy_run *run, size_t first,
                    size_t end, struct error *err)
{
    static const struct model_walk plain = { 0 };
    struct accuracy_run all = *run;
    struct scoring scoring = { .run = &all, .first = first, .score = score };
    int status;

    all.walk = run->walk ? run->walk : &plain;
    status = accuracy_check_longest(run, err);
    if (status == 0)
        status = make_rows(&scoring, end, err);
    if (status == 0)
        status = accuracy_run_rows(&scoring, err);
    free(scoring.rows.ids);
    free(scoring.used);
    return status;
}

int accuracy_of_scores(struct accuracy *accuracy, const struct tasks *tasks,
                       double *score, struct error *err)
{
    *accuracy = (struct accuracy){ .score = score };
    if (answer_all(accuracy, tasks, err) == 0)
        return 0;
    accuracy_release(accuracy);
    return -1;
}

int accuracy_measure(struct accuracy *accuracy, const struct accuracy_run *run,
                     struct error *err)
{
    size_t requests = run->tasks->requests;
    double *score = memory_new(requests, sizeof *score);

    *accuracy = (struct accuracy){ 0 };
    if (accuracy_scores(score, run, 0, requests, err) == 0)
        return accuracy_of_scores(accuracy, run->tasks, score, err);
    free(score);
    return -1;
}

uint32_t accuracy_length(const struct tasks *tasks, const struct model *model,
                         uint32_t longest)
{
    const struct accuracy_run run = { .model = model, .longest = longest };
    uint32_t most = 1;

    for (size_t r = 0; r < tasks->requests; r++)
        if (tasks->request[r].tokens - 1 > most)
            most = tasks->request[r].tokens - 1;
    return most < longest_of(&run) ? most : longest_of(&run);
}

void accuracy_release(struct accuracy *accuracy)
{
    free(accuracy->answer);
    free(accuracy->by_length);
    free(accuracy->score);
    *accuracy = (struct accuracy){ 0 };
}

double accuracy_mcnemar(uint64_t only_first, uint64_t only_second)
{
    uint64_t less = only_first < only_second ? only_first : only_second;
    double n = (double)(only_first + only_second), sum = 0;

    for (uint64_t i = 0; i <= less; i++)
        sum += exp(lgamma(n + 1) - lgamma((double)i + 1) -
                   lgamma(n - (double)i + 1) - n * log(2));
    return fmin(1, 2 * sum);
}
