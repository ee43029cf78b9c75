/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A weight-stationary systolic array of the same multipliers, with the same
 * selection of inputs: inputs pass from column to column, sums from row to row.
 *
 *             0 0 0 0    a sum enters above and leaves below, a row a clock
 *      x -->  . . . .    an input enters at the left and passes `broadcast`
 *      x -->  . . . .    columns a clock, so that column c is c / broadcast
 *      x -->  . . . .    clocks behind column 0
 *             v v v v    sub-macros are merged as in a machine with trees
 *
 * A vector enters every clock and its last sum leaves rows + columns /
 * broadcast clocks later: that is the array's latency, and to know it is
 * enough, as nothing inside can stall.  So the whole array is one process with
 * one delay.
 *
 * Source: Kung and Leiserson, "Systolic arrays (for VLSI)", 1978; `published`
 * counts as SCALE-Sim v2 does (Samajdar et al., ISPASS 2020), which its tests
 * hold it against.
 */
#include "models/arrays/systolic.h"

#include <inttypes.h>
#include <string.h>

#include "base/arithmetic.h"
#include "models/blocks/macro.h"
#include "models/inference/memory.h"
#include "models/parameter_list.h"
#include "models/price/part.h"

static const char *const conventions[] = { "no", "weight_stationary",
                                           "output_stationary", NULL };

const struct parameter parameter_array_broadcast = {
    .path = "array.broadcast",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, array.broadcast),
    .unit = "columns",
    .minimum = 1,
    .maximum = 1024,
    .standard = "1",
    .power_of_two = true,
    .help = "systolic: columns behind one input register",
};

const struct parameter parameter_array_published = {
    .path = "array.published",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, array.published),
    .unit = "",
    .standard = "no",
    .choices = conventions,
    .help = "systolic: clocks as SCALE-Sim counts them in that mode (folds in "
            "sequence, no output registers, number of the last clock)",
};

const struct parameter *const systolic_rows[] = {
    &parameter_array_broadcast, &parameter_array_input_registers,
    &parameter_array_product_registers, &parameter_array_published, NULL
};

static const struct array *systolic_reading(const struct machine *machine)
{
    return machine->array.published == MACHINE_OUTPUT_STATIONARY
               ? &array_output_stationary
               : &array_systolic;
}

int systolic_check(const struct machine *machine, struct error *err)
{
    if (machine->select.share != 1 ||
        machine->select.selects != machine->macro.columns)
        return error_set(err, ERROR_DATA,
                         "array.kind: systolic chooses in every multiplier: "
                         "select.share must be 1 and select.selects "
                         "macro.columns = %" PRIu64,
                         machine->macro.columns);
    if (machine->macro.input_bits != 8 ||
        machine->macro.columns % machine->array.broadcast != 0)
        return error_set(err, ERROR_DATA,
                         "array.kind: systolic needs 8 "
                         "macro.input_bits_per_cycle, and array.broadcast must "
                         "divide macro.columns");
    if (machine->array.published &&
        (machine->weights.banks != 1 || machine->macro.sub_macros != 1 ||
         machine->array.broadcast != 1 || memory_is_there(machine)))
        return error_set(err, ERROR_DATA,
                         "array.published knows one weight bank, one "
                         "sub-macro, array.broadcast 1 and resident weights");
    if (machine->array.published &&
        (machine->array.input_registers || machine->array.product_registers))
        return error_set(err, ERROR_DATA,
                         "array.published knows neither array.input_registers "
                         "nor array.product_registers");
    if (machine->array.published == MACHINE_OUTPUT_STATIONARY &&
        (strcmp(machine->patterns, "dense") != 0 || machine->macros != 1))
        return error_set(err, ERROR_DATA,
                         "array.published: output_stationary knows one macro, "
                         "and patterns: dense");
    return 0;
}

uint32_t systolic_latency(const struct machine *machine)
{
    uint64_t across = machine->macro.columns / machine->array.broadcast;

    if (machine->array.published)
        return (uint32_t)(machine->macro.rows + across - 2);
    return (uint32_t)(machine->macro.rows + across) +
           machine_log2(machine->macro.sub_macros) +
           array_input_clocks(machine) + machine->array.product_registers;
}

