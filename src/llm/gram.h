/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "llm/block.h"
#include "llm/model.h"

/*
 * The sums of x x^T of a block's distinct inputs over calibration rows, in
 * double.  The rows of an eighth (calibration.h) are added from zero in their
 * order, whole rows of at most GRAM_TOKENS tokens in one product (a longer row
 * alone); then the eighths in order.  Only tiles of a fixed size on and below
 * the diagonal are: their rows lie one after the other, each as long as its
 * tiles reach.  So any number of threads, and of processes that take an eighth
 * each, gives the same bits.
 */
enum { GRAM_TOKENS = 4096 };

struct gram_input {
    size_t layer; /* the first that has it */
    uint32_t inputs;
    size_t size;     /* numbers of a sum */
    uint64_t tokens; /* that were added; an expert does not see all */
    float *x;        /* [room][length][K]: of the rows at hand; or NULL */
    uint32_t *seen;  /* [room]: tokens of each */
    double *part;    /* of the eighth at hand */
    double *total;   /* of the eighths before it; NULL: there is only one */
};

struct gram {
    const struct model *model; /* borrowed */
    uint32_t block;
    size_t length, room; /* tokens of a row; rows at hand, at most */
    struct gram_input *input;
    size_t inputs;
};

/* How many rows are given a sum, of how many tokens, by how many threads, and
 * how many eighths they are of. */
struct gram_rows {
    size_t rows, length;
    unsigned workers, eighths;
};

struct gram *gram_new(const struct model *model, uint32_t block,
                      const struct gram_rows *rows);
void gram_free(struct gram *gram); /* NULL is harmless */

/* Rows that are added in one product. */
size_t gram_together(size_t length);

/* What others than the sums take, while the block's rows run. */
size_t gram_bytes(const struct model *model, uint32_t block,
                  const struct gram_rows *rows);

/* The rows at hand are others; then what each of them (`slot`, 0 ..) shows. */
void gram_begin(struct gram *gram);
void gram_see(struct gram *gram, size_t slot, const struct model_sight *sight);

/* Rows at hand that are added in one product, from the first on. */
struct gram_segment {
    size_t rows;
    bool ends; /* they are the last of their eighth */
};

void gram_add(struct gram *gram, const struct gram_segment *segment,
              size_t segments, unsigned workers);

/* The rows are through: what they needed is let go. */
void gram_rest(struct gram *gram);

/* The sums of all that was added, and where in them row i, column j <= i is. */
const double *gram_sum(const struct gram_input *input);
size_t gram_place(const struct gram_input *input, size_t i, size_t j);

/*
 * Files, sealed and marked with an identity, as calibration.h's are: the sums
 * of an eighth, and the means of all as f32 [K][K], NAME.gram.  gram_take_up()
 * adds an eighth's to what is there, gram_is_kept() asks for the means: 0 if it
 * was good, 1 if it is to be made.
 */
struct gram_file {
    const char *identity, *path;
    unsigned eighth;
};

int gram_save_eighth(const struct gram *gram, const struct gram_file *file,
                     struct error *err);
int gram_take_up(struct gram *gram, const struct gram_file *file);
int gram_save(const struct gram *gram, const struct gram_file *file,
              struct error *err);
int gram_is_kept(const struct gram_file *file);
