/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/*
 * A cost table of the user's, as YAML: what differs from the table `base`
 * (`flexcim costs` prints it), a component a section:
 *
 *     source: foundry data, 22 nm
 *     full_adder:
 *       energy_fj: 2.1
 *       area_um2: 3.3
 *
 * Writes it to the store under the file's name without folder and ending,
 * which `table` gets; free() it.  -1 and `err` with file:line:column; then the
 * store is as it was.
 */
int cost_file_put(char **table, const char *path, struct store *store,
                  struct error *err);

/*
 * A table at another node and voltage (store_scale_costs()), called
 * "16nm-0.8V", which `table` gets; free() it.
 */
extern const char cost_node_jump[]; /* the warning; takes the node */

int cost_node_put(char **table, const struct store_node *to, bool *jumps,
                  struct store *store, struct error *err);
