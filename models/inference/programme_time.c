/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole machine is a few clocks at which its parts are free, and two queues
 * of bytes that are outstanding:
 *
 *     channel ─▶ staging ─▶ loader ─▶ banks ─▶ entry port ─▶ outputs ─▶ channel
 *        └────▶ activations ─▶ read, latches ─┘
 *
 * Tasks are gone through in order.  Each asks the channel for what stands in
 * the list up to it, so the list is never made: what is owed (a column wave's
 * write, which waits for the image that follows it) is held back in the ledger.
 * A task of another unit may need what an owed write makes; then the image that
 * follows, which belongs to a later task, is asked for ahead of time.  It
 * depends on nothing but earlier loads, so its time is already known.
 *
 * Like vectors, column waves, tasks and segments are gone over at once as soon
 * as the state repeats (repeat.c).
 */
#include "models/inference/programme_time.h"

#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/inference/clockwork.h"

const char *const programme_clock_names[PROGRAMME_CLOCKS] = {
    "compute", "loader", "memory", "array", "vector", "scan"
};

static void count_bytes(struct clockwork *clockwork, uint32_t name,
                        enum traffic traffic, uint64_t bytes)
{
    clockwork->sum[name].bytes[traffic] += bytes;
}

static const struct segment *segment_at(const struct clockwork *clockwork,
                                        size_t number)
{
    const struct programme *programme = clockwork->programme;

    return programme->segment(programme->context, number);
}

static const struct ran *maker_of_task(const struct clockwork *clockwork,
                                       size_t task, uint32_t back)
{
    return back == 0 ? &clockwork->before : &clockwork->ran[task - back];
}

/* -------------------------------------------------------------- writes */

