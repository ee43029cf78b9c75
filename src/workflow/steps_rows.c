/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stretch of rows is walked through the model from its first block to the
 * head; with a plan, each block is pruned when it is loaded.  So what is cut
 * into eighths is pruned eight times: that is little for masks if an eighth has
 * many tokens, and more than what it saves for updates, which therefore run
 * all rows together if nobody helps.
 */
#include "workflow/steps_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/effort.h"
#include "llm/perplexity.h"
#include "llm/row_numbers.h"
#include "workflow/forecast.h"

/* Tokens of an eighth from which on it is kept where it is pruned. */
enum { LONG_TOKENS = 1 << 15 };

/* A walk that prunes on its way, if there is a plan. */
struct steps_walk {
    struct prune prune;
    struct pruning *pruning; /* NULL: dense */
    struct model_walk walk;
};

static int steps_walk_begin(struct steps_walk *of,
                            const struct session *session,
                            const struct prune *prune,
                            enum model_arithmetic arithmetic, struct error *err)
{
    *of = (struct steps_walk){ .walk = { .edit = prune ? pruning_block : NULL,
                                         .arithmetic = arithmetic,
                                         .work = session->work } };
    if (!prune)
        return 0;
    of->prune = *prune;
    of->prune.work.workers = session->work.workers;
    of->prune.work.progress = NULL; /* it is told of rows */
    if (pruning_begin(&of->pruning, &of->prune, err) < 0)
        return -1;
    of->walk.context = of->pruning;
    of->walk.scales = prune_scales(prune->plan);
    return 0;
}

/* What is measured, whose rows are numbered from 0. */
struct steps_rows {
    const struct session *session;
    const struct steps_perplexity *perplexity; /* or */
    const struct steps_accuracy *accuracy;
    struct eighths *eighths;
    char *beside;
    struct row_numbers numbers;
};

static int measure_losses(void *context, double *number, size_t first,
                          size_t end, struct error *err)
{
    const struct steps_rows *rows = context;
    const struct steps_perplexity *of = rows->perplexity;
    struct model_tokens some = *of->tokens;
    struct steps_walk walk;
    int status;

    some.ids += first * some.length;
    some.rows = end - first;
    if (steps_walk_begin(&walk, rows->session, of->prune, of->arithmetic, err) <
        0)
        return -1;
    status = perplexity_losses(number, of->model, &some, &walk.walk, err);
    pruning_end(walk.pruning);
    return status;
}

static int measure_scores(void *context, double *number, size_t first,
                          size_t end, struct error *err)
{
    const struct steps_rows *rows = context;
    const struct steps_accuracy *of = rows->accuracy;
    struct steps_walk walk;
    const struct accuracy_run run = { .model = of->model,
                                      .tasks = of->tasks,
                                      .longest = of->longest,
                                      .walk = &walk.walk };
    int status;

    if (steps_walk_begin(&walk, rows->session, of->prune, of->arithmetic, err) <
        0)
        return -1;
    status = accuracy_scores(number, &run, first, end, err);
    pruning_end(walk.pruning);
    return status;
}

/* ---- what it is ---------------------------------------------------------- */

static void identify(char identity[HASH_TEXT], const struct model *model,
                     const struct prune *prune, char *rest)
{
    char plan[HASH_TEXT] = "dense";
    char *text;

    if (prune)
        plan_hash(prune->plan, plan);
    text = memory_printf("%s %s %s", model_hash(model), plan, rest);
    hash_bytes(identity, text, strlen(text));
    free(text);
    free(rest);
}

void steps_perplexity_identity(const struct steps_perplexity *perplexity,
                               char identity[HASH_TEXT])
{
    const struct model_tokens *tokens = perplexity->tokens;

    identify(identity, perplexity->model, perplexity->prune,
             memory_printf("perplexity %s %s %zu %zu %d", tokens->hash,
                           tokens->tensor, tokens->first, tokens->rows,
                           perplexity->arithmetic));
}

void steps_accuracy_identity(const struct steps_accuracy *accuracy,
                             char identity[HASH_TEXT])
{
    identify(identity, accuracy->model, accuracy->prune,
             memory_printf("accuracy %s %u %d", accuracy->tasks->hash,
                           accuracy->longest, accuracy->arithmetic));
}

static void steps_rows_of_perplexity(struct steps_rows *rows,
                                     const struct session *session,
                                     const struct steps_perplexity *perplexity)
{
    *rows = (struct steps_rows){
        .session = session,
        .perplexity = perplexity,
        .eighths = perplexity->eighths,
        .beside = memory_printf("%s.perplexity", session->db),
        .numbers = { .rows = perplexity->tokens->rows,
                     .workers = work_workers(&session->work),
                     .measure = measure_losses },
    };
    rows->numbers.beside = rows->beside;
    rows->numbers.context = rows;
    steps_perplexity_identity(perplexity, rows->numbers.identity);
}

