/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/partial_sum_buffer.h"

#include <string.h>

void partial_sum_buffer_count(uint64_t counters[COUNTERS],
                              const struct visit *visit)
{
    counters[COUNTER_PARTIAL_SUMS] +=
        visit->placement->mapping.lanes * visit->served;
}

static void partial_sum_buffer_run(void *module)
{
    struct partial_sum_buffer *buffer = module;
    struct run *run = buffer->run;
    const struct mapping *mapping;
    struct visit visit;
    const struct pass *in;
    struct pass *out;

    if (!pipe_can_get(buffer->in))
        return;
    in = pipe_get_slot(buffer->in);
    out = pipe_put_slot(buffer->out);
    *out = *in;
    mapping = &run_placement(run, in)->mapping;
    if (run->values)
        memcpy(pass_values(out), pass_values_of(in),
               (size_t)mapping->lanes * mapping->columns * sizeof(int32_t));
    visit = run_visit(run, in);
    partial_sum_buffer_count(run->counters, &visit);
    pipe_put_done(buffer->out);
    pipe_get_done(buffer->in);
}

void partial_sum_buffer_init(struct partial_sum_buffer *buffer, struct run *run,
                             struct pipe *in, struct pipe *out)
{
    *buffer = (struct partial_sum_buffer){ .run = run, .in = in, .out = out };
    sim_method_init(&buffer->process, run->sim, "partial_sum_buffer",
                    partial_sum_buffer_run, buffer);
    sim_sensitive(&buffer->process, &in->due);
}
