/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/costs.h"
#include "flow/select/method.h"

/*
 * Costs that are means over the tokens of the samples' rows, measured a row at
 * a time by whoever has time: the R rows are cut at floor(i R / 8), i = 0 .. 8
 * (calibration.h); an eighth's numbers, one a row and cost, are kept as a file
 * beside the trace until the costs are known.  A cost is the sum of its rows'
 * numbers, in row order: the same bits whoever measured them.
 *
 * A cell is a layer and a pattern of the selection: layer * patterns + pattern.
 */
struct row_costs;
struct row_stretch;

/* Bytes of memory, what a thread adds, and what is kept on disk meanwhile. */
struct row_need {
    double memory, thread, disk;
};

/* What is measured. */
struct row_way {
    const char *name;    /* "block-error": in names of files and sentences */
    const char *measure; /* "block-error 1": what costs are known by */
    /* Multiplications that the cells that lack numbers need, for so many rows
     * and with the costs' selection. */
    double (*effort)(const struct row_costs *costs, size_t rows);
    /* What a stretch of so many rows needs. */
    struct row_need (*need)(const struct selection *selection, size_t rows);
    /* Puts what the rows of the stretch lack.  -1 and `err`. */
    int (*rows)(struct row_stretch *stretch, struct error *err);
};

/* Fills cost [cells]: 0 for dense and for patterns whose M is over the layer's
 * K.  What the costs file has, or an eighth's, is not measured again.  Work
 * that is long is kept an eighth at a time, also where nobody asked for it.
 * -1 and `err`, also (ERROR_DATA) if a cost is not finite. */
int row_costs_measure(double *cost, const struct row_way *way,
                      const struct selection *selection, struct error *err);

/* Measures one eighth of the rows and keeps it, unless it is there. */
int row_costs_eighth(const struct row_way *way,
                     const struct selection *selection, unsigned eighth,
                     struct error *err);

/* Multiplications from which on work is kept though nobody asked for it: some
 * ten seconds on a thread. */
#define ROW_COSTS_LONG 2e11

/* What of it is yet to be measured. */
double row_costs_effort(const struct row_way *way,
                        const struct selection *selection);

/* ---- for ways ------------------------------------------------------------ */

/* Where a stretch stood when it was kept; arrays are owned, or NULL. */
struct row_place {
    uint32_t block; /* `in` is the input of */
    uint32_t next;  /* `hidden` is the input of */
    size_t trials;
    int64_t *trial; /* [trials]: cells */
    float *in;      /* [rows][tokens][width] */
    float *last;    /* likewise: the dense model's last output */
    float *hidden;  /* [trials][rows][tokens][width] */
};

void row_place_release(struct row_place *place);

/* Rows first .. end - 1 of the samples, which run together. */
struct row_stretch {
    struct row_costs *costs;
    const struct selection *selection;
    size_t first, end;
    struct row_place place; /* taken up; all zero: the beginning */
};

/* Whether the cell is wanted and some row of the stretch has no number. */
bool row_stretch_lacks(const struct row_stretch *stretch, size_t cell);

/* The number of a row, counted from the stretch's first: a sum over tokens.
 * One that is not finite says that the pruned model's arithmetic overflows. */
void row_stretch_put(struct row_stretch *stretch, size_t cell, size_t row,
                     double number);

/* Something is finished: keeps it if it is time, with where the stretch stands
 * now.  -1 and `err` only if others wait for the file. */
int row_stretch_keep(struct row_stretch *stretch, const struct row_place *place,
                     struct error *err);

/* Cells of the costs that lack numbers, in a layer. */
size_t row_costs_lacking(const struct row_costs *costs, size_t layer);
const struct selection *row_costs_selection(const struct row_costs *costs);
