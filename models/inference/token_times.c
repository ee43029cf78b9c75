/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/token_times.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void token_times_begin(struct token_times *times, uint32_t vectors,
                       uint32_t per_token)
{
    times->at = memory_grow(times->at, &times->capacity, (size_t)vectors + 1,
                            sizeof *times->at);
    times->vectors = vectors;
    times->per_token = per_token ? per_token : 1;
    memset(times->at, 0, vectors * sizeof *times->at);
}

void token_times_release(struct token_times *times)
{
    free(times->at);
}

void token_times_repeat(struct token_times *times, uint32_t first,
                        uint32_t count, uint32_t period, instant span,
                        uint64_t parts)
{
    for (uint32_t v = first; v < first + count; v++)
        times->at[v] = instant_plus(times->at[v - period], span, parts);
}
