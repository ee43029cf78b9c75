/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One layer through one machine: chooses the layout (fast/layout.h), then runs
 * it the slow way (events, models/blocks) or the fast way (recurrences,
 * models/fast), and derives what follows from both.
 *
 * The event way runs the layout that the fast way chose.  So the two ways
 * differ only in how they count, never in what they run, and tests hold one
 * against the other on random machines.
 *
 * The event way looks at the world every few milliseconds, for progress and
 * stops; simulated time does not notice.
 *
 *                 ┌────────────── controller ──────────────┐
 *                 ▼                   ▼                    ▼
 *   DRAM ─▶ weight loader ──▶ macro 0 .. n-1 ──▶ accumulator, output buffer
 *     │                           ▲
 *     └───▶ activation buffer ────┘
 */
#include "models/accelerator.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "kernel/object.h"
#include "models/arrays/array.h"
#include "models/blocks/controller.h"
#include "models/fast/bulk_product.h"
#include "models/fast/layout.h"
#include "models/parameter_list.h"

static const char *const fallbacks[] = { "never", "fastest", NULL };

const struct parameter parameter_fallback = {
    .path = "fallback",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, fallback),
    .unit = "",
    .standard = "never",
    .choices = fallbacks,
    .help = "fastest: a layer runs dense if that takes fewer clocks",
};

const struct parameter parameter_clock = {
    .path = "clock",
    .type = PARAMETER_F64,
    .offset = offsetof(struct machine, clock),
    .unit = "MHz",
    .minimum = 1,
    .maximum = 10000,
    .standard = "500",
    .help = "frequency; an assumption, no public source gives one",
};

struct accelerator {
    struct run run;
    struct dram dram;
    struct weight_loader loader;
    struct activation_buffer activation;
    struct macro *macro;
    struct output_buffer output;
    struct controller controller;
};

static void wire(struct accelerator *accelerator, int32_t *outputs)
{
    struct run *run = &accelerator->run;
    char name[32];

    sim_enter(run->sim, "dram");
    dram_init(&accelerator->dram, run);
    sim_leave(run->sim);
    sim_enter(run->sim, "weight_loader");
    weight_loader_init(&accelerator->loader, run, &accelerator->dram);
    sim_leave(run->sim);
    sim_enter(run->sim, "activation_buffer");
    activation_buffer_init(&accelerator->activation, run, &accelerator->dram);
    sim_leave(run->sim);
    accelerator->macro =
        memory_new(run->machine->macros, sizeof *accelerator->macro);
    for (uint32_t m = 0; m < run->machine->macros; m++) {
        snprintf(name, sizeof name, "macro%u", m);
        macro_init(&accelerator->macro[m],
                   &(struct site){ run, m, &accelerator->loader,
                                   &accelerator->activation },
                   name);
    }
    sim_enter(run->sim, "output_buffer");
    output_buffer_init(&accelerator->output, run,
                       &(struct output_buffer_units){ accelerator->macro,
                                                      &accelerator->dram },
                       outputs);
    sim_leave(run->sim);
    sim_enter(run->sim, "controller");
    controller_init(&accelerator->controller, run,
                    &(struct controller_units){ .dram = &accelerator->dram,
                                                .loader = &accelerator->loader,
                                                .activation =
                                                    &accelerator->activation,
                                                .output = &accelerator->output,
                                                .macro = accelerator->macro });
    sim_leave(run->sim);
}

static void run_init(struct run *run, const struct schedule *schedule,
                     const struct accelerator_options *options)
{
    double period = 1e6 / schedule->machine->clock; /* ps */

    *run = (struct run){ .machine = schedule->machine,
                         .schedule = schedule,
                         .layer = schedule->placement->layer,
                         .values = options->outputs,
                         .watch = options->watch };
    run->sim = sim_new();
    if (!run->sim)
        memory_exhausted(sizeof *run);
    sim_clock_init(&run->clock, run->sim, "clock", (sim_time)llround(period));
}

/* What accelerator_run() was asked. */
struct layer_run {
    const struct machine *machine;
    const struct layer *layer;
    const struct accelerator_options *options;
};

/* What a convention leaves out at the end.  -1 and `err` if nothing is left. */
static int leave_out(struct layer_result *result, const struct layer_run *run,
                     struct error *err)
{
    uint32_t clocks = array_left_out(run->machine);
    enum clock_category last =
        result->clocks[CLOCK_DRAIN] > 0 ? CLOCK_DRAIN : CLOCK_COMPUTE;

