/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workflow/steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/perplexity.h"

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

static int steps_measure(const struct session *session,
                         struct steps_perplexity *perplexity, struct error *err)
{
    struct pruning *pruning = NULL;
    struct model_walk walk = {
        .edit = perplexity->prune ? pruning_block : NULL,
        .int8 = perplexity->int8,
        .work = session->work,
    };
    struct perplexity measured;
    struct prune prune = { 0 };
    int status;

    if (perplexity->prune) {
        prune = *perplexity->prune;
        prune.work.progress = NULL; /* it is told of rows */
        if (pruning_begin(&pruning, &prune, err) < 0)
            return -1;
    }
    walk.context = pruning;
    status = perplexity_measure(&measured, perplexity->model,
                                perplexity->tokens, &walk, err);
    pruning_end(pruning);
    if (status < 0)
        return -1;
    perplexity->value = measured.value;
    perplexity->predictions = measured.predictions;
    return 0;
}

int steps_perplexity(const struct session *session,
                     struct steps_perplexity *perplexity, struct error *err)
{
    const struct prune *prune = perplexity->prune;
    const struct model_tokens *tokens = perplexity->tokens;
    char plan[HASH_TEXT];
    struct store_perplexity row = {
        .model = model_hash(perplexity->model),
        .tokens = tokens->hash,
        .tensor = tokens->tensor,
        .arithmetic = perplexity->int8 ? "w8a8" : "f32",
        .rows = tokens->rows,
    };

    if (steps_put_model(session, perplexity->model, err) < 0)
        return -1;
    if (prune) {
        plan_hash(prune->plan, plan);
        row.plan = plan;
        if (prune_check(prune, err) < 0 ||
            store_put_plan(session->store, prune->plan, err) < 0)
            return -1;
    }
    if (store_find_perplexity(session->store, &row, &perplexity->found, err) <
        0)
        return -1;
    if (perplexity->found) {
        perplexity->value = row.perplexity;
        perplexity->predictions = row.predicted;
        return 0;
    }
    if (steps_measure(session, perplexity, err) < 0)
        return -1;
    row.perplexity = perplexity->value;
    row.predicted = perplexity->predictions;
    return store_put_perplexity(session->store, &row, err);
}
