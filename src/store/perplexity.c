/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well models and plans predict a text. */
#include <assert.h>
#include <math.h>

#include "base/memory.h"
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
        " VALUES (:model_hash, :plan_hash, :tokens_hash, :tensor, :rows, "
        ":tokens, :arithmetic, :version, :perplexity, :invocation)"
        " ON CONFLICT (model_hash, coalesce(plan_hash, ''), tokens_hash,"
        " tensor, \"rows\", arithmetic, version) DO UPDATE"
        " SET perplexity = excluded.perplexity, tokens = excluded.tokens,"
        " invocation = excluded.invocation",
        NAMED(named_text(":model_hash", perplexity->model),
              named_text(":plan_hash", perplexity->plan),
              named_text(":tokens_hash", perplexity->tokens),
              named_text(":tensor", perplexity->tensor),
              named_count(":rows", perplexity->rows),
              named_count(":tokens", perplexity->predicted),
              named_text(":arithmetic", perplexity->arithmetic),
              named_text(":version", store->version),
              named_real(":perplexity", perplexity->perplexity),
              named_text(":invocation", store->invocation)));
}

int store_find_perplexity(struct store *store,
                          struct store_perplexity *perplexity, bool *found,
                          struct error *err)
{
    sqlite3_stmt *row;

    assert(store->invocation[0]);
    if (database_select(
            store, &row, err,
            "SELECT tokens, perplexity FROM perplexities"
            " WHERE model_hash = :model_hash"
            " AND coalesce(plan_hash, '') = coalesce(:plan_hash, '')"
            " AND tokens_hash = :tokens_hash AND tensor = :tensor"
            " AND \"rows\" = :rows AND arithmetic = :arithmetic"
            " AND version = :version",
            NAMED(named_text(":model_hash", perplexity->model),
                  named_text(":plan_hash", perplexity->plan),
                  named_text(":tokens_hash", perplexity->tokens),
                  named_text(":tensor", perplexity->tensor),
                  named_count(":rows", perplexity->rows),
                  named_text(":arithmetic", perplexity->arithmetic),
                  named_text(":version", store->version))) < 0)
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
                          double *perplexity, char **measured,
                          struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(
            store, &row, err,
            "SELECT perplexity, measured FROM v_perplexity"
            " WHERE plan_hash = :plan_hash AND perplexity IS NOT NULL",
            NAMED(named_text(":plan_hash", plan))) < 0)
        return -1;
    *perplexity = row ? sqlite3_column_double(row, 0) : NAN;
    *measured = memory_text(row ? database_text(row, 1) : "");
    if (row)
        sqlite3_reset(row);
    return 0;
}
