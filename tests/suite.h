/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include <check.h>

/* Given by each test_NOUN.c. */
Suite *make_suite(void);

/* By valgrind or a sanitizer: then memory is theirs, too, which keep what was
 * freed for a while, and a test that measures it measures that. */
bool suite_is_instrumented(void);
