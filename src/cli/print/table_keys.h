/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * What a program can write behind a point, for each of the names of columns: of
 * ASCII letters, digits and _, no digit first, and no two alike.  "compute %"
 * is compute_percent, "area_mm²" area_mm2.  Of names that would become one,
 * that which is such a key already has it, else the first; the others get _2,
 * _3 and so on.  `keys` is [columns]; free() each.
 */
void table_keys(char **keys, const char *const *names, size_t columns);
