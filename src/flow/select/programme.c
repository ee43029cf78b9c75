/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dynamic programme.  Sizes are counted over what the smallest choices need
 * anyhow and in units of their common divisor, which for patterns of one M is
 * many thousands of weights: that is what makes it exact and quick at once.
 *
 *     best(i, room) = least over c of
 *                         cost(i, c) + best(i + 1, room - over(i, c))
 *
 * Rooms run from 0 to the limit; what may be left over is bounded by `least`.
 * The items are done from the last to the first and the first of equal choices
 * is kept, so that walking forward through what was picked reads the first of
 * all equal plans.  It takes items x choices x rooms steps and a byte of memory
 * for each item and room; where that would be too many, GLPK is asked
 * (programme_glpk.c).
 *
 * Costs are rounded to integers of 2^-40 before they are added: sums of doubles
 * would depend on their order, and two plans of equal cost would not be equal.
 */
#include "flow/select/programme.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "flow/select/programme_glpk.h"

struct value {
    __int128 first;
    int64_t second, third;
    bool possible;
};

/* Sizes of an item over its smallest, in units of their common divisor. */
struct grid {
    const struct programme *programme;
    uint64_t smallest; /* total of the smallest sizes */
    uint64_t unit;
    uint64_t states; /* 0 .. limit in units */
    uint64_t slack;  /* units that may be left over */
    uint64_t *over;  /* [items][choices], in units */
};

static const struct programme_choice *
choice_at(const struct programme *programme, size_t item, size_t choice)
{
    return &programme->table[item * programme->choices + choice];
}

static uint64_t programme_smallest_of(const struct programme *programme,
                                      size_t item)
{
    uint64_t smallest = UINT64_MAX;

    for (size_t c = 0; c < programme->choices; c++) {
        const struct programme_choice *choice = choice_at(programme, item, c);

        if (choice->offered && choice->size < smallest)
            smallest = choice->size;
    }
    assert(smallest < UINT64_MAX);
    return smallest;
}

uint64_t programme_smallest(const struct programme *programme)
{
    uint64_t total = 0;

    for (size_t i = 0; i < programme->items; i++)
        total += programme_smallest_of(programme, i);
    return total;
}

static uint64_t divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* False if no choices have a size within least..limit that the grid can tell.
 */
static bool grid_init(struct grid *grid, const struct programme *programme)
{
    size_t cells = programme->items * programme->choices;
    uint64_t short_of;

    *grid = (struct grid){ programme, programme_smallest(programme), 0, 0, 0,
                           NULL };
    if (grid->smallest > programme->limit)
        return false;
    grid->over = memory_new(cells, sizeof *grid->over);
    for (size_t i = 0; i < cells; i++) {
        size_t item = i / programme->choices;

        if (!programme->table[i].offered)
            continue;
        grid->over[i] =
            programme->table[i].size - programme_smallest_of(programme, item);
        grid->unit = divisor(grid->unit, grid->over[i]);
    }
    if (grid->unit == 0)
        grid->unit = 1;
    for (size_t i = 0; i < cells; i++)
        grid->over[i] /= grid->unit;
    grid->states = (programme->limit - grid->smallest) / grid->unit + 1;
    grid->slack = grid->states - 1;
    if (programme->least <= grid->smallest)
        return true;
    short_of = divide_up(programme->least - grid->smallest, grid->unit);
    if (short_of < grid->states) {
        grid->slack = grid->states - 1 - short_of;
        return true;
    }
    free(grid->over);
    return false;
}

/* Room beyond what all the largest choices need is never used.  False if even
 * they do not fill what is demanded. */
static bool grid_trim(struct grid *grid)
{
    uint64_t most = 0, spare;

    for (size_t i = 0; i < grid->programme->items; i++) {
        uint64_t largest = 0;

        for (size_t c = 0; c < grid->programme->choices; c++) {
            uint64_t over = grid->over[i * grid->programme->choices + c];

            largest = max(largest, over);
        }
        most += largest;
    }
    if (grid->states <= most + 1)
        return true;
    spare = grid->states - (most + 1);
    if (spare > grid->slack)
        return false;
    grid->states -= spare;
    grid->slack -= spare;
    return true;
}

static struct value programme_value_of(const struct programme_choice *choice)
{
    return (struct value){ (__int128)nearbyint(ldexp(choice->cost, 40)),
                           choice->second, choice->third, true };
}

static struct value value_plus(const struct value *a, const struct value *b)
{
    return (struct value){ a->first + b->first, a->second + b->second,
                           a->third + b->third, true };
}

static bool value_less(const struct value *a, const struct value *b)
{
    if (!b->possible)
        return true;
    if (a->first != b->first)
        return a->first < b->first;
    if (a->second != b->second)
        return a->second < b->second;
    return a->third < b->third;
}

