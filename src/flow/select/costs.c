/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/costs.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/memory.h"
#include "base/opened.h"

/* A thousand layers with 32 patterns each are three million bytes. */
enum { MAX_BYTES = 1 << 25 };

struct costs {
    const char *measure;
    const struct selection *selection;
    char *path;
    json_t *noted;
    bool changed;
};

/* What is one of ours: a hash and a number.  As a tree these take three times
 * their text; of anything else it may be forty times. */
static json_t *read_noted(const char *text)
{
    json_t *noted = json_object();
    struct json_trouble trouble;
    struct json_text root;
    struct json_walk walk;
    double cost;

    if (json_text_check(&root, text, strlen(text), JSON_PLAIN, &trouble) < 0 ||
        json_text_kind(root) != JSON_TEXT_OBJECT)
        return noted;
    walk = json_walk_begin(root);
    while (json_walk_next(&walk)) {
        char *key = json_text_string(walk.key);

        if (strlen(key) == HASH_TEXT - 1 &&
            json_text_number(walk.value, &cost) && isfinite(cost))
            json_object_set_new(noted, key, json_real(cost));
        free(key);
    }
    return noted;
}

struct costs *costs_open(const char *measure, const struct selection *selection)
{
    struct costs *costs = memory_new(1, sizeof *costs);
    struct error none;
    char *text;

    costs->measure = measure;
    costs->selection = selection;
    costs->path = memory_printf("%s.costs", selection->trace->path);
    text = file_read_text(costs->path, MAX_BYTES, &none);
    costs->noted = read_noted(text ? text : "{}");
    free(text);
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
                         selection->way == MASK_BLOCKS ? " in blocks" : "",
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
