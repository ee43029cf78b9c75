/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

#include "store/store.h"

/*
 * Connections to SQLite that a hostile file can do nothing with: no triggers,
 * no other file, no extension, no function in its views and CHECKs but harmless
 * ones.
 */

/* Bytes of the longest text that is read or written. */
enum { CONNECTION_LONGEST = 256 << 20 };

enum connection_use { CONNECTION_READS, CONNECTION_WRITES };

/* Opens `store->path`; to be written it is made if it is not there.  The
 * connection is one that a hostile file can do nothing with. */
int connection_open(struct store *store, enum connection_use use,
                    struct error *err);
void connection_close(struct store *store);

/* A database in memory, as safe.  An SQLite code; close it also then. */
int connection_open_memory(sqlite3 **db);

/* Whether nothing but reading is allowed from here on: no writing anywhere, no
 * other file, no setting, no extension. */
void connection_only_reads(struct store *store, bool only_reads);

/* Whether long statements end, interrupted, when a stop is asked for. */
void connection_may_stop(const struct store *store, bool may_stop);
