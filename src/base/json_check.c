/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The checker is a descent over the grammar that keeps only where it is; what
 * it has accepted once can afterwards be walked without any check, since
 * brackets match and strings end.  Keys are held against each other by 64 bits
 * of hash: the hashes of an open object stand on a stack and are sorted when it
 * closes.  Two keys with one hash would be refused as the same key, which only
 * a file that was made for it can bring about.
 */
#include "base/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_lexis.h"
#include "base/memory.h"

struct checker {
    const char *begin, *at, *end;
    enum json_dialect dialect;
    unsigned depth;
    uint64_t *keys; /* hashes, of the innermost open object last */
    size_t key_count, key_capacity;
    struct json_trouble *trouble;
};

static int json_value(struct checker *checker);

static int wrong_at(struct checker *checker, const char *at, const char *words)
{
    struct json_trouble *trouble = checker->trouble;

    trouble->byte = (size_t)(at - checker->begin);
    trouble->line = 1;
    for (const char *c = checker->begin; c < at; c++)
        trouble->line += *c == '\n';
    snprintf(trouble->words, sizeof trouble->words, "%s", words);
    return -1;
}

static int wrong(struct checker *checker, const char *words)
{
    return wrong_at(checker, checker->at, words);
}

static void skip_space(struct checker *checker)
{
    while (checker->at < checker->end && json_is_space(*checker->at))
        checker->at++;
}

static bool takes(struct checker *checker, char c)
{
    if (checker->at == checker->end || *checker->at != c)
        return false;
    checker->at++;
    return true;
}

/* What stands behind a backslash. */
static int json_escape(struct checker *checker)
{
    int32_t code, low;

    if (checker->at == checker->end)
        return wrong(checker, "the text ends inside a string");
    if (strchr("\"\\/bfnrt", *checker->at) && *checker->at) {
        checker->at++;
        return 0;
    }
    if (*checker->at != 'u')
        return wrong(checker, "no such escape in a string");
    code = json_hex4(checker->at + 1, checker->end);
    if (code < 0)
        return wrong(checker, "\\u needs four hex digits");
    if (code == 0)
        return wrong(checker, "\\u0000 is not allowed in a string");
    checker->at += 5;
    if (!json_is_high(code))
        return json_is_low(code) ? wrong(checker, "half of a surrogate pair")
                                 : 0;
    low = checker->end - checker->at >= 6 && checker->at[0] == '\\' &&
                  checker->at[1] == 'u'
              ? json_hex4(checker->at + 2, checker->end)
              : -1;
    if (!json_is_low(low))
        return wrong(checker, "half of a surrogate pair");
    checker->at += 6;
    return 0;
}

static int json_string_piece(struct checker *checker)
{
    size_t length;

    if (takes(checker, '\\'))
        return json_escape(checker);
    if ((unsigned char)*checker->at < 0x20)
        return wrong(checker, "a control character in a string");
    length = json_utf8_length((const unsigned char *)checker->at,
                              (size_t)(checker->end - checker->at));
    if (length == 0)
        return wrong(checker, "bytes that are not UTF-8");
    checker->at += length;
    return 0;
}

/* The opening quote was taken. */
static int json_string_rest(struct checker *checker)
{
    while (checker->at < checker->end && *checker->at != '"')
        if (json_string_piece(checker) < 0)
            return -1;
    return takes(checker, '"')
               ? 0
               : wrong(checker, "the text ends inside a string");
}

static size_t skip_digits(struct checker *checker)
{
    const char *from = checker->at;

    while (checker->at < checker->end && *checker->at >= '0' &&
           *checker->at <= '9')
        checker->at++;
    return (size_t)(checker->at - from);
}

static int json_number(struct checker *checker)
{
    const char *from;
    size_t digits;

    takes(checker, '-');
    from = checker->at;
    digits = skip_digits(checker);
    if (digits == 0)
        return wrong(checker, "a value was expected");
    if (digits > 1 && *from == '0')
        return wrong_at(checker, from, "a number with a leading 0");
    if (takes(checker, '.') && skip_digits(checker) == 0)
        return wrong(checker, "digits were expected behind the point");
    if (takes(checker, 'e') || takes(checker, 'E')) {
        if (!takes(checker, '+'))
            takes(checker, '-');
        if (skip_digits(checker) == 0)
            return wrong(checker, "an exponent was expected");
    }
    return 0;
}

