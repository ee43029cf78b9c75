/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A task of the array in one block of tokens: its waves one after the other,
 * each loaded as soon as its image, the loader and a bank are there, and then
 * entered by its vectors.  Three things are gone over when they repeat: vectors
 * of a wave, streamed or not, and like column waves; and those of waves that
 * are not streamed are remembered from wave to wave (stretch.h).  Where results
 * are read token by token, vectors wait each for its own until the last of the
 * block is there, and the ends of the vectors' last outputs are kept.
 */
#include "models/inference/clockwork.h"

/* Fewer vectors are stepped through. */
enum { FEW = 3 };

/* What a wave's vectors are to the task: the first of them, and where the ends
 * of their outputs are kept (NULL: nowhere). */
struct vectors {
    uint32_t first, count;
    struct token_times *kept;
};

static void keep_end(const struct clockwork *clockwork,
                     const struct vectors *vectors, uint64_t v)
{
    if (vectors->kept)
        vectors->kept->at[vectors->first + v] = entry_last(&clockwork->entry);
}

/* After vector `v` - 1; how many more were gone over. */
static uint64_t skip_vectors(struct clockwork *clockwork,
                             const struct task *task,
                             const struct vectors *vectors, uint64_t v)
{
    uint64_t skipped =
        repeat_skip(clockwork, REPEAT_VECTORS, task->name, v, vectors->count);
    const struct repeat_span *last;

    if (skipped == 0 || !vectors->kept)
        return skipped;
    last = repeat_last(clockwork, REPEAT_VECTORS);
    token_times_repeat(vectors->kept, vectors->first + (uint32_t)v,
                       (uint32_t)skipped, (uint32_t)last->period, last->span,
                       clockwork->machine->rate[0]);
    return skipped;
}

/* Vectors that may have to wait for their own tokens; returns how many entered
 * until none has to any more. */
static uint64_t enter_tokens(struct clockwork *clockwork,
                             const struct task *task,
                             const struct task_wave *wave,
                             struct entry_gates *gates,
                             const struct vectors *vectors)
{
    uint32_t per_token = task->per_token ? task->per_token : 1;
    uint32_t end = vectors->first + vectors->count - 1;
    instant last = clockwork_token(clockwork, task, end / per_token);
    uint64_t v = 0;

    for (; v < vectors->count && last > clockwork->entry.read; v++) {
        gates->makers = clockwork_token(
            clockwork, task, (vectors->first + (uint32_t)v) / per_token);
        entry_add(&clockwork->entry, clockwork->spent[task->name], wave, gates);
        keep_end(clockwork, vectors, v);
    }
    gates->makers = last;
    return v;
}

/* Vectors from `begin` on, which wait for nothing but those before them. */
static void step_stretch(struct clockwork *clockwork, const struct task *task,
                         const struct task_wave *wave,
                         struct entry_gates *gates,
                         const struct vectors *vectors, uint64_t begin)
{
    struct vectors rest = { vectors->first + (uint32_t)begin,
                            vectors->count - (uint32_t)begin, vectors->kept };

    repeat_begin(clockwork, REPEAT_VECTORS);
    for (uint64_t v = 0; v < rest.count;) {
        entry_add(&clockwork->entry, clockwork->spent[task->name], wave, gates);
        keep_end(clockwork, &rest, v);
        v++;
        v += skip_vectors(clockwork, task, &rest, v);
    }
}

/* Vectors whose inputs all are there at once. */
static void enter_vectors(struct clockwork *clockwork, const struct task *task,
                          const struct task_wave *wave,
                          struct entry_gates *gates,
                          const struct vectors *vectors)
{
    struct stretches *stretches = &clockwork->stretches;
    instant *spent = clockwork->spent[task->name];
    uint64_t v = 0;

    if (clockwork->machine->overlap == OVERLAP_PIPELINE &&
        clockwork_has_tokens(clockwork, task))
        v = enter_tokens(clockwork, task, wave, gates, vectors);
    while (v < vectors->count && (v == 0 || vectors->count - v < FEW)) {
        entry_add(&clockwork->entry, spent, wave, gates);
        keep_end(clockwork, vectors, v++);
    }
    if (v == vectors->count)
        return;
    if (vectors->kept || clockwork->machine->steps == STEPS_ALL) {
        step_stretch(clockwork, task, wave, gates, vectors, v);
    } else if (!stretches_recall(stretches, &clockwork->entry, spent, wave,
                                 vectors->count - v)) {
        step_stretch(clockwork, task, wave, gates, vectors, v);
        stretches_learn(stretches, &clockwork->entry, spent);
    }
}

