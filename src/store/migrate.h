/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/*
 * Brings a store of an earlier schema to STORE_VERSION, in one transaction:
 * migrations/N.sql makes version N from N - 1, and all views are made anew.
 * Whoever changes schema.sql or views.sql raises STORE_VERSION and the
 * user_version there, and writes such a file (a comment, if only views change).
 */
int migrate(struct store *store, struct error *err);

/* The same in a copy in memory, which `store` then reads: the file stays as it
 * is. */
int migrate_copy(struct store *store, struct error *err);
