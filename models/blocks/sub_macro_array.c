/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/sub_macro_array.h"

#include "models/arrays/array.h"
#include "models/fast/lanes.h"
#include "models/parameter_list.h"

const struct parameter parameter_macro_sub_macros = {
    .path = "macro.sub_macros",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, macro.sub_macros),
    .unit = "sub-macros",
    .minimum = 1,
    .maximum = 64,
    .standard = "4",
    .power_of_two = true,
    .help = "P: slots of a row; released RTL: 4",
};

const struct parameter parameter_macro_rows = {
    .path = "macro.rows",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, macro.rows),
    .unit = "rows",
    .minimum = 1,
    .maximum = 4096,
    .standard = "32",
    .power_of_two = true,
    .help = "R: rows of a sub-macro; released RTL: 32",
};

const struct parameter parameter_macro_columns = {
    .path = "macro.columns",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, macro.columns),
    .unit = "columns",
    .minimum = 1,
    .maximum = 4096,
    .standard = "32",
    .help = "C: outputs of a macro; released RTL: 32",
};

const struct parameter parameter_macro_input_bits_per_cycle = {
    .path = "macro.input_bits_per_cycle",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, macro.input_bits),
    .unit = "bits a clock",
    .minimum = 1,
    .maximum = 8,
    .standard = "8",
    .power_of_two = true,
    .help = "of each input; 8 / this many clocks a pass; released RTL: 8",
};

static void multiply(const struct sub_macro_array *array, const struct pass *in,
                     struct pass *out)
{
    const struct machine *machine = array->site.run->machine;
    const struct mapping *mapping =
        &run_placement(array->site.run, in)->mapping;
    const struct image *image = site_image(&array->site, in);
    struct lanes lanes = { .rows = image->span,
                           .stride = image->stride,
                           .first = in->first,
                           .columns = in->columns };
    struct lanes_cells cells = {
        .word = image->word,
        .metadata = image->metadata,
        .low = pass_values_of(in),
        .high = (const int8_t *)pass_values_of(in) +
                (size_t)mapping->slots * mapping->columns,
    };

    if (machine->macro.input_bits == 8)
        lanes_multiply(pass_values(out), &lanes, &cells);
    else
        lanes_multiply_slice(pass_values(out), &lanes, &cells, out->beat,
                             (uint32_t)machine->macro.input_bits);
}

void sub_macro_array_count(uint64_t counters[COUNTERS],
                           const struct visit *visit)
{
    uint64_t slots = visit->tile->slots;

    counters[COUNTER_CELL_OPERATIONS] += slots * visit->served;
    counters[COUNTER_GATED_CELL_OPERATIONS] +=
        slots * (visit->column->columns * visit->passes - visit->served);
}

static void sub_macro_array_run(void *module)
{
    struct sub_macro_array *array = module;
    struct run *run = array->site.run;
    const struct pass *in;
    struct pass *out;
    struct visit visit;

    if (!pipe_can_get(array->in) || run_now(run) < array->next_beat)
        return;
    in = pipe_get_slot(array->in);
    out = pipe_put_slot(array->out);
    *out = *in;
    out->beat = array->beat;
    if (run->values)
        multiply(array, in, out);
    pipe_put_done(array->out);
    array->next_beat = run_now(run) + array->beat_clocks;
    if (++array->beat < machine_beats(run->machine)) {
        sim_notify_after(&array->timer, run_delay(run, array->beat_clocks));
        return;
    }
    array->beat = 0;
    visit = run_visit(run, in);
    sub_macro_array_count(run->counters, &visit);
    pipe_get_done(array->in);
}

void sub_macro_array_init(struct sub_macro_array *array,
                          const struct site *site, struct pipe *in,
                          struct pipe *out)
{
    *array = (struct sub_macro_array){ .site = *site, .in = in, .out = out };
    array->beat_clocks = array_beat_clocks(site->run->machine);
    sim_event_init(&array->timer, site->run->sim, "beat");
    sim_method_init(&array->process, site->run->sim, "sub_macro_array",
                    sub_macro_array_run, array);
    sim_sensitive(&array->process, &in->due);
    sim_sensitive(&array->process, &array->timer);
}
