/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "trace/layer.h"
#include "trace/plan.h"

/*
 * A sparse trace: pruned and packed layers, ready for a machine.  A safetensors
 * file (trace_file.h); per layer, in the plan's order, what layer.h lays out:
 *
 *     NAME.values       I8  [O][kept]
 *     NAME.metadata     U8  [O][ceil(kept / 8)]   not in a dense layer
 *     NAME.select       U8  [O][kept]             not in a dense layer
 *     NAME.scale        F32 [O]
 *     NAME.inputs       I8  [T][K]
 *     NAME.input_scale  F32 [T]
 *     NAME.input_activity  F32 [2]        only of one token out of several
 *
 * An expert's layer has the inputs of the tokens that were routed to it; where
 * that is none (T = 0) it has neither inputs nor input_scale.
 *
 * `__metadata__`, beside format, version and kind=sparse: `model`, `checkpoint`
 * (SHA-256), `plan` (the whole plan as JSON, which names the layers, their
 * shapes and patterns), and `sizes` (the whole model, model_sizes.h, as JSON;
 * not in older traces).
 */
struct sparse_trace {
    char *path;
    char hash[HASH_TEXT]; /* its identity: sparse_trace_identity() */
    struct plan plan;
    const char *sizes; /* NULL: it says none */
    size_t layers;
    struct layer *layer; /* arrays lie in the mapped file */
    struct safetensors *file;
};

/* What a trace is: SHA-256 of a text that says format version, the plan's
 * identity, and how many tokens of each layer's sample of inputs it has. */
void sparse_trace_identity(const struct plan *plan, const uint32_t *tokens,
                           char hash[HASH_TEXT]);

/* Maps and checks a file, each layer with layer_check().  -1 and `err`.
 * The file is opened once, as a recorded one is. */
int sparse_trace_open(struct sparse_trace *trace, const char *path,
                      struct error *err);
void sparse_trace_close(struct sparse_trace *trace); /* zeroed: harmless */

/*
 * Writing, layer by layer, in any order.  `tokens` is T of each of the plan's
 * layers, `recorded` how many tokens those were taken from (NULL: as many);
 * the plan must outlive the writer.  commit and abandon both end and
 * free `out`; after a failed create there is nothing to end.
 */
struct sparse_trace_out;

struct sparse_trace_about {
    const struct plan *plan;
    const uint32_t *tokens;
    const uint32_t *recorded;
    const char *sizes; /* model_sizes_text(); NULL: not known */
};

int sparse_trace_create(struct sparse_trace_out **out, const char *path,
                        const struct sparse_trace_about *about,
                        struct error *err);
/* Shape and pattern must be those of that layer of the plan, and its
 * input_activity there if it has one token out of several (assert). */
int sparse_trace_put(struct sparse_trace_out *out, size_t number,
                     const struct layer *layer, struct error *err);
int sparse_trace_commit(struct sparse_trace_out *out, struct error *err);
void sparse_trace_abandon(struct sparse_trace_out *out);
