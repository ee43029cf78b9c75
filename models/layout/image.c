/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An image is made in two steps.  First every group of the tile gets its slots
 * from the packer, the same as in placement.c, and each slot learns its group's
 * inputs.  Then set after set is filled in: from all columns of a set together
 * follows the select list of a group, and with it each column puts its weights.
 *
 *     group of 8 inputs, need 4      kept by column a: 0 1 6, by column b: 3 7
 *     pairs                 (0,1) (2,3) (4,5) (6,7)
 *     need of the set          2     1     0     1
 *     select list              0  0  1  3          (slots 0 1 2 3)
 *     column a, word           w0 w1 .  w6
 *               metadata       0  1  .  0
 *     column b, word           .  .  w3 w7
 *               metadata       .  .  1  1
 *
 * Any column of the set finds both elements of a pair that it keeps, because a
 * pair of which some column keeps both is listed twice.  A column's weights are
 * read once, in order, so a tile costs its kept weights and its cells.
 */
#include "models/layout/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"

void image_init(struct image *image, const struct mapping *mapping)
{
    size_t slots = mapping->slots, columns = mapping->columns;

    *image = (struct image){ .stride = (uint32_t)columns };
    image->word = memory_new(slots * columns, 1);
    image->metadata = memory_new(slots * columns, 1);
    image->select = memory_new(slots * columns, 1);
    image->input = memory_new(slots, sizeof *image->input);
    image->pairs = memory_new(slots, 1);
}

void image_release(struct image *image)
{
    free(image->word);
    free(image->metadata);
    free(image->select);
    free(image->input);
    free(image->pairs);
    *image = (struct image){ 0 };
}

/* One set's kept weights in a tile, read group by group. */
struct set {
    uint32_t first, count; /* columns */
    uint32_t *position;    /* [count][room] */
    int8_t *value;         /* [count][room] */
    uint32_t *kept;        /* [count] */
    uint32_t *next;        /* [count] */
    uint32_t room;
};

static void set_init(struct set *set, uint32_t columns, uint32_t room)
{
    set->room = room;
    set->position = memory_new((size_t)columns * room, sizeof *set->position);
    set->value = memory_new((size_t)columns * room, 1);
    set->kept = memory_new(columns, sizeof *set->kept);
    set->next = memory_new(columns, sizeof *set->next);
}

static void set_release(struct set *set)
{
    free(set->position);
    free(set->value);
    free(set->kept);
    free(set->next);
}

static void set_read(struct set *set, const struct placement *placement,
                     const struct column_tile *column, const struct tile *tile,
                     uint32_t number)
{
    uint32_t wide = placement->mapping.set_columns;

    set->first = number * wide;
    set->count = column->columns - set->first < wide
                     ? column->columns - set->first
                     : wide;
    for (uint32_t c = 0; c < set->count; c++) {
        set->kept[c] =
            layer_range(placement->layer, column->first + set->first + c,
                        tile->k0, tile->k1,
                        set->position + (size_t)c * set->room,
                        set->value + (size_t)c * set->room);
        set->next[c] = 0;
    }
}

/* Kept bits of a column in the group of inputs from .. to - 1, which follows
 * those asked for before. */
static uint32_t set_group(struct set *set, uint32_t c, uint32_t from,
                          uint32_t to)
{
    const uint32_t *position = set->position + (size_t)c * set->room;
    uint32_t bits = 0;

    for (uint32_t i = set->next[c]; i < set->kept[c] && position[i] < to; i++)
        bits |= 1u << (position[i] - from);
    return bits;
}

/* Which elements of a pair have a slot of their own. */
enum slot_rule {
    AS_NEEDED,  /* two only if a column keeps both */
    EACH_INPUT, /* those that any column keeps */
    BOTH_ALWAYS /* dense */
};

static enum slot_rule slot_rule(const struct placement *placement)
{
    if (placement->mapping.dense)
        return BOTH_ALWAYS;
    return placement->machine->select.skip ? EACH_INPUT : AS_NEEDED;
}

/* One group of a tile and where its slots are. */
struct group_place {
    uint32_t from, to, need, slot;
};

/* What all columns of a set keep of a group, and what follows from it. */
struct group_list {
    const struct group_place *place;
    enum slot_rule rule;
    uint32_t any, both; /* inputs that are kept; pairs of need 2 */
    uint32_t offset[PATTERN_MAX_M / 2]; /* of each pair, its first slot */
};

/* The set's select list for a group, and for each pair its first slot. */
static void list_pairs(struct image *image, const struct set *set,
                       struct group_list *list)
{
    uint32_t listed = 0;

