/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"

/* The tables, each after those that it refers to. */
static const struct merge_table {
    const char *name;
    const char *key;  /* columns that tell a row in a sentence */
    const char *free; /* columns that may differ between equal rows */
} tables[] = {
    { "invocations", "invocation", "ended_utc" },
    { "models", "name", "name family" },
    { "layers", "name", "" },
    { "plans", "plan_hash", "" },
    { "plan_layers", "plan_hash layer", "" },
    { "perplexities", "model_hash plan_hash", "invocation" },
    { "traces", "trace_hash", "path" },
    { "machines", "name", "name clock_mhz" },
    { "runs", "run", "status reason invocation started_utc ended_utc" },
    { "layer_results", "run layer", "outputs_verified" },
    { "counters", "block counter", "description" },
    { "costs", "cost_table component", "" },
    { "machine_parts", "machine_hash block name component", "" },
    { "layer_activities", "trace_hash layer", "" },
    { "nodes", "node_nm", "" },
    { "counter_values", "run layer block counter", "" },
    { "experiments", "name", "" },
    { "experiment_points", "experiment point", "" },
};

/* The statements that one table needs. */
struct merge_copy {
    const struct merge_table *table;
    sqlite3_stmt *read;  /* all rows of the source */
    sqlite3_stmt *write; /* one row, unless it is there */
    sqlite3_stmt *equal; /* is a row there that differs in free columns only? */
    int columns;
};

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = words; (at = strstr(at, word)); at += length)
        if ((at == words || at[-1] == ' ') &&
            (at[length] == ' ' || at[length] == 0))
            return true;
    return false;
}

static int prepare(struct store *store, sqlite3_stmt **statement, char *sql,
                   struct error *err)
{
    int code = sqlite3_prepare_v2(store->db, sql, -1, statement, NULL);

    free(sql);
    return code == SQLITE_OK ? 0 : database_error(store, code, err);
}

static int prepare_copy(struct merge_copy *copy, struct store *into,
                        struct store *from, struct error *err)
{
    const char *name = copy->table->name;
    struct text columns, values, equal;
    int status;

    /* Nothing depends on the order of rows but rowids, which nobody sees. */
    if (prepare(from, &copy->read, memory_printf("SELECT * FROM %s", name),
                err) < 0)
        return -1;
    copy->columns = sqlite3_column_count(copy->read);
    text_init(&columns);
    text_init(&values);
    text_init(&equal);
    for (int i = 0; i < copy->columns; i++) {
        const char *column = sqlite3_column_name(copy->read, i);

        text_addf(&columns, "%s\"%s\"", i ? ", " : "", column);
        text_addf(&values, "%s?%d", i ? ", " : "", i + 1);
        if (!has_word(copy->table->free, column))
            text_addf(&equal, "%s\"%s\" IS ?%d", *equal.at ? " AND " : "",
                      column, i + 1);
    }
    status = prepare(into, &copy->write,
                     memory_printf("INSERT INTO %s (%s) VALUES (%s)"
                                   " ON CONFLICT DO NOTHING",
                                   name, columns.at, values.at),
                     err);
    if (status == 0)
        status =
            prepare(into, &copy->equal,
                    memory_printf("SELECT 1 FROM %s WHERE %s", name, equal.at),
                    err);
    text_release(&columns);
    text_release(&values);
    text_release(&equal);
    return status;
}

/* The row that was read into a statement, and one step of it. */
static int step_with_row(const struct merge_copy *copy, sqlite3_stmt *statement)
{
    int parameters = sqlite3_bind_parameter_count(statement);
    int code = SQLITE_OK;

    for (int i = 0; i < copy->columns && i < parameters && code == SQLITE_OK;
         i++)
        code = sqlite3_bind_value(statement, i + 1,
                                  sqlite3_column_value(copy->read, i));
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code;
}

