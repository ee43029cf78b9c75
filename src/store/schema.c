/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a schema is compared.  Our own text of a version is what an empty
 * database in memory holds after migrations 1 to that version; what SQLite then
 * tells of itself in sqlite_schema is held against what it tells of the file,
 * name by name.  ALTER TABLE writes a column its own way, and comments changed
 * between versions, so both texts are first brought to a plain form: without
 * comments, and with one blank where two words would otherwise run together.
 * Texts in quotes stay as they are.
 *
 * This costs a millisecond when a file is opened, whatever its size.
 */
#include "store/schema.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"
#include "store/connection.h"
#include "store/database.h"
#include "store/shipped.h"

enum { APPLICATION = 1181500237 }; /* as in schema.sql */

int schema_version(struct store *store, int64_t *version, struct error *err)
{
    int64_t application, objects;

    if (database_number(store, "SELECT count(*) FROM sqlite_schema", &objects,
                        err) < 0 ||
        database_number(store, "PRAGMA application_id", &application, err) <
            0 ||
        database_number(store, "PRAGMA user_version", version, err) < 0)
        return -1;
    if (objects == 0 && application == 0 && *version == 0)
        return 0;
    if (application != APPLICATION)
        return error_set(err, ERROR_DATA,
                         "%s: a database, but not one of flexcim "
                         "(application_id is %lld, not %d)",
                         store->path, (long long)application, APPLICATION);
    if (*version < 1)
        return error_set(err, ERROR_DATA, "%s: damaged: no schema version",
                         store->path);
    if (*version > STORE_VERSION)
        return error_set(err, ERROR_DATA,
                         "%s: has schema version %lld; this flexcim knows "
                         "versions up to %d: use a newer one",
                         store->path, (long long)*version, STORE_VERSION);
    return 0;
}

/* One row of sqlite_schema. */
struct schema_object {
    char *type, *name, *table;
    char *text; /* in plain form; NULL: SQLite made it by itself */
};

struct schema_objects {
    struct schema_object *at;
    size_t count, capacity;
};

static bool schema_is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

/* The length of what ends a text in quotes or a comment at `at`, or 0. */
static size_t comment_length(const char *at)
{
    const char *end;

    if (strncmp(at, "--", 2) == 0)
        return strcspn(at, "\n");
    if (strncmp(at, "/*", 2) != 0)
        return 0;
    end = strstr(at + 2, "*/");
    return end ? (size_t)(end + 2 - at) : strlen(at);
}

static size_t quoted_length(const char *at)
{
    const char *end;

    if (!strchr("'\"`[", *at))
        return 0;
    end = strchr(at + 1, *at == '[' ? ']' : *at);
    return end ? (size_t)(end + 1 - at) : strlen(at);
}

static char *plain_form(const char *sql)
{
    struct text plain;
    bool apart = false; /* blanks or a comment since the last token */

    text_init(&plain);
    while (*sql) {
        size_t length = comment_length(sql);

        if (length == 0 && isspace((unsigned char)*sql))
            length = 1;
        if (length > 0) {
            apart = true;
            sql += length;
            continue;
        }
        if (apart && plain.length > 0 &&
            schema_is_word(plain.at[plain.length - 1]) && schema_is_word(*sql))
            text_add(&plain, " ");
        apart = false;
        length = quoted_length(sql);
        length += length == 0;
        text_add_bytes(&plain, sql, length);
        sql += length;
    }
    return text_take(&plain);
}

static char *column_copy(sqlite3_stmt *row, int column)
{
    return memory_text(database_text(row, column));
}

