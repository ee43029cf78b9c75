/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Pattern N:M: at most N weights kept in each aligned group of M inputs, per
 * output.  M is even and at most PATTERN_MAX_M; 1 <= N <= M.  Group g holds the
 * inputs g*M .. min(K, (g+1)*M) - 1; the ragged last group of r inputs keeps
 * min(N, r).
 *
 * `dense` is N = M, whatever M; it is always stored as 2:2, because a dense
 * layer's groups are single pairs of inputs and need no select.
 */
enum { PATTERN_MAX_M = 16, PATTERN_TEXT = 8 };

struct pattern {
    uint16_t n, m;
};

extern const struct pattern pattern_dense;

bool pattern_is_dense(struct pattern pattern);
bool pattern_equal(struct pattern a, struct pattern b);

/* "4:8", or "dense" (also written N:N). -1 and `err` (ERROR_DATA) otherwise. */
int pattern_parse(struct pattern *pattern, const char *text, struct error *err);
void pattern_print(char text[PATTERN_TEXT], struct pattern pattern);

/* Weights that one output keeps of `inputs`. */
uint32_t pattern_kept(struct pattern pattern, uint32_t inputs);

/* True if every mask of `layer` is a mask of `listed` as well. */
bool pattern_covers(struct pattern listed, struct pattern layer);

/* Patterns in the order in which they are offered and ties are broken. */
enum { PATTERN_LIST_MAX = 80 }; /* all N:M are 64, and dense */

struct pattern_list {
    size_t count;
    struct pattern at[PATTERN_LIST_MAX];
};

/* "1:8,2:8,4:8,dense"; a repeated or unreadable pattern is refused. */
int pattern_list_parse(struct pattern_list *list, const char *text,
                       struct error *err);
