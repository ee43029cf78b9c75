/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"

/*
 * A checkpoint's config.json.  Keys inside objects and lists are written with
 * dots: "rope_parameters.rope_theta", "time_step_limit.1".  A key that is null
 * counts as absent.  Numbers may be Infinity, bare (as Python writes it) or as
 * {"__float__": "Infinity"}.  Every error names file and key.  A file of more
 * than 16 MiB is refused; it takes little more memory than it is long.
 */
struct config;

enum { CONFIG_LARGEST = 1 << 24 }; /* no size of a model is larger */

int config_read(struct config **config, const char *path, struct error *err);
void config_free(struct config *config);

const char *config_path(const struct config *config);
const char *config_hash(const struct config *config); /* SHA-256 of the file */
bool config_has(const struct config *config, const char *key);
/* Whether it is written there as null. */
bool config_is_null(const struct config *config, const char *key);

/* A size, 1 .. CONFIG_LARGEST; the first must be there, the second has a
 * default. */
int config_size(const struct config *config, const char *key, uint32_t *size,
                struct error *err);
/* A whole number from `least` to `most`; `standard` if it is absent. */
struct config_range {
    uint32_t least, most, standard;
};
int config_whole_or(const struct config *config, const char *key,
                    const struct config_range *range, uint32_t *value,
                    struct error *err);
int config_size_or(const struct config *config, const char *key,
                   uint32_t standard, uint32_t *size, struct error *err);
int config_real_or(const struct config *config, const char *key,
                   double standard, double *real, struct error *err);
int config_bool_or(const struct config *config, const char *key, bool standard,
                   bool *is, struct error *err);
/* The text of that key, or NULL if it is absent or no text; it lives as long as
 * the config.  One thread at a time. */
const char *config_text(const struct config *config, const char *key);
/* The value of that key as JSON without white space, to free(); NULL if it is
 * absent. */
char *config_value(const struct config *config, const char *key);
/* Items of the list under that key; 0 if it is absent or no list. */
size_t config_count(const struct config *config, const char *key);

/*
 * A key that changes the arithmetic and of which one value is known here:
 * `is` is that value as JSON ("false", "\"silu\"", "null"), which also is what
 * an absent key means.
 */
struct config_demand {
    const char *key;
    const char *is;
};

/* -1 and `err`, naming the first key that has another value. */
int config_demands(const struct config *config,
                   const struct config_demand *demands, size_t count,
                   struct error *err);

/* -1 and `err` if a text in the list under `key` is not `is`.  An absent list
 * is good. */
int config_all(const struct config *config, const char *key, const char *is,
               struct error *err);

/* -1 and `err` if the object under `key` has a key that is not in `known`
 * (NULL-ended).  An absent object is good. */
int config_only(const struct config *config, const char *key,
                const char *const *known, struct error *err);