/* Everything, or only what is of one `type`.  An SQLite code. */
static int read_objects(struct schema_objects *objects, sqlite3 *db,
                        const char *type)
{
    sqlite3_stmt *row;
    int code = sqlite3_prepare_v2(db,
                                  "SELECT type, name, tbl_name, sql"
                                  " FROM sqlite_schema"
                                  " WHERE type = coalesce(:type, type)",
                                  -1, &row, NULL);

    *objects = (struct schema_objects){ 0 };
    if (code == SQLITE_OK)
        code =
            sqlite3_bind_text(row, sqlite3_bind_parameter_index(row, ":type"),
                              type, -1, SQLITE_STATIC);
    while (code == SQLITE_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        const char *sql = (const char *)sqlite3_column_text(row, 3);
        struct schema_object *object;

        objects->at = memory_grow(objects->at, &objects->capacity,
                                  objects->count + 1, sizeof *objects->at);
        object = &objects->at[objects->count++];
        object->type = column_copy(row, 0);
        object->name = column_copy(row, 1);
        object->table = column_copy(row, 2);
        object->text = sql ? plain_form(sql) : NULL;
        code = SQLITE_OK;
    }
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static void release_objects(struct schema_objects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        free(objects->at[i].type);
        free(objects->at[i].name);
        free(objects->at[i].table);
        free(objects->at[i].text);
    }
    free(objects->at);
}

/* SQLite's names know no case. */
static const struct schema_object *
find_object(const struct schema_objects *objects, const char *name)
{
    for (size_t i = 0; i < objects->count; i++)
        if (strcasecmp(objects->at[i].name, name) == 0)
            return &objects->at[i];
    return NULL;
}

static bool is_same(const struct schema_object *a,
                    const struct schema_object *b)
{
    return strcmp(a->type, b->type) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->table, b->table) == 0 &&
           (a->text ? b->text && strcmp(a->text, b->text) == 0 : !b->text);
}

/* What SQLite keeps for itself: statistics, and indexes that a table demands.
 */
static bool is_internal(const struct schema_object *object)
{
    if (strcmp(object->type, "table") == 0)
        return strcmp(object->name, "sqlite_stat1") == 0 ||
               strcmp(object->name, "sqlite_stat4") == 0;
    return strcmp(object->type, "index") == 0 && !object->text &&
           strncmp(object->name, "sqlite_autoindex_", 17) == 0;
}

static int make_version(sqlite3 *db, int64_t version)
{
    int code = SQLITE_OK;

    assert(shipped_migration_count == STORE_VERSION);
    if (version == STORE_VERSION)
        return sqlite3_exec(db, shipped_schema, NULL, NULL, NULL);
    for (int64_t i = 0; i < version && code == SQLITE_OK; i++)
        code = sqlite3_exec(db, shipped_migrations[i], NULL, NULL, NULL);
    return code;
}

/* Our own objects of a version. */
static int read_own(struct schema_objects *own, const struct store *store,
                    int64_t version, struct error *err)
{
    sqlite3 *db;
    int code = connection_open_memory(&db);

    *own = (struct schema_objects){ 0 };
    if (code == SQLITE_OK)
        code = make_version(db, version);
    if (code == SQLITE_OK)
        code = read_objects(own, db, NULL);
    if (code != SQLITE_OK)
        error_set(err, ERROR_INTERNAL,
                  "%s: version %lld cannot be compared: %s", store->path,
                  (long long)version, sqlite3_errmsg(db));
    sqlite3_close(db);
    return code == SQLITE_OK ? 0 : -1;
}

static int check_own(const struct store *store,
                     const struct schema_objects *own,
                     const struct schema_objects *found, struct error *err)
{
    for (size_t i = 0; i < own->count; i++) {
        const struct schema_object *object = &own->at[i];
        const struct schema_object *there = find_object(found, object->name);

        if (!there)
            return error_set(err, ERROR_DATA,
                             "%s: altered or damaged: its %s %s is missing",
                             store->path, object->type, object->name);
        if (!is_same(object, there))
            return error_set(err, ERROR_DATA,
                             "%s: altered: %s %s is not as flexcim makes it",
                             store->path, there->type, object->name);
    }
    return 0;
}

static int check_others(const struct store *store,
                        const struct schema_objects *own,
                        const struct schema_objects *found, struct error *err)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct schema_object *object = &found->at[i];

        if (strcmp(object->type, "view") != 0 && !is_internal(object) &&
            !find_object(own, object->name))
            return error_set(err, ERROR_DATA,
                             "%s: is not written to: %s %s is none of "
                             "flexcim's; keep what is your own in another "
                             "file",
                             store->path, object->type, object->name);
    }
    return 0;
}

