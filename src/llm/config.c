/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config.json, as families ask it: by key, with the type they expect, and with
 * a default where Hugging Face has one.  Every key that was asked is
 * remembered, so that a family can refuse what it was not asked about and does
 * not know (config_only) instead of computing something else than the model.
 */
#include "llm/config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/memory.h"
#include "base/text.h"

enum { LARGEST_FILE = 16 << 20, LONGEST_KEY = 100 };

/* A text that somebody asked for; it lives as long as the config. */
struct config_word {
    struct config_word *next;
    const char *at; /* where in the file it stands */
    char *text;
};

struct config {
    char *path;
    char *json;
    struct json_text root;
    struct config_word *words;
    char hash[HASH_TEXT];
};

int config_read(struct config **out, const char *path, struct error *err)
{
    char *json = file_read_text(path, LARGEST_FILE, err);
    struct json_trouble trouble;
    struct json_text root;
    int status = 0;

    if (!json)
        return -1;
    if (json_text_check(&root, json, strlen(json), JSON_PYTHON, &trouble) < 0)
        status = error_set(err, ERROR_DATA, "%s:%zu: %s", path, trouble.line,
                           trouble.words);
    else if (json_text_kind(root) != JSON_TEXT_OBJECT)
        status = error_set(err, ERROR_DATA, "%s: must be a JSON object", path);
    if (status < 0) {
        free(json);
        return -1;
    }
    *out = memory_new(1, sizeof **out);
    **out = (struct config){ .path = memory_text(path),
                             .json = json,
                             .root = root };
    hash_bytes((*out)->hash, json, strlen(json));
    return 0;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    while (config->words) {
        struct config_word *first = config->words;

        config->words = first->next;
        free(first->text);
        free(first);
    }
    free(config->json);
    free(config->path);
    free(config);
}

const char *config_path(const struct config *config)
{
    return config->path;
}

/* The value under a dotted key; none if it is absent or null. */
static struct json_text config_find(const struct config *config,
                                    const char *key)
{
    struct json_text at = config->root;
    char part[LONGEST_KEY];

    while (at.at && *key) {
        size_t length = strcspn(key, ".");

        snprintf(part, sizeof part, "%.*s", (int)length, key);
        at = json_text_kind(at) == JSON_TEXT_LIST
                 ? json_text_item(at, (size_t)strtoul(part, NULL, 10))
                 : json_text_member(at, part);
        key += length + (key[length] == '.');
    }
    return json_text_kind(at) == JSON_TEXT_NULL ? (struct json_text){ 0 } : at;
}

const char *config_hash(const struct config *config)
{
    return config->hash;
}

bool config_has(const struct config *config, const char *key)
{
    return config_find(config, key).at != NULL;
}

bool config_is_null(const struct config *config, const char *key)
{
    return json_text_kind(json_text_member(config->root, key)) ==
           JSON_TEXT_NULL;
}

int config_size(const struct config *config, const char *key, uint32_t *size,
                struct error *err)
{
    struct json_text value = config_find(config, key);
    int64_t integer;

    if (!json_text_integer(value, &integer) || integer < 1 ||
        integer > CONFIG_LARGEST)
        return error_set(err, ERROR_DATA,
                         "%s: `%s` must be a whole number from 1 to %d%s",
                         config->path, key, CONFIG_LARGEST,
                         value.at ? "" : "; it is missing");
    *size = (uint32_t)integer;
    return 0;
}

int config_whole_or(const struct config *config, const char *key,
                    const struct config_range *range, uint32_t *value,
                    struct error *err)
{
    struct json_text text = config_find(config, key);
    int64_t integer = range->standard;

    if (text.at && (!json_text_integer(text, &integer) ||
                    integer < range->least || integer > range->most))
        return error_set(err, ERROR_DATA,
                         "%s: `%s` must be a whole number from %u to %u",
                         config->path, key, range->least, range->most);
    *value = (uint32_t)integer;
    return 0;
}

int config_size_or(const struct config *config, const char *key,
                   uint32_t standard, uint32_t *size, struct error *err)
{
    if (config_has(config, key))
        return config_size(config, key, size, err);
    *size = standard;
    return 0;
}

