/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/progress.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "tests/suite.h"

static struct progress progress;
static char *printed;
static size_t length;
static long seconds_now = 1000;

/* The clock stands still but for wait_seconds(), however slow the machine is.
 */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    *now = (struct timespec){ .tv_sec = seconds_now };
    return 0;
}

static void begin(uint64_t total)
{
    FILE *stream = open_memstream(&printed, &length);

    ck_assert_ptr_nonnull(stream);
    progress_init(&progress, stream);
    progress_begin(&progress, "replay", total, "layers");
}

static void wait_seconds(long seconds)
{
    seconds_now += seconds;
}

static void end(void)
{
    fclose(progress.stream);
    progress_release(&progress);
    free(printed);
}

/* What was printed begins with `start`; the rest is compared with nothing. */
static void has_line(const char *start)
{
    fflush(progress.stream);
    ck_assert_msg(printed && strstr(printed, start), "%s\nis not in\n%s", start,
                  printed ? printed : "");
}

START_TEST(long_work_is_announced_with_its_length_and_short_work_is_not)
{
    begin(224);
    progress_expect(&progress, 4.9, 0);
    fflush(progress.stream);
    ck_assert_uint_eq(length, 0);
    progress_expect(&progress, 42, 0);
    has_line("replay: 224 layers, about 42 s\n");
    progress_expect(&progress, 900, 0);
    has_line("replay: 224 layers, about 15 min\n");
    progress_expect(&progress, 72000, 0);
    has_line("replay: 224 layers, about 20 h\n");
    progress_expect(&progress, 42, 9.81e8);
    has_line("replay: 224 layers, about 42 s and 981 MB of memory\n");
    end();
}
END_TEST

START_TEST(what_is_left_is_announced_once_a_part_of_it_is_done)
{
    begin(100);
    progress_weigh(&progress, 50);
    progress_expect_rest(&progress, 0); /* nothing is done yet */
    wait_seconds(2);
    progress_add_work(&progress, 7, 20);
    progress_expect_rest(&progress, 0); /* 3 s */
    fflush(progress.stream);
    ck_assert_uint_eq(length, 0);
    progress_weigh(&progress, 2020);
    progress_expect_rest(&progress, 0);
    has_line("replay: 7 of 100 layers, about 200 s left\n");
    progress_expect_rest(&progress, 2);
    has_line("replay: 7 of 100 layers, about 200 s left, and at most 404 s for "
             "what follows\n");
    end();
}
END_TEST

START_TEST(a_line_says_how_much_how_fast_and_how_long_still)
{
    begin(100);
    progress_add(&progress, 10);
    fflush(progress.stream);
    ck_assert_uint_eq(length, 0);
    wait_seconds(50);
    progress_add(&progress, 10);
    has_line("replay: 20 of 100 layers, 0.4 layers/s, 200 s left\n");
    end();
}
END_TEST

/* One of four layers is done, with a tenth of the work, and half of the
 * second, with another four tenths. */
START_TEST(layers_that_differ_in_size_are_weighed)
{
    begin(4);
    progress_weigh(&progress, 10);
    progress_add_work(&progress, 1, 1);
    wait_seconds(100);
    progress_add_work(&progress, 0, 4);
    has_line("replay: 1 of 4 layers, 0.02 layers/s, 100 s left\n");
    end();
}
END_TEST

START_TEST(the_last_line_says_how_long_it_took)
{
    begin(3);
    progress_add(&progress, 3);
    progress_end(&progress);
    has_line("replay: 3 of 3 layers, 0.0 s\n");
    end();
}
END_TEST

START_TEST(nobody_is_told_when_nobody_wants_to_know)
{
    progress_expect(NULL, 100, 0);
    progress_add(NULL, 1);
    progress_end(NULL);
    ck_assert(!progress_is_told(NULL));
    progress_init(&progress, NULL);
    progress_begin(&progress, "replay", 3, "layers");
    progress_expect(&progress, 100, 0);
    ck_assert(!progress_is_told(&progress));
    progress_release(&progress);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("progress");
    TCase *lines = tcase_create("lines");

    tcase_add_test(lines, what_is_left_is_announced_once_a_part_of_it_is_done);
    tcase_add_test(
        lines, long_work_is_announced_with_its_length_and_short_work_is_not);
    tcase_add_test(lines, a_line_says_how_much_how_fast_and_how_long_still);
    tcase_add_test(lines, layers_that_differ_in_size_are_weighed);
    tcase_add_test(lines, the_last_line_says_how_long_it_took);
    tcase_add_test(lines, nobody_is_told_when_nobody_wants_to_know);
    suite_add_tcase(suite, lines);
    return suite;
}
