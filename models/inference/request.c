/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What tasks ask of the channel, in the order of its list.  A column wave's
 * write waits for the image that follows it; where inputs need what is owed,
 * the image of a later task is asked for ahead of them.
 */
#include "models/inference/clockwork.h"

#include "base/arithmetic.h"

void request_writes(struct clockwork *clockwork)
{
    struct ledger *ledger = &clockwork->ledger;
    size_t first = clockwork->number - clockwork->task;

    for (size_t i = 0; i < ledger->owed_count; i++) {
        const struct owed *owed = &ledger->owed[i];
        struct ran *ran = NULL;
        instant over;

        channel_wait(&clockwork->channel, owed->asked);
        over = channel_move(&clockwork->channel, owed->bytes);
        clockwork_count_bytes(clockwork, owed->name, owed->traffic,
                              owed->bytes);
        if (owed->task >= first)
            ran = &clockwork->ran[owed->task - first];
        else if (owed->task + 1 == first)
            ran = &clockwork->before;
        if (ran)
            ran->written = instant_later(ran->written, over);
        ledger_note_write(ledger, owed->serial, over);
        clockwork->sums_wait = over;
    }
    ledger->owed_count = 0;
    ledger_settle(ledger);
}

/* The channel's part of an image; when it can be loaded. */
static instant fetch_image(struct clockwork *clockwork, const struct task *task,
                           const struct task_wave *wave, instant not_before)
{
    struct channel *channel = &clockwork->channel;
    instant over;

    channel_reserve(channel, &channel->staging, wave->image);
    channel_wait(channel, not_before);
    over = channel_move(channel, wave->image);
    clockwork_count_bytes(clockwork, task->name, task->image_traffic,
                          wave->image);
    return instant_after(over, channel->arrival + wave->decode);
}

/* Does a task's first image stand first of what it asks the channel for, and
 * is nothing that it needs still to be made?  `number` is the task's, `first`
 * its segment's first. */
static bool image_comes_first(const struct clockwork *clockwork,
                              const struct task *task, size_t number,
                              size_t first)
{
    if (task->wave[0].image == 0 || task->wave[0].made)
        return false;
    for (uint32_t i = 0; i < task->inputs; i++) {
        uint32_t back = task->input[i].back;
        size_t after = back == 0 ? first : number - back + 1;

        /* Made before the task that runs: it comes before the image. */
        if (task->input[i].bytes > 0 && number != clockwork->number &&
            after <= clockwork->number)
            return false;
    }
    return true;
}

/* The first image of the array's next task, the one that runs included. */
static void fetch_ahead(struct clockwork *clockwork)
{
    size_t segment = clockwork->segment, at = clockwork->task;
    size_t first = clockwork->number - clockwork->task;

    if (clockwork->is_ahead)
        return;
    for (; segment < clockwork->programme->segments &&
           segment < clockwork->segment + PROGRAMME_AHEAD;
         segment++, at = 0) {
        const struct segment *here =
            segment == clockwork->segment
                ? clockwork->here
                : clockwork_segment(clockwork, segment);

        clockwork->ahead_segments =
            max(clockwork->ahead_segments, segment - clockwork->segment);
        for (; at < here->tasks; at++) {
            const struct task *task = &here->task[at];

            if (task->unit != UNIT_ARRAY)
                continue;
            if (!image_comes_first(clockwork, task, first + at, first))
                return;
            clockwork->ahead_usable =
                fetch_image(clockwork, task, &task->wave[0], 0);
            clockwork->ahead_number = first + at;
            clockwork->is_ahead = true;
            return;
        }
        first += here->tasks;
    }
}

/* When what is made in this step is there to be fetched, `bytes` of it over the
 * channel: it was written, if it ever is. */
static instant request_made(struct clockwork *clockwork,
                            const struct task *task, uint64_t bytes)
{
    const struct ran *maker;

    if (bytes > 0 &&
        ledger_owes(&clockwork->ledger, clockwork->number - task->image_back))
        request_writes(clockwork);
    maker = clockwork_maker(clockwork, clockwork->task, task->image_back);
    return bytes > 0 && maker->written ? maker->written : maker->last;
}

/* When the image of a wave can be loaded: its place in the channel's list, or
 * what made it. */
instant request_image(struct clockwork *clockwork, const struct task *task,
                      const struct task_wave *wave)
{
    instant made = 0;

    if (wave->made)
        made = request_made(clockwork, task, wave->image);
    if (wave->image == 0)
        return made;
    if (clockwork->is_ahead && clockwork->ahead_number == clockwork->number &&
        wave == task->wave) {
        clockwork->is_ahead = false;
        return clockwork->ahead_usable;
    }
    return fetch_image(clockwork, task, wave, made);
}

instant request_fetched(struct clockwork *clockwork, const struct task *task)
{
    struct channel *channel = &clockwork->channel;

    if (task->fetched == 0)
        return 0;
    if (task->fetches_made)
        channel_wait(channel, request_made(clockwork, task, task->fetched));
    clockwork_count_bytes(clockwork, task->name, task->image_traffic,
                          task->fetched);
    return instant_after(channel_move(channel, task->fetched),
                         channel->arrival);
}

/* Do inputs wait for a write that is owed? */
static bool waits_for_owed(const struct clockwork *clockwork,
                           const struct task *task)
{
    size_t first = clockwork->number - clockwork->task;

    for (uint32_t i = 0; i < task->inputs; i++) {
        uint32_t back = task->input[i].back;

        if (task->input[i].bytes > 0 &&
            ledger_owes(&clockwork->ledger,
                        back == 0 ? first - 1 : clockwork->number - back))
            return true;
    }
    return false;
}

instant request_written(const struct clockwork *clockwork,
                        const struct task *task)
{
    instant written = 0;

    for (uint32_t i = 0; i < task->inputs; i++)
        if (task->input[i].bytes > 0)
            written = instant_later(written,
                                    clockwork_maker(clockwork, clockwork->task,
                                                    task->input[i].back)
                                        ->written);
    return written;
}

/* Asks for inputs of so many bytes; when they can be read.  Writes that make
 * them come before them, and the image that follows those before that. */
instant request_inputs(struct clockwork *clockwork, const struct task *task,
                       uint64_t bytes)
{
    struct channel *channel = &clockwork->channel;

    if (bytes == 0)
        return 0;
    if (waits_for_owed(clockwork, task)) {
        fetch_ahead(clockwork);
        request_writes(clockwork);
    }
    channel_reserve(channel, &channel->inputs, bytes);
    channel_wait(channel, request_written(clockwork, task));
    clockwork_count_inputs(clockwork, task, bytes);
    return instant_after(channel_move(channel, bytes), channel->arrival);
}

/* Moves `bytes` that are there from `asked` on. */
instant request_output(struct clockwork *clockwork, const struct task *task,
                       enum traffic traffic, instant asked, uint64_t bytes)
{
    channel_wait(&clockwork->channel, asked);
    clockwork_count_bytes(clockwork, task->name, traffic, bytes);
    return channel_move(&clockwork->channel, bytes);
}
