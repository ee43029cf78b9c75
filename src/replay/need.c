/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/need.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "flow/select/census.h"
#include "flow/select/costs.h"
#include "flow/prune/mask.h"
#include "replay/replay.h"
#include "replay/replay_run.h"

/* One layer's replays: those patterns that are not known yet. */
struct needing {
    const struct need_request *request;
    struct selection offered; /* and dense, as one more pattern */
    struct costs *costs;
    struct store *store; /* for energy: a scratch one of this layer */
    double *need;        /* [layers][columns] */
    bool *known;
    size_t number;                         /* of the layer */
    size_t column[PATTERN_LIST_MAX];       /* of each replay */
    struct layer replay[PATTERN_LIST_MAX]; /* the packed layers */
    size_t replays;
};

const char *need_unit(enum need what)
{
    return what == NEED_CYCLES ? "cycles" : "pJ";
}

static size_t columns_of(const struct needing *needing)
{
    return needing->offered.patterns.count;
}

/* Store keys must be hashes: that of a layer's replay with one pattern. */
static void hash_of(char hash[HASH_TEXT], const struct layer *layer)
{
    char pattern[PATTERN_TEXT], *text;

    pattern_print(pattern, layer->pattern);
    text = memory_printf("%s %s", layer->shape.name, pattern);
    hash_bytes(hash, text, strlen(text));
    free(text);
}

/* The layer as its own model, each replay a trace and run of it. */
static int open_scratch(struct needing *needing, struct error *err)
{
    const struct need_request *request = needing->request;
    const struct recorded_layer *recorded =
        &request->selection->trace->layer[needing->number];
    const struct layer_shape layer = recorded->shape;
    const struct store_model model = {
        .hash = request->selection->trace->hash,
        .name = request->selection->trace->model,
        .layers = &layer,
        .count = 1,
    };
    const struct store_invocation invocation = { .version = request->version,
                                                 .compiler = "",
                                                 .libraries = "{}",
                                                 .workers = 1 };

    if (store_open_scratch(&needing->store, err) < 0)
        return -1;
    if (store_start(needing->store, &invocation, err) < 0 ||
        store_put_model(needing->store, &model, err) < 0)
        return -1;
    return machine_file_put(request->machine, needing->store, err);
}

static int put_energy(struct needing *needing,
                      const struct replay_result *replayed, double *energy,
                      struct error *err)
{
    const struct need_request *request = needing->request;
    char hash[HASH_TEXT], run[STORE_RUN_KEY];
    const struct store_trace trace = {
        .hash = hash,
        .model = request->selection->trace->hash,
        .path = "",
        .kind = STORE_SHAPES,
    };
    const struct store_run what = { .trace = hash,
                                    .machine = request->machine->hash };
    enum store_state state;

    hash_of(hash, replayed->layer);
    if (store_put_trace(needing->store, &trace, err) < 0 ||
        replay_put_activities(needing->store, hash, replayed->layer, 1, err) <
            0 ||
        store_begin_run(needing->store, &what, false, run, &state, err) < 0 ||
        replay_put_layer(needing->store, run, replayed, err) < 0 ||
        store_end_run(needing->store, run, NULL, err) < 0)
        return -1;
    return store_run_energy(needing->store, run, energy, err);
}

static int keep(void *context, const struct replay_result *replayed,
                struct error *err)
{
    struct needing *needing = context;
    size_t column = needing->column[replayed->layer - needing->replay];
    double need = (double)replayed->result->cycles;

    if (needing->request->what == NEED_ENERGY) {
        if (put_energy(needing, replayed, &need, err) < 0)
            return -1;
        need = ceil(need * 1000); /* of nanojoules */
    }
    needing->need[needing->number * columns_of(needing) + column] = need;
    costs_note(needing->costs, needing->number, column, need);
    progress_add(needing->request->selection->work.progress, 1);
    return 0;
}

/* The layer with each pattern that is not known. */
static void pack(struct needing *needing, const struct scored *scored)
{
    const struct selection *selection = &needing->offered;
    const struct recorded_layer *recorded =
        &selection->trace->layer[needing->number];
    uint8_t *mask = memory_new((size_t)scored->outputs * scored->inputs, 1);

    needing->replays = 0;
    for (size_t c = 0; c < columns_of(needing); c++) {
        struct pattern pattern = needing->offered.patterns.at[c];
        struct layer *layer = &needing->replay[needing->replays];

        if (needing->known[needing->number * columns_of(needing) + c])
            continue;
        *layer = (struct layer){ .shape = recorded->shape,
                                 .tokens = recorded->tokens,
                                 .pattern = pattern,
                                 .agreement = selection->agreement,
                                 .scale = recorded->weight_scale,
                                 .input = recorded->input,
                                 .input_scale = recorded->input_scale };
        if (!pattern_is_dense(pattern))
            mask_layer(mask, scored,
                       (struct mask_rule){ pattern, selection->agreement,
                                           selection->work.workers,
                                           selection->blocks });
        layer_pack(layer, recorded->weights,
                   pattern_is_dense(pattern) ? NULL : mask);
        needing->column[needing->replays++] = c;
    }
    free(mask);
}

