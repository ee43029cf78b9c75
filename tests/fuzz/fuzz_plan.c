/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans: what is let through reads back the same from its canonical form. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/fuzz/fuzz.h"
#include "trace/plan.h"

void fuzz_begin(void)
{
}

static void look_at(const struct plan *plan)
{
    char hash[HASH_TEXT], again[HASH_TEXT];
    char *text = plan_text(plan);
    struct plan copy;
    struct error err = { 0 };

    FUZZ_MUST(plan_kept(plan) <= plan_weights(plan));
    FUZZ_MUST(plan_sparsity(plan) >= 0 && plan_sparsity(plan) <= 1);
    FUZZ_MUST(plan_parse(&copy, text, "its canonical form", &err) == 0);
    plan_hash(plan, hash);
    plan_hash(&copy, again);
    FUZZ_MUST(strcmp(hash, again) == 0);
    plan_release(&copy);
    free(text);
}

void fuzz_one(const uint8_t *bytes, size_t length)
{
    struct error err = { 0 };
    struct plan plan;
    int status;

    fuzz_put("plan.json", bytes, length);
    status = plan_read(&plan, "plan.json", &err);
    fuzz_check(status, &err);
    if (status < 0)
        return;
    look_at(&plan);
    plan_release(&plan);
}
