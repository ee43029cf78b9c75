/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of what components cost: the shipped one (`base`), copies of it with
 * other numbers, and tables of another process.  A run stores counts and a
 * machine its parts, neither of them prices; so energy and area of all that is
 * stored follow a table that is changed here, by the views alone.
 *
 * To another node a table is scaled by fitted curves of node and voltage
 * (Stillmaker and Baas, Integration 58, 2017): energy by a quadratic in the
 * voltage, area and leakage by the area of a gate.  Memory outside the chip
 * stays as it is, and wires only follow the voltage.
 *
 * To another device or temperature leakage goes with the off-currents that
 * CACTI 7 has (table `currents`); what is switched, with the square of the
 * device's supply.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"
#include "store/store.h"

static int copy_costs(struct store *store, const char *table, const char *from,
                      struct error *err)
{
    if (strcmp(table, from) == 0)
        return 0;
    if (database_change(store, err,
                        "DELETE FROM costs WHERE cost_table = :cost_table",
                        NAMED(named_text(":cost_table", table))) < 0)
        return -1;
    return database_change(
        store, err,
        "INSERT INTO costs SELECT :cost_table, component, class, action, "
        "energy_fj,"
        " area_um2, delay_ps, leakage_nw, energy_least, energy_most,"
        " leakage_least, leakage_most, device, kelvin, node_nm, voltage_v,"
        " source, sure FROM costs WHERE cost_table = :from",
        NAMED(named_text(":cost_table", table), named_text(":from", from)));
}

int store_begin_costs(struct store *store, const char *table, struct error *err)
{
    if (store_begin(store, err) < 0)
        return -1;
    return database_finish(store, copy_costs(store, table, "base", err), err);
}

/* The factor of row `c` of the costs from its own node `f` to `t` at `:voltage`
 * V. */
#define NODE_FACTOR                                                            \
    "((t.a2 * :voltage * :voltage + t.a1 * :voltage + t.a0)"                   \
    " / (f.a2 * c.voltage_v * c.voltage_v"                                     \
    " + f.a1 * c.voltage_v + f.a0))"

/* Whose node it is: `what` goes before it. */
static int no_such_node(struct store *store, const char *what, double node,
                        struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT group_concat(node_nm, ', ') FROM"
                        " (SELECT CAST(node_nm AS INTEGER) AS node_nm"
                        " FROM nodes ORDER BY 1)",
                        NULL) < 0)
        return -1;
    error_set(err, *what ? ERROR_DATA : ERROR_USAGE,
              "%s%g nm is none of the nodes that are known: %s", what, node,
              database_text(row, 0));
    sqlite3_reset(row);
    return -1;
}

/* A component at a node without a factor would be in the other table no more,
 * and what is built of it without a price. */
static int check_nodes(struct store *store, const char *table,
                       struct error *err)
{
    double node;
    char *what;
    sqlite3_stmt *row;
    int status;

    if (database_select(store, &row, err,
                        "SELECT component, node_nm FROM costs"
                        " WHERE cost_table = :cost_table AND node_nm NOT IN"
                        " (SELECT node_nm FROM nodes) ORDER BY 1 LIMIT 1",
                        NAMED(named_text(":cost_table", table))) < 0)
        return -1;
    if (!row)
        return 0;
    what =
        memory_printf("table %s, component %s: ", table, database_text(row, 0));
    node = sqlite3_column_double(row, 1);
    sqlite3_reset(row);
    status = no_such_node(store, what, node, err);
    free(what);
    return status;
}

static int node_jumps(struct store *store, const char *table, bool *jumps,
                      struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT count(DISTINCT kind) > 1 FROM nodes"
                        " WHERE node_nm IN (SELECT node_nm FROM costs"
                        " WHERE cost_table IN (:cost_table, 'base'))",
                        NAMED(named_text(":cost_table", table))) < 0)
        return -1;
    *jumps = sqlite3_column_int(row, 0);
    sqlite3_reset(row);
    return 0;
}

