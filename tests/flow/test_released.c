/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/released.h"

#include <glpk.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "flow/select/minmax.h"
#include "tests/suite.h"

enum { BLOCKS = 5 };

static double real(uint64_t *seed)
{
    return (double)random_below(seed, 1000001) * 1e-6;
}

static void costs(double cost[BLOCKS][RELEASED_PATTERNS],
                  const double *presence, const double *locality)
{
    double o[BLOCKS], d[BLOCKS];

    memcpy(o, presence, sizeof o);
    memcpy(d, locality, sizeof d);
    minmax(o, BLOCKS);
    minmax(d, BLOCKS);
    for (int b = 0; b < BLOCKS; b++) {
        for (int p = 0; p < RELEASED_PATTERNS; p++)
            cost[b][p] = fabs(released_patterns[p].n - 8 * o[b]) +
                         4 * fabs(released_patterns[p].m - 8 * (1 - d[b]));
    }
}

/* Least cost over all choices that prune exactly so many quarters. */
static double by_brute_force(double cost[BLOCKS][RELEASED_PATTERNS],
                             unsigned quarters)
{
    double best = HUGE_VAL;

    for (int i = 0; i < 5 * 5 * 5 * 5 * 5; i++) {
        double sum = 0;
        unsigned pruned = 0;

        for (int b = 0, rest = i; b < BLOCKS; b++, rest /= 5) {
            sum += cost[b][rest % 5];
            pruned += released_patterns[rest % 5].pruned;
        }
        if (pruned == quarters)
            best = fmin(best, sum);
    }
    return best;
}

/* The relaxation by the simplex method of GLPK. */
static double by_simplex(double cost[BLOCKS][RELEASED_PATTERNS],
                         double quarters)
{
    glp_prob *problem = glp_create_prob();
    double objective;

    glp_term_out(GLP_OFF);
    glp_add_rows(problem, BLOCKS + 1);
    glp_set_row_bnds(problem, 1, GLP_FX, quarters, quarters);
    glp_add_cols(problem, BLOCKS * RELEASED_PATTERNS);
    for (int b = 0; b < BLOCKS; b++) {
        glp_set_row_bnds(problem, b + 2, GLP_FX, 1, 1);
        for (int p = 0; p < RELEASED_PATTERNS; p++) {
            int column = b * RELEASED_PATTERNS + p + 1;

            glp_set_col_bnds(problem, column, GLP_LO, 0, 0);
            glp_set_obj_coef(problem, column, cost[b][p]);
            glp_set_mat_col(problem, column, 2, (int[]){ 0, 1, b + 2 },
                            (double[]){ 0, released_patterns[p].pruned, 1 });
        }
    }
    ck_assert_int_eq(glp_simplex(problem, NULL), 0);
    ck_assert_int_eq(glp_get_status(problem), GLP_OPT);
    objective = glp_get_obj_val(problem);
    glp_delete_prob(problem);
    return objective;
}

START_TEST(the_programme_and_its_relaxation_are_solved_to_the_optimum)
{
    uint64_t seed = (uint64_t)_i;

    for (int round = 0; round < 20; round++) {
        double presence[BLOCKS], locality[BLOCKS];
        double cost[BLOCKS][RELEASED_PATTERNS], quarters, best;
        struct released_answer answer;
        size_t choice[BLOCKS];
        struct error err;

        for (int b = 0; b < BLOCKS; b++) {
            presence[b] = real(&seed);
            locality[b] = real(&seed);
        }
        costs(cost, presence, locality);
        quarters = round % 2 ? (double)random_below(&seed, 3 * BLOCKS + 1)
                             : 3 * BLOCKS * real(&seed);
        ck_assert_int_eq(
            released_choose(
                choice, &(struct released_blocks){ presence, locality, BLOCKS },
                quarters / (4 * BLOCKS), &answer, &err),
            0);
        best = quarters == floor(quarters)
                   ? by_brute_force(cost, (unsigned)quarters)
                   : HUGE_VAL;
        ck_assert_msg(answer.relaxed == isinf(best), "seed %d round %d", _i,
                      round);
        ck_assert_double_eq_tol(
            answer.objective,
            answer.relaxed ? by_simplex(cost, quarters) : best, 1e-9);
        if (!answer.relaxed) {
            double sum = 0;

            for (int b = 0; b < BLOCKS; b++)
                sum += cost[b][choice[b]];
            ck_assert_double_eq_tol(sum, best, 1e-9);
        } else if (answer.dropped < BLOCKS) {
            ck_assert_uint_eq(choice[BLOCKS - 1], 0);
        }
    }
}
END_TEST

