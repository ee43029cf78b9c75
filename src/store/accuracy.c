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
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
        " ?14, ?15)"
        " ON CONFLICT (model_hash, coalesce(plan_hash, ''), tasks_hash,"
        " longest, arithmetic, version) DO UPDATE SET tasks = excluded.tasks,"
        " acc = excluded.acc, acc_error = excluded.acc_error,"
        " acc_norm = excluded.acc_norm,"
        " acc_norm_error = excluded.acc_norm_error,"
        " answered = excluded.answered,"
        " answered_norm = excluded.answered_norm,"
        " invocation = excluded.invocation",
        "ttttittirrrrttt", accuracy->model, accuracy->plan,
        accuracy->tasks_hash, accuracy->tasks,
        database_integer(accuracy->longest), accuracy->arithmetic,
        store->version, database_integer(accuracy->questions), accuracy->acc,
        accuracy->acc_error, accuracy->acc_norm, accuracy->acc_norm_error,
        accuracy->answered, accuracy->answered_norm, store->invocation);
}

int store_find_accuracy(struct store *store, struct store_accuracy *accuracy,
                        bool *found, struct error *err)
{
    sqlite3_stmt *row;

    assert(store->invocation[0]);
    if (database_select(store, &row, err,
                        "SELECT acc, acc_error, acc_norm, acc_norm_error"
                        " FROM accuracies WHERE model_hash = ?1"
                        " AND coalesce(plan_hash, '') = coalesce(?2, '')"
                        " AND tasks_hash = ?3 AND longest = ?4"
                        " AND arithmetic = ?5 AND version = ?6",
                        "tttitt", accuracy->model, accuracy->plan,
                        accuracy->tasks_hash,
                        database_integer(accuracy->longest),
                        accuracy->arithmetic, store->version) < 0)
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
