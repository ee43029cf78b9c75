/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "report/drawing.h"

/* Makes the folder if it is not there; its parent must be. */
int figure_files_folder(const char *folder, struct error *err);

/*
 * A figure for a paper: NAME.pdf, NAME.svg, the numbers NAME.tsv, the SQL that
 * gave them NAME.sql, and NAME.gp, which makes the pictures again.
 */
int figure_files_put(const char *folder, const struct report_item *item,
                     const struct drawing *drawing, struct error *err);
