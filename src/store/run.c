/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs: one trace through one machine.  A run's key is the hash of all that
 * decides its result (trace, machine, version, way, seed), so that the same
 * work is found again and never done twice.  Layers are stored as they end,
 * each with its counters in one transaction: a run that was killed goes on
 * behind its last layer.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store/counter.h"
#include "store/database.h"
#include "store/store.h"

/* The run's identity: the first 64 bits of a hash of all that decides what
 * comes out of it. */
static void run_make_key(const struct store *store,
                         const struct store_run *what, char key[STORE_RUN_KEY])
{
    char hash[HASH_TEXT];
    struct text text;

    text_init(&text);
    text_addf(&text, "run\n%s\n%s\n%s\n%s\n%llu\n", what->trace, what->machine,
              store->version, what->slow ? "slow" : "fast",
              (unsigned long long)what->seed);
    hash_bytes(hash, text.at, text.length);
    text_release(&text);
    memcpy(key, hash, STORE_RUN_KEY - 1);
    key[STORE_RUN_KEY - 1] = 0;
}

static int find_state(struct store *store, const char *run,
                      enum store_state *state, struct error *err)
{
    sqlite3_stmt *row;
    const char *status;

    if (database_select(store, &row, err,
                        "SELECT status, (SELECT count(*) FROM layer_results"
                        " WHERE run = :run) FROM runs WHERE run = :run",
                        NAMED(named_text(":run", run))) < 0)
        return -1;
    *state = STORE_NEW;
    if (!row)
        return 0;
    status = database_text(row, 0);
    if (strcmp(status, "done") == 0)
        *state = STORE_DONE;
    else if (strcmp(status, "failed") == 0)
        *state = STORE_FAILED;
    else if (sqlite3_column_int64(row, 1) > 0)
        *state = STORE_STARTED;
    sqlite3_reset(row);
    return 0;
}

/* Makes the row, or takes over one that another invocation left unfinished. */
static int take_run(struct store *store, const struct store_run *what,
                    const char *run, struct error *err)
{
    char now[DATABASE_TIME];

    database_now(now);
    return database_change(
        store, err,
        "INSERT INTO runs (run, trace_hash, model_hash, machine_hash, version,"
        " way, seed, status, invocation, started_utc)"
        " SELECT :run, trace_hash, model_hash, :machine_hash, :version, :way, "
        ":seed, 'running', :invocation, :started_utc"
        " FROM traces WHERE trace_hash = :trace_hash"
        " ON CONFLICT (run) DO UPDATE SET invocation = excluded.invocation,"
        " started_utc = excluded.started_utc",
        NAMED(named_text(":run", run), named_text(":trace_hash", what->trace),
              named_text(":machine_hash", what->machine),
              named_text(":version", store->version),
              named_text(":way", what->slow ? "slow" : "fast"),
              named_count(":seed", what->seed),
              named_text(":invocation", store->invocation),
              named_text(":started_utc", now)));
}

/* Layers whose outputs nobody compared are replayed again. */
static int drop_unverified(struct store *store, const char *run,
                           enum store_state *state, struct error *err)
{
    if (database_change(store, err,
                        "DELETE FROM layer_results WHERE run = :run"
                        " AND NOT outputs_verified",
                        NAMED(named_text(":run", run))) < 0)
        return -1;
    if (sqlite3_changes(store->db) == 0)
        return 0;
    *state = STORE_STARTED;
    return database_change(store, err,
                           "UPDATE runs SET status = 'running',"
                           " ended_utc = NULL WHERE run = :run",
                           NAMED(named_text(":run", run)));
}

int store_begin_run(struct store *store, const struct store_run *what,
                    char run[STORE_RUN_KEY], enum store_state *state,
                    struct error *err)
{
    int status;

    assert(store->invocation[0]);
    run_make_key(store, what, run);
    if (store_begin(store, err) < 0)
        return -1;
    status = find_state(store, run, state, err);
    if (status == 0 && (what->again || *state == STORE_FAILED)) {
        *state = STORE_NEW;
        status =
            database_change(store, err, "DELETE FROM runs WHERE run = :run",
                            NAMED(named_text(":run", run)));
    }
    if (status == 0 && what->verified && *state != STORE_NEW)
        status = drop_unverified(store, run, state, err);
    if (status == 0 && *state != STORE_DONE)
        status = take_run(store, what, run, err);
    return database_finish(store, status, err);
}

/* A run that is done, but for whoever asks that outputs were compared. */
static int look_for_unverified(struct store *store, const char *run,
                               enum store_state *state, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT 1 FROM layer_results WHERE run = :run"
                        " AND NOT outputs_verified LIMIT 1",
                        NAMED(named_text(":run", run))) < 0)
        return -1;
    if (!row)
        return 0;
    *state = STORE_STARTED;
    sqlite3_reset(row);
    return 0;
}

