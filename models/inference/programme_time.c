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
    "compute", "loader", "memory", "array", "vector", "scan", "attention"
};

/* A layer alone tells what came after its last entry, too. */
static void drain(struct clockwork *clockwork, uint32_t name)
{
    if (clockwork->machine->spent == SPENT_WHOLE)
        entry_drain(&clockwork->entry, clockwork->spent[name],
                    clockwork->ledger.end);
}

/* Tasks that take the same blocks of tokens. */
struct group {
    const struct task *task;
    uint32_t tasks;
    size_t first_task, first_number;
};

/* One task of a group in a block of tokens; `inputs` is when those that came
 * for the group can be read. */
static void run_in_block(struct clockwork *clockwork, const struct task *task,
                         struct token_block *block, instant inputs)
{
    struct entry_gates gates = { .inputs = inputs };
    enum task_unit unit;

    gates.makers = clockwork_makers(clockwork, task, &unit);
    gates.maker = clockwork_unit(unit);
    if (block->first == 0 && clockwork->machine->overlap == OVERLAP_PIPELINE)
        token_times_begin(&clockwork->times[clockwork->task], task->tokens,
                          task->per_token);
    array_task_run(clockwork, task, &gates, block);
    if (clockwork->machine->overlap == OVERLAP_NONE) {
        request_writes(clockwork);
        drain(clockwork, task->name);
    }
}

/* In a block of a group: each task in turn, over the same inputs. */
static void run_block(struct clockwork *clockwork, const struct group *group,
                      struct token_block *block)
{
    instant inputs = 0;

    for (uint32_t i = 0; i < group->tasks; i++) {
        const struct task *task = &group->task[i];
        uint64_t bytes = 0;

        clockwork->task = group->first_task + i;
        clockwork->number = group->first_number + i;
        if (clockwork->machine->overlap == OVERLAP_NONE)
            clockwork_start_cold(clockwork);
        for (uint32_t n = 0; n < task->inputs; n++)
            bytes += task->input[n].bytes / task->tokens * block->tokens;
        if (i == 0 && !task->streamed)
            inputs = request_inputs(clockwork, task, bytes);
        run_in_block(clockwork, task, block, inputs);
    }
    if (inputs > 0)
        outstanding_free_last(&clockwork->channel.inputs,
                              clockwork->entry.ready);
}

/* Whether blocks are alike but for their place: every vector enters every wave,
 * and no image is made in this step. */
static bool blocks_are_alike(const struct group *group)
{
    if (group->task->tokens / group->task->block < 4) /* too few to repeat */
        return false;
    for (uint32_t i = 0; i < group->tasks; i++)
        for (uint32_t w = 0; w < group->task[i].waves; w++)
            if (group->task[i].wave[w].skipped > 0 ||
                group->task[i].wave[w].made)
                return false;
    return true;
}

/* Whether no later block has to wait for what its makers have not made yet. */
static bool makers_are_over(struct clockwork *clockwork,
                            const struct group *group)
{
    enum task_unit unit;
    bool over = true;

    for (uint32_t i = 0; i < group->tasks && over; i++) {
        clockwork->task = group->first_task + i;
        over = clockwork_makers(clockwork, &group->task[i], &unit) <=
               clockwork->entry.read;
    }
    clockwork->task = group->first_task + group->tasks - 1;
    return over;
}

/* After `done` of `all` blocks that may repeat; how many were gone over, and
 * when their tokens may be read. */
static uint32_t skip_blocks(struct clockwork *clockwork,
                            const struct group *group,
                            const struct token_block *block, uint64_t done,
                            uint64_t all)
{
    uint64_t skipped = repeat_skip(clockwork, REPEAT_BLOCKS, 0, done, all);
    const struct repeat_span *last;

    if (skipped == 0 || clockwork->machine->overlap != OVERLAP_PIPELINE)
        return (uint32_t)skipped;
    last = repeat_last(clockwork, REPEAT_BLOCKS);
    for (uint32_t i = 0; i < group->tasks; i++)
        token_times_repeat(&clockwork->times[group->first_task + i],
                           block->first + block->tokens,
                           (uint32_t)skipped * block->tokens,
                           (uint32_t)last->period * block->tokens, last->span,
                           clockwork->machine->rate[0]);
    return (uint32_t)skipped;
}

