/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/costs.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/opened.h"

enum { MAX_BYTES = 1 << 28 };

struct costs {
    const char *measure;
    const struct selection *selection;
    char *path;
    json_t *noted;
    bool changed;
};

struct costs *costs_open(const char *measure, const struct selection *selection)
{
    struct costs *costs = memory_new(1, sizeof *costs);
    struct error none;
    char *text;

    costs->measure = measure;
    costs->selection = selection;
    costs->path = memory_printf("%s.costs", selection->trace->path);
    text = file_read_text(costs->path, MAX_BYTES, &none);
    if (text)
        costs->noted = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    if (!json_is_object(costs->noted)) {
        json_decref(costs->noted);
        costs->noted = json_object();
    }
    return costs;
}

/* The hash of everything that one cost depends on. */
static void costs_key_of(char key[HASH_TEXT], const struct costs *costs,
                         size_t layer, size_t pattern)
{
    const struct selection *selection = costs->selection;
    char text[PATTERN_TEXT], *what;

    pattern_print(text, selection->patterns.at[pattern]);
    what = memory_printf("%s, trace %s, layer %s, %s, %s, agreement %u%s, "
                         "%zu rows",
                         costs->measure, selection->trace->hash,
                         selection->trace->layer[layer].shape.name, text,
                         score_names[selection->score], selection->agreement,
                         selection->blocks ? " in blocks" : "",
                         selection->samples);
    hash_bytes(key, what, strlen(what));
    free(what);
}

bool costs_find(const struct costs *costs, size_t layer, size_t pattern,
                double *cost)
{
    char key[HASH_TEXT];
    const json_t *found;

    costs_key_of(key, costs, layer, pattern);
    found = json_object_get(costs->noted, key);
    *cost = json_number_value(found); /* 0 if there is none */
    return json_is_number(found);
}

size_t costs_look_up(const struct costs *costs, double *cost, bool *known)
{
    const struct selection *selection = costs->selection;
    size_t patterns = selection->patterns.count, missing = 0;

    for (size_t i = 0; i < selection->trace->layers * patterns; i++) {
        struct pattern pattern = selection->patterns.at[i % patterns];
        bool found = costs_find(costs, i / patterns, i % patterns, &cost[i]);

        known[i] =
            pattern_is_dense(pattern) ||
            pattern.m > selection->trace->layer[i / patterns].shape.inputs ||
            found;
        missing += !known[i];
    }
    return missing;
}

void costs_note(struct costs *costs, size_t layer, size_t pattern, double cost)
{
    char key[HASH_TEXT];

    costs_key_of(key, costs, layer, pattern);
    json_object_set_new(costs->noted, key, json_real(cost));
    costs->changed = true;
}

void costs_save(struct costs *costs)
{
    struct error ignored;
    char *text;

    if (!costs->changed)
        return;
    text = json_dumps(costs->noted, JSON_INDENT(1) | JSON_SORT_KEYS);
    opened_forget(costs->path); /* read, and now written anew */
    if (text)
        file_put(costs->path, text, strlen(text), &ignored);
    free(text);
    costs->changed = false;
}

void costs_close(struct costs *costs)
{
    costs_save(costs);
    json_decref(costs->noted);
    free(costs->path);
    free(costs);
}
