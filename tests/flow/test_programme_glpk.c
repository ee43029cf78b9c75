/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "base/random.h"
#include "base/stop.h"
#include "flow/select/programme.h"
#include "tests/suite.h"

/*
 * 224 layers of six patterns, whose costs fall by half from one to the next,
 * nearly as their sizes do: GLPK does not prove a best plan of it in minutes,
 * and finds a good one in a fraction of a second.
 */
enum { HARD_ITEMS = 224, HARD_CHOICES = 6 };

static struct programme hard_programme(void)
{
    static const uint64_t sizes[7] = { 4096 * 4096, 1024 * 4096,  1024 * 4096,
                                       4096 * 4096, 14336 * 4096, 14336 * 4096,
                                       4096 * 14336 };
    static struct programme_choice table[HARD_ITEMS * HARD_CHOICES];
    uint64_t seed = 1, weights = 0;

    for (size_t i = 0; i < HARD_ITEMS; i++) {
        double size = (double)sizes[i % 7];

        weights += sizes[i % 7];
        for (size_t c = 0; c < HARD_CHOICES; c++) {
            bool dense = c == HARD_CHOICES - 1;
            double noise = 0.95 + 1e-10 * (double)random_below(&seed, 1 << 30);

            table[i * HARD_CHOICES + c] = (struct programme_choice){
                .offered = true,
                .cost = dense ? 0 : ldexp(1e-7 * size * noise, -(int)c),
                .size = sizes[i % 7] / 8 * (dense ? 8 : c + 2) +
                        random_below(&seed, 1000),
            };
        }
    }
    return (struct programme){ .items = HARD_ITEMS,
                               .choices = HARD_CHOICES,
                               .table = table,
                               .limit = weights * 2 / 5 };
}

/*
 * With a price on size each item chooses for itself: less the price of the
 * limit, no choices within it cost less.  The largest such bound over all
 * prices is that of the linear relaxation.
 */
static double priced(const struct programme *programme, double price,
                     double *objective, uint64_t *size)
{
    double bound = -price * (double)programme->limit;

    *objective = 0;
    *size = 0;
    for (size_t i = 0; i < programme->items; i++) {
        const struct programme_choice *row =
            programme->table + i * programme->choices;
        size_t best = 0;

        for (size_t c = 1; c < programme->choices; c++) {
            if (row[c].cost + price * (double)row[c].size <
                row[best].cost + price * (double)row[best].size)
                best = c;
        }
        bound += row[best].cost + price * (double)row[best].size;
        *objective += row[best].cost;
        *size += row[best].size;
    }
    return bound;
}

static uint64_t size_of(const struct programme *programme, const size_t *choice)
{
    uint64_t size = 0;

    for (size_t i = 0; i < programme->items; i++)
        size += programme->table[i * programme->choices + choice[i]].size;
    return size;
}

START_TEST(a_search_that_time_ends_gives_what_it_has_and_how_far_that_may_be)
{
    struct programme programme = hard_programme();
    struct programme_answer answer = { 0 };
    double low = 0, high = 1, relaxed = -HUGE_VAL, fits = HUGE_VAL;
    size_t choice[HARD_ITEMS];
    bool found = false;

    for (int i = 0; i < 100; i++) {
        double price = (low + high) / 2, objective;
        uint64_t size;

        relaxed = fmax(relaxed, priced(&programme, price, &objective, &size));
        if (size <= programme.limit)
            fits = fmin(fits, objective);
        *(size <= programme.limit ? &high : &low) = price;
    }
    /* On a slow machine the first answer takes longer. */
    for (programme.seconds = 0.5; !found && programme.seconds < 60;
         programme.seconds *= 2) {
        found = programme_solve(&programme, choice, &answer);
        ck_assert(answer.stopped);
    }
    ck_assert(found);
    ck_assert_uint_eq(answer.size, size_of(&programme, choice));
    ck_assert_uint_le(answer.size, programme.limit);
    ck_assert_double_lt(answer.bound, answer.objective);
    ck_assert_double_ge(answer.bound, relaxed * (1 - 1e-6));
    ck_assert_double_le(answer.bound, fits);
    ck_assert_double_ge(answer.objective, relaxed * (1 - 1e-6));
    ck_assert_double_le(answer.objective, relaxed * 1.1);
}
END_TEST

/* Whole seconds that progress was told of; it must say as many as went by. */
static unsigned told_of(struct programme *programme)
{
    struct programme_answer answer;
    size_t choice[HARD_ITEMS];
    struct progress progress;
    unsigned done, all;
    char text[200] = "";
    FILE *stream = tmpfile();
    double took;

    ck_assert_ptr_nonnull(stream);
    progress_init(&progress, stream);
    programme->progress = &progress;
    programme_solve(programme, choice, &answer);
    rewind(stream);
    ck_assert_uint_gt(fread(text, 1, sizeof text - 1, stream), 0);
    ck_assert_msg(sscanf(text, "programme: %u of %u s, %lf s", &done, &all,
                         &took) == 3,
                  "%s", text);
    ck_assert_msg(done <= all && done <= took &&
                      took >= programme->seconds - 0.1,
                  "%s", text);
    progress_release(&progress);
    fclose(stream);
    return done;
}

