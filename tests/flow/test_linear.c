/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/method_flow_linear.h"

#include <math.h>

#include "flow/select/minmax.h"
#include "flow/select/outliers.h"
#include "flow/select/programme.h"
#include "tests/suite.h"

enum { PATTERNS = 6 };

/* Three 3 x 8 matrices: outlier columns of each row. */
static const char *const figure[3][3] = { { "0", "4", "07" },
                                          { "036", "4", "0357" },
                                          { "012", "0145", "0345" } };

static void count_figure(double presence[3], double distribution[3],
                         const struct pattern_list *patterns)
{
    for (int i = 0; i < 3; i++) {
        struct outliers outliers = { 0 };

        for (int o = 0; o < 3; o++) {
            uint8_t row[8] = { 0 };

            for (const char *c = figure[i][o]; *c; c++)
                row[*c - '0'] = 1;
            outliers_add_row(&outliers, row, 8, patterns);
        }
        presence[i] = outliers_presence(&outliers);
        distribution[i] = outliers_distribution(&outliers);
    }
}

/* o = 0, .57, 1 and d = .17, 0, 1; the best of at most 5/12 kept costs 33.97,
 * the next that keeps as many 35.97. */
START_TEST(the_figure_gets_one_of_four_two_of_four_and_four_of_eight)
{
    struct pattern_list patterns;
    struct programme_choice table[3 * PATTERNS];
    struct programme programme = {
        .items = 3, .choices = PATTERNS, .table = table, .limit = 72 * 5 / 12
    };
    struct programme_answer answer;
    double presence[3], distribution[3], cost[3 * PATTERNS];
    double size[3] = { 24, 24, 24 }, next = HUGE_VAL;
    size_t choice[3];
    struct error err;

    ck_assert_int_eq(
        pattern_list_parse(&patterns, "1:8,1:4,2:8,2:4,4:8,dense", &err), 0);
    count_figure(presence, distribution, &patterns);
    ck_assert(minmax(presence, 3) && minmax(distribution, 3));
    ck_assert_double_eq_tol(presence[1], 4. / 7, 1e-12);
    ck_assert_double_eq_tol(distribution[0], 0.17, 0.005);
    ck_assert_double_eq(distribution[1], 0);
    linear_costs(cost, presence, distribution, size, 3, &patterns);
    for (size_t i = 0; i < 3 * PATTERNS; i++)
        table[i] = (struct programme_choice){
            .offered = true,
            .cost = cost[i],
            .size = 3u * pattern_kept(patterns.at[i % PATTERNS], 8),
        };
    ck_assert(programme_solve(&programme, choice, &answer));
    ck_assert_uint_eq(choice[0], 1);
    ck_assert_uint_eq(choice[1], 3);
    ck_assert_uint_eq(choice[2], 4);
    ck_assert_double_eq_tol(answer.objective, 33.97, 0.005);
    for (size_t i = 0; i < PATTERNS * PATTERNS * PATTERNS; i++) {
        size_t a = i % PATTERNS, b = i / PATTERNS % PATTERNS;
        size_t c = i / PATTERNS / PATTERNS;
        double sum = cost[a] + cost[PATTERNS + b] + cost[2 * PATTERNS + c];

        if (table[a].size + table[b].size + table[c].size == programme.limit &&
            sum > answer.objective + 1e-9)
            next = fmin(next, sum);
    }
    ck_assert_double_eq_tol(next, 35.97, 0.005);
}
END_TEST

START_TEST(a_scope_of_twice_the_size_costs_twice_as_much)
{
    struct pattern_list patterns;
    const double one[2] = { 0, 1 }, size[2] = { 100, 200 };
    double cost[4];
    struct error err;

    ck_assert_int_eq(pattern_list_parse(&patterns, "2:4,dense", &err), 0);
    linear_costs(cost, one, one, size, 2, &patterns);
    /* M^ = N^ = 4: |2 - 0| + 4 |4 - 0| = 18 and |2 - 4| + 4 |4 - 4| = 2 */
    ck_assert_double_eq_tol(cost[0], 18 * 2. / 3, 1e-12);
    ck_assert_double_eq_tol(cost[1], 20 * 2. / 3, 1e-12);
    ck_assert_double_eq_tol(cost[2], 2 * 4. / 3, 1e-12);
    ck_assert_double_eq_tol(cost[3], 0, 1e-12);
}
END_TEST

START_TEST(equal_values_are_scaled_to_one_half)
{
    double equal[3] = { 7, 7, 7 }, other[3] = { 5, 3, 7 };

    ck_assert(!minmax(equal, 3));
    ck_assert_double_eq(equal[2], 0.5);
    ck_assert(minmax(other, 3));
    ck_assert_double_eq(other[0], 0.5);
    ck_assert_double_eq(other[1], 0);
    ck_assert_double_eq(other[2], 1);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("linear");
    TCase *linear = tcase_create("linear");

    tcase_add_test(linear,
                   the_figure_gets_one_of_four_two_of_four_and_four_of_eight);
    tcase_add_test(linear, a_scope_of_twice_the_size_costs_twice_as_much);
    tcase_add_test(linear, equal_values_are_scaled_to_one_half);
    suite_add_tcase(suite, linear);
    return suite;
}
