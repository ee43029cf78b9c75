/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many questions models and plans answer right. */
#include <assert.h>

#include "store/database.h"
#include "store/store.h"

int store_put_accuracy(struct store *store,
                       const struct store_accuracy *accuracy, struct error *err)
{
    assert(store->invocation[0]);
    return database_change(
        store, err,
        "INSERT INTO accuracies (model_hash, plan_hash, tasks_hash, tasks,"
        " longest, arithmetic, version, questions, acc, acc_error, acc_norm,"
        " acc_norm_error, answered, answered_norm, invocation)"
        " VALUES (:model_hash, :plan_hash, :tasks_hash, :tasks, :longest, "
        ":arithmetic, :version, :questions, :acc, :acc_error, :acc_norm, "
        ":acc_norm_error, :answered,"
        " :answered_norm, :invocation)"
        " ON CONFLICT (model_hash, coalesce(plan_hash, ''), tasks_hash,"
        " longest, arithmetic, version) DO UPDATE SET tasks = excluded.tasks,"
        " acc = excluded.acc, acc_error = excluded.acc_error,"
        " acc_norm = excluded.acc_norm,"
        " acc_norm_error = excluded.acc_norm_error,"
        " answered = excluded.answered,"
        " answered_norm = excluded.answered_norm,"
        " invocation = excluded.invocation",
        NAMED(named_text(":model_hash", accuracy->model),
              named_text(":plan_hash", accuracy->plan),
              named_text(":tasks_hash", accuracy->tasks_hash),
              named_text(":tasks", accuracy->tasks),
              named_count(":longest", accuracy->longest),
              named_text(":arithmetic", accuracy->arithmetic),
              named_text(":version", store->version),
              named_count(":questions", accuracy->questions),
              named_real(":acc", accuracy->acc),
              named_real(":acc_error", accuracy->acc_error),
              named_real(":acc_norm", accuracy->acc_norm),
              named_real(":acc_norm_error", accuracy->acc_norm_error),
              named_text(":answered", accuracy->answered),
              named_text(":answered_norm", accuracy->answered_norm),
              named_text(":invocation", store->invocation)));
}

int store_find_accuracy(struct store *store, struct store_accuracy *accuracy,
                        bool *found, struct error *err)
{
    sqlite3_stmt *row;

    assert(store->invocation[0]);
    if (database_select(
            store, &row, err,
            "SELECT acc, acc_error, acc_norm, acc_norm_error"
            " FROM accuracies WHERE model_hash = :model_hash"
            " AND coalesce(plan_hash, '') = coalesce(:plan_hash, '')"
            " AND tasks_hash = :tasks_hash AND longest = :longest"
            " AND arithmetic = :arithmetic AND version = :version",
            NAMED(named_text(":model_hash", accuracy->model),
                  named_text(":plan_hash", accuracy->plan),
                  named_text(":tasks_hash", accuracy->tasks_hash),
                  named_count(":longest", accuracy->longest),
                  named_text(":arithmetic", accuracy->arithmetic),
                  named_text(":version", store->version))) < 0)
        return -1;
    *found = row != NULL;
    if (row) {
        accuracy->acc = sqlite3_column_double(row, 0);
        accuracy->acc_error = sqlite3_column_double(row, 1);
        accuracy->acc_norm = sqlite3_column_double(row, 2);
        accuracy->acc_norm_error = sqlite3_column_double(row, 3);
        sqlite3_reset(row);
    }
    return 0;
}
