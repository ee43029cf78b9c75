/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* An empty folder to work in, and what a file holds as SQLite itself sees it,
 * past the code under test. */
void scratch_enter(void); /* makes a new folder the current one */
void scratch_leave(void); /* removes it */

/* All rows of a query: columns joined by |, rows by newline.  free() it. */
char *scratch_ask(const char *path, const char *sql);

/* Must be all rows, as scratch_ask() gives them. */
void scratch_assert(const char *path, const char *sql, const char *rows);

void scratch_execute(const char *path, const char *sql);

/* All rows of all tables in order, without times, hosts and random keys: what
 * the same work must give again.  free() it. */
char *scratch_dump(const char *path);
