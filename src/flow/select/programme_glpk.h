/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct programme;
struct programme_answer;

/*
 * The same programme as an integer programme, by cost alone, for sizes that
 * share no divisor.  choice[items], and of the answer the bound and whether it
 * was stopped; the bound is under the cost if it was, or if the gap that is
 * allowed was reached.  False if nothing was found.
 */
bool programme_glpk(const struct programme *programme, size_t *choice,
                    struct programme_answer *answer);
