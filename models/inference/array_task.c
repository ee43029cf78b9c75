/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/clockwork.h"

/* Vectors whose inputs all are there at once. */
static void enter_vectors(struct clockwork *clockwork, const struct task *task,
                          const struct task_wave *wave,
                          struct entry_gates *gates, uint32_t vectors)
{
    instant *spent = clockwork->spent[task->name];

    if (vectors < 4) { /* too few to repeat */
        for (uint32_t v = 0; v < vectors; v++)
            entry_add(&clockwork->entry, spent, wave, gates);
        return;
    }
    repeat_begin(clockwork, REPEAT_VECTORS);
    for (uint64_t v = 0; v < vectors;) {
        entry_add(&clockwork->entry, spent, wave, gates);
        v++;
        v += repeat_skip(clockwork, REPEAT_VECTORS, task->name, v, vectors);
    }
}

/* Every vector's slice of inputs comes over the channel by itself. */
static void enter_slices(struct clockwork *clockwork, const struct task *task,
                         const struct task_wave *wave,
                         struct entry_gates *gates, uint32_t vectors)
{
    struct channel *channel = &clockwork->channel;
    instant *spent = clockwork->spent[task->name];
    instant written = request_written(clockwork, task);

    repeat_begin(clockwork, REPEAT_VECTORS);
    for (uint64_t v = 0; v < vectors;) {
        channel_reserve(channel, &channel->inputs, wave->slice);
        if (v == 0)
            channel_wait(channel, written);
        clockwork_count_bytes(clockwork, task->name, task->input_traffic,
                              wave->slice);
        gates->inputs =
            instant_after(channel_move(channel, wave->slice), channel->arrival);
        entry_add(&clockwork->entry, spent, wave, gates);
        outstanding_free_last(&channel->inputs, clockwork->entry.ready);
        v++;
        v += repeat_skip(clockwork, REPEAT_VECTORS, task->name, v, vectors);
    }
}

static void run_wave(struct clockwork *clockwork, const struct task *task,
                     const struct task_wave *wave, struct entry_gates *gates,
                     const struct token_block *block)
{
    const struct programme_machine *machine = clockwork->machine;
    uint32_t skipped =
        wave->skipped > block->first ? wave->skipped - block->first : 0;
    instant usable, *freed;

    if (skipped >= block->tokens)
        return;
    usable = request_image(clockwork, task, wave);
    if (clockwork->ledger.owed_count > 0)
        request_writes(clockwork);
    freed = &clockwork->bank_freed[clockwork->waves++ % machine->banks];
    gates->load_start =
        instant_later(instant_later(usable, clockwork->load_end), *freed);
    gates->load_end = instant_after(gates->load_start, wave->load);
    gates->sums = wave->begins && task->wait_sums ? clockwork->sums_wait : 0;
    if (wave->begins)
        clockwork->sums_wait = 0;
    clockwork->load_end = gates->load_end;
    if (wave->image > 0)
        outstanding_free_last(&clockwork->channel.staging, gates->load_end);
    if (task->streamed)
        enter_slices(clockwork, task, wave, gates, block->tokens - skipped);
    else
        enter_vectors(clockwork, task, wave, gates, block->tokens - skipped);
    *freed = instant_after(clockwork->entry.port, machine->bank_wait);
    if (wave->columns > 0 && task->outputs_go) {
        clockwork->sums_wait = 0;
        ledger_owe(&clockwork->ledger, task, clockwork->number,
                   (uint64_t)wave->columns * block->tokens,
                   entry_last(&clockwork->entry));
    }
}

/* Like column waves in a row; returns their waves. */
static uint32_t run_columns(struct clockwork *clockwork,
                            const struct task *task,
                            const struct task_wave *first,
                            struct entry_gates *gates,
                            const struct token_block *block)
{
    const struct task_wave *wave = first, *end = &task->wave[task->waves];
    uint64_t all = (uint64_t)first->again + 1;
    uint32_t length = 1;

    while (first + length < end && !first[length].begins)
        length++;
    repeat_begin(clockwork, REPEAT_COLUMNS);
    for (uint64_t done = 0; done < all;) {
        uint64_t skipped;

        for (uint32_t w = 0; w < length; w++)
            run_wave(clockwork, task, wave++, gates, block);
        done++;
        skipped = repeat_skip(clockwork, REPEAT_COLUMNS, task->name, done, all);
        wave += skipped * length;
        done += skipped;
    }
    return (uint32_t)(wave - first);
}

/* One block of tokens through the waves of one task. */
void array_task_run(struct clockwork *clockwork, const struct task *task,
                    struct entry_gates *gates, const struct token_block *block)
{
    struct ran *ran = &clockwork->ran[clockwork->task];

    for (uint32_t w = 0; w < task->waves;) {
        if (task->wave[w].again > 1)
            w += run_columns(clockwork, task, &task->wave[w], gates, block);
        else
            run_wave(clockwork, task, &task->wave[w++], gates, block);
    }
    ran->last = instant_later(ran->last, entry_last(&clockwork->entry));
    ran->unit = UNIT_ARRAY;
    ledger_end(&clockwork->ledger, task->name, entry_last(&clockwork->entry));
}
