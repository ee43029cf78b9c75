/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The blocks are put beside one another, and the kernel runs until nothing is
 * left to happen.  Each tells the others what it found out as soon as it is
 * known, which may be before its clock has come; whoever it concerns is woken
 * and looks again.  So no order of the blocks within a clock matters, and a
 * block that has nothing to do costs nothing.
 */
#include "models/whole/whole.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/stop.h"

/* Clocks between two looks at the world. */
enum { CLOCKS_A_LOOK = 1 << 16 };

const enum counter_id whole_counters[WHOLE_COUNTERS] = {
    COUNTER_WAVES,         COUNTER_VECTORS,          COUNTER_PASSES,
    COUNTER_LOAD_CLOCKS,   COUNTER_VECTORS_READ,     COUNTER_READ_CLOCKS,
    COUNTER_OUTPUT_CLOCKS, COUNTER_SOFTMAX_ELEMENTS, COUNTER_NORM_ELEMENTS,
    COUNTER_GATE_ELEMENTS, COUNTER_OTHER_ELEMENTS,   COUNTER_VECTOR_CLOCKS,
    COUNTER_SCAN_ELEMENTS, COUNTER_SCAN_CLOCKS,      COUNTER_STATE_READ,
    COUNTER_STATE_WRITTEN, COUNTER_STAGED_BYTES,     COUNTER_DECODED_BYTES,
    COUNTER_ENGINE_MACS,   COUNTER_ENGINE_CLOCKS,    COUNTER_MOVED_BYTES,
    COUNTER_INPUT_BYTES,   COUNTER_SUMS_SENT,        COUNTER_OPERAND_BYTES,
};

void whole_spend(struct whole *whole, uint32_t name, enum programme_clock clock,
                 uint64_t clocks)
{
    whole->sum[name].spent[clock] += clocks;
}

void whole_count(struct whole *whole, uint32_t name, enum counter_id counter,
                 uint64_t count)
{
    if (whole->counters)
        whole->counters[name][counter] += count;
}

enum programme_clock whole_clock_of(enum task_unit unit)
{
    static const enum programme_clock clocks[TASK_UNITS] = {
        [UNIT_ARRAY] = PROGRAMME_ARRAY,
        [UNIT_VECTOR] = PROGRAMME_VECTOR,
        [UNIT_SCAN] = PROGRAMME_SCAN,
        [UNIT_MEMORY] = PROGRAMME_MEMORY,
        [UNIT_ATTENTION] = PROGRAMME_ATTENTION,
    };

    return clocks[unit];
}

void whole_know(struct whole *whole, uint32_t name)
{
    whole->names = max(whole->names, (size_t)name + 1);
}

void whole_wake(struct whole *whole)
{
    station_wake(&whole->bus.station);
    station_wake(&whole->loader.station);
    station_wake(&whole->reader.station);
    for (int u = 0; u < TASK_UNITS; u++)
        if (u != UNIT_ARRAY)
            station_wake(&whole->unit[u].station);
}

static void whole_init(struct whole *whole, const struct whole_result *result,
                       const struct programme *programme,
                       const struct programme_machine *machine)
{
    *whole = (struct whole){ .machine = machine,
                             .sum = result->sum,
                             .counters = result->counters };
    whole->sim = sim_new();
    if (!whole->sim)
        memory_exhausted(sizeof *whole);
    agenda_init(&whole->agenda, whole, programme, result->end);
    memory_bus_init(&whole->bus, whole);
    image_decoder_init(&whole->decoder, whole);
    tile_loader_init(&whole->loader, whole);
    vector_reader_init(&whole->reader, whole);
    entry_port_init(&whole->port, whole);
    sum_queue_init(&whole->sums, whole);
    vector_unit_init(&whole->unit[UNIT_VECTOR], whole);
    scan_unit_init(&whole->unit[UNIT_SCAN], whole);
    mover_init(&whole->unit[UNIT_MEMORY], whole);
    attention_engine_init(&whole->unit[UNIT_ATTENTION], whole);
}

static void whole_release(struct whole *whole)
{
    sim_free(whole->sim);
    agenda_release(&whole->agenda);
    memory_bus_release(&whole->bus);
    image_decoder_release(&whole->decoder);
    tile_loader_release(&whole->loader);
    vector_reader_release(&whole->reader);
    sum_queue_release(&whole->sums);
    for (int u = 0; u < TASK_UNITS; u++)
        if (u != UNIT_ARRAY)
            token_unit_release(&whole->unit[u]);
}

/* Reads, credits and draining are the array's, unless told apart. */
static void join_clocks(struct whole *whole)
{
    for (size_t n = 0; n < whole->names; n++) {
        uint64_t *spent = whole->sum[n].spent;

        for (int i = PROGRAMME_READ; i < ALL_PROGRAMME_CLOCKS; i++) {
            spent[PROGRAMME_ARRAY] += spent[i];
            spent[i] = 0;
        }
    }
}

/* Until nothing is left to happen. */
static int run_events(struct whole *whole, struct error *err)
{
    uint64_t at = 0;

    while (true) {
        if (stop_check(err) < 0)
            return -1;
        at += CLOCKS_A_LOOK;
        if (sim_run_until(whole->sim, at) != SIM_REACHED)
            return 0;
    }
}

int whole_run(struct whole_result *result, const struct programme *programme,
              const struct programme_machine *machine, struct error *err)
{
    struct whole *whole = memory_new(1, sizeof *whole);
    int status;

    whole_init(whole, result, programme, machine);
    agenda_unroll(&whole->agenda);
    status = run_events(whole, err);
    if (status == 0) {
        assert(!agenda_job(&whole->agenda, whole->agenda.settled));
        if (machine->spent == SPENT_EXACT)
            join_clocks(whole);
        else if (machine->overlap != OVERLAP_NONE)
            entry_port_drain(&whole->port, 0, whole->agenda.settled_end);
        result->activations = sim_activations(whole->sim);
    }
    whole_release(whole);
    free(whole);
    return status;
}
