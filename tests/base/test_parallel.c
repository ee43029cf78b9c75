/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/parallel.h"

#include <stdatomic.h>

#include "tests/suite.h"

enum { ITEMS = 1009 };

struct tally {
    atomic_int visits[ITEMS];
    unsigned workers;
};

static void count(void *context, size_t item, unsigned worker)
{
    struct tally *tally = context;

    ck_assert_uint_lt(worker, tally->workers);
    atomic_fetch_add(&tally->visits[item], 1);
}

START_TEST(every_item_is_worked_on_once)
{
    struct tally tally = { .workers = (unsigned)_i };

    parallel_for(tally.workers, ITEMS, count, &tally);
    for (size_t i = 0; i < ITEMS; i++)
        ck_assert_int_eq(tally.visits[i], 1);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("parallel");
    TCase *items = tcase_create("items");

    tcase_add_loop_test(items, every_item_is_worked_on_once, 1, 6);
    suite_add_tcase(suite, items);
    return suite;
}
