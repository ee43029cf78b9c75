/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines with their parts, and what they take up. */
#include <math.h>
#include <string.h>

#include "store/database.h"
#include "store/store.h"

static int put_part(struct store *store, const struct store_machine *machine,
                    const struct store_part *part, struct error *err)
{
    if (strcmp(part->use, "unit") == 0)
        return database_change(
            store, err,
            "INSERT INTO unit_parts (machine_hash, block, name, component,"
            " components) VALUES (:machine_hash, :block, :name, :component, "
            ":components)",
            NAMED(named_text(":machine_hash", machine->hash),
                  named_text(":block", part->block),
                  named_text(":name", part->name),
                  named_text(":component", part->component),
                  named_real(":components", part->components)));
    return database_change(
        store, err,
        "INSERT INTO machine_parts (machine_hash, use, block, name, component,"
        " counter_block, counter, activity, components)"
        " VALUES (:machine_hash, :use, :block, :name, :component, "
        ":counter_block, :counter, :activity, :components)",
        NAMED(named_text(":machine_hash", machine->hash),
              named_text(":use", part->use), named_text(":block", part->block),
              named_text(":name", part->name),
              named_text(":component", part->component),
              named_text(":counter_block", part->counter_block),
              named_text(":counter", part->counter),
              named_text(":activity", part->activity),
              named_real(":components", part->components)));
}

/* A newer program may see other parts in the same description. */
static int put_parts(struct store *store, const struct store_machine *machine,
                     struct error *err)
{
    int status = database_change(
        store, err,
        "DELETE FROM machine_parts WHERE machine_hash = :machine_hash",
        NAMED(named_text(":machine_hash", machine->hash)));

    if (status == 0)
        status = database_change(
            store, err,
            "DELETE FROM unit_parts WHERE machine_hash = :machine_hash",
            NAMED(named_text(":machine_hash", machine->hash)));
    for (size_t i = 0; status == 0 && i < machine->count; i++)
        status = put_part(store, machine, &machine->parts[i], err);
    return status;
}

int store_put_machine(struct store *store, const struct store_machine *machine,
                      struct error *err)
{
    int status;

    if (store_begin(store, err) < 0)
        return -1;
    status = database_change(
        store, err,
        "INSERT INTO machines (machine_hash, name, multipliers, text,"
        " clock_mhz) VALUES (:machine_hash, :name, :multipliers, :text, "
        ":clock_mhz)"
        " ON CONFLICT (machine_hash) DO UPDATE SET"
        " clock_mhz = coalesce(excluded.clock_mhz, clock_mhz)",
        NAMED(named_text(":machine_hash", machine->hash),
              named_text(":name", machine->name),
              named_count(":multipliers", machine->multipliers),
              named_text(":text", machine->text),
              named_real(":clock_mhz",
                         machine->clock_mhz > 0 ? machine->clock_mhz : NAN)));
    if (status == 0)
        status = put_parts(store, machine, err);
    return database_finish(store, status, err);
}

int store_machine_area(struct store *store, const char *machine,
                       enum store_extent extent, double *area,
                       struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT coalesce(sum(components * area_um2), 0) / 1e6"
                        " FROM (SELECT component, components"
                        "  FROM machine_parts"
                        "  WHERE machine_hash = :machine_hash AND use = 'area'"
                        "  UNION ALL SELECT component, components"
                        "  FROM unit_parts WHERE :whole"
                        "  AND machine_hash = :machine_hash)"
                        " JOIN costs USING (component)"
                        " WHERE cost_table = 'base'",
                        NAMED(named_text(":machine_hash", machine),
                              named_count(":whole", extent == STORE_WHOLE))) <
        0)
        return -1;
    *area = sqlite3_column_double(row, 0);
    sqlite3_reset(row);
    return 0;
}
