/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/store/scratch.h"

#include <check.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

static char folder[64];

void scratch_enter(void)
{
    strcpy(folder, "/tmp/flexcim-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

void scratch_leave(void)
{
    char *command = memory_printf("rm -rf %s", folder);

    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
    free(command);
}

static int add_row(void *context, int columns, char **values, char **names)
{
    struct text *text = context;

    (void)names;
    for (int i = 0; i < columns; i++)
        text_addf(text, "%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
    text_add(text, "\n");
    return 0;
}

static void add_rows(struct text *text, const char *path, const char *sql)
{
    sqlite3 *db;

    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 10000);
    if (sqlite3_exec(db, sql, add_row, text, NULL) != SQLITE_OK)
        ck_abort_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

char *scratch_ask(const char *path, const char *sql)
{
    struct text text;

    text_init(&text);
    add_rows(&text, path, sql);
    return text_take(&text);
}

void scratch_assert(const char *path, const char *sql, const char *rows)
{
    char *found = scratch_ask(path, sql);

    ck_assert_str_eq(found, rows);
    free(found);
}

void scratch_execute(const char *path, const char *sql)
{
    free(scratch_ask(path, sql));
}

char *scratch_dump(const char *path)
{
    static const char *const tables[] = {
        "SELECT count(*) > 0 FROM invocations",
        "SELECT * FROM models ORDER BY 1",
        "SELECT * FROM layers ORDER BY 1, 2",
        "SELECT * FROM plans ORDER BY 1",
        "SELECT * FROM plan_layers ORDER BY 1, 3",
        "SELECT model_hash, plan_hash, tokens_hash, tensor, \"rows\", tokens,"
        " arithmetic, version, perplexity FROM perplexities"
        " ORDER BY 1, 2, 3, 4, 5, 7, 8",
        "SELECT trace_hash, model_hash, plan_hash, kind, tokens_hash"
        " FROM traces ORDER BY 1",
        "SELECT * FROM list_layers ORDER BY 1, 3",
        "SELECT * FROM machines ORDER BY 1",
        "SELECT run, trace_hash, model_hash, machine_hash, version, way, seed,"
        " status, reason FROM runs ORDER BY 1",
        "SELECT * FROM layer_results ORDER BY 1, 3",
        "SELECT * FROM counters ORDER BY 1, 2",
        "SELECT * FROM costs ORDER BY 1, 2",
        "SELECT * FROM machine_parts ORDER BY 1, 2, 3, 4, 5, 6, 7",
        "SELECT * FROM layer_activities ORDER BY 1, 3",
        "SELECT * FROM nodes ORDER BY 1",
        "SELECT * FROM currents ORDER BY 1, 2",
        "SELECT * FROM counter_values ORDER BY 1, 2, 3, 4",
        "SELECT * FROM experiments ORDER BY 1",
        "SELECT * FROM experiment_points ORDER BY 1, 2",
    };
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        add_rows(&text, path, tables[i]);
    return text_take(&text);
}
