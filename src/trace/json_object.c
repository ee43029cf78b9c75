/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/json_object.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/nearest.h"

static const char *type_name(const json_t *json)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",
        [JSON_STRING] = "a text",    [JSON_INTEGER] = "an integer",
        [JSON_REAL] = "a number",    [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };

    return json ? names[json_typeof(json)] : "nothing";
}

static int wrong_type(const char *key, const json_t *json, const char *wanted,
                      struct error *err)
{
    return error_set(err, ERROR_DATA, "\"%s\" is %s; %s was expected", key,
                     type_name(json), wanted);
}

int json_object_parse(json_t **object, const char *text, struct error *err)
{
    json_error_t trouble;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &trouble);

    if (!json)
        return error_set(err, ERROR_DATA, "line %d, column %d: %s",
                         trouble.line, trouble.column, trouble.text);
    if (!json_is_object(json)) {
        error_set(err, ERROR_DATA, "%s; an object { ... } was expected",
                  type_name(json));
        json_decref(json);
        return -1;
    }
    *object = json;
    return 0;
}

static int json_object_unknown_key(const char *key, const char *const *keys,
                                   size_t count, struct error *err)
{
    const char *near = nearest_name(key, keys, count);

    if (near)
        return error_set(err, ERROR_DATA,
                         "unknown key \"%.60s\"; \"%s\" was expected", key,
                         near);
    return error_set(err, ERROR_DATA, "unknown key \"%.60s\"", key);
}

int json_object_keys(const json_t *object, const char *const *keys,
                     struct error *err)
{
    size_t count = 0, found;
    const char *key;
    json_t *value;

    while (keys[count])
        count++;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        for (found = 0; found < count; found++) {
            if (strcmp(key, keys[found]) == 0)
                break;
        }
        if (found == count)
            return json_object_unknown_key(key, keys, count, err);
    }
    for (found = 0; found < count; found++) {
        if (!json_object_get(object, keys[found]))
            return error_set(err, ERROR_DATA, "\"%s\" is missing", keys[found]);
    }
    return 0;
}

int json_object_text(const json_t *object, const char *key, const char **text,
                     struct error *err)
{
    const json_t *json = json_object_get(object, key);

    if (!json_is_string(json))
        return wrong_type(key, json, "a text", err);
    *text = json_string_value(json);
    return 0;
}

int json_object_list(const json_t *object, const char *key, json_t **list,
                     struct error *err)
{
    json_t *json = json_object_get(object, key);

    if (!json_is_array(json))
        return wrong_type(key, json, "a list [ ... ]", err);
    *list = json;
    return 0;
}

int json_object_member(const json_t *object, const char *key, json_t **member,
                       struct error *err)
{
    json_t *json = json_object_get(object, key);

    if (!json_is_object(json))
        return wrong_type(key, json, "an object { ... }", err);
    *member = json;
    return 0;
}

int json_object_integer(const json_t *object, const char *key, uint64_t minimum,
                        uint64_t maximum, uint64_t *value, struct error *err)
{
    const json_t *json = json_object_get(object, key);
    json_int_t integer;

    if (!json_is_integer(json))
        return wrong_type(key, json, "an integer", err);
    integer = json_integer_value(json);
    if (integer < 0 || (uint64_t)integer < minimum ||
        (uint64_t)integer > maximum)
        return error_set(err, ERROR_DATA,
                         "\"%s\" is %" JSON_INTEGER_FORMAT
                         "; %ju to %ju was expected",
                         key, integer, (uintmax_t)minimum, (uintmax_t)maximum);
    *value = (uint64_t)integer;
    return 0;
}

int json_object_number(const json_t *object, const char *key, double *value,
                       struct error *err)
{
    const json_t *json = json_object_get(object, key);

    if (!json_is_number(json) && !json_is_null(json))
        return wrong_type(key, json, "a number or null", err);
    *value = json_is_null(json) ? NAN : json_number_value(json);
    return 0;
}

int json_object_hash(const json_t *object, const char *key, const char **hash,
                     struct error *err)
{
    if (json_object_text(object, key, hash, err) < 0)
        return -1;
    if (strlen(*hash) != HASH_TEXT - 1 ||
        strspn(*hash, "0123456789abcdef") != HASH_TEXT - 1)
        return error_set(err, ERROR_DATA,
                         "\"%s\" is \"%.70s\"; a SHA-256 in %d lower-case hex "
                         "digits was expected",
                         key, *hash, HASH_TEXT - 1);
    return 0;
}

json_t *json_number_or_null(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}
