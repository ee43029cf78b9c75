/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <check.h>

/* Given by each test_NOUN.c. */
Suite *make_suite(void);
