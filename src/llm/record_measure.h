/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/calibration.h"
#include "llm/record.h"

/* What a recorded trace measures, for the files of record.h alone. */

/* Eighths of all rows, into a calibration that has begun; what is there is
 * taken up.  Gram matrices lie in a file a block.  -1 and `err`. */
int record_measure(const struct record *record, struct calibration *calibration,
                   const char *path, struct error *err);

/* The file of a block's Gram matrices; free() it. */
char *record_gram_path(const char *path, uint32_t block);

/* Takes away matrices of blocks that no eighths lie beside, when a recording
 * has failed: no other command takes those up. */
void record_remove_useless(const struct record *record, const char *path);

/* Takes away whatever was kept beside the trace. */
void record_remove_kept(const struct record *record, const char *path);

/* A trace keeps names as JSON: said before the work, not after it. */
int record_check_names(const struct record *record, struct error *err);
