/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * What a report shows, in order: exhibits/NAME.sql, and for a figure
 * exhibits/NAME.gp.  To add one: these files, and NAME in the list of
 * meson.build.
 *
 * NAME.sql is a comment with the title and, after an empty line, words about
 * it; then one query without parameters.  @NAMES@ in it stands for names.sql:
 * what models, machines and plans are called, each name once.  A single column
 * `sentence` is shown as a list.  For a figure, the column `panel` says on
 * which of several plots a row goes, and `series` what it belongs to; both are
 * sorted by their first row.
 *
 * NAME.gp draws the rows with gnuplot.  It comes after common.gp, and finds
 * `name`, `data` (the file) and, if there are such columns, the arrays `panel`
 * and `series`.
 */
enum exhibit_section { EXHIBIT_SHORT, EXHIBIT_RUN, EXHIBIT_RESULT };

struct exhibit {
    const char *name;
    enum exhibit_section section;
    const char *sql;    /* with its comment */
    const char *script; /* gnuplot; NULL: a table or sentences */
};

extern const struct exhibit exhibits[];
extern const size_t exhibit_count;

extern const char exhibit_common[]; /* common.gp */
extern const char exhibit_style[];  /* style.css */

/* Parts of an exhibit's SQL; free() the first two. */
char *exhibit_title(const struct exhibit *exhibit);
char *exhibit_words(const struct exhibit *exhibit); /* "" if there are none */
const char *exhibit_query(const struct exhibit *exhibit);
