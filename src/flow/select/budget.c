/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/budget.h"

#include "base/arithmetic.h"
#include "base/memory.h"

static uint64_t budget_bytes_of(uint64_t bits)
{
    return divide_up(bits, 8);
}

static unsigned budget_select_bits(struct pattern pattern)
{
    unsigned bits = 0;

    while (1u << bits < pattern.m / 2u)
        bits++;
    return bits;
}

uint64_t budget_layer_bytes(const struct plan_layer *layer,
                            struct pattern pattern, uint32_t agreement)
{
    uint64_t kept = pattern_kept(pattern, layer->shape.inputs);
    uint64_t weights = layer->shape.outputs * kept;
    uint64_t runs = layer->shape.outputs / agreement +
                    (layer->shape.outputs % agreement > 0);

    if (pattern_is_dense(pattern))
        return weights;
    return weights + budget_bytes_of(weights) +
           budget_bytes_of(runs * kept * budget_select_bits(pattern));
}

uint64_t *budget_bytes(const struct plan *plan,
                       const struct pattern_list *patterns, uint32_t agreement)
{
    size_t columns = patterns->count + 1;
    uint64_t *need = memory_new(plan->layers * columns, sizeof *need);

    for (size_t i = 0; i < plan->layers * columns; i++) {
        size_t p = i % columns;

        need[i] = budget_layer_bytes(
            &plan->layer[i / columns],
            p < patterns->count ? patterns->at[p] : pattern_dense, agreement);
    }
    return need;
}
