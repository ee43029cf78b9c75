/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool number_u64(uint64_t *value, const char *text)
{
    uint64_t sum = 0;

    if (!is_digit(text[0]) || (text[0] == '0' && text[1]))
        return false;
    for (; *text; text++) {
        if (!is_digit(*text) || __builtin_mul_overflow(sum, 10u, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(*text - '0'), &sum))
            return false;
    }
    *value = sum;
    return true;
}

bool number_i64(int64_t *value, const char *text)
{
    bool negative = text[0] == '-';
    uint64_t size;

    if (!number_u64(&size, text + negative))
        return false;
    if (size > (uint64_t)INT64_MAX + negative)
        return false;
    *value = negative ? (int64_t)(0 - size) : (int64_t)size;
    return true;
}

/* [-] digits [. digits] [e [+-] digits], no leading zero before a digit. */
static bool has_decimal_form(const char *text)
{
    text += *text == '-';
    if (!is_digit(text[0]) || (text[0] == '0' && is_digit(text[1])))
        return false;
    while (is_digit(*text))
        text++;
    if (*text == '.') {
        if (!is_digit(*++text))
            return false;
        while (is_digit(*text))
            text++;
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        if (!is_digit(*text))
            return false;
        while (is_digit(*text))
            text++;
    }
    return *text == '\0';
}

bool number_f64(double *value, const char *text)
{
    double parsed;

    if (!has_decimal_form(text))
        return false;
    parsed = strtod(text, NULL);
    if (!isfinite(parsed))
        return false;
    *value = parsed;
    return true;
}

char *number_text(double value)
{
    char *text = NULL;

    for (int digits = 15; digits <= 17; digits++) {
        free(text);
        text = memory_printf("%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (text[strcspn(text, ".en")] == 0) {
        char *whole = memory_printf("%s.0", text);

        free(text);
        text = whole;
    }
    return text;
}
