/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * Files that are mapped.  Where one shrinks, or its disk fails, while it is
 * read, the system sends SIGBUS at the byte that is not there: the program then
 * names the file, takes its temporary files away and ends with ERROR_DISK.  A
 * SIGBUS elsewhere is what it was.  Any thread may call these.
 */
void mapping_add(const char *path, const void *bytes, size_t length);
void mapping_remove(const void *bytes);