    for (uint32_t pair = 0; list->any >> 2 * pair; pair++) {
        uint32_t times = (list->any >> 2 * pair & 3u ? 1u : 0u) +
                         (list->both >> 2 * pair & 1u ? 1u : 0u);

        list->offset[pair] = listed;
        for (uint32_t i = 0; i < times; i++, listed++)
            memset(image->select +
                       (size_t)(list->place->slot + listed) * image->stride +
                       set->first,
                   (int)pair, set->count);
    }
}

/* Puts the kept weights of one column.  An odd input goes into the second slot
 * of its pair where the even one beside it has a slot of its own. */
static void put_column(struct image *image, struct set *set, uint32_t c,
                       const struct group_list *list)
{
    const int8_t *value = set->value + (size_t)c * set->room;
    uint32_t bits = set_group(set, c, list->place->from, list->place->to),
             partners = list->rule == BOTH_ALWAYS  ? UINT32_MAX
                        : list->rule == EACH_INPUT ? list->any
                                                   : bits;

    for (uint32_t left = bits; left; left &= left - 1) {
        uint32_t place = (uint32_t)__builtin_ctz(left), odd = place & 1u;
        uint32_t second = odd && partners >> (place - 1) & 1u;
        size_t at =
            (size_t)(list->place->slot + list->offset[place / 2] + second) *
                image->stride +
            set->first + c;

        image->word[at] = value[set->next[c]++];
        image->metadata[at] = (uint8_t)odd;
    }
}

static void put_group(struct image *image, struct set *set,
                      const struct group_place *place, enum slot_rule rule)
{
    const uint32_t evens = 0x55555555;
    struct group_list list = { .place = place, .rule = rule };

    for (uint32_t c = 0; c < set->count; c++) {
        uint32_t bits = set_group(set, c, place->from, place->to);

        list.any |= bits;
        list.both |= bits & bits >> 1 & evens;
    }
    if (rule == EACH_INPUT)
        list.both = list.any & list.any >> 1 & evens;
    if (rule != BOTH_ALWAYS)
        list_pairs(image, set, &list);
    for (uint32_t c = 0; c < set->count; c++)
        put_column(image, set, c, &list);
}

/* A walk over the groups of a tile that have slots. */
struct walk {
    const struct placement *placement;
    const struct column_tile *column;
    const struct tile *tile;
    struct packer packer;
    uint32_t group; /* that is next */
};

static struct walk walk_begin(const struct placement *placement,
                              const struct column_tile *column,
                              const struct tile *tile)
{
    struct walk walk = { placement, column, tile, .group = tile->first_group };

    packer_init(&walk.packer, placement);
    return walk;
}

/* False at the end. */
static bool walk_next(struct walk *walk, struct group_place *place)
{
    uint32_t size = walk->placement->mapping.group;

    while (walk->group < walk->tile->first_group + walk->tile->groups) {
        uint32_t g = walk->group++;

        if (walk->column->need[g] == 0)
            continue;
        place->from = g * size;
        place->to = (uint32_t)min(place->from + size, walk->tile->k1);
        place->need = walk->column->need[g];
        return packer_place(&walk->packer, place->need, &place->slot);
    }
    return false;
}

static void put_slots(struct image *image, struct walk walk,
                      enum image_part part)
{
    struct group_place place;

    while (walk_next(&walk, &place)) {
        for (uint32_t s = 0; s < place.need; s++) {
            image->input[place.slot + s] = place.from;
            image->pairs[place.slot + s] =
                (uint8_t)divide_up(place.to - place.from, 2);
            if (part == IMAGE_CONTENTS && walk.placement->mapping.dense)
                memset(image->metadata +
                           (size_t)(place.slot + s) * image->stride,
                       (int)s, image->stride);
        }
    }
}

static void put_set(struct image *image, struct walk walk, struct set *set,
                    uint32_t number)
{
    struct group_place place;

    set_read(set, walk.placement, walk.column, walk.tile, number);
    while (walk_next(&walk, &place))
        put_group(image, set, &place, slot_rule(walk.placement));
}

void image_make(struct image *image, const struct placement *placement,
                const struct column_tile *column, const struct tile *tile,
                enum image_part part)
{
    size_t cells = (size_t)tile->span * image->stride;
    struct walk walk = walk_begin(placement, column, tile);
    struct set set;

    image->columns = column->columns;
    image->span = tile->span;
    memset(image->pairs, 0, tile->span);
    if (part == IMAGE_CONTENTS) {
        memset(image->word, 0, cells);
        memset(image->metadata, 0, cells);
        memset(image->select, 0, cells);
    }
    put_slots(image, walk, part);
    if (part == IMAGE_SHAPE)
        return;
    set_init(&set, placement->mapping.set_columns, tile->slots + 1);
    for (uint32_t i = 0; i < column->sets; i++)
        put_set(image, walk, &set, i);
    set_release(&set);
}
