/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/models/reference_shape.h"

#include <stdio.h>
#include <string.h>

#include "models/arrays/array.h"

uint32_t round_up(uint64_t value, uint64_t by)
{
    return (uint32_t)(value / by + (value % by != 0));
}

static bool kept(const struct second_machine *second, uint32_t output,
                 uint32_t input)
{
    const struct layer *layer = &second->test->layer;

    return input < layer->shape.inputs &&
           second->test->mask[(size_t)output * layer->shape.inputs + input];
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
    uint32_t most = 0, inputs = second->test->layer.shape.inputs;

    if (second->dense)
        return k + 1 < inputs ? 2 : 1;
    for (uint32_t set = 0; set < column->sets; set++) {
        uint32_t need = 0;

        for (uint32_t pair = k; pair < k + second->group; pair += 2) {
            uint32_t worst = 0, any[2] = { 0, 0 };

            for (uint32_t c = set * second->wide;
                 c < (set + 1) * second->wide && c < column->columns; c++) {
                uint32_t both = kept(second, column->first + c, pair) +
                                kept(second, column->first + c, pair + 1);

                worst = both > worst ? both : worst;
                any[0] |= kept(second, column->first + c, pair);
                any[1] |= kept(second, column->first + c, pair + 1);
            }
            need += second->machine->select.skip ? any[0] + any[1] : worst;
        }
        most = need > most ? need : most;
    }
    return most;
}

/* Of groups of the list's longest: the least listed n that no group of the
 * column tile is over; 0: groups need what they need. */
static uint32_t row_wise_level(const struct second_machine *second,
                               const struct column_shape *column)
{
    uint32_t most = 0, level = second->group;

    if (!second->machine->select.row_wise || second->dense)
        return 0;
    for (uint32_t k = 0; k < second->test->layer.shape.inputs;
         k += second->group) {
        uint32_t need = slots_of(second, column, k);

        most = need > most ? need : most;
    }
    while (level > most && level > 1) {
        uint32_t n = level - 1;

        while (n >= most && n > 0 && !is_listed(second, n, second->group))
            n--;
        if (n < most || n == 0)
            break;
        level = n;
    }
    return level;
}

/* Next fit over rows that are counted down, not over a running slot number. */
static bool cut_tiles(struct second_machine *second,
                      struct column_shape *column)
{
    uint32_t lanes = second->merged,
             rows = (uint32_t)second->machine->macro.rows,
             level = row_wise_level(second, column);
    uint32_t row = 0, left = lanes, inputs = second->test->layer.shape.inputs;
    struct tile_shape *tile = &column->tile[0];

