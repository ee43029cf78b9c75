/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Where files that the program ships are found by name.  A name with a `/` or
 * an ending (a dot and letters) is a path; any other is sought as NAME.yaml in
 * the folders of $FLEXCIM_PATH (separated by colons), in the source tree that
 * the program was built in (found upwards from the program), and in
 * ../share/flexcim/ beside an installed program.
 *
 * A kind of file says where its folder is in each.
 */
struct data_kind {
    const char *word;      /* in sentences: "machine" */
    const char *source;    /* in the source tree: "models/machines" */
    const char *installed; /* under share/flexcim: "machines" */
};

bool data_is_path(const char *name);

/* The path of a name, to free(); NULL and `err` (ERROR_NO_INPUT) with the
 * nearest name. */
char *data_path(const struct data_kind *kind, const char *name,
                struct error *err);

/* All names, sorted, each once; returns how many.  free() each and the list. */
size_t data_names(const struct data_kind *kind, char ***names);

/* What a path or name is called: without folder and ending; free() it. */
char *data_name(const char *path);
