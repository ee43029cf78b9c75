/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Copies another results file into this one, table by table in the order in
 * which rows refer to one another.  A row that both have must be the same in
 * every column, floating-point sums within a millionth of their size (another
 * processor may have made them); otherwise nothing is merged.  The parts of a
 * machine are one thing: of programs that saw other parts in it, both files'
 * together would be a machine that nobody has.  What only one of
 * two rows knows, such as the end of a run, is taken over.  All of it is one
 * transaction.
 */
#include "store/merge.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "store/connection.h"
#include "store/database.h"

/*
 * Two kinds of processor round sums in another order, so that a perplexity of
 * the same work differs in its last digits: relative, as SQL reads it.  Of
 * questions, one with two answers of nearly one score is now and then answered
 * otherwise: one in a hundred, and one more.
 */
#define MERGE_NEAR           "1e-6"
#define MERGE_NEAR_QUESTIONS "1 + questions / 100"
/* Inputs and weights that lie half way between two whole numbers are rounded
 * the other way, some in a layer: shares of their bits differ by that many. */
#define MERGE_NEAR_SHARES "1e-3"

/* The tables, each after those that it refers to. */
static const struct merge_table {
    const char *name;
    const char *key;  /* columns that tell a row in a sentence */
    const char *free; /* columns that may differ between equal rows */
    const char *near; /* columns that may differ a little */
    const char *set;  /* column that tells which rows stand together, or NULL */
} tables[] = {
    { "invocations", "invocation", "ended_utc", "", NULL },
    { "models", "name", "name family", "", NULL },
    { "layers", "name", "", "", NULL },
    { "plans", "plan_hash", "parameters text", "", NULL },
    { "plan_layers", "plan_hash layer", "score reason", "", NULL },
    { "perplexities", "model_hash plan_hash", "invocation", "perplexity",
      NULL },
    { "accuracies", "model_hash plan_hash tasks",
      "tasks acc_error acc_norm_error answered answered_norm invocation",
      "acc acc_norm", NULL },
    { "traces", "trace_hash", "path", "", NULL },
    { "list_layers", "trace_hash layer", "", "", NULL },
    { "machines", "name", "name clock_mhz", "", NULL },
    { "runs", "run", "status reason invocation started_utc ended_utc", "",
      NULL },
    { "layer_results", "run layer", "outputs_verified", "", NULL },
    { "counters", "block counter", "description", "", NULL },
    { "costs", "cost_table component", "", "", NULL },
    { "machine_parts", "machine_hash block name component", "", "",
      "machine_hash" },
    { "layer_activities", "trace_hash layer", "",
      "input_toggle input_zeros weight_ones weight_zeros", NULL },
    { "nodes", "node_nm", "", "", NULL },
    { "currents", "device kelvin", "", "", NULL },
    { "counter_values", "run layer block counter", "", "", NULL },
    { "unit_parts", "machine_hash block name component", "", "",
      "machine_hash" },
    { "inferences", "inference", "invocation ended_utc", "", NULL },
    { "operator_results", "inference operator", "", "", NULL },
    { "operator_counters", "inference operator block counter", "", "", NULL },
    { "experiments", "name", "", "", NULL },
    { "experiment_points", "experiment point", "", "", NULL },
};

/* The statements that one table needs. */
struct merge_copy {
    const struct merge_table *table;
    sqlite3_stmt *read;  /* all rows of the source */
    sqlite3_stmt *write; /* one row, unless it is there */
    sqlite3_stmt *equal; /* is a row there that differs in free columns, or a
                            little in near ones, only?  1 if not even that */
    sqlite3_stmt *count; /* rows that are there of a set */
    int columns;

    int set;  /* number of the column, or -1 */
    char *of; /* the set of the row before; NULL: none yet */
    int64_t there,
        seen; /* rows of it: in the store before, and in the source */
};

/* Whether a list of words, a blank between two, has this one. */
static bool merge_has_word(const char *words, const char *word)
{
    size_t length = strlen(word);

    while (*words) {
        size_t next = strcspn(words, " ");

        if (next == length && memcmp(words, word, length) == 0)
            return true;
        words += next;
        words += strspn(words, " ");
    }
    return false;
}

static int merge_prepare(struct store *store, sqlite3_stmt **statement,
                         const char *sql, struct error *err)
{
    int code = sqlite3_prepare_v2(store->db, sql, -1, statement, NULL);

    return code == SQLITE_OK ? 0 : database_error(store, code, err);
}

