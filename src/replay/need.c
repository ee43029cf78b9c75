/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A budget in cycles or energy needs to know what each layer takes with each
 * pattern.  A layer is replayed alone, so that the programme may add layers up:
 * that is exact, since a replay of a whole plan is its layers one after the
 * other, each from a cold start.
 *
 * Energy is asked of the same SQL that prices a run in a results file, in a
 * store of one layer in memory: there is no second way of pricing.
 */
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
struct need_search {
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

static size_t columns_of(const struct need_search *search)
{
    return search->offered.patterns.count;
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
static int open_scratch(struct need_search *search, struct error *err)
{
    const struct need_request *request = search->request;
    const struct recorded_layer *recorded =
        &request->selection->trace->layer[search->number];
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

    if (store_open_scratch(&search->store, err) < 0)
        return -1;
    if (store_start(search->store, &invocation, err) < 0 ||
        store_put_model(search->store, &model, err) < 0)
        return -1;
    return machine_file_put(request->machine, search->store, err);
}

static int put_energy(struct need_search *search,
                      const struct replay_result *replayed, double *energy,
                      struct error *err)
{
    const struct need_request *request = search->request;
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
    if (store_put_trace(search->store, &trace, err) < 0 ||
        replay_put_activities(search->store, hash, replayed->layer, 1, err) <
            0 ||
        store_begin_run(search->store, &what, run, &state, err) < 0 ||
        replay_put_layer(search->store, run, replayed, err) < 0 ||
        store_end_run(search->store, run, NULL, err) < 0)
        return -1;
    return store_run_energy(search->store, run, energy, err);
}

static int need_keep(void *context, const struct replay_result *replayed,
                     struct error *err)
{
    struct need_search *search = context;
    size_t column = search->column[replayed->layer - search->replay];
    double need = (double)replayed->result->cycles;

    if (search->request->what == NEED_ENERGY) {
        if (put_energy(search, replayed, &need, err) < 0)
            return -1;
        need = ceil(need * 1000); /* of nanojoules */
    }
    search->need[search->number * columns_of(search) + column] = need;
    costs_note(search->costs, search->number, column, need);
    progress_add(search->request->selection->work.progress, 1);
    return 0;
}

/* The layer with each pattern that is not known. */
static void need_pack(struct need_search *search, const struct scored *scored)
{
    const struct selection *selection = &search->offered;
    const struct recorded_layer *recorded =
        &selection->trace->layer[search->number];
    uint8_t *mask = memory_new((size_t)scored->outputs * scored->inputs, 1);

    search->replays = 0;
    for (size_t c = 0; c < columns_of(search); c++) {
        struct pattern pattern = search->offered.patterns.at[c];
        struct layer *layer = &search->replay[search->replays];

        if (search->known[search->number * columns_of(search) + c])
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
                                           selection->way });
        layer_pack(layer, recorded->weights,
                   pattern_is_dense(pattern) ? NULL : mask);
        search->column[search->replays++] = c;
    }
    free(mask);
}

static int replay_packed(struct need_search *search, struct error *err)
{
    const struct need_request *request = search->request;
    const struct replay_options options = {
        .work.workers = request->selection->work.workers,
        .done = need_keep,
        .context = search,
    };
    int status = 0;

    if (request->what == NEED_ENERGY)
        status = open_scratch(search, err);
    if (status == 0)
        status = replay_layers(&request->machine->machine, search->replay,
                               search->replays, &options, err);
    store_close(search->store);
    search->store = NULL;
    return status;
}

static int need_layer(struct need_search *search, struct error *err)
{
    size_t missing = 0, columns = columns_of(search);
    struct scored scored;
    int status;

    for (size_t c = 0; c < columns; c++)
        missing += !search->known[search->number * columns + c];
    if (missing == 0)
        return 0;
    if (stop_check(err) < 0 || census_read(&scored, search->request->selection,
                                           search->number, err) < 0)
        return -1;
    need_pack(search, &scored);
    census_release(&scored);
    status = replay_packed(search, err);
    for (size_t i = 0; i < search->replays; i++)
        layer_release_packed(&search->replay[i]);
    return status;
}

/* What the costs file has, and how much it lacks. */
static size_t need_look_up(struct need_search *search)
{
    const struct recorded_trace *trace = search->request->selection->trace;
    size_t columns = columns_of(search), missing = 0;

    for (size_t i = 0; i < trace->layers * columns; i++) {
        struct pattern pattern = search->offered.patterns.at[i % columns];

        /* An expert that no token of the sample was routed to needs nothing. */
        search->known[i] = trace->layer[i / columns].tokens == 0 ||
                           pattern.m > trace->layer[i / columns].shape.inputs ||
                           costs_find(search->costs, i / columns, i % columns,
                                      &search->need[i]);
        missing += !search->known[i];
    }
    return missing;
}

static int need_layers(struct need_search *search, struct error *err)
{
    const struct selection *selection = search->request->selection;
    size_t missing = need_look_up(search);
    int status = 0;

    if (missing == 0)
        return 0;
    progress_begin(selection->work.progress,
                   search->request->what == NEED_CYCLES ? "cycles" : "energy",
                   missing, "replays");
    while (status == 0 && search->number < selection->trace->layers) {
        status = need_layer(search, err);
        search->number++;
    }
    progress_end(selection->work.progress);
    return status;
}

/* Without the added column if dense was offered anyhow. */
static uint64_t *need_table_of(const struct need_search *search)
{
    size_t layers = search->offered.trace->layers;
    size_t patterns = search->request->selection->patterns.count;
    size_t columns = columns_of(search), dense = 0;
    uint64_t *table = memory_new(layers * (patterns + 1), sizeof *table);

    while (!pattern_is_dense(search->offered.patterns.at[dense]))
        dense++;
    for (size_t i = 0; i < layers * (patterns + 1); i++) {
        size_t layer = i / (patterns + 1), p = i % (patterns + 1);
        bool over = p < patterns &&
                    search->offered.patterns.at[p].m >
                        search->offered.trace->layer[layer].shape.inputs;
        size_t c = p == patterns || over ? dense : p;

        table[i] = (uint64_t)search->need[layer * columns + c];
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
    struct need_search search = { .request = request,
                                  .offered = *request->selection };
    char *measure =
        memory_printf("%s 1 of machine %s by %s", need_unit(request->what),
                      request->machine->hash, request->version);
    uint64_t *table = NULL;
    size_t cells;

    offer_dense(&search.offered.patterns);
    search.offered.samples = 0;
    if (search.offered.agreement == 0)
        search.offered.agreement = 1;
    cells = request->selection->trace->layers * columns_of(&search);
    search.need = memory_new(cells, sizeof *search.need);
    search.known = memory_new(cells, sizeof *search.known);
    search.costs = costs_open(measure, &search.offered);
    if (need_layers(&search, err) == 0)
        table = need_table_of(&search);
    costs_close(search.costs);
    free(search.known);
    free(search.need);
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
