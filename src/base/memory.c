/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void memory_exhausted(size_t bytes)
{
    fprintf(stderr, "flexcim: out of memory: %zu bytes were asked for\n",
            bytes);
    exit(ERROR_INTERNAL);
}

static size_t checked_product(size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        memory_exhausted(SIZE_MAX);
    return bytes;
}

void *memory_new(size_t count, size_t size)
{
    size_t bytes = checked_product(count ? count : 1, size);
    void *memory = calloc(1, bytes);

    if (!memory)
        memory_exhausted(bytes);
    return memory;
}

void *memory_new_aligned(size_t count, size_t size)
{
    size_t bytes = checked_product(count ? count : 1, size);
    void *memory;

    if (posix_memalign(&memory, 64, bytes) != 0)
        memory_exhausted(bytes);
    return memory;
}

void *memory_grow(void *array, size_t *capacity, size_t wanted, size_t size)
{
    size_t old = *capacity, grown = old;

    if (array && wanted <= old)
        return array;
    while (grown < wanted || grown == 0)
        grown = checked_product(grown ? grown : 8, 2);
    array = realloc(array, checked_product(grown, size));
    if (!array)
        memory_exhausted(checked_product(grown, size));
    memset((char *)array + old * size, 0, (grown - old) * size);
    *capacity = grown;
    return array;
}

char *memory_text(const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        memory_exhausted(strlen(text) + 1);
    return copy;
}

char *memory_printf(const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        memory_exhausted(0);
    return text;
}
