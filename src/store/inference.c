/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole inferences with their operators.  An inference is named by the hash of
 * all that decides it, as a run is; it is written in one transaction, in place
 * of what was left under the same name (--again, or a run that was killed).
 * Each operator begins where the one before it ended, and the tables hold them
 * to that: the clocks of a stored inference add up.
 */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "store/counter.h"
#include "store/database.h"
#include "store/store.h"

static const char *const edges[STORE_EDGES] = { "middle", "low", "high" };

/* As a run's: the first 64 bits of a hash of all that decides what comes out.
 */
static void inference_key(const struct store *store,
                          const struct store_inference *what,
                          char key[STORE_RUN_KEY])
{
    char hash[HASH_TEXT];
    struct text text;

    text_init(&text);
    text_addf(&text, "inference\n%s\n%s\n%s\n%u\n%u\n%u\n%s\n", what->trace,
              what->machine, store->version, what->prompt, what->generate,
              what->batch, edges[what->edge]);
    hash_bytes(hash, text.at, text.length);
    text_release(&text);
    memcpy(key, hash, STORE_RUN_KEY - 1);
    key[STORE_RUN_KEY - 1] = 0;
}

int store_find_inference(struct store *store,
                         const struct store_inference *what,
                         char inference[STORE_RUN_KEY], bool *found,
                         struct error *err)
{
    sqlite3_stmt *row;

    assert(store->invocation[0]);
    inference_key(store, what, inference);
    if (database_select(store, &row, err,
                        "SELECT 1 FROM inferences WHERE inference = :inference",
                        NAMED(named_text(":inference", inference))) < 0)
        return -1;
    *found = row != NULL;
    if (row)
        sqlite3_reset(row);
    return 0;
}

int store_inference_cost(struct store *store, const char *inference,
                         uint64_t *clocks, double *energy, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT clocks, (SELECT sum(energy_nj)"
                        " FROM v_inference_energy AS e"
                        " WHERE e.inference = :inference"
                        " AND e.cost_table = 'base')"
                        " FROM inferences AS i WHERE inference = :inference",
                        NAMED(named_text(":inference", inference))) < 0)
        return -1;
    if (!row)
        return error_set(err, ERROR_DATA, "no inference is called %s",
                         inference);
    *clocks = (uint64_t)sqlite3_column_int64(row, 0);
    *energy = sqlite3_column_double(row, 1);
    sqlite3_reset(row);
    return 0;
}

static int put_row(struct store *store, const char *key,
                   const struct store_inference *inference, struct error *err)
{
    char now[DATABASE_TIME];

    database_now(now);
    return database_change(
        store, err,
        "INSERT INTO inferences (inference, trace_hash, model_hash,"
        " machine_hash, version, prompt, \"generate\", batch, memory, overlap,"
        " edge, last_operator, clocks, prompt_clocks, first_clocks,"
        " last_clocks, invocation, ended_utc)"
        " SELECT :inference, trace_hash, model_hash, :machine_hash, :version, "
        ":prompt, :generate, :batch, :memory, :overlap, :edge,"
        " :last_operator, :clocks, :prompt_clocks, nullif(:first_clocks, 0), "
        "nullif(:last_clocks, 0), :invocation, :ended_utc FROM traces"
        " WHERE trace_hash = :trace_hash",
        NAMED(named_text(":inference", key),
              named_text(":trace_hash", inference->trace),
              named_text(":machine_hash", inference->machine),
              named_text(":version", store->version),
              named_integer(":prompt", inference->prompt),
              named_integer(":generate", inference->generate),
              named_integer(":batch", inference->batch),
              named_text(":memory", inference->memory),
              named_text(":overlap", inference->overlap),
              named_text(":edge", edges[inference->edge]),
              named_count(":last_operator", inference->count - 1),
              named_count(":clocks", inference->clocks),
              named_count(":prompt_clocks", inference->prompt_clocks),
              named_count(":first_clocks", inference->first_clocks),
              named_count(":last_clocks", inference->last_clocks),
              named_text(":invocation", store->invocation),
              named_text(":ended_utc", now)));
}

static int put_counters(struct store *store, const char *key, size_t number,
                        const struct store_operator *operator,
                        struct error * err)
{
    for (size_t i = 0; i < operator->count; i++) {
        const struct store_counter *counter = &operator->counters[i];

        if (counter->value == 0)
            continue;
        if (counter_know(store, counter, err) < 0 ||
            database_change(
                store, err,
                "INSERT INTO operator_counters (inference,"
                " operator, block, counter, value)"
                " SELECT :inference, :operator, block, counter, :value FROM "
                "counters"
                " WHERE block = :block AND counter = :counter AND unit = :unit",
                NAMED(named_text(":inference", key),
                      named_count(":operator", number),
                      named_count(":value", counter->value),
                      named_text(":block", counter->block),
                      named_text(":counter", counter->name),
                      named_text(":unit", counter->unit))) < 0)
            return -1;
        if (sqlite3_changes(store->db) != 1)
            return counter_differs(store, counter, err);
    }
    return 0;
}

static int put_operators(struct store *store, const char *key,
                         const struct store_inference *inference,
                         struct error *err)
{
    uint64_t from = 0;

    for (size_t i = 0; i < inference->count; i++) {
        const struct store_operator *operator= & inference->operators[i];

        if (database_change(
                store, err,
                "INSERT INTO operator_results (inference, operator, phase,"
                " name, kind, previous, from_clock, clocks, until_clock)"
                " VALUES (:inference, :operator, :phase, :name, :kind, "
                "nullif(:operator - 1, -1), :from_clock, :clocks,"
                " :from_clock + :clocks)",
                NAMED(named_text(":inference", key),
                      named_count(":operator", i),
                      named_text(":phase", operator->phase),
                      named_text(":name", operator->name),
                      named_text(":kind", operator->kind),
                      named_count(":from_clock", from),
                      named_count(":clocks", operator->clocks))) < 0 ||
            put_counters(store, key, i, operator, err) < 0)
            return -1;
        from += operator->clocks;
    }
    return 0;
}

int store_put_inference(struct store *store,
                        const struct store_inference *inference,
                        struct error *err)
{
    char key[STORE_RUN_KEY];
    int status;

    assert(store->invocation[0] && inference->count > 0);
    inference_key(store, inference, key);
    if (store_begin(store, err) < 0)
        return -1;
    status =
        database_change(store, err,
                        "DELETE FROM inferences WHERE inference = :inference",
                        NAMED(named_text(":inference", key)));
    if (status == 0)
        status = put_row(store, key, inference, err);
    if (status == 0)
        status = put_operators(store, key, inference, err);
    return database_finish(store, status, err);
}
