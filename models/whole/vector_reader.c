/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/vector_reader.h"

#include "base/arithmetic.h"
#include "models/whole/whole.h"

struct held_inputs {
    uint64_t vectors;
    size_t number;
};

void vector_reader_hold(struct vector_reader *reader, uint64_t vectors,
                        size_t number)
{
    *(struct held_inputs *)deque_add(&reader->held) =
        (struct held_inputs){ vectors, number };
}

void vector_reader_slice(struct vector_reader *reader, uint64_t clock)
{
    *(uint64_t *)deque_add(&reader->slices) = clock;
}

const struct read_vector *vector_reader_next(const struct vector_reader *reader)
{
    if (reader->entered == reader->read)
        return NULL;
    return &reader->of[reader->entered % READER_LATCHES];
}

void vector_reader_enter(struct vector_reader *reader, uint64_t clock)
{
    reader->entered_at[reader->entered++ % READER_LATCHES] = clock;
    station_wake(&reader->station);
}

/* From when the latch of the next vector is free. */
static uint64_t latch_from(const struct vector_reader *reader)
{
    if (reader->read < READER_LATCHES)
        return 0;
    if (reader->read - READER_LATCHES >= reader->entered)
        return NEVER;
    return reader->entered_at[reader->read % READER_LATCHES];
}

static uint64_t inputs_from(const struct vector_reader *reader,
                            const struct agenda_job *job,
                            const struct task *task)
{
    if (!task->streamed)
        return job->inputs;
    if (reader->slices.first == reader->slices.end)
        return NEVER;
    return *(uint64_t *)deque_at(&reader->slices, reader->slices.first);
}

static void free_inputs(struct vector_reader *reader, uint64_t clock)
{
    struct whole *whole = reader->station.whole;

    while (reader->held.first < reader->held.end) {
        const struct held_inputs *held =
            deque_at(&reader->held, reader->held.first);

        if (held->vectors > reader->read)
            return;
        room_free(&whole->bus.inputs, held->number, clock);
        deque_drop(&reader->held, reader->held.first + 1);
        station_wake(&whole->bus.station);
    }
}

static void vector_reader_read(struct vector_reader *reader,
                               const struct agenda_wave *wave,
                               const struct task *task,
                               struct read_vector waited)
{
    struct whole *whole = reader->station.whole;

    waited.ready = station_now(&reader->station) + wave->of.read;
    reader->free = waited.ready;
    reader->of[reader->read++ % READER_LATCHES] = waited;
    if (task->streamed)
        deque_drop(&reader->slices, reader->slices.first + 1);
    free_inputs(reader, waited.ready);
    whole_count(whole, task->name, COUNTER_VECTORS_READ, 1);
    whole_count(whole, task->name, COUNTER_READ_CLOCKS, wave->of.read);
    if (++reader->vector == wave->vectors) {
        reader->vector = 0;
        reader->wave++;
    }
    station_wake(&whole->port.station);
}

static void vector_reader_run(void *module)
{
    struct vector_reader *reader = module;
    struct agenda *agenda = &reader->station.whole->agenda;
    const struct agenda_wave *wave;

    while ((wave = agenda_wave(agenda, reader->wave)) != NULL) {
        const struct agenda_job *job = deque_at(&agenda->job, wave->job);
        const struct task *task = &agenda_task_of(agenda, job)->of;
        uint32_t token =
            (wave->first + reader->vector) / (uint32_t)max(task->per_token, 1);
        struct read_vector waited = {
            .makers = agenda_token(agenda, job, token),
            .inputs = inputs_from(reader, job, task),
        };
        uint64_t from = max(max(waited.makers, waited.inputs),
                            max(reader->free, latch_from(reader)));

        from = max(from, agenda_turn(agenda, wave->job));
        if (!station_has_come(&reader->station, from))
            return;
        vector_reader_read(reader, wave, task, waited);
    }
}

void vector_reader_init(struct vector_reader *reader, struct whole *whole)
{
    *reader = (struct vector_reader){ 0 };
    station_init(&reader->station, whole, "vector_reader", vector_reader_run,
                 reader);
    deque_init(&reader->held, sizeof(struct held_inputs));
    deque_init(&reader->slices, sizeof(uint64_t));
}

void vector_reader_release(struct vector_reader *reader)
{
    deque_release(&reader->held);
    deque_release(&reader->slices);
}
