/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/machine.h"

/*
 * A kind of memory of the user's, as YAML: the rows of dram.kind `own` without
 * their `dram.`, all of them, and a source if one likes:
 *
 *     source: data sheet, 16 Gb/s a pin
 *     peak: 64000
 *     ceiling: 0.95
 *     ...
 *
 * It goes by the file's name.  Wherever a kind is asked for by name, the path
 * of such a file may stand (data_is_path()).
 */

/* Sets them.  -1 and `err` with file:line:column. */
int memory_file_set(struct machine *machine, const char *path,
                    struct error *err);
