/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walks along a JSON text that json_text_check() has accepted: brackets match
 * and strings end, so that nothing is checked here, and the closing bracket of
 * the value around it ends every scan.  A member is found by walking past those
 * before it; who needs many of them walks once.
 */
#include "base/json_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_lexis.h"
#include "base/memory.h"

static bool json_text_is_integer(struct json_text value)
{
    for (const char *c = value.at; c < value.end; c++)
        if (*c != '-' && (*c < '0' || *c > '9'))
            return false;
    return true;
}

/* Digits to a number, without the locale and without a NUL at their end. */
static bool fits_integer(struct json_text value, int64_t *integer)
{
    bool negative = *value.at == '-';
    int64_t sum = 0;

    for (const char *c = value.at + negative; c < value.end; c++)
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_sub_overflow(sum, *c - '0', &sum))
            return false;
    if (!negative && sum == INT64_MIN)
        return false;
    *integer = negative ? sum : -sum;
    return true;
}

enum json_text_kind json_text_kind(struct json_text value)
{
    int64_t integer;

    if (!value.at)
        return JSON_TEXT_NONE;
    switch (*value.at) {
    case '{':
        return JSON_TEXT_OBJECT;
    case '[':
        return JSON_TEXT_LIST;
    case '"':
        return JSON_TEXT_STRING;
    case 't':
        return JSON_TEXT_TRUE;
    case 'f':
        return JSON_TEXT_FALSE;
    case 'n':
        return JSON_TEXT_NULL;
    default:
        return json_text_is_integer(value) && fits_integer(value, &integer)
                   ? JSON_TEXT_INTEGER
                   : JSON_TEXT_REAL;
    }
}

/* Behind the string that begins there. */
static const char *string_end(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

/* Behind the value that begins there, in an object or a list, whose closing
 * bracket ends every scan. */
static const char *value_end(const char *at)
{
    unsigned depth = 0;

    do {
        if (*at == '"') {
            at = string_end(at);
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        else if (*at == '}' || *at == ']')
            depth--;
        else if (depth == 0)
            while (!strchr(",]} \t\n\r", at[1]))
                at++;
        at++;
    } while (depth > 0);
    return at;
}

static const char *past_space(const char *at)
{
    while (json_is_space(*at))
        at++;
    return at;
}

struct json_walk json_walk_begin(struct json_text value)
{
    struct json_walk walk = { 0 };
    enum json_text_kind kind = json_text_kind(value);

    if (kind == JSON_TEXT_OBJECT || kind == JSON_TEXT_LIST) {
        walk.next = past_space(value.at + 1);
        walk.key.at = kind == JSON_TEXT_OBJECT ? value.at : NULL;
        if (*walk.next == '}' || *walk.next == ']')
            walk.next = NULL;
    }
    return walk;
}

bool json_walk_next(struct json_walk *walk)
{
    const char *at = walk->next;

    if (!at)
        return false;
    if (walk->key.at) {
        walk->key.at = at;
        at = walk->key.end = string_end(at);
        at = past_space(past_space(at) + 1); /* the colon */
    }
    walk->value.at = at;
    walk->value.end = value_end(at);
    at = past_space(walk->value.end);
    walk->next = *at == ',' ? past_space(at + 1) : NULL;
    return true;
}

struct json_text json_text_member(struct json_text object, const char *key)
{
    if (json_text_kind(object) == JSON_TEXT_OBJECT) {
        struct json_walk walk = json_walk_begin(object);

        while (json_walk_next(&walk))
            if (json_text_is(walk.key, key))
                return walk.value;
    }
    return (struct json_text){ 0 };
}

struct json_text json_text_item(struct json_text list, size_t place)
{
    if (json_text_kind(list) == JSON_TEXT_LIST) {
        struct json_walk walk = json_walk_begin(list);

        while (json_walk_next(&walk))
            if (place-- == 0)
                return walk.value;
    }
    return (struct json_text){ 0 };
}

size_t json_text_count(struct json_text value)
{
    struct json_walk walk = json_walk_begin(value);
    size_t count = 0;

    while (json_walk_next(&walk))
        count++;
    return count;
}

static size_t put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* The character that the escape at `at`, behind its backslash, stands for;
 * moves behind it. */
static uint32_t escaped(const char **at)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    char c = *(*at)++;
    const char *known = strchr(from, c);
    uint32_t code;

    if (c != 'u')
        return (uint32_t)(known ? to[known - from] : c);
    code = (uint32_t)json_hex4(*at, *at + 4);
    *at += 4;
    if (json_is_high((int32_t)code)) {
        uint32_t low = (uint32_t)json_hex4(*at + 2, *at + 6);

        *at += 6;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    return code;
}

size_t json_text_copy(char *out, struct json_text string)
{
    const char *at = string.at + 1, *end = string.end - 1;
    size_t length = 0;

    while (at < end)
        if (*at == '\\') {
            at++;
            length += put_utf8(out + length, escaped(&at));
        } else {
            out[length++] = *at++;
        }
    out[length] = '\0';
    return length;
}

char *json_text_string(struct json_text value)
{
    char *string;

    if (json_text_kind(value) != JSON_TEXT_STRING)
        return NULL;
    string = memory_new((size_t)(value.end - value.at), 1);
    json_text_copy(string, value);
    return string;
}

bool json_text_is(struct json_text value, const char *string)
{
    size_t length = strlen(string);
    char *own;
    bool same;

    if (json_text_kind(value) != JSON_TEXT_STRING)
        return false;
    if (!memchr(value.at, '\\', (size_t)(value.end - value.at)))
        return (size_t)(value.end - value.at) == length + 2 &&
               memcmp(value.at + 1, string, length) == 0;
    own = json_text_string(value);
    same = strcmp(own, string) == 0;
    free(own);
    return same;
}

bool json_text_integer(struct json_text value, int64_t *integer)
{
    return json_text_kind(value) == JSON_TEXT_INTEGER &&
           fits_integer(value, integer);
}

/* strtod() also knows Python's words.  The program keeps the locale "C". */
static double real_of(struct json_text value)
{
    char digits[64], *all = digits;
    size_t length = (size_t)(value.end - value.at);
    double number;

    if (length >= sizeof digits)
        all = memory_new(length + 1, 1);
    memcpy(all, value.at, length);
    all[length] = '\0';
    number = strtod(all, NULL);
    if (all != digits)
        free(all);
    return number;
}

bool json_text_number(struct json_text value, double *number)
{
    enum json_text_kind kind = json_text_kind(value);

    if (kind != JSON_TEXT_INTEGER && kind != JSON_TEXT_REAL)
        return false;
    *number = real_of(value);
    return true;
}
