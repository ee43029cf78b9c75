/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/merge.h"

static void merge_add(const struct mapping *mapping, const struct pass *in,
                      struct pass *out)
{
    uint32_t columns = mapping->columns, end = in->first + in->columns;
    const int32_t *lane = pass_values_of(in);
    int32_t *sum = pass_values(out);

    for (uint32_t c = in->first; c < end; c++)
        sum[c] = lane[c];
    for (uint32_t p = 1; p < mapping->lanes; p++) {
        for (uint32_t c = in->first; c < end; c++)
            sum[c] += lane[(size_t)p * columns + c];
    }
}

void merge_count(uint64_t counters[COUNTERS], const struct visit *visit)
{
    counters[COUNTER_MERGE_ADDITIONS] +=
        (visit->placement->mapping.lanes - 1) * visit->served;
    counters[COUNTER_MERGE_HANDED_ON] +=
        machine_log2(visit->placement->mapping.teams) * visit->served;
}

static void merge_run(void *module)
{
    struct merge *merge = module;
    struct run *run = merge->run;
    struct visit visit;
    const struct pass *in;
    struct pass *out;

    if (!pipe_can_get(merge->in))
        return;
    in = pipe_get_slot(merge->in);
    out = pipe_put_slot(merge->out);
    *out = *in;
    if (run->values)
        merge_add(&run_placement(run, in)->mapping, in, out);
    visit = run_visit(run, in);
    merge_count(run->counters, &visit);
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
