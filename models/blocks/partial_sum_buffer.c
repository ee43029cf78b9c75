/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/partial_sum_buffer.h"

#include <string.h>

static void partial_sum_buffer_run(void *module)
{
    struct partial_sum_buffer *buffer = module;
    const struct machine *machine = buffer->run->machine;
    uint64_t lanes = machine->macro.sub_macros;
    const struct pass *in;
    struct pass *out;

    if (!pipe_can_get(buffer->in))
        return;
    in = pipe_get_slot(buffer->in);
    out = pipe_put_slot(buffer->out);
    *out = *in;
    if (buffer->run->values)
        memcpy(pass_values(out), pass_values_of(in),
               lanes * machine->macro.columns * sizeof(int32_t));
    run_count(buffer->run, COUNTER_PARTIAL_SUMS, lanes * in->columns);
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
