/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The head of the list alone decides when the next transfer begins, for nothing
 * overtakes.  Who waits for a transfer is told when it begins, because it is
 * known then in which clock it will be over.
 */
#include "models/whole/memory_bus.h"

#include "base/arithmetic.h"
#include "models/whole/whole.h"

/* When the entry is asked for; NEVER: that is not known yet. */
static uint64_t asked(struct memory_bus *bus, const struct agenda_entry *entry)
{
    struct agenda *agenda = &bus->station.whole->agenda;
    const struct agenda_job *job = deque_at(&agenda->job, entry->job);
    const struct agenda_wave *wave =
        entry->kind == ENTRY_IMAGE || entry->kind == ENTRY_WRITE
            ? deque_at(&agenda->wave, entry->wave)
            : NULL;
    uint64_t turn = agenda_turn(agenda, entry->job);

    switch (entry->kind) {
    case ENTRY_IMAGE:
        return max(turn, max(agenda_made(agenda, wave),
                             room_from(&bus->staging, entry->bytes)));
    case ENTRY_INPUTS:
    case ENTRY_SLICES:
        return max(turn, max(agenda_written(agenda, job),
                             room_from(&bus->inputs, entry->bytes)));
    case ENTRY_WRITE:
        return wave->sums_done;
    case ENTRY_FETCH:
        return max(turn, agenda_fetched(agenda, job));
    case ENTRY_STORE:
    case ENTRY_SAVE:
        return job->last;
    }
    return NEVER;
}

/* One transfer; the clock in which it is over. */
static uint64_t transfer(struct memory_bus *bus, uint64_t bytes)
{
    channel_wait(&bus->channel, instant_at(station_now(&bus->station)));
    return instant_clock(channel_move(&bus->channel, bytes));
}

static enum traffic traffic_of(const struct task *task, enum entry_kind kind)
{
    switch (kind) {
    case ENTRY_INPUTS:
    case ENTRY_SLICES:
        return task->input_traffic;
    case ENTRY_WRITE:
    case ENTRY_STORE:
        return task->output_traffic;
    default:
        return task->image_traffic;
    }
}

/* What is written into the activation buffer. */
static void count_inputs(struct memory_bus *bus,
                         const struct agenda_entry *entry, uint32_t name)
{
    struct whole *whole = bus->station.whole;

    whole->sum[name].inputs += entry->bytes;
    whole_count(whole, name, COUNTER_INPUT_BYTES, entry->bytes);
}

static void take_inputs(struct memory_bus *bus,
                        const struct agenda_entry *entry, uint64_t usable)
{
    struct whole *whole = bus->station.whole;
    struct agenda *agenda = &whole->agenda;
    struct agenda_job *job = deque_at(&agenda->job, entry->job);
    const struct task *task = &agenda_task_of(agenda, job)->of;

    job->held =
        room_take(&bus->inputs, entry->bytes, station_now(&bus->station));
    if (task->unit != UNIT_ARRAY) {
        job->inputs = usable;
        station_wake(&whole->unit[task->unit].station);
        return;
    }
    vector_reader_hold(&whole->reader, job->vectors_end, job->held);
    for (uint32_t i = 0; i < job->sharers; i++)
        ((struct agenda_job *)deque_at(&agenda->job, entry->job + i))->inputs =
            usable;
}

static void take_slice(struct memory_bus *bus, const struct agenda_entry *entry,
                       uint64_t usable)
{
    struct whole *whole = bus->station.whole;
    const struct agenda_wave *wave = deque_at(&whole->agenda.wave, entry->wave);
    uint64_t vector = wave->first_vector + bus->slice++;

    vector_reader_hold(&whole->reader, vector + 1,
                       room_take(&bus->inputs, entry->bytes,
                                 station_now(&bus->station)));
    vector_reader_slice(&whole->reader, usable);
}

/* Moves the entry, and tells when. */
static void take(struct memory_bus *bus, const struct agenda_entry *entry)
{
    struct whole *whole = bus->station.whole;
    struct agenda *agenda = &whole->agenda;
    struct agenda_job *job = deque_at(&agenda->job, entry->job);
    const struct task *task = &agenda_task_of(agenda, job)->of;
    uint32_t name = task->name;
    uint64_t over = transfer(bus, entry->bytes);
    uint64_t usable = over + bus->channel.arrival;

    whole->sum[name].bytes[traffic_of(task, entry->kind)] += entry->bytes;
    whole_count(whole, name, COUNTER_MOVED_BYTES, entry->bytes);
    switch (entry->kind) {
    case ENTRY_IMAGE:
        room_take(&bus->staging, entry->bytes, station_now(&bus->station));
        whole_count(whole, name, COUNTER_STAGED_BYTES, entry->bytes);
        image_decoder_put(&whole->decoder, entry->wave, usable);
        break;
    case ENTRY_INPUTS:
        count_inputs(bus, entry, name);
        take_inputs(bus, entry, usable);
        break;
    case ENTRY_SLICES:
        count_inputs(bus, entry, name);
        take_slice(bus, entry, usable);
        break;
    case ENTRY_WRITE:
        whole_count(whole, name, COUNTER_SUMS_SENT, entry->bytes);
        sum_queue_tell_write(&whole->sums, entry->wave, over);
        agenda_tell_written(agenda, entry->job, entry->kind, over);
        break;
    case ENTRY_FETCH:
        job->fetched = usable;
        station_wake(&whole->unit[task->unit].station);
        break;
    case ENTRY_STORE:
    case ENTRY_SAVE:
        agenda_tell_written(agenda, entry->job, entry->kind, over);
        break;
    }
    station_wake(&whole->reader.station);
}

static bool is_over(struct memory_bus *bus, const struct agenda_entry *entry)
{
    const struct agenda_wave *wave;

    if (entry->kind != ENTRY_SLICES)
        return true;
    wave = deque_at(&bus->station.whole->agenda.wave, entry->wave);
    return bus->slice == wave->vectors;
}

static void memory_bus_run(void *module)
{
    struct memory_bus *bus = module;
    struct agenda *agenda = &bus->station.whole->agenda;
    const struct agenda_entry *next;

    if (!bus->station.whole->machine->has_channel)
        return;
    while ((next = agenda_entry(agenda, bus->next)) != NULL) {
        struct agenda_entry entry = *next;

        if (!station_has_come(&bus->station, asked(bus, &entry)))
            return;
        take(bus, &entry);
        if (!is_over(bus, &entry))
            continue;
        bus->slice = 0;
        deque_drop(&agenda->entry, ++bus->next);
    }
}

void memory_bus_init(struct memory_bus *bus, struct whole *whole)
{
    *bus = (struct memory_bus){ 0 };
    station_init(&bus->station, whole, "memory_bus", memory_bus_run, bus);
    channel_init(&bus->channel, whole->machine);
    room_init(&bus->staging, whole->machine->staging);
    room_init(&bus->inputs, whole->machine->capacity);
}

void memory_bus_release(struct memory_bus *bus)
{
    channel_release(&bus->channel);
    room_release(&bus->staging);
    room_release(&bus->inputs);
}