int store_find_run(struct store *store, const struct store_run *what,
                   char run[STORE_RUN_KEY], enum store_state *state,
                   struct error *err)
{
    assert(store->invocation[0]);
    run_make_key(store, what, run);
    if (find_state(store, run, state, err) < 0)
        return -1;
    if (what->verified && *state == STORE_DONE)
        return look_for_unverified(store, run, state, err);
    return 0;
}

int store_find_layer(struct store *store, const char *run, const char *layer,
                     enum store_layer *found, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT outputs_verified FROM layer_results AS l"
                        " JOIN layers USING (model_hash, layer)"
                        " WHERE l.run = :run AND name = :name",
                        NAMED(named_text(":run", run),
                              named_text(":name", layer))) < 0)
        return -1;
    *found = STORE_LAYER_NONE;
    if (!row)
        return 0;
    *found =
        sqlite3_column_int(row, 0) ? STORE_LAYER_VERIFIED : STORE_LAYER_THERE;
    sqlite3_reset(row);
    return 0;
}

int store_layer_cycles(struct store *store, const char *run, const char *layer,
                       uint64_t *cycles, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT cycles FROM layer_results AS l"
                        " JOIN layers USING (model_hash, layer)"
                        " WHERE l.run = :run AND name = :name",
                        NAMED(named_text(":run", run),
                              named_text(":name", layer))) < 0)
        return -1;
    if (!row)
        return 0;
    *cycles = (uint64_t)sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return 1;
}

/* `number` gets the layer's place in the model of the run. */
static int run_find_layer(struct store *store, const char *run,
                          const char *layer, int64_t *number, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT layer FROM layers JOIN runs USING (model_hash)"
                        " WHERE run = :run AND name = :name",
                        NAMED(named_text(":run", run),
                              named_text(":name", layer))) < 0)
        return -1;
    if (!row)
        return error_set(err, ERROR_DATA,
                         "%s: the model of run %s has no layer %s", store->path,
                         run, layer);
    *number = sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return 0;
}

enum { RESULT_CATEGORIES = 16, RESULT_COLUMN = 64 };

/* A column for each category of clocks, called as the category is; `values`
 * goes on behind those that are there. */
static void add_categories(struct text *columns, struct text *places,
                           struct named_value *values,
                           char names[][RESULT_COLUMN],
                           const struct store_layer_result *result)
{
    assert(result->categories <= RESULT_CATEGORIES);
    for (size_t i = 0; i < result->categories; i++) {
        snprintf(names[i], RESULT_COLUMN, ":%s_cycles",
                 result->clocks[i].category);
        text_addf(columns, ", %s", names[i] + 1);
        text_addf(places, ", %s", names[i]);
        values[i] = named_count(names[i], result->clocks[i].clocks);
    }
}

static int put_result(struct store *store, const char *run, int64_t layer,
                      const struct store_layer_result *result,
                      struct error *err)
{
    const struct named_value fixed[] = {
        named_text(":run", run),
        named_integer(":layer", layer),
        named_integer(":tokens", result->tokens),
        named_integer(":n", result->pattern.n),
        named_integer(":m", result->pattern.m),
        named_integer(":run_as_n", result->run_as.n),
        named_integer(":run_as_m", result->run_as.m),
        named_count(":cycles", result->cycles),
        named_count(":kept_macs", result->kept_macs),
        named_integer(":outputs_verified", result->outputs_verified),
        named_integer(":merged", result->merged),
    };
    enum { FIXED = sizeof fixed / sizeof *fixed };
    struct named_value values[FIXED + RESULT_CATEGORIES + 1] = { 0 };
    char names[RESULT_CATEGORIES][RESULT_COLUMN];
    struct text columns, places, sql;
    int status;

    memcpy(values, fixed, sizeof fixed);
    text_init(&columns);
    text_init(&places);
    text_init(&sql);
    add_categories(&columns, &places, values + FIXED, names, result);
    text_addf(&sql,
              "INSERT INTO layer_results (run, model_hash, layer, tokens, n, m,"
              " run_as_n, run_as_m, cycles, kept_macs, outputs_verified,"
              " merged%s) SELECT :run, model_hash, :layer, :tokens, :n, :m,"
              " :run_as_n, :run_as_m, :cycles, :kept_macs, :outputs_verified,"
              " nullif(:merged, 0)%s FROM runs WHERE run = :run",
              columns.at, places.at);
    status = database_change(store, err, sql.at, values);
    text_release(&columns);
    text_release(&places);
    text_release(&sql);
    return status;
}

