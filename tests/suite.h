/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include <check.h>

/* Given by each test_NOUN.c. */
Suite *make_suite(void);

/* By valgrind or a sanitizer: then memory is theirs, too, which keep what was
 * freed for a while, and a test that measures it measures that. */
bool suite_is_instrumented(void);

/* Of `rounds` with random cases, how many are gone through: there a quarter,
 * for each takes ten times as long, and what is looked for is in any of them.
 */
unsigned suite_rounds(unsigned rounds);

/* Of what the soak has, how much: one in SOAK_SHARE, which a whole `./go soak`
 * sets so that it ends in time, and all where the part is asked for alone. */
unsigned suite_share(unsigned rounds);

/* Whether SOAK_SHARE leaves something out. */
bool suite_is_shared(void);
