/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sums of a pass become operations on banks of the output buffer: written for
 * the first tile along K, read and added for the others.  With one port an
 * addition holds its bank twice.
 *
 * All macros that serve a pass deliver at the same clock or wait for one
 * another, as their sums belong to one vector.  Credits - operations that are
 * promised room - are given when a pass enters the macros, not when it leaves:
 * the pipelines cannot be stopped, so a pass that is inside must find its
 * place.
 *
 * The first sums of a column wave may have to wait until those of the one
 * before have left for memory.  Then they and all behind them stay in the fifo,
 * without clocks of their own, until the channel says when that will be.
 */
#include "models/blocks/output_buffer.h"

#include <assert.h>
#include <string.h>

#include "base/arithmetic.h"
#include "models/arrays/array.h"
#include "models/parameter_list.h"

const struct parameter parameter_outputs_fifo = {
    .path = "outputs.fifo",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, outputs.fifo),
    .unit = "passes",
    .minimum = 1,
    .maximum = 65536,
    .standard = "none",
    .none = true,
    .help = "passes in flight or waiting; none: latency + 1, which is full "
            "rate while an operation takes one clock",
};

uint32_t output_buffer_credits(const struct machine *machine)
{
    if (machine->outputs.fifo)
        return (uint32_t)machine->outputs.fifo;
    return machine_latency(machine) + 1;
}

void output_buffer_count(uint64_t counters[COUNTERS], const struct wave *wave,
                         uint64_t served)
{
    counters[COUNTER_SUMS_WRITTEN] += served;
    if (wave->k_tile > 0)
        counters[COUNTER_SUMS_READ] += served;
}

void output_buffer_count_sent(uint64_t counters[COUNTERS], uint64_t sums)
{
    counters[COUNTER_SUMS_SENT] += sums;
}

static struct output_operation *operation(struct output_buffer *buffer,
                                          uint64_t number)
{
    return &buffer->fifo[number % buffer->credits];
}

static int32_t *operation_sums(struct output_buffer *buffer, uint64_t number,
                               uint32_t macro)
{
    const struct schedule *schedule = buffer->run->schedule;

    return buffer->sums +
           ((number % buffer->credits) * schedule->machine->macros + macro) *
               schedule->placement->mapping.columns;
}

/* Columns of one macro that the pass serves; none: it takes no part. */
static uint32_t served_by(const struct output_buffer *buffer,
                          const struct pass *pass, uint32_t macro)
{
    const struct wave *wave = &buffer->run->schedule->wave[pass->wave];
    const struct column_tile *column = wave_column(wave, macro);

    if (!column)
        return 0;
    return placement_served_columns(wave->placement, column, pass->number);
}

bool output_buffer_has_credit(const struct output_buffer *buffer)
{
    return buffer->taken - buffer->done < buffer->credits;
}

bool output_buffer_is_idle(const struct output_buffer *buffer)
{
    return buffer->taken == buffer->done;
}

/* Whether a token is the last of its block. */
static bool ends_block(const struct schedule *schedule, uint32_t token)
{
    return (token + 1) % schedule->block_tokens == 0 ||
           token + 1 == schedule->tokens;
}

static uint32_t tokens_of_block(const struct schedule *schedule, uint32_t token)
{
    return schedule_block(schedule, token / schedule->block_tokens);
}

void output_buffer_expect(struct output_buffer *buffer, const struct pass *pass)
{
    const struct schedule *schedule = buffer->run->schedule;
    const struct wave *wave = &schedule->wave[pass->wave];
    struct output_operation *next = operation(buffer, buffer->taken++);

    *next = (struct output_operation){ .pass = *pass };
    next->clocks = wave_output_clocks(wave, pass->number);
    if (wave->begins && schedule->wait_sums && pass->number == 0 &&
        pass->token % schedule->block_tokens == 0)
        next->writes = buffer->columns;
    next->ends_turn =
        pass->number + 1 == wave->passes && ends_block(schedule, pass->token);
    if (next->ends_turn && wave->outputs > 0)
        buffer->columns++;
    for (uint32_t m = 0; m < buffer->run->machine->macros; m++)
        next->macros += served_by(buffer, pass, m) > 0;
}

/* Takes the next pass out of the macros once all that take part have it. */
static bool arrive(struct output_buffer *buffer)
{
    struct output_operation *next = operation(buffer, buffer->arrived);
    uint32_t there = 0;

    for (uint32_t m = 0; m < buffer->run->machine->macros; m++)
        there += served_by(buffer, &next->pass, m) > 0 &&
                 pipe_can_get(&buffer->macro[m].merged);
    if (there < next->macros)
        return false;
    for (uint32_t m = 0; m < buffer->run->machine->macros; m++) {
        const struct pass *pass;

        if (served_by(buffer, &next->pass, m) == 0)
            continue;
        pass = pipe_get_slot(&buffer->macro[m].merged);
        assert(pass->vector == next->pass.vector &&
               pass->number == next->pass.number);
        if (buffer->outputs)
            memcpy(operation_sums(buffer, buffer->arrived, m) + pass->first,
                   (const int32_t *)pass_values_of(pass) + pass->first,
                   pass->columns * sizeof(int32_t));
        pipe_get_done(&buffer->macro[m].merged);
    }
    next->at = run_now(buffer->run);
    buffer->arrived++;
    return true;
}

