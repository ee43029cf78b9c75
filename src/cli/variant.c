/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/variant.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char *const ways[] = { "released", "sequential", "sparsegpt" };
enum { RELEASED, SEQUENTIAL, SPARSEGPT, WAYS };

static bool *switch_of(struct variant *variant, bool *update, int way)
{
    if (way == RELEASED)
        return &variant->released;
    return way == SEQUENTIAL ? &variant->sequential : update;
}

static int add_way(struct variant *variant, const char *word, const char *all,
                   struct error *err)
{
    for (int i = 0; i < WAYS; i++) {
        bool update = variant->update == UPDATE_SPARSEGPT;
        bool *on = switch_of(variant, &update, i);

        if (strcmp(word, ways[i]) != 0)
            continue;
        if (*on)
            return error_set(err, ERROR_USAGE, "%s says %s twice", all, word);
        *on = true;
        variant->update = update ? UPDATE_SPARSEGPT : UPDATE_NONE;
        return 0;
    }
    return error_set(err, ERROR_USAGE,
                     "%s: `%s` is not known; released, sequential or sparsegpt "
                     "was expected after the +",
                     all, word);
}

int variant_parse(struct variant *variant, const char *word, struct error *err)
{
    char *copy = memory_text(word), *rest = copy;
    const char *name = strsep(&rest, "+");
    int status = 0;

    *variant = (struct variant){ .method = method_find(name, err) };
    if (!variant->method)
        status = -1;
    while (status == 0 && rest)
        status = add_way(variant, strsep(&rest, "+"), word, err);
    free(copy);
    return status;
}

char *variant_of_plan(const struct plan *plan)
{
    bool updated = strcmp(plan->update, "sparsegpt") == 0;
    bool sequential = strcmp(plan->statistics, "sequential") == 0;

    return memory_printf(
        "%s%s%s%s", plan->method,
        json_is_true(json_object_get(plan->parameters, "released"))
            ? "+released"
            : "",
        sequential && !updated ? "+sequential" : "",
        updated ? "+sparsegpt" : "");
}
