/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/stored_bytes.h"

#include "base/arithmetic.h"
#include "models/parameter_list.h"

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

const struct parameter parameter_state_bits = {
    .path = "state.bits",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, state.bits),
    .unit = "bits",
    .minimum = 4,
    .maximum = 16,
    .standard = "8",
    .power_of_two = true,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of a key or value as it is kept, on chip or in memory; 4 to 16 "
            "are published (KIVI 2 and 4, FP16 caches 16)",
};

const struct parameter parameter_scan_bits = {
    .path = "scan.bits",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, scan.bits),
    .unit = "bits",
    .minimum = 16,
    .maximum = 32,
    .standard = "16",
    .power_of_two = true,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of a state of a state space, as it is kept and gone forward; the "
            "released Mamba kernels keep 32",
};

uint64_t stored_key_bytes(const struct machine *machine, uint64_t elements)
{
    return divide_up(elements * machine->state.bits, 8);
}

uint64_t stored_state_bytes(const struct machine *machine, uint64_t elements)
{
    return elements * (machine->scan.bits / 8);
}
