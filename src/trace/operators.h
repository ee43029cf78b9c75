/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/layer_shape.h"
#include "trace/model_sizes.h"

/*
 * The operators of an inference, as data: what a model does in one step, in
 * order, each with its operands as products of named sizes (enum dim).  A table
 * a part of a block (operator_tables.c): attention, Mamba, Mamba-2,
 * feed-forward, experts, and the model's two ends; a family adds a row by a
 * feature of its sizes.
 *
 *   linear   static weights: y [T][O] = x [T][K] W^T
 *   product  the same, both operands made at run time, `count` times
 *   vector   so many elements, one after the other
 *   scan     state elements: h = exp(step A) h + step B u, y = C h
 *   move     bytes only
 *
 * In a prompt Mamba-2 works in chunks, in decoding it scans.  A chunk's causal
 * products are counted whole, q * q for q tokens; attention's are counted as
 * the pairs of tokens that see each other.  The last norm and the head take
 * each sequence's last token only.  Not modelled: windows of attention, and
 * biases, which are added where outputs are requantised.
 *
 * Sources: transformers, modeling_*.py of each family; Gu and Dao, "Mamba",
 * 2023; Dao and Gu, "Transformers are SSMs", 2024, section 6.
 */
enum operator_kind {
    OPERATOR_LINEAR,
    OPERATOR_PRODUCT,
    OPERATOR_VECTOR,
    OPERATOR_SCAN,
    OPERATOR_MOVE,
    OPERATOR_KINDS
};

extern const char *const operator_kinds[OPERATOR_KINDS];

/* What a vector operator does with each element. */
enum operator_function {
    FUNCTION_NONE,
    FUNCTION_SOFTMAX,
    FUNCTION_NORM,
    FUNCTION_CONVOLUTION,
    FUNCTION_ACTIVATION, /* a gate's product is a part of it */
    FUNCTION_POSITIONS,
    FUNCTION_RESIDUAL, /* a sum of two */
    FUNCTION_SOFTPLUS,
    FUNCTION_DECAY,
    FUNCTIONS
};

extern const char *const operator_functions[FUNCTIONS];

/* What the bytes of an operator are. */
enum operator_class {
    CLASS_NONE,
    CLASS_WEIGHTS,
    CLASS_HEAD,
    CLASS_EMBEDDING,
    CLASS_KEYS,  /* keys and values that were cached, or are appended */
    CLASS_STATE, /* of a state space */
    OPERATOR_CLASSES
};

extern const char *const operator_classes[OPERATOR_CLASSES];

/* When a row is there. */
enum operator_feature {
    FEATURE_FUSED = 1,
    FEATURE_HEAD_NORMS = 2,
    FEATURE_ROTARY = 4,
    FEATURE_LEARNT = 8,
    FEATURE_SOFT_CAPS = 16,
    FEATURE_FOUR_NORMS = 32,
    FEATURE_GATED = 64,
    FEATURE_PROMPT = 128,
    FEATURE_SHARED = 256, /* an expert that sees every token */
    FEATURE_SHARED_WEIGHED = 512
};

enum { OPERATOR_DIMS = 5 };

typedef enum dim operator_product[OPERATOR_DIMS]; /* ended by DIM_END */

struct operator_row {
    const char *name;
    enum operator_kind kind;
    enum operator_function function;
    operator_product count; /* products: how many there are; else empty: 1 */
    operator_product rows, inputs, outputs; /* T, K, O of linear, product */
    operator_product work;     /* MACs of a product; elements of vector and
                                  scan; of a linear map T * K * O stands */
    operator_product elements; /* results of a product; else those follow */
    enum operator_class class;
    operator_product read, written; /* stored elements; linear: its weights */
    unsigned when, unless;          /* of enum operator_feature */
    /* Operators of the block that make its input, between blanks; of those
     * between bars the first that is there.  "<" is the block's input. */
    const char *from;
    /* Linear: ends of the names that its layer has in checkpoints, between
     * blanks; a * stands for the number of an expert. */
    const char *layers;
};

/* One step: B sequences of S new tokens each, c tokens cached before. */
struct operator_step {
    uint32_t batch, tokens, cached;
};

enum {
    OPERATOR_MAX_TOKENS = 1 << 20, /* S + c */
    OPERATOR_MAX_BATCH = 1 << 16,
    OPERATOR_MAX_ROWS = 40 /* of one block */
};

/* The value of a size in a step. */
uint64_t operator_dim(const struct model_sizes *sizes,
                      const struct operator_step *step, enum dim dim);

/* The product of sizes; -1 and `err` if it is over 2^63. */
int operator_product_value(uint64_t *value, const enum dim *product,
                           const struct model_sizes *sizes,
                           const struct operator_step *step, struct error *err);

/* The rows of a block, or of an end, that are there in this step, in order;
 * returns how many. */
enum operator_place { PLACE_START, PLACE_BLOCK, PLACE_FINISH };

size_t operator_rows(const struct operator_row *rows[OPERATOR_MAX_ROWS],
                     const struct model_sizes *sizes, enum operator_place place,
                     uint32_t block, const struct operator_step *step);

/* Numbers, in `rows`, of the operators that make row `number`'s input, into
 * maker[]; -1 stands for the block's input.  Returns how many. */
enum { OPERATOR_MAX_MAKERS = 4 };
size_t operator_makers(int maker[OPERATOR_MAX_MAKERS],
                       const struct operator_row *const *rows, size_t number);

/* What one operator does in one step.  Bytes: weights, keys and values of 8
 * bits, states of 16; a machine may keep them in others (stored_bytes.h). */
struct operator_count {
    uint64_t macs, elements, bytes;
};

enum { OPERATOR_STATE_BITS = 16, OPERATOR_STORE_BITS = 8 };

int operator_counts(struct operator_count *counts,
                    const struct operator_row *row,
                    const struct model_sizes *sizes,
                    const struct operator_step *step, struct error *err);

/* The row of a layer of that name, K and O in that block; NULL and `err` if no
 * linear operator is called so or its sizes are others. */
const struct operator_row *operator_of_layer(const struct model_sizes *sizes,
                                             uint32_t block, const char *name,
                                             uint32_t inputs, uint32_t outputs,
                                             struct error *err);

/* The part of a block that a row is of; MODEL_PARTS: of an end. */
enum model_part operator_part(const struct operator_row *row);

/* -1 and `err` if a linear operator of the block has none of these layers, or
 * an expert's too few of them. */
int operators_check(const struct model_sizes *sizes,
                    const struct layer_shape *layers, size_t count,
                    struct error *err);
