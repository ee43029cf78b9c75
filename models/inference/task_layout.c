/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From placement to tasks.  The waves are those of the schedule of one layer
 * (layout/schedule.h); here they get what an inference adds: the bytes of their
 * images in the machine's code, the one port that all macros load through, and
 * where a column wave begins and ends.  Masks are read once, for the mode that
 * adds most; the placements of the others follow from it.
 */
#include "models/inference/task_layout.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/arrays/array.h"
#include "models/blocks/output_buffer.h"
#include "models/inference/memory.h"
#include "models/layout/schedule.h"
#include "models/parameter_list.h"

enum { DECODER_LATENCY = 4 };

static const char *const codes[] = { "cell", "bitmap", "enumerated", NULL };
static const char *const ways[] = { "best", "tokens", "stream", NULL };
static const char *const overlaps[] = { "prefetch", "none", "pipeline", NULL };
static const enum programme_overlap overlap_of[] = { OVERLAP_PREFETCH,
                                                     OVERLAP_NONE,
                                                     OVERLAP_PIPELINE };

const struct parameter parameter_dram_code = {
    .path = "dram.code",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, dram.code),
    .unit = "",
    .standard = "cell",
    .choices = codes,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "how images lie in memory in a whole inference: as the cells hold "
            "them, with a bitmap, or with the number of the group's choice",
};

const struct parameter parameter_dram_staging = {
    .path = "dram.staging",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, dram.staging),
    .unit = "bytes",
    .minimum = 1,
    .maximum = 1e12,
    .standard = "262144",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of images that are asked for ahead, coded ones in a whole "
            "inference; of a layer alone with dram.kind, or dram.prefetch none",
};

const struct parameter parameter_weights_port_bytes = {
    .path = "weights.port_bytes",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, weights.port_bytes),
    .unit = "bytes a clock",
    .minimum = 1,
    .maximum = 1 << 20,
    .standard = "none",
    .none = true,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "that all macros load through, whatever weights.ports; none: in a "
            "whole inference a dense column of a macro, P * R",
};

const struct parameter parameter_blocking = {
    .path = "blocking",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, blocking),
    .unit = "",
    .standard = "best",
    .choices = ways,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of a whole inference's layers whose inputs do not fit: blocks of "
            "tokens (weights again), streamed inputs (inputs again), or which "
            "is faster",
};

const struct parameter parameter_state_capacity = {
    .path = "state.capacity",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, state.capacity),
    .unit = "bytes",
    .minimum = 0,
    .maximum = 1e12,
    .standard = "0",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of keys, values and states on chip in a whole inference; the "
            "blocks that do not fit keep theirs in memory",
};

const struct parameter parameter_inference_overlap = {
    .path = "inference.overlap",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, inference.overlap),
    .unit = "",
    .standard = "prefetch",
    .choices = overlaps,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "prefetch: weights of later operators come while others run; "
            "none: every operator starts cold; pipeline: operators also read "
            "each token as soon as it is made",
};

void programme_machine_of(struct programme_machine *of,
                          const struct machine *machine)
{
    *of = (struct programme_machine){
        .overlap = overlap_of[machine->inference.overlap],
        .latency = machine_latency(machine),
        .credits = output_buffer_credits(machine),
        .banks = (uint32_t)machine->weights.banks,
        .bank_wait = array_bank_wait(machine),
        .arrival = memory_latency(machine),
        .staging = machine->dram.staging,
        .capacity = machine->activations.capacity,
    };
    of->has_channel = memory_rate(of->rate, machine);
    if (!of->has_channel)
        of->rate[0] = of->rate[1] = 1;
}

/* ceil(log2 C(all, some)) for groups of up to 16. */
static uint32_t choice_bits(uint32_t all, uint32_t some)
{
    uint64_t choices = 1;
    uint32_t bits = 0;

    for (uint32_t i = 1; i <= some; i++)
        choices = choices * (all - some + i) / i;
    while ((uint64_t)1 << bits < choices)
        bits++;
    return bits;
}

/* Bits of one column of a tile. */
static uint64_t coded_bits(const struct placement *placement,
                           const struct tile *tile, unsigned code)
{
    struct pattern run_as = placement->mapping.run_as;
    struct pattern own = placement->layer->pattern;
    uint64_t bits = 0;

    if (pattern_is_dense(run_as))
        return 8 * (uint64_t)(tile->k1 - tile->k0);
    if (code == CODE_BITMAP)
        return 8 * (uint64_t)(pattern_kept(own, tile->k1) -
                              pattern_kept(own, tile->k0)) +
               (tile->k1 - tile->k0);
    for (uint32_t k = tile->k0; k < tile->k1; k += run_as.m) {
        uint32_t group = (uint32_t)min(run_as.m, tile->k1 - k);
        uint32_t kept = (uint32_t)min(run_as.n, group);

        bits += 8 * kept + choice_bits(group, kept);
    }
    return bits;
}

