/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/model.h"
#include "llm/tokens.h"

/*
 * Calibration rows: of N disjoint draws of a tensor's rows, in order and of
 * equal size but for rounding, the I-th; and of those at most `rows` (0: all).
 */
struct draw {
    uint64_t number, of; /* 1/1: all rows */
    uint64_t rows;
};

/* `text` is I/N, or NULL for all rows.  -1 and `err` (ERROR_USAGE). */
int draw_parse(struct draw *draw, const char *text, uint64_t rows,
               struct error *err);

/* Reads the draw's rows of FILE or FILE:TENSOR (tensor `calibration`).  -1 and
 * `err`, also if there are fewer rows than draws. */
int draw_read(struct model_tokens *tokens, const struct draw *draw,
              const char *spec, const struct model *model, struct error *err);
