/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From placement to tasks.  The waves are those of the schedule of one layer
 * (layout/schedule.h); here they get what an inference adds: the bytes of their
 * images in the machine's code, the one port that all macros load through, and
 * where a column wave begins and ends.
 *
 * The way to cut tokens into blocks is chosen by running the layer alone, both
 * ways, on the same clockwork that runs the whole inference.
 */
#include "models/inference/task_layout.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/arrays/array.h"
#include "models/blocks/output_buffer.h"
#include "models/inference/memory.h"
#include "models/inference/programme_time.h"
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
    .help = "of coded images that are asked for ahead in a whole inference",
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

/* All sub-macros are added. */
static const struct mapping_way layout_way = { .as = MAPPING_LISTED };

int task_layout_init(struct task_layout *layout, const struct machine *machine,
                     const struct layer *layer, struct error *err)
{
    struct machine free_buffers = *machine;
    struct mapping mapping;
    struct placement placement;
    struct schedule schedule;

    *layout = (struct task_layout){ 0 };
    free_buffers.activations.capacity = free_buffers.outputs.capacity = 0;
    if (check_machine(machine, err) < 0 ||
        mapping_choose(&mapping, &free_buffers, layer, layout_way, err) < 0 ||
        placement_init(&placement, &free_buffers, layer, &mapping, err) < 0)
        return -1;
    if (schedule_init(&schedule, &placement, err) < 0) {
        placement_release(&placement);
        return -1;
    }
    lay_waves(layout, &schedule);
    layout_work_init(&layout->work, &schedule);
    schedule_release(&schedule);
    placement_release(&placement);
    return 0;
}

bool task_layout_is_fixed(const struct machine *machine,
                          const struct layer *layer)
{
    struct mapping mapping;
    struct error err;

    return mapping_choose(&mapping, machine, layer, layout_way, &err) == 0 &&
           placement_is_fixed(machine, layer, &mapping);
}

void task_layout_release(struct task_layout *layout)
{
    free(layout->wave);
    free(layout->first);
    free(layout->range);
    free(layout->column);
    free(layout->columns);
    free(layout->output);
    layout_work_release(&layout->work);
    *layout = (struct task_layout){ 0 };
}

/* Tokens of a block in that way; 0: a buffer does not hold one. */
static uint64_t block_tokens(const struct task_layout *layout,
                             const struct machine *machine,
                             const struct task_choice *choice, bool streamed)
{
    uint64_t tokens = choice->tokens, widest = 0;

    if (machine->outputs.capacity)
        tokens = min(tokens,
                     machine->outputs.capacity / (4 * (uint64_t)layout->live));
    if (!choice->inputs_come || !machine->activations.capacity)
        return tokens;
    if (!streamed)
        return min(tokens, machine->activations.capacity / layout->inputs);
    for (uint32_t w = 0; w < layout->waves; w++)
        widest = max(widest, layout->range[w]);
    return widest > machine->activations.capacity ? 0 : tokens;
}

static void take_way(struct task *task, const struct task_layout *layout,
                     const struct machine *machine,
                     const struct task_choice *choice, bool streamed)
{
    task->tokens = choice->tokens;
    task->block = (uint32_t)block_tokens(layout, machine, choice, streamed);
    task->streamed = streamed;
    task->outputs_go = choice->outputs_go;
    task->waves = layout->waves;
    task->wave = layout->wave;
    task->wait_sums =
        machine->outputs.capacity > 0 &&
        8 * (uint64_t)task->block * layout->live > machine->outputs.capacity;
}

struct alone {
    uint64_t clocks, bytes;
};

static const struct segment *only_segment(void *context, size_t number)
{
    (void)number;
    return context;
}

static struct alone run_alone(const struct task *task,
                              const struct task_layout *layout,
                              const struct machine *machine,
                              const struct task_choice *choice)
{
    struct task only = *task;
    struct segment segment = { &only, 1 };
    struct programme programme = { 1, only_segment, &segment };
    struct programme_machine of;
    struct task_sum sum = { 0 };
    struct alone alone = { 0 };

    programme_machine_of(&of, machine);
    only.name = 0;
    only.inputs = 1;
    only.input[0] = (struct task_input){
        0, choice->inputs_come ? (uint64_t)layout->inputs * choice->tokens : 0
    };
    only.group = 1;
    only.image_back = 0;
    programme_run(&sum, &alone.clocks, &programme, &of);
    for (int i = 0; i < TRAFFICS; i++)
        alone.bytes += sum.bytes[i];
    return alone;
}

static int refuse_blocks(const struct machine *machine,
                         const struct task_layout *layout, struct error *err)
{
    return error_set(err, ERROR_DATA,
                     "a layer of %u inputs and %u outputs: one token does not "
                     "fit activations.capacity = %" PRIu64
                     " bytes or its sums outputs.capacity = %" PRIu64,
                     layout->inputs, layout->outputs,
                     machine->activations.capacity, machine->outputs.capacity);
}

int task_choose(struct task *task, const struct task_layout *layout,
                const struct machine *machine, const struct task_choice *choice,
                struct error *err)
{
    bool can_block = machine->blocking != BLOCKING_STREAM &&
                     block_tokens(layout, machine, choice, false) > 0;
    bool can_stream = machine->blocking != BLOCKING_TOKENS &&
                      choice->inputs_come &&
                      block_tokens(layout, machine, choice, true) > 0;
    struct task streamed = *task;
    struct alone one, other;

    if (!choice->inputs_come && machine->blocking == BLOCKING_STREAM)
        can_block = block_tokens(layout, machine, choice, false) > 0;
    if (!can_block && !can_stream)
        return refuse_blocks(machine, layout, err);
    if (can_block)
        take_way(task, layout, machine, choice, false);
    if (!can_stream)
        return 0;
    take_way(&streamed, layout, machine, choice, true);
    if (can_block) {
        one = run_alone(task, layout, machine, choice);
        other = run_alone(&streamed, layout, machine, choice);
        if (one.clocks < other.clocks ||
            (one.clocks == other.clocks && one.bytes <= other.bytes))
            return 0;
    }
    *task = streamed;
    return 0;
}
