/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/leftover.h"
#include "base/text.h"
#include "report/item.h"
#include "report/rows.h"

/*
 * Figures by gnuplot (http://www.gnuplot.info), a child process.  It works in a
 * folder of its own, under $TMPDIR or /tmp, that goes away afterwards.
 */
struct drawing_folder {
    struct leftover_folder folder;
};

int drawing_folder_init(struct drawing_folder *where, struct error *err);
void drawing_folder_release(struct drawing_folder *where);

/* A figure: what gnuplot reads and what it writes. */
struct drawing {
    struct text data;   /* NAME.tsv */
    struct text script; /* NAME.gp: makes the others from the data, anywhere */
    struct text svg;
    struct text pdf; /* empty unless asked for */
};

struct drawing_request {
    const struct report_item *item; /* one that has a script */
    const struct rows *rows;        /* at least one */
    bool pdf;
};

/* -1 and `err` as child_run() has them. */
int drawing_make(struct drawing *drawing, const struct drawing_folder *where,
                 const struct drawing_request *request, struct error *err);
void drawing_release(struct drawing *drawing);

/* Rows as gnuplot and others read them: values between tabs, texts in quotes
 * (those in them rounded), NaN where there is none. */
void drawing_data(struct text *data, const struct rows *rows);
