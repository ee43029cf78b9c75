/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/road.h"

#include <stdlib.h>

#include "base/memory.h"
#include "cli/print/output.h"
#include "cli/frame/results.h"
#include "llm/perplexity.h"

void road_begin(struct road *road, const struct call *call)
{
    *road = (struct road){ .call = call };
    progress_init(&road->progress, stderr, call->quiet);
}

struct work road_work(struct road *road)
{
    return (struct work){ (unsigned)road->call->workers, &road->progress };
}

int road_open(struct road *road, struct error *err)
{
    return results_open(&road->store, road->call, err);
}

int road_end(struct road *road, int status, struct error *err)
{
    progress_release(&road->progress);
    if (road->store)
        status = results_close(road->store, status, err);
    road->store = NULL;
    return status;
}

void road_warn(const struct call *call, const struct recorded_trace *trace)
{
    char *silent = recorded_trace_silent(trace);

    if (silent)
        output_note(call,
                    "%s: the inputs of %s were all 0: their weights are all "
                    "worth the same, and the first of each group are kept",
                    trace->path, silent);
    free(silent);
}

int road_open_trace(struct recorded_trace *trace, const struct plan *plan,
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

int road_put_model(struct road *road, const struct model *model,
                   struct error *err)
{
    size_t count = model_layers(model);
    struct store_layer *layers = memory_new(count, sizeof *layers);
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

        layers[i] = (struct store_layer){ layer->name, layer->block,
                                          layer->inputs, layer->outputs };
    }
    status = store_put_model(road->store, &row, err);
    free(layers);
    return status;
}

static int measure(struct road *road, struct road_perplexity *perplexity,
                   struct error *err)
{
    struct pruning *pruning = NULL;
    struct model_walk walk = {
        .edit = perplexity->prune ? pruning_block : NULL,
        .int8 = perplexity->int8,
        .work = road_work(road),
    };
    struct perplexity measured;
    int status;

    if (perplexity->prune &&
        pruning_begin(&pruning, perplexity->prune, err) < 0)
        return -1;
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

int road_perplexity(struct road *road, struct road_perplexity *perplexity,
                    struct error *err)
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

    if (road_put_model(road, perplexity->model, err) < 0)
        return -1;
    if (prune) {
        plan_hash(prune->plan, plan);
        row.plan = plan;
        if (prune_check(prune, err) < 0 ||
            store_put_plan(road->store, prune->plan, err) < 0)
            return -1;
    }
    if (store_find_perplexity(road->store, &row, &perplexity->found, err) < 0)
        return -1;
    if (perplexity->found) {
        perplexity->value = row.perplexity;
        perplexity->predictions = row.predicted;
        return 0;
    }
    if (measure(road, perplexity, err) < 0)
        return -1;
    row.perplexity = perplexity->value;
    row.predicted = perplexity->predictions;
    return store_put_perplexity(road->store, &row, err);
}
