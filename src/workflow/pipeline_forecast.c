/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What all steps of `run` take together, before the first of them begins.  Then
 * there is neither a trace nor a plan: both are made here as far as their sizes
 * go, with every layer dense, since sizes are all that decides.  What the
 * results have already is not looked for, as it is found by what plans turn out
 * to be; so the sum is the most that it may be.
 */
#include <math.h>
#include <stdlib.h>

#include "base/cpu_clock.h"
#include "base/memory.h"
#include "base/process_memory.h"
#include "llm/effort.h"
#include "llm/sizes.h"
#include "replay/infer_forecast.h"
#include "workflow/forecast.h"
#include "workflow/pipeline_forecast.h"

/* Seconds of each kind of step, and the most memory of any. */
struct run_forecast {
    double record, select, prune, measure, replay, infer, memory;
};

/* After so many seconds no more machines are timed. */
static const double timed_enough = 0.3;

static double add_step(struct run_forecast *sum,
                       const struct pipeline *pipeline,
                       const struct forecast *forecast)
{
    const struct forecast_row row =
        forecast_of(forecast, 1, work_workers(&pipeline->session->work));

    sum->memory = fmax(sum->memory, row.memory);
    return row.seconds;
}

/* Of the recorded trace what is known of it before. */
static void borrow_trace(struct recorded_trace *trace,
                         const struct pipeline *pipeline)
{
    *trace = (struct recorded_trace){
        .path = memory_printf("%s/forecast", pipeline->folder),
        .model = model_name(pipeline->model),
        .rows = pipeline->calibration.rows,
        .layers = model_layers(pipeline->model),
        .layer =
            memory_new(model_layers(pipeline->model), sizeof *trace->layer),
    };
    for (size_t i = 0; i < trace->layers; i++)
        trace->layer[i].shape = model_layer(pipeline->model, i)->shape;
}

static void forecast_recording(struct run_forecast *sum,
                               const struct pipeline *pipeline)
{
    const struct record what = { .model = pipeline->model,
                                 .tokens = &pipeline->calibration,
                                 .spec = pipeline->request->tokens,
                                 .sample = (uint32_t)pipeline->request->sample,
                                 .gram = pipeline_needs_gram(pipeline),
                                 .work = pipeline->session->work };
    struct forecast forecast;

    forecast_record(&forecast, &what);
    sum->record += add_step(sum, pipeline, &forecast);
}

/* Costs of a method are measured once for all limits, and for all variants that
 * have the same. */
static int forecast_costs(struct run_forecast *sum,
                          const struct pipeline *pipeline, size_t number,
                          const struct recorded_trace *trace, struct error *err)
{
    const struct variant *variant = &pipeline->variant[number];
    struct selection selection = { .trace = trace,
                                   .model = pipeline->model,
                                   .tokens = &pipeline->calibration,
                                   .patterns = pipeline->request->patterns,
                                   .sparsity = 0.5,
                                   .work = pipeline->session->work };
    struct forecast forecast;

    for (size_t i = 0; i < number; i++)
        if (pipeline->variant[i].method == variant->method &&
            pipeline->variant[i].aware == variant->aware)
            return 0;
    if (!variant->method->ways)
        return 0;
    variant_ask(variant, &selection);
    if (forecast_select(&forecast, variant->method, &selection, err) < 0)
        return -1;
    sum->select += add_step(sum, pipeline, &forecast);
    return 0;
}

/* Carried out while its perplexity is measured, and for its sparse trace. */
static void forecast_carrying(struct run_forecast *sum,
                              const struct pipeline *pipeline,
                              const struct variant *variant,
                              const struct recorded_trace *trace)
{
    struct plan plan;
    const struct prune prune = { .plan = &plan,
                                 .trace = trace,
                                 .model = pipeline->model,
                                 .tokens = &pipeline->calibration,
                                 .work = pipeline->session->work };
    struct forecast forecast;

    plan_init(&plan, trace->layers);
    plan.update = variant->update;
    plan.statistics = variant->sequential || update_in_sequence(variant->update)
                          ? STATISTICS_SEQUENTIAL
                          : STATISTICS_DENSE;
    plan.propagate = variant->propagate ? 1 : NAN;
    for (size_t i = 0; i < trace->layers; i++) {
        layer_shape_release(&plan.layer[i].shape);
        plan.layer[i].shape = layer_shape_copy(&trace->layer[i].shape);
    }
    forecast_prune(&forecast, &prune);
    sum->prune += (pipeline->machines.count > 0 ? 2 : 1) *
                  add_step(sum, pipeline, &forecast);
    plan_release(&plan);
}

/* One plan's layers on one machine, outputs compared. */
static double forecast_replay(const struct pipeline *pipeline,
                              const struct machine_file *machine)
{
    const struct layer_span all = { 0, model_layers(pipeline->model) };
    double work = effort_weights(pipeline->model, all);
    double tokens = (double)pipeline->request->sample;

    return work * tokens * forecast_product(&machine->machine) /
           work_workers(&pipeline->session->work);
}

