/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/arrays/systolic_array.h"

#include <string.h>

#include "base/arithmetic.h"
#include "models/blocks/pass.h"

static const char *const arrays[] = { "trees", "systolic", NULL };
static const char *const conventions[] = { "no", "weight_stationary",
                                           "output_stationary", NULL };

const struct parameter systolic_array_parameters[] = {
    { .path = "array.kind",
      .type = PARAMETER_CHOICE,
      .offset = offsetof(struct machine, array.kind),
      .unit = "",
      .standard = "trees",
      .choices = arrays,
      .help = "trees: cells with an adder tree a column; systolic: a "
              "weight-stationary systolic array of the same multipliers" },
    { .path = "array.broadcast",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, array.broadcast),
      .unit = "columns",
      .minimum = 1,
      .maximum = 1024,
      .standard = "1",
      .power_of_two = true,
      .help = "systolic: columns behind one input register" },
    { .path = "array.level_registers",
      .type = PARAMETER_BOOL,
      .offset = offsetof(struct machine, array.level_registers),
      .unit = "",
      .standard = "yes",
      .help = "trees: no leaves out the registers after products and between a "
              "tree's levels: fewer clocks of latency, less area and energy, a "
              "longer path; the released RTL has them" },
    { .path = "array.published",
      .type = PARAMETER_CHOICE,
      .offset = offsetof(struct machine, array.published),
      .unit = "",
      .standard = "no",
      .choices = conventions,
      .help =
          "systolic: clocks as SCALE-Sim counts them in that mode (folds in "
          "sequence, no output registers, number of the last clock)" },
};
const size_t systolic_array_parameter_count =
    sizeof systolic_array_parameters / sizeof *systolic_array_parameters;

/* Every row adds its products to the sums that come from above. */
static void add(int32_t *sum, const struct image *image, const int8_t *vector)
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

void systolic_array_count(uint64_t counters[COUNTERS],
                          const struct placement *placement,
                          const struct column_tile *column,
                          const struct tile *tile, uint64_t passes)
{
    const struct machine *machine = placement->machine;
    uint64_t wide = machine->array.broadcast, lanes = machine->macro.sub_macros,
             elements = divide_up(column->columns, wide),
             block = placement->mapping.dense ? tile->slots : 2 * tile->wires;

    counters[COUNTER_CELL_OPERATIONS] +=
        (uint64_t)tile->slots * column->columns * passes;
    counters[COUNTER_SYSTOLIC_INPUT_SHIFTS] += block * elements * passes;
    counters[COUNTER_SYSTOLIC_SUM_SHIFTS] +=
        lanes * machine->macro.rows * column->columns * passes;
    counters[COUNTER_MERGE_ADDITIONS] += (lanes - 1) * column->columns * passes;
}

static void systolic_array_run(void *module)
{
    struct systolic_array *array = module;
    struct run *run = array->run;
    const struct pass *in;
    struct pass *out;

    if (!pipe_can_get(array->in))
        return;
    in = pipe_get_slot(array->in);
    out = pipe_put_slot(array->out);
    *out = *in;
    if (run->values)
        add(pass_values(out),
            weight_loader_image(array->loader, in->wave, array->macro),
            activation_buffer_vector(array->activation, in->vector));
    systolic_array_count(
        run->counters, run->schedule->placement,
        schedule_column(run->schedule, &run->schedule->wave[in->wave],
                        array->macro),
        schedule_tile(run->schedule, &run->schedule->wave[in->wave],
                      array->macro),
        1);
    pipe_put_done(array->out);
    pipe_get_done(array->in);
}

void systolic_array_init(struct systolic_array *array, struct run *run,
                         uint32_t macro, const struct weight_loader *loader,
                         const struct activation_buffer *activation,
                         struct pipe *in, struct pipe *out)
{
    *array = (struct systolic_array){ .run = run,
                                      .loader = loader,
                                      .activation = activation,
                                      .macro = macro,
                                      .in = in,
                                      .out = out };
    sim_method_init(&array->process, run->sim, "systolic_array",
                    systolic_array_run, array);
    sim_sensitive(&array->process, &in->due);
}
