/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/shift_accumulator.h"

#include <string.h>

static size_t sums(const struct machine *machine)
{
    return machine->macro.sub_macros * machine->macro.columns;
}

static void add(struct shift_accumulator *accumulator, const struct pass *in)
{
    const struct machine *machine = accumulator->run->machine;
    uint32_t columns = (uint32_t)machine->macro.columns;
    int32_t place = 1 << (in->beat * (uint32_t)machine->macro.input_bits);
    const int32_t *sum = pass_values_of(in);

    if (in->beat == 0)
        memset(accumulator->held, 0, sums(machine) * sizeof *accumulator->held);
    for (uint32_t p = 0; p < machine->macro.sub_macros; p++) {
        for (uint32_t c = in->first; c < in->first + in->columns; c++)
            accumulator->held[p * columns + c] += sum[p * columns + c] * place;
    }
}

static void shift_accumulator_run(void *module)
{
    struct shift_accumulator *accumulator = module;
    const struct machine *machine = accumulator->run->machine;
    const struct pass *in;

    if (!pipe_can_get(accumulator->in))
        return;
    in = pipe_get_slot(accumulator->in);
    if (accumulator->run->values)
        add(accumulator, in);
    run_count(accumulator->run, COUNTER_SHIFT_ADDITIONS,
              machine->macro.sub_macros * in->columns);
    if (in->beat + 1 == machine_beats(machine)) {
        struct pass *out = pipe_put_slot(accumulator->out);

        *out = *in;
        if (accumulator->run->values)
            memcpy(pass_values(out), accumulator->held,
                   sums(machine) * sizeof *accumulator->held);
        pipe_put_done(accumulator->out);
    }
    pipe_get_done(accumulator->in);
}

void shift_accumulator_init(struct shift_accumulator *accumulator,
                            struct run *run, struct pipe *in, struct pipe *out)
{
    *accumulator =
        (struct shift_accumulator){ .run = run, .in = in, .out = out };
    accumulator->held =
        sim_alloc(run->sim, sums(run->machine) * sizeof *accumulator->held);
    sim_method_init(&accumulator->process, run->sim, "shift_accumulator",
                    shift_accumulator_run, accumulator);
    sim_sensitive(&accumulator->process, &in->due);
}