/* The folds of a published convention follow one another. */
uint32_t systolic_bank_wait(const struct machine *machine)
{
    return machine->array.published ? systolic_latency(machine)
                                    : array_input_clocks(machine);
}

/* A published convention reports the number of the last clock. */
uint32_t systolic_left_out(const struct machine *machine)
{
    return machine->array.published != MACHINE_UNPUBLISHED;
}

uint64_t systolic_load_steps(const struct machine *machine,
                             const struct wave *wave)
{
    (void)wave;
    return machine->macro.rows;
}

/* One array: its whole way from entry to the last sum is one step. */
struct systolic {
    struct site site;
    struct pipe *in, *out;
    struct sim_process process;
};

/* Every row adds its products to the sums that come from above. */
static void systolic_add(int32_t *sum, const struct image *image,
                         const int8_t *vector)
{
    memset(sum, 0, image->stride * sizeof *sum);
    for (uint32_t s = 0; s < image->span; s++) {
        size_t at = (size_t)s * image->stride;

        if (image->pairs[s] == 0)
            continue;
        for (uint32_t c = 0; c < image->columns; c++) {
            uint32_t input = image->input[s] + 2u * image->select[at + c] +
                             image->metadata[at + c];

            sum[c] += image->word[at + c] * vector[input];
        }
    }
}

void systolic_count(uint64_t counters[COUNTERS], const struct visit *visit)
{
    const struct placement *placement = visit->placement;
    const struct machine *machine = placement->machine;
    uint64_t lanes = placement->mapping.lanes,
             elements =
                 divide_up(visit->column->columns, machine->array.broadcast),
             block = placement->mapping.dense ? visit->tile->slots
                                              : 2 * visit->tile->wires;

    counters[COUNTER_CELL_OPERATIONS] +=
        (uint64_t)visit->tile->slots * visit->served;
    counters[COUNTER_SYSTOLIC_INPUT_SHIFTS] += block * elements * visit->passes;
    counters[COUNTER_SYSTOLIC_SUM_SHIFTS] +=
        lanes * machine->macro.rows * visit->served;
    counters[COUNTER_MERGE_ADDITIONS] += (lanes - 1) * visit->served;
}

static void systolic_run(void *module)
{
    struct systolic *systolic = module;
    struct run *run = systolic->site.run;
    const struct pass *in;
    struct pass *out;
    struct visit visit;

    if (!pipe_can_get(systolic->in))
        return;
    in = pipe_get_slot(systolic->in);
    out = pipe_put_slot(systolic->out);
    *out = *in;
    if (run->values)
        systolic_add(pass_values(out), site_image(&systolic->site, in),
                     site_vector(&systolic->site, in));
    visit = run_visit(run, in);
    systolic_count(run->counters, &visit);
    pipe_put_done(systolic->out);
    pipe_get_done(systolic->in);
}

void systolic_wire(struct macro *macro, const struct site *site)
{
    struct run *run = site->run;
    struct systolic *systolic = sim_alloc(run->sim, sizeof *systolic);
    uint32_t latency = machine_latency(run->machine);
    size_t columns =
        run->values ? run->schedule->placement->mapping.columns : 0;

    pipe_init(&macro->entry, run, "entry",
              (struct pipe_shape){ PASS_BYTES, 2, 0 });
    pipe_init(&macro->merged, run, "merged",
              (struct pipe_shape){ PASS_BYTES + columns * sizeof(int32_t),
                                   latency + 2, latency });
    pipe_watch(&macro->merged, STAGE_MERGED, site->macro);
    *systolic = (struct systolic){ .site = *site,
                                   .in = &macro->entry,
                                   .out = &macro->merged };
    sim_method_init(&systolic->process, run->sim, "systolic_array",
                    systolic_run, systolic);
    sim_sensitive(&systolic->process, &macro->entry.due);
}

const struct array array_systolic = {
    .name = "systolic",
    .rows = systolic_rows,
    .reading = systolic_reading,
    .check = systolic_check,
    .latency = systolic_latency,
    .bank_wait = systolic_bank_wait,
    .load_steps = systolic_load_steps,
    .left_out = systolic_left_out,
    .wire = systolic_wire,
    .count = systolic_count,
    .parts = part_systolic,
};
