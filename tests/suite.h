/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include <check.h>

/* Given by each test_NOUN.c. */
Suite *make_suite(void);

/* Then memory is valgrind's, too, and a test that measures it measures that. */
bool suite_is_under_valgrind(void);
