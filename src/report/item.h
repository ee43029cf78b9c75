/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * What a report shows, in order: items/NAME.sql, and for a figure
 * items/NAME.gp.  To add one: these files, and NAME in the list of
 * meson.build.
 *
 * NAME.sql is a comment with the title and, after an empty line, words about
 * it; then one query without parameters.  @NAMES@ in it stands for names.sql:
 * what models, machines and plans are called, each name once; @QUESTION@ for
 * the question NAME that comes with the program.  A single column `sentence` is
 * shown as a list.  For a figure, the column `panel` says on
 * which of several plots a row goes, and `series` what it belongs to; both are
 * sorted by their first row.
 * What comes in short has the most telling pictures; those without rows are
 * left out there.
 *
 * NAME.gp draws the rows with gnuplot.  It comes after common.gp, and finds
 * `name`, `data` (the file) and, if there are such columns, the arrays `panel`
 * and `series`.
 */
enum report_section { REPORT_SHORT, REPORT_RUN, REPORT_RESULT };

struct report_item {
    const char *name;
    enum report_section section;
    const char *sql;    /* with its comment */
    const char *script; /* gnuplot; NULL: a table or sentences */
};

extern const struct report_item report_items[];
extern const size_t report_item_count;

extern const char report_common[]; /* common.gp */
extern const char report_style[];  /* style.css */

/* Parts of an item's SQL; free() the first two.  No words are "". */
char *report_item_title(const struct report_item *item);
char *report_item_words(const struct report_item *item);
const char *report_item_query(const struct report_item *item);