/* All blocks of tokens; the last of them is always run, and counts what was
 * owed. */
static void run_group(struct clockwork *clockwork, uint32_t tasks)
{
    const struct group group = { &clockwork->here->task[clockwork->task], tasks,
                                 clockwork->task, clockwork->number };
    uint32_t size = group.task->block, tokens = group.task->tokens;
    bool alike = blocks_are_alike(&group), begun = false;
    uint64_t done = 0, all = 0;
    struct token_block block = { 0 };

    for (; block.first < tokens; block.first += size) {
        block.tokens = (uint32_t)min(size, tokens - block.first);
        run_block(clockwork, &group, &block);
        if (!alike)
            continue;
        if (!begun && makers_are_over(clockwork, &group)) {
            begun = true;
            all = tokens / size - block.first / size - 1;
            repeat_begin(clockwork, REPEAT_BLOCKS);
        } else if (begun && all > 0) {
            uint32_t skipped =
                skip_blocks(clockwork, &group, &block, ++done, all - 1);

            done += skipped;
            block.first += skipped * size;
        }
    }
}

/* Runs the task that stands at `at`, or its group; returns how many. */
static size_t run_tasks(struct clockwork *clockwork, size_t at)
{
    const struct task *task = &clockwork->here->task[at];
    size_t tasks = 1;

    clockwork->task = at;
    if (task->unit != UNIT_ARRAY) {
        other_task_run(clockwork, task);
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

static void make_room(struct clockwork *clockwork)
{
    const struct segment *segment = clockwork->here;

    clockwork->ran = memory_grow(clockwork->ran, &clockwork->ran_capacity,
                                 segment->tasks, sizeof *clockwork->ran);
    memset(clockwork->ran, 0, segment->tasks * sizeof *clockwork->ran);
    clockwork->times = memory_grow(clockwork->times, &clockwork->times_capacity,
                                   segment->tasks, sizeof *clockwork->times);
    for (size_t t = 0; t < segment->tasks; t++)
        clockwork->times[t].vectors = 0;
    for (size_t t = 0; t < segment->tasks; t++)
        clockwork->names =
            max(clockwork->names, (size_t)segment->task[t].name + 1);
    clockwork->spent = memory_grow(clockwork->spent, &clockwork->names_capacity,
                                   clockwork->names, sizeof *clockwork->spent);
}

/* Like segments in a row. */
struct segment_row {
    size_t first, count;
    size_t looked; /* how many after its own any was looked at, and */
    size_t early;  /* how many by tasks up to where segments are compared */
    instant *ends; /* of all segments */
};

/*
 * Segments are compared after their last task of the array: most of each is
 * over by then, so what fits is gone over from here to the same place in the
 * last of them, which is not run once more for the few tasks that may ask for
 * an image of what comes after the row.
 */
static void skip_segments(struct clockwork *clockwork, struct segment_row *row)
{
    size_t at = clockwork->segment, early, looked, skipped;
    const struct repeat_span *last;

    row->early = early = max(row->early, clockwork->ahead_segments);
    looked = max(row->looked, early + 1);
    if (looked > row->count)
        return;
    skipped = repeat_skip(clockwork, REPEAT_SEGMENTS, 0, at - row->first + 1,
                          row->count - looked + 1);
    last = repeat_last(clockwork, REPEAT_SEGMENTS);
    for (size_t i = 0; i < skipped; i++, at++)
        row->ends[at] = instant_plus(row->ends[at - last->period], last->span,
                                     clockwork->machine->rate[0]);
    clockwork->segment = at;
}

/* If there is none, the last. */
static size_t last_of_array(const struct segment *segment)
{
    for (size_t t = segment->tasks; t-- > 0;)
        if (segment->task[t].unit == UNIT_ARRAY)
            return t;
    return segment->tasks - 1;
}

/* Runs a segment of a row, or begins with it and ends with a later one. */
static void run_segment(struct clockwork *clockwork, struct segment_row *row,
                        size_t number)
{
    const struct segment *segment = clockwork_segment(clockwork, number);
    size_t compared = last_of_array(segment);
    struct token_times last;

    clockwork->segment = number;
    clockwork->here = segment;
    clockwork->ahead_segments = 0;
    make_room(clockwork);
    for (size_t t = 0; t < segment->tasks;) {
        if (segment->task[t].like_times > 2)
            t += run_like_tasks(clockwork, t);
        else
            t += run_tasks(clockwork, t);
        if (t <= compared)
            continue;
        compared = segment->tasks;
        skip_segments(clockwork, row);
    }
    row->looked = max(row->looked, clockwork->ahead_segments);
    clockwork->before = clockwork->ran[segment->tasks - 1];
    last = clockwork->times[segment->tasks - 1];
    clockwork->times[segment->tasks - 1] = clockwork->times_before;
    clockwork->times_before = last;
    clockwork->task = 0;
}

/* How many segments from `number` on are the same one. */
static size_t like_segments(const struct clockwork *clockwork, size_t number)
{
    const struct segment *first = clockwork_segment(clockwork, number);
    size_t end = number + 1;

    while (end < clockwork->programme->segments &&
           clockwork_segment(clockwork, end) == first)
        end++;
    return end - number;
}

/* Segments in order; `ends` gets when each ended.  The programme's last pays
 * what is owed. */
static void run_segments(struct clockwork *clockwork, instant *ends)
{
    size_t count = clockwork->programme->segments, at = 0;

    while (at < count) {
        struct segment_row row = { .first = at,
                                   .count = like_segments(clockwork, at),
                                   .ends = ends };

        clockwork->ledger.settled_count = 0;
        repeat_begin(clockwork, REPEAT_SEGMENTS);
        while (at < row.first + row.count) {
            run_segment(clockwork, &row, at);
            at = clockwork->segment + 1;
            if (at == count) {
                request_writes(clockwork);
                if (clockwork->machine->overlap != OVERLAP_NONE)
                    drain(clockwork, 0);
            }
            ends[at - 1] = clockwork->ledger.end;
            if (clockwork->programme->passed)
                clockwork->programme->passed(clockwork->programme->context, at);
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
    stretches_init(&clockwork->stretches);
    clockwork->ledger = (struct ledger){ .sum = sum,
                                         .parts = machine->rate[0],
                                         .ends = programme->ends };
    clockwork->bank_freed =
        memory_new(machine->banks, sizeof *clockwork->bank_freed);
    repeat_init(clockwork);
}

static void clockwork_release(struct clockwork *clockwork)
{
    repeat_release(clockwork);
    channel_release(&clockwork->channel);
    entry_release(&clockwork->entry);
    stretches_release(&clockwork->stretches);
    ledger_release(&clockwork->ledger);
    free(clockwork->bank_freed);
    for (size_t t = 0; t < clockwork->times_capacity; t++)
        token_times_release(&clockwork->times[t]);
    token_times_release(&clockwork->times_before);
    free(clockwork->times);
    free(clockwork->spent);
    free(clockwork->ran);
}

/* Parts of clocks are given to the later of the resources, so that all of them
 * together are the sum rounded up. */
static void put_spent(const struct clockwork *clockwork)
{
    uint64_t parts = clockwork->machine->rate[0];

    for (size_t n = 0; n < clockwork->names; n++) {
        instant all = 0, *spent = clockwork->spent[n];
        uint64_t before = 0;

        if (clockwork->machine->spent == SPENT_WHOLE) {
            for (int i = 0; i < ALL_PROGRAMME_CLOCKS; i++)
                clockwork->sum[n].spent[i] += instant_clock(spent[i]);
            continue;
        }
        for (int i = PROGRAMME_READ; i < ALL_PROGRAMME_CLOCKS; i++)
            spent[PROGRAMME_ARRAY] =
                instant_plus(spent[PROGRAMME_ARRAY], spent[i], parts);
        for (int i = 0; i < PROGRAMME_CLOCKS; i++) {
            all = instant_plus(all, spent[i], parts);
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
