/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/pattern.h"

#include <stdio.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/number.h"

const struct pattern pattern_dense = { 2, 2 };

bool pattern_is_dense(struct pattern pattern)
{
    return pattern.n == pattern.m;
}

bool pattern_equal(struct pattern a, struct pattern b)
{
    return a.n == b.n && a.m == b.m;
}

static int not_a_pattern(const char *text, struct error *err)
{
    return error_set(err, ERROR_DATA,
                     "\"%.40s\" is no pattern: N:M with M even and at most %d "
                     "and 1 <= N <= M, or `dense`, was expected",
                     text, PATTERN_MAX_M);
}

int pattern_parse(struct pattern *pattern, const char *text, struct error *err)
{
    const char *colon = strchr(text, ':');
    char first[4] = "";
    uint64_t n, m;

    if (strcmp(text, "dense") == 0) {
        *pattern = pattern_dense;
        return 0;
    }
    if (!colon || colon - text >= (ptrdiff_t)sizeof first)
        return not_a_pattern(text, err);
    memcpy(first, text, (size_t)(colon - text));
    if (!number_u64(&n, first) || !number_u64(&m, colon + 1) || n < 1 ||
        n > m || m > PATTERN_MAX_M || m % 2 != 0)
        return not_a_pattern(text, err);
    *pattern =
        n == m ? pattern_dense : (struct pattern){ (uint16_t)n, (uint16_t)m };
    return 0;
}

void pattern_print(char text[PATTERN_TEXT], struct pattern pattern)
{
    if (pattern_is_dense(pattern))
        snprintf(text, PATTERN_TEXT, "dense");
    else
        snprintf(text, PATTERN_TEXT, "%u:%u", pattern.n % 100u,
                 pattern.m % 100u);
}

uint32_t pattern_kept(struct pattern pattern, uint32_t inputs)
{
    uint32_t ragged = inputs % pattern.m;

    return inputs / pattern.m * pattern.n + (uint32_t)min(ragged, pattern.n);
}

bool pattern_covers(struct pattern listed, struct pattern layer)
{
    if (pattern_is_dense(listed))
        return true;
    if (pattern_is_dense(layer))
        return false;
    if (layer.m % listed.m == 0) /* all of a group's N may fall together */
        return min(layer.n, listed.m) <= listed.n;
    if (listed.m % layer.m == 0)
        return layer.n * (listed.m / layer.m) <= listed.n;
    return false;
}

int pattern_list_parse(struct pattern_list *list, const char *text,
                       struct error *err)
{
    struct pattern_list parsed = { 0 };

    while (*text) {
        size_t length = strcspn(text, ",");
        struct pattern pattern;
        char word[16] = "";

        snprintf(word, sizeof word, "%.*s", (int)length, text);
        if (pattern_parse(&pattern, word, err) < 0)
            return -1;
        for (size_t i = 0; i < parsed.count; i++) {
            if (pattern_equal(parsed.at[i], pattern))
                return error_set(err, ERROR_DATA, "pattern %s is listed twice",
                                 word);
        }
        if (parsed.count == PATTERN_LIST_MAX)
            return error_set(err, ERROR_DATA, "more than %d patterns",
                             PATTERN_LIST_MAX);
        parsed.at[parsed.count++] = pattern;
        text += length;
        if (*text == ',' && *++text == '\0')
            return not_a_pattern("", err);
    }
    if (parsed.count == 0)
        return error_set(err, ERROR_DATA, "a list of patterns is empty");
    *list = parsed;
    return 0;
}
