/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An inference is run in a store of its own in memory, where the views price
 * it: there is no second way of pricing.  A table takes one inference for each
 * pattern and one of the dense model:
 *
 *     rest                 what the dense inference needs beside its layers
 *     need of pattern p    what the inference of p needs, less the rest, shared
 *                          out as its own operators needed it
 *
 * so that a column of the table and the rest are what that pattern needs.
 */
#include "replay/whole_need.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "flow/prune/mask.h"
#include "flow/select/census.h"
#include "store/query.h"
#include "trace/operators.h"

/* An inference that ran. */
struct whole_run {
    const struct whole_request *request;
    struct model_sizes sizes;
    struct layer *layer; /* [layers] packed */
    size_t layers;       /* those that see a token */
    double all;          /* what the part needs */
    double *of_layer;    /* [layers of the trace]; NULL: not asked for */
};

static size_t trace_layers(const struct whole_request *request)
{
    return request->selection->trace->layers;
}

static int whole_pack_layer(struct layer *layer,
                            const struct whole_request *request, size_t number,
                            struct pattern pattern, struct error *err)
{
    const struct selection *selection = request->selection;
    const struct recorded_layer *recorded = &selection->trace->layer[number];
    uint32_t agreement = selection->agreement ? selection->agreement : 1;
    uint8_t *mask = NULL;
    struct scored scored;

    if (pattern.m > recorded->shape.inputs)
        pattern = pattern_dense;
    *layer = (struct layer){ .shape = recorded->shape,
                             .tokens = recorded->tokens,
                             .pattern = pattern,
                             .agreement = agreement,
                             .scale = recorded->weight_scale,
                             .input = recorded->input,
                             .input_scale = recorded->input_scale };
    if (!pattern_is_dense(pattern)) {
        if (census_read(&scored, selection, number, err) < 0)
            return -1;
        mask = memory_new((size_t)scored.outputs * scored.inputs, 1);
        mask_layer(mask, &scored,
                   (struct mask_rule){ pattern, agreement,
                                       selection->work.workers,
                                       selection->way });
        census_release(&scored);
    }
    layer_pack(layer, recorded->weights, mask);
    free(mask);
    return 0;
}

/* Experts that the trace's sample does not reach are not run. */
static int whole_pack(struct whole_run *run, const struct pattern *pattern,
                      struct error *err)
{
    size_t layers = trace_layers(run->request);

    run->layer = memory_new(layers, sizeof *run->layer);
    for (size_t i = 0; i < layers; i++) {
        if (run->request->selection->trace->layer[i].tokens == 0)
            continue;
        if (stop_check(err) < 0 ||
            whole_pack_layer(&run->layer[run->layers], run->request, i,
                             pattern[i], err) < 0)
            return -1;
        run->layers++;
    }
    return 0;
}

/* ---- what the views say -------------------------------------------------- */

static double value_of(const struct query_value *value)
{
    return value->type == QUERY_INTEGER ? (double)value->integer
           : value->type == QUERY_REAL  ? value->real
                                        : 0;
}

/* Adds a linear operator to the layers that are its own; in another part of the
 * model one of another kind may have its name. */
static void share_out(struct whole_run *run, const char *name, double need)
{
    const struct recorded_trace *trace = run->request->selection->trace;
    double weights = 0;

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < trace->layers; i++) {
            const struct layer_shape *shape = &trace->layer[i].shape;
            double own = (double)shape->inputs * shape->outputs;
            const struct operator_row *row;
            struct error ignored;

            row = operator_of_layer(&run->sizes, shape->block, shape->name,
                                    shape->inputs, shape->outputs, &ignored);
            if (!row || strcmp(row->name, name) != 0 ||
                trace->layer[i].tokens == 0)
                continue;
            if (pass == 0)
                weights += own;
            else
                run->of_layer[i] += need * own / weights;
        }
}

static int whole_take_row(void *context, const struct query_value *values,
                          struct error *err)
{
    struct whole_run *run = context;
    double need = value_of(&values[1]);

    (void)err;
    run->all += need;
    if (run->of_layer && strcmp(values[2].text, "linear") == 0)
        share_out(run, values[0].text, need);
    return 0;
}

static int whole_take_names(void *context, size_t columns,
                            const char *const *names, struct error *err)
{
    (void)context;
    (void)columns;
    (void)names;
    (void)err;
    return 0;
}

static int whole_read(struct whole_run *run, struct store *store,
                      struct error *err)
{
    const struct whole_request *request = run->request;
    const struct infer_asked *asked = request->asked;
    bool prompt = request->part == WHOLE_PROMPT;
    double times = prompt ? 1 : asked->generate - 1;
    char *sql;
    int status;

    if (request->what == NEED_ENERGY)
        times *= prompt ? 1e-6 : asked->batch * 1e-6; /* of microjoules */
    sql = memory_printf("SELECT name, %s / %.17g, kind FROM v_operator"
                        " WHERE edge = 'middle' AND phase = '%s'",
                        request->what == NEED_CYCLES ? "clocks" : "energy_uj",
                        times, prompt ? "prompt" : "decoding");
    status = query_run(
        store, &(struct query_ask){ .sql = sql, .author = QUERY_OF_OURS },
        &(struct query_sink){ whole_take_names, whole_take_row, run }, err);
    free(sql);
    return status;
}