static void pay_owed(struct clockwork *clockwork)
{
    struct ledger *ledger = &clockwork->ledger;
    size_t first = clockwork->number - clockwork->task;

    for (size_t i = 0; i < ledger->owed_count; i++) {
        const struct owed *owed = &ledger->owed[i];
        struct ran *ran = NULL;
        instant over;

        channel_wait(&clockwork->channel, owed->asked);
        over = channel_move(&clockwork->channel, owed->bytes);
        count_bytes(clockwork, owed->name, owed->traffic, owed->bytes);
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

/* -------------------------------------------------------------- images */

/* The channel's part of an image; when it can be loaded. */
static instant fetch_image(struct clockwork *clockwork, const struct task *task,
                           const struct task_wave *wave, instant not_before)
{
    struct channel *channel = &clockwork->channel;
    instant over;

    channel_reserve(channel, &channel->staging, wave->image);
    channel_wait(channel, not_before);
    over = channel_move(channel, wave->image);
    count_bytes(clockwork, task->name, task->image_traffic, wave->image);
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
        const struct segment *here = segment == clockwork->segment
                                         ? clockwork->here
                                         : segment_at(clockwork, segment);

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

/* When the image of a wave can be loaded: its place in the channel's list, or
 * what made it. */
static instant image_usable(struct clockwork *clockwork,
                            const struct task *task,
                            const struct task_wave *wave)
{
    const struct ran *maker = NULL;
    instant made = 0;

    if (wave->made) {
        maker = maker_of_task(clockwork, clockwork->task, task->image_back);
        if (wave->image > 0 &&
            ledger_owes(&clockwork->ledger,
                        clockwork->number - task->image_back))
            pay_owed(clockwork);
        made = wave->image > 0 && maker->written ? maker->written : maker->last;
    }
    if (wave->image == 0)
        return made;
    if (clockwork->is_ahead && clockwork->ahead_number == clockwork->number &&
        wave == task->wave) {
        clockwork->is_ahead = false;
        return clockwork->ahead_usable;
    }
    return fetch_image(clockwork, task, wave, made);
}

/* -------------------------------------------------------------- inputs */

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

static instant inputs_written(const struct clockwork *clockwork,
                              const struct task *task)
{
    instant written = 0;

    for (uint32_t i = 0; i < task->inputs; i++)
        if (task->input[i].bytes > 0)
            written =
                instant_later(written, maker_of_task(clockwork, clockwork->task,
                                                     task->input[i].back)
                                           ->written);
    return written;
}

/* When the last of all makers is done, and which unit's it is. */
static instant makers_last(const struct clockwork *clockwork,
                           const struct task *task, enum task_unit *unit)
{
    instant last = 0;

    *unit = UNIT_ARRAY;
    for (uint32_t i = 0; i < task->inputs; i++) {
        const struct ran *maker =
            maker_of_task(clockwork, clockwork->task, task->input[i].back);

        if (maker->last > last) {
            last = maker->last;
            *unit = maker->unit;
        }
    }
    return last;
}

/* Asks for inputs of so many bytes; when they can be read.  Writes that make
 * them come before them, and the image that follows those before that. */
static instant fetch_inputs(struct clockwork *clockwork,
                            const struct task *task, uint64_t bytes)
{
    struct channel *channel = &clockwork->channel;

    if (bytes == 0)
        return 0;
    if (waits_for_owed(clockwork, task)) {
        fetch_ahead(clockwork);
        pay_owed(clockwork);
    }
    channel_reserve(channel, &channel->inputs, bytes);
    channel_wait(channel, inputs_written(clockwork, task));
    count_bytes(clockwork, task->name, task->input_traffic, bytes);
    return instant_after(channel_move(channel, bytes), channel->arrival);
}

/* --------------------------------------------------------------- waves */

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
    instant written = inputs_written(clockwork, task);

    repeat_begin(clockwork, REPEAT_VECTORS);
    for (uint64_t v = 0; v < vectors;) {
        channel_reserve(channel, &channel->inputs, wave->slice);
        if (v == 0)
            channel_wait(channel, written);
        count_bytes(clockwork, task->name, task->input_traffic, wave->slice);
        gates->inputs =
            instant_after(channel_move(channel, wave->slice), channel->arrival);
        entry_add(&clockwork->entry, spent, wave, gates);
        outstanding_free_last(&channel->inputs, clockwork->entry.ready);
        v++;
        v += repeat_skip(clockwork, REPEAT_VECTORS, task->name, v, vectors);
    }
}

/* A task's tokens first .. first + tokens - 1. */
struct token_block {
    uint32_t first, tokens;
};

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
    usable = image_usable(clockwork, task, wave);
    if (clockwork->ledger.owed_count > 0)
        pay_owed(clockwork);
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

/* --------------------------------------------------------------- tasks */

/* Starts cold: nothing is loaded, nothing is read. */
static void start_cold(struct clockwork *clockwork)
{
    instant now = instant_at(instant_clock(clockwork->ledger.end));

    channel_restart(&clockwork->channel, now);
    entry_restart(&clockwork->entry, now);
    clockwork->load_end = now;
    for (uint32_t i = 0; i < clockwork->machine->banks; i++)
        clockwork->bank_freed[i] = now;
    clockwork->waves = 0;
    clockwork->sums_wait = 0;
}

static enum programme_clock clock_of_unit(enum task_unit unit)
{
    return unit == UNIT_VECTOR   ? PROGRAMME_VECTOR
           : unit == UNIT_SCAN   ? PROGRAMME_SCAN
           : unit == UNIT_MEMORY ? PROGRAMME_MEMORY
                                 : PROGRAMME_ARRAY;
}

/* One block of tokens through the waves of one task. */
static void run_task_block(struct clockwork *clockwork, const struct task *task,
                           struct entry_gates *gates,
                           const struct token_block *block)
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

/* In a block of a group: each task in turn, over the same inputs. */
static void run_group(struct clockwork *clockwork, uint32_t tasks)
{
    const struct task *group = &clockwork->here->task[clockwork->task];
    size_t first_task = clockwork->task, first_number = clockwork->number;
    bool cold = clockwork->machine->overlap == OVERLAP_NONE;
    struct token_block block = { 0 };

    for (; block.first < group->tokens; block.first += group->block) {
        instant inputs = 0;

        block.tokens = (uint32_t)min(group->block, group->tokens - block.first);
        for (uint32_t i = 0; i < tasks; i++) {
            const struct task *task = &group[i];
            struct entry_gates gates = { 0 };
            enum task_unit unit;
            uint64_t bytes = 0;

            clockwork->task = first_task + i;
            clockwork->number = first_number + i;
            if (cold)
                start_cold(clockwork);
            for (uint32_t n = 0; n < task->inputs; n++)
                bytes += task->input[n].bytes / task->tokens * block.tokens;
            if (i == 0 && !task->streamed)
                inputs = fetch_inputs(clockwork, task, bytes);
            gates.inputs = inputs;
            gates.makers = makers_last(clockwork, task, &unit);
            gates.maker = clock_of_unit(unit);
            run_task_block(clockwork, task, &gates, &block);
            if (cold)
                pay_owed(clockwork);
        }
        if (inputs > 0)
            outstanding_free_last(&clockwork->channel.inputs,
                                  clockwork->entry.ready);
    }
}

/* Moves `bytes` that are there from `asked` on. */
static instant put_out(struct clockwork *clockwork, const struct task *task,
                       enum traffic traffic, instant asked, uint64_t bytes)
{
    channel_wait(&clockwork->channel, asked);
    count_bytes(clockwork, task->name, traffic, bytes);
    return channel_move(&clockwork->channel, bytes);
}

/* A vector operator, a scan, or bytes alone. */
static void run_other(struct clockwork *clockwork, const struct task *task)
{
    struct ran *ran = &clockwork->ran[clockwork->task];
    struct channel *channel = &clockwork->channel;
    instant *spent = clockwork->spent[task->name];
    instant start, usable, end;
    enum task_unit unit;
    uint64_t bytes = 0;

    if (clockwork->machine->overlap == OVERLAP_NONE)
        start_cold(clockwork);
    start = instant_later(makers_last(clockwork, task, &unit),
                          clockwork->unit_free[task->unit]);
    if (clockwork->machine->overlap == OVERLAP_NONE)
        start = instant_later(start, clockwork->entry.port);
    for (uint32_t i = 0; i < task->inputs; i++)
        bytes += task->input[i].bytes;
    usable = fetch_inputs(clockwork, task, bytes);
    if (task->fetched > 0) {
        count_bytes(clockwork, task->name, task->image_traffic, task->fetched);
        usable = instant_later(
            usable, instant_after(channel_move(channel, task->fetched),
                                  channel->arrival));
    }
    start = instant_later(start, usable);
    end = instant_after(start, task->clocks + task->latency);
    spent[clock_of_unit(task->unit)] +=
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
        ran->written =
            put_out(clockwork, task, task->output_traffic, end, task->stored);
        end = instant_later(end, ran->written);
    }
    if (task->saved > 0)
        end = instant_later(end, put_out(clockwork, task, task->image_traffic,
                                         ran->last, task->saved));
    ledger_end(&clockwork->ledger, task->name, end);
}

/* Runs the task that stands at `at`, or its group; returns how many. */
static size_t run_tasks(struct clockwork *clockwork, size_t at)
{
    const struct task *task = &clockwork->here->task[at];
    size_t tasks = 1;

    clockwork->task = at;
    if (task->unit != UNIT_ARRAY) {
        run_other(clockwork, task);
    } else {
        if (clockwork->machine->overlap != OVERLAP_NONE && task->group > 1)
            tasks = task->group;
        run_group(clockwork, (uint32_t)tasks);
        clockwork->number -= clockwork->task - at;
    }
    clockwork->number += tasks;
    clockwork->task = at + tasks;
    return tasks;
}

/* What is known of skipped tasks: what is known of those a period before,
 * later. */
static void fill_skipped(struct clockwork *clockwork, size_t end,
                         const struct repeat_span *skipped, size_t unit)
{
    uint64_t parts = clockwork->machine->rate[0];
    instant later = instant_times(skipped->span, skipped->times, parts);
    size_t back = skipped->times * skipped->period * unit;

    for (size_t t = end - skipped->period * unit; t < end; t++) {
        struct ran *ran = &clockwork->ran[t];

        *ran = clockwork->ran[t - back];
        ran->last = instant_plus(ran->last, later, parts);
        if (ran->written > 0)
            ran->written = instant_plus(ran->written, later, parts);
    }
}

/* Like tasks in a row; returns how many.  The last of them are always run: what
 * comes after them may be asked for ahead. */
static size_t run_like_tasks(struct clockwork *clockwork, size_t first)
{
    const struct task *task = &clockwork->here->task[first];
    size_t unit = task->like_tasks, at = first;
    uint64_t all = task->like_times;

    repeat_begin(clockwork, REPEAT_TASKS);
    for (uint64_t done = 0; done < all;) {
        uint64_t skipped;

        for (size_t end = at + unit; at < end;)
            at += run_tasks(clockwork, at);
        done++;
        skipped = repeat_skip(clockwork, REPEAT_TASKS, 0, done, all - 1);
        if (skipped == 0)
            continue;
        done += skipped;
        at += skipped * unit;
        clockwork->task = at;
        fill_skipped(clockwork, at, repeat_last(clockwork, REPEAT_TASKS), unit);
    }
    return at - first;
}

/* ------------------------------------------------------------ segments */

static void make_room(struct clockwork *clockwork)
{
    const struct segment *segment = clockwork->here;

    clockwork->ran = memory_grow(clockwork->ran, &clockwork->ran_capacity,
                                 segment->tasks, sizeof *clockwork->ran);
    memset(clockwork->ran, 0, segment->tasks * sizeof *clockwork->ran);
    for (size_t t = 0; t < segment->tasks; t++)
        clockwork->names =
            max(clockwork->names, (size_t)segment->task[t].name + 1);
    clockwork->spent = memory_grow(clockwork->spent, &clockwork->names_capacity,
                                   clockwork->names, sizeof *clockwork->spent);
}

static void run_segment(struct clockwork *clockwork, size_t number)
{
    const struct segment *segment = segment_at(clockwork, number);

    clockwork->segment = number;
    clockwork->here = segment;
    make_room(clockwork);
    for (size_t t = 0; t < segment->tasks;) {
        if (segment->task[t].like_times > 2)
            t += run_like_tasks(clockwork, t);
        else
            t += run_tasks(clockwork, t);
    }
    clockwork->before = clockwork->ran[segment->tasks - 1];
    clockwork->task = 0;
}

/* How many segments from `number` on are the same one. */
static size_t like_segments(const struct clockwork *clockwork, size_t number)
{
    const struct segment *first = segment_at(clockwork, number);
    size_t end = number + 1;

    while (end < clockwork->programme->segments &&
           segment_at(clockwork, end) == first)
        end++;
    return end - number;
}

/* Segments in order; `ends` gets when each ended.  What is asked for ahead may
 * be of a segment after the like ones, so the last of those are always run; so
 * is the programme's last, which pays what is owed. */
static void run_segments(struct clockwork *clockwork, instant *ends)
{
    size_t count = clockwork->programme->segments, at = 0;
    uint64_t parts = clockwork->machine->rate[0];

    while (at < count) {
        size_t first = at, all = like_segments(clockwork, at);

        clockwork->ledger.settled_count = 0;
        clockwork->ahead_segments = 0;
        repeat_begin(clockwork, REPEAT_SEGMENTS);
        while (at < first + all) {
            uint64_t skipped, tail;
            const struct repeat_span *last;

            run_segment(clockwork, at);
            if (at + 1 == count)
                pay_owed(clockwork);
            ends[at++] = clockwork->ledger.end;
            tail =
                min(all, max(clockwork->ahead_segments, first + all == count));
            skipped = repeat_skip(clockwork, REPEAT_SEGMENTS, 0, at - first,
                                  all - tail);
            last = repeat_last(clockwork, REPEAT_SEGMENTS);
            for (; skipped > 0; skipped--, at++)
                ends[at] =
                    instant_plus(ends[at - last->period], last->span, parts);
        }
    }
}

static void clockwork_init(struct clockwork *clockwork, struct task_sum *sum,
                           const struct programme *programme,
                           const struct programme_machine *machine)
{
    *clockwork = (struct clockwork){ .programme = programme,
                                     .machine = machine,
                                     .sum = sum };
    channel_init(&clockwork->channel, machine);
    entry_init(&clockwork->entry, machine);
    clockwork->ledger =
        (struct ledger){ .sum = sum, .parts = machine->rate[0] };
    clockwork->bank_freed =
        memory_new(machine->banks, sizeof *clockwork->bank_freed);
    repeat_init(clockwork);
}

static void clockwork_release(struct clockwork *clockwork)
{
    repeat_release(clockwork);
    channel_release(&clockwork->channel);
    entry_release(&clockwork->entry);
    ledger_release(&clockwork->ledger);
    free(clockwork->bank_freed);
    free(clockwork->spent);
    free(clockwork->ran);
}

/* Parts of clocks are given to the later of the resources, so that all of them
 * together are the sum rounded up. */
static void put_spent(const struct clockwork *clockwork)
{
    for (size_t n = 0; n < clockwork->names; n++) {
        instant all = 0;
        uint64_t before = 0;

        for (int i = 0; i < PROGRAMME_CLOCKS; i++) {
            all = instant_plus(all, clockwork->spent[n][i],
                               clockwork->machine->rate[0]);
            clockwork->sum[n].spent[i] += instant_clock(all) - before;
            before = instant_clock(all);
        }
    }
}

void programme_run(struct task_sum *sum, uint64_t *end,
                   const struct programme *programme,
                   const struct programme_machine *machine)
{
    instant *ends = memory_new(programme->segments, sizeof *ends);
    struct clockwork clockwork;

    clockwork_init(&clockwork, sum, programme, machine);
    run_segments(&clockwork, ends);
    put_spent(&clockwork);
    for (size_t s = 0; end && s < programme->segments; s++)
        end[s] = instant_clock(ends[s]);
    clockwork_release(&clockwork);
    free(ends);
}
