/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/models/reference_shape.h"

#include <stdio.h>
#include <string.h>

uint32_t round_up(uint64_t value, uint64_t by)
{
    return (uint32_t)(value / by + (value % by != 0));
}

static bool kept(const struct second_machine *second, uint32_t output,
                 uint32_t input)
{
    const struct layer *layer = &second->test->layer;

    return input < layer->inputs &&
           second->test->mask[(size_t)output * layer->inputs + input];
}

/* Every mask of the layer's pattern fits: the densest aligned window. */
static bool covers(struct pattern listed, struct pattern own)
{
    if (pattern_is_dense(listed))
        return true;
    if (own.m % listed.m == 0)
        return (own.n < listed.m ? own.n : listed.m) <= listed.n;
    if (listed.m % own.m == 0)
        return own.n * (listed.m / own.m) <= listed.n;
    return false;
}

/* Whether the machine's list has the pattern, as text. */
static bool is_listed(const struct second_machine *second, unsigned n,
                      unsigned m)
{
    char wanted[32], listed[PARAMETER_TEXT + 2];

    if (strcmp(second->machine->patterns, "any") == 0)
        return true;
    snprintf(wanted, sizeof wanted, n == m ? ",dense," : ",%u:%u,", n, m);
    snprintf(listed, sizeof listed, ",%s,", second->machine->patterns);
    return strstr(listed, wanted) != NULL;
}

bool second_choose(struct second_machine *second)
{
    struct pattern own = second->test->layer.pattern;
    uint16_t reach = (uint16_t)(2 * second->machine->select.reach);
    double least = 2;

    second->run_as = own;
    if (own.m <= reach && is_listed(second, own.n, own.m))
        return true;
    for (uint16_t m = 2; m <= reach; m = (uint16_t)(m + 2)) {
        for (uint16_t n = 1; n <= m; n++) {
            struct pattern listed =
                n == m ? pattern_dense : (struct pattern){ n, m };

            if (!is_listed(second, n, m) || !covers(listed, own) ||
                (double)n / m >= least)
                continue;
            least = (double)n / m;
            second->run_as = listed;
        }
    }
    return least < 2;
}

/* Slots of the group at input k for one column tile. */
static uint32_t slots_of(const struct second_machine *second,
                         const struct column_shape *column, uint32_t k)
{
    uint32_t most = 0, inputs = second->test->layer.inputs;

    if (second->dense)
        return k + 1 < inputs ? 2 : 1;
    for (uint32_t set = 0; set < column->sets; set++) {
        uint32_t need = 0;

        for (uint32_t pair = k; pair < k + second->run_as.m; pair += 2) {
            uint32_t worst = 0;

            for (uint32_t c = set * second->wide;
                 c < (set + 1) * second->wide && c < column->columns; c++) {
                uint32_t both = kept(second, column->first + c, pair) +
                                kept(second, column->first + c, pair + 1);

                worst = both > worst ? both : worst;
            }
            need += worst;
        }
        most = need > most ? need : most;
    }
    return most;
}

/* Next fit over rows that are counted down, not over a running slot number. */
static bool cut_tiles(struct second_machine *second,
                      struct column_shape *column)
{
    uint32_t lanes = (uint32_t)second->machine->macro.sub_macros,
             rows = (uint32_t)second->machine->macro.rows;
    uint32_t row = 0, left = lanes, inputs = second->test->layer.inputs;
    struct tile_shape *tile = &column->tile[0];

    *tile = (struct tile_shape){ 0 };
    column->tiles = 1;
    for (uint32_t k = 0; k < inputs; k += second->run_as.m) {
        uint32_t need = slots_of(second, column, k);

        if (need > lanes * rows)
            return false;
        if (need == 0)
            continue;
        if (!second->machine->select.straddle && left < lanes && need > left) {
            row++;
            left = lanes;
        }
        if (row >= rows || need > left + (rows - row - 1) * lanes) {
            tile->k1 = k;
            tile = &column->tile[column->tiles++];
            *tile = (struct tile_shape){ .k0 = k };
            row = 0;
            left = lanes;
        }
        tile->slots += need;
        tile->pairs +=
            need * round_up(inputs - k < second->run_as.m ? inputs - k
                                                          : second->run_as.m,
                            2);
        for (; need > 0; need--) {
            if (left == 0) {
                row++;
                left = lanes;
            }
            left--;
        }
        if (left == 0) {
            row++;
            left = lanes;
        }
    }
    tile->k1 = inputs;
    return true;
}

