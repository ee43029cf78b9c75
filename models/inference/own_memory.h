/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/memory.h"

/*
 * A kind of memory that the program does not ship: dram.kind `own`, and the
 * numbers of struct memory_kind as rows of the machine, so that they are part
 * of what the machine is.  A file of them is read by replay/memory_file.h.
 *
 * Its energy is told in units of lpddr5-6400's rows of the cost table, which
 * are OWN_MEMORY_PJ a bit moved and OWN_MEMORY_W by wall time in `base`; so an
 * own kind needs no row of its own there, has the band of that one, and a table
 * that has other prices for it moves both.
 */
#define OWN_MEMORY_PJ 3.7621
#define OWN_MEMORY_W  0.8307555097

/* The paths of its rows, all but the name, NULL-ended. */
enum { MEMORY_ROWS = 7 };
extern const char *const own_memory_rows[MEMORY_ROWS + 1];

struct memory_kind own_memory_of(const struct machine *machine);

/* Every row to its standard. */
void own_memory_forget(struct machine *machine);

/* That an own kind has all of its numbers, and another none: -1 and `err`
 * (ERROR_DATA). */
int own_memory_check(const struct machine *machine, struct error *err);
