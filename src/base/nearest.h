/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * The name that a misspelt word most likely meant: least edit distance
 * (insertion, deletion, substitution, neighbours swapped), first of equals;
 * NULL if none is within a third of the word's length, rounded up.
 */
const char *nearest_name(const char *word, const char *const *names,
                         size_t count);

/* The same within `most` edits at the most. */
const char *nearest_name_within(const char *word, const char *const *names,
                                size_t count, size_t most);
