/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Steps that several commands share: opening traces and the model that they
 * were made from, remarks about them, putting them into the results file,
 * measuring a perplexity unless it is known.
 */
#include "workflow/steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "workflow/steps_rows.h"

void steps_warn(const struct session *session,
                const struct recorded_trace *trace)
{
    char *silent = recorded_trace_silent(trace);
    size_t experts, unreached = recorded_trace_unreached(trace, &experts);

    if (silent)
        session_note(session,
                     "%s: the inputs of %s were all 0: their weights are all "
                     "worth the same, and the first of each group are kept",
                     trace->path, silent);
    free(silent);
    if (unreached > 0)
        session_note(session,
                     "%s: no calibration token reached %zu of %zu experts: "
                     "their weights are scored by magnitude",
                     trace->path, unreached, experts);
}

void steps_tell_dampened(const struct session *session,
                         const struct prune *prune)
{
    char *words = prune_dampened_words(prune);

    if (words)
        session_note(session, "%s: %s", prune->plan->method, words);
    free(words);
}

int steps_open_trace(struct recorded_trace *trace, const struct plan *plan,
                     const char *plan_path, const char *path, struct error *err)
{
    if (path)
        return recorded_trace_open(trace, path, err);
    if (!plan->trace_path[0])
        return error_set(err, ERROR_USAGE,
                         "%s does not say where its recorded trace is: --trace "
                         "FILE does",
                         plan_path);
    if (recorded_trace_open(trace, plan->trace_path, err) == 0)
        return 0;
    return error_prefix(err,
                        "%s names its trace, and --trace says where it is "
                        "now: ",
                        plan_path);
}

static int replaced(const char *path, const char *wanted, const char *found,
                    struct error *err)
{
    return error_set(err, ERROR_DATA,
                     "%s: was written as %.12s... and is %.12s... now: another "
                     "program wrote there at the same time",
                     path, wanted, found);
}

int steps_open_written(struct recorded_trace *trace, const char *path,
                       const char *hash, struct error *err)
{
    if (recorded_trace_open(trace, path, err) < 0)
        return -1;
    if (strcmp(trace->hash, hash) == 0)
        return 0;
    replaced(path, hash, trace->hash, err);
    recorded_trace_close(trace);
    return -1;
}

int steps_open_pruned(struct input *input, const char *path, const char *hash,
                      struct error *err)
{
    if (input_open_trace(input, path, err) < 0)
        return -1;
    if (strcmp(input->hash, hash) == 0)
        return 0;
    replaced(path, hash, input->hash, err);
    input_close(input);
    return -1;
}

int steps_put_model(const struct session *session, const struct model *model,
                    struct error *err)
{
    size_t count = model_layers(model);
    struct layer_shape *layers = memory_new(count, sizeof *layers);
    struct store_model row = {
        .hash = model_hash(model),
        .name = model_name(model),
        .family = model_family(model),
        .layers = layers,
        .count = count,
    };
    int status;

    for (size_t i = 0; i < count; i++) {
        const struct model_layer *layer = model_layer(model, i);

        layers[i] = layer->shape;
    }
    status = store_put_model(session->store, &row, err);
    free(layers);
    return status;
}

/* The model and the plan, if there is one, whose hash is wanted. */
static int steps_put_pruned(const struct session *session,
                            const struct model *model,
                            const struct prune *prune, char plan[HASH_TEXT],
                            struct error *err)
{
    if (steps_put_model(session, model, err) < 0)
        return -1;
    if (!prune)
        return 0;
    plan_hash(prune->plan, plan);
    if (prune_check(prune, err) < 0)
        return -1;
    return store_put_plan(session->store, prune->plan, err);
}

int steps_perplexity(const struct session *session,
                     struct steps_perplexity *perplexity, struct error *err)
{
    const struct prune *prune = perplexity->prune;
    const struct model_tokens *tokens = perplexity->tokens;
    char plan[HASH_TEXT];
    struct store_perplexity row = {
        .model = model_hash(perplexity->model),
        .plan = prune ? plan : NULL,
        .tokens = tokens->hash,
        .tensor = tokens->tensor,
        .arithmetic = model_arithmetics[perplexity->arithmetic],
        .rows = tokens->rows,
    };

    if (steps_put_pruned(session, perplexity->model, prune, plan, err) < 0)
        return -1;
    if (store_find_perplexity(session->store, &row, &perplexity->found, err) <
        0)
        return -1;
    if (perplexity->found) {
        perplexity->value = row.perplexity;
        perplexity->predictions = row.predicted;
        return 0;
    }
    if (steps_rows_perplexity(session, perplexity, err) < 0)
        return -1;
    row.perplexity = perplexity->value;
    row.predicted = perplexity->predictions;
    return store_put_perplexity(session->store, &row, err);
}

/* A digit a question, '1' if it was answered right; free() it. */
static char *steps_digits(const struct tasks *tasks, const uint32_t *answer)
{
    char *digits = memory_new(tasks->questions + 1, 1);

    for (size_t q = 0; q < tasks->questions; q++)
        digits[q] = answer[q] == tasks->gold[q] ? '1' : '0';
    return digits;
}

static int steps_put_accuracy(const struct session *session,
                              const struct steps_accuracy *accuracy,
                              struct store_accuracy *row, struct error *err)
{
    const struct accuracy *measured = &accuracy->accuracy;
    char *answered = steps_digits(accuracy->tasks, measured->answer);
    char *answered_norm = steps_digits(accuracy->tasks, measured->by_length);
    int status;

    row->acc = measured->right;
    row->acc_error = measured->error;
    row->acc_norm = measured->right_by_length;
    row->acc_norm_error = measured->error_by_length;
    row->answered = answered;
    row->answered_norm = answered_norm;
    status = store_put_accuracy(session->store, row, err);
    free(answered_norm);
    free(answered);
    return status;
}

int steps_accuracy(const struct session *session,
                   struct steps_accuracy *accuracy, struct error *err)
{
    char plan[HASH_TEXT];
    struct store_accuracy row = {
        .model = model_hash(accuracy->model),
        .plan = accuracy->prune ? plan : NULL,
        .tasks_hash = accuracy->tasks->hash,
        .tasks = accuracy->name,
        .arithmetic = model_arithmetics[accuracy->arithmetic],
        .longest = accuracy->longest,
        .questions = accuracy->tasks->questions,
    };

    if (steps_put_pruned(session, accuracy->model, accuracy->prune, plan, err) <
            0 ||
        store_find_accuracy(session->store, &row, &accuracy->found, err) < 0)
        return -1;
    accuracy->found &= !accuracy->again;
    if (accuracy->found) {
        accuracy->accuracy = (struct accuracy){
            row.acc, row.acc_norm, row.acc_error, row.acc_norm_error,
            NULL,    NULL,         NULL
        };
        return 0;
    }
    if (steps_rows_accuracy(session, accuracy, err) < 0)
        return -1;
    return steps_put_accuracy(session, accuracy, &row, err);
}
