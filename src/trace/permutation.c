/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/permutation.h"

#include <stdlib.h>

#include "base/memory.h"

struct permutation *permutation_new(size_t layers)
{
    struct permutation *permutation = memory_new(1, sizeof *permutation);

    permutation->layers = layers;
    permutation->inside = memory_new(layers, sizeof *permutation->inside);
    return permutation;
}

void permutation_free(struct permutation *permutation)
{
    if (!permutation)
        return;
    for (size_t i = 0; i < permutation->layers; i++)
        free(permutation->inside[i]);
    free(permutation->inside);
    free(permutation->stream);
    free(permutation);
}

bool permutation_is_order(const uint32_t *order, uint32_t count)
{
    bool *seen = memory_new(count, sizeof *seen), good = true;

    for (uint32_t i = 0; i < count && good; i++) {
        good = order[i] < count && !seen[order[i]];
        if (good)
            seen[order[i]] = true;
    }
    free(seen);
    return good;
}
