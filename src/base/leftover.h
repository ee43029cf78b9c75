/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/*
 * Files, and folders, that are only there while something is made.  Whoever
 * makes one takes it away, or says that it stays; where the program ends before
 * that (memory_exhausted(), a signal), they are taken away, the last one first:
 * a folder is added before what will be in it.  Not in children that were
 * forked meanwhile.
 *
 * A path is borrowed until it is forgotten; mkstemp() may fill it in after it
 * was added.
 */
void leftover_add(const char *path);
void leftover_forget(const char *path);

/* Takes a file, or an empty folder, away if it is there; then forgets it. */
void leftover_remove(const char *path);

/* Takes all of them away, from within a signal handler: without memory, and
 * without waiting for ever for a thread that is adding one. */
void leftover_take_away_all(void);

/*
 * A program that is killed (SIGKILL, no power) takes nothing away.  So what is
 * made at PATH is called PATH.??????.flexcim.tmp, and held (flock) as long as
 * its maker lives; the next that makes PATH takes away what nobody holds.
 */

#define LEFTOVER_END ".flexcim.tmp"

/* Holds an open file or folder; false if it was taken away before that. */
bool leftover_hold(int descriptor);

/* Files, and folders with nothing but files in them, that are left of PATH. */
void leftover_clear(const char *path);

/* A folder that is held: PATH.??????.flexcim.tmp. */
struct leftover_folder {
    char *path;
    int descriptor;
};

/* Clears, then makes one, with the mode, and adds it.  -1 and `err`. */
int leftover_folder_make(struct leftover_folder *folder, const char *path,
                         unsigned mode, struct error *err);

/* Takes it away if it is empty. */
void leftover_folder_remove(struct leftover_folder *folder);

/* It has another name now, and stays. */
void leftover_folder_keep(struct leftover_folder *folder);