static int scale_costs(struct store *store, const char *table,
                       const struct store_node *to, bool *jumps,
                       struct error *err)
{
    if (check_nodes(store, to->from, err) < 0 ||
        database_change(store, err,
                        "DELETE FROM costs WHERE cost_table = :cost_table",
                        NAMED(named_text(":cost_table", table))) < 0 ||
        database_change(
            store, err,
            "INSERT INTO costs SELECT :cost_table, component, class, action,"
            " energy_fj * CASE class WHEN 'dram' THEN 1.0 WHEN 'wire'"
            " THEN :voltage * :voltage / (voltage_v * voltage_v) "
            "ELSE " NODE_FACTOR " END,"
            " area_um2 * t.area_factor / f.area_factor, 0.0,"
            " leakage_nw * CASE class WHEN 'dram' THEN 1.0"
            " ELSE t.area_factor / f.area_factor END, energy_least,"
            " energy_most, leakage_least, leakage_most, device, kelvin,"
            " t.node_nm, :voltage,"
            " source || '; to this node by Stillmaker and Baas (2017)',"
            " 'computed' FROM costs AS c JOIN nodes AS f USING (node_nm)"
            " JOIN nodes AS t ON t.node_nm = :node_nm WHERE cost_table = :from",
            NAMED(named_text(":cost_table", table),
                  named_text(":from", to->from),
                  named_real(":node_nm", to->node),
                  named_real(":voltage", to->voltage))) < 0)
        return -1;
    if (sqlite3_changes(store->db) == 0)
        return no_such_node(store, "", to->node, err);
    return node_jumps(store, table, jumps, err);
}

int store_scale_costs(struct store *store, const char *table,
                      const struct store_node *to, bool *jumps,
                      struct error *err)
{
    if (store_begin(store, err) < 0)
        return -1;
    return database_finish(store, scale_costs(store, table, to, jumps, err),
                           err);
}

/* A device at a temperature, and what it leaks there: power up to a factor that
 * is common to all, at its supply. */
struct leaking {
    const char *device;
    double kelvin;
    double power, supply; /* answers */
};

/* Between the rows around a temperature the logarithm is straight. */
static int leaking_find(struct store *store, struct leaking *leaking,
                        struct error *err)
{
    double kelvin = leaking->kelvin;
    double below, above, from, to;
    sqlite3_stmt *row;

    if (database_select(
            store, &row, err,
            "SELECT a.leakage_na, b.leakage_na, a.kelvin, b.kelvin, a.supply_v"
            " FROM currents AS a JOIN currents AS b USING (device)"
            " WHERE device = :device AND a.kelvin <= :kelvin"
            " AND b.kelvin >= :kelvin"
            " ORDER BY a.kelvin DESC, b.kelvin LIMIT 1",
            NAMED(named_text(":device", leaking->device),
                  named_real(":kelvin", kelvin))) < 0)
        return -1;
    if (!row)
        return error_set(err, ERROR_USAGE,
                         "%g K: what devices leak is known from 300 to 400 K",
                         kelvin);
    below = sqlite3_column_double(row, 0);
    above = sqlite3_column_double(row, 1);
    from = sqlite3_column_double(row, 2);
    to = sqlite3_column_double(row, 3);
    leaking->supply = sqlite3_column_double(row, 4);
    leaking->power =
        leaking->supply * below *
        pow(above / below, to > from ? (kelvin - from) / (to - from) : 0);
    sqlite3_reset(row);
    return 0;
}

/* Rows of one class and device, as they are and as they shall be. */
struct leakage_change {
    const char *class, *from, *to;
    double kelvin, at;
};

/* Another supply changes energy by its square.  How sure the leakage is of
 * another device: as far as the two nodes agree that `currents` stands
 * between. */
static int change_leakage(struct store *store, const char *table,
                          const struct leakage_change *change,
                          struct error *err)
{
    struct leaking before = { .device = change->from,
                              .kelvin = change->kelvin },
                   after = { .device = change->to, .kelvin = change->at };

    if (leaking_find(store, &before, err) < 0 ||
        leaking_find(store, &after, err) < 0)
        return -1;
    return database_change(
        store, err,
        "UPDATE costs SET leakage_nw = leakage_nw * :leaking,"
        " energy_fj = energy_fj * :energy, kelvin = :kelvin, device = :device,"
        " leakage_least = iif(device = :device, leakage_least, 0.3),"
        " leakage_most = iif(device = :device, leakage_most, 2.5),"
        " source = source || '; leakage of ' || :device || ' at ' || :kelvin"
        " || ' K' WHERE cost_table = :cost_table AND class = :class"
        " AND device = :from",
        NAMED(named_real(":leaking", after.power / before.power),
              named_real(":energy", after.supply * after.supply /
                                        (before.supply * before.supply)),
              named_text(":device", change->to),
              named_real(":kelvin", change->at),
              named_text(":cost_table", table),
              named_text(":class", change->class),
              named_text(":from", change->from)));
}

/* The temperature of the rows of that class and device; NaN: there are none. */
static int leakage_kelvin(struct store *store, double *kelvin,
                          const char *table,
                          const struct leakage_change *change,
                          struct error *err)
{
    sqlite3_stmt *row;

