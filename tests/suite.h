/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>

/* Given by each test_NOUN.c. */
Suite *make_suite(void);

#endif