int counter_know(struct store *store, const struct store_counter *counter,
                 struct error *err)
{
    return database_change(
        store, err,
        "INSERT INTO counters (block, counter, unit,"
        " description) VALUES (:block, :counter, :unit, :description)"
        " ON CONFLICT (block, counter) DO UPDATE"
        " SET description = excluded.description"
        " WHERE description <> excluded.description",
        NAMED(named_text(":block", counter->block),
              named_text(":counter", counter->name),
              named_text(":unit", counter->unit),
              named_text(":description", counter->description)));
}

int counter_differs(const struct store *store,
                    const struct store_counter *counter, struct error *err)
{
    return error_set(err, ERROR_DATA,
                     "%s: counter %s of block %s is in %s here, but in "
                     "another unit there",
                     store->path, counter->name, counter->block, counter->unit);
}

/* A counter whose unit has changed is another counter: to mix them would spoil
 * every sum over runs. */
static int put_counter(struct store *store, const char *run, int64_t layer,
                       const struct store_counter *counter, struct error *err)
{
    if (counter_know(store, counter, err) < 0 ||
        database_change(
            store, err,
            "INSERT INTO counter_values (run, layer, block,"
            " counter, value)"
            " SELECT :run, :layer, block, counter, :value FROM counters"
            " WHERE block = :block AND counter = :counter AND unit = :unit",
            NAMED(named_text(":run", run), named_integer(":layer", layer),
                  named_count(":value", counter->value),
                  named_text(":block", counter->block),
                  named_text(":counter", counter->name),
                  named_text(":unit", counter->unit))) < 0)
        return -1;
    return sqlite3_changes(store->db) == 1
               ? 0
               : counter_differs(store, counter, err);
}

static int put_new_layer(struct store *store, const char *run,
                         const struct store_layer_result *result,
                         struct error *err)
{
    int64_t layer = 0;

    if (run_find_layer(store, run, result->layer, &layer, err) < 0 ||
        put_result(store, run, layer, result, err) < 0)
        return -1;
    for (size_t i = 0; i < result->count; i++)
        if (put_counter(store, run, layer, &result->counters[i], err) < 0)
            return -1;
    return 0;
}

int store_put_layer(struct store *store, const char *run,
                    const struct store_layer_result *result, struct error *err)
{
    enum store_layer found;
    int status;

    if (store_begin(store, err) < 0)
        return -1;
    status = store_find_layer(store, run, result->layer, &found, err);
    if (status == 0 && found == STORE_LAYER_NONE)
        status = put_new_layer(store, run, result, err);
    return database_finish(store, status, err);
}

int store_end_run(struct store *store, const char *run, const char *reason,
                  struct error *err)
{
    char now[DATABASE_TIME];

    database_now(now);
    return database_change(
        store, err,
        "UPDATE runs SET status = :status, reason = :reason, ended_utc = "
        ":ended_utc"
        " WHERE run = :run",
        NAMED(named_text(":run", run),
              named_text(":status", reason ? "failed" : "done"),
              named_text(":reason", reason), named_text(":ended_utc", now)));
}

int store_run_energy(struct store *store, const char *run, double *energy,
                     struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT energy_nj FROM v_energy"
                        " WHERE run = :run AND cost_table = 'base'",
                        NAMED(named_text(":run", run))) < 0)
        return -1;
    if (!row)
        return error_set(err, ERROR_DATA, "run %s has no energy", run);
    *energy = sqlite3_column_double(row, 0);
    sqlite3_reset(row);
    return 0;
}

int store_layers_energy(struct store *store, const char *run,
                        const char *layers, double *energy, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(
            store, &row, err,
            "WITH taken AS MATERIALIZED ("
            " SELECT l.layer, l.cycles FROM layer_results AS l"
            " JOIN layers AS y USING (model_hash, layer)"
            " WHERE l.run = :run"
            " AND y.name IN (SELECT value FROM json_each(:layers)))"
            "SELECT coalesce(sum(t.counted_nj * t.at * CASE t.is_line"
            " WHEN 0 THEN 1.0 WHEN 1 THEN g.pitch_um WHEN 2 THEN g.side_um"
            " ELSE 0.0 END)"
            " + sqrt(sum(t.held_um2)) * sum((t.is_line = 3) * t.counted_nj)"
            " + (SELECT sum(cycles) FROM taken) * sum(t.clock_nj), 0)"
            " FROM v_energy_term AS t"
            " JOIN v_pitch AS g USING (machine_hash, cost_table)"
            " WHERE t.run = :run AND t.cost_table = 'base'"
            " AND (t.layer IS NULL OR t.layer IN (SELECT layer FROM taken))",
            NAMED(named_text(":run", run), named_text(":layers", layers))) < 0)
        return -1;
    *energy = row ? sqlite3_column_double(row, 0) : 0;
    sqlite3_reset(row);
    return 0;
}
