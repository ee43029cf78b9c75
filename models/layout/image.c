/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/layout/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void image_init(struct image *image, const struct machine *machine)
{
    size_t slots = machine_slots(machine),
           columns = (size_t)machine->macro.columns;

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

/* The set's select list for a group, and for each pair its first slot. */
static void list_pairs(struct image *image, const struct set *set,
                       uint32_t slot, uint32_t any, uint32_t both,
                       uint32_t offset[])
{
    uint32_t listed = 0;

    for (uint32_t pair = 0; any >> 2 * pair; pair++) {
        uint32_t times = (any >> 2 * pair & 3u ? 1u : 0u) +
                         (both >> 2 * pair & 1u ? 1u : 0u);

        offset[pair] = listed;
        for (uint32_t i = 0; i < times; i++, listed++)
            memset(image->select + (size_t)(slot + listed) * image->stride +
                       set->first,
                   (int)pair, set->count);
    }
}

static void put_column(struct image *image, struct set *set, uint32_t c,
                       uint32_t slot, uint32_t bits, uint32_t partners,
                       const uint32_t offset[])
{
    const int8_t *value = set->value + (size_t)c * set->room;

    for (uint32_t left = bits; left; left &= left - 1) {
        uint32_t place = (uint32_t)__builtin_ctz(left), odd = place & 1u;
        uint32_t second = odd && partners >> (place - 1) & 1u;
        size_t at =
            (size_t)(slot + offset[place / 2] + second) * image->stride +
            set->first + c;

        image->word[at] = value[set->next[c]++];
        image->metadata[at] = (uint8_t)odd;
    }
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

static void put_group(struct image *image, struct set *set, uint32_t slot,
                      uint32_t from, uint32_t to, enum slot_rule rule)
{
    const uint32_t evens = 0x55555555;
    uint32_t any = 0, both = 0, offset[PATTERN_MAX_M / 2] = { 0 };

    for (uint32_t c = 0; c < set->count; c++) {
        uint32_t bits = set_group(set, c, from, to);

        any |= bits;
        both |= bits & bits >> 1 & evens;
    }
    if (rule == EACH_INPUT)
        both = any & any >> 1 & evens;
    if (rule != BOTH_ALWAYS)
        list_pairs(image, set, slot, any, both, offset);
    for (uint32_t c = 0; c < set->count; c++) {
        uint32_t bits = set_group(set, c, from, to), partners = bits;

        if (rule == EACH_INPUT)
            partners = any;
        else if (rule == BOTH_ALWAYS)
            partners = UINT32_MAX;
        put_column(image, set, c, slot, bits, partners, offset);
    }
}

struct group_place {
    uint32_t from, to, need, slot;
};

/* The next group of a tile that has slots; false at the end. */
static bool next_group(struct group_place *place, struct packer *packer,
                       const struct placement *placement,
                       const struct column_tile *column,
                       const struct tile *tile, uint32_t *group)
{
    uint32_t size = placement->mapping.group;

    while (*group < tile->first_group + tile->groups) {
        uint32_t g = (*group)++;

        if (column->need[g] == 0)
            continue;
        place->from = g * size;
        place->to =
            place->from + size < tile->k1 ? place->from + size : tile->k1;
        place->need = column->need[g];
        return packer_place(packer, place->need, &place->slot);
    }
    return false;
}

static void put_slots(struct image *image, const struct placement *placement,
                      const struct column_tile *column, const struct tile *tile,
                      bool contents)
{
    struct packer packer;
    struct group_place place;
    uint32_t group = tile->first_group;

    packer_init(&packer, placement->machine);
    while (next_group(&place, &packer, placement, column, tile, &group)) {
        for (uint32_t s = 0; s < place.need; s++) {
            image->input[place.slot + s] = place.from;
            image->pairs[place.slot + s] =
                (uint8_t)((place.to - place.from + 1) / 2);
            if (contents && placement->mapping.dense)
                memset(image->metadata +
                           (size_t)(place.slot + s) * image->stride,
                       (int)s, image->stride);
        }
    }
}

static void put_set(struct image *image, const struct placement *placement,
                    const struct column_tile *column, const struct tile *tile,
                    uint32_t number, struct set *set)
{
    struct packer packer;
    struct group_place place;
    uint32_t group = tile->first_group;

    set_read(set, placement, column, tile, number);
    packer_init(&packer, placement->machine);
    while (next_group(&place, &packer, placement, column, tile, &group))
        put_group(image, set, place.slot, place.from, place.to,
                  slot_rule(placement));
}

void image_make(struct image *image, const struct placement *placement,
                const struct column_tile *column, const struct tile *tile,
                bool contents)
{
    size_t cells = (size_t)tile->span * image->stride;
    struct set set;

    image->columns = column->columns;
    image->span = tile->span;
    memset(image->pairs, 0, tile->span);
    if (contents) {
        memset(image->word, 0, cells);
        memset(image->metadata, 0, cells);
        memset(image->select, 0, cells);
    }
    put_slots(image, placement, column, tile, contents);
    if (!contents)
        return;
    set_init(&set, placement->mapping.set_columns, tile->slots + 1);
    for (uint32_t i = 0; i < column->sets; i++)
        put_set(image, placement, column, tile, i, &set);
    set_release(&set);
}
