/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/hash.h"

/*
 * One number a row, measured by whoever has time: the R rows are cut at
 * floor(i R / 8), i = 0 .. 8 (calibration.h); the numbers of an eighth are kept
 * as a file, BESIDE-HASH.eighth-E, until all are there.  A row's number depends
 * on the row alone, so whoever measures it, the bits are the same.
 */
struct row_numbers {
    size_t rows;
    unsigned workers;         /* threads of this process, that share rows */
    const char *beside;       /* "results.db.perplexity"; borrowed */
    char identity[HASH_TEXT]; /* of what is measured: HASH is its beginning */
    /* Puts the numbers of rows first .. end - 1.  -1 and `err`. */
    int (*measure)(void *context, double *number, size_t first, size_t end,
                   struct error *err);
    void *context;
};

/* How numbers are measured that are not kept yet: all rows that follow one
 * another together; or as many eighths at a time as the workers have rows of,
 * each kept when they are finished. */
enum row_numbers_way { ROW_NUMBERS_TOGETHER, ROW_NUMBERS_KEPT };

/* number [rows]: those that are kept are not measured again; the files are
 * taken away.  -1 and `err`. */
int row_numbers_all(double *number, const struct row_numbers *numbers,
                    enum row_numbers_way way, struct error *err);

/* Measures an eighth and keeps it, unless it is there. */
int row_numbers_eighth(const struct row_numbers *numbers, unsigned eighth,
                       struct error *err);
