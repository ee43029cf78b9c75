/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "trace/layer_shape.h"

/*
 * A recorded trace: the layers of a checkpoint in 8-bit integers, what their
 * inputs look like over the calibration tokens, and a sample of those inputs.
 * A safetensors file (trace_file.h); per layer
 *
 *     NAME.mean_square   F64 [K]     mean over all tokens of the squared input
 *     NAME.weights       I8  [O][K]  weight = value * scale of its output
 *     NAME.weight_scale  F32 [O]
 *     NAME.inputs        I8  [T][K]  the sample: T of the tokens
 *     NAME.input_scale   F32 [T]     input = value * scale of its token
 *
 *     NAME.gram          F32 [K][K]  mean over all tokens of x x^T, if that was
 *                                    asked for (then of every layer)
 *
 *     NAME.routed        I32 [T]     which tokens of the sample the T are, of
 *                                    an expert's layer
 *
 * Layers that are fed by the same tensor (q k v; gate up) share the inputs,
 * their scales, gram and routed: they stand once, under the first of these
 * layers.  An expert's layers have the mean and inputs of those tokens that
 * were routed to it.  Where T is 0 there are neither inputs nor scales nor
 * routed; where no token at all reached it, mean_square and gram are 0.
 * `__metadata__`, beside format, version and kind=recorded:
 *
 *     model, family, folder          the checkpoint's names, and where it was
 *     checkpoint                     its SHA-256 (model_hash())
 *     tokens, tokens_hash            FILE:TENSOR as it was, SHA-256 of the file
 *     first_row, rows, rows_hash     which of its rows, SHA-256 of their
 *                                    ids (model_tokens_rows_hash())
 *     core                           the BLAS core that computed it (openblas
 *                                    names it), which its last bits depend on;
 *                                    not in files of version 1
 *     layers                         JSON: [{"name", "block", "inputs",
 *                                    "outputs", "input"}], in module order;
 *                                    "input" names the layer whose sample it
 *                                    is; an expert's has "tokens", T, and
 *                                    "reached", how many of all it saw
 *     sizes                          the whole model (model_sizes.h) as JSON;
 *                                    not in older traces
 *     gram_way                       2, where there are Gram matrices: summed
 *                                    by eighths of the rows (gram.h); not in
 *                                    files whose sums went on over all rows, a
 *                                    last bit apart here and there
 */
struct recorded_layer {
    struct layer_shape shape;
    size_t input_of;  /* number of the first layer that has the same input */
    uint32_t tokens;  /* T */
    bool routed;      /* it is an expert's */
    uint64_t reached; /* an expert's: how many of all tokens it saw */
    const double *mean_square;
    const int8_t *weights;
    const float *weight_scale;
    const int8_t *input;
    const float *input_scale;
    const int32_t *place; /* [T] of the sample's tokens; NULL: all */
    const float *gram;    /* NULL if the trace has none */
};

enum { RECORDED_GRAM_WAY = 2 };

struct recorded_trace {
    char *path;
    char hash[HASH_TEXT]; /* its identity: recorded_trace_identity() */
    const char *model, *family, *folder;
    const char *core; /* "" if not known */
    char checkpoint[HASH_TEXT];
    const char *tokens;
    char tokens_hash[HASH_TEXT];
    uint64_t first_row, rows;
    char rows_hash[HASH_TEXT];
    const char *sizes; /* NULL: it says none */
    bool has_gram;
    unsigned gram_way; /* RECORDED_GRAM_WAY, or 1: older */
    size_t layers;
    struct recorded_layer *layer;
    struct safetensors *file;
};

/*
 * What a trace is: SHA-256 of a text that says format version, checkpoint,
 * token file, tensor, rows and options.  Of `about` checkpoint, tokens,
 * tokens_hash, first_row, rows, rows_hash, has_gram and the first layer's
 * tokens are used.
 */
void recorded_trace_identity(const struct recorded_trace *about,
                             char hash[HASH_TEXT]);

/*
 * Maps and checks a file: everything that is named above must be there, of that
 * shape, finite and not negative, and nothing else.  -1 and `err`
 * (ERROR_DATA), naming file and layer.  The file is opened once: its identity
 * is that of the bytes that are mapped, whoever puts another under its name.
 */
int recorded_trace_open(struct recorded_trace *trace, const char *path,
                        struct error *err);
void recorded_trace_close(struct recorded_trace *trace); /* zeroed: harmless */

struct layer_span recorded_layers_of_block(const struct recorded_trace *trace,
                                           uint32_t block);

/* The tensor of the token file: what follows the last colon of `tokens`. */
const char *recorded_tensor(const struct recorded_trace *trace);

/* Tokens of the sample: those that every layer saw which is no expert's. */
uint32_t recorded_sample(const struct recorded_trace *trace);

/* Of the first N tokens of the sample, those that layer saw; they are the first
 * of its own. */
uint32_t recorded_layer_tokens(const struct recorded_layer *layer, uint32_t n);

/* How many experts no calibration token reached, of how many; their weights
 * are scored by magnitude. */
size_t recorded_trace_unreached(const struct recorded_trace *trace,
                                size_t *experts);

/* Names of layers whose inputs were all 0, so that no score tells their weights
 * apart and masks go by place; NULL if there are none.  free() it. */
char *recorded_trace_silent(const struct recorded_trace *trace);

/*
 * Writing, layer by layer.  Of `about`, all but path, hash and file are
 * used, and of its layers name, block, inputs, outputs, input_of, tokens,
 * routed and reached; `about` must outlive the writer.  Every layer is put
 * once, and the inputs (and, if `has_gram`, the Gram matrix) once for each
 * layer that is its own `input_of`.  commit and abandon both end and free
 * `out`; after a failed create there is nothing to end.
 */
struct recorded_trace_out;

int recorded_trace_create(struct recorded_trace_out **out, const char *path,
                          const struct recorded_trace *about,
                          struct error *err);
int recorded_trace_put_layer(struct recorded_trace_out *out, size_t layer,
                             const double *mean_square, const int8_t *weights,
                             const float *weight_scale, struct error *err);
int recorded_trace_put_inputs(struct recorded_trace_out *out, size_t layer,
                              const int8_t *input, const float *input_scale,
                              const int32_t *place, struct error *err);
int recorded_trace_put_gram(struct recorded_trace_out *out, size_t layer,
                            const float *gram, struct error *err);
int recorded_trace_commit(struct recorded_trace_out *out, struct error *err);
void recorded_trace_abandon(struct recorded_trace_out *out);
