/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/constraint.h"

#include <stdlib.h>
#include <string.h>

#include "tests/models/cases.h"
#include "tests/suite.h"

static struct error err;

static bool holds(const char *text, const struct machine *machine)
{
    struct constraint constraint;

    if (constraint_parse(&constraint, text, &err) < 0)
        ck_abort_msg("%s: %s", text, err.text);
    return constraint_holds(&constraint, machine);
}

START_TEST(a_condition_holds_when_its_numbers_say_so)
{
    struct machine machine;

    golden_machine(&machine); /* P 4, R 32, C 32, 4096 multipliers, 500 MHz */
    ck_assert(holds("multipliers = 4096", &machine));
    ck_assert(holds("macro.sub_macros*macro.rows*macro.columns=multipliers",
                    &machine));
    ck_assert(!holds("multipliers != 4096", &machine));
    ck_assert(holds("macro.rows <= 32", &machine));
    ck_assert(!holds("macro.rows < 32", &machine));
    ck_assert(holds("macro.rows < 33", &machine));
    ck_assert(holds("macro.rows >= 32", &machine));
    ck_assert(!holds("macro.rows > 32", &machine));
    ck_assert(holds("2 * 3 * clock > 2999.5", &machine));
    ck_assert(holds("0.5 < macros", &machine));
    set_machine(&machine, "macros=2");
    ck_assert(holds("multipliers = 8192", &machine));
}
END_TEST

START_TEST(what_is_no_condition_is_told)
{
    static const struct {
        const char *text, *words;
    } wrong[] = {
        { "", "missing at the end" },
        { "macro.rows", "\"\" stands where one of" },
        { "macro.rows <", "missing at the end" },
        { "macro.rows * < 3", "< is neither a number nor a parameter" },
        { "macro.row < 3", "did you mean macro.rows" },
        { "patterns < 3", "patterns is no number" },
        { "macro.rows == 3", "\"==\" stands where" },
        { "macro.rows + 1 < 3", "\"+\" stands where" },
        { "macro.rows < 3 4", "\"4\" stands where the condition should end" },
        { "1 < 2 < 3", "\"<\" stands where the condition should end" },
        { "010 < 2", "010 is neither" },
        { "1*1*1*1*1*1*1*1*1 = 1", "more than 8 factors" },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct constraint constraint;

        ck_assert_msg(constraint_parse(&constraint, wrong[i].text, &err) == -1,
                      "%s", wrong[i].text);
        ck_assert_int_eq(err.kind, ERROR_DATA);
        ck_assert_msg(strstr(err.text, wrong[i].words) != NULL, "%s: %s",
                      wrong[i].text, err.text);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("constraint");
    TCase *tcase = tcase_create("constraint");

    tcase_add_test(tcase, a_condition_holds_when_its_numbers_say_so);
    tcase_add_test(tcase, what_is_no_condition_is_told);
    suite_add_tcase(suite, tcase);
    return suite;
}