/* Of a plan's trace: pruned to one pattern, with masks that are drawn. */
static struct layer *layers_of(const struct recorded_trace *trace)
{
    struct layer *layer = memory_new(trace->layers, sizeof *layer);

    for (size_t i = 0; i < trace->layers; i++)
        layer[i] = (struct layer){ .shape = trace->layer[i].shape,
                                   .tokens = 1,
                                   .pattern = { 4, 8 },
                                   .agreement = 1,
                                   .seed = i };
    return layer;
}

/* One plan's whole inferences on all machines, at all ends of their bands.
 * Machines that come after those that took long are as they were. */
static int forecast_inferences(struct run_forecast *sum,
                               const struct pipeline *pipeline,
                               const struct recorded_trace *trace,
                               struct error *err)
{
    const struct machine_list *machines = &pipeline->inferring;
    const struct infer_asked *asked = pipeline->request->infer;
    unsigned workers = work_workers(&pipeline->session->work);
    double begun = cpu_clock_thread(), seconds = 0, memory = 0;
    struct model_sizes sizes;
    struct layer *layer;
    size_t timed = 0;

    if (machines->count == 0)
        return 0;
    if (model_sizes_of(&sizes, pipeline->model, err) < 0)
        return -1;
    layer = layers_of(trace);
    for (; timed < machines->count && cpu_clock_thread() - begun < timed_enough;
         timed++) {
        const struct inference_asked one = {
            .machine = &machines->at[timed].machine,
            .sizes = &sizes,
            .layers = layer,
            .layer_count = trace->layers,
            .prompt = asked->prompt,
            .generate = asked->generate,
            .batch = asked->batch,
        };

        struct infer_forecast forecast;

        infer_forecast(&forecast, &one);
        seconds += forecast.seconds;
        memory = fmax(memory, forecast.memory);
    }
    free(layer);
    sum->infer = seconds / (double)timed * (double)machines->count *
                 STORE_EDGES / workers;
    sum->memory = fmax(sum->memory, process_memory_now() + memory * workers);
    return 0;
}

static int forecast_all(struct run_forecast *sum,
                        const struct pipeline *pipeline, struct error *err)
{
    double limits = (double)pipeline->limits;
    double plans = limits * (double)pipeline->variants;
    struct recorded_trace trace;
    struct forecast forecast;
    int status = 0;

    borrow_trace(&trace, pipeline);
    forecast_recording(sum, pipeline);
    for (size_t m = 0; status == 0 && m < pipeline->variants; m++) {
        status = forecast_costs(sum, pipeline, m, &trace, err);
        forecast_carrying(sum, pipeline, &pipeline->variant[m], &trace);
    }
    sum->prune *= limits;
    forecast_rows(&forecast, pipeline->model, pipeline->test.rows,
                  pipeline->test.length);
    sum->measure = (1 + plans) * add_step(sum, pipeline, &forecast);
    if (pipeline->request->accuracy) {
        forecast_rows(&forecast, pipeline->model, pipeline->tasks.requests,
                      accuracy_length(&pipeline->tasks, pipeline->model, 0));
        sum->measure += (1 + plans) * add_step(sum, pipeline, &forecast);
    }
    for (size_t i = 0; i < pipeline->machines.count; i++)
        sum->replay +=
            plans * forecast_replay(pipeline, &pipeline->machines.at[i]);
    if (status == 0)
        status = forecast_inferences(sum, pipeline, &trace, err);
    sum->infer *= plans;
    free(trace.layer);
    free(trace.path);
    return status;
}

int pipeline_forecast_tell(const struct pipeline *pipeline, struct error *err)
{
    char all[PROGRESS_DURATION], part[6][PROGRESS_DURATION];
    struct run_forecast sum = { 0 };
    double seconds;

    if (!forecast_is_heard(pipeline->session))
        return 0;
    if (forecast_all(&sum, pipeline, err) < 0)
        return -1;
    seconds = sum.record + sum.select + sum.prune + sum.measure + sum.replay +
              sum.infer;
    if (seconds < FORECAST_LONG)
        return 0;
    progress_duration(all, seconds);
    progress_duration(part[0], sum.record);
    progress_duration(part[1], sum.select);
    progress_duration(part[2], sum.prune);
    progress_duration(part[3], sum.measure);
    progress_duration(part[4], sum.replay);
    progress_duration(part[5], sum.infer);
    session_note(pipeline->session,
                 "run: about %s and %.0f MB of memory for all, less what is "
                 "there already: record %s, select %s, prune %s, measure %s, "
                 "replay %s%s%s",
                 all, sum.memory / 1e6, part[0], part[1], part[2], part[3],
                 part[4], pipeline->request->infer ? ", infer " : "",
                 pipeline->request->infer ? part[5] : "");
    return 0;
}
