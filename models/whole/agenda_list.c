/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The programme written down: jobs and waves of a segment, and the channel's
 * list, job by job.  A column wave's write stands after the image that follows
 * it, so it is owed until that image is in the list; inputs that it makes stand
 * right after it, and then the image that follows, which belongs to a later
 * job, is put into the list before them.
 */
#include "models/whole/agenda_list.h"

#include <assert.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/whole/whole.h"

/* ----------------------------------------------------------- jobs and waves */

/* Whether the tokens of a task's result are known one by one. */
static uint32_t known_tokens(const struct agenda *agenda,
                             const struct task *task)
{
    if (agenda->whole->machine->overlap != OVERLAP_PIPELINE)
        return 0;
    if (task->unit == UNIT_ARRAY)
        return task->tokens / (uint32_t)max(task->per_token, 1);
    return task->pace.lanes > 0 ? task->tokens : 0;
}

static void unroll_task(struct agenda *agenda, const struct task *of,
                        size_t segment_first)
{
    struct agenda_task *task = deque_add(&agenda->task);

    task->of = *of;
    task->segment_first = segment_first;
    task->known_tokens = known_tokens(agenda, of);
    if (task->known_tokens == 0)
        return;
    task->ready = memory_new(task->known_tokens, sizeof *task->ready);
    for (uint32_t t = 0; t < task->known_tokens; t++)
        task->ready[t] = NEVER;
    if (of->unit == UNIT_ARRAY)
        task->outputs_left =
            memory_new(task->known_tokens, sizeof *task->outputs_left);
    else
        task->starts = memory_new(task->known_tokens, sizeof *task->starts);
}

/* Whether a column wave's write follows the wave. */
static bool is_written(const struct task *task, const struct task_wave *wave)
{
    return wave->columns > 0 && task->outputs_go;
}

/* Whether the first sum of a wave waits for the write of the wave before; if
 * nothing overlaps, a job does not see what the one before it left. */
static bool waits_for_write(const struct agenda *agenda,
                            const struct agenda_wave *wave)
{
    const struct agenda_job *job = deque_at(&agenda->job, wave->job);
    bool cold = agenda->whole->machine->overlap == OVERLAP_NONE;

    return wave->of.begins && agenda_task_of(agenda, job)->of.wait_sums &&
           agenda->last_is_written && (!cold || agenda->last_job == wave->job);
}

static void unroll_wave(struct agenda *agenda, size_t job,
                        const struct task_wave *of)
{
    struct agenda_job *its = deque_at(&agenda->job, job);
    struct agenda_task *task = agenda_task_of(agenda, its);
    uint32_t skipped = of->skipped > its->first ? of->skipped - its->first : 0;
    uint32_t per_token = (uint32_t)max(task->of.per_token, 1);
    struct agenda_wave *wave;

    if (skipped >= its->tokens)
        return;
    wave = deque_add(&agenda->wave);
    *wave = (struct agenda_wave){ .of = *of,
                                  .job = job,
                                  .first = its->first + skipped,
                                  .vectors = its->tokens - skipped,
                                  .first_vector = agenda->vectors,
                                  .image = of->image > 0 ? NEVER : 0,
                                  .load_start = NEVER,
                                  .load_end = NEVER,
                                  .sums_done = NEVER };
    wave->waits = waits_for_write(agenda, wave);
    agenda->last_is_written = is_written(&task->of, of);
    agenda->last_job = job;
    agenda->vectors += wave->vectors;
    its->waves++;
    its->vectors_end = agenda->vectors;
    if (agenda->last_is_written) {
        its->writes_left++;
        task->writes_left++;
    }
    for (uint32_t v = 0; v < wave->vectors && task->outputs_left; v++)
        task->outputs_left[(wave->first + v) / per_token]++;
}

static size_t unroll_job(struct agenda *agenda, size_t task, size_t segment,
                         size_t owner)
{
    size_t number = agenda->job.end;
    struct agenda_job *job = deque_add(&agenda->job);
    struct agenda_task *its = agenda_task(agenda, task);

    *job = (struct agenda_job){ .task = task,
                                .segment = segment,
                                .owner = owner == SIZE_MAX ? number : owner,
                                .sharers = 1,
                                .first_wave = agenda->wave.end,
                                .last = NEVER };
    its->jobs_left++;
    if (its->of.unit == UNIT_ARRAY)
        return number;
    assert(its->of.inputs > 0);
    job->writes_left =
        (uint32_t)(its->of.stored > 0) + (uint32_t)(its->of.saved > 0);
    its->writes_left = its->of.stored > 0;
    job->fetched = its->of.fetched > 0 ? NEVER : 0;
    token_unit_add(&agenda->whole->unit[its->of.unit], number);
    return number;
}

static uint64_t input_bytes(const struct task *task, uint32_t tokens)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < task->inputs; i++)
        bytes += task->unit == UNIT_ARRAY
                     ? task->input[i].bytes / task->tokens * tokens
                     : task->input[i].bytes;
    return bytes;
}