static int conflict(const struct merge_copy *copy, const struct store *into,
                    const struct store *from, struct error *err)
{
    struct text key;

    text_init(&key);
    for (int i = 0; i < copy->columns; i++) {
        const char *column = sqlite3_column_name(copy->read, i);
        const char *value = (const char *)sqlite3_column_text(copy->read, i);

        if (has_word(copy->table->key, column))
            text_addf(&key, " %s %s", column, value ? value : "none");
    }
    error_set(err, ERROR_DATA, "%s and %s differ about the same row of %s:%s",
              into->path, from->path, copy->table->name, key.at);
    text_release(&key);
    return -1;
}

static int copy_row(const struct merge_copy *copy, struct store *into,
                    const struct store *from, struct error *err)
{
    int code = step_with_row(copy, copy->write);

    if (code != SQLITE_DONE)
        return database_error(into, code, err);
    if (sqlite3_changes(into->db) == 1)
        return 0;
    code = step_with_row(copy, copy->equal);
    if (code == SQLITE_ROW)
        return 0;
    return code == SQLITE_DONE ? conflict(copy, into, from, err)
                               : database_error(into, code, err);
}

static int copy_table(const struct merge_table *table, struct store *into,
                      struct store *from, struct error *err)
{
    struct merge_copy copy = { .table = table };
    int status = prepare_copy(&copy, into, from, err);
    int code = SQLITE_DONE;

    while (status == 0 && (code = sqlite3_step(copy.read)) == SQLITE_ROW)
        status = copy_row(&copy, into, from, err);
    if (status == 0 && code != SQLITE_DONE)
        status = database_error(from, code, err);
    sqlite3_finalize(copy.read);
    sqlite3_finalize(copy.write);
    sqlite3_finalize(copy.equal);
    return status;
}

/* Runs `write` with the values of every row that `read` gives. */
static int update_rows(struct store *into, struct store *from, const char *read,
                       const char *write, struct error *err)
{
    struct merge_copy copy = { 0 };
    int status = prepare(from, &copy.read, memory_text(read), err);
    int code = SQLITE_DONE;

    if (status == 0)
        status = prepare(into, &copy.write, memory_text(write), err);
    copy.columns = sqlite3_column_count(copy.read);
    while (status == 0 && (code = sqlite3_step(copy.read)) == SQLITE_ROW) {
        code = step_with_row(&copy, copy.write);
        if (code != SQLITE_DONE)
            status = database_error(into, code, err);
    }
    if (status == 0 && code != SQLITE_DONE)
        status = database_error(from, code, err);
    sqlite3_finalize(copy.read);
    sqlite3_finalize(copy.write);
    return status;
}

/* What only `from` knows of a row that both have: a family, an end, or that the
 * run got further. */
static int take_further(struct store *into, struct store *from,
                        struct error *err)
{
    if (update_rows(into, from,
                    "SELECT model_hash, family FROM models"
                    " WHERE family IS NOT NULL",
                    "UPDATE models SET family = ?2"
                    " WHERE model_hash = ?1 AND family IS NULL",
                    err) < 0 ||
        update_rows(into, from,
                    "SELECT invocation, ended_utc FROM invocations"
                    " WHERE ended_utc IS NOT NULL",
                    "UPDATE invocations SET ended_utc = ?2"
                    " WHERE invocation = ?1 AND ended_utc IS NULL",
                    err) < 0 ||
        update_rows(into, from,
                    "SELECT run, layer FROM layer_results"
                    " WHERE outputs_verified",
                    "UPDATE layer_results SET outputs_verified = 1"
                    " WHERE run = ?1 AND layer = ?2",
                    err) < 0)
        return -1;
    return update_rows(into, from,
                       "SELECT run, status, reason, invocation, started_utc,"
                       " ended_utc FROM runs WHERE status <> 'running'",
                       "UPDATE runs SET status = ?2, reason = ?3,"
                       " invocation = ?4, started_utc = ?5, ended_utc = ?6"
                       " WHERE run = ?1 AND (status = 'running'"
                       " OR status = 'failed' AND ?2 = 'done')",
                       err);
}

int store_merge(struct store *into, struct store *from, struct error *err)
{
    int status = 0;

    if (store_begin(into, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && status == 0; i++)
        status = copy_table(&tables[i], into, from, err);
    if (status == 0)
        status = take_further(into, from, err);
    return database_finish(into, status, err);
}
