/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/scopes.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

void scopes_init(struct scopes *scopes, const struct plan *plan,
                 enum scope scope, enum scope_ends ends)
{
    *scopes =
        (struct scopes){ .run = memory_new(plan->layers, sizeof *scopes->run) };
    for (size_t i = 0; i < plan->layers; i++) {
        const struct plan_layer *layer = &plan->layer[i];
        struct scope_run *run;

        if (i == 0 || scope == SCOPE_LAYER ||
            layer->shape.block != layer[-1].shape.block)
            scopes->run[scopes->count++] = (struct scope_run){ .first = i };
        run = &scopes->run[scopes->count - 1];
        run->dense =
            ends == SCOPE_ENDS_DENSE &&
            (layer->shape.block == plan->layer[0].shape.block ||
             layer->shape.block == plan->layer[plan->layers - 1].shape.block);
        run->layers++;
        run->weights += (uint64_t)layer->shape.outputs * layer->shape.inputs;
    }
}

void scopes_release(struct scopes *scopes)
{
    free(scopes->run);
    *scopes = (struct scopes){ 0 };
}

bool scope_may(const struct scope_run *run, const struct plan *plan,
               struct pattern pattern)
{
    if (run->dense || pattern_is_dense(pattern))
        return pattern_is_dense(pattern);
    for (size_t i = 0; i < run->layers; i++) {
        if (plan->layer[run->first + i].shape.inputs < pattern.m)
            return false;
    }
    return true;
}

uint64_t scope_kept(const struct scope_run *run, const struct plan *plan,
                    struct pattern pattern)
{
    uint64_t kept = 0;

    for (size_t i = 0; i < run->layers; i++) {
        const struct plan_layer *layer = &plan->layer[run->first + i];

        kept += (uint64_t)layer->shape.outputs *
                pattern_kept(pattern, layer->shape.inputs);
    }
    return kept;
}

char *scope_name(const struct scope_run *run, const struct plan *plan)
{
    const struct plan_layer *layer = &plan->layer[run->first];

    if (run->layers == 1)
        return memory_text(layer->shape.name);
    return memory_printf("block %u", layer->shape.block);
}

uint64_t budget_kept(uint64_t weights, double sparsity)
{
    double n = (double)weights, kept = (1 - sparsity) * n;

    kept = floor(kept + n * 1e-12 + 1e-9); /* 0.1 is a bit more than a tenth */
    return kept < 0 ? 0 : kept > n ? weights : (uint64_t)kept;
}
