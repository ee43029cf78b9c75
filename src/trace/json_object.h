/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json_text.h"

/*
 * Reading a JSON object where it lies (json_text.h), with a sentence for
 * whatever is wrong in it: each function gives one member, checked, or -1 and
 * `err` (ERROR_DATA) that names the key, what is there and what would be right.
 * The caller puts file and place before it with error_prefix(), and keeps the
 * text as long as a value of it.
 */
int json_object_parse(struct json_text *object, const char *text,
                      struct error *err);

/* Every key must be one of `keys` (NULL at the end) and each of those must be
 * there; an unknown one is answered with the nearest. */
int json_object_keys(struct json_text object, const char *const *keys,
                     struct error *err);

/* free() the text; untouched at an error. */
int json_object_text(struct json_text object, const char *key, char **text,
                     struct error *err);
int json_object_list(struct json_text object, const char *key,
                     struct json_text *list, struct error *err);
int json_object_member(struct json_text object, const char *key,
                       struct json_text *member,
                       struct error *err); /* an object in the object */
int json_object_integer(struct json_text object, const char *key,
                        uint64_t minimum, uint64_t maximum, uint64_t *value,
                        struct error *err);

/* A number, or null, which is NaN: "there is none". */
int json_object_number(struct json_text object, const char *key, double *value,
                       struct error *err);

/* A SHA-256 in 64 lower-case hex digits, with a NUL: 65 bytes. */
int json_object_hash(struct json_text object, const char *key, char *hash,
                     struct error *err);

/* An object as a tree, for what is asked often or added to; a text of more than
 * `limit` bytes is refused, as a tree takes some forty times its text. */
int json_object_tree(struct json_text object, const char *key, size_t limit,
                     json_t **tree, struct error *err);

/* What json_object_number() reads: null for NaN. */
json_t *json_number_or_null(double value);