    *kelvin = NAN;
    if (database_select(store, &row, err,
                        "SELECT min(kelvin) FROM costs"
                        " WHERE cost_table = :cost_table AND class = :class"
                        " AND device = :from HAVING count(*) > 0",
                        NAMED(named_text(":cost_table", table),
                              named_text(":class", change->class),
                              named_text(":from", change->from))) < 0)
        return -1;
    if (row) {
        *kelvin = sqlite3_column_double(row, 0);
        sqlite3_reset(row);
    }
    return 0;
}

static int change_all_leakage(struct store *store, const char *table,
                              const struct store_leakage *leakage,
                              struct error *err)
{
    /* What is changed to low-standby must not be found again. */
    static const char *const rows[][2] = {
        { "logic", "low-standby" },
        { "logic", "high-performance" },
        { "sram", "low-standby" },
        { "sram", "high-performance" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct leakage_change change = { .class = rows[i][0],
                                         .from = rows[i][1],
                                         .to = rows[i][1] };

        if (leakage->memory && strcmp(change.class, "sram") == 0)
            change.to = leakage->memory;
        if (leakage_kelvin(store, &change.kelvin, table, &change, err) < 0)
            return -1;
        change.at = isnan(leakage->kelvin) ? change.kelvin : leakage->kelvin;
        if (!isnan(change.kelvin) &&
            (change.at != change.kelvin || change.to != change.from) &&
            change_leakage(store, table, &change, err) < 0)
            return -1;
    }
    return 0;
}

int store_leak_costs(struct store *store, const char *table, const char *from,
                     const struct store_leakage *leakage, struct error *err)
{
    int status;

    if (store_begin(store, err) < 0)
        return -1;
    status = copy_costs(store, table, from, err);
    if (status == 0)
        status = change_all_leakage(store, table, leakage, err);
    return database_finish(store, status, err);
}

/* What a column takes, as the table's CHECKs have it. */
enum cost_range { FROM_ZERO, OVER_ZERO, UP_TO_ONE, FROM_ONE };

static const char *const cost_ranges[] = {
    [FROM_ZERO] = "a number from 0 up",
    [OVER_ZERO] = "a number over 0",
    [UP_TO_ONE] = "a factor of 0 to 1",
    [FROM_ONE] = "a factor of at least 1",
};

static bool is_in_range(double value, enum cost_range range)
{
    switch (range) {
    case OVER_ZERO:
        return value > 0;
    case UP_TO_ONE:
        return value >= 0 && value <= 1;
    case FROM_ONE:
        return value >= 1;
    case FROM_ZERO:
        break;
    }
    return value >= 0;
}

/* One statement a column, as a column cannot be a value. */
#define SET(column, range)                                                     \
    {                                                                          \
        column,                                                                \
            "UPDATE costs SET " column " = :value, source = :source"           \
            " WHERE cost_table = :cost_table"                                  \
            " AND component = :component",                                     \
            range                                                              \
    }

static const struct {
    const char *column, *sql;
    enum cost_range range;
} settings[] = {
    SET("area_um2", FROM_ZERO),    SET("delay_ps", FROM_ZERO),
    SET("energy_fj", FROM_ZERO),   SET("energy_least", UP_TO_ONE),
    SET("energy_most", FROM_ONE),  SET("leakage_least", UP_TO_ONE),
    SET("leakage_most", FROM_ONE), SET("leakage_nw", FROM_ZERO),
    SET("node_nm", OVER_ZERO),     SET("voltage_v", OVER_ZERO),
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

int store_put_cost(struct store *store, const struct store_cost *cost,
                   struct error *err)
{
    size_t i = 0;

    while (i < SETTINGS && strcmp(settings[i].column, cost->column) != 0)
        i++;
    if (i == SETTINGS)
        return no_such_column(cost->column, err);
    if (!is_in_range(cost->value, settings[i].range))
        return error_set(err, ERROR_DATA, "%s is %g; %s was expected",
                         cost->column, cost->value,
                         cost_ranges[settings[i].range]);
    if (database_change(store, err, settings[i].sql,
                        NAMED(named_real(":value", cost->value),
                              named_text(":source", cost->source),
                              named_text(":cost_table", cost->table),
                              named_text(":component", cost->component))) < 0)
        return -1;
    if (sqlite3_changes(store->db) == 0)
        return error_set(err, ERROR_DATA,
                         "%s is no component; `flexcim costs` lists them",
                         cost->component);
    return 0;
}
