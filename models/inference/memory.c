/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/memory.h"

#include <math.h>

#include "models/inference/own_memory.h"
#include "models/parameter_list.h"

static const char *const kind_names[] = { "none", "lpddr5-6400", "ddr5-6400",
                                          "hbm2", "hbm3",        "own",
                                          NULL };

/* In the order of kind_names, after `none`. */
static const struct memory_kind memory_kinds[] = {
    { "lpddr5-6400",
      51200000000,
      0.989,
      7.5 + 21 + 280 + 18,
      3906,
      44,
      { "lpddr5_6400", 1 },
      { "lpddr5_6400_standby", 1 } },
    { "ddr5-6400",
      51200000000,
      0.999,
      7.5 + 14.4 + 295 + 14.4,
      3900,
      31,
      { "ddr5_6400", 1 },
      { "ddr5_6400_standby", 1 } },
    { "hbm2",
      256000000000,
      0.977,
      4 + 14 + 350 + 14,
      3900,
      44,
      { "hbm2", 1 },
      { "hbm2_standby", 1 } },
    { "hbm3",
      819200000000,
      0.915,
      8 + 16 + 350 + 16,
      3900,
      44,
      { "hbm3", 1 },
      { "hbm3_standby", 1 } },
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
            "latency; none: as dram.rate says; own: as the rows behind it say, "
            "which a file in its place may have",
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

bool memory_is_own(const struct machine *machine)
{
    return machine->dram.kind == MEMORY_KINDS + 1;
}

bool memory_kind_of(struct memory_kind *kind, const struct machine *machine)
{
    if (!machine->dram.kind)
        return false;
    *kind = memory_is_own(machine) ? own_memory_of(machine)
                                   : memory_kinds[machine->dram.kind - 1];
    return true;
}

uint32_t memory_efficiency(const struct machine *machine)
{
    struct memory_kind kind;

    if (!memory_kind_of(&kind, machine))
        return 10000;
    if (machine->dram.efficiency)
        return (uint32_t)machine->dram.efficiency;
    return (uint32_t)lround(10000 * kind.ceiling *
                            (1 - kind.busy / kind.interval));
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
    struct memory_kind kind;
    uint64_t divisor;

    rate[0] = machine->dram.rate;
    rate[1] = 1;
    if (!memory_kind_of(&kind, machine))
        return machine->dram.rate > 0;
    /* Both are below 2^64: a peak of 10^12 bytes and a clock of 10^10 Hz. */
    rate[0] = kind.peak * memory_efficiency(machine);
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
    struct memory_kind kind;

    if (!memory_kind_of(&kind, machine))
        return machine->dram.latency;
    return (uint64_t)ceil(kind.latency * machine->clock / 1000);
}
