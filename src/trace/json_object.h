/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Reading a JSON object (Jansson) with a sentence for whatever is wrong in it:
 * each function gives one member, checked, or -1 and `err` (ERROR_DATA) that
 * names the key, what is there and what would be right.  The caller puts file
 * and place before it with error_prefix().  Texts stay owned by the object.
 */
int json_object_parse(json_t **object, const char *text, struct error *err);

/* Every key must be one of `keys` (NULL at the end) and each of those must be
 * there; an unknown one is answered with the nearest. */
int json_object_keys(const json_t *object, const char *const *keys,
                     struct error *err);

int json_object_text(const json_t *object, const char *key, const char **text,
                     struct error *err);
int json_object_list(const json_t *object, const char *key, json_t **list,
                     struct error *err);
int json_object_member(const json_t *object, const char *key, json_t **member,
                       struct error *err); /* an object in the object */
int json_object_integer(const json_t *object, const char *key, uint64_t minimum,
                        uint64_t maximum, uint64_t *value, struct error *err);

/* A number, or null, which is NaN: "there is none". */
int json_object_number(const json_t *object, const char *key, double *value,
                       struct error *err);

/* A SHA-256 in 64 lower-case hex digits. */
int json_object_hash(const json_t *object, const char *key, const char **hash,
                     struct error *err);

/* What json_object_number() reads: null for NaN. */
json_t *json_number_or_null(double value);