START_TEST(equal_presences_are_refused_where_the_public_code_divides_by_zero)
{
    double equal[3] = { 4, 4, 4 }, other[3] = { 1, 2, 3 };
    struct released_answer answer;
    size_t choice[3];
    struct error err;

    ck_assert_int_eq(
        released_choose(choice, &(struct released_blocks){ equal, other, 3 },
                        0.5, &answer, &err),
        -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "same presence"));
    ck_assert_int_eq(
        released_choose(choice, &(struct released_blocks){ other, equal, 3 },
                        0.5, &answer, &err),
        -1);
    ck_assert_ptr_nonnull(strstr(err.text, "same locality"));
    ck_assert_int_eq(
        released_choose(choice, &(struct released_blocks){ other, other, 3 },
                        0.8, &answer, &err),
        -1);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot be reached"));
}
END_TEST

/* Outliers at 1, 4, 5 and 12 of two layers in a row: distances 3 4 11 1 8 7. */
START_TEST(locality_is_one_over_the_mean_distance_of_outliers)
{
    static const float first[8] = { 0, 9, 0, 0, 9, 9, 0, 0 };
    static const float second[6] = { 0, 0, 0, 0, 9, 1 };
    static const double root[4] = { 1, 1, 1, 1 };
    static struct released_census census;

    census = (struct released_census){ .threshold = 2, .weights = 14 };
    released_add(&census, &(struct scored){ first, root, 4, 2 });
    ck_assert_double_eq_tol(released_locality(&census), 3. / 8, 1e-12);
    released_add(&census, &(struct scored){ second, root, 3, 2 });
    ck_assert_double_eq_tol(released_locality(&census), 6. / 34, 1e-12);
    ck_assert_double_eq_tol(released_presence(&census), 400. / 14, 1e-12);
    census = (struct released_census){ .threshold = 10, .weights = 8 };
    released_add(&census, &(struct scored){ first, root, 4, 2 });
    ck_assert_double_eq(released_locality(&census), 0);
}
END_TEST

START_TEST(only_the_first_ten_thousand_outliers_count_for_locality)
{
    static float weights[30000];
    static double root[30000];
    static struct released_census census;
    double n = RELEASED_POSITIONS;

    for (int i = 0; i < 30000; i++)
        root[i] = weights[i] = 1;
    census = (struct released_census){ .weights = 30000 };
    released_add(&census, &(struct scored){ weights, root, 30000, 1 });
    ck_assert_double_eq(released_presence(&census), 100);
    /* The mean distance of 0 .. n-1 is (n + 1) / 3. */
    ck_assert_double_eq_tol(released_locality(&census), 3 / (n + 1), 1e-12);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("released");
    TCase *released = tcase_create("released");

    tcase_add_loop_test(
        released, the_programme_and_its_relaxation_are_solved_to_the_optimum, 0,
        10);
    tcase_add_test(
        released,
        equal_presences_are_refused_where_the_public_code_divides_by_zero);
    tcase_add_test(released,
                   locality_is_one_over_the_mean_distance_of_outliers);
    tcase_add_test(released,
                   only_the_first_ten_thousand_outliers_count_for_locality);
    suite_add_tcase(suite, released);
    return suite;
}