/* `format` is of sqlite3_mprintf(): %w is a name in double quotes. */
static void add_named(struct text *text, const char *format, ...)
{
    va_list values;
    char *words;

    va_start(values, format);
    words = sqlite3_vmprintf(format, values);
    va_end(values);
    if (!words)
        memory_exhausted(0);
    text_add(text, words);
    sqlite3_free(words);
}

/* Equal, or as near as two processors come; accuracies are shares of
 * `questions`, activities of bits. */
static void add_near(struct text *same, const char *between, const char *column,
                     int place)
{
    if (strncmp(column, "acc", 3) == 0)
        add_named(same,
                  "%s abs(\"%w\" - ?%d) * questions"
                  " <= " MERGE_NEAR_QUESTIONS,
                  between, column, place);
    else if (strncmp(column, "perplexity", 10) != 0)
        add_named(same, "%s abs(\"%w\" - ?%d) <= " MERGE_NEAR_SHARES, between,
                  column, place);
    else
        add_named(same,
                  "%s (\"%w\" IS ?%d OR abs(\"%w\" - ?%d)"
                  " <= " MERGE_NEAR " * abs(?%d))",
                  between, column, place, column, place, place);
}

/* The file was compared with our own tables when it was opened, so its columns
 * are ours; their names are quoted all the same. */
static void write_sql(const struct merge_copy *copy, struct text *write,
                      struct text *equal)
{
    const struct merge_table *table = copy->table;
    const char *between = "", *exact = "SELECT";
    struct text same; /* conditions for `equal` */

    add_named(write, "INSERT INTO \"%w\" (", table->name);
    text_init(&same);
    for (int i = 0; i < copy->columns; i++) {
        const char *column = sqlite3_column_name(copy->read, i);

        add_named(write, "%s\"%w\"", i ? ", " : "", column);
        if (merge_has_word(table->free, column))
            continue;
        if (merge_has_word(table->near, column)) {
            add_named(equal, "%s \"%w\" IS ?%d", exact, column, i + 1);
            exact = " AND";
            add_near(&same, between, column, i + 1);
        } else {
            add_named(&same, "%s \"%w\" IS ?%d", between, column, i + 1);
        }
        between = " AND";
    }
    add_named(equal, "%s FROM \"%w\" WHERE%s", equal->length ? "" : "SELECT 1",
              table->name, same.at);
    text_release(&same);
    text_add(write, ") VALUES (");
    for (int i = 0; i < copy->columns; i++)
        text_addf(write, "%s?%d", i ? ", " : "", i + 1);
    text_add(write, ") ON CONFLICT DO NOTHING");
}

static int prepare_set(struct merge_copy *copy, struct store *into,
                       struct error *err)
{
    struct text count;
    int status;

    copy->set = 0;
    while (strcmp(sqlite3_column_name(copy->read, copy->set),
                  copy->table->set) != 0)
        copy->set++;
    text_init(&count);
    add_named(&count, "SELECT count(*) FROM \"%w\" WHERE \"%w\" IS ?1",
              copy->table->name, copy->table->set);
    status = merge_prepare(into, &copy->count, count.at, err);
    text_release(&count);
    return status;
}

static int prepare_copy(struct merge_copy *copy, struct store *into,
                        struct store *from, struct error *err)
{
    struct text read, write, equal;
    int status;

    text_init(&read);
    text_init(&write);
    text_init(&equal);
    /* Nothing depends on the order of rows but rowids, which nobody sees, and
     * whether those of a set follow one another. */
    add_named(&read, "SELECT * FROM \"%w\"", copy->table->name);
    if (copy->table->set)
        add_named(&read, " ORDER BY \"%w\"", copy->table->set);
    status = merge_prepare(from, &copy->read, read.at, err);
    if (status == 0) {
        copy->columns = sqlite3_column_count(copy->read);
        write_sql(copy, &write, &equal);
        status = merge_prepare(into, &copy->write, write.at, err);
    }
    if (status == 0)
        status = merge_prepare(into, &copy->equal, equal.at, err);
    if (status == 0 && copy->table->set)
        status = prepare_set(copy, into, err);
    text_release(&read);
    text_release(&write);
    text_release(&equal);
    return status;
}

