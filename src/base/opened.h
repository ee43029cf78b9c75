/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

/*
 * The files that a command has read, by device and inode, so that none of them
 * is ever replaced by what it writes, under whatever name or link.  file_map()
 * adds each; what is read by other means is added by name.  Nothing is added
 * before opened_watch(): a program that is no command writes what it likes.
 */
void opened_watch(void);
bool opened_is_watching(void);
void opened_add(const struct stat *info, const char *path);
void opened_add_path(const char *path); /* nothing if it is not there */

/* For a file that the program made itself, looks into, and makes anew. */
void opened_forget(const char *path);

/* The name under which it was read; NULL if it was not. */
const char *opened_as(const struct stat *info);
