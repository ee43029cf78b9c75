/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/token_unit.h"

#include "base/arithmetic.h"
#include "models/whole/whole.h"

void token_unit_add(struct token_unit *unit, size_t job)
{
    *(size_t *)deque_add(&unit->job) = job;
    station_wake(&unit->station);
}

/* From when the unit is free and what the operator reads is on chip. */
static uint64_t unit_from(const struct token_unit *unit, size_t number,
                          const struct agenda_job *job)
{
    uint64_t from = max(job->inputs, job->fetched);

    if (unit->takes_turns)
        from = max(from, unit->free);
    return max(from, agenda_turn(&unit->station.whole->agenda, number));
}

static void unit_finish(struct token_unit *unit, size_t number, uint64_t last)
{
    struct whole *whole = unit->station.whole;
    struct agenda *agenda = &whole->agenda;
    const struct agenda_job *job = deque_at(&agenda->job, number);
    const struct task *task = &agenda_task_of(agenda, job)->of;

    unit->free = last;
    whole_spend(whole, task->name, whole_clock_of(task->unit),
                task->clocks + task->latency);
    unit->count(whole, task);
    whole_count(whole, task->name, COUNTER_OPERAND_BYTES, task->read);
    if (job->inputs > 0)
        room_free(&whole->bus.inputs, job->held, last);
    agenda_tell_last(agenda, number, last);
}

/* Tells when the result's tokens may be read, as far as that is known; whether
 * it is of all. */
static bool unit_tokens(struct token_unit *unit, size_t number, uint64_t from)
{
    struct agenda *agenda = &unit->station.whole->agenda;
    const struct agenda_job *job = deque_at(&agenda->job, number);
    size_t of = job->task;
    struct agenda_task *task = agenda_task(agenda, of);

    while (task->tokens_done < task->known_tokens) {
        uint32_t token = task->tokens_done;
        uint64_t start = max(from, agenda_token(agenda, job, token)), clock;

        if (start == NEVER)
            return false;
        task->starts[token] = start;
        clock =
            task_pace_token(&task->of.pace, task->starts, token, &task->lead) +
            task->of.latency;
        task->tokens_done++;
        agenda_tell_token(agenda, of, token, clock);
        /* What was told may have moved them. */
        task = agenda_task(agenda, of);
        job = deque_at(&agenda->job, number);
    }
    return true;
}

/* Whether the operator is done, or it is known when it will be. */
static bool unit_work(struct token_unit *unit, size_t number)
{
    struct agenda *agenda = &unit->station.whole->agenda;
    const struct agenda_job *job = deque_at(&agenda->job, number);
    const struct agenda_task *task = agenda_task_of(agenda, job);
    uint64_t from = unit_from(unit, number, job);

    if (from == NEVER)
        return false;
    if (task->known_tokens > 0) {
        if (!unit_tokens(unit, number, from))
            return false;
        job = deque_at(&agenda->job, number);
        task = agenda_task_of(agenda, job);
        unit_finish(unit, number, task->ready[task->known_tokens - 1]);
        return true;
    }
    from = max(from, agenda_makers(agenda, job, NULL));
    if (!station_has_come(&unit->station, from))
        return false;
    unit_finish(unit, number, from + task->of.clocks + task->of.latency);
    return true;
}

/* An operator that is done keeps its place until those before it are. */
static bool is_done(const struct token_unit *unit, size_t number)
{
    const struct agenda *agenda = &unit->station.whole->agenda;

    return number < agenda->settled ||
           ((struct agenda_job *)deque_at(&agenda->job, number))->last != NEVER;
}

static void token_unit_run(void *module)
{
    struct token_unit *unit = module;
    struct deque *jobs = &unit->job;

    for (size_t j = jobs->first; j < jobs->end; j++) {
        size_t number = *(size_t *)deque_at(jobs, j);

        if (!is_done(unit, number) && !unit_work(unit, number) &&
            unit->takes_turns)
            return;
        if (j == jobs->first && is_done(unit, number))
            deque_drop(jobs, j + 1);
    }
}

void token_unit_init(struct token_unit *unit, struct whole *whole,
                     const char *name)
{
    *unit = (struct token_unit){ .takes_turns = true };
    station_init(&unit->station, whole, name, token_unit_run, unit);
    deque_init(&unit->job, sizeof(size_t));
}

void token_unit_release(struct token_unit *unit)
{
    deque_release(&unit->job);
}
