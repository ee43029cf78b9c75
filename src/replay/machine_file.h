/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/hash.h"
#include "base/text.h"
#include "models/machine.h"
#include "store/store.h"

/*
 * A machine from a YAML file of the parameters that machine_parameters() lists
 * (`flexcim machines NAME` prints them with unit, range and meaning); what the
 * file does not say has its default.  `extends: NAME` begins with another
 * machine instead; a path there counts from the file's own folder, as does that
 * of a memory's file in the place of dram.kind (memory_file.h).
 */
struct machine_file {
    struct machine machine;
    char *name;           /* "flexcim": without folder and ending */
    char *text;           /* fully resolved, as YAML: every parameter */
    char hash[HASH_TEXT]; /* of `text`: the machine's identity */
};

/*
 * By name or path (data_file.h).  `settings` are "macro.rows=64" each, and come
 * last.  -1 and `err`: ERROR_NO_INPUT, ERROR_DATA with file:line:column, or
 * ERROR_USAGE for a setting.
 */
int machine_file_read(struct machine_file *file, const char *name,
                      const char *const *settings, size_t count,
                      struct error *err);

/* Sets a parameter; the machine is then another, with the same name. */
int machine_file_change(struct machine_file *file, const char *path,
                        const char *value, struct error *err);

/* Writes the machine and its parts to a store. */
int machine_file_put(const struct machine_file *file, struct store *store,
                     struct error *err);

void machine_file_release(struct machine_file *file);

/* Adds the parameters that the machine tells (machine_tells()) as YAML, in the
 * order of the table. */
void machine_print(struct text *text, const struct machine *machine);

/* Names of all machines that are found; see data_names(). */
size_t machine_names(char ***names);