/* ---- an inference -------------------------------------------------------- */

static int whole_infer(struct whole_run *run, struct error *err)
{
    const struct whole_request *request = run->request;
    const struct recorded_trace *trace = request->selection->trace;
    const struct store_invocation invocation = { .version = request->version,
                                                 .compiler = "",
                                                 .libraries = "{}",
                                                 .workers = 1 };
    struct input input = { .name = (char *)(uintptr_t)trace->model,
                           .layer = run->layer,
                           .layers = run->layers,
                           .shapes = { .path = trace->path,
                                       .sizes = &run->sizes } };
    struct infer_run infer = { .input = &input,
                               .machines = request->machine,
                               .count = 1,
                               .asked = request->asked,
                               .edges = INFER_MIDDLE,
                               .work = { 1, NULL } };
    int status;

    memcpy(input.hash, trace->hash, HASH_TEXT);
    if (store_open_scratch(&infer.store, err) < 0)
        return -1;
    status = store_start(infer.store, &invocation, err);
    if (status == 0)
        status = input_put(&input, infer.store, err);
    if (status == 0)
        status = infer_run(&infer, err);
    if (status == 0)
        status = whole_read(run, infer.store, err);
    store_close(infer.store);
    return status;
}

static int whole_run(struct whole_run *run, const struct pattern *pattern,
                     struct error *err)
{
    const struct recorded_trace *trace = run->request->selection->trace;
    int status = 0;

    if (!trace->sizes)
        return error_set(err, ERROR_DATA,
                         "%s: does not say the sizes of its model, which a "
                         "whole inference is made of; `flexcim record` writes "
                         "them since version 0.2",
                         trace->path);
    if (model_sizes_parse(&run->sizes, trace->sizes, err) < 0)
        return error_prefix(err, "%s: ", trace->path);
    status = whole_pack(run, pattern, err);
    if (status == 0)
        status = whole_infer(run, err);
    for (size_t i = 0; i < run->layers; i++)
        layer_release_packed(&run->layer[i]);
    free(run->layer);
    return status;
}

int whole_need_of(uint64_t *need, const struct whole_request *request,
                  const struct pattern *pattern, struct error *err)
{
    struct whole_run run = { .request = request };

    if (whole_run(&run, pattern, err) < 0)
        return -1;
    *need = (uint64_t)ceil(run.all);
    return 0;
}

/* ---- a table ------------------------------------------------------------- */

static int run_uniform(struct whole_run *run, struct pattern pattern,
                       struct error *err)
{
    size_t layers = trace_layers(run->request);
    struct pattern *everywhere = memory_new(layers, sizeof *everywhere);
    int status;

    run->of_layer = memory_new(layers, sizeof *run->of_layer);
    for (size_t i = 0; i < layers; i++)
        everywhere[i] = pattern;
    status = whole_run(run, everywhere, err);
    free(everywhere);
    return status;
}

/* A column adds up to what its inference needs, less the rest, rounded down. */
static void fill_column(struct whole_table *table, const struct whole_run *run,
                        size_t column, double rest)
{
    size_t columns = run->request->selection->patterns.count + 1;
    size_t layers = trace_layers(run->request);
    double sum = 0, left = run->all > rest ? run->all - rest : 0, until = 0;
    uint64_t given = 0;

    for (size_t i = 0; i < layers; i++)
        sum += run->of_layer[i];
    for (size_t i = 0; i < layers && sum > 0; i++) {
        until += run->of_layer[i];
        table->need[i * columns + column] =
            (uint64_t)floor(until / sum * left) - given;
        given += table->need[i * columns + column];
    }
}

int whole_table_make(struct whole_table *table,
                     const struct whole_request *request, struct error *err)
{
    const struct pattern_list *patterns = &request->selection->patterns;
    size_t columns = patterns->count + 1, layers = trace_layers(request);
    double rest = 0;
    int status = 0;

    *table = (struct whole_table){ .need = memory_new(layers * columns,
                                                      sizeof *table->need) };
    progress_begin(request->selection->work.progress, "inferences", columns,
                   "patterns");
    for (size_t c = columns; status == 0 && c-- > 0;) { /* dense first */
        bool dense = c == patterns->count;
        struct whole_run run = { .request = request };

        status =
            run_uniform(&run, dense ? pattern_dense : patterns->at[c], err);
        if (status == 0 && dense) {
            rest = run.all;
            for (size_t i = 0; i < layers; i++)
                rest -= run.of_layer[i];
            rest = rest > 0 ? floor(rest) : 0;
            table->rest = (uint64_t)rest;
        }
        if (status == 0)
            fill_column(table, &run, c, rest);
        free(run.of_layer);
        progress_add(request->selection->work.progress, 1);
    }
    progress_end(request->selection->work.progress);
    if (status < 0)
        whole_table_release(table);
    return status;
}

void whole_table_release(struct whole_table *table)
{
    free(table->need);
    *table = (struct whole_table){ 0 };
}