static void steps_rows_of_accuracy(struct steps_rows *rows,
                                   const struct session *session,
                                   const struct steps_accuracy *accuracy)
{
    *rows = (struct steps_rows){
        .session = session,
        .accuracy = accuracy,
        .eighths = accuracy->eighths,
        .beside = memory_printf("%s.accuracy", session->db),
        .numbers = { .rows = accuracy->tasks->requests,
                     .workers = work_workers(&session->work),
                     .measure = measure_scores },
    };
    rows->numbers.beside = rows->beside;
    rows->numbers.context = rows;
    steps_accuracy_identity(accuracy, rows->numbers.identity);
}

static void steps_rows_release(struct steps_rows *rows)
{
    free(rows->beside);
}

/* ---- all rows ------------------------------------------------------------ */

/* Tokens of a request. */
static uint32_t mean_length(const struct tasks *tasks)
{
    return (uint32_t)(tasks->request[tasks->requests - 1].begin /
                      tasks->requests);
}

/* Whether eighths are kept of a walk of so many rows of so many tokens. */
static enum row_numbers_way way_of(const struct model *model,
                                   const struct prune *prune, size_t rows,
                                   uint32_t tokens)
{
    double effort = (double)rows *
                    (effort_blocks(model, tokens) + effort_head(model, tokens));
    bool cheap = !prune || (prune->plan->update == UPDATE_NONE &&
                            !prune_needs_tokens(prune->plan) &&
                            rows / EIGHTHS * tokens >= LONG_TOKENS);

    return cheap && effort >= STEPS_ROWS_LONG ? ROW_NUMBERS_KEPT
                                              : ROW_NUMBERS_TOGETHER;
}

/* Of requests, which differ, the mean length. */
static void steps_rows_tell(const struct steps_rows *rows)
{
    const struct steps_perplexity *perplexity = rows->perplexity;
    const struct steps_accuracy *accuracy = rows->accuracy;
    const struct prune *prune =
        perplexity ? perplexity->prune : accuracy->prune;
    const struct forecast_words words = {
        perplexity ? "perplexity" : "accuracy", rows->session->db,
        rows->eighths ? rows->eighths->processes : 1
    };
    struct forecast forecast;

    if (!forecast_is_heard(rows->session))
        return;
    if (perplexity)
        forecast_rows(&forecast, perplexity->model, perplexity->tokens->rows,
                      perplexity->tokens->length);
    else
        forecast_rows(&forecast, accuracy->model, accuracy->tasks->requests,
                      mean_length(accuracy->tasks));
    if (prune)
        forecast_add_prune(&forecast, prune);
    forecast_tell(&forecast, rows->session, &words);
}

static int measure_all(double *number, const struct steps_rows *rows,
                       enum row_numbers_way way, struct error *err)
{
    steps_rows_tell(rows);
    if (rows->eighths && eighths_are_shared(rows->eighths) &&
        eighths_lead(rows->eighths, 0, err) < 0)
        return -1;
    return row_numbers_all(number, &rows->numbers, way, err);
}

int steps_rows_perplexity(const struct session *session,
                          struct steps_perplexity *perplexity,
                          struct error *err)
{
    const struct model_tokens *tokens = perplexity->tokens;
    double *loss = memory_new(tokens->rows, sizeof *loss);
    struct perplexity measured;
    struct steps_rows rows;
    int status;

    steps_rows_of_perplexity(&rows, session, perplexity);
    status = measure_all(loss, &rows,
                         way_of(perplexity->model, perplexity->prune,
                                tokens->rows, tokens->length),
                         err);
    if (status == 0)
        status = perplexity_of_losses(&measured, perplexity->model, tokens,
                                      loss, err);
    if (status == 0) {
        perplexity->value = measured.value;
        perplexity->predictions = measured.predictions;
    }
    steps_rows_release(&rows);
    free(loss);
    return status;
}

int steps_rows_accuracy(const struct session *session,
                        struct steps_accuracy *accuracy, struct error *err)
{
    const struct tasks *tasks = accuracy->tasks;
    double *score = memory_new(tasks->requests, sizeof *score);
    struct steps_rows rows;
    int status;

    steps_rows_of_accuracy(&rows, session, accuracy);
    status = measure_all(score, &rows,
                         way_of(accuracy->model, accuracy->prune,
                                tasks->requests, mean_length(tasks)),
                         err);
    steps_rows_release(&rows);
    if (status == 0)
        return accuracy_of_scores(&accuracy->accuracy, tasks, score, err);
    free(score);
    return -1;
}

int steps_perplexity_eighth(const struct session *session,
                            const struct steps_perplexity *perplexity,
                            unsigned eighth, struct error *err)
{
    struct steps_rows rows;
    int status;

    steps_rows_of_perplexity(&rows, session, perplexity);
    status = row_numbers_eighth(&rows.numbers, eighth, err);
    steps_rows_release(&rows);
    return status;
}

int steps_accuracy_eighth(const struct session *session,
                          const struct steps_accuracy *accuracy,
                          unsigned eighth, struct error *err)
{
    struct steps_rows rows;
    int status;

    steps_rows_of_accuracy(&rows, session, accuracy);
    status = row_numbers_eighth(&rows.numbers, eighth, err);
    steps_rows_release(&rows);
    return status;
}
