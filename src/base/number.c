/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The library's own readers take blanks, signs, octal, hexadecimal and what
 * stands behind a number; so what is a number here is looked at first, digit by
 * digit, and only then read.
 */
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

/* [-] [digits] [. digits] [e [+-] digits], no leading zero before a digit. */
static bool has_decimal_form(const char *text)
{
    text += *text == '-';
    if (text[0] != '.' &&
        (!is_digit(text[0]) || (text[0] == '0' && is_digit(text[1]))))
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

bool number_share(double *value, const char *text)
{
    size_t length = strlen(text);
    char *number;
    bool good;

    if (length == 0 || text[length - 1] != '%')
        return number_f64(value, text);
    number = memory_printf("%.*s", (int)length - 1, text);
    good = number_f64(value, number);
    free(number);
    if (good)
        *value /= 100;
    return good;
}

bool number_unit(double *value, const char *text, const char *unit)
{
    static const struct {
        const char *unit, *ending;
        double times;
    } known[] = {
        { "MHz", "kHz", 1e-3 },      { "MHz", "MHz", 1 },
        { "MHz", "GHz", 1e3 },       { "bytes", "KiB", 1024 },
        { "bytes", "MiB", 1 << 20 }, { "bytes", "GiB", 1 << 30 },
        { "bytes", "kB", 1000 },     { "bytes", "MB", 1e6 },
        { "bytes", "GB", 1e9 },      { "bytes", "B", 1 },
        { "MB/s", "GB/s", 1e3 },     { "MB/s", "MB/s", 1 },
    };
    size_t length = strlen(text);

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t tail = strlen(known[i].ending);
        char *number;
        bool good;

        if (strcmp(known[i].unit, unit) != 0 || length <= tail ||
            strcmp(text + length - tail, known[i].ending) != 0)
            continue;
        number = memory_printf("%.*s", (int)(length - tail), text);
        good = number_f64(value, number);
        free(number);
        if (good)
            *value *= known[i].times;
        return good;
    }
    return false;
}

bool number_bytes(uint64_t *value, const char *text)
{
    double bytes;

    if (number_u64(value, text))
        return true;
    if (!number_unit(&bytes, text, "bytes") || bytes < 0 || bytes > 0x1p53 ||
        bytes != (double)(uint64_t)bytes)
        return false;
    *value = (uint64_t)bytes;
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
