/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Operators beside the array.  Token by token, with e_t the elements of token t
 * and V_s when token s of all makers may be read, token t may be read at
 *
 *     max over s <= t of (V_s + clocks(e_s + ... + e_t)) + latency
 */
#include "models/inference/clockwork.h"

#include <stdlib.h>

#include "base/memory.h"

/* V_s of all tokens, into starts[]; the part of a clock that all of them have.
 * If they differ, they are rounded up, as the machine sees them; that agrees
 * with moving everything by whole clocks only. */
static uint64_t find_starts(struct clockwork *clockwork, uint64_t *starts,
                            const struct task *task, instant not_before)
{
    instant first = 0;
    bool same = true;

    for (uint32_t t = 0; t < task->tokens; t++) {
        instant at =
            instant_later(not_before, clockwork_token(clockwork, task, t));

        if (t == 0)
            first = at;
        same &= instant_part(at) == instant_part(first);
        starts[t] = instant_clock(at);
    }
    if (!same)
        clockwork->channel.waits++;
    return same ? instant_part(first) : 0;
}

/* When the last token may be read. */
static instant run_tokens(struct clockwork *clockwork, const struct task *task,
                          instant not_before)
{
    struct token_times *times = &clockwork->times[clockwork->task];
    uint64_t *starts = memory_new(task->tokens, sizeof *starts);
    uint64_t part = find_starts(clockwork, starts, task, not_before);
    __int128 most = 0;

    token_times_begin(times, task->tokens, 1);
    for (uint32_t t = 0; t < task->tokens; t++) {
        uint64_t clock =
            task_pace_token(&task->pace, starts, t, &most) + task->latency;

        /* All were rounded up by the same part. */
        times->at[t] = part ? instant_make(clock - 1, part) : instant_at(clock);
    }
    free(starts);
    return times->at[task->tokens - 1];
}

/* A vector operator, a scan, or bytes alone. */
void other_task_run(struct clockwork *clockwork, const struct task *task)
{
    struct ran *ran = &clockwork->ran[clockwork->task];
    struct channel *channel = &clockwork->channel;
    instant *spent = clockwork->spent[task->name];
    instant start, usable, end;
    enum task_unit unit;
    uint64_t bytes = 0;

    if (clockwork->machine->overlap == OVERLAP_NONE)
        clockwork_start_cold(clockwork);
    start = instant_later(clockwork_makers(clockwork, task, &unit),
                          clockwork->unit_free[task->unit]);
    if (clockwork->machine->overlap == OVERLAP_NONE)
        start = instant_later(start, clockwork->entry.port);
    for (uint32_t i = 0; i < task->inputs; i++)
        bytes += task->input[i].bytes;
    usable = request_inputs(clockwork, task, bytes);
    usable = instant_later(usable, request_fetched(clockwork, task));
    start = instant_later(start, usable);
    end = instant_after(start, task->clocks + task->latency);
    if (clockwork->machine->overlap == OVERLAP_PIPELINE &&
        task->pace.lanes > 0 && task->tokens > 0)
        end =
            run_tokens(clockwork, task,
                       instant_later(clockwork->unit_free[task->unit], usable));
    spent[clockwork_unit(task->unit)] +=
        instant_at(task->clocks + task->latency);
    if (bytes > 0)
        outstanding_free_last(&channel->inputs, end);
    if (task->unit != UNIT_MEMORY) {
        clockwork->unit_free[task->unit] = end;
        clockwork->unit_uses[task->unit]++;
    }
    ran->last = end;
    ran->unit = task->unit;
    if (task->stored > 0) {
        ran->written = request_output(clockwork, task, task->output_traffic,
                                      end, task->stored);
        end = instant_later(end, ran->written);
    }
    if (task->saved > 0)
        end = instant_later(end,
                            request_output(clockwork, task, task->image_traffic,
                                           ran->last, task->saved));
    ledger_end(&clockwork->ledger, task->name, end);
}
