/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole inferences with their operators. */
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
                        "SELECT 1 FROM inferences WHERE inference = ?1", "t",
                        inference) < 0)
        return -1;
    *found = row != NULL;
    if (row)
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
        " SELECT ?1, trace_hash, model_hash, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
        " ?11, ?12, ?13, nullif(?14, 0), nullif(?15, 0), ?16, ?17 FROM traces"
        " WHERE trace_hash = ?2",
        "ttttiiitttiiiiitt", key, inference->trace, inference->machine,
        store->version, (int64_t)inference->prompt,
        (int64_t)inference->generate, (int64_t)inference->batch,
        inference->memory, inference->overlap, edges[inference->edge],
        (int64_t)inference->count - 1, database_integer(inference->clocks),
        database_integer(inference->prompt_clocks),
        database_integer(inference->first_clocks),
        database_integer(inference->last_clocks), store->invocation, now);
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
            database_change(store, err,
                            "INSERT INTO operator_counters (inference,"
                            " operator, block, counter, value)"
                            " SELECT ?1, ?2, block, counter, ?3 FROM counters"
                            " WHERE block = ?4 AND counter = ?5 AND unit = ?6",
                            "tiittt", key, (int64_t)number,
                            database_integer(counter->value), counter->block,
                            counter->name, counter->unit) < 0)
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
                " VALUES (?1, ?2, ?3, ?4, ?5, nullif(?2 - 1, -1), ?6, ?7,"
                " ?6 + ?7)",
                "titttii", key,
                (int64_t)i, operator->phase, operator->name, operator->kind,
                database_integer(from),
                database_integer(operator->clocks)) < 0 ||
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
    status = database_change(
        store, err, "DELETE FROM inferences WHERE inference = ?1", "t", key);
    if (status == 0)
        status = put_row(store, key, inference, err);
    if (status == 0)
        status = put_operators(store, key, inference, err);
    return database_finish(store, status, err);
}
