/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "llm/remarks.h"

struct model;

/* Tokens: int32 [rows][length] of a safetensors file's tensor. */
struct model_tokens {
    int32_t *ids;
    char *tensor;     /* its name */
    size_t first;     /* row of the tensor that is the first taken */
    size_t rows;      /* taken */
    size_t available; /* in the file */
    uint32_t length;
    char hash[HASH_TEXT];   /* of the whole token file */
    struct remarks remarks; /* rows longer than the model was trained for */
};

/* `spec` is FILE or FILE:TENSOR; `standard` names the tensor if it is not
 * said.  At most `rows` rows are taken (0: all).  An id outside the model's
 * vocabulary is refused by row and column. */
int model_tokens_read(struct model_tokens *tokens, const char *spec,
                      const char *standard, size_t rows,
                      const struct model *model, struct error *err);
/* Whether the file has the rows that were asked for (0: all).  -1 and `err`. */
int model_tokens_has_rows(const struct model_tokens *tokens, uint64_t asked,
                          struct error *err);
void model_tokens_release(struct model_tokens *tokens);

/* Keeps only rows first .. first + rows - 1 of those taken, which must be there
 * (assert). */
void model_tokens_take(struct model_tokens *tokens, size_t first, size_t rows);

/* SHA-256 of the ids taken, each as 4 bytes, the lowest first. */
void model_tokens_rows_hash(const struct model_tokens *tokens,
                            char hash[HASH_TEXT]);