static int replay_packed(struct needing *needing, struct error *err)
{
    const struct need_request *request = needing->request;
    const struct replay_options options = {
        .work.workers = request->selection->work.workers,
        .done = keep,
        .context = needing,
    };
    int status = 0;

    if (request->what == NEED_ENERGY)
        status = open_scratch(needing, err);
    if (status == 0)
        status = replay_layers(&request->machine->machine, needing->replay,
                               needing->replays, &options, err);
    store_close(needing->store);
    needing->store = NULL;
    return status;
}

static int need_layer(struct needing *needing, struct error *err)
{
    size_t missing = 0, columns = columns_of(needing);
    struct scored scored;
    int status;

    for (size_t c = 0; c < columns; c++)
        missing += !needing->known[needing->number * columns + c];
    if (missing == 0)
        return 0;
    if (stop_check(err) < 0 || census_read(&scored, needing->request->selection,
                                           needing->number, err) < 0)
        return -1;
    pack(needing, &scored);
    census_release(&scored);
    status = replay_packed(needing, err);
    for (size_t i = 0; i < needing->replays; i++)
        layer_release_packed(&needing->replay[i]);
    return status;
}

/* What the costs file has, and how much it lacks. */
static size_t look_up(struct needing *needing)
{
    const struct recorded_trace *trace = needing->request->selection->trace;
    size_t columns = columns_of(needing), missing = 0;

    for (size_t i = 0; i < trace->layers * columns; i++) {
        struct pattern pattern = needing->offered.patterns.at[i % columns];

        needing->known[i] =
            pattern.m > trace->layer[i / columns].shape.inputs ||
            costs_find(needing->costs, i / columns, i % columns,
                       &needing->need[i]);
        missing += !needing->known[i];
    }
    return missing;
}

static int need_layers(struct needing *needing, struct error *err)
{
    const struct selection *selection = needing->request->selection;
    size_t missing = look_up(needing);
    int status = 0;

    if (missing == 0)
        return 0;
    progress_begin(selection->work.progress,
                   needing->request->what == NEED_CYCLES ? "cycles" : "energy",
                   missing, "replays");
    while (status == 0 && needing->number < selection->trace->layers) {
        status = need_layer(needing, err);
        needing->number++;
    }
    progress_end(selection->work.progress);
    return status;
}

/* Without the added column if dense was offered anyhow. */
static uint64_t *table_of(const struct needing *needing)
{
    size_t layers = needing->offered.trace->layers;
    size_t patterns = needing->request->selection->patterns.count;
    size_t columns = columns_of(needing), dense = 0;
    uint64_t *table = memory_new(layers * (patterns + 1), sizeof *table);

    while (!pattern_is_dense(needing->offered.patterns.at[dense]))
        dense++;
    for (size_t i = 0; i < layers * (patterns + 1); i++) {
        size_t layer = i / (patterns + 1), p = i % (patterns + 1);
        bool over = p < patterns &&
                    needing->offered.patterns.at[p].m >
                        needing->offered.trace->layer[layer].shape.inputs;
        size_t c = p == patterns || over ? dense : p;

        table[i] = (uint64_t)needing->need[layer * columns + c];
    }
    return table;
}

static void offer_dense(struct pattern_list *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (pattern_is_dense(patterns->at[i]))
            return;
    }
    patterns->at[patterns->count++] = pattern_dense;
}

uint64_t *need_table(const struct need_request *request, struct error *err)
{
    struct needing needing = { .request = request,
                               .offered = *request->selection };
    char *measure =
        memory_printf("%s 1 of machine %s by %s", need_unit(request->what),
                      request->machine->hash, request->version);
    uint64_t *table = NULL;
    size_t cells;

    offer_dense(&needing.offered.patterns);
    needing.offered.samples = 0;
    if (needing.offered.agreement == 0)
        needing.offered.agreement = 1;
    cells = request->selection->trace->layers * columns_of(&needing);
    needing.need = memory_new(cells, sizeof *needing.need);
    needing.known = memory_new(cells, sizeof *needing.known);
    needing.costs = costs_open(measure, &needing.offered);
    if (need_layers(&needing, err) == 0)
        table = table_of(&needing);
    costs_close(needing.costs);
    free(needing.known);
    free(needing.need);
    free(measure);
    return table;
}

int need_uniform(uint64_t *sum, const struct need_request *request,
                 struct pattern pattern, struct error *err)
{
    struct selection selection = *request->selection;
    struct need_request one = *request;
    uint64_t *table;

    selection.patterns = (struct pattern_list){ .count = 1, .at = { pattern } };
    one.selection = &selection;
    table = need_table(&one, err);
    if (!table)
        return -1;
    *sum = 0;
    for (size_t i = 0; i < selection.trace->layers; i++)
        *sum += table[2 * i];
    free(table);
    return 0;
}
