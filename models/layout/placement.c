/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Layer to column tiles, column tiles to K tiles.  For each column tile: the
 * masks of its columns become needs, one number a group (what the set needs
 * that needs most); the packer then lays the groups into rows, and where a
 * group no longer fits, the next K tile begins.
 *
 *            lanes = 4                        need of groups 0 1 2 3 4 ...
 *     row 0  [0][0][0][ ]   3 slots                       3 2 2 4 1
 *     row 1  [1][1][2][2]   2 + 2
 *     row 2  [3][3][3][3]   4
 *     row 3  [4] ...        where no row is left: next tile
 *
 * The image (image.h) is made by walking the same groups with the same packer,
 * so no list of places is kept: memory is one byte a group and column tile.
 * Needs cost a read of every mask, except where the pattern alone fixes them,
 * and except in a wider tile: sets lie within teams, so that it needs of a
 * group what the neediest of the narrow tiles does that it is made of
 * (placement_widen).
 */
#include "models/layout/placement.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"

#include "models/parameter_list.h"

enum { WORD = 64 };

const struct parameter parameter_weights_bits = {
    .path = "weights.bits",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, weights.bits),
    .unit = "bits",
    .minimum = 4,
    .maximum = 8,
    .standard = "8",
    .power_of_two = true,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of a weight in images and cells; 4: of lists of shapes, as the "
            "values that flow have 8",
};

const struct parameter parameter_select_selects = {
    .path = "select.selects",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, select.selects),
    .unit = "selects",
    .minimum = 1,
    .maximum = 4096,
    .standard = "32",
    .power_of_two = true,
    .help = "selects that a row can obey in the same clock; the released "
            "RTL: 1",
};

const struct parameter parameter_select_straddle = {
    .path = "select.straddle",
    .type = PARAMETER_BOOL,
    .offset = offsetof(struct machine, select.straddle),
    .unit = "",
    .standard = "no",
    .help = "yes: a group may begin in one row and end in the next; the "
            "RTL's wires allow it, the paper's grouping does not say so",
};

void packer_init(struct packer *packer, const struct placement *placement)
{
    packer->lanes = placement->mapping.lanes;
    packer->slots = placement->mapping.slots;
    packer->at = 0;
    packer->straddle = placement->machine->select.straddle;
}

bool packer_place(struct packer *packer, uint32_t need, uint32_t *first)
{
    uint32_t used = packer->at % packer->lanes, at = packer->at;

    if (!packer->straddle && used && need > packer->lanes - used)
        at += packer->lanes - used;
    if (need > packer->slots - at)
        return false;
    *first = at;
    packer->at = at + need;
    return true;
}

/* Kept weights of some columns as bits over K, column by column. */
struct masks {
    uint64_t *bits; /* [columns][words] */
    size_t words;
};

static void masks_init(struct masks *masks, const struct layer *layer,
                       uint32_t columns)
{
    masks->words = layer->shape.inputs / WORD + 2; /* group_bits() reads two */
    masks->bits = memory_new(masks->words * columns, sizeof *masks->bits);
}

static void masks_release(struct masks *masks)
{
    free(masks->bits);
}

static void masks_read(struct masks *masks, const struct layer *layer,
                       const struct column_tile *column)
{
    for (uint32_t c = 0; c < column->columns; c++)
        layer_mask(layer, column->first + c, masks->bits + c * masks->words);
}

static uint32_t group_bits(const uint64_t *bits, uint32_t from, uint32_t size)
{
    uint32_t shift = from % WORD;
    uint64_t both = bits[from / WORD] >> shift;

    if (shift)
        both |= bits[from / WORD + 1] << (WORD - shift);
    return (uint32_t)both & ((1u << size) - 1);
}

/* Slots that one set needs of a group of inputs; with `skip` one for each input
 * that any column keeps. */
static uint32_t set_need(const struct masks *masks, struct range columns,
                         struct range inputs, bool skip)
{
    const uint32_t evens = 0x55555555;
    uint32_t any = 0, both = 0;

    for (uint32_t c = columns.first; c < columns.first + columns.count; c++) {
        uint32_t kept = group_bits(masks->bits + c * masks->words, inputs.first,
                                   inputs.count);

        any |= kept;
        both |= kept & kept >> 1 & evens;
    }
    if (skip)
        return (uint32_t)__builtin_popcount(any);
    return (uint32_t)(__builtin_popcount((any | any >> 1) & evens) +
                      __builtin_popcount(both));
}

static uint32_t group_need(const struct placement *placement,
                           const struct masks *masks,
                           const struct column_tile *column, uint32_t group)
{
    uint32_t wide = placement->mapping.set_columns, most = 0;
    struct range inputs = { group * placement->mapping.group,
                            placement->mapping.group };

    for (uint32_t c = 0; c < column->columns; c += wide) {
        struct range columns = { c, (uint32_t)min(wide, column->columns - c) };
        uint32_t need =
            set_need(masks, columns, inputs, placement->machine->select.skip);

        if (need > most)
            most = need;
    }
    return most;
}

