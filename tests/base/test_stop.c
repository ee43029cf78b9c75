/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/stop.h"

#include <signal.h>
#include <unistd.h>

#include "tests/suite.h"

START_TEST(a_signal_and_its_echo_ask_for_one_stop)
{
    stop_on_signals();
    ck_assert(!stop_requested());
    ck_assert_int_eq(stop_check(NULL), 0);
    raise(SIGINT);
    raise(SIGINT);
    raise(SIGTERM);
    ck_assert(stop_requested());
}
END_TEST

START_TEST(a_later_signal_ends_the_program)
{
    stop_on_signals();
    raise(SIGTERM);
    usleep((STOP_ECHO_MS + 50) * 1000);
    ck_assert(stop_requested());
    raise(SIGINT);
    ck_abort_msg("still there after the second signal");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("stop");
    TCase *stop = tcase_create("stop");

    tcase_add_test(stop, a_signal_and_its_echo_ask_for_one_stop);
    tcase_add_test_raise_signal(stop, a_later_signal_ends_the_program, SIGINT);
    suite_add_tcase(suite, stop);
    return suite;
}
