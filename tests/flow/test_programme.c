/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/programme.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "flow/select/outliers.h"
#include "tests/suite.h"

enum { MAX_ITEMS = 6, MAX_CHOICES = 5 };

/* What a complete choice is worth, in the order of comparison. */
struct worth {
    int64_t first, second, third;
    uint64_t size;
};

static struct worth worth_of(const struct programme *programme,
                             const size_t *choice)
{
    struct worth worth = { 0 };

    for (size_t i = 0; i < programme->items; i++) {
        const struct programme_choice *at =
            &programme->table[i * programme->choices + choice[i]];

        worth.first += llround(ldexp(at->cost, 40));
        worth.second += at->second;
        worth.third += at->third;
        worth.size += at->size;
    }
    return worth;
}

static bool better(const struct worth *a, const struct worth *b)
{
    if (a->first != b->first)
        return a->first < b->first;
    if (a->second != b->second)
        return a->second < b->second;
    return a->third < b->third;
}

static bool all_offered(const struct programme *programme, const size_t *choice)
{
    for (size_t i = 0; i < programme->items; i++) {
        if (!programme->table[i * programme->choices + choice[i]].offered)
            return false;
    }
    return true;
}

/* The next choices in reading order; false after the last. */
static bool advance(const struct programme *programme, size_t *choice)
{
    for (size_t i = programme->items; i-- > 0;) {
        if (++choice[i] < programme->choices)
            return true;
        choice[i] = 0;
    }
    return false;
}

/* Tries everything in reading order and keeps the first of the best. */
static bool by_brute_force(const struct programme *programme, size_t *best,
                           uint64_t under, uint64_t *below)
{
    size_t choice[MAX_ITEMS] = { 0 };
    struct worth best_worth = { 0 };
    bool found = false;

    *below = UINT64_MAX;
    do {
        struct worth worth = worth_of(programme, choice);

        if (!all_offered(programme, choice))
            continue;
        if (worth.size < under && (*below == UINT64_MAX || worth.size > *below))
            *below = worth.size;
        if (worth.size < programme->least || worth.size > programme->limit ||
            (found && !better(&worth, &best_worth)))
            continue;
        found = true;
        best_worth = worth;
        memcpy(best, choice, sizeof choice);
    } while (advance(programme, choice));
    return found;
}

/* Small numbers, so that ties of every level come up. */
static void draw(struct programme *programme, struct programme_choice *table,
                 uint64_t *seed)
{
    uint64_t unit = 1 + random_below(seed, 3), total = 0;

    programme->items = 1 + random_below(seed, MAX_ITEMS);
    programme->choices = 1 + random_below(seed, MAX_CHOICES);
    programme->table = table;
    for (size_t i = 0; i < programme->items * programme->choices; i++) {
        table[i] = (struct programme_choice){
            .offered = i % programme->choices == 0 || random_below(seed, 5) > 0,
            .cost = (double)random_below(seed, 4) / 3,
            .size = 7 + unit * random_below(seed, 9),
            .second = (int64_t)random_below(seed, 3),
            .third = (int64_t)random_below(seed, 3) - 1,
        };
        total += table[i].size;
    }
    programme->limit = total / programme->choices + random_below(seed, 8);
    programme->least = random_below(seed, 2)
                           ? 0
                           : programme->limit - random_below(seed, 12) % 5;
}

START_TEST(the_answer_is_the_first_of_the_best_that_brute_force_finds)
{
    uint64_t seed = (uint64_t)_i;

    for (int round = 0; round < 100; round++) {
        struct programme_choice table[MAX_ITEMS * MAX_CHOICES];
        size_t choice[MAX_ITEMS], wanted[MAX_ITEMS];
        struct programme_answer answer;
        struct programme programme;
        uint64_t below, wanted_below;
        bool found, known;

        draw(&programme, table, &seed);
        found =
            by_brute_force(&programme, wanted, programme.limit, &wanted_below);
        ck_assert_msg(programme_solve(&programme, choice, &answer) == found,
                      "seed %d round %d", _i, round);
        known = programme_below(&programme, programme.limit, &below);
        ck_assert_msg(known == (wanted_below != UINT64_MAX), "seed %d round %d",
                      _i, round);
        if (known)
            ck_assert_uint_eq(below, wanted_below);
        if (!found)
            continue;
        ck_assert_msg(memcmp(choice, wanted,
                             programme.items * sizeof *choice) == 0,
                      "seed %d round %d", _i, round);
        ck_assert_uint_eq(answer.size, worth_of(&programme, choice).size);
        ck_assert_double_eq(answer.bound, answer.objective);
    }
}
END_TEST

/* Sizes without a common divisor and too large to tabulate. */
START_TEST(large_sizes_without_a_divisor_are_solved_as_well)
{
    uint64_t seed = (uint64_t)_i + 100;
    struct programme_choice table[MAX_ITEMS * MAX_CHOICES];
    size_t choice[MAX_ITEMS], wanted[MAX_ITEMS];
    struct programme_answer answer;
    struct programme programme = { .items = MAX_ITEMS,
                                   .choices = MAX_CHOICES,
                                   .table = table };
    uint64_t total = 0, below;

    for (size_t i = 0; i < MAX_ITEMS * MAX_CHOICES; i++) {
        table[i] = (struct programme_choice){
            .offered = true,
            .cost = (double)random_below(&seed, 1000000) * 1e-6,
            .size = random_below(&seed, 1000000000),
        };
        total += table[i].size;
    }
    programme.limit = total / MAX_CHOICES;
    programme.least = programme.limit / 2;
    ck_assert(by_brute_force(&programme, wanted, 0, &below));
    ck_assert(programme_solve(&programme, choice, &answer));
    ck_assert_msg(memcmp(choice, wanted, sizeof choice) == 0, "seed %d", _i);
    ck_assert_double_eq(answer.bound, answer.objective);
}
END_TEST

