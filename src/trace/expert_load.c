/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/expert_load.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

struct remainder {
    uint64_t part; /* of `sum` */
    uint32_t expert;
};

static int largest_first(const void *a, const void *b)
{
    const struct remainder *one = a, *other = b;

    if (one->part != other->part)
        return one->part < other->part ? 1 : -1;
    return one->expert < other->expert ? -1 : 1;
}

void expert_load(uint64_t *share, const uint32_t *weight, uint32_t experts,
                 uint64_t routed)
{
    struct remainder *rest = memory_new(experts, sizeof *rest);
    uint64_t sum = 0, left = routed;
    bool known;

    for (uint32_t e = 0; e < experts; e++)
        sum += weight[e];
    known = sum >= experts;
    sum = known ? sum : experts;
    for (uint32_t e = 0; e < experts; e++) {
        unsigned __int128 parts =
            (unsigned __int128)routed * (known ? weight[e] : 1);

        share[e] = (uint64_t)(parts / sum);
        left -= share[e];
        rest[e] = (struct remainder){ (uint64_t)(parts % sum), e };
    }
    qsort(rest, experts, sizeof *rest, largest_first);
    for (uint64_t i = 0; i < left; i++)
        share[rest[i].expert]++;
    free(rest);
}