/*
 * best[room] of the items from `item` on, given that of the items after it; the
 * first of the best choices goes to picked[room], so that walking forward from
 * the first item reads the first plan of all equals.
 */
static void solve_item(const struct grid *grid, size_t item,
                       const struct value *after, struct value *best,
                       uint8_t *picked)
{
    const struct programme *programme = grid->programme;

    memset(best, 0, grid->states * sizeof *best);
    for (size_t c = 0; c < programme->choices; c++) {
        const struct programme_choice *choice = choice_at(programme, item, c);
        uint64_t over = grid->over[item * programme->choices + c];
        struct value cost = programme_value_of(choice);

        if (!choice->offered)
            continue;
        for (uint64_t room = over; room < grid->states; room++) {
            struct value value;

            if (!after[room - over].possible)
                continue;
            value = value_plus(&after[room - over], &cost);
            if (value_less(&value, &best[room])) {
                best[room] = value;
                picked[room] = (uint8_t)c;
            }
        }
    }
}

static bool solve_grid(const struct grid *grid, size_t *choice)
{
    size_t items = grid->programme->items, choices = grid->programme->choices;
    struct value *after = memory_new(grid->states, sizeof *after);
    struct value *best = memory_new(grid->states, sizeof *best);
    uint8_t *picked = memory_new(items * grid->states, 1);
    uint64_t room = grid->states - 1;
    bool possible;

    for (uint64_t left = 0; left <= grid->slack && left < grid->states; left++)
        after[left].possible = true;
    for (size_t i = items; i-- > 0;) {
        struct value *swap = best;

        solve_item(grid, i, after, best, picked + i * grid->states);
        best = after;
        after = swap;
    }
    possible = after[room].possible;
    for (size_t i = 0; possible && i < items; i++) {
        choice[i] = picked[i * grid->states + room];
        room -= grid->over[i * choices + choice[i]];
    }
    free(picked);
    free(best);
    free(after);
    return possible;
}

static void programme_add_up(const struct programme *programme,
                             const size_t *choice,
                             struct programme_answer *answer)
{
    for (size_t i = 0; i < programme->items; i++) {
        answer->objective += choice_at(programme, i, choice[i])->cost;
        answer->size += choice_at(programme, i, choice[i])->size;
    }
    if (answer->bound >=
        answer->objective - 1e-12 * fabs(answer->objective)) /* rounding */
        answer->bound = answer->objective;
}

double programme_seconds(const struct programme *programme)
{
    return programme->seconds > 0 ? programme->seconds : PROGRAMME_SECONDS;
}

bool programme_solve(const struct programme *programme, size_t *choice,
                     struct programme_answer *answer)
{
    struct grid grid;
    bool solved;

    assert(programme->choices <= UINT8_MAX);
    *answer = (struct programme_answer){ .bound = HUGE_VAL };
    if (!grid_init(&grid, programme))
        return false;
    if (!grid_trim(&grid))
        solved = false;
    else if (grid.states > PROGRAMME_STATES)
        solved = programme_glpk(programme, choice, answer);
    else
        solved = solve_grid(&grid, choice);
    free(grid.over);
    if (solved)
        programme_add_up(programme, choice, answer);
    return solved;
}

/* reached[s]: some choices of all items have total size s. */
static void reach_item(const struct grid *grid, size_t item,
                       const uint8_t *reached, uint8_t *next)
{
    const struct programme *programme = grid->programme;

    memset(next, 0, grid->states);
    for (size_t c = 0; c < programme->choices; c++) {
        uint64_t over = grid->over[item * programme->choices + c];

        if (!choice_at(programme, item, c)->offered)
            continue;
        for (uint64_t s = over; s < grid->states; s++)
            next[s] |= reached[s - over];
    }
}

static uint64_t largest_reached(const struct grid *grid)
{
    uint8_t *reached = memory_new(grid->states, 1);
    uint8_t *next = memory_new(grid->states, 1);
    uint64_t largest = grid->states - 1;

    reached[0] = 1;
    for (size_t i = 0; i < grid->programme->items; i++) {
        uint8_t *swap = next;

        reach_item(grid, i, reached, next);
        next = reached;
        reached = swap;
    }
    while (!reached[largest])
        largest--; /* all smallest choices together reach 0 */
    free(next);
    free(reached);
    return largest;
}

bool programme_below(const struct programme *programme, uint64_t size,
                     uint64_t *below)
{
    struct programme under = *programme;
    struct grid grid;
    bool known;

    if (size == 0)
        return false;
    under.least = 0;
    under.limit = size - 1;
    if (!grid_init(&grid, &under))
        return false;
    known = grid.states <= PROGRAMME_STATES;
    if (known)
        *below = grid.smallest + largest_reached(&grid) * grid.unit;
    free(grid.over);
    return known;
}
