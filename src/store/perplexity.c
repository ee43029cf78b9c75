/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well models and plans predict a text. */
#include <assert.h>
#include <math.h>

#include "store/database.h"
#include "store/store.h"

int store_put_perplexity(struct store *store,
                         const struct store_perplexity *perplexity,
                         struct error *err)
{
    assert(store->invocation[0]);
    return database_change(
        store, err,
        "INSERT INTO perplexities (model_hash, plan_hash, tokens_hash, tensor,"
        " \"rows\", tokens, arithmetic, version, perplexity, invocation)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        " ON CONFLICT (model_hash, coalesce(plan_hash, ''), tokens_hash,"
        " tensor, \"rows\", arithmetic, version) DO UPDATE"
        " SET perplexity = excluded.perplexity, tokens = excluded.tokens,"
        " invocation = excluded.invocation",
        "ttttiittrt", perplexity->model, perplexity->plan, perplexity->tokens,
        perplexity->tensor, database_integer(perplexity->rows),
        database_integer(perplexity->predicted), perplexity->arithmetic,
        store->version, perplexity->perplexity, store->invocation);
}

int store_find_perplexity(struct store *store,
                          struct store_perplexity *perplexity, bool *found,
                          struct error *err)
{
    sqlite3_stmt *row;

    assert(store->invocation[0]);
    if (database_select(store, &row, err,
                        "SELECT tokens, perplexity FROM perplexities"
                        " WHERE model_hash = ?1"
                        " AND coalesce(plan_hash, '') = coalesce(?2, '')"
                        " AND tokens_hash = ?3 AND tensor = ?4"
                        " AND \"rows\" = ?5 AND arithmetic = ?6"
                        " AND version = ?7",
                        "ttttitt", perplexity->model, perplexity->plan,
                        perplexity->tokens, perplexity->tensor,
                        database_integer(perplexity->rows),
                        perplexity->arithmetic, store->version) < 0)
        return -1;
    *found = row != NULL;
    if (row) {
        perplexity->predicted = (uint64_t)sqlite3_column_int64(row, 0);
        perplexity->perplexity = sqlite3_column_double(row, 1);
        sqlite3_reset(row);
    }
    return 0;
}

int store_plan_perplexity(struct store *store, const char *plan,
                          double *perplexity, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT perplexity FROM v_perplexity"
                        " WHERE plan_hash = ?1 AND perplexity IS NOT NULL",
                        "t", plan) < 0)
        return -1;
    *perplexity = row ? sqlite3_column_double(row, 0) : NAN;
    if (row)
        sqlite3_reset(row);
    return 0;
}
