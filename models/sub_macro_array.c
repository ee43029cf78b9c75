/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/sub_macro_array.h"

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

/* Bits of an input that a beat multiplies: a value in place 2^(beat * bits). */
static int slice(int input, uint32_t beat, uint32_t bits)
{
    int shifted = input >> (beat * bits);

    if ((beat + 1) * bits >= 8)
        return shifted;
    return shifted & ((1 << bits) - 1);
}

static void multiply_row(int16_t *restrict product, const int8_t *restrict word,
                         const uint8_t *restrict metadata,
                         const int8_t *restrict low,
                         const int8_t *restrict high, uint32_t columns)
{
    for (uint32_t c = 0; c < columns; c++) {
        int8_t input = metadata[c] ? high[c] : low[c];

        product[c] = (int16_t)(word[c] * input);
    }
}

static void multiply_slices(int16_t *product, const int8_t *word,
                            const uint8_t *metadata, const int8_t *low,
                            const int8_t *high, uint32_t columns, uint32_t beat,
                            uint32_t bits)
{
    for (uint32_t c = 0; c < columns; c++)
        product[c] = (int16_t)(word[c] * slice(metadata[c] ? high[c] : low[c],
                                               beat, bits));
}

static void multiply(const struct sub_macro_array *array,
                     const struct image *image, const struct pass *in,
                     struct pass *out)
{
    const struct machine *machine = array->run->machine;
    size_t cells = (size_t)machine_slots(machine) * image->stride;
    const int8_t *low = pass_values_of(in), *high = low + cells;
    int16_t *product = pass_values(out);
    uint32_t bits = (uint32_t)machine->macro.input_bits;

    for (uint32_t s = 0; s < image->span; s++) {
        size_t at = (size_t)s * image->stride + in->first;

        if (bits == 8)
            multiply_row(product + at, image->word + at, image->metadata + at,
                         low + at, high + at, in->columns);
        else
            multiply_slices(product + at, image->word + at,
                            image->metadata + at, low + at, high + at,
                            in->columns, out->beat, bits);
    }
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
        sim_notify_after(&array->timer, run_span(array->run, 1));
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