/* One step of a statement with the values of the row that was read; whoever
 * calls resets it. */
static int step_with_row(const struct merge_copy *copy, sqlite3_stmt *statement)
{
    int parameters = sqlite3_bind_parameter_count(statement);
    int code = SQLITE_OK;

    for (int i = 0; i < copy->columns && i < parameters && code == SQLITE_OK;
         i++)
        code = sqlite3_bind_value(statement, i + 1,
                                  sqlite3_column_value(copy->read, i));
    return code == SQLITE_OK ? sqlite3_step(statement) : code;
}

/* A row that a table refuses is the source's trouble: the table is ours. */
static int merge_refused(int code, const struct store *into,
                         const struct store *from, const char *table,
                         struct error *err)
{
    if ((code & 0xff) != SQLITE_CONSTRAINT)
        return database_error(into, code, err);
    return error_set(err, ERROR_DATA,
                     "%s: altered or damaged: a row of %s cannot be: %s",
                     from->path, table, sqlite3_errmsg(into->db));
}

/* Rows that belong together are all of one version of the program. */
static int sets_differ(const struct merge_copy *copy, const struct store *into,
                       const struct store *from, struct error *err)
{
    return error_set(
        err, ERROR_DATA,
        "%s and %s differ about the rows of %s: %s %.12s...: other "
        "versions of the program wrote them; a replay on that "
        "machine brings a file's up to date",
        into->path, from->path, copy->table->name, copy->table->set, copy->of);
}

static int conflict(const struct merge_copy *copy, const struct store *into,
                    const struct store *from, struct error *err)
{
    struct text key;

    if (copy->table->set)
        return sets_differ(copy, into, from, err);
    text_init(&key);
    for (int i = 0; i < copy->columns; i++) {
        const char *column = sqlite3_column_name(copy->read, i);
        const char *value = (const char *)sqlite3_column_text(copy->read, i);

        if (merge_has_word(copy->table->key, column))
            text_addf(&key, " %s %s", column, value ? value : "none");
    }
    error_set(err, ERROR_DATA, "%s and %s differ about the same row of %s:%s",
              into->path, from->path, copy->table->name, key.at);
    text_release(&key);
    return -1;
}

/* `near` is counted up for a row that differs a little. */
static int merge_compare_row(const struct merge_copy *copy, struct store *into,
                             const struct store *from, uint64_t *near,
                             struct error *err)
{
    int code = step_with_row(copy, copy->equal), status = 0;

    if (code == SQLITE_ROW)
        *near += sqlite3_column_int(copy->equal, 0) == 0;
    else if (code == SQLITE_DONE)
        status = conflict(copy, into, from, err);
    else
        status = database_error(into, code, err);
    sqlite3_reset(copy->equal);
    return status;
}

/* Whether the set that ends has as many rows in both, or is new. */
static int end_set(const struct merge_copy *copy, const struct store *into,
                   const struct store *from, struct error *err)
{
    if (!copy->of || copy->there == 0 || copy->there == copy->seen)
        return 0;
    return sets_differ(copy, into, from, err);
}

/* The row that was read may be the first of a set. */
static int look_at_set(struct merge_copy *copy, struct store *into,
                       const struct store *from, struct error *err)
{
    const char *of = database_text(copy->read, copy->set);
    int code;

    if (copy->of && strcmp(copy->of, of) == 0) {
        copy->seen++;
        return 0;
    }
    if (end_set(copy, into, from, err) < 0)
        return -1;
    free(copy->of);
    copy->of = memory_text(of);
    copy->seen = 1;
    code = sqlite3_bind_text(copy->count, 1, copy->of, -1, SQLITE_TRANSIENT);
    if (code == SQLITE_OK)
        code = sqlite3_step(copy->count);
    if (code == SQLITE_ROW)
        copy->there = sqlite3_column_int64(copy->count, 0);
    sqlite3_reset(copy->count);
    return code == SQLITE_ROW ? 0 : database_error(into, code, err);
}

static int copy_row(struct merge_copy *copy, struct store *into,
                    const struct store *from, uint64_t *near, struct error *err)
{
    int code, status = 0;

    if (copy->table->set && look_at_set(copy, into, from, err) < 0)
        return -1;
    if (copy->table->set && copy->there > 0)
        return merge_compare_row(copy, into, from, near, err);
    code = step_with_row(copy, copy->write);
    if (code != SQLITE_DONE)
        status = merge_refused(code, into, from, copy->table->name, err);
    sqlite3_reset(copy->write);
    if (status < 0 || sqlite3_changes(into->db) == 1)
        return status;
    return merge_compare_row(copy, into, from, near, err);
}

