/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/layout/code.h"

#include "base/arithmetic.h"
#include "models/parameter_list.h"

enum { DECODER_LATENCY = 4 };

static const char *const codes[] = { "cell", "bitmap", "enumerated", NULL };

const struct parameter parameter_dram_code = {
    .path = "dram.code",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, dram.code),
    .unit = "",
    .standard = "cell",
    .choices = codes,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "how images lie in memory: as the cells hold them, with a bitmap, "
            "or with the number of the group's choice",
};

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
static uint64_t code_bits(const struct placement *placement,
                          const struct tile *tile, unsigned code)
{
    struct pattern run_as = placement->mapping.run_as;
    struct pattern own = placement->layer->pattern;
    uint64_t word = placement->machine->weights.bits, bits = 0;

    if (pattern_is_dense(run_as))
        return word * (tile->k1 - tile->k0);
    if (code == CODE_BITMAP)
        return word *
                   (pattern_kept(own, tile->k1) - pattern_kept(own, tile->k0)) +
               (tile->k1 - tile->k0);
    for (uint32_t k = tile->k0; k < tile->k1; k += run_as.m) {
        uint32_t group = (uint32_t)min(run_as.m, tile->k1 - k);
        uint32_t kept = (uint32_t)min(run_as.n, group);

        bits += word * kept + choice_bits(group, kept);
    }
    return bits;
}

uint64_t code_bytes(const struct placement *placement,
                    const struct column_tile *column, const struct tile *tile)
{
    unsigned code = placement->machine->dram.code;

    if (code == CODE_CELL)
        return placement_image_bytes(placement, column, tile);
    return divide_up(code_bits(placement, tile, code) * column->columns, 8);
}

uint32_t code_clocks(const struct machine *machine)
{
    return machine->dram.code == CODE_CELL ? 0 : DECODER_LATENCY;
}
