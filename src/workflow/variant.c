/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workflow/variant.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"

/* Sets `on`, which no word before has. */
static int set_switch(bool *on, const char *word, const char *all,
                      struct error *err)
{
    if (*on)
        return error_set(err, ERROR_USAGE, "%s says %s twice", all, word);
    *on = true;
    return 0;
}

/* Words that are switches. */
struct word {
    const char *name;
    size_t at; /* of the bool */
};
#define AT(member) offsetof(struct variant, member)
static const struct word words[] = {
    { "released", AT(released) },        { "sequential", AT(sequential) },
    { "propagate", AT(propagate) },      { "aware", AT(aware) },
    { "permute", AT(permute) },          { "mixed", AT(mixed) },
    { "unstructured", AT(unstructured) }
};
#undef AT
enum { WORDS = sizeof words / sizeof *words };

static int unknown_word(const char *word, const char *all, struct error *err)
{
    const char *names[WORDS + UPDATES], *nearest;
    size_t count = 0;
    struct text known;

    for (size_t i = 0; i < WORDS; i++)
        names[count++] = words[i].name;
    for (unsigned i = UPDATE_NONE + 1; i < UPDATES; i++)
        names[count++] = update_names[i];
    nearest = nearest_name(word, names, count);
    if (nearest)
        return error_set(err, ERROR_USAGE,
                         "%s: `%s` is not known; did you mean %s?", all, word,
                         nearest);
    text_init(&known);
    for (size_t i = 0; i < count; i++)
        text_addf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
    error_set(err, ERROR_USAGE,
              "%s: `%s` is not known; %s was expected after the +", all, word,
              known.at);
    text_release(&known);
    return -1;
}

static int add_update(struct variant *variant, const char *word,
                      const char *all, struct error *err)
{
    enum update update = update_find(word);

    if (update == UPDATES || update == UPDATE_NONE)
        return unknown_word(word, all, err);
    if (variant->update == update)
        return error_set(err, ERROR_USAGE, "%s says %s twice", all, word);
    if (update == UPDATE_RECONSTRUCT &&
        (variant->update == UPDATE_ADMM || variant->update == UPDATE_REFIT)) {
        variant->start = variant->update;
        variant->update = UPDATE_NONE;
    }
    if (variant->update != UPDATE_NONE)
        return error_set(err, ERROR_USAGE, "%s: %s and %s exclude each other",
                         all, update_names[variant->update], word);
    variant->update = update;
    return 0;
}

static int add_way(struct variant *variant, const char *word, const char *all,
                   struct error *err)
{
    for (size_t i = 0; i < WORDS; i++) {
        if (strcmp(word, words[i].name) == 0)
            return set_switch((bool *)((char *)variant + words[i].at), word,
                              all, err);
    }
    return add_update(variant, word, all, err);
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

void variant_ask(const struct variant *variant, struct selection *selection)
{
    selection->update = variant->update;
    selection->start = variant->start;
    selection->released = variant->released;
    selection->mixed = variant->mixed;
    selection->aware = variant->aware;
    selection->permute = variant->permute;
    selection->unstructured = variant->unstructured;
    selection->propagate = variant->propagate ? PROPAGATE_AUTO : PROPAGATE_NONE;
    selection->sequential = variant->sequential;
}

char *variant_of_plan(const struct plan *plan)
{
    enum update update = plan->update;
    bool sequential = plan->statistics == STATISTICS_SEQUENTIAL;
    bool from_refit =
        update == UPDATE_RECONSTRUCT && plan->score == SCORE_SPARSEGPT;

    return memory_printf(
        "%s%s%s%s%s%s%s%s%s%s%s", plan->method,
        json_is_true(json_object_get(plan->parameters, "released"))
            ? "+released"
            : "",
        json_is_true(json_object_get(plan->parameters, "mixed")) ? "+mixed"
                                                                 : "",
        plan->unstructured ? "+unstructured" : "",
        sequential && !update_in_sequence(update) ? "+sequential" : "",
        json_is_true(json_object_get(plan->parameters, "aware")) ? "+aware"
                                                                 : "",
        plan->permutation ? "+permute" : "",
        isnan(plan->propagate) ? "" : "+propagate", from_refit ? "+refit" : "",
        update != UPDATE_NONE ? "+" : "",
        update != UPDATE_NONE ? update_names[update] : "");
}
