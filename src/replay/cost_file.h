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
 * The table `from` at another node and voltage (store_scale_costs()), at
 * another temperature and with other memory (store_leak_costs()); NaN and NULL:
 * as it is.  `table` gets its name, what is other:
 * "16nm-0.8V-320K-low-standby", with that of a `from` other than `base` before
 * it; free() it.
 */
struct cost_variant {
    const char *from;
    double node, voltage; /* nm, V: of that node, 0.9 unless said */
    double kelvin;
    const char *memory; /* device: "low-standby", ... */
};

extern const char cost_node_jump[]; /* the warning; takes the node */

bool cost_variant_any(const struct cost_variant *variant);

/* `jumps`: store_scale_costs(). */
int cost_variant_put(char **table, const struct cost_variant *variant,
                     bool *jumps, struct store *store, struct error *err);
