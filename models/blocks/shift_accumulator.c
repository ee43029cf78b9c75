/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/shift_accumulator.h"

#include <string.h>

void shift_accumulator_count(uint64_t counters[COUNTERS],
                             const struct visit *visit)
{
    counters[COUNTER_SHIFT_ADDITIONS] +=
        visit->beats * visit->placement->mapping.lanes * visit->served;
}

static void shift_accumulator_add(struct shift_accumulator *accumulator,
                                  const struct pass *in)
{
    const struct mapping *mapping =
        &run_placement(accumulator->run, in)->mapping;
    uint32_t columns = mapping->columns,
             bits = (uint32_t)accumulator->run->machine->macro.input_bits;
    int32_t place = 1 << (in->beat * bits);
    const int32_t *sum = pass_values_of(in);

    if (in->beat == 0)
        memset(accumulator->held, 0, accumulator->bytes);
    for (uint32_t p = 0; p < mapping->lanes; p++) {
        for (uint32_t c = in->first; c < in->first + in->columns; c++)
            accumulator->held[p * columns + c] += sum[p * columns + c] * place;
    }
}

static void shift_accumulator_run(void *module)
{
    struct shift_accumulator *accumulator = module;
    struct run *run = accumulator->run;
    struct visit visit;
    const struct pass *in;

    if (!pipe_can_get(accumulator->in))
        return;
    in = pipe_get_slot(accumulator->in);
    if (run->values)
        shift_accumulator_add(accumulator, in);
    visit = run_visit(run, in);
    shift_accumulator_count(run->counters, &visit);
    if (in->beat + 1 == machine_beats(run->machine)) {
        struct pass *out = pipe_put_slot(accumulator->out);

        *out = *in;
        if (run->values)
            memcpy(pass_values(out), accumulator->held, accumulator->bytes);
        pipe_put_done(accumulator->out);
    }
    pipe_get_done(accumulator->in);
}

void shift_accumulator_init(struct shift_accumulator *accumulator,
                            struct run *run, struct pipe *in, struct pipe *out)
{
    *accumulator =
        (struct shift_accumulator){ .run = run, .in = in, .out = out };
    accumulator->bytes = run->machine->macro.sub_macros *
                         run->machine->macro.columns *
                         sizeof *accumulator->held;
    accumulator->held = sim_alloc(run->sim, accumulator->bytes);
    sim_method_init(&accumulator->process, run->sim, "shift_accumulator",
                    shift_accumulator_run, accumulator);
    sim_sensitive(&accumulator->process, &in->due);
}
