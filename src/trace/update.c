/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/update.h"

#include <assert.h>
#include <stddef.h>

#include "base/names.h"

#define FORMULAS "wanda", "magnitude"

const char *const score_names[] = { FORMULAS, "sparsegpt", "admm", NULL };
const char *const score_formula_names[] = { FORMULAS, NULL };

bool score_has_formula(enum score score)
{
    return score == SCORE_WANDA || score == SCORE_MAGNITUDE;
}

/* A last NULL, as command options want their words. */
const char *const update_names[UPDATES + 1] = {
    [UPDATE_NONE] = "none",
    [UPDATE_SPARSEGPT] = "sparsegpt",
    [UPDATE_SPARSEGPT_DENSE] = "sparsegpt-dense",
    [UPDATE_REFIT] = "refit",
    [UPDATE_REFIT_DENSE] = "refit-dense",
    [UPDATE_ADMM] = "admm",
    [UPDATE_ADMM_DENSE] = "admm-dense",
    [UPDATE_RECONSTRUCT] = "reconstruct",
};

enum update update_find(const char *name)
{
    int place = names_place(update_names, name);

    return place < 0 ? UPDATES : (enum update)place;
}

bool update_in_sequence(enum update update)
{
    return update == UPDATE_SPARSEGPT || update == UPDATE_REFIT ||
           update == UPDATE_ADMM || update == UPDATE_RECONSTRUCT;
}

bool update_may_propagate(enum update update)
{
    return update_in_sequence(update) && update != UPDATE_RECONSTRUCT;
}

bool update_from_trace(enum update update)
{
    return update != UPDATE_NONE && !update_in_sequence(update);
}

enum score update_own_score(enum update update)
{
    assert(update != UPDATE_NONE);
    return update == UPDATE_ADMM || update == UPDATE_ADMM_DENSE ||
                   update == UPDATE_RECONSTRUCT
               ? SCORE_ADMM
               : SCORE_SPARSEGPT;
}

enum update update_of_layer(enum update update, enum score score)
{
    if (update != UPDATE_RECONSTRUCT)
        return update;
    if (score == SCORE_ADMM)
        return UPDATE_ADMM;
    return score == SCORE_SPARSEGPT ? UPDATE_REFIT : UPDATE_NONE;
}