/* Whether inputs come as one request, before the first image. */
static bool inputs_come(const struct task *task, uint32_t tokens)
{
    return !task->streamed && input_bytes(task, tokens) > 0;
}

/* One block of tokens through the tasks of a group. */
static void unroll_block(struct agenda *agenda, size_t first, uint32_t tasks,
                         const struct agenda_job *block)
{
    size_t owner = SIZE_MAX;

    for (uint32_t i = 0; i < tasks; i++) {
        size_t number = unroll_job(agenda, first + i, block->segment, owner);
        struct agenda_job *job = deque_at(&agenda->job, number);
        const struct task *task = &agenda_task(agenda, first + i)->of;

        owner = i == 0 ? number : owner;
        job->first = block->first;
        job->tokens = block->tokens;
        for (uint32_t w = 0; w < task->waves; w++)
            unroll_wave(agenda, number, &task->wave[w]);
    }
    for (uint32_t i = 0; i < tasks; i++) {
        struct agenda_job *job = deque_at(&agenda->job, owner + i);
        const struct task *task = &agenda_task(agenda, first)->of;

        job->sharers = i == 0 ? tasks : 0;
        job->vectors_end = agenda->vectors;
        job->inputs = inputs_come(task, block->tokens) ? NEVER : 0;
    }
}

static void unroll_array(struct agenda *agenda, size_t first, uint32_t tasks,
                         size_t segment)
{
    const struct task group = agenda_task(agenda, first)->of;
    struct agenda_job block = { .segment = segment };

    for (; block.first < group.tokens; block.first += group.block) {
        block.tokens = (uint32_t)min(group.block, group.tokens - block.first);
        unroll_block(agenda, first, tasks, &block);
    }
    /* Tokens that enter nowhere are there from the start. */
    for (uint32_t i = 0; i < tasks; i++) {
        struct agenda_task *task = agenda_task(agenda, first + i);

        for (uint32_t t = 0; t < task->known_tokens; t++)
            if (task->outputs_left[t] == 0)
                task->ready[t] = 0;
    }
}

static void unroll_jobs(struct agenda *agenda, size_t first, size_t segment)
{
    bool cold = agenda->whole->machine->overlap == OVERLAP_NONE;

    for (size_t t = first; t < agenda->task.end;) {
        const struct task *task = &agenda_task(agenda, t)->of;
        uint32_t tasks = !cold && task->group > 1 ? task->group : 1;

        if (task->unit == UNIT_ARRAY) {
            unroll_array(agenda, t, tasks, segment);
            t += tasks;
            continue;
        }
        if (input_bytes(task, 0) > 0) {
            struct agenda_job *job = deque_at(
                &agenda->job, unroll_job(agenda, t, segment, SIZE_MAX));

            job->inputs = NEVER;
        } else {
            unroll_job(agenda, t, segment, SIZE_MAX);
        }
        t++;
    }
}

bool agenda_unroll(struct agenda *agenda)
{
    const struct programme *programme = agenda->programme;
    size_t number = agenda->segment.end, first = agenda->task.end;
    const struct segment *segment;
    struct agenda_segment *begins;

    if (number == programme->segments)
        return false;
    segment = programme->segment(programme->context, number);
    begins = deque_add(&agenda->segment);
    *begins =
        (struct agenda_segment){ first, agenda->job.end, agenda->wave.end, 0 };
    for (size_t t = 0; t < segment->tasks; t++) {
        whole_know(agenda->whole, segment->task[t].name);
        unroll_task(agenda, &segment->task[t], first);
    }
    unroll_jobs(agenda, first, number);
    begins = deque_at(&agenda->segment, number);
    begins->jobs_end = agenda->job.end;
    return true;
}

/* -------------------------------------------------------- the channel's list
 */

static void put(struct agenda *agenda, enum entry_kind kind, uint64_t bytes,
                size_t job, size_t wave)
{
    if (bytes > 0)
        *(struct agenda_entry *)deque_add(&agenda->entry) =
            (struct agenda_entry){ kind, bytes, job, wave };
}

static void put_owed(struct agenda *agenda)
{
    struct deque *owed = &agenda->owed;

    for (; owed->first < owed->end; deque_drop(owed, owed->first + 1)) {
        size_t number = *(size_t *)deque_at(owed, owed->first);
        const struct agenda_wave *wave = deque_at(&agenda->wave, number);
        const struct agenda_job *job = deque_at(&agenda->job, wave->job);

        put(agenda, ENTRY_WRITE, (uint64_t)wave->of.columns * job->tokens,
            wave->job, number);
    }
}

