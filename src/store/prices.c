/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines with their parts, what bits do, and what components cost. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "store/database.h"
#include "store/store.h"

static int put_part(struct store *store, const struct store_machine *machine,
                    const struct store_part *part, struct error *err)
{
    return database_change(
        store, err,
        "INSERT INTO machine_parts (machine_hash, use, block, name, component,"
        " counter_block, counter, activity, components)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        "ttttttttr", machine->hash, part->use, part->block, part->name,
        part->component, part->counter_block, part->counter, part->activity,
        part->components);
}

/* A newer program may see other parts in the same description. */
static int put_parts(struct store *store, const struct store_machine *machine,
                     struct error *err)
{
    int status =
        database_change(store, err,
                        "DELETE FROM machine_parts WHERE machine_hash = ?1",
                        "t", machine->hash);

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
        " clock_mhz) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (machine_hash) DO UPDATE SET"
        " clock_mhz = coalesce(excluded.clock_mhz, clock_mhz)",
        "ttitr", machine->hash, machine->name,
        database_integer(machine->multipliers), machine->text,
        machine->clock_mhz > 0 ? machine->clock_mhz : NAN);
    if (status == 0)
        status = put_parts(store, machine, err);
    return database_finish(store, status, err);
}

int store_put_activity(struct store *store,
                       const struct store_activity *activity, struct error *err)
{
    return database_change(
        store, err,
        "INSERT INTO layer_activities (trace_hash, model_hash, layer,"
        " input_toggle, input_zeros, weight_ones, weight_zeros, origin)"
        " SELECT trace_hash, model_hash, layer, ?3, ?4, ?5, ?6, ?7"
        " FROM traces JOIN layers USING (model_hash)"
        " WHERE trace_hash = ?1 AND layers.name = ?2"
        " ON CONFLICT (trace_hash, layer) DO NOTHING",
        "ttrrrrt", activity->trace, activity->layer, activity->input_toggle,
        activity->input_zeros, activity->weight_ones, activity->weight_zeros,
        activity->assumed ? "assumed" : "counted");
}

int store_begin_costs(struct store *store, const char *table, struct error *err)
{
    int status;

    if (store_begin(store, err) < 0)
        return -1;
    status = database_change(
        store, err, "DELETE FROM costs WHERE cost_table = ?1", "t", table);
    if (status == 0)
        status = database_change(
            store, err,
            "INSERT INTO costs SELECT ?1, component, class, action, energy_fj,"
            " area_um2, delay_ps, leakage_nw, node_nm, voltage_v, source, sure"
            " FROM costs WHERE cost_table = 'base'",
            "t", table);
    return database_finish(store, status, err);
}

/* The factor of row `c` of the costs from its own node `f` to `t` at ?4 V. */
#define NODE_FACTOR                                                            \
    "((t.a2 * ?4 * ?4 + t.a1 * ?4 + t.a0) / (f.a2 * c.voltage_v * c.voltage_v" \
    " + f.a1 * c.voltage_v + f.a0))"

static int no_such_node(struct store *store, double node, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT group_concat(node_nm, ', ') FROM"
                        " (SELECT CAST(node_nm AS INTEGER) AS node_nm"
                        " FROM nodes ORDER BY 1)",
                        "") < 0)
        return -1;
    error_set(err, ERROR_DATA, "%g nm is none of the nodes that are known: %s",
              node, database_text(row, 0));
    sqlite3_reset(row);
    return -1;
}

static int node_jumps(struct store *store, const char *table, bool *jumps,
                      struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT count(DISTINCT kind) > 1 FROM nodes"
                        " WHERE node_nm IN (SELECT node_nm FROM costs"
                        " WHERE cost_table IN (?1, 'base'))",
                        "t", table) < 0)
        return -1;
    *jumps = sqlite3_column_int(row, 0);
    sqlite3_reset(row);
    return 0;
}

static int scale_costs(struct store *store, const char *table, const char *from,
                       double node, double voltage, bool *jumps,
                       struct error *err)
{
    if (database_change(store, err, "DELETE FROM costs WHERE cost_table = ?1",
                        "t", table) < 0 ||
        database_change(
            store, err,
            "INSERT INTO costs SELECT ?1, component, class, action,"
            " energy_fj * CASE class WHEN 'dram' THEN 1.0 WHEN 'wire'"
            " THEN ?4 * ?4 / (voltage_v * voltage_v) ELSE " NODE_FACTOR " END,"
            " area_um2 * t.area_factor / f.area_factor, 0.0,"
            " leakage_nw * t.area_factor / f.area_factor, t.node_nm, ?4,"
            " source || '; to this node by Stillmaker and Baas (2017)',"
            " 'computed' FROM costs AS c JOIN nodes AS f USING (node_nm)"
            " JOIN nodes AS t ON t.node_nm = ?3 WHERE cost_table = ?2",
            "ttrr", table, from, node, voltage) < 0)
        return -1;
    if (sqlite3_changes(store->db) == 0)
        return no_such_node(store, node, err);
    return node_jumps(store, table, jumps, err);
}

int store_scale_costs(struct store *store, const char *table, const char *from,
                      double node, double voltage, bool *jumps,
                      struct error *err)
{
    if (store_begin(store, err) < 0)
        return -1;
    return database_finish(
        store, scale_costs(store, table, from, node, voltage, jumps, err), err);
}

/* One statement a column: what is prepared is kept by the literal's address. */
#define SET(column)                                                            \
    {                                                                          \
        column, "UPDATE costs SET " column " = ?1, source = ?2"                \
                " WHERE cost_table = ?3 AND component = ?4"                    \
    }

static const struct {
    const char *column, *sql;
} settings[] = {
    SET("area_um2"),   SET("delay_ps"), SET("energy_fj"),
    SET("leakage_nw"), SET("node_nm"),  SET("voltage_v"),
};

enum { SETTINGS = sizeof settings / sizeof *settings };

static int no_such_column(const char *column, struct error *err)
{
    struct text names;
    int status;

    text_init(&names);
    for (size_t i = 0; i < SETTINGS; i++)
        text_addf(&names, "%s%s", i ? ", " : "", settings[i].column);
    status =
        error_set(err, ERROR_DATA, "%s: a component has %s", column, names.at);
    text_release(&names);
    return status;
}

int store_put_cost(struct store *store, const char *table,
                   const char *component, const char *column, double value,
                   const char *source, struct error *err)
{
    size_t i = 0;

    while (i < SETTINGS && strcmp(settings[i].column, column) != 0)
        i++;
    if (i == SETTINGS)
        return no_such_column(column, err);
    if (database_change(store, err, settings[i].sql, "rttt", value, source,
                        table, component) < 0)
        return -1;
    if (sqlite3_changes(store->db) == 0)
        return error_set(err, ERROR_DATA,
                         "%s is no component; `flexcim costs` lists them",
                         component);
    return 0;
}
