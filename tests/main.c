/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs one suite.  Each test program links this file and one test_NOUN.c, which
 * gives make_suite(); Meson reads the TAP that Check prints.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#ifndef __has_feature /* clang's way */
#define __has_feature(name) 0
#endif

bool suite_is_instrumented(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
#else
    const char *libraries = getenv("LD_PRELOAD");

    return libraries && strstr(libraries, "vgpreload");
#endif
}

unsigned suite_rounds(unsigned rounds)
{
    return suite_is_instrumented() ? (rounds + 3) / 4 : rounds;
}

static unsigned share(void)
{
    const char *text = getenv("SOAK_SHARE");
    int of = text ? atoi(text) : 1;

    return of > 1 ? (unsigned)of : 1;
}

unsigned suite_share(unsigned rounds)
{
    return (rounds + share() - 1) / share();
}

bool suite_is_shared(void)
{
    return share() > 1;
}

int main(void)
{
    SRunner *runner;
    int failed;

    /* Check gives a test 4 s, too few under a sanitizer on a busy machine. */
    setenv("CK_DEFAULT_TIMEOUT", "120", 0);
    runner = srunner_create(make_suite());
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
