/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Files, and folders, that are only there while something is made.  Whoever
 * makes one takes it away, or says that it stays; where the program ends before
 * that (memory_exhausted()), exit() takes it away, the last one first: a folder
 * is added before what will be in it.  Not in children that were forked
 * meanwhile; a signal leaves it.
 *
 * A path is borrowed until it is forgotten; mkstemp() may fill it in after it
 * was added.
 */
void leftover_add(const char *path);
void leftover_forget(const char *path);

/* Takes a file, or an empty folder, away if it is there; then forgets it. */
void leftover_remove(const char *path);
