/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A list of words separated by commas: "flexcim,dense". */
struct words {
    char **at;
    size_t count, capacity;
};

/* Texts that are not owned, in order. */
struct texts {
    const char **at;
    size_t count, capacity;
};

/* -1 and `err` (ERROR_USAGE), naming the option, if a word is empty or stands
 * twice. */
int words_split(struct words *words, const char *list, const char *option,
                struct error *err);
void words_release(struct words *words);

/* What a list of names gives (machine_names(), shape_names()), NULL at the end:
 * words that are known, for completion.  Made once, and kept. */
const char *const *words_of(size_t (*names)(char ***names));

/* Reads "I/N", I in 1..N: one of N parts.  -1 and `err` (ERROR_USAGE), naming
 * the option. */
int words_part(uint64_t *part, uint64_t *parts, const char *text,
               const char *option, struct error *err);
