/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/update.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* A last NULL, as command options want their words. */
const char *const update_names[UPDATES + 1] = {
    [UPDATE_NONE] = "none",
    [UPDATE_SPARSEGPT] = "sparsegpt",
    [UPDATE_SPARSEGPT_DENSE] = "sparsegpt-dense",
    [UPDATE_REFIT] = "refit",
    [UPDATE_REFIT_DENSE] = "refit-dense",
    [UPDATE_ADMM] = "admm",
    [UPDATE_ADMM_DENSE] = "admm-dense",
};

enum update update_find(const char *name)
{
    unsigned update = 0;

    while (update < UPDATES && strcmp(name, update_names[update]) != 0)
        update++;
    return (enum update)update;
}

bool update_in_sequence(enum update update)
{
    return update == UPDATE_SPARSEGPT || update == UPDATE_REFIT ||
           update == UPDATE_ADMM;
}

bool update_from_trace(enum update update)
{
    return update != UPDATE_NONE && !update_in_sequence(update);
}

const char *update_own_score(enum update update)
{
    assert(update != UPDATE_NONE);
    return update == UPDATE_ADMM || update == UPDATE_ADMM_DENSE ? "admm"
                                                                : "sparsegpt";
}
