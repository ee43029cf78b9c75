/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/memory.h"

#include <math.h>

#include "models/parameter_list.h"

static const char *const kind_names[] = { "none", "lpddr5-6400", "ddr5-6400",
                                          "hbm2", "hbm3",        NULL };

/* In the order of kind_names, after `none`. */
static const struct memory_kind memory_kinds[] = {
    { "lpddr5-6400", 51200000000, 0.989, 7.5 + 21 + 280 + 18, 3906, 44,
      "lpddr5_6400", "lpddr5_6400_standby" },
    { "ddr5-6400", 51200000000, 0.999, 7.5 + 14.4 + 295 + 14.4, 3900, 31,
      "ddr5_6400", "ddr5_6400_standby" },
    { "hbm2", 256000000000, 0.977, 4 + 14 + 350 + 14, 3900, 44, "hbm2",
      "hbm2_standby" },
    { "hbm3", 819200000000, 0.915, 8 + 16 + 350 + 16, 3900, 44, "hbm3",
      "hbm3_standby" },
};

enum { MEMORY_KINDS = sizeof memory_kinds / sizeof *memory_kinds };

const struct parameter parameter_dram_kind = {
    .path = "dram.kind",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, dram.kind),
    .unit = "",
    .standard = "none",
    .choices = kind_names,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "memory behind the channel, with its peak rate, efficiency and "
            "latency; none: as dram.rate says",
};

const struct parameter parameter_dram_efficiency = {
    .path = "dram.efficiency",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, dram.efficiency),
    .unit = "1/10000",
    .minimum = 1,
    .maximum = 10000,
    .standard = "none",
    .none = true,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "share of dram.kind's peak rate that a stream reaches; none: the "
            "kind's own (band 7000 to 9500)",
};

const struct memory_kind *memory_kind_at(size_t index)
{
    return index < MEMORY_KINDS ? &memory_kinds[index] : NULL;
}

const struct memory_kind *memory_kind_of(const struct machine *machine)
{
    return machine->dram.kind ? &memory_kinds[machine->dram.kind - 1] : NULL;
}

uint32_t memory_efficiency(const struct machine *machine)
{
    const struct memory_kind *kind = memory_kind_of(machine);

    if (!kind)
        return 10000;
    if (machine->dram.efficiency)
        return (uint32_t)machine->dram.efficiency;
    return (uint32_t)lround(10000 * kind->ceiling *
                            (1 - kind->busy / kind->interval));
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

bool memory_rate(uint64_t rate[2], const struct machine *machine)
{
    const struct memory_kind *kind = memory_kind_of(machine);
    uint64_t divisor;

    rate[0] = machine->dram.rate;
    rate[1] = 1;
    if (!kind)
        return machine->dram.rate > 0;
    /* Both are below 2^64: a peak of 10^12 bytes and a clock of 10^10 Hz. */
    rate[0] = kind->peak * memory_efficiency(machine);
    rate[1] = (uint64_t)llround(machine->clock * 1e6) * 10000;
    divisor = common_divisor(rate[0], rate[1]);
    rate[0] /= divisor;
    rate[1] /= divisor;
    return true;
}

bool memory_is_there(const struct machine *machine)
{
    return machine->dram.kind || machine->dram.rate;
}

uint64_t memory_latency(const struct machine *machine)
{
    const struct memory_kind *kind = memory_kind_of(machine);

    return kind ? (uint64_t)ceil(kind->latency * machine->clock / 1000)
                : machine->dram.latency;
}
