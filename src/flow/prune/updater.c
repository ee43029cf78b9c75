/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/updater.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "flow/prune/admm.h"
#include "flow/prune/hessian.h"
#include "flow/prune/refit.h"
#include "flow/prune/sparsegpt.h"

struct updater {
    enum update update;
    double *gram; /* borrowed; ADMM's Hessian, or the factor, once it is made */
    uint32_t inputs;
    uint64_t tokens;
    struct hessian hessian;     /* .h is NULL until it is needed */
    struct sparsegpt sparsegpt; /* .factor is NULL until it is needed */
    struct admm admm;           /* .vectors is NULL until it is needed */
};

struct updater *updater_new(enum update update, double *gram, uint32_t inputs,
                            uint64_t tokens)
{
    struct updater *updater = memory_new(1, sizeof *updater);

    updater->update = update;
    updater->gram = gram;
    updater->inputs = inputs;
    updater->tokens = tokens;
    return updater;
}

void updater_free(struct updater *updater)
{
    if (!updater)
        return;
    admm_release(&updater->admm);
    sparsegpt_release(&updater->sparsegpt);
    hessian_release(&updater->hessian);
    free(updater);
}

unsigned updater_dampened(const struct updater *updater)
{
    return updater->sparsegpt.dampened;
}

static bool has_own_masks(const struct updater *updater)
{
    return updater->update == UPDATE_ADMM ||
           updater->update == UPDATE_ADMM_DENSE;
}

/* Before the factor, which uses the Gram matrix up; ADMM has none. */
static void need_hessian(struct updater *updater)
{
    if (updater->hessian.h)
        return;
    if (has_own_masks(updater))
        hessian_init_in_place(&updater->hessian, updater->gram, updater->inputs,
                              updater->tokens);
    else
        hessian_init(&updater->hessian, updater->gram, updater->inputs,
                     updater->tokens);
}

static int need_factor(struct updater *updater, struct error *err)
{
    if (updater->sparsegpt.factor)
        return 0;
    return sparsegpt_init(&updater->sparsegpt, updater->gram, updater->inputs,
                          updater->tokens, err);
}

static int need_eigensystem(struct updater *updater, struct error *err)
{
    need_hessian(updater);
    if (updater->admm.vectors)
        return 0;
    return admm_init(&updater->admm, &updater->hessian, err);
}

static void refit(const struct updater *updater, const float *dense,
                  const struct pruned_layer *layer)
{
    const struct refit what = { .hessian = &updater->hessian,
                                .dense = dense,
                                .mask = layer->mask,
                                .outputs = layer->outputs,
                                .workers = layer->rule.workers };

    refit_run(&what, layer->weights);
}

int updater_run(struct updater *updater, const struct pruned_layer *layer,
                struct error *err)
{
    enum update update = updater->update;
    bool own_masks = has_own_masks(updater);
    bool refits =
        own_masks || update == UPDATE_REFIT || update == UPDATE_REFIT_DENSE;
    size_t size = (size_t)layer->outputs * updater->inputs;
    float *dense = NULL;
    int status = 0;

    if (refits) {
        need_hessian(updater);
        dense = memory_new_aligned(size, sizeof *dense);
        memcpy(dense, layer->weights, size * sizeof *dense);
    }
    if (own_masks) {
        status = need_eigensystem(updater, err);
        if (status == 0)
            admm_run(&updater->admm, layer->weights, layer->outputs,
                     layer->rule, layer->mask);
    } else if (!refits || !layer->given) {
        status = need_factor(updater, err);
        if (status == 0)
            sparsegpt_prune(&updater->sparsegpt, layer, 0);
    }
    if (status == 0 && refits)
        refit(updater, dense, layer);
    free(dense);
    return status;
}