    *tile = (struct tile_shape){ 0 };
    column->tiles = 1;
    for (uint32_t k = 0; k < inputs; k += second->group) {
        uint32_t need = slots_of(second, column, k);

        if (level > 0)
            need = level < inputs - k ? level : inputs - k;

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
            need *
            round_up(inputs - k < second->group ? inputs - k : second->group,
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
        uint32_t agreement =
            second->dense || layer->agreement >= layer->shape.outputs
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
    second->full = wide * (uint32_t)machine->macro.sub_macros / second->merged;
    second->column_tiles = round_up(layer->shape.outputs, second->full);
    for (uint32_t i = 0; i < second->column_tiles; i++) {
        struct column_shape *column = &second->column[i];

        column->first = i * second->full;
        column->columns = layer->shape.outputs - column->first;
        if (column->columns > second->full)
            column->columns = second->full;
        column->sets = round_up(column->columns, second->wide);
        column->widest = column->columns < wide ? column->columns : wide;
        column->passes =
            round_up(column->widest, second->wide * machine->select.selects);
        if (!cut_tiles(second, column))
            return false;
    }
    return true;
}

const struct column_shape *second_column(const struct second_machine *second,
                                         const struct wave_shape *wave,
                                         uint32_t macro)
{
    uint64_t at = wave->column_wave * second->machine->macros + macro;

    if (at >= second->column_tiles || wave->tile >= second->column[at].tiles)
        return NULL;
    return &second->column[at];
}

uint32_t second_select_bits(const struct second_machine *second)
{
    static const uint32_t bits[9] = { 0, 0, 1, 2, 2, 3, 3, 3, 3 };

    return bits[second->group / 2];
}

static uint64_t choices(uint32_t all, uint32_t some)
{
    return some == 0 || some == all
               ? 1
               : choices(all - 1, some - 1) + choices(all - 1, some);
}

/* A tile in a code of memory: weights with a bit a position, or with the number
 * of each group's choice; all weights of a dense one. */
static uint64_t coded_bytes(const struct second_machine *second,
                            const struct tile_shape *tile, uint32_t columns)
{
    struct pattern own = second->test->layer.pattern, run_as = second->run_as;
    uint64_t word = second->machine->weights.bits, bits = 0;

    for (uint32_t k = tile->k0; k < tile->k1; k++) {
        if (pattern_is_dense(run_as))
            bits += word;
        else if (second->machine->dram.code == 1)
            bits += k % own.m < own.n ? word + 1 : 1;
    }
    for (uint32_t k = tile->k0; k < tile->k1 && !pattern_is_dense(run_as) &&
                                second->machine->dram.code == 2;
         k += run_as.m) {
        uint32_t group =
            tile->k1 - k < run_as.m ? tile->k1 - k : (uint32_t)run_as.m;
        uint32_t kept = run_as.n < group ? run_as.n : group;

        bits += word * kept;
        for (uint64_t left = choices(group, kept) - 1; left > 0; left /= 2)
            bits++;
    }
    return round_up(bits * columns, 8);
}

/* Appends wave (j, i) if any macro has that tile. */
static void add_wave(struct second_machine *second, uint32_t j, uint32_t i)
{
    const struct machine *machine = second->machine;
    struct wave_shape *wave = &second->wave[second->waves];
    uint32_t widest = 0;

    *wave =
        (struct wave_shape){ .column_wave = j, .tile = i, .k0 = UINT32_MAX };
    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_shape *column = second_column(second, wave, m);
        const struct tile_shape *tile;
        uint64_t bits;

        if (!column)
            continue;
        tile = &column->tile[i];
        bits = (uint64_t)tile->slots * column->columns *
               (machine->weights.bits + !second->dense);
        if (machine->select.skip)
            bits = machine->weights.bits * tile->slots * column->columns +
                   tile->k1 - tile->k0;
        bits +=
            (uint64_t)second_select_bits(second) * tile->slots * column->sets;
        wave->bytes += round_up(bits, 8);
        wave->coded += machine->dram.code
                           ? coded_bytes(second, tile, column->columns)
                           : round_up(bits, 8);
        wave->columns += column->widest;
        if (column->widest > widest)
            widest = column->widest;
        wave->macros++;
        wave->k0 = tile->k0 < wave->k0 ? tile->k0 : wave->k0;
        wave->k1 = tile->k1 > wave->k1 ? tile->k1 : wave->k1;
        if (column->passes > wave->passes)
            wave->passes = column->passes;
    }
    if (wave->columns == 0)
        return;
    wave->load = widest;
    if (machine->array.kind == ARRAY_systolic)
        wave->load = (uint32_t)machine->macro.rows;
    else if (machine->weights.storage == MACHINE_REGISTERS)
        wave->load = 1;
    if (!machine->array.published) {
        uint64_t port = machine->weights.port_bytes;
        uint32_t clocks;

        if (port == 0) /* a byte for each row of each sub-macro */
            port = machine->macro.rows * machine->macro.sub_macros;
        clocks = round_up(wave->bytes, port);
        if (clocks > wave->load)
            wave->load = clocks;
    }
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

bool second_serves(const struct second_machine *second, uint32_t c,
                   uint32_t pass)
{
    uint32_t place = c % (uint32_t)second->machine->macro.columns;

    return place / (second->wide * second->machine->select.selects) == pass;
}

uint32_t second_operation_clocks(const struct second_machine *second,
                                 const struct wave_shape *wave, uint32_t pass)
{
    uint32_t served = 0, clocks;

    for (uint32_t m = 0; m < second->machine->macros; m++) {
        const struct column_shape *column = second_column(second, wave, m);

        for (uint32_t c = 0; column && c < column->columns; c++)
            served += second_serves(second, c, pass);
    }
    clocks = round_up(served, second->machine->outputs.banks);
    return wave->tile > 0 && second->machine->outputs.ports == 1 ? 2 * clocks
                                                                 : clocks;
}

bool second_place(struct second_machine *second)
{
    const struct machine *machine = second->machine;

    second->dense = pattern_is_dense(second->run_as) && !machine->select.skip;
    second->group = second->run_as.m;
    if (second->dense && machine->select.row_wise && !second->as_dense &&
        !pattern_is_dense(second->test->layer.pattern)) {
        second->dense = false;
        for (uint32_t m = 2; m <= 2 * machine->select.reach; m += 2) {
            for (uint32_t n = 1; n < m; n++) {
                if (is_listed(second, n, m))
                    second->group = m;
            }
        }
    }
    if (!cut_columns(second))
        return false;
    order(second);
    return true;
}
