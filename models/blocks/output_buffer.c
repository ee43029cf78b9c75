/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/output_buffer.h"

#include <assert.h>
#include <string.h>

const struct parameter output_buffer_parameters[] = {
    { .path = "outputs.capacity",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, outputs.capacity),
      .unit = "bytes",
      .minimum = 1,
      .maximum = 1e12,
      .standard = "none",
      .none = true,
      .help = "of the output buffer; none: all sums of a layer fit" },
    { .path = "outputs.banks",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, outputs.banks),
      .unit = "banks",
      .minimum = 1,
      .maximum = 65536,
      .standard = "32",
      .help = "each takes one 4-byte sum a clock" },
    { .path = "outputs.ports",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, outputs.ports),
      .unit = "ports",
      .minimum = 1,
      .maximum = 2,
      .standard = "2",
      .help = "1: a sum that is added to costs its bank two clocks" },
    { .path = "outputs.fifo",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, outputs.fifo),
      .unit = "passes",
      .minimum = 1,
      .maximum = 65536,
      .standard = "none",
      .none = true,
      .help = "passes in flight or waiting; none: latency + 1, which is full "
              "rate while an operation takes one clock" },
};
const size_t output_buffer_parameter_count =
    sizeof output_buffer_parameters / sizeof *output_buffer_parameters;

static struct output_operation *operation(struct output_buffer *buffer,
                                          uint64_t number)
{
    return &buffer->fifo[number % buffer->credits];
}

static int32_t *operation_sums(struct output_buffer *buffer, uint64_t number,
                               uint32_t macro)
{
    const struct machine *machine = buffer->run->machine;

    return buffer->sums +
           ((number % buffer->credits) * machine->macros + macro) *
               machine->macro.columns;
}

/* Columns of one macro that the pass serves, and where; 0: takes no part. */
static uint32_t served(const struct output_buffer *buffer,
                       const struct pass *pass, uint32_t macro, uint32_t *first,
                       uint32_t *output)
{
    const struct schedule *schedule = buffer->run->schedule;
    const struct column_tile *column =
        schedule_column(schedule, &schedule->wave[pass->wave], macro);
    uint32_t count;

    if (!column)
        return 0;
    placement_served(schedule->placement, column, pass->number, first, &count);
    *output = column->first + *first;
    return count;
}

bool output_buffer_has_credit(const struct output_buffer *buffer)
{
    return buffer->taken - buffer->done < buffer->credits;
}

bool output_buffer_is_idle(const struct output_buffer *buffer)
{
    return buffer->taken == buffer->done;
}

void output_buffer_expect(struct output_buffer *buffer, const struct pass *pass)
{
    struct output_operation *next = operation(buffer, buffer->taken++);
    const struct schedule *schedule = buffer->run->schedule;
    uint32_t first, output;

    *next = (struct output_operation){ .pass = *pass };
    next->clocks = schedule_output_clocks(schedule, &schedule->wave[pass->wave],
                                          pass->number);
    for (uint32_t m = 0; m < buffer->run->machine->macros; m++)
        next->macros += served(buffer, pass, m, &first, &output) > 0;
}

/* Takes the next pass out of the macros once all that take part have it. */
static bool arrive(struct output_buffer *buffer)
{
    struct output_operation *next = operation(buffer, buffer->arrived);
    uint64_t now = run_now(buffer->run);
    uint32_t there = 0, first, output, count;

    for (uint32_t m = 0; m < buffer->run->machine->macros; m++)
        there += served(buffer, &next->pass, m, &first, &output) > 0 &&
                 pipe_can_get(&buffer->macro[m].merged);
    if (there < next->macros)
        return false;
    for (uint32_t m = 0; m < buffer->run->machine->macros; m++) {
        const struct pass *pass;

        count = served(buffer, &next->pass, m, &first, &output);
        if (count == 0)
            continue;
        pass = pipe_get_slot(&buffer->macro[m].merged);
        assert(pass->vector == next->pass.vector &&
               pass->number == next->pass.number);
        if (buffer->outputs)
            memcpy(operation_sums(buffer, buffer->arrived, m),
                   (const int32_t *)pass_values_of(pass) + first,
                   count * sizeof(int32_t));
        pipe_get_done(&buffer->macro[m].merged);
    }
    if (buffer->free_at < now)
        buffer->free_at = now;
    next->end = buffer->free_at + next->clocks;
    run_span(buffer->run, &(struct watch_span){ .unit = WATCH_OUTPUT,
                                                .start = buffer->free_at,
                                                .end = next->end,
                                                .wave = next->pass.wave,
                                                .token = next->pass.token,
                                                .pass = next->pass.number });
    buffer->free_at = next->end;
    run_count(buffer->run, COUNTER_OUTPUT_CLOCKS, next->clocks);
    buffer->arrived++;
    return true;
}

/* The operation's last clock is over: its sums are in the buffer. */
static void finish(struct output_buffer *buffer)
{
    struct run *run = buffer->run;
    const struct pass *pass = &operation(buffer, buffer->done)->pass;
    bool adds = run->schedule->wave[pass->wave].k_tile > 0;
    uint32_t first = 0, output = 0;

    for (uint32_t m = 0; m < run->machine->macros; m++) {
        uint32_t count = served(buffer, pass, m, &first, &output);
        const int32_t *sum = operation_sums(buffer, buffer->done, m);
        int32_t *at;

        run_count(run, COUNTER_SUMS_WRITTEN, count);
        run_count(run, COUNTER_SUMS_READ, adds ? count : 0);
        if (!buffer->outputs || count == 0)
            continue;
        at = buffer->outputs + (size_t)pass->token * run->layer->outputs +
             output;
        for (uint32_t c = 0; c < count; c++)
            at[c] = (adds ? at[c] : 0) + sum[c];
    }
    buffer->done++;
}

static void output_buffer_run(void *module)
{
    struct output_buffer *buffer = module;
    uint64_t now = run_now(buffer->run), done = buffer->done;

    while (buffer->arrived < buffer->taken && arrive(buffer))
        ;
    while (buffer->done < buffer->arrived &&
           operation(buffer, buffer->done)->end <= now)
        finish(buffer);
    if (buffer->done > done)
        sim_notify_delta(&buffer->ended);
    if (buffer->done < buffer->arrived)
        sim_notify_after(&buffer->timer,
                         run_delay(buffer->run,
                                   operation(buffer, buffer->done)->end - now));
}

void output_buffer_init(struct output_buffer *buffer, struct run *run,
                        struct macro *macro, int32_t *outputs)
{
    size_t macros = (size_t)run->machine->macros,
           columns = (size_t)run->machine->macro.columns;

    *buffer = (struct output_buffer){ .run = run,
                                      .macro = macro,
                                      .outputs = outputs };
    buffer->credits = machine_credits(run->machine);
    buffer->fifo = sim_alloc(run->sim, buffer->credits * sizeof *buffer->fifo);
    if (outputs)
        buffer->sums = sim_alloc(run->sim, buffer->credits * macros * columns *
                                               sizeof *buffer->sums);
    sim_event_init(&buffer->ended, run->sim, "ended");
    sim_event_init(&buffer->timer, run->sim, "timer");
    sim_method_init(&buffer->process, run->sim, "run", output_buffer_run,
                    buffer);
    sim_sensitive(&buffer->process, &buffer->timer);
    for (size_t m = 0; m < macros; m++)
        sim_sensitive(&buffer->process, &macro[m].merged.due);
}
