/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "report/drawing.h"

/*
 * Makes the folder if it is not there, which `made` then tells; its parent must
 * be.  -1 and `err` also if one of the files that may come into it could not be
 * written, or if the page would be one of them.
 */
int figure_files_folder(const char *folder, const char *page, bool *made,
                        struct error *err);

/*
 * A figure for a paper: NAME.pdf, NAME.svg, the numbers NAME.tsv, the SQL that
 * gave them NAME.sql, and NAME.gp, which makes the pictures again.
 */
int figure_files_put(const char *folder, const struct report_item *item,
                     const struct drawing *drawing, struct error *err);
