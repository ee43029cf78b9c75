/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/svg.h"

#include <stddef.h>
#include <string.h>

void html_add(struct text *page, const char *words)
{
    for (; *words; words++) {
        switch (*words) {
        case '&':
            text_add(page, "&amp;");
            break;
        case '<':
            text_add(page, "&lt;");
            break;
        case '>':
            text_add(page, "&gt;");
            break;
        case '"':
            text_add(page, "&quot;");
            break;
        case '\'':
            text_add(page, "&#39;");
            break;
        default:
            text_add_bytes(page, words, 1);
        }
    }
}

/* What may stand before an id in a tag. */
static size_t before_id(const char *at)
{
    static const char *const openings[] = { " id='", " id=\"", "href='#",
                                            "href=\"#", "url(#" };

    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        size_t length = strlen(openings[i]);

        if (strncmp(at, openings[i], length) == 0)
            return length;
    }
    return 0;
}

/* Copies one tag; returns where it ends. */
static const char *add_tag(struct text *page, const char *at, const char *name)
{
    while (*at && *at != '>') {
        size_t length = before_id(at);

        text_add_bytes(page, at, length > 0 ? length : 1);
        if (length > 0)
            text_addf(page, "%s-", name);
        at += length > 0 ? length : 1;
    }
    text_add(page, ">");
    return *at ? at + 1 : at;
}

/* After an element that is left out, or `at` if none begins there. */
static const char *svg_skip(const char *at, const char *element)
{
    size_t length = strlen(element);
    const char *end = at;

    if (at[0] != '<' || strncmp(at + 1, element, length) != 0 ||
        at[1 + length] != '>')
        return at;
    while ((end = strstr(end, "</")) != NULL) {
        end += 2;
        if (strncmp(end, element, length) == 0 && end[length] == '>')
            return end + length + 1;
    }
    return at;
}

void svg_add(struct text *page, const char *svg, const char *name,
             const char *label)
{
    const char *at = strstr(svg, "<svg");

    if (!at)
        return;
    text_add(page, "<svg role=\"img\" aria-label=\"");
    html_add(page, label);
    text_add(page, "\"");
    at = add_tag(page, at + strlen("<svg"), name);
    while (*at) {
        const char *next = svg_skip(svg_skip(at, "title"), "desc");

        if (next != at)
            at = next;
        else if (*at == '<')
            at = add_tag(page, at, name);
        else
            text_add_bytes(page, at++, 1);
    }
}

/* The > that ends a tag; NULL if there is none, or another < before it. */
static const char *end_of_tag(const char *at)
{
    char quote = 0;

    for (at++; *at; at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '"' || *at == '\'')
            quote = *at;
        else if (*at == '<')
            return NULL;
        else if (*at == '>')
            return at;
    }
    return NULL;
}

/* What a comment or a part with any characters in it ends with; or NULL. */
static const char *end_of_other(const char *at)
{
    const char *mark = strncmp(at, "<!--", 4) == 0        ? "-->"
                       : strncmp(at, "<![CDATA[", 9) == 0 ? "]]>"
                                                          : NULL;

    return mark ? strstr(at, mark) : NULL;
}

bool svg_is_whole(const char *svg)
{
    size_t elements = 0, depth = 0;

    for (const char *at = strchr(svg, '<'); at; at = strchr(at, '<')) {
        const char *other = end_of_other(at), *end;

        end = other ? other : end_of_tag(at);
        if (!end || (at[1] == '/' && depth == 0))
            return false;
        if (at[1] == '/')
            depth--;
        else if (!other && at[1] != '?' && at[1] != '!' && end[-1] != '/')
            depth++, elements++;
        at = end;
    }
    return elements > 0 && depth == 0;
}