START_TEST(a_search_tells_how_long_it_has_been)
{
    struct programme programme = hard_programme();

    for (programme.seconds = 1.25; told_of(&programme) == 0;
         programme.seconds *= 2)
        ck_assert_double_lt(programme.seconds, 30);
}
END_TEST

START_TEST(a_search_without_time_finds_nothing_and_says_that_it_was_stopped)
{
    struct programme programme = hard_programme();
    struct programme_answer answer = { 0 };
    size_t choice[HARD_ITEMS];

    programme.seconds = 1e-6;
    ck_assert(!programme_solve(&programme, choice, &answer));
    ck_assert(answer.stopped);
}
END_TEST

/* One item whose sizes share no divisor, of which the second lies under what is
 * demanded and the third over the limit. */
START_TEST(a_search_that_is_over_was_not_stopped)
{
    static const struct programme_choice table[3] = {
        { .offered = true, .cost = 2, .size = 1 },
        { .offered = true, .cost = 1, .size = 100000008 },
        { .offered = true, .cost = 0, .size = 300000001 },
    };
    struct programme programme = {
        .items = 1, .choices = 3, .table = table, .limit = 200000000
    };
    struct programme_answer answer;
    size_t choice;

    ck_assert(programme_solve(&programme, &choice, &answer));
    ck_assert_uint_eq(choice, 1);
    ck_assert(!answer.stopped);
    programme.least = 150000000;
    ck_assert(!programme_solve(&programme, &choice, &answer));
    ck_assert(!answer.stopped);
}
END_TEST

/* GLPK takes what is over a limit of a billion by one for equal to it. */
START_TEST(an_answer_that_is_over_by_a_rounding_is_not_taken)
{
    enum { OVER = 8, ALL = OVER + 2 };
    const uint64_t limit = 1000000000;
    struct programme_choice table[ALL] = {
        { .offered = true, .cost = 2 },
        { .offered = true, .cost = 1, .size = limit },
    };
    struct programme programme = {
        .items = 1, .choices = 3, .table = table, .limit = limit
    };
    struct programme_answer answer;
    size_t choice;

    for (size_t c = 2; c < ALL; c++)
        table[c] = (struct programme_choice){ .offered = true,
                                              .cost = 0.01 * (double)c,
                                              .size = limit + c - 1 };
    ck_assert(programme_solve(&programme, &choice, &answer));
    ck_assert_uint_eq(choice, 1);
    ck_assert_double_eq_tol(answer.bound, 1, 1e-9);
    programme.choices = ALL;
    ck_assert(programme_solve(&programme, &choice, &answer));
    ck_assert_uint_le(answer.size, limit);
    ck_assert_double_le(answer.bound, 1);
}
END_TEST

/* One after the other they are excluded, but not for ever. */
START_TEST(answers_that_all_miss_the_least_by_a_rounding_are_given_up)
{
    enum { UNDER = 20 };
    const uint64_t least = 1000000000;
    struct programme_choice table[UNDER + 2] = { { .offered = true } };
    struct programme programme = { .items = 1,
                                   .choices = UNDER + 2,
                                   .table = table,
                                   .least = least,
                                   .limit = least + 1 };
    struct programme_answer answer;
    size_t choice;

    for (size_t c = 1; c <= UNDER + 1; c++)
        table[c] = (struct programme_choice){ .offered = true,
                                              .cost = (double)c,
                                              .size = least + c - UNDER - 1 };
    ck_assert(!programme_solve(&programme, &choice, &answer));
    ck_assert(!answer.stopped);
    for (size_t c = 1; c <= UNDER - 5; c++)
        table[c].offered = false;
    ck_assert(programme_solve(&programme, &choice, &answer));
    ck_assert_uint_eq(choice, UNDER + 1);
}
END_TEST

START_TEST(a_search_ends_when_the_user_wants_an_end)
{
    struct programme programme = hard_programme();
    struct programme_answer answer = { 0 };
    double begun = progress_clock();
    size_t choice[HARD_ITEMS];

    stop_on_signals();
    ck_assert_int_eq(raise(SIGINT), 0);
    programme_solve(&programme, choice, &answer);
    ck_assert(answer.stopped);
    ck_assert_double_lt(progress_clock() - begun, PROGRAMME_SECONDS / 2.0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("programme_glpk");
    TCase *searches = tcase_create("searches");

    tcase_add_test(
        searches,
        a_search_that_time_ends_gives_what_it_has_and_how_far_that_may_be);
    tcase_add_test(searches, a_search_tells_how_long_it_has_been);
    tcase_add_test(
        searches,
        a_search_without_time_finds_nothing_and_says_that_it_was_stopped);
    tcase_add_test(searches, a_search_that_is_over_was_not_stopped);
    tcase_add_test(searches, an_answer_that_is_over_by_a_rounding_is_not_taken);
    tcase_add_test(searches,
                   answers_that_all_miss_the_least_by_a_rounding_are_given_up);
    tcase_add_test(searches, a_search_ends_when_the_user_wants_an_end);
    suite_add_tcase(suite, searches);
    return suite;
}