/* True if one of the words stands there, which is then taken. */
static bool json_word(struct checker *checker)
{
    static const char *const words[] = { "true",     "false",     "null",
                                         "Infinity", "-Infinity", "NaN" };
    unsigned known = checker->dialect == JSON_PYTHON ? 6 : 3;

    for (unsigned i = 0; i < known; i++) {
        size_t length = strlen(words[i]);

        if ((size_t)(checker->end - checker->at) >= length &&
            memcmp(checker->at, words[i], length) == 0) {
            checker->at += length;
            return true;
        }
    }
    return false;
}

/* FNV-1a of what the key means, escapes resolved. */
static uint64_t key_hash(struct json_text key)
{
    char small[256], *room = small;
    size_t length = (size_t)(key.end - key.at);
    uint64_t hash = 0xcbf29ce484222325;

    if (length > sizeof small)
        room = memory_new(length, 1);
    length = json_text_copy(room, key);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)room[i]) * 0x100000001b3;
    if (room != small)
        free(room);
    return hash;
}

static int hash_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Names the second key with that hash, in an object that was checked. */
static int key_twice(struct checker *checker, struct json_text object,
                     uint64_t hash)
{
    struct json_walk walk = json_walk_begin(object);
    unsigned seen = 0;
    char words[sizeof checker->trouble->words];

    while (json_walk_next(&walk)) {
        char *key;

        if (key_hash(walk.key) != hash || ++seen < 2)
            continue;
        key = json_text_string(walk.key);
        snprintf(words, sizeof words, "the key \"%.80s\" stands twice", key);
        free(key);
        break;
    }
    return wrong_at(checker, walk.key.at, words);
}

/* The keys from `first` on are those of the object that ends here. */
static int check_keys(struct checker *checker, const char *begin, size_t first)
{
    size_t count = checker->key_count - first;
    uint64_t *keys = count > 0 ? checker->keys + first : NULL;

    if (count > 1)
        qsort(keys, count, sizeof *keys, hash_order);
    checker->key_count = first;
    for (size_t i = 1; i < count; i++)
        if (keys[i] == keys[i - 1])
            return key_twice(checker, (struct json_text){ begin, checker->at },
                             keys[i]);
    return 0;
}

static int json_key(struct checker *checker)
{
    struct json_text key = { .at = checker->at };

    if (!takes(checker, '"'))
        return wrong(checker, "a key in quotes was expected");
    if (json_string_rest(checker) < 0)
        return -1;
    key.end = checker->at;
    checker->keys = memory_grow(checker->keys, &checker->key_capacity,
                                checker->key_count + 1, sizeof *checker->keys);
    checker->keys[checker->key_count++] = key_hash(key);
    skip_space(checker);
    if (!takes(checker, ':'))
        return wrong(checker, "a colon was expected");
    return 0;
}

/* An object's members, or a list's items; the opening bracket was taken. */
static int json_members(struct checker *checker, char close)
{
    const char *begin = checker->at - 1;
    size_t first = checker->key_count;
    bool closed;

    if (++checker->depth > JSON_DEPTH)
        return wrong(checker, "brackets inside brackets, too many");
    skip_space(checker);
    closed = takes(checker, close);
    while (!closed) {
        skip_space(checker);
        if ((close == '}' && json_key(checker) < 0) || json_value(checker) < 0)
            return -1;
        skip_space(checker);
        closed = takes(checker, close);
        if (!closed && !takes(checker, ','))
            return wrong(checker, close == '}' ? "a comma or } was expected"
                                               : "a comma or ] was expected");
    }
    checker->depth--;
    return close == '}' ? check_keys(checker, begin, first) : 0;
}

static int json_value(struct checker *checker)
{
    skip_space(checker);
    if (checker->at == checker->end)
        return wrong(checker, "the text ends where a value was expected");
    if (takes(checker, '{'))
        return json_members(checker, '}');
    if (takes(checker, '['))
        return json_members(checker, ']');
    if (takes(checker, '"'))
        return json_string_rest(checker);
    return json_word(checker) ? 0 : json_number(checker);
}

int json_text_check(struct json_text *root, const char *text, size_t length,
                    enum json_dialect dialect, struct json_trouble *trouble)
{
    struct checker checker = { .begin = text,
                               .at = text,
                               .end = text + length,
                               .dialect = dialect,
                               .trouble = trouble };
    int status;

    skip_space(&checker);
    root->at = checker.at;
    status = json_value(&checker);
    root->end = checker.at;
    skip_space(&checker);
    if (status == 0 && checker.at < checker.end)
        status = wrong(&checker, "more stands behind the value");
    free(checker.keys);
    return status;
}
