/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "trace/layer_shape.h"
#include "trace/pattern.h"
#include "trace/permutation.h"
#include "trace/update.h"

/*
 * A plan: the pattern of every layer, and how it came about.  With the recorded
 * trace and the checkpoint that it names it determines every mask.
 *
 * Budgets count kept(l, N:M) = O * pattern_kept(N:M, K), never N / M:
 * sparsity = 1 - sum of kept / sum of O * K over all layers.
 *
 * Its identity is the SHA-256 of what it is: checkpoint, trace, tokens, method
 * and parameters, how masks are made, the order of channels, patterns,
 * sparsities, and each layer's name, shape and pattern.  What was computed on
 * the way (scores, objective, bound, what a share to propagate was chosen by)
 * differs in its last bits between kinds of CPU; it, the sentences that quote
 * it, and the model's name, which is that of its folder, stand beside. Plans of
 * version 1 keep the identity they had: all of that together.
 */
enum { PLAN_VERSION = 2, PLAN_MAX_LAYERS = 1 << 20 };

/* Of what inputs the statistics are: the dense model's, or as they are when all
 * layers before are pruned. */
enum statistics { STATISTICS_DENSE, STATISTICS_SEQUENTIAL };
extern const char *const statistics_names[];

struct plan_layer {
    struct layer_shape shape; /* its name is the plan's */
    struct pattern pattern;
    double score; /* the method's cost of this pattern here; NaN: none */
    char *reason; /* one sentence */
};

/* How a reconstruction is trained. */
struct plan_reconstruct {
    uint32_t steps; /* a block */
    double rate;    /* of the first step */
    uint64_t seed;  /* of the rows that are drawn */
};
extern const struct plan_reconstruct plan_reconstruct_standard;

struct plan {
    int version; /* of the format; PLAN_VERSION, or that of the file */
    char *model;
    char checkpoint[HASH_TEXT];
    char trace[HASH_TEXT]; /* the recorded trace whose statistics it used */
    char *trace_path; /* where it was; empty: not known.  In the file only */
    char tokens[HASH_TEXT]; /* the token file that trace was recorded on */
    char *method;
    json_t *parameters; /* an object: what the method was told */
    enum score score;   /* an update's own only with that update */
    enum statistics statistics;
    enum update update;
    struct plan_reconstruct reconstruct; /* if that is the update */
    double propagate;   /* share of target.h's weights; NaN: none.  With an
                           update in sequence other than reconstruct */
    uint32_t agreement; /* outputs whose selects agree; 1: free masks */
    bool blocks;        /* outputs that agree keep the same inputs, too */
    bool unstructured;  /* an output keeps as many weights as its pattern does,
                           wherever they stand: no machine runs that.  Alone
                           among agreement, blocks, permutation */
    struct permutation *permutation; /* of the model's channels, before all
                                        else; NULL: none; owned */
    double asked; /* sparsities, 0..1; asked is NaN if none was */
    double reached;
    double next; /* the next larger one that these patterns reach, or NaN */
    double objective; /* of the method's programme, or NaN */
    double bound;     /* no plan has a lower objective; NaN: not known */
    char *reason;     /* of the plan as a whole; may be empty */
    struct pattern_list patterns; /* that were offered */
    size_t layers;
    struct plan_layer *layer;
};

/* Zeroed, with empty texts, agreement 1 and NaN where there is nothing yet. */
void plan_init(struct plan *plan, size_t layers);
void plan_release(struct plan *plan); /* harmless on a zeroed struct */

/* Replaces one text of a plan; takes `value` over. */
void plan_set(char **text, char *value);

/*
 * JSON, as a file or as a text (`name` stands for it in sentences).  Checked:
 * every key known and there, types, ranges, patterns, names unique, and
 * `reached` is what the patterns make.  -1 and `err` (ERROR_DATA) with file and
 * layer.
 */
int plan_read(struct plan *plan, const char *path, struct error *err);
int plan_parse(struct plan *plan, const char *text, const char *name,
               struct error *err);

int plan_write(const struct plan *plan, const char *path, struct error *err);

/* All of it but trace_path: keys sorted, no blanks.  free() it. */
char *plan_text(const struct plan *plan);

/* The plan's identity. */
void plan_hash(const struct plan *plan, char hash[HASH_TEXT]);

/* For a plan whose layers are in order of blocks, as those of a trace are. */
struct layer_span plan_layers_of_block(const struct plan *plan, uint32_t block);

uint64_t plan_layer_kept(const struct plan_layer *layer);
uint64_t plan_kept(const struct plan *plan);
uint64_t plan_weights(const struct plan *plan);
double plan_sparsity(const struct plan *plan); /* 0 for a plan of no weights */

/*
 * Refuses, in one sentence, a plan that is not for these layers: another
 * number of them, other names, order or shapes.  `of` names whose layers they
 * are ("llama-7m").
 */
int plan_check_layers(const struct plan *plan, const struct layer_shape *layers,
                      size_t count, const char *of, struct error *err);
