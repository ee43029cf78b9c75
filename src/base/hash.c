/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu_clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

void hash_begin(struct hash *hash)
{
    sha256_init(&hash->context);
}

void hash_add(struct hash *hash, const void *bytes, size_t length)
{
    sha256_update(&hash->context, length, bytes);
}

void hash_end(struct hash *hash, char hex[HASH_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_digest(&hash->context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * sizeof digest] = '\0';
}

void hash_bytes(char hex[HASH_TEXT], const void *bytes, size_t length)
{
    struct hash hash;

    hash_begin(&hash);
    hash_add(&hash, bytes, length);
    hash_end(&hash, hex);
}

/* The best piece counts: other programs make some of them slow. */
double hash_rate(void)
{
    enum { PIECES = 4, PIECE = 1 << 20 };
    static double rate;
    char hex[HASH_TEXT];
    uint8_t *bytes;

    if (rate > 0)
        return rate;
    bytes = memory_new(PIECE, 1);
    for (int i = 0; i < PIECES; i++) {
        double begun = cpu_clock_thread();

        hash_bytes(hex, bytes, PIECE);
        rate = fmax(rate, PIECE / fmax(cpu_clock_thread() - begun, 1e-6));
    }
    free(bytes);
    return rate;
}

int hash_file(char hex[HASH_TEXT], const char *path, struct error *err)
{
    struct file_map map;

    if (file_map(&map, path, err) < 0)
        return -1;
    hash_bytes(hex, map.bytes, map.length);
    file_unmap(&map);
    return 0;
}

size_t hash_distinct(const char *first, size_t stride, size_t count)
{
    size_t distinct = 0;

    for (size_t i = 0; i < count; i++) {
        size_t same = 0;

        while (strcmp(first + same * stride, first + i * stride) != 0)
            same++;
        distinct += same == i;
    }
    return distinct;
}

char *hash_json_array(const char *first, size_t stride, size_t count)
{
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < count; i++)
        text_addf(&text, "%s\"%s\"", i ? "," : "[", first + i * stride);
    text_add(&text, count ? "]" : "[]");
    return text_take(&text);
}
