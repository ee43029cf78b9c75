/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/printable.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_lexis.h"
#include "base/text.h"

static bool is_continued(const unsigned char *at, size_t bytes)
{
    for (size_t i = 1; i <= bytes; i++)
        if ((at[i] & 0xc0) != 0x80)
            return false;
    return true;
}

/* Whether a terminal writes on from right to left, or begins a line, after
 * U+200E, U+200F, U+2028 to U+202E or U+2066 to U+2069 (Unicode, annex 9). */
static bool turns_around(const unsigned char *at)
{
    if (at[0] != 0xe2 || !is_continued(at, 2))
        return false;
    if (at[1] == 0x80)
        return at[2] == 0x8e || at[2] == 0x8f ||
               (at[2] >= 0xa8 && at[2] <= 0xae);
    return at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9;
}

/* How many bytes at `at` are a character that is not to be shown, or 0; and in
 * `whole` how many bytes the character there has. */
static size_t control_length(const unsigned char *at, size_t *whole)
{
    *whole = 1;
    if (at[0] < 0x80)
        return at[0] < 0x20 || at[0] == 0x7f;
    if (at[0] < 0xa0)
        return 1; /* alone: a terminal of 8 bits obeys it */
    if (at[0] == 0xc2 && is_continued(at, 1)) {
        *whole = 2;
        return at[1] < 0xa0 ? 2 : 0;
    }
    if (turns_around(at)) {
        *whole = 3;
        return 3;
    }
    if (at[0] >= 0xc3 && at[0] < 0xe0 && is_continued(at, 1))
        *whole = 2;
    else if (at[0] >= 0xe0 && at[0] < 0xf0 && is_continued(at, 2))
        *whole = 3;
    else if (at[0] >= 0xf0 && at[0] < 0xf5 && is_continued(at, 3))
        *whole = 4;
    return 0;
}

static void make(char *text, bool keep_lines)
{
    while (*text) {
        size_t whole;
        size_t length = control_length((const unsigned char *)text, &whole);

        if (length > 0 && strchr("\t\n\r", *text)) {
            if (!keep_lines)
                *text = ' ';
        } else {
            memset(text, '?', length);
        }
        text += whole;
    }
}

void printable_make(char *text)
{
    make(text, false);
}

void printable_make_lines(char *text)
{
    make(text, true);
}

char *printable_utf8(const char *text)
{
    size_t left = strlen(text);
    struct text copy;

    text_init(&copy);
    while (left > 0) {
        size_t length = json_utf8_length((const unsigned char *)text, left);

        if (length > 0)
            text_add_bytes(&copy, text, length);
        else
            text_add(&copy, "\xef\xbf\xbd");
        length += length == 0;
        text += length;
        left -= length;
    }
    return text_take(&copy);
}

char *printable_json(char *json)
{
    const unsigned char *at = (const unsigned char *)json;
    struct text text;

    text_init(&text);
    while (*at) {
        if (*at == 0x7f) {
            text_add(&text, "\\u007f");
            at++;
        } else if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) {
            text_addf(&text, "\\u00%02x", at[1]);
            at += 2;
        } else if (turns_around(at)) {
            text_addf(&text, "\\u20%02x",
                      (at[1] == 0x80 ? 0 : 0x40) | (at[2] & 0x3f));
            at += 3;
        } else {
            text_add_bytes(&text, at++, 1);
        }
    }
    free(json);
    return text_take(&text);
}
