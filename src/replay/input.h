/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "replay/shape_file.h"
#include "store/store.h"
#include "trace/sparse_trace.h"

/*
 * Layers that are replayed: a sparse trace, or a list of shapes with tokens and
 * pattern of its own.
 */
struct input {
    char *name; /* for people; of shapes with their agreement, if it is not 1 */
    char hash[HASH_TEXT];
    char plan[HASH_TEXT];      /* of a trace; else empty */
    const struct layer *layer; /* those that see a token */
    size_t layers;
    size_t unreached; /* layers of experts that see none; not among them */
    bool has_values;
    uint64_t seed;         /* of shapes: what their masks are drawn from */
    struct layer *reached; /* owned, if there are such experts */
    struct sparse_trace trace;
    struct shape_file shapes;
};

/* Whether a word that people give means a trace: a list of shapes is a .yaml or
 * .csv file, or a name that is no file here. */
bool input_is_trace(const char *word);

/* -1 and `err` as sparse_trace_open() and shape_file_read() have them. */
int input_open_trace(struct input *input, const char *path, struct error *err);
int input_open_shapes(struct input *input, const char *name,
                      const struct shape_options *options, struct error *err);
void input_close(struct input *input); /* zeroed: harmless */

/* Pattern and tokens of the layers, or "mixed", as the views of runs have it.
 */
enum { INPUT_TEXT = 16 };
void input_pattern(char text[INPUT_TEXT], const struct input *input);
void input_tokens(char text[INPUT_TEXT], const struct input *input);

/* Writes model, plan, trace, and what the layers' bits do. */
int input_put(const struct input *input, struct store *store,
              struct error *err);