/* Every vector's slice of inputs comes over the channel by itself. */
static void enter_slices(struct clockwork *clockwork, const struct task *task,
                         const struct task_wave *wave,
                         struct entry_gates *gates,
                         const struct vectors *vectors)
{
    struct channel *channel = &clockwork->channel;
    instant *spent = clockwork->spent[task->name];
    instant written = request_written(clockwork, task);

    repeat_begin(clockwork, REPEAT_VECTORS);
    repeat_slices(clockwork, wave->slice);
    for (uint64_t v = 0; v < vectors->count;) {
        channel_reserve(channel, &channel->inputs, wave->slice);
        if (v == 0)
            channel_wait(channel, written);
        clockwork_count_inputs(clockwork, task, wave->slice);
        gates->inputs =
            instant_after(channel_move(channel, wave->slice), channel->arrival);
        repeat_note_slice(clockwork, gates->inputs);
        entry_add(&clockwork->entry, spent, wave, gates);
        outstanding_free_last(&channel->inputs, clockwork->entry.ready);
        keep_end(clockwork, vectors, v);
        v++;
        v += skip_vectors(clockwork, task, vectors, v);
    }
}

static void run_wave(struct clockwork *clockwork, const struct task *task,
                     const struct task_wave *wave, struct entry_gates *gates,
                     const struct token_block *block)
{
    const struct programme_machine *machine = clockwork->machine;
    uint32_t skipped =
        wave->skipped > block->first ? wave->skipped - block->first : 0;
    struct vectors vectors;
    instant usable, *freed;

    if (skipped >= block->tokens)
        return;
    usable = request_image(clockwork, task, wave);
    if (clockwork->ledger.owed_count > 0)
        request_writes(clockwork);
    freed = &clockwork->bank_freed[clockwork->bank];
    if (++clockwork->bank == machine->banks)
        clockwork->bank = 0;
    gates->load_end = instant_after(
        instant_later(instant_later(usable, clockwork->load_end), *freed),
        wave->load);
    gates->sums = wave->begins && task->wait_sums ? clockwork->sums_wait : 0;
    if (wave->begins)
        clockwork->sums_wait = 0;
    clockwork->load_end = gates->load_end;
    if (wave->image > 0)
        outstanding_free_last(&clockwork->channel.staging, gates->load_end);
    vectors = (struct vectors){ block->first + skipped, block->tokens - skipped,
                                NULL };
    if (wave >= block->keep_from && machine->overlap == OVERLAP_PIPELINE)
        vectors.kept = &clockwork->times[clockwork->task];
    if (task->streamed)
        enter_slices(clockwork, task, wave, gates, &vectors);
    else
        enter_vectors(clockwork, task, wave, gates, &vectors);
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
    uint64_t all = (uint64_t)first->again + 1, some = all;
    uint32_t length = 1;

    while (first + length < end && !first[length].begins)
        length++;
    if (block->keep_from < first + all * length)
        some = block->keep_from > first
                   ? (uint64_t)(block->keep_from - first) / length
                   : 0;
    repeat_begin(clockwork, REPEAT_COLUMNS);
    for (uint64_t done = 0; done < all;) {
        uint64_t skipped;

        for (uint32_t w = 0; w < length; w++)
            run_wave(clockwork, task, wave++, gates, block);
        done++;
        skipped =
            repeat_skip(clockwork, REPEAT_COLUMNS, task->name, done, some);
        wave += skipped * length;
        done += skipped;
    }
    return (uint32_t)(wave - first);
}

/* From the last column wave on that all of a block's vectors enter, the last
 * ends of each are met. */
static const struct task_wave *last_columns(const struct task *task,
                                            uint32_t first)
{
    uint32_t w = task->waves - 1;

    while (w > 0 && (!task->wave[w].begins || task->wave[w].skipped > first))
        w--;
    return &task->wave[w];
}

void array_task_run(struct clockwork *clockwork, const struct task *task,
                    struct entry_gates *gates, struct token_block *block)
{
    struct ran *ran = &clockwork->ran[clockwork->task];

    block->keep_from = task->wave + task->waves;
    if (clockwork->machine->overlap == OVERLAP_PIPELINE)
        block->keep_from = last_columns(task, block->first);
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
