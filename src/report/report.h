/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/*
 * One HTML page of what a results file holds: sentences, tables, and figures as
 * SVG, each with its numbers and its SQL.  The page needs no other file, and
 * may not fetch one.  The same results give the same page, byte for byte.
 */
struct report_request {
    const char *page;    /* path of the HTML file */
    const char *figures; /* folder for NAME.svg, .pdf, .tsv, .gp and .sql of
                            each figure, made if it is not there; NULL: none */
    const char *version; /* of the program */
};

struct report_count {
    size_t figures;
    size_t tables;
};

/* -1 and `err`: as query_run() and child_run() have them, or ERROR_DISK.  The
 * page is then not there, or as it was. */
int report_write(struct report_count *count, struct store *store,
                 const struct report_request *request, struct error *err);
