/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "llm/model.h"
#include "llm/tokens.h"

/*
 * A Llama of two blocks with random weights, written to a folder of its own
 * under /tmp, and what may be wrong with it.  TINY_* are its sizes.
 */
enum {
    TINY_VOCABULARY = 11,
    TINY_WIDTH = 8,
    TINY_HEADS = 2,
    TINY_KEY_HEADS = 1,
    TINY_HEAD = 4,
    TINY_FEED = 12,
    TINY_BLOCKS = 2,
    TINY_LAYERS = 14
};

struct tiny {
    const char *config;    /* more of config.json: ", \"key\": value" */
    const char *type;      /* model_type; NULL: llama */
    const char *skip;      /* tensor that is left out */
    const char *misshapen; /* tensor with one row too many */
    const char *integer;   /* tensor stored as I32 */
    const char *infinite;  /* tensor whose last number is infinite */
    const char *prefix;    /* of the names; NULL: "model." */
    bool shards;           /* two files and an index */
    bool zero;             /* every number is 0 */
};

/* Folders of tests/llm/families, one a model; returns how many there are. */
enum { TINY_MOST_FAMILIES = 50 };
int tiny_families(char *folder[TINY_MOST_FAMILIES]);

void tiny_enter(void); /* makes the folder and goes there (a test fixture) */
void tiny_leave(void);

void tiny_write(const char *folder, const struct tiny *tiny);
struct model *tiny_open(const char *folder); /* must succeed */

/* "f": tokens I32 [rows][length], deterministic. */
void tiny_write_tokens(const char *path, const char *tensor, size_t rows,
                       size_t length);
struct model_tokens tiny_tokens(size_t rows, size_t length);

/* The model in a folder of its own, and tokens for it; tiny_close() takes all
 * of it away. */
void tiny_begin(struct model **model, struct model_tokens *tokens, size_t rows,
                size_t length);
void tiny_close(struct model *model, struct model_tokens *tokens);

/*
 * A checkpoint whose numbers, F16, are a hole in the file: all 0, and as large
 * as one likes.  Tensors are added, a vector with 0 columns; then
 * "model.safetensors" is written.
 */
struct tiny_hole {
    struct text json;
    uint64_t end; /* of the data so far */
};

void tiny_hole_begin(struct tiny_hole *hole);
void tiny_hole_add(struct tiny_hole *hole, const char *name, uint64_t rows,
                   uint64_t columns);
void tiny_hole_write(struct tiny_hole *hole);

/* A shipped model or token file, below traces/checkpoints. */
#define SHIPPED(name) SOURCE_ROOT "/traces/checkpoints/" name