static uint32_t group_inputs(const struct placement *placement, uint32_t group)
{
    uint32_t left =
        placement->layer->shape.inputs - group * placement->mapping.group;

    return left < placement->mapping.group ? left : placement->mapping.group;
}

/* A set of one column needs what its group keeps, which the pattern fixes where
 * the layer's groups fill those of the run. */
bool placement_is_fixed(const struct machine *machine,
                        const struct layer *layer,
                        const struct mapping *mapping)
{
    return mapping->dense ||
           (mapping->set_columns == 1 && !machine->select.row_wise &&
            mapping->group % layer->pattern.m == 0);
}

static uint32_t fixed_need(const struct placement *placement, uint32_t group)
{
    uint32_t inputs = group_inputs(placement, group);

    return placement->mapping.dense
               ? inputs
               : pattern_kept(placement->layer->pattern, inputs);
}

/* The least listed n of run-as groups that is as large as `most`. */
static uint32_t listed_need(const struct placement *placement, uint32_t most)
{
    uint32_t m = placement->mapping.group, least = m;
    struct pattern_list list;

    machine_patterns(&list, placement->machine);
    for (size_t i = 0; i < list.count; i++) {
        if (list.at[i].m == m && list.at[i].n >= most && list.at[i].n < least)
            least = list.at[i].n;
    }
    return least;
}

/* Every group of the column tile has the slots of one listed pattern. */
static void level_needs(const struct placement *placement,
                        struct column_tile *column)
{
    uint32_t most = 0, level;

    for (uint32_t g = 0; g < placement->groups; g++) {
        if (column->need[g] > most)
            most = column->need[g];
    }
    level = listed_need(placement, most);
    for (uint32_t g = 0; g < placement->groups; g++) {
        uint32_t inputs = group_inputs(placement, g);

        column->need[g] = (uint8_t)(level < inputs ? level : inputs);
    }
}

/* Only the last group may have fewer inputs than the others. */
static void fix_needs(const struct placement *placement,
                      struct column_tile *column)
{
    uint32_t last = placement->groups - 1;

    memset(column->need, (int)fixed_need(placement, 0), last);
    column->need[last] = (uint8_t)fixed_need(placement, last);
}

static void find_needs(const struct placement *placement, struct masks *masks,
                       struct column_tile *column)
{
    if (placement_is_fixed(placement->machine, placement->layer,
                           &placement->mapping)) {
        fix_needs(placement, column);
    } else {
        masks_read(masks, placement->layer, column);
        for (uint32_t g = 0; g < placement->groups; g++)
            column->need[g] = (uint8_t)group_need(placement, masks, column, g);
    }
    if (placement->machine->select.row_wise && !placement->mapping.dense)
        level_needs(placement, column);
}

static struct tile *begin_tile(struct column_tile *column, size_t *capacity,
                               uint32_t group, uint32_t input)
{
    struct tile *tile;

    column->tile = memory_grow(column->tile, capacity, column->tiles + 1u,
                               sizeof *column->tile);
    tile = &column->tile[column->tiles++];
    *tile = (struct tile){ .k0 = input, .first_group = group };
    return tile;
}

static int placement_pack(struct placement *placement,
                          struct column_tile *column, struct error *err)
{
    uint32_t size = placement->mapping.group, first;
    uint32_t last = placement->groups - 1;
    uint64_t pairs = divide_up(size, 2);
    struct packer packer;
    size_t capacity = 0;
    struct tile *tile = begin_tile(column, &capacity, 0, 0);

    packer_init(&packer, placement);
    for (uint32_t g = 0; g < placement->groups; g++) {
        uint32_t need = column->need[g];

        if (need > packer.slots)
            return error_set(err, ERROR_DATA,
                             "layer %s, outputs %u..%u: a group of %u inputs "
                             "needs %u slots, and a tile of the machine has %u",
                             placement->layer->shape.name, column->first,
                             column->first + column->columns - 1, size, need,
                             packer.slots);
        if (need && !packer_place(&packer, need, &first)) {
            tile->k1 = g * size;
            tile = begin_tile(column, &capacity, g, g * size);
            packer.at = 0;
            packer_place(&packer, need, &first);
        }
        tile->groups++;
        tile->slots += need;
        if (g == last)
            pairs = divide_up(group_inputs(placement, g), 2);
        tile->wires += need * pairs;
        tile->span = packer.at;
    }
    tile->k1 = placement->layer->shape.inputs;
    return 0;
}

