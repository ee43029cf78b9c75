/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/*
 * What a file's tables and views are, beside what this program would make.
 *
 * A file that comes from elsewhere may hold anything under the names that we
 * use: a trigger, a virtual table, a CHECK that is always true.  So each object
 * of sqlite_schema is compared with our own text of that version, and nothing
 * of the file's own text is ever run.
 */

/* 0 for an empty file, otherwise the version of its schema.  -1 and `err`
 * (ERROR_DATA) if it is no results file, or a newer program's. */
int schema_version(struct store *store, int64_t *version, struct error *err);

/*
 * -1 and `err` (ERROR_DATA) if one of our tables or indexes is missing or not
 * as version `version` had it; and, for STORE_WRITE, if there is a table, index
 * or trigger that is none of ours.  Views are not looked at.
 */
int schema_check(struct store *store, int64_t version, enum store_mode mode,
                 struct error *err);

/* Sees to it that our views are there, in a file of STORE_VERSION whose tables
 * have been checked.  If the file has others of those names, they are replaced
 * (STORE_WRITE), or hidden from this connection by ours (STORE_READ). */
int schema_views(struct store *store, enum store_mode mode, struct error *err);

/* Makes our views once more, for this connection alone, before the file's. */
int schema_hide_views(struct store *store, struct error *err);

/* Removes all views of the file. */
int schema_drop_views(struct store *store, struct error *err);

/* Tables, views and the table of costs, in an empty file. */
int schema_make(struct store *store, struct error *err);
