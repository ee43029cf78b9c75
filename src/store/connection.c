/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A results file may come from anybody.  What a connection may do is therefore
 * decided before the first statement: no triggers, no extension, no other file,
 * and for a question nothing but reading, which SQLite's authorizer is asked
 * about for each action of a statement while it is prepared.
 */
#include "store/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>

#include "base/json_text.h"
#include "base/memory.h"
#include "base/stop.h"
#include "store/database.h"

/*
 * SQLite 3.38 to 3.40 take their own json_valid() for a function that only a
 * trusted schema may call, by a slip (harmless flags are stored inverted); our
 * CHECKs need it.  NULL is NULL, as there.  It is read where it lies: a text
 * may be as long as anybody makes it.
 */
static void is_valid_json(sqlite3_context *context, int count,
                          sqlite3_value **values)
{
    const char *text;
    struct json_text root;
    struct json_trouble trouble;

    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    text = (const char *)sqlite3_value_text(values[0]);
    if (!text) {
        sqlite3_result_error_nomem(context);
        return;
    }
    sqlite3_result_int(context,
                       json_text_check(&root, text,
                                       (size_t)sqlite3_value_bytes(values[0]),
                                       JSON_PLAIN, &trouble) == 0);
}

/*
 * A results file may come from anybody.  Whatever stands in it, a connection
 * runs none of its triggers, loads nothing, opens no other file, and calls no
 * function for its views and CHECKs that could do more than compute.
 */
static int connection_harden(sqlite3 *db)
{
    static const struct {
        int setting, value;
    } settings[] = {
        { SQLITE_DBCONFIG_DEFENSIVE, 1 },
        { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
        { SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
        { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
        { SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
        { SQLITE_DBCONFIG_DQS_DDL, 0 },
    };

    int code;

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        code = sqlite3_db_config(db, settings[i].setting, settings[i].value,
                                 (int *)NULL);
        if (code != SQLITE_OK)
            return code;
    }
    code = sqlite3_create_function_v2(db, "json_valid", 1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC |
                                          SQLITE_INNOCUOUS,
                                      NULL, is_valid_json, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return code;
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, CONNECTION_LONGEST);
    sqlite3_busy_timeout(db, STORE_WAIT_SECONDS * 1000);
    sqlite3_extended_result_codes(db, 1);
    /* Tables that are functions are made when they are first named, and an
     * authorizer would take that for writing.  Numbers of cells and pages are
     * checked before they are believed. */
    return sqlite3_exec(
        db,
        "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
        "SELECT 1 FROM json_each('[]'), json_tree('[]'),"
        " pragma_table_info(''), pragma_table_xinfo(''),"
        " pragma_table_list(''), pragma_index_list(''),"
        " pragma_index_info(''), pragma_foreign_key_list('')"
        " LIMIT 0;",
        NULL, NULL, NULL);
}

int connection_open(struct store *store, enum connection_use use,
                    struct error *err)
{
    /* SQLite gives names such as :memory: a meaning; a path has none. */
    char *name =
        memory_printf("%s%s", *store->path == '/' ? "" : "./", store->path);
    int code = sqlite3_open_v2(name, &store->db,
                               use == CONNECTION_WRITES
                                   ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                   : SQLITE_OPEN_READONLY,
                               NULL);

    free(name);
    if (code == SQLITE_OK)
        code = connection_harden(store->db);
    return code == SQLITE_OK ? 0 : database_error(store, code, err);
}

void connection_close(struct store *store)
{
    int code;

    database_forget(store);
    code = sqlite3_close(store->db);
    assert(code == SQLITE_OK); /* or a statement was left open */
    store->db = NULL;
}

int connection_open_memory(sqlite3 **db)
{
    int code = sqlite3_open(":memory:", db);

    return code == SQLITE_OK ? connection_harden(*db) : code;
}

/* What a statement that only reads needs; everything else is denied, also what
 * sqlite3_stmt_readonly() takes for reading. */
static int allow_reading(void *context, int action, const char *first,
                         const char *second, const char *third,
                         const char *view)
{
    static const char *const pragmas[] = {
        "foreign_key_check", "foreign_key_list", "index_info",
        "index_list",        "integrity_check",  "quick_check",
        "table_info",        "table_list",       "table_xinfo",
    };
    struct store *store = context;

    (void)third;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        if (strcasecmp(second, "load_extension") != 0)
            return SQLITE_OK;
        break;
    case SQLITE_PRAGMA:
        if (!second && (strcasecmp(first, "user_version") == 0 ||
                        strcasecmp(first, "application_id") == 0))
            return SQLITE_OK;
        for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++)
            if (strcasecmp(first, pragmas[i]) == 0)
                return SQLITE_OK;
        break;
    default:
        break;
    }
    store->view_denied = view != NULL;
    return SQLITE_DENY;
}

void connection_only_reads(struct store *store, bool only_reads)
{
    sqlite3_set_authorizer(store->db, only_reads ? allow_reading : NULL, store);
}

static int stop_if_asked(void *unused)
{
    (void)unused;
    return stop_requested();
}

void connection_may_stop(const struct store *store, bool may_stop)
{
    enum { STEPS = 10000 }; /* between two looks: less than a millisecond */

    sqlite3_progress_handler(store->db, may_stop ? STEPS : 0, stop_if_asked,
                             NULL);
}