/* Gives the next operation its clocks, unless it waits for a write that is not
 * asked for yet. */
static bool place(struct output_buffer *buffer)
{
    struct output_operation *next = operation(buffer, buffer->placed);

    if (next->writes > 0) {
        if (buffer->dram->writes < next->writes)
            return false;
        next->at = max(next->at, buffer->dram->write_over);
    }
    buffer->free_at = max(buffer->free_at, next->at);
    next->end = buffer->free_at + next->clocks;
    run_span(buffer->run, &(struct watch_span){ .unit = WATCH_OUTPUT,
                                                .start = buffer->free_at,
                                                .end = next->end,
                                                .wave = next->pass.wave,
                                                .token = next->pass.token,
                                                .pass = next->pass.number });
    buffer->free_at = next->end;
    buffer->run->counters[COUNTER_OUTPUT_CLOCKS] += next->clocks;
    buffer->placed++;
    return true;
}

static void output_buffer_add_sums(struct output_buffer *buffer,
                                   const struct pass *pass, uint32_t macro)
{
    const struct run *run = buffer->run;
    const struct wave *wave = &run->schedule->wave[pass->wave];
    const struct column_tile *column = wave_column(wave, macro);
    const int32_t *sum = operation_sums(buffer, buffer->done, macro);
    int32_t *to = buffer->outputs +
                  (size_t)pass->token * run->layer->shape.outputs +
                  column->first;

    for (uint32_t team = 0; team < wave->placement->mapping.teams; team++) {
        struct range columns =
            placement_served(wave->placement, column, pass->number, team);

        for (uint32_t c = columns.first; c < columns.first + columns.count; c++)
            to[c] = (wave->k_tile > 0 ? to[c] : 0) + sum[c];
    }
}

/* The operation's last clock is over: its sums are in the buffer. */
static void finish_operation(struct output_buffer *buffer)
{
    struct run *run = buffer->run;
    const struct output_operation *its = operation(buffer, buffer->done);
    const struct pass *pass = &its->pass;
    const struct wave *wave = &run->schedule->wave[pass->wave];

    for (uint32_t m = 0; m < run->machine->macros; m++) {
        uint32_t served = served_by(buffer, pass, m);

        output_buffer_count(run->counters, wave, served);
        if (buffer->outputs && served > 0)
            output_buffer_add_sums(buffer, pass, m);
    }
    if (its->ends_turn && run->schedule->outputs_go) {
        output_buffer_count_sent(
            run->counters, (uint64_t)wave->outputs *
                               tokens_of_block(run->schedule, pass->token));
        dram_end_turn(buffer->dram);
    }
    buffer->done++;
}

static void output_buffer_run(void *module)
{
    struct output_buffer *buffer = module;
    uint64_t now = run_now(buffer->run), done = buffer->done;

    while (buffer->arrived < buffer->taken && arrive(buffer))
        ;
    while (buffer->placed < buffer->arrived && place(buffer))
        ;
    while (buffer->done < buffer->placed &&
           operation(buffer, buffer->done)->end <= now)
        finish_operation(buffer);
    if (buffer->done > done)
        sim_notify_delta(&buffer->ended);
    if (buffer->done < buffer->placed)
        sim_notify_after(&buffer->timer,
                         run_delay(buffer->run,
                                   operation(buffer, buffer->done)->end - now));
}

void output_buffer_begin(struct output_buffer *buffer)
{
    buffer->columns = 0;
}

void output_buffer_init(struct output_buffer *buffer, struct run *run,
                        const struct output_buffer_units *units,
                        int32_t *outputs)
{
    struct macro *macro = units->macro;
    size_t macros = (size_t)run->machine->macros,
           columns = run->schedule->placement->mapping.columns;

    *buffer = (struct output_buffer){
        .run = run, .macro = macro, .dram = units->dram, .outputs = outputs
    };
    buffer->credits = output_buffer_credits(run->machine);
    buffer->fifo = sim_alloc(run->sim, buffer->credits * sizeof *buffer->fifo);
    if (outputs)
        buffer->sums = sim_alloc(run->sim, buffer->credits * macros * columns *
                                               sizeof *buffer->sums);
    sim_event_init(&buffer->ended, run->sim, "ended");
    sim_event_init(&buffer->timer, run->sim, "timer");
    sim_method_init(&buffer->process, run->sim, "run", output_buffer_run,
                    buffer);
    sim_sensitive(&buffer->process, &buffer->timer);
    sim_sensitive(&buffer->process, &buffer->dram->wrote);
    for (size_t m = 0; m < macros; m++)
        sim_sensitive(&buffer->process, &macro[m].merged.due);
}
