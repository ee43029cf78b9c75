/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void text_init(struct text *text)
{
    *text = (struct text){ 0 };
    text->at = memory_grow(NULL, &text->capacity, 1, 1);
}

void text_release(struct text *text)
{
    free(text->at);
    *text = (struct text){ 0 };
}

void text_clear(struct text *text)
{
    text->length = 0;
    text->at[0] = '\0';
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    text->at =
        memory_grow(text->at, &text->capacity, text->length + length + 1, 1);
    memcpy(text->at + text->length, bytes, length);
    text->length += length;
    text->at[text->length] = '\0';
}

void text_add(struct text *text, const char *words)
{
    text_add_bytes(text, words, strlen(words));
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list arguments;
    char *words;
    int length;

    va_start(arguments, format);
    length = vasprintf(&words, format, arguments);
    va_end(arguments);
    if (length < 0)
        memory_exhausted(0);
    text_add_bytes(text, words, (size_t)length);
    free(words);
}

char *text_take(struct text *text)
{
    char *taken = text->at;

    *text = (struct text){ 0 };
    return taken;
}
