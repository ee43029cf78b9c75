/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "replay/yaml_file.h"
#include "sweep/experiment.h"

/* What experiment.c and experiment_inputs.c know of a file that is being
 * read. */
enum list_key {
    LIST_TRACES,
    LIST_SHAPES,
    LIST_TOKENS,
    LIST_PATTERNS,
    LIST_AGREEMENTS,
    LIST_MACHINES,
    LIST_WHERE,
    LISTS
};

struct list {
    const struct yaml_entry **entry; /* borrowed from the file */
    size_t count, capacity;
};

struct reader {
    struct experiment *experiment;
    struct yaml_file file;
    char *folder; /* of the file, with a / at its end; or empty */
    struct list list[LISTS];
};

/* A name as it is, a path from the file's folder; free() it. */
char *reader_resolve(const struct reader *reader, const char *name);

/* Opens the traces and lists of shapes.  -1 and `err` with file:line:column. */
int reader_open_inputs(struct reader *reader, struct error *err);
