/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>

#include "models/inference/attention_engine.h"
#include "models/inference/building.h"

static uint64_t engine_bytes(const struct building *building, size_t number,
                             const struct engine_work *work)
{
    return work->outputs * building->element[number];
}

struct task *engine_task_add(struct building *building, size_t number,
                             const struct engine_work *work, uint64_t elements)
{
    const struct machine *machine = building->inference->asked->machine;
    struct task *task = building_add_task(building, number, UNIT_ATTENTION);

    building_add_inputs(building, task, number, elements);
    task->tokens = work->tokens;
    task->pace = engine_pace(machine);
    task->pace.first = work->first;
    task->pace.more = work->more;
    assert(task_pace_elements(&task->pace, work->tokens) == work->macs);
    task->clocks = engine_clocks(machine, work->macs);
    task->latency = machine->attention.latency;
    task->elements = work->macs;
    task->fetched = work->fetched;
    task->kept_read = work->kept;
    task->read =
        work->read + building_leaving(building, number,
                                      engine_bytes(building, number, work));
    if (building_goes_out(building, number))
        task->stored = engine_bytes(building, number, work);
    return task;
}

void engine_task_count(struct building *building, size_t number,
                       const struct engine_work *work, uint64_t times)
{
    const struct machine *machine = building->inference->asked->machine;
    uint64_t *counters = building_work(building, number);
    uint64_t bytes = engine_bytes(building, number, work);

    counters[COUNTER_ENGINE_MACS] += times * work->macs;
    counters[COUNTER_ENGINE_CLOCKS] +=
        times * engine_clocks(machine, work->macs);
    counters[COUNTER_ENGINE_BITS] +=
        times * work->held * machine->attention.bits;
    counters[COUNTER_OPERAND_BYTES] +=
        times * (work->read + building_leaving(building, number, bytes));
    counters[COUNTER_RESULT_BYTES] += times * bytes;
    counters[COUNTER_STAGED_BYTES] += times * work->fetched;
    counters[COUNTER_STATE_READ] += times * work->kept;
    counters[COUNTER_REQUANTISED] += times * work->outputs;
}
