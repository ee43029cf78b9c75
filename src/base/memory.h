/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * Memory: sizes are multiplied with a check, and running out ends the program
 * with a sentence and exit code 70, so that no caller has a path for it.  Sizes
 * that come from a file are checked against that file before they get here.
 * What these return is freed with free().
 */

/* `count` elements of `size` bytes, all zero; count 0 gives one element. */
void *memory_new(size_t count, size_t size)
    __attribute__((malloc, alloc_size(1, 2), returns_nonnull));

/* The same, not cleared, and aligned to 64 bytes (a cache line, an AVX-512
 * register): for matrices. */
void *memory_new_aligned(size_t count, size_t size)
    __attribute__((malloc, alloc_size(1, 2), returns_nonnull));

/*
 * Makes room for `wanted` elements in an array that holds `*capacity`, at least
 * doubling it; returns the array, moved or not.  New elements are zero.
 */
void *memory_grow(void *array, size_t *capacity, size_t wanted, size_t size)
    __attribute__((returns_nonnull));

char *memory_text(const char *text)
    __attribute__((malloc, returns_nonnull)); /* a copy of the text */

char *memory_printf(const char *format, ...)
    __attribute__((malloc, format(printf, 1, 2), returns_nonnull));

/* Ends the program with "out of memory" and exit code 70. */
_Noreturn void memory_exhausted(size_t bytes);
