/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/attention_engine.h"

#include "models/parameter_list.h"

static const char *const places[] = { "array", "separate", NULL };

const struct parameter parameter_attention_engine = {
    .path = "attention.engine",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, attention.engine),
    .unit = "",
    .standard = "array",
    .choices = places,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "what multiplies what is made at run time: the array, or an engine "
            "beside it; a choice, without a band",
};

const struct parameter parameter_attention_macs = {
    .path = "attention.macs",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, attention.macs),
    .unit = "products a clock",
    .minimum = 1,
    .maximum = 1 << 20,
    .standard = "1024",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of a separate engine; ITA (ISLPED 2023) has 1024; 256 to 4096 "
            "would be as many as a sixteenth of the array to all of it",
};

const struct parameter parameter_attention_latency = {
    .path = "attention.latency",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, attention.latency),
    .unit = "clocks",
    .minimum = 0,
    .maximum = 1024,
    .standard = "7",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of a separate engine's pipeline; ITA's",
};

const struct parameter parameter_attention_bits = {
    .path = "attention.bits",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, attention.bits),
    .unit = "bits",
    .minimum = 4,
    .maximum = 8,
    .standard = "8",
    .power_of_two = true,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of a key, a value or a chunk's number as it is multiplied; the "
            "other operand has 8; ITA and TranCIM's 28 nm successors: 8",
};

struct task_pace engine_pace(const struct machine *machine)
{
    return (struct task_pace){ .first = 1,
                               .lanes = machine->attention.macs,
                               .times = 1,
                               .clock = machine->clock };
}

uint64_t engine_clocks(const struct machine *machine, uint64_t macs)
{
    struct task_pace pace = engine_pace(machine);

    return task_pace_clocks(&pace, macs);
}
