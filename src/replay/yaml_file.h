/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "base/error.h"

/*
 * A YAML file as the program takes it: nested mappings of scalars, read into a
 * list of dotted paths ("macro.rows") in file order.  A list of scalars becomes
 * several entries of one path, numbered from 0.
 *
 * Refused, with file:line:column: what is no YAML, a duplicate key, anchors and
 * aliases, tags, directives, a second document, lists of lists or of mappings,
 * keys that are no plain words, mappings deeper than YAML_MAX_DEPTH, and files
 * of more than YAML_MAX_BYTES.
 */
enum { YAML_MAX_BYTES = 1 << 16, YAML_MAX_DEPTH = 8, YAML_SINGLE = -1 };

struct yaml_entry {
    char *path;
    char *value;
    int item;              /* place in a list, or YAML_SINGLE */
    unsigned line, column; /* of the value, from 1 */
};

struct yaml_file {
    char *name; /* the path, or what stands for it */
    struct yaml_entry *entry;
    size_t entries;
    size_t capacity;
};

int yaml_file_read(struct yaml_file *file, const char *path, struct error *err);

/* The same from memory; `name` stands for the file in sentences. */
int yaml_text_read(struct yaml_file *file, const char *text, size_t length,
                   const char *name, struct error *err);

void yaml_file_release(struct yaml_file *file);

/* Puts "FILE:LINE:COLUMN: " before what `err` says; returns -1. */
int yaml_error(const struct yaml_file *file, const struct yaml_entry *entry,
               struct error *err);
