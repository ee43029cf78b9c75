/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* How many bytes a character that begins with this one has; 0: none does. */
static size_t length_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Neither control characters, nor surrogates, nor those that mean nothing. */
static bool is_allowed(uint32_t point, size_t length)
{
    static const uint32_t least[] = { 0, 0x20, 0x80, 0x800, 0x10000 };

    return point >= least[length] && point <= 0x10ffff &&
           !(point >= 0x7f && point <= 0x9f) &&
           !(point >= 0xd800 && point <= 0xdfff) &&
           !(point >= 0xfdd0 && point <= 0xfdef) && (point & 0xfffe) != 0xfffe;
}

/* The length of the character at `at`; 0 if there is none. */
static size_t character(const unsigned char *at)
{
    size_t length = length_of(at[0]);
    uint32_t point = length > 1 ? at[0] & (0x7fU >> length) : at[0];

    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (at[i] & 0x3f);
    }
    return length > 0 && is_allowed(point, length) ? length : 0;
}

char *utf8_clean(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    struct text clean;

    text_init(&clean);
    while (*at) {
        size_t length = character(at);

        if (*at == '\t' || *at == '\n' || *at == '\r')
            text_add(&clean, " ");
        else if (length > 0)
            text_add_bytes(&clean, at, length);
        else
            text_add(&clean, "\xef\xbf\xbd");
        at += length > 0 ? length : 1;
    }
    return text_take(&clean);
}
