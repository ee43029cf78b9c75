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
                        " WHERE run = ?1) FROM runs WHERE run = ?1",
                        "t", run) < 0)
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
        " SELECT ?1, trace_hash, model_hash, ?3, ?4, ?5, ?6, 'running', ?7, ?8"
        " FROM traces WHERE trace_hash = ?2"
        " ON CONFLICT (run) DO UPDATE SET invocation = excluded.invocation,"
        " started_utc = excluded.started_utc",
        "tttttitt", run, what->trace, what->machine, store->version,
        what->slow ? "slow" : "fast", database_integer(what->seed),
        store->invocation, now);
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
        status = database_change(store, err, "DELETE FROM runs WHERE run = ?1",
                                 "t", run);
    }
    if (status == 0 && *state != STORE_DONE)
        status = take_run(store, what, run, err);
    return database_finish(store, status, err);
}

int store_find_run(struct store *store, const struct store_run *what,
                   char run[STORE_RUN_KEY], enum store_state *state,
                   struct error *err)
{
    assert(store->invocation[0]);
    run_make_key(store, what, run);
    return find_state(store, run, state, err);
}

int store_has_layer(struct store *store, const char *run, const char *layer,
                    bool *has, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT 1 FROM layer_results AS l"
                        " JOIN layers USING (model_hash, layer)"
                        " WHERE l.run = ?1 AND name = ?2",
                        "tt", run, layer) < 0)
        return -1;
    *has = row != NULL;
    if (row)
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
                        " WHERE l.run = ?1 AND name = ?2",
                        "tt", run, layer) < 0)
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
                        " WHERE run = ?1 AND name = ?2",
                        "tt", run, layer) < 0)
        return -1;
    if (!row)
        return error_set(err, ERROR_DATA,
                         "%s: the model of run %s has no layer %s", store->path,
                         run, layer);
    *number = sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return 0;
}

static int put_result(struct store *store, const char *run, int64_t layer,
                      const struct layer_shape_result *result,
                      struct error *err)
{
    const struct store_cycles *where = &result->where;

    return database_change(
        store, err,
        "INSERT INTO layer_results (run, model_hash, layer, tokens, n, m,"
        " run_as_n, run_as_m, cycles, compute_cycles, weight_load_cycles,"
        " memory_stall_cycles, activation_stall_cycles, output_stall_cycles,"
        " drain_cycles, kept_macs, outputs_verified, merged)"
        " SELECT ?1, model_hash, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
        " ?13, ?14, ?15, ?16, nullif(?17, 0) FROM runs WHERE run = ?1",
        "tiiiiiiiiiiiiiiii", run, layer, (int64_t)result->tokens,
        (int64_t)result->pattern.n, (int64_t)result->pattern.m,
        (int64_t)result->run_as.n, (int64_t)result->run_as.m,
        database_integer(result->cycles), database_integer(where->compute),
        database_integer(where->weight_load),
        database_integer(where->memory_stall),
        database_integer(where->activation_stall),
        database_integer(where->output_stall), database_integer(where->drain),
        database_integer(result->kept_macs), (int64_t)result->outputs_verified,
        (int64_t)result->merged);
}

int counter_know(struct store *store, const struct store_counter *counter,
                 struct error *err)
{
    return database_change(store, err,
                           "INSERT INTO counters (block, counter, unit,"
                           " description) VALUES (?1, ?2, ?3, ?4)"
                           " ON CONFLICT (block, counter) DO UPDATE"
                           " SET description = excluded.description"
                           " WHERE description <> excluded.description",
                           "tttt", counter->block, counter->name, counter->unit,
                           counter->description);
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
        database_change(store, err,
                        "INSERT INTO counter_values (run, layer, block,"
                        " counter, value)"
                        " SELECT ?1, ?2, block, counter, ?3 FROM counters"
                        " WHERE block = ?4 AND counter = ?5 AND unit = ?6",
                        "tiittt", run, layer, database_integer(counter->value),
                        counter->block, counter->name, counter->unit) < 0)
        return -1;
    return sqlite3_changes(store->db) == 1
               ? 0
               : counter_differs(store, counter, err);
}

static int put_new_layer(struct store *store, const char *run,
                         const struct layer_shape_result *result,
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
                    const struct layer_shape_result *result, struct error *err)
{
    int status;
    bool has;

    if (store_begin(store, err) < 0)
        return -1;
    status = store_has_layer(store, run, result->layer, &has, err);
    if (status == 0 && !has)
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
        "UPDATE runs SET status = ?2, reason = ?3, ended_utc = ?4"
        " WHERE run = ?1",
        "tttt", run, reason ? "failed" : "done", reason, now);
}

int store_run_energy(struct store *store, const char *run, double *energy,
                     struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT energy_nj FROM v_energy"
                        " WHERE run = ?1 AND cost_table = 'base'",
                        "t", run) < 0)
        return -1;
    if (!row)
        return error_set(err, ERROR_DATA, "run %s has no energy", run);
    *energy = sqlite3_column_double(row, 0);
    sqlite3_reset(row);
    return 0;
}
