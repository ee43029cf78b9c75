/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From placement to tasks.  The waves are those of the schedule of one layer
 * (task_wave.h); here they get what an inference adds: which inputs and outputs
 * are theirs.  Masks are read once, for the mode that adds most; the placements
 * of the others follow.
 */
#include "models/inference/task_layout.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/arrays/array.h"
#include "models/inference/task_wave.h"
#include "models/layout/schedule.h"

static void lay_wave(struct task_layout *layout, const struct machine *machine,
                     const struct wave *wave, uint32_t number)
{
    layout->column[number] = UINT32_MAX;
    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_tile *column = wave_column(wave, m);

        if (!column)
            continue;
        layout->column[number] =
            (uint32_t)min(layout->column[number], column->first);
        layout->columns[number] += column->columns;
    }
    layout->first[number] = wave->k0;
    layout->range[number] = wave->k1 - wave->k0;
}

static void lay_waves(struct task_layout *layout,
                      const struct schedule *schedule)
{
    const struct placement *placement = schedule->placement;

    layout->inputs = placement->layer->shape.inputs;
    layout->outputs = placement->layer->shape.outputs;
    layout->live = (uint32_t)schedule_live(schedule);
    layout->waves = schedule->waves;
    layout->wave = task_waves_new(schedule, &layout->output);
    layout->first = memory_new(schedule->waves, sizeof *layout->first);
    layout->range = memory_new(schedule->waves, sizeof *layout->range);
    layout->column = memory_new(schedule->waves, sizeof *layout->column);
    layout->columns = memory_new(schedule->waves, sizeof *layout->columns);
    for (uint32_t w = 0; w < schedule->waves; w++) {
        lay_wave(layout, placement->machine, &schedule->wave[w], w);
        layout->images += layout->wave[w].image;
    }
    task_waves_compare(layout->wave, layout->waves);
}

static int check_machine(const struct machine *machine, struct error *err)
{
    if (machine->loop != MACHINE_K_INNER)
        return error_set(err, ERROR_DATA,
                         "loop: a whole inference runs k_inner only");
    if (array_of(machine)->turned || machine->array.published)
        return error_set(err, ERROR_DATA,
                         "array.published: a published convention is of one "
                         "layer, not of a whole inference");
    if (machine->weights.banks < 1)
        return error_set(err, ERROR_DATA, "weights.banks: at least 1");
    return 0;
}

/* In one merge mode; `narrow`: the placement in a mode that merges more, or
 * empty, and then this one. */
static int lay_out_in(struct task_layout *layout, struct mapping_way way,
                      const struct machine *machine, const struct layer *layer,
                      struct placement *narrow, struct error *err)
{
    bool first = narrow->column_tiles == 0;
    struct mapping mapping;
    struct placement placement;
    struct schedule schedule;
    int status;

    *layout = (struct task_layout){ 0 };
    if (mapping_choose(&mapping, machine, layer, way, err) < 0)
        return -1;
    status = first ? placement_init(&placement, machine, layer, &mapping, err)
                   : placement_widen(&placement, narrow, &mapping, err);
    if (status < 0)
        return -1;
    schedule_init(&schedule, &placement);
    lay_waves(layout, &schedule);
    layout->merged = mapping.lanes;
    layout_work_init(&layout->work, &schedule);
    schedule_release(&schedule);
    if (first)
        *narrow = placement;
    else
        placement_release(&placement);
    return 0;
}

int task_layouts_init(struct task_layouts *layouts,
                      const struct machine *machine, const struct layer *layer,
                      struct error *err)
{
    uint32_t modes = machine_merge_modes(machine);
    struct placement narrow = { 0 };
    bool told = false;

    *layouts = (struct task_layouts){ 0 };
    if (check_machine(machine, err) < 0)
        return -1;
    layouts->layout =
        memory_new((size_t)__builtin_popcount(modes), sizeof *layouts->layout);
    while (modes) {
        uint32_t mode = 31 - (uint32_t)__builtin_clz(modes);
        struct mapping_way way = { MAPPING_LISTED, 1u << mode };
        struct error ignored;

        if (lay_out_in(&layouts->layout[layouts->count], way, machine, layer,
                       &narrow, told ? &ignored : err) == 0)
            layouts->count++;
        told = true;
        modes &= ~(1u << mode);
    }
    placement_release(&narrow);
    if (layouts->count > 0)
        return 0;
    task_layouts_release(layouts);
    return -1;
}

bool task_layouts_are_fixed(const struct machine *machine,
                            const struct layer *layer)
{
    uint32_t modes = machine_merge_modes(machine);
    struct mapping mapping;
    struct error err;

    for (; modes; modes &= modes - 1) {
        struct mapping_way way = { MAPPING_LISTED, modes & -modes };

        if (mapping_choose(&mapping, machine, layer, way, &err) < 0 ||
            !placement_is_fixed(machine, layer, &mapping))
            return false;
    }
    return true;
}

static void task_layout_release(struct task_layout *layout)
{
    free(layout->wave);
    free(layout->first);
    free(layout->range);
    free(layout->column);
    free(layout->columns);
    free(layout->output);
    layout_work_release(&layout->work);
}

void task_layouts_release(struct task_layouts *layouts)
{
    for (uint32_t i = 0; i < layouts->count; i++)
        task_layout_release(&layouts->layout[i]);
    free(layouts->layout);
    free(layouts->taken);
    *layouts = (struct task_layouts){ 0 };
}
