/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/programme.h"

#include <math.h>
#include <string.h>

#include "base/arithmetic.h"

const char *const traffic_names[TRAFFICS] = {
    "weights", "head", "embedding", "keys", "reread", "state", "activations"
};

uint64_t task_pace_clocks(const struct task_pace *pace, uint64_t elements)
{
    uint64_t clocks = divide_up(elements, pace->lanes) * pace->times;

    if (pace->own <= 0)
        return clocks;
    return (uint64_t)ceil((double)clocks * pace->clock / pace->own);
}

uint64_t task_pace_elements(const struct task_pace *pace, uint64_t tokens)
{
    return tokens * pace->first +
           (tokens ? tokens * (tokens - 1) / 2 : 0) * pace->more;
}

/* Where a clock of the unit is one of the array and every element is gone over
 * once, clocks(e) is e / lanes rounded up, and the largest of
 * starts[s] * lanes - (elements before s) so far tells the latest. */
uint64_t task_pace_token(const struct task_pace *pace, const uint64_t *starts,
                         uint32_t token, __int128 *lead)
{
    uint64_t until = task_pace_elements(pace, token + 1), last = 0;
    __int128 its =
        (__int128)starts[token] * pace->lanes - task_pace_elements(pace, token);

    if (pace->times == 1 && pace->own <= 0) {
        *lead = token == 0 || its > *lead ? its : *lead;
        its = *lead + until;
        return (uint64_t)((its + pace->lanes - 1) / pace->lanes);
    }
    for (uint32_t s = 0; s <= token; s++) {
        uint64_t end =
            starts[s] +
            task_pace_clocks(pace, until - task_pace_elements(pace, s));

        last = end > last ? end : last;
    }
    return last;
}

static bool same_wave(const struct task_wave *a, const struct task_wave *b)
{
    return a->image == b->image && a->load == b->load &&
           a->decode == b->decode && a->passes == b->passes &&
           a->entry == b->entry && a->read == b->read &&
           a->skipped == b->skipped && a->slice == b->slice &&
           a->columns == b->columns && a->begins == b->begins &&
           a->made == b->made &&
           (a->output == b->output ||
            memcmp(a->output, b->output, a->passes * sizeof *a->output) == 0);
}

/* Waves of the column wave that begins there. */
static uint32_t waves_of_column(const struct task_wave *waves, uint32_t count,
                                uint32_t first)
{
    uint32_t w = first + 1;

    while (w < count && !waves[w].begins)
        w++;
    return w - first;
}

/* From the last column wave to the first, each against the one after it. */
void task_waves_compare(struct task_wave *waves, uint32_t count)
{
    uint32_t next = count, length = 0;

    for (uint32_t w = count; w-- > 0;) {
        bool same;

        waves[w].again = 0;
        if (!waves[w].begins)
            continue;
        same = next - w == length;
        for (uint32_t i = 0; same && i < length; i++)
            same = same_wave(&waves[w + i], &waves[next + i]);
        if (same)
            waves[w].again = waves[next].again + 1;
        length = waves_of_column(waves, count, w);
        next = w;
    }
}
