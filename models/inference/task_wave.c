/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/task_wave.h"

#include "base/memory.h"
#include "models/arrays/array.h"
#include "models/blocks/output_buffer.h"
#include "models/inference/memory.h"
#include "models/layout/code.h"
#include "models/parameter_list.h"

static const char *const overlaps[] = { "prefetch", "none", "pipeline", NULL };
static const enum programme_overlap overlap_of[] = { OVERLAP_PREFETCH,
                                                     OVERLAP_NONE,
                                                     OVERLAP_PIPELINE };

const struct parameter parameter_inference_overlap = {
    .path = "inference.overlap",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, inference.overlap),
    .unit = "",
    .standard = "prefetch",
    .choices = overlaps,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "prefetch: weights of later token blocks and operators come while "
            "others run; none: each starts cold; pipeline: operators of a "
            "whole inference also read each token as soon as it is made",
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
    .help = "of coded images that are asked for and not loaded",
};

enum programme_overlap programme_overlap_of(const struct machine *machine)
{
    return overlap_of[machine->inference.overlap];
}

void programme_machine_of(struct programme_machine *of,
                          const struct machine *machine)
{
    *of = (struct programme_machine){
        .overlap = programme_overlap_of(machine),
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

static void task_wave_of(struct task_wave *task, const struct wave *wave,
                         uint32_t **output)
{
    const struct machine *machine = wave->placement->machine;

    *task = (struct task_wave){
        .image = memory_is_there(machine) ? wave->coded_bytes : 0,
        .load = wave->load_clocks,
        .decode = code_clocks(machine),
        .passes = wave->passes,
        .entry = wave->entry_clocks,
        .read = wave->read_clocks,
        .output = *output,
        .slice = wave->k1 - wave->k0,
        .columns = wave->outputs,
        .begins = wave->begins,
        .decoded = machine->dram.code ? wave->image_bytes : 0
    };
    for (uint32_t pass = 0; pass < wave->passes; pass++)
        *(*output)++ = wave_output_clocks(wave, pass);
}

struct task_wave *task_waves_new(const struct schedule *schedule,
                                 uint32_t **output)
{
    struct task_wave *waves = memory_new(schedule->waves, sizeof *waves);
    uint64_t passes = 0;
    uint32_t *next;

    for (uint32_t w = 0; w < schedule->waves; w++)
        passes += schedule->wave[w].passes;
    next = *output = memory_new(passes, sizeof **output);
    for (uint32_t w = 0; w < schedule->waves; w++)
        task_wave_of(&waves[w], &schedule->wave[w], &next);
    return waves;
}
