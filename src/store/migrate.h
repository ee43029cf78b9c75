/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/*
 * Brings a store of an earlier schema to STORE_VERSION, in one transaction:
 * migrations/N.sql makes version N from N - 1 (1.sql from nothing), and all
 * views are made anew.  Whoever changes a table in schema.sql raises
 * STORE_VERSION and the user_version there, and writes such a file.  A change
 * of views.sql alone needs neither: views are compared whenever a file is
 * opened (schema.h).  The file's tables have been checked.
 */
int migrate(struct store *store, struct error *err);

/* The same in a copy in memory, which `store` then reads: the file stays as it
 * is. */
int migrate_copy(struct store *store, struct error *err);