    if (result->cycles <= clocks)
        return error_set(err, ERROR_DATA,
                         "layer %s: is over in clock 0, which by "
                         "array.published is no clock at all",
                         run->layer->shape.name);
    result->clocks[last] -= clocks;
    result->cycles -= clocks;
    return 0;
}

/* What follows from the categories and the layer alone. */
static void accelerator_derive(struct layer_result *result,
                               const struct machine *machine,
                               const struct layer *layer)
{
    uint64_t *counters = result->counters;
    double cells = (double)machine_slots(machine) *
                   (double)machine->macro.columns * (double)machine->macros;

    counters[COUNTER_KEPT_MACS] =
        (uint64_t)layer_kept(layer) * layer->shape.outputs * layer->tokens;
    counters[COUNTER_EMPTY_CELL_OPERATIONS] =
        counters[COUNTER_CELL_OPERATIONS] - counters[COUNTER_KEPT_MACS];
    counters[COUNTER_HIDDEN_LOAD_CLOCKS] =
        counters[COUNTER_LOAD_CLOCKS] - result->clocks[CLOCK_WEIGHT_LOAD];
    counters[COUNTER_HIDDEN_READ_CLOCKS] =
        counters[COUNTER_READ_CLOCKS] - result->clocks[CLOCK_ACTIVATION_STALL];
    result->utilisation =
        (double)counters[COUNTER_KEPT_MACS] / (cells * (double)result->cycles);
}

static struct accelerator *
accelerator_make(const struct schedule *schedule,
                 const struct accelerator_options *options, int32_t *outputs)
{
    struct accelerator *accelerator = memory_new(1, sizeof *accelerator);

    run_init(&accelerator->run, schedule, options);
    wire(accelerator, outputs);
    return accelerator;
}

static void unmake(struct accelerator *accelerator)
{
    weight_loader_release(&accelerator->loader);
    dram_release(&accelerator->dram);
    sim_free(accelerator->run.sim);
    free(accelerator->macro);
    free(accelerator);
}

/* Clocks between two looks at the world: some milliseconds of a busy array of
 * any size. */
static uint64_t clocks_between_looks(const struct machine *machine)
{
    uint64_t multipliers = machine_multipliers(machine);

    return multipliers < 1 << 22 ? (1 << 22) / multipliers : 1;
}

static void accelerator_tell_share(const struct accelerator *accelerator,
                                   const struct accelerator_options *options)
{
    const struct run *run = &accelerator->run;

    if (options->advanced)
        options->advanced(options->context,
                          (double)run->counters[COUNTER_PASSES] /
                              (double)schedule_passes(run->schedule));
}

/* Until nothing is left to happen, or for `clocks` clocks. */
static int run_events(struct accelerator *accelerator,
                      const struct accelerator_options *options,
                      uint64_t clocks, struct error *err)
{
    uint64_t step = clocks_between_looks(accelerator->run.machine), at = 0;
    enum sim_end end;

    do {
        if (stop_check(err) < 0)
            return -1;
        at = clocks - at < step ? clocks : at + step;
        end = sim_run_until(accelerator->run.sim,
                            run_delay(&accelerator->run, at));
        accelerator_tell_share(accelerator, options);
    } while (end == SIM_REACHED && at < clocks);
    return 0;
}

static int run_slowly(struct layer_result *result,
                      const struct schedule *schedule,
                      const struct accelerator_options *options,
                      struct error *err)
{
    struct accelerator *accelerator =
        accelerator_make(schedule, options, result->outputs);
    int status = run_events(accelerator, options, UINT64_MAX, err);

    assert(status < 0 || accelerator->controller.finished);
    result->cycles = accelerator->controller.cycles;
    result->events = sim_activations(accelerator->run.sim);
    memcpy(result->clocks, accelerator->controller.clocks,
           sizeof result->clocks);
    memcpy(result->counters, accelerator->run.counters,
           sizeof result->counters);
    unmake(accelerator);
    return status;
}

static int run_fast(struct layer_result *result, const struct layout *layout,
                    const struct accelerator_options *options,
                    struct error *err)
{
    const struct recurrence *timing = &layout->timing;

    result->cycles = timing->cycles;
    memcpy(result->clocks, timing->clocks, sizeof result->clocks);
    memcpy(result->counters, timing->counters, sizeof result->counters);
    if (options->outputs)
        return bulk_product(result->outputs, &layout->placement, options->watch,
                            err);
    return 0;
}

