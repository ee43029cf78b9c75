/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "llm/model.h"
#include "llm/tokens.h"

/*
 * Multiple choice: questions of several requests, each a context and one way
 * that it may go on; the model chooses the likeliest.  As lm-evaluation-harness
 * has it.
 *
 * A file of them is safetensors, whole numbers of 32 bits:
 *     ids       [n]      the tokens of all requests, one after the other
 *     begin     [R + 1]  where each begins: 0, rising, n
 *     context   [R]      how many of its tokens are context, 1 to all but one
 *     question  [R]      0, the same or one more, to Q - 1
 *     length    [R]      characters of the continuation, at least 1
 *     gold      [Q]      which request of a question is right, from 0
 */
struct task_request {
    size_t begin;     /* of its tokens, in `ids` */
    uint32_t tokens;  /* context and continuation */
    uint32_t context; /* tokens of the context */
    uint32_t question;
    uint32_t length; /* characters of the continuation */
};

struct tasks {
    int32_t *ids;
    struct task_request *request;
    size_t requests;
    uint32_t *gold; /* [questions]: counted from the question's first request */
    size_t questions;
    char hash[HASH_TEXT]; /* of the file; of the ids if they were cut */
};

/* -1 and `err` (ERROR_DATA) with the file and what does not fit. */
int tasks_read(struct tasks *tasks, const char *path, const struct model *model,
               struct error *err);

/*
 * Questions cut from rows of a text: each row in pieces of `context` +
 * `continuation` tokens (what is left over is not used), the true continuation
 * first among the four, the others being the same place of three other rows, no
 * two alike, by random numbers from `seed`.  -1 and `err` if there are under
 * four rows, or they are too short.
 */
struct tasks_cut {
    uint32_t context, continuation;
    uint64_t seed;
};
/* 48, 32, 1: the lengths at which the shipped models, dense, are right neither
 * nearly always nor by chance only. */
extern const struct tasks_cut tasks_standard_cut;

int tasks_from_rows(struct tasks *tasks, const struct model_tokens *rows,
                    struct tasks_cut cut, struct error *err);
void tasks_release(struct tasks *tasks); /* harmless on a zeroed struct */
