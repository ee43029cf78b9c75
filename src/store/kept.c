/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who asks many questions of one file, as a report does, works the dear views
 * out once.  A table of this connection that has a view's name comes before the
 * view, so no question has to know of it.  But a view of the file sees the
 * file's own views only; so all of ours are made views of this connection
 * first, and what rests on a kept one takes it from there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/connection.h"
#include "store/database.h"
#include "store/query.h"
#include "store/query_error.h"
#include "store/schema.h"
#include "store/shipped.h"

/* Each after those that it rests on. */
static const char *const kept[] = {
    "v_latest_run", "v_energy", "v_inference_energy",
    "v_inference",  "v_priced", "v_priced_version_point"
};

/* The SELECT of a view of ours, the caller's to free. */
static char *kept_select(const char *view)
{
    char *create = memory_printf("CREATE VIEW %s AS\n", view);
    const char *at = strstr(shipped_views, create) + strlen(create);

    free(create);
    return memory_printf("%.*s", (int)(strstr(at, ";\n") - at), at);
}

static int keep_view(struct store *store, const char *view, struct error *err)
{
    char *select = kept_select(view);
    char *sql = memory_printf("DROP VIEW temp.%s;"
                              "CREATE TEMP TABLE %s AS %s",
                              view, view, select);
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

    free(sql);
    free(select);
    return code == SQLITE_OK ? 0 : query_error(store, code, QUERY_OF_OURS, err);
}

int query_keep(struct store *store, struct error *err)
{
    int status;

    connection_only_reads(store, false);
    connection_may_stop(store, true);
    status = schema_hide_views(store, err);
    for (size_t i = 0; i < sizeof kept / sizeof *kept && status == 0; i++)
        status = keep_view(store, kept[i], err);
    connection_may_stop(store, false);
    connection_only_reads(store, store->is_read_only);
    return status;
}
