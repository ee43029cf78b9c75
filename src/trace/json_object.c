/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Members of a JSON object with the type that is expected, and errors that say
 * where in the file and what would be right.  Keys that nobody knows are
 * refused with the nearest one: a misspelt key would otherwise be a standard in
 * disguise.
 */
#include "trace/json_object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/nearest.h"

static const char *kind_name(struct json_text value)
{
    static const char *const names[] = {
        [JSON_TEXT_NONE] = "nothing",       [JSON_TEXT_OBJECT] = "an object",
        [JSON_TEXT_LIST] = "a list",        [JSON_TEXT_STRING] = "a text",
        [JSON_TEXT_INTEGER] = "an integer", [JSON_TEXT_REAL] = "a number",
        [JSON_TEXT_TRUE] = "true",          [JSON_TEXT_FALSE] = "false",
        [JSON_TEXT_NULL] = "null",
    };

    return names[json_text_kind(value)];
}

/* The member under the key, if it is of that kind. */
static int need(struct json_text *value, struct json_text object,
                const char *key, enum json_text_kind kind, const char *wanted,
                struct error *err)
{
    *value = json_text_member(object, key);
    if (json_text_kind(*value) == kind)
        return 0;
    return error_set(err, ERROR_DATA, "\"%s\" is %s; %s was expected", key,
                     kind_name(*value), wanted);
}

int json_object_parse(struct json_text *object, const char *text,
                      struct error *err)
{
    struct json_trouble trouble;

    if (json_text_check(object, text, strlen(text), JSON_PLAIN, &trouble) < 0)
        return error_set(err, ERROR_DATA, "line %zu, byte %zu: %s",
                         trouble.line, trouble.byte, trouble.words);
    if (json_text_kind(*object) != JSON_TEXT_OBJECT)
        return error_set(err, ERROR_DATA, "%s; an object { ... } was expected",
                         kind_name(*object));
    return 0;
}

static int json_object_unknown_key(struct json_text found,
                                   const char *const *keys, size_t count,
                                   struct error *err)
{
    char *key = json_text_string(found);
    const char *near = nearest_name(key, keys, count);

    if (near)
        error_set(err, ERROR_DATA, "unknown key \"%.60s\"; \"%s\" was expected",
                  key, near);
    else
        error_set(err, ERROR_DATA, "unknown key \"%.60s\"", key);
    free(key);
    return -1;
}

int json_object_keys(struct json_text object, const char *const *keys,
                     struct error *err)
{
    struct json_walk walk = json_walk_begin(object);
    size_t count = 0, found;

    while (keys[count])
        count++;
    while (json_walk_next(&walk)) {
        for (found = 0; found < count; found++) {
            if (json_text_is(walk.key, keys[found]))
                break;
        }
        if (found == count)
            return json_object_unknown_key(walk.key, keys, count, err);
    }
    for (found = 0; found < count; found++) {
        if (!json_text_member(object, keys[found]).at)
            return error_set(err, ERROR_DATA, "\"%s\" is missing", keys[found]);
    }
    return 0;
}

int json_object_text(struct json_text object, const char *key, char **text,
                     struct error *err)
{
    struct json_text value;

    if (need(&value, object, key, JSON_TEXT_STRING, "a text", err) < 0)
        return -1;
    *text = json_text_string(value);
    return 0;
}

int json_object_list(struct json_text object, const char *key,
                     struct json_text *list, struct error *err)
{
    return need(list, object, key, JSON_TEXT_LIST, "a list [ ... ]", err);
}

int json_object_member(struct json_text object, const char *key,
                       struct json_text *member, struct error *err)
{
    return need(member, object, key, JSON_TEXT_OBJECT, "an object { ... }",
                err);
}

int json_object_integer(struct json_text object, const char *key,
                        uint64_t minimum, uint64_t maximum, uint64_t *value,
                        struct error *err)
{
    struct json_text found;
    int64_t integer;

    if (need(&found, object, key, JSON_TEXT_INTEGER, "an integer", err) < 0)
        return -1;
    json_text_integer(found, &integer);
    if (integer < 0 || (uint64_t)integer < minimum ||
        (uint64_t)integer > maximum)
        return error_set(err, ERROR_DATA,
                         "\"%s\" is %jd; %ju to %ju was expected", key,
                         (intmax_t)integer, (uintmax_t)minimum,
                         (uintmax_t)maximum);
    *value = (uint64_t)integer;
    return 0;
}

int json_object_number(struct json_text object, const char *key, double *value,
                       struct error *err)
{
    struct json_text found = json_text_member(object, key);

    if (json_text_kind(found) == JSON_TEXT_NULL)
        *value = NAN;
    else if (!json_text_number(found, value))
        return error_set(err, ERROR_DATA,
                         "\"%s\" is %s; a number or null was expected", key,
                         kind_name(found));
    if (isinf(*value))
        return error_set(err, ERROR_DATA,
                         "\"%s\" is larger than a number of 64 bits holds",
                         key);
    return 0;
}

int json_object_hash(struct json_text object, const char *key, char *hash,
                     struct error *err)
{
    char *text;
    int status = 0;

    if (json_object_text(object, key, &text, err) < 0)
        return -1;
    if (strlen(text) != HASH_TEXT - 1 ||
        strspn(text, "0123456789abcdef") != HASH_TEXT - 1)
        status = error_set(err, ERROR_DATA,
                           "\"%s\" is \"%.70s\"; a SHA-256 in %d lower-case "
                           "hex digits was expected",
                           key, text, HASH_TEXT - 1);
    else
        memcpy(hash, text, HASH_TEXT);
    free(text);
    return status;
}

int json_object_tree(struct json_text object, const char *key, size_t limit,
                     json_t **tree, struct error *err)
{
    struct json_text found;
    size_t length;

    if (json_object_member(object, key, &found, err) < 0)
        return -1;
    length = (size_t)(found.end - found.at);
    if (length > limit)
        return error_set(err, ERROR_DATA,
                         "\"%s\" is %zu bytes; at most %zu are read", key,
                         length, limit);
    *tree = json_loadb(found.at, length, JSON_REJECT_DUPLICATES, NULL);
    if (!*tree) /* deeper, or with other numbers, than that library takes */
        return error_set(err, ERROR_DATA,
                         "\"%s\": numbers of 64 bits in lists and objects were "
                         "expected",
                         key);
    return 0;
}

json_t *json_number_or_null(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}
