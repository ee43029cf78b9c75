/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the blocks know of the programme: what they find out is noted here, and
 * whoever may wait for it is woken.  Jobs settle in the order run, as soon as
 * the last clock and the last write of each are known; the clocks of a job are
 * what its end is later than all ends before it, so that they add up.
 *
 * A unit that has nothing to do does not look ahead.  The next segment is
 * written down as soon as anything is known of the last task of those that are:
 * every task of the next takes something of it, or of one that does.
 */
#include "models/whole/agenda.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/whole/agenda_list.h"
#include "models/whole/whole.h"

void agenda_init(struct agenda *agenda, struct whole *whole,
                 const struct programme *programme, uint64_t *segment_end)
{
    *agenda = (struct agenda){ .whole = whole,
                               .programme = programme,
                               .segment_end = segment_end };
    deque_init(&agenda->segment, sizeof(struct agenda_segment));
    deque_init(&agenda->task, sizeof(struct agenda_task));
    deque_init(&agenda->job, sizeof(struct agenda_job));
    deque_init(&agenda->wave, sizeof(struct agenda_wave));
    deque_init(&agenda->entry, sizeof(struct agenda_entry));
    deque_init(&agenda->owed, sizeof(size_t));
}

static void drop_tasks(struct agenda *agenda, size_t until)
{
    for (size_t t = agenda->task.first; t < until; t++) {
        struct agenda_task *task = agenda_task(agenda, t);

        free(task->outputs_left);
        free(task->starts);
        free(task->ready);
    }
    deque_drop(&agenda->task, until);
}

void agenda_release(struct agenda *agenda)
{
    drop_tasks(agenda, agenda->task.end);
    deque_release(&agenda->segment);
    deque_release(&agenda->task);
    deque_release(&agenda->job);
    deque_release(&agenda->wave);
    deque_release(&agenda->entry);
    deque_release(&agenda->owed);
}

struct agenda_job *agenda_job(struct agenda *agenda, size_t number)
{
    while (number >= agenda->job.end)
        if (!agenda_unroll(agenda))
            return NULL;
    return deque_at(&agenda->job, number);
}

struct agenda_wave *agenda_wave(struct agenda *agenda, size_t number)
{
    while (number >= agenda->wave.end)
        if (!agenda_unroll(agenda))
            return NULL;
    return deque_at(&agenda->wave, number);
}

struct agenda_entry *agenda_entry(struct agenda *agenda, size_t number)
{
    while (number >= agenda->entry.end)
        if (!agenda_list(agenda))
            return NULL;
    return deque_at(&agenda->entry, number);
}

struct agenda_task *agenda_task(const struct agenda *agenda, size_t number)
{
    return deque_at(&agenda->task, number);
}

struct agenda_task *agenda_task_of(const struct agenda *agenda,
                                   const struct agenda_job *job)
{
    return agenda_task(agenda, job->task);
}

struct agenda_task *agenda_maker(const struct agenda *agenda, size_t number,
                                 uint32_t back)
{
    size_t maker = number - back;

    if (back == 0) {
        maker = agenda_task(agenda, number)->segment_first;
        if (maker == 0)
            return NULL;
        maker--;
    }
    return agenda_task(agenda, maker);
}

uint64_t agenda_turn(const struct agenda *agenda, size_t job)
{
    if (agenda->whole->machine->overlap != OVERLAP_NONE)
        return 0;
    return job == agenda->settled ? agenda->settled_end : NEVER;
}

static uint64_t task_last(const struct agenda_task *task)
{
    if (!task)
        return 0;
    return task->jobs_left > 0 ? NEVER : task->last;
}

uint64_t agenda_makers(const struct agenda *agenda,
                       const struct agenda_job *job, enum task_unit *unit)
{
    const struct agenda_task *task = agenda_task_of(agenda, job);
    uint64_t last = 0;

    if (unit)
        *unit = UNIT_ARRAY;
    for (uint32_t i = 0; i < task->of.inputs; i++) {
        const struct agenda_task *maker =
            agenda_maker(agenda, job->task, task->of.input[i].back);
        uint64_t its = task_last(maker);

        if (its > last && unit)
            *unit = maker->of.unit;
        last = max(last, its);
    }
    return last;
}

/* Tokens of a task, as its makers' are counted. */
static uint32_t tokens_of(const struct task *task)
{
    return task->per_token > 1 ? task->tokens / task->per_token : task->tokens;
}

uint64_t agenda_token(const struct agenda *agenda, const struct agenda_job *job,
                      uint32_t token)
{
    const struct agenda_task *task = agenda_task_of(agenda, job);
    uint64_t ready = 0;

    for (uint32_t i = 0; i < task->of.inputs; i++) {
        const struct agenda_task *maker =
            agenda_maker(agenda, job->task, task->of.input[i].back);

        if (maker && task->of.input[i].bytes == 0 && !task->of.streamed &&
            maker->known_tokens > 0 &&
            maker->known_tokens == tokens_of(&task->of))
            ready = max(ready, maker->ready[token]);
        else
            ready = max(ready, task_last(maker));
    }
    return ready;
}

static uint64_t task_written(const struct agenda_task *task)
{
    if (!task)
        return 0;
    return task->writes_left > 0 ? NEVER : task->written;
}

