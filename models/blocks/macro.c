/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/macro.h"

#include "kernel/object.h"

static void pipes_init(struct macro *macro, struct run *run)
{
    const struct machine *machine = run->machine;
    size_t columns = (size_t)machine->macro.columns;
    size_t cells = machine_slots(machine) * columns;
    size_t lanes = (size_t)machine->macro.sub_macros * columns;
    uint32_t rows = machine_tree_clocks(machine),
             merge = machine_merge_clocks(machine) + 2;
    bool serial = machine_beats(machine) > 1;
    size_t held = run->values;

    pipe_init(&macro->entry, run, "entry", PASS_BYTES, 2, 0);
    pipe_init(&macro->pairs, run, "pairs", PASS_BYTES + held * 2 * cells, 2, 0);
    pipe_init(&macro->products, run, "products",
              PASS_BYTES + held * cells * sizeof(int16_t), 3,
              machine_product_clocks(machine));
    pipe_init(&macro->beats, run, "beats",
              PASS_BYTES + held * lanes * sizeof(int32_t), rows + 2, rows);
    pipe_init(&macro->sums, run, "sums",
              PASS_BYTES + held * lanes * sizeof(int32_t),
              serial ? 3 : rows + 2, serial ? 1 : rows);
    pipe_init(&macro->buffered, run, "buffered",
              PASS_BYTES + held * lanes * sizeof(int32_t), 3, 1);
    pipe_init(&macro->merged, run, "merged",
              PASS_BYTES + held * columns * sizeof(int32_t), merge + 2, merge);
}

static void systolic_init(struct macro *macro, struct run *run, uint32_t number,
                          const struct weight_loader *loader,
                          const struct activation_buffer *activation)
{
    uint32_t latency = machine_latency(run->machine);
    size_t columns = run->values ? (size_t)run->machine->macro.columns : 0;

    pipe_init(&macro->entry, run, "entry", PASS_BYTES, 2, 0);
    pipe_init(&macro->merged, run, "merged",
              PASS_BYTES + columns * sizeof(int32_t), latency + 2, latency);
    pipe_watch(&macro->merged, STAGE_MERGED, number);
    systolic_array_init(&macro->systolic, run, number, loader, activation,
                        &macro->entry, &macro->merged);
}

void macro_init(struct macro *macro, struct run *run, const char *name,
                uint32_t number, const struct weight_loader *loader,
                const struct activation_buffer *activation)
{
    bool serial = machine_beats(run->machine) > 1;

    sim_enter(run->sim, name);
    if (run->machine->array.kind == MACHINE_SYSTOLIC) {
        systolic_init(macro, run, number, loader, activation);
        sim_leave(run->sim);
        return;
    }
    pipes_init(macro, run);
    pipe_watch(&macro->beats, STAGE_TREE, number);
    pipe_watch(&macro->sums, serial ? STAGE_PASS : STAGE_TREE, number);
    pipe_watch(&macro->buffered, STAGE_BUFFERED, number);
    pipe_watch(&macro->merged, STAGE_MERGED, number);
    distribution_init(&macro->distribution, run, number, loader, activation,
                      &macro->entry, &macro->pairs);
    sub_macro_array_init(&macro->array, run, number, loader, &macro->pairs,
                         &macro->products);
    adder_tree_init(&macro->tree, run, &macro->products,
                    serial ? &macro->beats : &macro->sums);
    if (serial)
        shift_accumulator_init(&macro->accumulator, run, &macro->beats,
                               &macro->sums);
    partial_sum_buffer_init(&macro->buffer, run, &macro->sums,
                            &macro->buffered);
    merge_init(&macro->merge, run, &macro->buffered, &macro->merged);
    sim_leave(run->sim);
}

void macro_enter(struct macro *macro, const struct pass *pass)
{
    *(struct pass *)pipe_put_slot(&macro->entry) = *pass;
    pipe_put_done(&macro->entry);
}
