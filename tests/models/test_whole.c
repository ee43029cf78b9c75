/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The slow way of a whole inference, from block to block on the event kernel,
 * against the fast way, which is a recurrence: programmes that nobody would
 * write, on machines that nobody would build.
 */
#include <stdlib.h>
#include <string.h>

#include "models/whole/whole.h"
#include "tests/models/random_programme.h"
#include "tests/suite.h"

struct both_ways {
    struct task_sum fast[DRAWN_NAMES], slow[DRAWN_NAMES];
    uint64_t counters[DRAWN_NAMES][ALL_COUNTERS];
    uint64_t fast_end[DRAWN_SEGMENTS], slow_end[DRAWN_SEGMENTS];
    struct programme_ends fast_ends, slow_ends;
};

static void run_both_ways(struct both_ways *ways,
                          struct random_programme *drawn,
                          const struct programme_machine *machine)
{
    struct programme programme = { .segments = drawn->segments,
                                   .segment = drawn_segment,
                                   .context = drawn,
                                   .ends = &ways->fast_ends };
    struct whole_result slow = { .sum = ways->slow,
                                 .counters = ways->counters,
                                 .end = ways->slow_end };
    struct error err;

    memset(ways, 0, sizeof *ways);
    programme_run(ways->fast, ways->fast_end, &programme, machine);
    programme.ends = &ways->slow_ends;
    ck_assert_int_eq(whole_run(&slow, &programme, machine, &err), 0);
    ck_assert_uint_gt(slow.activations, 0);
}

static void compare_ways(const struct both_ways *ways,
                         const struct random_programme *drawn, uint64_t round)
{
    size_t last = drawn->segments - 1;

    ck_assert_msg(ways->fast_end[last] == ways->slow_end[last],
                  "programme %llu: ends at %llu, and %llu",
                  (unsigned long long)round,
                  (unsigned long long)ways->fast_end[last],
                  (unsigned long long)ways->slow_end[last]);
    for (size_t s = 0; s < last;
         s++) /* programme_run() leaves out what is owed */
        ck_assert_uint_le(ways->fast_end[s], ways->slow_end[s]);
    ck_assert_uint_eq(ways->fast_ends.count, ways->slow_ends.count);
    for (size_t i = 0; i < ways->fast_ends.count; i++)
        ck_assert_msg(ways->fast_ends.at[i] == ways->slow_ends.at[i],
                      "programme %llu: the end of (task, block) %zu",
                      (unsigned long long)round, i);
    for (int t = 0; t < DRAWN_NAMES; t++) {
        const struct task_sum *fast = &ways->fast[t], *slow = &ways->slow[t];

        ck_assert_msg(fast->clocks == slow->clocks,
                      "programme %llu, task %d: %llu clocks, and %llu",
                      (unsigned long long)round, t,
                      (unsigned long long)fast->clocks,
                      (unsigned long long)slow->clocks);
        for (int b = 0; b < TRAFFICS; b++)
            ck_assert_uint_eq(fast->bytes[b], slow->bytes[b]);
        ck_assert_uint_eq(fast->inputs, slow->inputs);
        ck_assert_uint_eq(fast->inputs, ways->counters[t][COUNTER_INPUT_BYTES]);
        for (int c = 0; c < ALL_PROGRAMME_CLOCKS; c++)
            ck_assert_msg(fast->spent[c] == slow->spent[c],
                          "programme %llu, task %d, where clocks went (%d): "
                          "%llu, and %llu",
                          (unsigned long long)round, t, c,
                          (unsigned long long)fast->spent[c],
                          (unsigned long long)slow->spent[c]);
    }
}

static void check_round(uint64_t round)
{
    struct random_programme drawn;
    struct programme_machine machine;
    struct both_ways ways;
    uint64_t seed = round + 4242;

    draw_machine(&machine, &seed);
    machine.spent = SPENT_WHOLE;
    draw_programme(&drawn, &seed);
    run_both_ways(&ways, &drawn, &machine);
    compare_ways(&ways, &drawn, round);
    free(ways.fast_ends.at);
    free(ways.slow_ends.at);
}

START_TEST(event_by_event_takes_the_clocks_of_the_recurrence)
{
    uint64_t rounds = getenv("MODELS_SOAK") ? 20000 : 1000;

    for (uint64_t round = 0; round < rounds; round++)
        check_round(round);
    check_round(4510); /* a task that asks for nothing is over, and forgotten,
                          before the channel's list comes to it */
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("whole");
    TCase *all = tcase_create("all");

    tcase_add_test(all, event_by_event_takes_the_clocks_of_the_recurrence);
    suite_add_tcase(suite, all);
    return suite;
}
