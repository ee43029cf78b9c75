/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * What a reader of files noticed and went on with: whole sentences, for whoever
 * opened the file to tell or to keep.  A zeroed struct holds none.
 */
struct remarks {
    char **text;
    size_t count, capacity;
};

void remarks_add(struct remarks *remarks, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void remarks_release(struct remarks *remarks);