/* All column tiles without their needs and K tiles. */
static void cut_columns(struct placement *placement)
{
    const struct machine *machine = placement->machine;
    const struct mapping *mapping = &placement->mapping;
    uint32_t outputs = placement->layer->shape.outputs;

    placement->groups =
        (uint32_t)divide_up(placement->layer->shape.inputs, mapping->group);
    placement->column_tiles = (uint32_t)divide_up(outputs, mapping->columns);
    placement->column_tile =
        memory_new(placement->column_tiles, sizeof *placement->column_tile);
    for (uint32_t i = 0; i < placement->column_tiles; i++) {
        struct column_tile *column = &placement->column_tile[i];

        column->first = i * mapping->columns;
        column->columns =
            (uint32_t)min(outputs - column->first, mapping->columns);
        column->team_columns =
            (uint32_t)min(column->columns, machine->macro.columns);
        column->sets =
            (uint32_t)divide_up(column->columns, mapping->set_columns);
        column->team_sets =
            (uint32_t)divide_up(column->team_columns, mapping->set_columns);
        column->passes =
            (uint32_t)divide_up(column->team_sets, machine->select.selects);
        column->need = memory_new(placement->groups, 1);
    }
}

int placement_init(struct placement *placement, const struct machine *machine,
                   const struct layer *layer, const struct mapping *mapping,
                   struct error *err)
{
    struct masks masks;
    int status = 0;

    *placement = (struct placement){ .machine = machine,
                                     .layer = layer,
                                     .mapping = *mapping };
    cut_columns(placement);
    masks_init(&masks, layer, mapping->columns);
    for (uint32_t i = 0; status == 0 && i < placement->column_tiles; i++) {
        find_needs(placement, &masks, &placement->column_tile[i]);
        status = placement_pack(placement, &placement->column_tile[i], err);
    }
    masks_release(&masks);
    if (status < 0)
        placement_release(placement);
    return status;
}

/* What the narrow tile needs that needs most: sets lie within teams, so those
 * of a wide tile are those of the narrow ones that it is made of. */
static void widen_needs(struct column_tile *wide, uint32_t groups,
                        const struct column_tile *narrow, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t g = 0; g < groups; g++) {
            if (narrow[i].need[g] > wide->need[g])
                wide->need[g] = narrow[i].need[g];
        }
    }
}

int placement_widen(struct placement *placement, const struct placement *narrow,
                    const struct mapping *mapping, struct error *err)
{
    uint32_t times = mapping->columns / narrow->mapping.columns;
    int status = 0;

    *placement = (struct placement){ .machine = narrow->machine,
                                     .layer = narrow->layer,
                                     .mapping = *mapping };
    cut_columns(placement);
    assert(placement->groups == narrow->groups);
    for (uint32_t i = 0; status == 0 && i < placement->column_tiles; i++) {
        uint32_t first = i * times;

        widen_needs(&placement->column_tile[i], placement->groups,
                    &narrow->column_tile[first],
                    (uint32_t)min(times, narrow->column_tiles - first));
        status = placement_pack(placement, &placement->column_tile[i], err);
    }
    if (status < 0)
        placement_release(placement);
    return status;
}

void placement_release(struct placement *placement)
{
    for (uint32_t i = 0; i < placement->column_tiles; i++) {
        free(placement->column_tile[i].tile);
        free(placement->column_tile[i].need);
    }
    free(placement->column_tile);
    *placement = (struct placement){ 0 };
}

struct range placement_served(const struct placement *placement,
                              const struct column_tile *column, uint32_t pass,
                              uint32_t team)
{
    const struct machine *machine = placement->machine;
    uint64_t wide = machine->select.selects * placement->mapping.set_columns,
             begin = team * machine->macro.columns,
             limit = min(begin + machine->macro.columns, column->columns),
             first = min(begin + pass * wide, limit),
             end = min(begin + (pass + 1) * wide, limit);

    return (struct range){ (uint32_t)first, (uint32_t)(end - first) };
}

uint32_t placement_served_columns(const struct placement *placement,
                                  const struct column_tile *column,
                                  uint32_t pass)
{
    uint32_t served = 0;

    for (uint32_t team = 0; team < placement->mapping.teams; team++)
        served += placement_served(placement, column, pass, team).count;
    return served;
}

struct image_bits placement_image_bits(const struct placement *placement,
                                       const struct column_tile *column,
                                       const struct tile *tile)
{
    uint64_t words = (uint64_t)tile->slots * column->columns;
    struct image_bits bits = {
        .words = placement->machine->weights.bits * words,
        .metadata = placement->mapping.dense ? 0 : words,
        .selects = (uint64_t)placement->mapping.select_bits * tile->slots *
                   column->sets,
    };

    /* which inputs have slots: a bit each, whatever the columns */
    if (placement->machine->select.skip)
        bits.metadata = tile->k1 - tile->k0;
    return bits;
}

uint64_t placement_image_bytes(const struct placement *placement,
                               const struct column_tile *column,
                               const struct tile *tile)
{
    struct image_bits bits = placement_image_bits(placement, column, tile);

    return divide_up(bits.words + bits.metadata + bits.selects, 8);
}
