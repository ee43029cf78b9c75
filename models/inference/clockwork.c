/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/clockwork.h"

const struct segment *clockwork_segment(const struct clockwork *clockwork,
                                        size_t number)
{
    const struct programme *programme = clockwork->programme;

    return programme->segment(programme->context, number);
}

/* When the last of all makers is done, and which unit's it is. */
instant clockwork_makers(const struct clockwork *clockwork,
                         const struct task *task, enum task_unit *unit)
{
    instant last = 0;

    *unit = UNIT_ARRAY;
    for (uint32_t i = 0; i < task->inputs; i++) {
        const struct ran *maker =
            clockwork_maker(clockwork, clockwork->task, task->input[i].back);

        if (maker->last > last) {
            last = maker->last;
            *unit = maker->unit;
        }
    }
    return last;
}

/* Starts cold: nothing is loaded, nothing is read. */
void clockwork_start_cold(struct clockwork *clockwork)
{
    instant now = instant_at(instant_clock(clockwork->ledger.end));

    channel_restart(&clockwork->channel, now);
    entry_restart(&clockwork->entry, now);
    clockwork->load_end = now;
    for (uint32_t i = 0; i < clockwork->machine->banks; i++)
        clockwork->bank_freed[i] = now;
    clockwork->bank = 0;
    clockwork->sums_wait = 0;
}

enum programme_clock clockwork_unit(enum task_unit unit)
{
    return unit == UNIT_VECTOR      ? PROGRAMME_VECTOR
           : unit == UNIT_SCAN      ? PROGRAMME_SCAN
           : unit == UNIT_MEMORY    ? PROGRAMME_MEMORY
           : unit == UNIT_ATTENTION ? PROGRAMME_ATTENTION
                                    : PROGRAMME_ARRAY;
}

const struct ran *clockwork_maker(const struct clockwork *clockwork,
                                  size_t task, uint32_t back)
{
    return back == 0 ? &clockwork->before : &clockwork->ran[task - back];
}

/* Tokens of a task, as its makers' are counted. */
static uint32_t tokens_of(const struct task *task)
{
    return task->per_token > 1 ? task->tokens / task->per_token : task->tokens;
}

/* Where input `i` is known token by token, and has as many. */
static const struct token_times *
times_of_input(const struct clockwork *clockwork, const struct task *task,
               uint32_t i)
{
    uint32_t back = task->input[i].back;
    const struct token_times *times =
        back == 0 ? &clockwork->times_before
                  : &clockwork->times[clockwork->task - back];

    if (clockwork->machine->overlap != OVERLAP_PIPELINE ||
        task->input[i].bytes > 0 || times->vectors == 0 ||
        token_times_tokens(times) != tokens_of(task))
        return NULL;
    return times;
}

bool clockwork_has_tokens(const struct clockwork *clockwork,
                          const struct task *task)
{
    for (uint32_t i = 0; i < task->inputs; i++)
        if (times_of_input(clockwork, task, i))
            return true;
    return false;
}

instant clockwork_token(const struct clockwork *clockwork,
                        const struct task *task, uint32_t token)
{
    instant ready = 0;

    for (uint32_t i = 0; i < task->inputs; i++) {
        const struct token_times *times = times_of_input(clockwork, task, i);

        ready = instant_later(
            ready, times ? token_times_of(times, token)
                         : clockwork_maker(clockwork, clockwork->task,
                                           task->input[i].back)
                               ->last);
    }
    return ready;
}