/* 224 layers of the shapes of an 8-billion-parameter model, six patterns. */
START_TEST(the_programme_of_a_large_model_is_solved_at_once)
{
    static const uint64_t sizes[7] = { 4096 * 4096, 1024 * 4096,  1024 * 4096,
                                       4096 * 4096, 14336 * 4096, 14336 * 4096,
                                       4096 * 14336 };
    enum { ITEMS = 224, CHOICES = 6 };
    static struct programme_choice table[ITEMS * CHOICES];
    struct programme programme = { .items = ITEMS,
                                   .choices = CHOICES,
                                   .table = table };
    struct programme_answer answer;
    size_t choice[ITEMS];
    uint64_t seed = 1, weights = 0;

    for (size_t i = 0; i < ITEMS; i++) {
        weights += sizes[i % 7];
        for (size_t c = 0; c < CHOICES; c++) {
            uint64_t kept = sizes[i % 7] / 8 * (c == 5 ? 8 : c + 2);

            table[i * CHOICES + c] = (struct programme_choice){
                .offered = true,
                .cost = (double)random_below(&seed, 1 << 30) /
                        (double)(1 << 30) / (double)(c + 1),
                .size = kept,
                .third = -(int64_t)kept,
            };
        }
    }
    programme.limit = weights * 2 / 5;
    ck_assert(programme_solve(&programme, choice, &answer));
    ck_assert_uint_le(answer.size, programme.limit);
}
END_TEST

/*
 * Three 3 x 8 matrices with few even, some even, and clustered outliers; under
 * 5/12 of the weights kept the plan 1:4, 2:4, 4:8 loses none.
 */
static void figure_table(struct programme_choice table[3 * 6])
{
    static const char *const columns[3][3] = { { "0", "4", "07" },
                                               { "036", "4", "0357" },
                                               { "012", "0145", "0345" } };
    struct pattern_list patterns;
    struct error err;

    ck_assert_int_eq(
        pattern_list_parse(&patterns, "1:8,1:4,2:8,2:4,4:8,dense", &err), 0);
    for (int i = 0; i < 3; i++) {
        struct outliers outliers = { 0 };

        for (int o = 0; o < 3; o++) {
            uint8_t row[8] = { 0 };

            for (const char *c = columns[i][o]; *c; c++)
                row[*c - '0'] = 1;
            outliers_add_row(&outliers, row, 8, &patterns);
        }
        for (size_t p = 0; p < 6; p++) {
            struct pattern pattern = patterns.at[p];
            uint64_t kept = 3 * pattern_kept(pattern, 8);

            table[i * 6 + (int)p] = (struct programme_choice){
                .offered = true,
                .cost = (double)outliers.lost[p] / (double)outliers.count / 3,
                .size = kept,
                .second = 24 * pattern.m,
                .third = -(int64_t)kept,
            };
        }
    }
}

START_TEST(the_figure_gets_one_of_four_two_of_four_and_four_of_eight)
{
    struct programme_choice table[3 * 6];
    struct programme programme = {
        .items = 3, .choices = 6, .table = table, .limit = 72 * 5 / 12
    };
    struct programme_answer answer;
    size_t choice[MAX_ITEMS] = { 0 };
    struct worth best;
    int lossless = 0, equal = 0;

    figure_table(table);
    ck_assert(programme_solve(&programme, choice, &answer));
    ck_assert_uint_eq(choice[0], 1);
    ck_assert_uint_eq(choice[1], 3);
    ck_assert_uint_eq(choice[2], 4);
    ck_assert_double_eq(answer.objective, 0);
    ck_assert_uint_eq(answer.size, 30);
    best = worth_of(&programme, choice);
    memset(choice, 0, sizeof choice);
    do {
        struct worth worth = worth_of(&programme, choice);

        if (worth.size > programme.limit)
            continue;
        lossless += worth.first == 0;
        equal += worth.first == 0 && worth.second == best.second;
        ck_assert(worth.first > 0 || worth.second >= best.second);
    } while (advance(&programme, choice));
    ck_assert_int_eq(lossless, 4);
    ck_assert_int_eq(equal, 1);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("programme");
    TCase *programmes = tcase_create("programmes");

    tcase_add_loop_test(
        programmes, the_answer_is_the_first_of_the_best_that_brute_force_finds,
        0, 8);
    tcase_add_loop_test(programmes,
                        large_sizes_without_a_divisor_are_solved_as_well, 0, 4);
    tcase_add_test(programmes,
                   the_programme_of_a_large_model_is_solved_at_once);
    tcase_add_test(programmes,
                   the_figure_gets_one_of_four_two_of_four_and_four_of_eight);
    suite_add_tcase(suite, programmes);
    return suite;
}
