/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <nettle/sha2.h>

#include "base/error.h"

/*
 * SHA-256, written as 64 lower-case hex digits: what `sha256sum` prints.  It is
 * the identity of every file that a result rests on.  Nettle takes the
 * processor's own instructions for it where there are any.
 */
enum { HASH_TEXT = 65 }; /* 64 digits and the NUL */

struct hash {
    struct sha256_ctx context;
};

void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const void *bytes, size_t length);
void hash_end(struct hash *hash, char hex[HASH_TEXT]);

/* Bytes in a second of processor time, measured once, in some milliseconds. */
double hash_rate(void);

void hash_bytes(char hex[HASH_TEXT], const void *bytes, size_t length);

/*
 * Hashes that stand in structs, `stride` bytes apart from `first` on: how many
 * differ from all before them, and all of them as a JSON array, to free().
 */
size_t hash_distinct(const char *first, size_t stride, size_t count);
char *hash_json_array(const char *first, size_t stride, size_t count);

/* Of a file's content; -1 and `err` if it cannot be read. */
int hash_file(char hex[HASH_TEXT], const char *path, struct error *err);