static int run_layout(struct layer_result *result, const struct layout *layout,
                      const struct accelerator_options *options,
                      struct error *err)
{
    const struct layer *layer = layout->placement.layer;
    int status;

    if (options->outputs)
        result->outputs =
            memory_new((size_t)layer->tokens * layer->shape.outputs,
                       sizeof *result->outputs);
    status = options->slow ? run_slowly(result, &layout->schedule, options, err)
                           : run_fast(result, layout, options, err);
    if (status < 0)
        layer_result_release(result);
    return status;
}

static int run_as(struct layer_result *result, const struct layer_run *run,
                  enum mapping_as as, struct error *err)
{
    struct layout *layout = layout_best(run->machine, run->layer, as, err);
    int status;

    *result = (struct layer_result){ 0 };
    if (!layout)
        return -1;
    result->run_as = layout->mapping.run_as;
    result->merged = layout->mapping.lanes;
    result->way = layout->schedule.way;
    result->block_tokens = layout->schedule.block_tokens;
    memcpy(result->way_bytes, layout->way_bytes, sizeof result->way_bytes);
    status = run_layout(result, layout, run->options, err);
    layout_free(layout);
    if (status < 0)
        return -1;
    if (leave_out(result, run, err) < 0) {
        layer_result_release(result);
        return -1;
    }
    accelerator_derive(result, run->machine, run->layer);
    return 0;
}

/* The clocks of the layer as the array turns it; the values are those of any
 * way to multiply. */
static int run_turned(struct layer_result *result, const struct layer_run *run,
                      struct error *err)
{
    const struct accelerator_options clocks = { .slow = run->options->slow };
    const struct layer *layer = run->layer,
                       turn = array_of(run->machine)->turned(layer);
    struct layer_run turned = { run->machine, &turn, &clocks };
    struct layout *layout;
    int status;

    if (run_as(result, &turned, MAPPING_DENSE, err) < 0)
        return -1;
    accelerator_derive(result, run->machine, layer);
    if (!run->options->outputs)
        return 0;
    layout = layout_best(run->machine, run->layer, MAPPING_DENSE, err);
    if (!layout)
        return -1;
    result->outputs = memory_new((size_t)layer->tokens * layer->shape.outputs,
                                 sizeof *result->outputs);
    status = bulk_product(result->outputs, &layout->placement, NULL, err);
    layout_free(layout);
    if (status < 0)
        layer_result_release(result);
    return status;
}

int accelerator_look(const struct machine *machine, const struct layer *layer,
                     const struct accelerator_view *view, struct error *err)
{
    struct accelerator_options options = { .outputs = view->values,
                                           .slow = true,
                                           .watch = view->watch };
    struct accelerator *accelerator;
    struct layout *layout;
    struct layer turn;
    int32_t *outputs = NULL;
    int status;

    if (array_of(machine)->turned) {
        turn = array_of(machine)->turned(layer);
        layer = &turn;
        options.outputs = false;
    }
    layout = layout_best(machine, layer, MAPPING_LISTED, err);
    if (!layout)
        return -1;
    if (view->mapping)
        *view->mapping = layout->mapping;
    if (options.outputs)
        outputs = memory_new((size_t)layer->tokens * layer->shape.outputs,
                             sizeof *outputs);
    accelerator = accelerator_make(&layout->schedule, &options, outputs);
    status = run_events(accelerator, &options, view->clocks, err);
    unmake(accelerator);
    free(outputs);
    layout_free(layout);
    return status;
}

int accelerator_run(struct layer_result *result, const struct machine *machine,
                    const struct layer *layer,
                    const struct accelerator_options *options,
                    struct error *err)
{
    struct layer_run run = { machine, layer, options };
    struct layer_result dense;

    if (array_of(machine)->turned)
        return run_turned(result, &run, err);
    if (run_as(result, &run, MAPPING_LISTED, err) < 0)
        return -1;
    if (machine->fallback != MACHINE_FALLBACK_FASTEST ||
        pattern_is_dense(result->run_as))
        return 0;
    if (run_as(&dense, &run, MAPPING_DENSE, err) < 0) {
        layer_result_release(result);
        return -1;
    }
    if (dense.cycles < result->cycles) {
        struct layer_result slower = *result;

        *result = dense;
        dense = slower;
    }
    layer_result_release(&dense);
    return 0;
}

void layer_result_release(struct layer_result *result)
{
    free(result->outputs);
    result->outputs = NULL;
}
