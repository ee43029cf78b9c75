/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"

#include "tests/suite.h"

/* Vigna, splitmix64.c; these numbers of seed 1234567 are in many libraries'
 * tests of it. */
START_TEST(the_numbers_are_those_of_splitmix64)
{
    static const uint64_t wanted[] = {
        6457827717110365317u, 3203168211198807973u,  9817491932198370423u,
        4593380528125082431u, 16408922859458223821u,
    };
    uint64_t state = 1234567;

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        ck_assert_uint_eq(random_next(&state), wanted[i]);
}
END_TEST

/* Of 3 * 2^62 values the first third would come up in half of all draws if the
 * remainder of any 64 bits were taken. */
START_TEST(below_a_bound_no_value_is_likelier)
{
    enum { DRAWS = 30000 };
    uint64_t state = 1, third = (uint64_t)1 << 62;
    int low = 0;

    for (int i = 0; i < DRAWS; i++) {
        uint64_t drawn = random_below(&state, 3 * third);

        ck_assert_uint_lt(drawn, 3 * third);
        low += drawn < third;
    }
    ck_assert_int_gt(low, DRAWS / 3 - 500); /* 6 deviations */
    ck_assert_int_lt(low, DRAWS / 3 + 500);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("random");
    TCase *random = tcase_create("random");

    tcase_add_test(random, the_numbers_are_those_of_splitmix64);
    tcase_add_test(random, below_a_bound_no_value_is_likelier);
    suite_add_tcase(suite, random);
    return suite;
}
