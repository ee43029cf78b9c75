/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* A file read through the page cache, all of it, as constant bytes.  If it
 * shrinks meanwhile, the program ends with a sentence (mapping.h). */
struct file_map {
    const uint8_t *bytes; /* never NULL, also if length is 0 */
    size_t length;
};

/* -1 and `err` (ERROR_NO_INPUT, or ERROR_DISK) if it cannot be opened; a
 * folder or a device is refused by name, and so is the pointer that git-lfs
 * leaves in place of a file that was not fetched (ERROR_DATA). */
int file_map(struct file_map *map, const char *path, struct error *err);
void file_unmap(struct file_map *map); /* harmless on a zeroed struct */

/* For a file that another library opens: -1 and `err` (ERROR_DATA) if it is a
 * pointer of git-lfs, 0 also if it cannot be read. */
int file_check_pointer(const char *path, struct error *err);

/*
 * A whole text file in memory, NUL at its end, at most `limit` bytes (a larger
 * one, or one with a NUL byte in it, is ERROR_DATA).  NULL and `err`, or a
 * string to free().
 */
char *file_read_text(const char *path, size_t limit, struct error *err);

/* Where something lies, from the root on and without links; NULL with errno if
 * there is nothing, but never for want of memory.  free() it. */
char *file_real(const char *path);

/* Where something lies, from the root on and without links, so that it is found
 * from every folder; `path` itself if there is nothing.  free() it. */
char *file_absolute(const char *path);

/*
 * Whether a file can be written at `path`: the one rule for all outputs, which
 * commands ask before their work and file_create() asks again.  -1 and `err`:
 * no name, a folder that is not there or takes no files, what is no regular
 * file, a link to nothing, what has several names, that is hard links
 * (ERROR_DISK); for a command a results file, or what it has read, under
 * whatever name (ERROR_USAGE; opened.h).
 */
int file_check_output(const char *path, struct error *err);

/* For a command with two outputs: -1 and `err` (ERROR_USAGE) if the second
 * would take the first one's place, however both are spelt. */
int file_check_apart(const char *first, const char *second, struct error *err);

/* A FIFO, a terminal or another device: there is nothing to replace. */
bool file_is_stream(const char *path);

/*
 * A file that appears whole or not at all: written under a temporary name in
 * the same folder, then fsync, rename, fsync of the folder.  It has the mode of
 * the file that it replaces.  What a killed program left of the same file is
 * cleared (leftover.h).
 */
struct file_out {
    FILE *stream; /* what was written can be read again */
    char *path;
    char *temporary;
};

int file_create(struct file_out *out, const char *path, struct error *err);
int file_write(struct file_out *out, const void *bytes, size_t length,
               struct error *err);
int file_commit(struct file_out *out, struct error *err); /* ends `out` */
void file_abandon(struct file_out *out); /* leaves nothing; ends `out` */

/* Makes a new name itself survive a power cut. */
void file_sync_folder_of(const char *path);

/* Creates, writes and commits in one call. */
int file_put(const char *path, const void *bytes, size_t length,
             struct error *err);