static uint64_t coded_bytes(const struct placement *placement,
                            const struct column_tile *column,
                            const struct tile *tile)
{
    unsigned code = placement->machine->dram.code;

    if (code == CODE_CELL)
        return placement_image_bytes(placement, column, tile);
    return divide_up(coded_bits(placement, tile, code) * column->columns, 8);
}

static void lay_wave(struct task_layout *layout, const struct machine *machine,
                     const struct wave *wave, uint32_t number,
                     uint32_t **output)
{
    struct task_wave *to = &layout->wave[number];
    uint64_t port = machine->weights.port_bytes;

    *to = (struct task_wave){ .passes = wave->passes,
                              .entry = wave->entry_clocks,
                              .read = wave->read_clocks,
                              .output = *output };
    for (uint32_t pass = 0; pass < wave->passes; pass++)
        *(*output)++ = wave_output_clocks(wave, pass);
    layout->column[number] = UINT32_MAX;
    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_tile *column = wave_column(wave, m);

        if (!column)
            continue;
        to->image += coded_bytes(wave->placement, column, wave_tile(wave, m));
        layout->column[number] =
            (uint32_t)min(layout->column[number], column->first);
        layout->columns[number] += column->columns;
    }
    layout->first[number] = wave->k0;
    layout->range[number] = wave->k1 - wave->k0;
    if (port == 0)
        port = machine_slots(machine);
    to->load = max(array_load_steps(machine, wave),
                   divide_up(wave->image_bytes, port));
    if (!memory_rate((uint64_t[2]){ 0 }, machine))
        to->image = 0; /* resident */
    to->decode = machine->dram.code == CODE_CELL ? 0 : DECODER_LATENCY;
    to->begins = wave->k_tile == 0;
    to->slice = wave->k1 - wave->k0;
}

static void lay_waves(struct task_layout *layout,
                      const struct schedule *schedule)
{
    const struct placement *placement = schedule->placement;
    uint64_t passes = 0;
    uint32_t *output;

    for (uint32_t w = 0; w < schedule->waves; w++)
        passes += schedule->wave[w].passes;
    layout->inputs = placement->layer->shape.inputs;
    layout->outputs = placement->layer->shape.outputs;
    layout->live =
        (uint32_t)min(placement->layer->shape.outputs,
                      placement->machine->macros * placement->mapping.columns);
    layout->waves = schedule->waves;
    layout->wave = memory_new(schedule->waves, sizeof *layout->wave);
    layout->first = memory_new(schedule->waves, sizeof *layout->first);
    layout->range = memory_new(schedule->waves, sizeof *layout->range);
    layout->column = memory_new(schedule->waves, sizeof *layout->column);
    layout->columns = memory_new(schedule->waves, sizeof *layout->columns);
    layout->output = output = memory_new(passes, sizeof *output);
    for (uint32_t w = 0; w < schedule->waves; w++)
        lay_wave(layout, placement->machine, &schedule->wave[w], w, &output);
    /* The first wave of a column wave has all of its columns. */
    for (uint32_t w = 0, begin = 0; w < schedule->waves; w++) {
        if (layout->wave[w].begins)
            begin = w;
        if (w + 1 == schedule->waves || layout->wave[w + 1].begins)
            layout->wave[w].columns = layout->columns[begin];
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
    if (schedule_init(&schedule, &placement, err) < 0) {
        placement_release(&placement);
        return -1;
    }
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
    struct machine free_buffers = *machine;
    struct placement narrow = { 0 };
    bool told = false;

    *layouts = (struct task_layouts){ 0 };
    free_buffers.activations.capacity = free_buffers.outputs.capacity = 0;
    if (check_machine(machine, err) < 0)
        return -1;
    layouts->layout =
        memory_new((size_t)__builtin_popcount(modes), sizeof *layouts->layout);
    while (modes) {
        uint32_t mode = 31 - (uint32_t)__builtin_clz(modes);
        struct mapping_way way = { MAPPING_LISTED, 1u << mode };
        struct error ignored;

        if (lay_out_in(&layouts->layout[layouts->count], way, &free_buffers,
                       layer, &narrow, told ? &ignored : err) == 0)
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
