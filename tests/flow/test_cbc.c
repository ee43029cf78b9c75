/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"
#include "flow/select/programme.h"
#include "tests/suite.h"

/*
 * The programme, written as an LP file, solved by CBC, which is another
 * people's branch and cut.
 */
enum { ITEMS = 24, CHOICES = 7 };

static char folder[] = "/tmp/flexcim-cbc-XXXXXX";

static void enter_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    unlink("p.lp");
    unlink("answer");
    unlink("words");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* Layers of ragged sizes; N of 8 of each, and dense, at costs that fall. */
static void draw(struct programme *programme, struct programme_choice *table,
                 uint64_t *seed)
{
    uint64_t total = 0;

    *programme = (struct programme){ .items = ITEMS,
                                     .choices = CHOICES,
                                     .table = table };
    for (size_t i = 0; i < ITEMS; i++) {
        uint64_t inputs = 40 + random_below(seed, 30);
        uint64_t outputs = 16 * (1 + random_below(seed, 8));
        double cost = (double)(inputs * outputs) / 1000;

        for (size_t c = 0; c < CHOICES; c++) {
            uint64_t n = c + 1 < CHOICES ? c + 1 : 8, rest = inputs % 8;

            cost *= 0.2 + 0.7 * (double)random_below(seed, 1000) / 1000;
            table[i * CHOICES + c] = (struct programme_choice){
                .offered = c == 0 || random_below(seed, 10) > 0,
                .cost = c + 1 < CHOICES ? cost : 0,
                .size = outputs * (inputs / 8 * n + (rest < n ? rest : n)),
            };
        }
        total += inputs * outputs;
    }
    programme->limit = total * (3 + random_below(seed, 4)) / 10;
    programme->least = random_below(seed, 2) ? programme->limit * 99 / 100 : 0;
}

static void write_terms(FILE *file, const struct programme *programme,
                        bool sizes)
{
    for (size_t i = 0; i < ITEMS * CHOICES; i++) {
        const struct programme_choice *choice = &programme->table[i];

        if (choice->offered && sizes)
            fprintf(file, " + %ju x%zu\n", (uintmax_t)choice->size, i);
        else if (choice->offered)
            fprintf(file, " + %.17g x%zu\n", choice->cost, i);
    }
}

static void write_lp(const struct programme *programme)
{
    FILE *file = fopen("p.lp", "w");

    ck_assert_ptr_nonnull(file);
    fprintf(file, "Minimize\n obj:\n");
    write_terms(file, programme, false);
    fprintf(file, "Subject To\n most:\n");
    write_terms(file, programme, true);
    fprintf(file, " <= %ju\n least:\n", (uintmax_t)programme->limit);
    write_terms(file, programme, true);
    fprintf(file, " >= %ju\n", (uintmax_t)programme->least);
    for (size_t i = 0; i < ITEMS; i++) {
        fprintf(file, " one%zu:", i);
        for (size_t c = 0; c < CHOICES; c++) {
            if (programme->table[i * CHOICES + c].offered)
                fprintf(file, " + x%zu", i * CHOICES + c);
        }
        fprintf(file, " = 1\n");
    }
    fprintf(file, "Binary\n");
    for (size_t i = 0; i < ITEMS * CHOICES; i++) {
        if (programme->table[i].offered)
            fprintf(file, " x%zu\n", i);
    }
    fprintf(file, "End\n");
    ck_assert_int_eq(fclose(file), 0);
}

/* CBC's optimum.  Its default increment may drop better answers. */
static double by_cbc(void)
{
    char words[100];
    double objective = NAN;
    FILE *file;

    ck_assert_int_eq(system(CBC " p.lp increment 1e-9 ratio 0 allow 0 solve "
                                "solution answer >words 2>&1"),
                     0);
    file = fopen("answer", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(words, sizeof words, file));
    fclose(file);
    ck_assert_msg(sscanf(words, "Optimal - objective value %lf", &objective) ==
                      1,
                  "%s", words);
    return objective;
}

START_TEST(dynamic_programming_and_cbc_find_the_same_optimum)
{
    uint64_t seed = (uint64_t)_i;
    struct programme_choice table[ITEMS * CHOICES];
    struct programme programme;
    struct programme_answer answer;
    size_t choice[ITEMS];
    double objective;

    draw(&programme, table, &seed);
    write_lp(&programme);
    ck_assert(programme_solve(&programme, choice, &answer));
    ck_assert_uint_le(answer.size, programme.limit);
    ck_assert_uint_ge(answer.size, programme.least);
    objective = by_cbc();
    ck_assert_msg(fabs(answer.objective - objective) <= 1e-6 * objective,
                  "seed %d: %.9g, CBC %.9g", _i, answer.objective, objective);
}
END_TEST

/* Sizes without a common divisor, too large for a table of states. */
static void draw_large(struct programme *programme,
                       struct programme_choice *table, uint64_t *seed)
{
    draw(programme, table, seed);
    for (size_t i = 0; i < ITEMS * CHOICES; i++)
        table[i].size = table[i].size * 1009 + random_below(seed, 1000);
    programme->limit *= 1009;
    programme->least = 0;
}

/* GLPK stops as soon as it knows that its answer is within a gap; CBC says what
 * the least is. */
START_TEST(an_answer_that_is_stopped_early_is_within_the_gap_that_it_states)
{
    const double allowed[] = { 0, 0.001, 0.02, 0.3 };
    uint64_t seed = (uint64_t)_i + 50;
    struct programme_choice table[ITEMS * CHOICES];
    struct programme programme;
    struct programme_answer answer;
    size_t choice[ITEMS];
    double least, margin;
    unsigned open = 0;

    draw_large(&programme, table, &seed);
    write_lp(&programme);
    least = by_cbc();
    margin = 1e-6 * least;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        double gap;

        programme.gap = allowed[i];
        ck_assert(programme_solve(&programme, choice, &answer));
        gap = (answer.objective - answer.bound) / answer.objective;
        ck_assert_msg(gap >= 0 && gap <= allowed[i] + 1e-9,
                      "seed %d: a gap of %g, %g is allowed", _i, gap,
                      allowed[i]);
        ck_assert_msg(answer.bound <= least + margin &&
                          answer.objective >= least - margin,
                      "seed %d: %.9g to %.9g, CBC %.9g", _i, answer.bound,
                      answer.objective, least);
        ck_assert_uint_le(answer.size, programme.limit);
        open += gap > 0;
    }
    ck_assert_msg(open > 0, "seed %d: every answer is proven", _i);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("cbc");
    TCase *programmes = tcase_create("programmes");

    tcase_set_timeout(programmes, 60);
    tcase_add_unchecked_fixture(programmes, enter_folder, leave_folder);
    tcase_add_loop_test(
        programmes, dynamic_programming_and_cbc_find_the_same_optimum, 0, 10);
    tcase_add_loop_test(
        programmes,
        an_answer_that_is_stopped_early_is_within_the_gap_that_it_states, 0, 5);
    suite_add_tcase(suite, programmes);
    return suite;
}
