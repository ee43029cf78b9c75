/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What runs beside the array: vector operators, scans and moves.
 */
#include "models/inference/building.h"

#include "models/inference/stored_bytes.h"
#include "models/inference/units.h"

/* Bytes of so many elements as they are kept from step to step; of the
 * embedding those of its rows. */
static uint64_t kept_bytes(const struct building *building,
                           const struct operator_row *row,
                           const enum dim *product)
{
    const struct machine *machine = building->inference->asked->machine;
    uint64_t elements = building_product(building, product);

    switch (row->class) {
    case CLASS_STATE:
        return stored_state_bytes(machine, elements);
    case CLASS_KEYS:
        return stored_key_bytes(machine, elements);
    default:
        return elements;
    }
}

/* What a unit reads of its makers' results, which lie in the activation buffer
 * once they are there. */
static uint64_t operands(const struct building *building, size_t number,
                         uint64_t elements)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < building->makers[number]; i++)
        bytes += building_taken(building, building->maker[number][i], elements);
    return bytes;
}

/* A state that is at work is read and written once a token.  One that comes
 * from memory and goes there stands in staging, where the first token finds it
 * and the last leaves it. */
static void tell_scan(const struct building *building, size_t number,
                      struct task *task)
{
    uint64_t state =
        stored_state_bytes(building->inference->asked->machine, task->elements);

    task->read = operands(building, number, task->elements);
    switch (building_keeps(building)) {
    case KEPT_IN_STORE:
        task->kept_read = task->kept_written = state;
        break;
    case KEPT_IN_MEMORY:
        task->staged = state - task->saved;
        break;
    case KEPT_IN_BUFFER:
        task->read += state;
        break;
    }
}

/* What is kept of a token leaves the activation buffer, a byte an element,
 * unless it is kept there. */
static void tell_move(const struct building *building, size_t number,
                      struct task *task)
{
    const struct operator_row *row = building->row[number];
    enum kept_in keeps = building_keeps(building);

    if (row->written[0] == DIM_END)
        return;
    if (keeps != KEPT_IN_BUFFER)
        task->read = building_product(building, row->written);
    if (keeps == KEPT_IN_STORE)
        task->kept_written = kept_bytes(building, row, row->written);
}

/* What a task counts of itself. */
static void tell_work(const struct building *building, size_t number,
                      struct task *task)
{
    const struct operator_row *row = building->row[number];

    if (row->kind != OPERATOR_MOVE)
        task->elements = building_product(building, row->work);
    if (row->kind == OPERATOR_VECTOR) {
        task->work = work_of_function(row->function);
        task->read = operands(building, number, task->elements);
    } else if (row->kind == OPERATOR_SCAN) {
        tell_scan(building, number, task);
    } else {
        tell_move(building, number, task);
    }
    task->read += building_leaving(building, number, building->bytes[number]);
}

static void count_unit(struct building *building, size_t number,
                       const struct task *task)
{
    const struct operator_row *row = building->row[number];
    uint64_t *work = building_work(building, number);

    work[COUNTER_STAGED_BYTES] += task->fetched + task->saved + task->staged;
    work[COUNTER_OPERAND_BYTES] += task->read;
    work[COUNTER_RESULT_BYTES] += building->bytes[number];
    work[COUNTER_STATE_READ] += task->kept_read;
    work[COUNTER_STATE_WRITTEN] += task->kept_written;
    if (row->kind == OPERATOR_SCAN) {
        work[COUNTER_SCAN_ELEMENTS] += task->elements;
        work[COUNTER_SCAN_CLOCKS] += task->clocks;
        if (building_keeps(building) == KEPT_IN_BUFFER)
            work[COUNTER_RESULT_BYTES] += stored_state_bytes(
                building->inference->asked->machine, task->elements);
    } else if (row->kind == OPERATOR_VECTOR) {
        work[task->work] += task->elements;
        work[COUNTER_VECTOR_CLOCKS] += task->clocks;
    }
}

void unit_task_add(struct building *building, size_t number)
{
    const struct operator_row *row = building->row[number];
    struct inference *inference = building->inference;
    const struct machine *machine = inference->asked->machine;
    bool scans = row->kind == OPERATOR_SCAN;
    bool moves = row->kind == OPERATOR_MOVE;
    uint64_t elements = building_product(building, row->work);
    bool inside = building->made->state_on_chip || !inference->has_channel;
    struct task *task = building_add_task(building, number,
                                          scans   ? UNIT_SCAN
                                          : moves ? UNIT_MEMORY
                                                  : UNIT_VECTOR);

    building_add_inputs(building, task, number,
                        scans ? building_dim(building, DIM_TOKENS) *
                                    building_dim(building, DIM_INNER)
                              : elements);
    task->image_traffic = row->class == CLASS_STATE       ? TRAFFIC_STATE
                          : row->class == CLASS_EMBEDDING ? TRAFFIC_EMBEDDING
                                                          : TRAFFIC_KEYS;
    if (row->read[0] != DIM_END &&
        (row->class == CLASS_EMBEDDING ? inference->has_channel : !inside))
        task->fetched = kept_bytes(building, row, row->read);
    if (row->written[0] != DIM_END && !inside) {
        if (row->class == CLASS_KEYS) {
            task->stored = kept_bytes(building, row, row->written);
            task->output_traffic = TRAFFIC_KEYS;
        } else {
            task->saved = kept_bytes(building, row, row->written);
        }
    }
    if (building_goes_out(building, number))
        task->stored = building->bytes[number];
    if (row->work[0] == DIM_TOKENS && !moves) {
        task->tokens = (uint32_t)building_dim(building, DIM_TOKENS);
        task->pace =
            scans ? scan_pace(machine) : vector_pace(machine, row->function);
        task->pace.first *= elements / task->tokens;
    }
    if (scans) {
        task->clocks = scan_clocks(machine, elements);
    } else if (!moves) {
        task->clocks = vector_clocks(machine, row->function, elements);
        task->latency = task->clocks ? vector_latency(machine) : 0;
    }
    tell_work(building, number, task);
    count_unit(building, number, task);
    /* A segment's first task waits for the one before it, also if it takes
     * nothing of it. */
    if (task->inputs == 0)
        task->inputs = 1;
}
