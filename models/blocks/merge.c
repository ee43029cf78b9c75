/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/merge.h"

static void add(const struct machine *machine, const struct pass *in,
                struct pass *out)
{
    uint32_t columns = (uint32_t)machine->macro.columns,
             end = in->first + in->columns;
    const int32_t *lane = pass_values_of(in);
    int32_t *sum = pass_values(out);

    for (uint32_t c = in->first; c < end; c++)
        sum[c] = lane[c];
    for (uint32_t p = 1; p < machine->macro.sub_macros; p++) {
        for (uint32_t c = in->first; c < end; c++)
            sum[c] += lane[(size_t)p * columns + c];
    }
}

static void merge_run(void *module)
{
    struct merge *merge = module;
    const struct machine *machine = merge->run->machine;
    const struct pass *in;
    struct pass *out;

    if (!pipe_can_get(merge->in))
        return;
    in = pipe_get_slot(merge->in);
    out = pipe_put_slot(merge->out);
    *out = *in;
    if (merge->run->values)
        add(machine, in, out);
    run_count(merge->run, COUNTER_MERGE_ADDITIONS,
              (machine->macro.sub_macros - 1) * in->columns);
    pipe_put_done(merge->out);
    pipe_get_done(merge->in);
}

void merge_init(struct merge *merge, struct run *run, struct pipe *in,
                struct pipe *out)
{
    *merge = (struct merge){ .run = run, .in = in, .out = out };
    sim_method_init(&merge->process, run->sim, "merge", merge_run, merge);
    sim_sensitive(&merge->process, &in->due);
}
