/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/words.h"
#include "replay/machine_file.h"

/* The machines that a command was asked for, in that order. */
struct machine_list {
    struct machine_file *at;
    size_t count;
};

/* `settings` ("macro.rows=64") are made in all of them; NULL: none.  -1 and
 * `err` as machine_file_read() has it. */
int machine_list_read(struct machine_list *list, const struct words *names,
                      const struct texts *settings, struct error *err);
void machine_list_release(struct machine_list *list); /* zeroed: harmless */

/* How many they are, if machines of equal parameters count once. */
size_t machine_list_distinct(const struct machine_list *list);

/* Their hashes as a JSON array; free() it. */
char *machine_list_hashes(const struct machine_list *list);