static int copy_table(const struct merge_table *table, struct store *into,
                      struct store *from, uint64_t *near, struct error *err)
{
    struct merge_copy copy = { .table = table, .set = -1 };
    int status = prepare_copy(&copy, into, from, err);
    int code = SQLITE_DONE;

    while (status == 0 && (code = sqlite3_step(copy.read)) == SQLITE_ROW)
        status = copy_row(&copy, into, from, near, err);
    if (status == 0 && code != SQLITE_DONE)
        status = database_error(from, code, err);
    if (status == 0)
        status = end_set(&copy, into, from, err);
    free(copy.of);
    sqlite3_finalize(copy.read);
    sqlite3_finalize(copy.write);
    sqlite3_finalize(copy.equal);
    sqlite3_finalize(copy.count);
    return status;
}

/* One step of a statement that calls columns of the row by their names. */
static int step_with_names(const struct merge_copy *copy,
                           sqlite3_stmt *statement)
{
    int code = SQLITE_OK;

    for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
        const char *name = sqlite3_bind_parameter_name(statement, i) + 1;
        int column = 0;

        while (strcmp(sqlite3_column_name(copy->read, column), name) != 0)
            column++;
        if (code == SQLITE_OK)
            code = sqlite3_bind_value(statement, i,
                                      sqlite3_column_value(copy->read, column));
    }
    return code == SQLITE_OK ? sqlite3_step(statement) : code;
}

/* Runs `write` with the values of every row that `read` gives. */
static int update_rows(struct store *into, struct store *from, const char *read,
                       const char *write, struct error *err)
{
    struct merge_copy copy = { 0 };
    int status = merge_prepare(from, &copy.read, read, err);
    int code = SQLITE_DONE;

    if (status == 0)
        status = merge_prepare(into, &copy.write, write, err);
    while (status == 0 && (code = sqlite3_step(copy.read)) == SQLITE_ROW) {
        code = step_with_names(&copy, copy.write);
        if (code != SQLITE_DONE)
            status = merge_refused(code, into, from, "what both have", err);
        sqlite3_reset(copy.write);
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
                    "UPDATE models SET family = :family"
                    " WHERE model_hash = :model_hash AND family IS NULL",
                    err) < 0 ||
        update_rows(into, from,
                    "SELECT invocation, ended_utc FROM invocations"
                    " WHERE ended_utc IS NOT NULL",
                    "UPDATE invocations SET ended_utc = :ended_utc"
                    " WHERE invocation = :invocation AND ended_utc IS NULL",
                    err) < 0 ||
        update_rows(into, from,
                    "SELECT run, layer FROM layer_results"
                    " WHERE outputs_verified",
                    "UPDATE layer_results SET outputs_verified = 1"
                    " WHERE run = :run AND layer = :layer",
                    err) < 0)
        return -1;
    return update_rows(into, from,
                       "SELECT run, status, reason, invocation, started_utc,"
                       " ended_utc FROM runs WHERE status <> 'running'",
                       "UPDATE runs SET status = :status, reason = :reason,"
                       " invocation = :invocation, started_utc = :started_utc, "
                       "ended_utc = :ended_utc"
                       " WHERE run = :run AND (status = 'running'"
                       " OR status = 'failed' AND :status = 'done')",
                       err);
}

static int merge_tables(struct store *into, struct store *from, uint64_t *near,
                        struct error *err)
{
    int status = 0;

    for (size_t i = 0; i < sizeof tables / sizeof *tables && status == 0; i++)
        status = copy_table(&tables[i], into, from, near, err);
    return status == 0 ? take_further(into, from, err) : -1;
}

int store_merge(struct store *into, struct store *from, uint64_t *near,
                struct error *err)
{
    int status;

    *near = 0;
    if (store_begin(into, err) < 0)
        return -1;
    connection_may_stop(into, true);
    connection_may_stop(from, true);
    status = merge_tables(into, from, near, err);
    connection_may_stop(from, false);
    connection_may_stop(into, false);
    return database_finish(into, status, err);
}
