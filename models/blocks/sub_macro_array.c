/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/sub_macro_array.h"

#include "models/fast/lanes.h"

const struct parameter sub_macro_array_parameters[] = {
    { .path = "macro.sub_macros",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, macro.sub_macros),
      .unit = "sub-macros",
      .minimum = 1,
      .maximum = 64,
      .standard = "4",
      .power_of_two = true,
      .help = "P: slots of a row; released RTL: 4" },
    { .path = "macro.rows",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, macro.rows),
      .unit = "rows",
      .minimum = 1,
      .maximum = 4096,
      .standard = "32",
      .power_of_two = true,
      .help = "R: rows of a sub-macro; released RTL: 32" },
    { .path = "macro.columns",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, macro.columns),
      .unit = "columns",
      .minimum = 1,
      .maximum = 4096,
      .standard = "32",
      .help = "C: outputs of a macro; released RTL: 32" },
    { .path = "macro.input_bits_per_cycle",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, macro.input_bits),
      .unit = "bits a clock",
      .minimum = 1,
      .maximum = 8,
      .standard = "8",
      .power_of_two = true,
      .help = "of each input; 8 / this many clocks a pass; released RTL: 8" },
};
const size_t sub_macro_array_parameter_count =
    sizeof sub_macro_array_parameters / sizeof *sub_macro_array_parameters;

static void multiply(const struct sub_macro_array *array,
                     const struct image *image, const struct pass *in,
                     struct pass *out)
{
    const struct machine *machine = array->run->machine;
    struct lanes lanes = { .rows = image->span,
                           .stride = image->stride,
                           .first = in->first,
                           .columns = in->columns };
    size_t cells = (size_t)machine_slots(machine) * image->stride;
    const int8_t *low = pass_values_of(in), *high = low + cells;
    uint32_t bits = (uint32_t)machine->macro.input_bits;

    if (bits == 8)
        lanes_multiply(pass_values(out), &lanes, image->word, image->metadata,
                       low, high);
    else
        lanes_multiply_slice(pass_values(out), &lanes, image->word,
                             image->metadata, low, high, out->beat, bits);
}

static void count(const struct sub_macro_array *array, const struct pass *pass)
{
    struct run *run = array->run;
    const struct wave *wave = &run->schedule->wave[pass->wave];
    const struct column_tile *column =
        schedule_column(run->schedule, wave, array->macro);
    uint64_t slots = schedule_tile(run->schedule, wave, array->macro)->slots;

    run_count(run, COUNTER_CELL_OPERATIONS, slots * pass->columns);
    run_count(run, COUNTER_GATED_CELL_OPERATIONS,
              slots * (column->columns - pass->columns));
}

static void sub_macro_array_run(void *module)
{
    struct sub_macro_array *array = module;
    const struct pass *in;
    struct pass *out;

    if (!pipe_can_get(array->in) || run_now(array->run) < array->next_beat)
        return;
    in = pipe_get_slot(array->in);
    out = pipe_put_slot(array->out);
    *out = *in;
    out->beat = array->beat;
    if (array->run->values)
        multiply(array,
                 weight_loader_image(array->loader, in->wave, array->macro), in,
                 out);
    pipe_put_done(array->out);
    array->next_beat = run_now(array->run) + 1;
    if (++array->beat < machine_beats(array->run->machine)) {
        sim_notify_after(&array->timer, run_delay(array->run, 1));
        return;
    }
    array->beat = 0;
    count(array, in);
    pipe_get_done(array->in);
}

void sub_macro_array_init(struct sub_macro_array *array, struct run *run,
                          uint32_t macro, const struct weight_loader *loader,
                          struct pipe *in, struct pipe *out)
{
    *array = (struct sub_macro_array){
        .run = run, .loader = loader, .macro = macro, .in = in, .out = out
    };
    sim_event_init(&array->timer, run->sim, "beat");
    sim_method_init(&array->process, run->sim, "sub_macro_array",
                    sub_macro_array_run, array);
    sim_sensitive(&array->process, &in->due);
    sim_sensitive(&array->process, &array->timer);
}
