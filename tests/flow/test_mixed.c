/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against another solver of the relaxation (GLPK's simplex), and against what
 * one pattern everywhere gives. */
#include "flow/select/mixed.h"

#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "flow/select/select.h"
#include "tests/flow/bench.h"
#include "tests/flow/inputs.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

static struct bench bench;

static void mixed_enter(void)
{
    bench_enter_tiny(&bench);
}

static void mixed_leave(void)
{
    bench_leave_tiny(&bench);
}

/* The patterns of a selection, the last of which is dense, as a linear
 * programme: shares of patterns, one a scope in sum, least cost. */
static double by_simplex(const struct plan *plan,
                         const struct selection *selection,
                         const struct scopes *scopes, const double *cost,
                         double limit)
{
    int patterns = (int)selection->patterns.count, n = 0, at = 0;
    int columns = (int)scopes->count * (patterns + 1);
    glp_prob *programme = glp_create_prob();
    int *row = memory_new((size_t)columns * 2 + 1, sizeof *row);
    int *column = memory_new((size_t)columns * 2 + 1, sizeof *column);
    double *value = memory_new((size_t)columns * 2 + 1, sizeof *value), found;
    glp_smcp quiet;

    glp_term_out(GLP_OFF);
    glp_init_smcp(&quiet);
    glp_set_obj_dir(programme, GLP_MIN);
    glp_add_rows(programme, (int)scopes->count + 1);
    glp_add_cols(programme, columns);
    glp_set_row_bnds(programme, 1, GLP_UP, 0, limit);
    for (int s = 0; s < (int)scopes->count; s++) {
        glp_set_row_bnds(programme, s + 2, GLP_FX, 1, 1);
        for (int p = 0; p <= patterns; p++) {
            struct pattern pattern =
                p < patterns ? selection->patterns.at[p] : pattern_dense;

            glp_set_col_bnds(programme, ++n, GLP_DB, 0, 1);
            glp_set_obj_coef(programme, n,
                             p < patterns ? cost[s * patterns + p] : 0);
            row[++at] = 1;
            column[at] = n;
            value[at] = (double)scope_kept(&scopes->run[s], plan, pattern);
            row[++at] = s + 2;
            column[at] = n;
            value[at] = 1;
        }
    }
    glp_load_matrix(programme, at, row, column, value);
    ck_assert_int_eq(glp_simplex(programme, &quiet), 0);
    ck_assert_int_eq(glp_get_status(programme), GLP_OPT);
    found = glp_get_obj_val(programme);
    glp_delete_prob(programme);
    free(row);
    free(column);
    free(value);
    return found;
}

START_TEST(the_relaxation_costs_what_the_simplex_finds)
{
    static const double sparsities[] = { 0.3, 0.5, 0.55, 0.7, 0.8 };
    struct selection selection =
        bench_selection(&bench, 0.5, "1:8,2:8,3:8,4:8,6:8,2:4");
    uint64_t seed = 11;
    struct scopes scopes;
    struct plan plan;

    bench_select(&plan, "uniform",
                 &(struct selection){ .trace = selection.trace,
                                      .model = selection.model,
                                      .sparsity = 0.5 });
    scopes_init(&scopes, &plan, SCOPE_LAYER, SCOPE_ENDS_CHOSEN);
    for (size_t i = 0; i < 50; i++) {
        double cost[14 * 6], total, kept = 0;
        struct mix mix[14];
        size_t fractional = 0;

        selection.sparsity = sparsities[i % 5];
        for (size_t c = 0; c < 14 * 6; c++)
            cost[c] = fabs(inputs_real(&seed)) * (double)(6 - c % 6);
        total = mixed_relax(mix, &plan, &selection, &scopes, cost);
        for (size_t s = 0; s < scopes.count; s++) {
            double low =
                (double)scope_kept(&scopes.run[s], &plan, mix[s].sparser);
            double high =
                (double)scope_kept(&scopes.run[s], &plan, mix[s].denser);

            fractional += mix[s].share > 0;
            kept += low + mix[s].share * (high - low);
        }
        ck_assert_uint_le(fractional, 1);
        ck_assert_double_eq_tol(
            kept,
            floor((1 - selection.sparsity) * (double)plan_weights(&plan) +
                  1e-9),
            1e-6);
        ck_assert_double_eq_tol(
            total, by_simplex(&plan, &selection, &scopes, cost, kept), 1e-9);
        mixed_deal(&plan, &scopes, mix);
        ck_assert_double_le((double)plan_kept(&plan), kept + 1e-6);
    }
    scopes_release(&scopes);
    plan_release(&plan);
}
END_TEST

START_TEST(one_density_everywhere_mixes_the_patterns_of_uniform)
{
    for (double sparsity = 0.2; sparsity < 0.8; sparsity += 0.07) {
        struct selection selection =
            bench_selection(&bench, sparsity, "1:8,2:8,3:8,4:8,5:8,6:8,7:8");
        struct selection plain = bench_selection(&bench, sparsity, NULL);
        double wanted[2] = { 0.125, 0.125 };
        struct plan plan, mixed;
        struct scopes scopes;
        struct mix mix[2];

        bench_select(&plan, "uniform", &plain);
        bench_select(&mixed, "uniform", &plain);
        scopes_init(&scopes, &mixed, SCOPE_BLOCK, SCOPE_ENDS_CHOSEN);
        mixed_shift(mix, &mixed, &selection, &scopes, wanted);
        mixed_deal(&mixed, &scopes, mix);
        for (size_t l = 0; l < plan.layers; l++)
            ck_assert(pattern_equal(mixed.layer[l].pattern, mix[0].sparser) ||
                      pattern_equal(mixed.layer[l].pattern, mix[0].denser));
        for (size_t p = 0; p < plan.patterns.count; p++)
            ck_assert(pattern_equal(plan.patterns.at[p], mix[0].sparser) ||
                      pattern_equal(plan.patterns.at[p], mix[0].denser));
        ck_assert_double_eq_tol(mix[0].share, mix[1].share, 1e-9);
        /* The largest step is that of down, 8 outputs by 1 or 2 weights. */
        ck_assert_double_lt((1 - sparsity) * (double)plan_weights(&mixed) -
                                (double)plan_kept(&mixed),
                            17);
        scopes_release(&scopes);
        plan_release(&mixed);
        plan_release(&plan);
    }
}
END_TEST

/* A layer may stay sparser than was due: the largest, by a step of 1:8. */
START_TEST(owl_and_flow_reach_the_sparsity_that_is_asked)
{
    static const char *const names[] = { "owl", "flow" };

    for (int m = 0; m < 2; m++)
        for (double sparsity = 0.3; sparsity < 0.8; sparsity += 0.09) {
            struct selection selection =
                bench_selection(&bench, sparsity, NULL);
            struct plan plan, read;
            double most = 0, before = NAN;
            struct error err;
            char *text;

            selection.mixed = true;
            selection.h = 1;
            bench_select(&plan, names[m], &selection);
            for (size_t l = 0; l < plan.layers; l++)
                most = fmax(most, plan.layer[l].shape.outputs *
                                      (double)plan.layer[l].shape.inputs);
            most *= 0.25 / (double)plan_weights(&plan);
            ck_assert_double_ge(plan.reached, sparsity);
            ck_assert_double_le(plan.reached, sparsity + most);
            ck_assert(json_is_true(json_object_get(plan.parameters, "mixed")));
            text = plan_text(&plan);
            ck_assert_msg(plan_parse(&read, text, "p", &err) == 0, "%s",
                          err.text);
            free(text);
            plan_release(&read);
            /* More outliers, no lower a density. */
            for (size_t b = 0; m == 0 && b < 2; b++) {
                double share, density;

                ck_assert_int_eq(sscanf(plan.layer[7 * b].reason,
                                        "outliers: presence %lg; wanted "
                                        "density %lg",
                                        &share, &density),
                                 2);
                if (b == 1)
                    ck_assert_double_eq_tol(fabs(density - before), 0.16, 1e-3);
                before = density;
            }
            plan_release(&plan);
        }
}
END_TEST

START_TEST(what_cannot_be_mixed_is_refused)
{
    struct selection selection = bench_selection(&bench, 0.5, NULL);

    selection.mixed = true;
    bench_refuse("error", &selection, ERROR_USAGE, "flow and owl do");
    selection.released = true;
    bench_refuse("owl", &selection, ERROR_USAGE, "released");
    selection.released = false;
    selection.sparsity = NAN;
    selection.bytes = 300;
    bench_refuse("flow", &selection, ERROR_USAGE, "not for bytes");
    selection.bytes = 0;
    selection.sparsity = 0.95;
    bench_refuse("flow", &selection, ERROR_DATA, "cannot be reached");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("mixed");
    TCase *mixed = tcase_create("mixed");

    tcase_add_checked_fixture(mixed, mixed_enter, mixed_leave);
    tcase_set_timeout(mixed, 30);
    tcase_add_test(mixed, the_relaxation_costs_what_the_simplex_finds);
    tcase_add_test(mixed, one_density_everywhere_mixes_the_patterns_of_uniform);
    tcase_add_test(mixed, owl_and_flow_reach_the_sparsity_that_is_asked);
    tcase_add_test(mixed, what_cannot_be_mixed_is_refused);
    suite_add_tcase(suite, mixed);
    return suite;
}
