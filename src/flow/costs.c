/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/costs.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

enum { MAX_BYTES = 1 << 28 };

struct costs {
    char *path;
    json_t *known;
    bool changed;
};

struct costs *costs_open(const char *trace_path)
{
    struct costs *costs = memory_new(1, sizeof *costs);
    struct error none;
    char *text;

    costs->path = memory_printf("%s.costs", trace_path);
    text = file_read_text(costs->path, MAX_BYTES, &none);
    if (text)
        costs->known = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    if (!json_is_object(costs->known)) {
        json_decref(costs->known);
        costs->known = json_object();
    }
    return costs;
}

bool costs_find(const struct costs *costs, const char *what, double *cost)
{
    char key[HASH_TEXT];
    const json_t *found;

    hash_bytes(key, what, strlen(what));
    found = json_object_get(costs->known, key);
    if (!json_is_number(found))
        return false;
    *cost = json_number_value(found);
    return true;
}

void costs_put(struct costs *costs, const char *what, double cost)
{
    char key[HASH_TEXT];

    hash_bytes(key, what, strlen(what));
    json_object_set_new(costs->known, key, json_real(cost));
    costs->changed = true;
}

void costs_save(struct costs *costs)
{
    char *text;
    struct error ignored;

    if (!costs->changed)
        return;
    text = json_dumps(costs->known, JSON_INDENT(1) | JSON_SORT_KEYS);
    if (text)
        file_put(costs->path, text, strlen(text), &ignored);
    free(text);
    costs->changed = false;
}

void costs_close(struct costs *costs)
{
    costs_save(costs);
    json_decref(costs->known);
    free(costs->path);
    free(costs);
}
