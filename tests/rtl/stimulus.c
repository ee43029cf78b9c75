/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/rtl/stimulus.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

/* A Verilog vector, least significant bit first. */
struct vector {
    uint32_t width;
    uint8_t *bit;
};

enum field {
    LOAD,
    LOAD_BANK,
    LOAD_WORDS,
    LOAD_METADATA,
    VALID,
    BANK,
    ENABLE,
    COPY,
    PAIRS,
    SELECT,
    ROUTE,
    FIELDS
};

struct clock_line {
    uint64_t clock;
    struct vector field[FIELDS]; /* no bits: the field is 0 */
};

struct stimulus {
    const struct machine *machine;
    const struct mapping *mapping;
    uint64_t seed;
    struct clock_line *line;
    size_t lines;
    size_t capacity;
};

struct stimulus *stimulus_new(const struct machine *machine,
                              const struct mapping *mapping, uint64_t seed)
{
    struct stimulus *stimulus = memory_new(1, sizeof *stimulus);

    stimulus->machine = machine;
    stimulus->mapping = mapping;
    stimulus->seed = seed;
    return stimulus;
}

void stimulus_free(struct stimulus *stimulus)
{
    for (size_t i = 0; i < stimulus->lines; i++) {
        for (int f = 0; f < FIELDS; f++)
            free(stimulus->line[i].field[f].bit);
    }
    free(stimulus->line);
    free(stimulus);
}

/* What enters: borrowed, all of it. */
struct entry {
    const struct pass *pass;
    const struct image *image;
    const int8_t *vector;
};

static uint32_t bits_for(uint64_t count)
{
    return count > 1 ? machine_log2(count) : 1;
}

/* Banks need not be a power of two. */
static uint32_t bank_bits(const struct machine *machine)
{
    uint32_t bits = 1;

    while (1u << bits < machine->weights.banks)
        bits++;
    return bits;
}

static struct clock_line *line_of(struct stimulus *stimulus, uint64_t clock)
{
    for (size_t i = stimulus->lines; i-- > 0;) {
        if (stimulus->line[i].clock == clock)
            return &stimulus->line[i];
    }
    stimulus->line = memory_grow(stimulus->line, &stimulus->capacity,
                                 stimulus->lines + 1, sizeof *stimulus->line);
    stimulus->line[stimulus->lines] = (struct clock_line){ .clock = clock };
    return &stimulus->line[stimulus->lines++];
}

/* Sets element `at` of a field of `count` elements of `width` bits. */
static void put(struct clock_line *line, enum field field, uint64_t count,
                uint32_t width, uint64_t at, uint32_t value)
{
    struct vector *vector = &line->field[field];

    if (!vector->bit) {
        vector->width = (uint32_t)count * width;
        vector->bit = memory_new(vector->width, 1);
    }
    for (uint32_t i = 0; i < width; i++)
        vector->bit[at * width + i] = value >> i & 1u;
}

/* Where slot `s` of a team lies in a macro: [row][sub-macro], the sub-macros of
 * a team beside each other. */
static uint32_t cell_of(const struct stimulus *stimulus, uint32_t s,
                        uint32_t team)
{
    uint32_t lanes = stimulus->mapping->lanes;

    return s / lanes * (uint32_t)stimulus->machine->macro.sub_macros +
           team * lanes + s % lanes;
}

bool stimulus_serves(const struct stimulus *stimulus, const struct pass *pass,
                     uint32_t c)
{
    const struct machine *machine = stimulus->machine;
    uint64_t wide = machine->select.selects * stimulus->mapping->set_columns;

    return c < pass->column->columns &&
           c % machine->macro.columns / wide == pass->number;
}

/* All teams load a column in the same clock, each through its own ports; what
 * is not put is 0, such as columns that a team does not have. */
void stimulus_load(struct stimulus *stimulus, const struct watch_load *load)
{
    const struct machine *machine = stimulus->machine;
    const struct image *image = load->image;
    uint32_t cells = machine_slots(machine),
             wide = (uint32_t)machine->macro.columns;

    for (uint32_t c = 0; c < image->columns; c++) {
        struct clock_line *line = line_of(stimulus, load->start + c % wide);

        put(line, LOAD, wide, 1, c % wide, 1);
        put(line, LOAD_BANK, 1, bank_bits(machine), 0, load->bank);
        for (uint32_t s = 0; s < image->span; s++) {
            size_t at = (size_t)s * image->stride + c;
            uint32_t cell = cell_of(stimulus, s, c / wide);

            if (!image->pairs[s])
                continue;
            put(line, LOAD_WORDS, cells, 8, cell, (uint8_t)image->word[at]);
            put(line, LOAD_METADATA, cells, 1, cell, image->metadata[at]);
        }
    }
}

/* A random order of the first-layer multiplexers of a row. */
static void draw_route(struct stimulus *stimulus, uint32_t route[],
                       uint32_t lanes)
{
    for (uint32_t p = 0; p < lanes; p++)
        route[p] = p;
    for (uint32_t p = lanes; p > 1; p--) {
        uint32_t other = (uint32_t)random_below(&stimulus->seed, p);
        uint32_t held = route[p - 1];

        route[p - 1] = route[other];
        route[other] = held;
    }
}

