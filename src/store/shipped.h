/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/* The SQL files of this folder, as the build found them. */
struct shipped_query {
    const char *name;
    const char *sql;
};

extern const char shipped_schema[];
extern const char shipped_views[];
extern const char shipped_costs[];
extern const char *const shipped_migrations[]; /* to version 1, 2, ... */
extern const size_t shipped_migration_count;
extern const struct shipped_query shipped_queries[];
extern const size_t shipped_query_count;
