/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/item.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

static const char *next_line(const char *at)
{
    at += strcspn(at, "\n");
    return *at ? at + 1 : at;
}

/* The second line: the first is the licence. */
static const char *title_line(const struct report_item *item)
{
    const char *line = next_line(item->sql);

    assert(strncmp(line, "-- ", 3) == 0);
    return line;
}

char *report_item_title(const struct report_item *item)
{
    const char *line = title_line(item);
    struct text title;

    text_init(&title);
    text_add_bytes(&title, line + 3, strcspn(line, "\n") - 3);
    return text_take(&title);
}

char *report_item_words(const struct report_item *item)
{
    struct text words;

    text_init(&words);
    for (const char *line = next_line(title_line(item));
         strncmp(line, "--", 2) == 0; line = next_line(line)) {
        size_t length = strcspn(line, "\n");

        if (length <= 3)
            continue;
        if (words.length > 0)
            text_add(&words, " ");
        text_add_bytes(&words, line + 3, length - 3);
    }
    return text_take(&words);
}

const char *report_item_query(const struct report_item *item)
{
    const char *line = item->sql;

    while (strncmp(line, "--", 2) == 0)
        line = next_line(line);
    return line;
}