/* One slot in one team: its group's pairs at the inputs of the multiplexer
 * `from` of its row, and that multiplexer's select in every copy that serves a
 * column of the team. */
static void put_slot(const struct stimulus *stimulus, struct clock_line *line,
                     const struct entry *entry, uint32_t slot, uint32_t team,
                     uint32_t from)
{
    const struct machine *machine = stimulus->machine;
    const struct image *image = entry->image;
    uint64_t ways = machine->macro.sub_macros, reach = machine->select.reach,
             selects = machine->select.selects, wide = machine->macro.columns;
    uint64_t row = slot / stimulus->mapping->lanes,
             all = machine_slots(machine);

    for (uint32_t e = 0; e < 2u * image->pairs[slot]; e++)
        put(line, PAIRS, all * reach * 2, 8,
            (row * ways + from) * reach * 2 + e,
            (uint8_t)entry->vector[image->input[slot] + e]);
    for (uint64_t c = team * wide; c < (team + 1) * wide; c++) {
        uint64_t set = c % wide / stimulus->mapping->set_columns;

        if (stimulus_serves(stimulus, entry->pass, (uint32_t)c))
            put(line, SELECT, all * selects, bits_for(reach),
                (row * selects + set % selects) * ways + from,
                image->select[(size_t)slot * image->stride + c]);
    }
}

static void put_columns(const struct stimulus *stimulus,
                        struct clock_line *line, const struct pass *pass)
{
    const struct machine *machine = stimulus->machine;
    const struct mapping *mapping = stimulus->mapping;
    uint64_t wide = machine->macro.columns, selects = machine->select.selects,
             ways = machine->macro.sub_macros;

    for (uint32_t c = 0; c < mapping->columns; c++) {
        uint64_t first = c / wide * mapping->lanes;

        if (!stimulus_serves(stimulus, pass, c))
            continue;
        for (uint64_t p = first; p < first + mapping->lanes; p++)
            put(line, ENABLE, ways * wide, 1, p * wide + c % wide, 1);
        put(line, COPY, wide, bits_for(selects), c % wide,
            (uint32_t)(c % wide / mapping->set_columns % selects));
    }
}

static void put_pass(const struct stimulus *stimulus, struct clock_line *line,
                     const struct entry *entry, const uint32_t route[])
{
    const struct machine *machine = stimulus->machine;
    const struct mapping *mapping = stimulus->mapping;
    const struct image *image = entry->image;
    uint32_t cells = machine_slots(machine);

    put(line, VALID, 1, 1, 0, 1);
    put(line, BANK, 1, bank_bits(machine), 0,
        (uint32_t)(entry->pass->wave % machine->weights.banks));
    put_columns(stimulus, line, entry->pass);
    for (uint32_t cell = 0; cell < cells; cell++)
        put(line, ROUTE, cells, bits_for(machine->macro.sub_macros), cell,
            route[cell]);
    for (uint32_t s = 0; s < image->span; s++) {
        for (uint32_t team = 0; image->pairs[s] && team < mapping->teams;
             team++)
            put_slot(stimulus, line, entry, s, team,
                     route[cell_of(stimulus, s, team)]);
    }
}

void stimulus_enter(struct stimulus *stimulus, uint64_t clock,
                    const struct pass *pass, const struct image *image,
                    const int8_t *vector)
{
    const struct machine *machine = stimulus->machine;
    const struct entry entry = { pass, image, vector };
    uint32_t lanes = (uint32_t)machine->macro.sub_macros;
    uint32_t *route = memory_new(machine_slots(machine), sizeof *route);

    for (uint32_t r = 0; r < machine->macro.rows; r++)
        draw_route(stimulus, route + r * lanes, lanes);
    for (uint32_t b = 0; b < machine_beats(machine); b++)
        put_pass(stimulus, line_of(stimulus, clock + b), &entry, route);
    free(route);
}

static void write_vector(const struct vector *vector, FILE *file)
{
    uint32_t digits = (vector->width + 3) / 4;

    if (!vector->bit)
        fputs("0", file);
    for (uint32_t d = digits; d-- > 0;) {
        unsigned digit = 0;

        for (uint32_t i = 0; i < 4; i++) {
            if (4 * d + i < vector->width)
                digit |= (unsigned)vector->bit[4 * d + i] << i;
        }
        fprintf(file, "%x", digit);
    }
    fputs(" ", file);
}

static int compare_lines(const void *a, const void *b)
{
    const struct clock_line *left = a, *right = b;

    return (left->clock > right->clock) - (left->clock < right->clock);
}

void stimulus_write(const struct stimulus *stimulus, FILE *file,
                    uint64_t clocks)
{
    static const struct clock_line idle;
    size_t next = 0;

    qsort(stimulus->line, stimulus->lines, sizeof *stimulus->line,
          compare_lines);
    for (uint64_t clock = 0; clock < clocks; clock++) {
        const struct clock_line *line = &idle;

        if (next < stimulus->lines && stimulus->line[next].clock == clock)
            line = &stimulus->line[next++];
        for (int f = 0; f < FIELDS; f++)
            write_vector(&line->field[f], file);
        fputs("\n", file);
    }
}
