/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * A text that grows.  `at` is always a string that ends in NUL, never NULL
 * after text_init().  May hold bytes with NULs in them: `length` counts.
 */
struct text {
    char *at;
    size_t length;
    size_t capacity;
};

void text_init(struct text *text);
void text_release(struct text *text);
void text_clear(struct text *text); /* length 0, the memory stays */

void text_add(struct text *text, const char *words);
void text_add_bytes(struct text *text, const void *bytes, size_t length);
void text_addf(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Hands the string over (free() it); the text is then as if released. */
char *text_take(struct text *text);