uint64_t agenda_written(const struct agenda *agenda,
                        const struct agenda_job *job)
{
    const struct agenda_task *task = agenda_task_of(agenda, job);
    uint64_t written = 0;

    for (uint32_t i = 0; i < task->of.inputs; i++)
        if (task->of.input[i].bytes > 0)
            written = max(written,
                          task_written(agenda_maker(agenda, job->task,
                                                    task->of.input[i].back)));
    return written;
}

/* Of what is made in this step: over the channel `bytes` come of what was
 * written. */
static uint64_t result_made(const struct agenda *agenda,
                            const struct agenda_job *job, uint64_t bytes)
{
    const struct agenda_task *task = agenda_task_of(agenda, job);
    const struct agenda_task *maker =
        agenda_maker(agenda, job->task, task->of.image_back);

    if (bytes > 0 && task_written(maker) > 0)
        return task_written(maker);
    return task_last(maker);
}

uint64_t agenda_made(const struct agenda *agenda,
                     const struct agenda_wave *wave)
{
    const struct agenda_job *job = deque_at(&agenda->job, wave->job);

    return wave->of.made ? result_made(agenda, job, wave->of.image) : 0;
}

uint64_t agenda_fetched(const struct agenda *agenda,
                        const struct agenda_job *job)
{
    const struct task *task = &agenda_task_of(agenda, job)->of;

    return task->fetches_made ? result_made(agenda, job, task->fetched) : 0;
}

/* Something is known of a task's result. */
static void note_result(struct agenda *agenda, size_t task)
{
    struct whole *whole = agenda->whole;

    if (task + 1 == agenda->task.end)
        agenda_unroll(agenda);
    station_wake(&whole->reader.station);
    for (int u = 0; u < TASK_UNITS; u++)
        if (u != UNIT_ARRAY)
            station_wake(&whole->unit[u].station);
}

void agenda_tell_token(struct agenda *agenda, size_t task, uint32_t token,
                       uint64_t clock)
{
    agenda_task(agenda, task)->ready[token] = clock;
    note_result(agenda, task);
}

/* All jobs of a segment have settled: nobody looks at the one before it. */
static void settle_segment(struct agenda *agenda, size_t number)
{
    const struct agenda_segment *segment = deque_at(&agenda->segment, number);

    if (agenda->segment_end)
        agenda->segment_end[number] = agenda->settled_end;
    if (agenda->programme->passed)
        agenda->programme->passed(agenda->programme->context, number + 1);
    drop_tasks(agenda, segment->first_task);
    deque_drop(&agenda->job, segment->first_job);
    deque_drop(&agenda->wave, segment->first_wave);
    deque_drop(&agenda->segment, number);
}

static void settle_job(struct agenda *agenda, const struct agenda_job *job)
{
    struct whole *whole = agenda->whole;
    const struct agenda_task *task = agenda_task_of(agenda, job);
    uint64_t end = max(job->last, job->over);
    struct programme_ends *ends = agenda->programme->ends;
    enum task_unit unit;

    agenda_makers(agenda, job, &unit);
    whole_spend(whole, task->of.name, whole_clock_of(unit), job->made);
    if (ends) {
        ends->at = memory_grow(ends->at, &ends->capacity, ends->count + 1,
                               sizeof *ends->at);
        ends->at[ends->count++] = end;
    }
    if (end > agenda->settled_end) {
        whole->sum[task->of.name].clocks += end - agenda->settled_end;
        agenda->settled_end = end;
    }
    if (whole->machine->overlap == OVERLAP_NONE && task->of.unit == UNIT_ARRAY)
        entry_port_drain(&whole->port, task->of.name, agenda->settled_end);
}

static void agenda_settle(struct agenda *agenda)
{
    size_t before = agenda->settled;

    while (agenda->settled < agenda->job.end) {
        const struct agenda_job *job = deque_at(&agenda->job, agenda->settled);
        size_t segment = job->segment;

        if (job->last == NEVER || job->writes_left > 0)
            break;
        settle_job(agenda, job);
        agenda->settled++;
        if (agenda->settled ==
            ((struct agenda_segment *)deque_at(&agenda->segment, segment))
                ->jobs_end)
            settle_segment(agenda, segment);
    }
    if (agenda->settled > before &&
        agenda->whole->machine->overlap == OVERLAP_NONE)
        whole_wake(agenda->whole);
}

void agenda_tell_last(struct agenda *agenda, size_t job, uint64_t clock)
{
    struct agenda_job *its = deque_at(&agenda->job, job);
    struct agenda_task *task = agenda_task_of(agenda, its);
    size_t number = its->task;

    its->last = clock;
    task->last = max(task->last, clock);
    task->jobs_left--;
    if (task->jobs_left == 0)
        note_result(agenda, number);
    station_wake(&agenda->whole->bus.station);
    station_wake(&agenda->whole->loader.station);
    agenda_settle(agenda);
}

void agenda_tell_written(struct agenda *agenda, size_t job,
                         enum entry_kind kind, uint64_t clock)
{
    struct agenda_job *its = deque_at(&agenda->job, job);
    struct agenda_task *task = agenda_task_of(agenda, its);

    its->over = max(its->over, clock);
    its->writes_left--;
    if (kind != ENTRY_SAVE) {
        task->written = max(task->written, clock);
        task->writes_left--;
    }
    station_wake(&agenda->whole->loader.station);
    agenda_settle(agenda);
}
