/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/config.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

enum { LARGEST_FILE = 16 << 20, LONGEST_KEY = 100 };

struct config {
    char *path;
    json_t *root;
    char hash[HASH_TEXT];
};

/* JSON has no word for infinity, Python's writer has: such words, outside of
 * texts, are put between quotes. */
static char *quote_infinity(const char *json)
{
    static const char *const words[] = { "-Infinity", "Infinity", "NaN" };
    struct text out;
    bool inside = false;
    char *taken;

    text_init(&out);
    while (*json) {
        size_t length = 0;

        for (size_t i = 0; i < 3 && !inside && length == 0; i++)
            if (strncmp(json, words[i], strlen(words[i])) == 0)
                length = strlen(words[i]);
        if (length > 0) {
            text_addf(&out, "\"%.*s\"", (int)length, json);
            json += length;
            continue;
        }
        if (*json == '"')
            inside = !inside;
        length = inside && json[0] == '\\' && json[1] ? 2 : 1;
        text_add_bytes(&out, json, length);
        json += length;
    }
    taken = text_take(&out);
    text_release(&out);
    return taken;
}

int config_read(struct config **out, const char *path, struct error *err)
{
    char *raw = file_read_text(path, LARGEST_FILE, err), *json;
    char hex[HASH_TEXT];
    json_error_t trouble;
    json_t *root;

    if (!raw)
        return -1;
    hash_bytes(hex, raw, strlen(raw));
    json = quote_infinity(raw);
    root = json_loads(json, JSON_REJECT_DUPLICATES, &trouble);
    free(json);
    free(raw);
    if (!root)
        return error_set(err, ERROR_DATA, "%s:%d: %s", path, trouble.line,
                         trouble.text);
    if (!json_is_object(root)) {
        json_decref(root);
        return error_set(err, ERROR_DATA, "%s: must be a JSON object", path);
    }
    *out = memory_new(1, sizeof **out);
    **out = (struct config){ .path = memory_text(path), .root = root };
    memcpy((*out)->hash, hex, sizeof hex);
    return 0;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    json_decref(config->root);
    free(config->path);
    free(config);
}

const char *config_path(const struct config *config)
{
    return config->path;
}

/* The value under a dotted key; NULL if it is absent or null. */
static json_t *find(const struct config *config, const char *key)
{
    json_t *at = config->root;
    char part[LONGEST_KEY];

    while (at && *key) {
        size_t length = strcspn(key, ".");

        snprintf(part, sizeof part, "%.*s", (int)length, key);
        at = json_is_array(at)
                 ? json_array_get(at, (size_t)strtoul(part, NULL, 10))
                 : json_object_get(at, part);
        key += length + (key[length] == '.');
    }
    return json_is_null(at) ? NULL : at;
}

const char *config_hash(const struct config *config)
{
    return config->hash;
}

bool config_has(const struct config *config, const char *key)
{
    return find(config, key) != NULL;
}

int config_size(const struct config *config, const char *key, uint32_t *size,
                struct error *err)
{
    const json_t *value = find(config, key);

    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > CONFIG_LARGEST)
        return error_set(err, ERROR_DATA,
                         "%s: `%s` must be a whole number from 1 to %d%s",
                         config->path, key, CONFIG_LARGEST,
                         value ? "" : "; it is missing");
    *size = (uint32_t)json_integer_value(value);
    return 0;
}

int config_size_or(const struct config *config, const char *key,
                   uint32_t standard, uint32_t *size, struct error *err)
{
    if (find(config, key))
        return config_size(config, key, size, err);
    *size = standard;
    return 0;
}

static bool infinite(double *real, const char *word)
{
    if (!word)
        return false;
    if (strcmp(word, "Infinity") == 0)
        *real = INFINITY;
    else if (strcmp(word, "-Infinity") == 0)
        *real = -INFINITY;
    else
        return false;
    return true;
}

int config_real_or(const struct config *config, const char *key,
                   double standard, double *real, struct error *err)
{
    const json_t *value = find(config, key);

    if (!value)
        *real = standard;
    else if (json_is_number(value))
        *real = json_number_value(value);
    else if (!infinite(real, json_string_value(value)) &&
             !infinite(real,
                       json_string_value(json_object_get(value, "__float__"))))
        return error_set(err, ERROR_DATA, "%s: `%s` must be a number",
                         config->path, key);
    return 0;
}

int config_bool_or(const struct config *config, const char *key, bool standard,
                   bool *is, struct error *err)
{
    const json_t *value = find(config, key);

    if (value && !json_is_boolean(value))
        return error_set(err, ERROR_DATA, "%s: `%s` must be true or false",
                         config->path, key);
    *is = value ? json_is_true(value) : standard;
    return 0;
}

const char *config_text(const struct config *config, const char *key)
{
    return json_string_value(find(config, key));
}

int config_demands(const struct config *config,
                   const struct config_demand *demands, size_t count,
                   struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        json_t *value = find(config, demands[i].key);
        char *is = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY)
                         : memory_text(demands[i].is);
        bool same = strcmp(is, demands[i].is) == 0;

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
    const char *name;
    json_t *value;

    json_object_foreach(find(config, key), name, value)
    {
        size_t i = 0;

        while (known[i] && strcmp(known[i], name) != 0)
            i++;
        if (!known[i])
            return error_set(err, ERROR_DATA, "%s: `%s.%s` is not supported",
                             config->path, key, name);
    }
    return 0;
}

int config_all(const struct config *config, const char *key, const char *is,
               struct error *err)
{
    json_t *list = find(config, key), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(item);

        if (!text || strcmp(text, is) != 0)
            return error_set(err, ERROR_DATA,
                             "%s: `%s` has %.60s; only %s is supported",
                             config->path, key, text ? text : "no text", is);
    }
    return 0;
}