int schema_check(struct store *store, int64_t version, enum store_mode mode,
                 struct error *err)
{
    struct schema_objects own, found = { 0 };
    int status = read_own(&own, store, version, err);

    if (status == 0) {
        int code = read_objects(&found, store->db, NULL);

        if (code != SQLITE_OK)
            status = database_error(store, code, err);
    }
    if (status == 0)
        status = check_own(store, &own, &found, err);
    if (status == 0 && mode == STORE_WRITE)
        status = check_others(store, &own, &found, err);
    release_objects(&own);
    release_objects(&found);
    return status;
}

/* `name` stands in quotes in `format`, as %w wants it. */
static int execute_named(struct store *store, const char *format,
                         const char *name, struct error *err)
{
    char *sql = sqlite3_mprintf(format, name);
    int status;

    if (!sql)
        memory_exhausted(0);
    status = database_script(store, sql, err);
    sqlite3_free(sql);
    return status;
}

/* Those of the file that have the name of one of `ours`; of all if NULL. */
static int drop_views(struct store *store, const struct schema_objects *ours,
                      struct error *err)
{
    struct schema_objects found;
    int code = read_objects(&found, store->db, "view");
    int status = code == SQLITE_OK ? 0 : database_error(store, code, err);

    for (size_t i = 0; i < found.count && status == 0; i++)
        if (!ours || find_object(ours, found.at[i].name))
            status = execute_named(store, "DROP VIEW main.\"%w\"",
                                   found.at[i].name, err);
    release_objects(&found);
    return status;
}

int schema_drop_views(struct store *store, struct error *err)
{
    return drop_views(store, NULL, err);
}

/* Views of this connection come before those of the file. */
int schema_hide_views(struct store *store, struct error *err)
{
    static const char create[] = "CREATE VIEW ";
    const char *at = shipped_views, *next;
    struct text text;
    int status;

    text_init(&text);
    for (; (next = strstr(at, create)); at = next + sizeof create - 1) {
        text_add_bytes(&text, at, (size_t)(next - at));
        text_add(&text, "CREATE TEMP VIEW IF NOT EXISTS ");
    }
    text_add(&text, at);
    status = database_script(store, text.at, err);
    text_release(&text);
    return status;
}

static int replace_views(struct store *store, const struct schema_objects *ours,
                         struct error *err)
{
    int status;

    if (store_begin(store, err) < 0)
        return -1;
    status = drop_views(store, ours, err);
    if (status == 0)
        status = database_script(store, shipped_views, err);
    return database_finish(store, status, err);
}

/* Our views, as SQLite tells them: their text need not make sense here. */
static int read_own_views(struct schema_objects *ours, struct error *err)
{
    sqlite3 *db;
    int code = connection_open_memory(&db);

    *ours = (struct schema_objects){ 0 };
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, shipped_views, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = read_objects(ours, db, NULL);
    if (code != SQLITE_OK)
        error_set(err, ERROR_INTERNAL, "views: %s", sqlite3_errmsg(db));
    sqlite3_close(db);
    return code == SQLITE_OK ? 0 : -1;
}

int schema_views(struct store *store, enum store_mode mode, struct error *err)
{
    struct schema_objects ours, found = { 0 };
    bool same = true;
    int status = read_own_views(&ours, err);

    if (status == 0) {
        int code = read_objects(&found, store->db, NULL);

        if (code != SQLITE_OK)
            status = database_error(store, code, err);
    }
    for (size_t i = 0; i < ours.count && status == 0; i++) {
        const struct schema_object *view = find_object(&found, ours.at[i].name);

        same = same && view && is_same(&ours.at[i], view);
    }
    release_objects(&found);
    if (status == 0 && !same)
        status = mode == STORE_READ ? schema_hide_views(store, err)
                                    : replace_views(store, &ours, err);
    release_objects(&ours);
    return status;
}

int schema_make(struct store *store, struct error *err)
{
    if (database_script(store, shipped_schema, err) < 0 ||
        database_script(store, shipped_views, err) < 0)
        return -1;
    return database_script(store, shipped_costs, err);
}
