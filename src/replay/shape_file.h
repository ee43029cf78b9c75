/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "trace/layer.h"
#include "trace/model_sizes.h"

/*
 * A list of shapes: layers without values, whose masks are drawn from a seed
 * (mask.h).  By name or path (data_file.h; shipped ones lie in traces/shapes).
 *
 * YAML:
 *     name: Llama-2-7B
 *     tokens: 2048              T of every layer; 2048 if it is not said
 *     pattern: 4:8              of every layer; dense if it is not said
 *     blocks: 32                decoder blocks, all alike; 1 if it is not said
 *     prefix: model.layers      layers are called PREFIX.BLOCK.NAME
 *     layers:
 *       self_attn.q_proj: {inputs: 4096, outputs: 4096}
 *       mlp.down_proj: {inputs: 11008, outputs: 4096, pattern: 2:4}
 *       mlp.experts.up_proj: {inputs: 4096, outputs: 768, copies: 128}
 *     model:                    the whole model (model_sizes.h); may be absent
 *       kind: transformer
 *       ...
 *
 * A layer with `copies` stands for so many, called mlp.experts.0.up_proj and so
 * on; a star in the name says where the number goes, if it is not before the
 * last word.  `in: attention`, `state`, `feed` or `experts` keeps a layer to
 * the blocks that have such a part.  The layers must be the linear operators of
 * the model, in each block all of them and nothing else (operators.h).
 *
 * CSV (ends in .csv or .CSV): SCALE-Sim's list of matrix products, `Layer, M,
 * N, K,` and an optional fifth column N:M, or its list of convolutions
 * (shape_convolution.h).  Its M is T here, its N is O, its 1:1 is dense.  A
 * byte order mark, CR, blank lines and trailing commas are taken; a repeated
 * name gets "_2", "_3", ....
 */
struct shape_file {
    char *name;
    char *path;
    char hash[HASH_TEXT]; /* of all that its numbers depend on */
    size_t layers;
    struct layer *layer;
    struct model_sizes *sizes; /* NULL: the file has no part `model:` */
};

/* What comes before what the file says. */
struct shape_options {
    uint32_t tokens;               /* 0: as the file says */
    const struct pattern *pattern; /* NULL: as the file says */
    uint32_t agreement;            /* 0: free masks */
    uint64_t seed;
};

enum {
    SHAPE_MAX_LAYERS = 1 << 16,
    SHAPE_MAX_OUTPUTS = 1 << 24,
    SHAPE_MAX_TOKENS = 1 << 24
};

/* Of a layer, T x K x O: so that what is counted of its bits stays under 2^63.
 */
#define SHAPE_MAX_PRODUCTS ((uint64_t)1 << 56)

/* -1 and `err`: ERROR_NO_INPUT, or ERROR_DATA with file and line. */
int shape_file_read(struct shape_file *file, const char *name,
                    const struct shape_options *options, struct error *err);
void shape_file_release(struct shape_file *file);

/* Names of all lists that are found; see data_names(). */
size_t shape_names(char ***names);
