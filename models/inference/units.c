/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clocks of the two units beside the array.  Both are rates: elements over
 * lanes, times the passes that a function makes over its elements, plus the
 * pipeline's latency once.  A unit with a clock of its own is counted in the
 * array's clocks, rounded up, since the array is what waits for it.
 */
#include "models/inference/units.h"

#include "models/parameter_list.h"

const struct parameter parameter_vector_lanes = {
    .path = "vector.lanes",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, vector.lanes),
    .unit = "elements a clock",
    .minimum = 1,
    .maximum = 1 << 16,
    .standard = "64",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of the vector unit; band 16 to 256: ITA has 16 beside 1024 "
            "multipliers",
};

const struct parameter parameter_vector_latency = {
    .path = "vector.latency",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, vector.latency),
    .unit = "clocks",
    .minimum = 0,
    .maximum = 1024,
    .standard = "7",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of its pipeline; ITA's",
};

const struct parameter parameter_vector_softmax = {
    .path = "vector.softmax",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, vector.softmax),
    .unit = "passes",
    .minimum = 1,
    .maximum = 3,
    .standard = "2",
    .none = true,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of a softmax; none: it is made on the way out of the array and "
            "back, as ITA does",
};

const struct parameter parameter_vector_clock = {
    .path = "vector.clock",
    .type = PARAMETER_F64,
    .offset = offsetof(struct machine, vector.clock),
    .unit = "MHz",
    .minimum = 0,
    .maximum = 10000,
    .standard = "0",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of the vector unit; 0: the array's",
};

const struct parameter parameter_scan_lanes = {
    .path = "scan.lanes",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, scan.lanes),
    .unit = "elements a clock",
    .minimum = 1,
    .maximum = 1 << 16,
    .standard = "64",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "state elements of the scan unit; an assumption, as many as the "
            "vector unit's",
};

const struct parameter parameter_scan_fused = {
    .path = "scan.fused",
    .type = PARAMETER_BOOL,
    .offset = offsetof(struct machine, scan.fused),
    .unit = "",
    .standard = "yes",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "yes: exponential, products and sums of a scan are one pipeline",
};

const struct parameter parameter_scan_passes = {
    .path = "scan.passes",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, scan.passes),
    .unit = "passes",
    .minimum = 1,
    .maximum = 64,
    .standard = "6",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of a scan that is not fused",
};

const struct parameter parameter_scan_clock = {
    .path = "scan.clock",
    .type = PARAMETER_F64,
    .offset = offsetof(struct machine, scan.clock),
    .unit = "MHz",
    .minimum = 0,
    .maximum = 10000,
    .standard = "0",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of the scan unit; 0: the array's",
};

static uint64_t passes_of(const struct machine *machine,
                          enum operator_function function)
{
    switch (function) {
    case FUNCTION_SOFTMAX:
        return machine->vector.softmax;
    case FUNCTION_NORM:
        return 2;
    case FUNCTION_CONVOLUTION:
        return 4;
    default:
        return 1;
    }
}

struct task_pace vector_pace(const struct machine *machine,
                             enum operator_function function)
{
    return (struct task_pace){ .first = passes_of(machine, function),
                               .lanes = machine->vector.lanes,
                               .times = 1,
                               .clock = machine->clock,
                               .own = machine->vector.clock };
}

uint64_t vector_clocks(const struct machine *machine,
                       enum operator_function function, uint64_t elements)
{
    struct task_pace pace = vector_pace(machine, function);

    return task_pace_clocks(&pace, elements * pace.first);
}

uint64_t vector_latency(const struct machine *machine)
{
    struct task_pace pace = vector_pace(machine, FUNCTION_NONE);

    return task_pace_clocks(&pace, machine->vector.latency * pace.lanes);
}

struct task_pace scan_pace(const struct machine *machine)
{
    return (struct task_pace){ .first = 1,
                               .lanes = machine->scan.lanes,
                               .times = machine->scan.fused
                                            ? 1
                                            : machine->scan.passes,
                               .clock = machine->clock,
                               .own = machine->scan.clock };
}

uint64_t scan_clocks(const struct machine *machine, uint64_t elements)
{
    struct task_pace pace = scan_pace(machine);

    return task_pace_clocks(&pace, elements);
}
