/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/sum_queue.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/whole/whole.h"

static size_t place_of(const struct sum_queue *sums, uint64_t pass)
{
    return pass % sums->station.whole->machine->credits;
}

uint64_t sum_queue_from(const struct sum_queue *sums)
{
    return sums->over[place_of(sums, sums->entered)];
}

void sum_queue_put(struct sum_queue *sums, const struct pass_of_wave *pass)
{
    size_t at = place_of(sums, sums->entered++);

    sums->of[at] = *pass;
    sums->over[at] = NEVER;
    station_wake(&sums->station);
}

void sum_queue_tell_write(struct sum_queue *sums, size_t wave, uint64_t clock)
{
    sums->written = wave;
    sums->written_over = clock;
    station_wake(&sums->station);
}

static uint64_t sums_from(const struct sum_queue *sums,
                          const struct pass_of_wave *pass,
                          const struct agenda_wave *wave)
{
    uint64_t from = max(pass->clock, sums->free);

    if (!wave->waits || pass->vector > 0 || pass->pass > 0)
        return from;
    return sums->written + 1 == pass->wave ? max(from, sums->written_over)
                                           : NEVER;
}

/* The last operation of a vector: its token may be whole. */
static void end_vector(struct whole *whole, const struct agenda_wave *wave,
                       uint32_t vector, uint64_t clock)
{
    struct agenda *agenda = &whole->agenda;
    const struct agenda_job *job = deque_at(&agenda->job, wave->job);
    const struct agenda_task *task = agenda_task_of(agenda, job);
    uint32_t token =
        (wave->first + vector) / (uint32_t)max(task->of.per_token, 1);

    if (task->outputs_left && --task->outputs_left[token] == 0)
        agenda_tell_token(agenda, job->task, token, clock);
}

static void end_wave(struct whole *whole, size_t number, uint64_t clock)
{
    struct agenda *agenda = &whole->agenda;
    struct agenda_wave *wave = deque_at(&agenda->wave, number);
    const struct agenda_job *job = deque_at(&agenda->job, wave->job);

    wave->sums_done = clock;
    station_wake(&whole->bus.station);
    if (number + 1 == job->first_wave + job->waves)
        agenda_tell_last(agenda, wave->job, clock);
}

static void operate(struct sum_queue *sums, struct pass_of_wave pass)
{
    struct whole *whole = sums->station.whole;
    const struct agenda_wave wave =
        *(const struct agenda_wave *)deque_at(&whole->agenda.wave, pass.wave);
    const struct agenda_job *job = deque_at(&whole->agenda.job, wave.job);
    uint32_t clocks = wave.of.output[pass.pass];

    sums->free = station_now(&sums->station) + clocks;
    sums->over[place_of(sums, sums->begun++)] = sums->free;
    whole_count(whole, agenda_task_of(&whole->agenda, job)->of.name,
                COUNTER_OUTPUT_CLOCKS, clocks);
    station_wake(&whole->port.station);
    if (pass.pass + 1 < wave.of.passes)
        return;
    end_vector(whole, &wave, pass.vector, sums->free);
    if (pass.vector + 1 == wave.vectors)
        end_wave(whole, pass.wave, sums->free);
}

static void sum_queue_run(void *module)
{
    struct sum_queue *sums = module;
    struct agenda *agenda = &sums->station.whole->agenda;

    while (sums->begun < sums->entered) {
        struct pass_of_wave pass = sums->of[place_of(sums, sums->begun)];
        const struct agenda_wave *wave = deque_at(&agenda->wave, pass.wave);

        if (!station_has_come(&sums->station, sums_from(sums, &pass, wave)))
            return;
        operate(sums, pass);
    }
}

void sum_queue_init(struct sum_queue *sums, struct whole *whole)
{
    uint32_t credits = whole->machine->credits;

    *sums = (struct sum_queue){ .written = SIZE_MAX };
    station_init(&sums->station, whole, "sum_queue", sum_queue_run, sums);
    sums->of = memory_new(credits, sizeof *sums->of);
    sums->over = memory_new(credits, sizeof *sums->over);
}

void sum_queue_release(struct sum_queue *sums)
{
    free(sums->of);
    free(sums->over);
}
