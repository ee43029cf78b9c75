/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/nearest.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"

/* Optimal string alignment distance, letter case ignored. */
static size_t distance(const char *a, const char *b)
{
    size_t rows = strlen(a) + 1, columns = strlen(b) + 1, result;
    size_t *cost = memory_new(rows * columns, sizeof *cost);

#define AT(i, j) cost[(i)*columns + (j)]
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            if (i == 0 || j == 0) {
                AT(i, j) = i + j;
                continue;
            }
            size_t differs = tolower((unsigned char)a[i - 1]) !=
                             tolower((unsigned char)b[j - 1]);

            AT(i, j) = min(AT(i - 1, j - 1) + differs,
                           min(AT(i - 1, j), AT(i, j - 1)) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                AT(i, j) = min(AT(i, j), AT(i - 2, j - 2) + 1);
        }
    }
    result = AT(rows - 1, columns - 1);
#undef AT
    free(cost);
    return result;
}

const char *nearest_name(const char *word, const char *const *names,
                         size_t count)
{
    return nearest_name_within(word, names, count, SIZE_MAX);
}

const char *nearest_name_within(const char *word, const char *const *names,
                                size_t count, size_t most)
{
    size_t best = min((strlen(word) + 2) / 3, most) + 1;
    const char *found = NULL;

    if (strlen(word) > 64)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(word, names[i]);

        if (d < best) {
            best = d;
            found = names[i];
        }
    }
    return found;
}
