/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * JSON that is read where it lies.  A tree of small objects takes some forty
 * times the memory of its text; here a text is checked once, as a whole, and
 * from then on a value is a piece of it.  Checking needs 8 bytes for each key
 * of the objects that are open, reading nothing.  A look-up walks along the
 * text.  Grammar: RFC 8259, at most JSON_DEPTH deep, UTF-8, no key twice in an
 * object, no U+0000.
 */
enum { JSON_DEPTH = 512 };

/* A checked value, without white space around it; `at` is NULL if there is
 * none.  The text it lies in must outlive it. */
struct json_text {
    const char *at, *end;
};

enum json_text_kind {
    JSON_TEXT_NONE,
    JSON_TEXT_OBJECT,
    JSON_TEXT_LIST,
    JSON_TEXT_STRING,
    JSON_TEXT_INTEGER, /* without fraction and exponent, in 64 bits */
    JSON_TEXT_REAL,
    JSON_TEXT_TRUE,
    JSON_TEXT_FALSE,
    JSON_TEXT_NULL
};

/* Python writes numbers that JSON has no word for: Infinity, -Infinity, NaN. */
enum json_dialect { JSON_PLAIN, JSON_PYTHON };

struct json_trouble {
    size_t line, byte; /* from 1, from 0 */
    char words[120];   /* what is wrong there */
};

/* -1 and `trouble` if the text is not one JSON value. */
int json_text_check(struct json_text *root, const char *text, size_t length,
                    enum json_dialect dialect, struct json_trouble *trouble);

enum json_text_kind json_text_kind(struct json_text value);

/* The value under a key, or at a place of a list; none if there is none. */
struct json_text json_text_member(struct json_text object, const char *key);
struct json_text json_text_item(struct json_text list, size_t place);
size_t json_text_count(struct json_text value); /* of members or items */

/* Members or items one after another:
 *
 *     struct json_walk walk = json_walk_begin(value);
 *     while (json_walk_next(&walk)) ... walk.key, walk.value
 */
struct json_walk {
    const char *next;
    struct json_text key; /* none in a list */
    struct json_text value;
};

struct json_walk json_walk_begin(struct json_text value);
bool json_walk_next(struct json_walk *walk);

/* A string's bytes, escapes resolved, with a NUL: into `out`, which has room
 * for the value's length in the text.  Returns their number. */
size_t json_text_copy(char *out, struct json_text string);
/* The same to free(); NULL if it is no string. */
char *json_text_string(struct json_text value);
bool json_text_is(struct json_text value, const char *string);

/* False, and nothing written, if it is no integer, or no number. */
bool json_text_integer(struct json_text value, int64_t *integer);
bool json_text_number(struct json_text value, double *number);