/* Is a write owed of that task? */
static bool owes(const struct agenda *agenda, const struct agenda_task *task)
{
    for (size_t o = agenda->owed.first; o < agenda->owed.end && task; o++) {
        const struct agenda_wave *wave =
            deque_at(&agenda->wave, *(size_t *)deque_at(&agenda->owed, o));
        const struct agenda_job *job = deque_at(&agenda->job, wave->job);

        if (agenda_task_of(agenda, job) == task)
            return true;
    }
    return false;
}

static bool needs_owed(const struct agenda *agenda, size_t number)
{
    const struct task *task = &agenda_task(agenda, number)->of;

    for (uint32_t i = 0; i < task->inputs; i++)
        if (task->input[i].bytes > 0 &&
            owes(agenda, agenda_maker(agenda, number, task->input[i].back)))
            return true;
    return false;
}

/* Number of the task that makes something of task `number`. */
static size_t maker_number(const struct agenda *agenda, size_t number,
                           uint32_t back)
{
    return back == 0 ? agenda_task(agenda, number)->segment_first - 1
                     : number - back;
}

static void put_image(struct agenda *agenda, size_t number)
{
    const struct agenda_wave *wave = deque_at(&agenda->wave, number);

    if (number < agenda->image_taken)
        return;
    put(agenda, ENTRY_IMAGE, wave->of.image, wave->job, number);
    agenda->image_taken = number + 1;
}

/* The image of wave `number` comes before the inputs of a task, if its own task
 * asks for nothing before it that is made before those. */
static void put_next_image(struct agenda *agenda, size_t asks, size_t number)
{
    const struct agenda_wave *wave = agenda_wave(agenda, number);
    const struct agenda_job *job;
    const struct task *task;

    if (!wave || number < agenda->image_taken || wave->of.image == 0 ||
        wave->of.made)
        return;
    job = deque_at(&agenda->job, wave->job);
    task = &agenda_task_of(agenda, job)->of;
    for (uint32_t i = 0; i < task->inputs && job->task != asks; i++)
        if (task->input[i].bytes > 0 &&
            maker_number(agenda, job->task, task->input[i].back) + 1 <= asks)
            return;
    put_image(agenda, number);
}

static void put_inputs(struct agenda *agenda, size_t job)
{
    const struct agenda_job *its = deque_at(&agenda->job, job);
    size_t task = its->task, next = its->first_wave;
    uint64_t bytes = input_bytes(&agenda_task(agenda, task)->of, its->tokens);

    if (bytes == 0)
        return;
    if (needs_owed(agenda, task)) {
        put_next_image(agenda, task, next);
        put_owed(agenda);
    }
    put(agenda, ENTRY_INPUTS, bytes, job, 0);
}

static void list_wave(struct agenda *agenda, size_t number)
{
    const struct agenda_wave *wave = deque_at(&agenda->wave, number);
    const struct agenda_job *job = deque_at(&agenda->job, wave->job);
    const struct task *task = &agenda_task_of(agenda, job)->of;

    if (wave->of.made && wave->of.image > 0 &&
        owes(agenda, agenda_maker(agenda, job->task, task->image_back)))
        put_owed(agenda);
    put_image(agenda, number);
    put_owed(agenda);
    if (task->streamed)
        put(agenda, ENTRY_SLICES, wave->of.slice, wave->job, number);
    if (is_written(task, &wave->of))
        *(size_t *)deque_add(&agenda->owed) = number;
}

static void list_unit(struct agenda *agenda, size_t job)
{
    const struct agenda_job *its = deque_at(&agenda->job, job);
    const struct task task = agenda_task_of(agenda, its)->of;
    size_t number = its->task;

    put_inputs(agenda, job);
    if (task.fetches_made && task.fetched > 0 &&
        owes(agenda, agenda_maker(agenda, number, task.image_back)))
        put_owed(agenda);
    put(agenda, ENTRY_FETCH, task.fetched, job, 0);
    put(agenda, ENTRY_STORE, task.stored, job, 0);
    put(agenda, ENTRY_SAVE, task.saved, job, 0);
}

bool agenda_list(struct agenda *agenda)
{
    /* Jobs that ask for nothing may be over, and dropped, before the list comes
     * to them; what they ask for or write would have kept them. */
    size_t number = max(agenda->listed, agenda->job.first);
    const struct agenda_job *job = agenda_job(agenda, number);
    const struct task *task;
    size_t first, end;

    if (!job) {
        if (agenda->owed.first == agenda->owed.end)
            return false;
        put_owed(agenda);
        return true;
    }
    agenda->listed = number + 1;
    task = &agenda_task_of(agenda, job)->of;
    if (task->unit != UNIT_ARRAY) {
        list_unit(agenda, number);
        return true;
    }
    first = job->first_wave;
    end = first + job->waves;
    if (job->owner == number && !task->streamed)
        put_inputs(agenda, number);
    for (size_t w = first; w < end; w++)
        list_wave(agenda, w);
    if (agenda->whole->machine->overlap == OVERLAP_NONE)
        put_owed(agenda);
    return true;
}