static bool cut_columns(struct second_machine *second)
{
    const struct machine *machine = second->machine;
    const struct layer *layer = &second->test->layer;
    uint32_t wide = (uint32_t)machine->macro.columns;

    second->wide = (uint32_t)machine->select.share;
    if (!machine->select.strict_serial) {
        uint32_t agreement = second->dense || layer->agreement >= layer->outputs
                                 ? wide
                                 : layer->agreement;

        if (agreement > wide && agreement % wide == 0)
            agreement = wide;
        for (uint32_t tried = second->wide;
             wide % agreement == 0 && tried <= agreement;
             tried += second->wide) {
            if (tried == agreement)
                second->wide = agreement;
        }
    }
    second->column_tiles = round_up(layer->outputs, wide);
    for (uint32_t i = 0; i < second->column_tiles; i++) {
        struct column_shape *column = &second->column[i];

        column->first = i * wide;
        column->columns = layer->outputs - column->first;
        if (column->columns > wide)
            column->columns = wide;
        column->sets = round_up(column->columns, second->wide);
        column->passes = round_up(column->sets, machine->select.selects);
        if (!cut_tiles(second, column))
            return false;
    }
    return true;
}

static const struct column_shape *working(const struct second_machine *second,
                                          const struct wave_shape *wave,
                                          uint32_t macro)
{
    uint64_t at = wave->column_wave * second->machine->macros + macro;

    if (at >= second->column_tiles || wave->tile >= second->column[at].tiles)
        return NULL;
    return &second->column[at];
}

static uint32_t select_bits(const struct second_machine *second)
{
    static const uint32_t bits[9] = { 0, 0, 1, 2, 2, 3, 3, 3, 3 };

    return bits[second->run_as.m / 2];
}

/* Appends wave (j, i) if any macro has that tile. */
static void add_wave(struct second_machine *second, uint32_t j, uint32_t i)
{
    const struct machine *machine = second->machine;
    struct wave_shape *wave = &second->wave[second->waves];

    *wave =
        (struct wave_shape){ .column_wave = j, .tile = i, .k0 = UINT32_MAX };
    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_shape *column = working(second, wave, m);
        const struct tile_shape *tile;
        uint64_t bits;

        if (!column)
            continue;
        tile = &column->tile[i];
        bits =
            (uint64_t)tile->slots * column->columns * (second->dense ? 8 : 9);
        bits += (uint64_t)select_bits(second) * tile->slots * column->sets;
        wave->bytes += round_up(bits, 8);
        wave->columns += column->columns;
        wave->k0 = tile->k0 < wave->k0 ? tile->k0 : wave->k0;
        wave->k1 = tile->k1 > wave->k1 ? tile->k1 : wave->k1;
        if (column->passes > wave->passes)
            wave->passes = column->passes;
    }
    if (wave->columns == 0)
        return;
    wave->load = round_up(wave->columns, machine->weights.ports);
    wave->read = round_up((wave->k1 - 1) / machine->activations.width -
                              wave->k0 / machine->activations.width + 1,
                          machine->activations.banks);
    second->waves++;
}

static void order(struct second_machine *second)
{
    uint32_t columns = round_up(second->column_tiles, second->machine->macros);
    bool inner = second->machine->loop == MACHINE_K_INNER;

    second->waves = 0;
    for (uint32_t a = 0; a < (inner ? columns : MAX_TILES); a++) {
        for (uint32_t b = 0; b < (inner ? MAX_TILES : columns); b++)
            add_wave(second, inner ? a : b, inner ? b : a);
    }
}

uint32_t second_operation_clocks(const struct second_machine *second,
                                 const struct wave_shape *wave, uint32_t pass)
{
    uint64_t wide = second->wide * second->machine->select.selects;
    uint32_t served = 0, clocks;

    for (uint32_t m = 0; m < second->machine->macros; m++) {
        const struct column_shape *column = working(second, wave, m);

        for (uint32_t c = 0; column && c < column->columns; c++)
            served += c / wide == pass;
    }
    clocks = round_up(served, second->machine->outputs.banks);
    return wave->tile > 0 && second->machine->outputs.ports == 1 ? 2 * clocks
                                                                 : clocks;
}

bool second_place(struct second_machine *second)
{
    second->dense = pattern_is_dense(second->run_as);
    if (!cut_columns(second))
        return false;
    order(second);
    return true;
}
