/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "replay/shape_file.h"

/* Lists of small models, one of each kind, whose sizes no tile divides; of the
 * transformer three heads share a head of keys. */
extern const char grouped[], chunked[], selective[];

/* A list of that text, every layer in that pattern; it must be a good one. */
void list_read(struct shape_file *file, const char *text, const char *pattern);
