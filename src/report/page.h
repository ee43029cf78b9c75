/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/text.h"
#include "report/item.h"
#include "report/rows.h"

/*
 * The HTML page (https://html.spec.whatwg.org).  It has no script, its policy
 * forbids to fetch anything, and all that comes from the database is escaped.
 * At most PAGE_ROWS rows of a table are shown; where there are more, it says
 * so.
 */
enum { PAGE_ROWS = 1000 };

struct page {
    struct text html;
    size_t figures, tables; /* so far */
    int section;            /* enum report_section that is open; -1: none */
};

void page_begin(struct page *page, const char *version);
void page_end(struct page *page); /* the page is then whole */
void page_release(struct page *page);

/* Sentences, or a table. */
void page_add_table(struct page *page, const struct report_item *item,
                    const struct rows *rows);

/* A picture with its table under it. */
void page_add_figure(struct page *page, const struct report_item *item,
                     const struct rows *rows, const char *svg);
