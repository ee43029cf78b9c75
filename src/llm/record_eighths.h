/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/calibration.h"
#include "llm/gram.h"
#include "llm/record.h"

/* Eighths of a recording and the files that they are kept in, for
 * record_measure.c alone. */

/* The file of an eighth, and of its sums of a block; free() it. */
char *record_eighth_path(const char *path, unsigned e);
char *record_gram_eighth_path(const char *path, uint32_t block, unsigned e);

size_t record_eighth_rows(const struct calibration *calibration, unsigned e);

/* Rows of which Gram matrices are made: of one eighth, or of all. */
struct gram_rows record_gram_rows(const struct record *record,
                                  unsigned eighths);

/* Eighths part.eighth .. end - 1 (with Gram matrices, one, and up to the part's
 * block), from where they stand, kept in their files.  1 if they do not all
 * stand at the same block: then they are to be measured one after the other.
 * -1 and `err`. */
int record_measure_eighths(const struct record *record,
                           struct calibration *calibration, const char *path,
                           struct record_part part, unsigned end,
                           struct error *err);