static bool infinite(double *real, struct json_text word)
{
    if (json_text_is(word, "Infinity"))
        *real = INFINITY;
    else if (json_text_is(word, "-Infinity"))
        *real = -INFINITY;
    else
        return false;
    return true;
}

int config_real_or(const struct config *config, const char *key,
                   double standard, double *real, struct error *err)
{
    struct json_text value = config_find(config, key);

    if (!value.at)
        *real = standard;
    else if ((!json_text_number(value, real) || isnan(*real)) &&
             !infinite(real, value) &&
             !infinite(real, json_text_member(value, "__float__")))
        return error_set(err, ERROR_DATA, "%s: `%s` must be a number",
                         config->path, key);
    return 0;
}

int config_bool_or(const struct config *config, const char *key, bool standard,
                   bool *is, struct error *err)
{
    enum json_text_kind kind = json_text_kind(config_find(config, key));

    if (kind != JSON_TEXT_NONE && kind != JSON_TEXT_TRUE &&
        kind != JSON_TEXT_FALSE)
        return error_set(err, ERROR_DATA, "%s: `%s` must be true or false",
                         config->path, key);
    *is = kind == JSON_TEXT_NONE ? standard : kind == JSON_TEXT_TRUE;
    return 0;
}

const char *config_text(const struct config *config, const char *key)
{
    struct config *written = (struct config *)(uintptr_t)config;
    struct json_text value = config_find(config, key);
    struct config_word *word = config->words;

    if (json_text_kind(value) != JSON_TEXT_STRING)
        return NULL;
    while (word && word->at != value.at)
        word = word->next;
    if (!word) {
        word = memory_new(1, sizeof *word);
        *word = (struct config_word){ config->words, value.at,
                                      json_text_string(value) };
        written->words = word;
    }
    return word->text;
}

size_t config_count(const struct config *config, const char *key)
{
    struct json_text value = config_find(config, key);

    return json_text_kind(value) == JSON_TEXT_LIST ? json_text_count(value) : 0;
}

/* The value as it stands, without white space; to free(). */
static char *config_compact(struct json_text value)
{
    bool inside = false;
    struct text out;
    char *taken;

    text_init(&out);
    for (const char *c = value.at; c < value.end; c++) {
        if (inside && *c == '\\')
            text_add_bytes(&out, c++, 1);
        else if (*c == '"')
            inside = !inside;
        if (inside || !strchr(" \t\n\r", *c))
            text_add_bytes(&out, c, 1);
    }
    taken = text_take(&out);
    text_release(&out);
    return taken;
}

char *config_value(const struct config *config, const char *key)
{
    struct json_text value = config_find(config, key);

    return value.at ? config_compact(value) : NULL;
}

int config_demands(const struct config *config,
                   const struct config_demand *demands, size_t count,
                   struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        char *is = config_value(config, demands[i].key);
        bool same = !is || strcmp(is, demands[i].is) == 0;

        if (!same)
            error_set(err, ERROR_DATA,
                      "%s: `%s` is %.100s; only %s is supported for model_type "
                      "%s",
                      config->path, demands[i].key, is, demands[i].is,
                      config_text(config, "model_type"));
        free(is);
        if (!same)
            return -1;
    }
    return 0;
}

int config_only(const struct config *config, const char *key,
                const char *const *known, struct error *err)
{
    struct json_walk walk = json_walk_begin(config_find(config, key));

    while (json_walk_next(&walk)) {
        size_t i = 0;

        while (known[i] && !json_text_is(walk.key, known[i]))
            i++;
        if (!known[i])
            return error_set(err, ERROR_DATA, "%s: `%s.%.*s` is not supported",
                             config->path, key,
                             (int)(walk.key.end - walk.key.at - 2),
                             walk.key.at + 1);
    }
    return 0;
}

int config_all(const struct config *config, const char *key, const char *is,
               struct error *err)
{
    struct json_walk walk = json_walk_begin(config_find(config, key));

    while (json_walk_next(&walk)) {
        char *text;

        if (json_text_is(walk.value, is))
            continue;
        text = json_text_string(walk.value);
        error_set(err, ERROR_DATA, "%s: `%s` has %.60s; only %s is supported",
                  config->path, key, text ? text : "no text", is);
        free(text);
        return -1;
    }
    return 0;
}
