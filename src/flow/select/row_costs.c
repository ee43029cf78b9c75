/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers lie in memory for all rows, whoever measures them.  Short work is one
 * stretch of all rows; long work, and that of a worker, is a stretch an eighth,
 * which is kept from time to time: its numbers, and where it stands, so that
 * who takes it up has at most the last minute to do again.
 *
 * Whole costs go to the costs file (costs.h) as soon as all rows have their
 * numbers, also of a selection that is stopped; with the last of them the
 * eighths' files are taken away.  Only the process that chooses does that: who
 * measures for others leaves files and nothing else.
 *
 * A NaN says that a number was not measured.  So one that is no number, since
 * the pruned model's arithmetic overflows, is infinite here, is never noted,
 * and in the end refused by name.
 */
#include "flow/select/row_costs.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "flow/select/row_costs_file.h"
#include "flow/select/tried_layer.h"

/* Seconds between two times that a stretch is kept, if it was not asked for. */
enum { KEEP_SECONDS = 60 };

struct row_costs {
    const struct selection *selection;
    const struct row_way *way;
    size_t cells, rows;
    bool *known;         /* [cells]: whole */
    double *of;          /* [cells][rows]; NaN: not measured, infinite: it
                            overflows */
    char *measure;       /* of costs.h */
    struct costs *costs; /* that are whole */
    double *cost;        /* [cells]; NULL: it measures for others */
    bool keeps;          /* stretches are kept */
    double kept;         /* when the last one was */
};

const struct selection *row_costs_selection(const struct row_costs *costs)
{
    return costs->selection;
}

static bool lacks(const struct row_costs *costs, size_t cell, size_t first,
                  size_t end)
{
    bool lacks = false;

    for (size_t row = first; row < end; row++)
        lacks |= isnan(costs->of[cell * costs->rows + row]);
    return lacks && !costs->known[cell];
}

size_t row_costs_lacking(const struct row_costs *costs, size_t layer)
{
    size_t patterns = costs->selection->patterns.count, count = 0;

    for (size_t p = 0; p < patterns; p++)
        count += lacks(costs, layer * patterns + p, 0, costs->rows);
    return count;
}

bool row_stretch_lacks(const struct row_stretch *stretch, size_t cell)
{
    return lacks(stretch->costs, cell, stretch->first, stretch->end);
}

void row_stretch_put(struct row_stretch *stretch, size_t cell, size_t row,
                     double number)
{
    struct row_costs *costs = stretch->costs;

    costs->of[cell * costs->rows + stretch->first + row] =
        isfinite(number) ? number : INFINITY;
}

static size_t cut(const struct row_costs *costs, unsigned eighth)
{
    return eighth * costs->rows / ROW_EIGHTHS;
}

/* Costs of which all rows have their numbers. */
static void note_whole(struct row_costs *costs)
{
    size_t patterns = costs->selection->patterns.count;
    double places = (double)(costs->rows * costs->selection->tokens->length);

    for (size_t c = 0; c < costs->cells; c++) {
        double sum = 0;

        if (costs->known[c] || lacks(costs, c, 0, costs->rows))
            continue;
        for (size_t row = 0; row < costs->rows; row++)
            sum += costs->of[c * costs->rows + row];
        costs->cost[c] = sum / places;
        costs->known[c] = true;
        if (isfinite(sum))
            costs_note(costs->costs, c / patterns, c % patterns,
                       costs->cost[c]);
    }
    costs_save(costs->costs);
}

static struct row_kept file_of(const struct row_costs *costs, unsigned eighth)
{
    return (struct row_kept){
        .selection = costs->selection,
        .measure = costs->measure,
        .name = costs->way->name,
        .eighth = eighth,
        .cells = costs->cells,
        .rows = costs->rows,
        .first = cut(costs, eighth),
        .end = cut(costs, eighth + 1),
        .of = costs->of,
    };
}

/* The eighth that a stretch is; ROW_EIGHTHS: it is more than one. */
static unsigned eighth_of(const struct row_stretch *stretch)
{
    for (unsigned e = 0; e < ROW_EIGHTHS; e++)
        if (cut(stretch->costs, e) == stretch->first &&
            cut(stretch->costs, e + 1) == stretch->end)
            return e;
    return ROW_EIGHTHS;
}

static int stretch_save(struct row_stretch *stretch,
                        const struct row_place *place, struct error *err)
{
    struct row_costs *costs = stretch->costs;
    struct row_kept file = file_of(costs, eighth_of(stretch));
    struct error ignored;

    costs->kept = progress_clock();
    if (!costs->cost)
        return row_kept_save(&file, place, err);
    row_kept_save(&file, place, &ignored); /* nothing rests on it */
    return 0;
}

int row_stretch_keep(struct row_stretch *stretch, const struct row_place *place,
                     struct error *err)
{
    struct row_costs *costs = stretch->costs;

    if (costs->cost)
        note_whole(costs);
    if (!costs->keeps || (!costs->selection->keep &&
                          progress_clock() - costs->kept < KEEP_SECONDS))
        return 0;
    return stretch_save(stretch, place, err);
}

void row_place_release(struct row_place *place)
{
    free(place->trial);
    free(place->in);
    free(place->last);
    free(place->hidden);
    *place = (struct row_place){ 0 };
}

/* Numbers that rows first .. end - 1 lack. */
static int measure_rows(struct row_costs *costs, struct row_stretch *stretch,
                        struct error *err)
{
    bool lacking = false;
    int status = 0;

    for (size_t c = 0; c < costs->cells; c++)
        lacking |= row_stretch_lacks(stretch, c);
    if (lacking)
        status = costs->way->rows(stretch, err);
    row_place_release(&stretch->place);
    if (status == 0 && lacking && costs->keeps)
        status = stretch_save(stretch, NULL, err);
    return status;
}

/* Whether blocks that a place has behind it have cells to measure: what was
 * known when it was kept, and is no longer. */
static bool lacks_behind(const struct row_stretch *stretch)
{
    const struct selection *selection = stretch->selection;
    size_t patterns = selection->patterns.count;
    bool lacking = false;

    for (size_t c = 0; c < stretch->costs->cells; c++)
        lacking |= selection->trace->layer[c / patterns].shape.block <
                       stretch->place.block &&
                   row_stretch_lacks(stretch, c);
    return lacking;
}

static int measure_eighth(struct row_costs *costs, unsigned eighth,
                          struct error *err)
{
    struct row_kept file = file_of(costs, eighth);
    struct row_stretch stretch = { .costs = costs,
                                   .selection = costs->selection,
                                   .first = file.first,
                                   .end = file.end };

    if (file.first == file.end)
        return 0;
    row_kept_load(&file, &stretch.place);
    if (lacks_behind(&stretch))
        row_place_release(&stretch.place);
    costs->kept = progress_clock();
    return measure_rows(costs, &stretch, err);
}

/* What others have measured of it. */
static void take_up(struct row_costs *costs)
{
    for (unsigned e = 0; e < ROW_EIGHTHS; e++) {
        struct row_kept file = file_of(costs, e);

        if (file.first < file.end)
            row_kept_load(&file, NULL);
    }
}

static int measure_all(struct row_costs *costs, struct error *err)
{
    struct row_stretch all = { .costs = costs,
                               .selection = costs->selection,
                               .end = costs->rows };
    int status = 0;

    if (!costs->keeps)
        return measure_rows(costs, &all, err);
    for (unsigned e = 0; status == 0 && e < ROW_EIGHTHS; e++)
        status = measure_eighth(costs, e, err);
    return status;
}

static size_t row_costs_open(struct row_costs *costs, const struct row_way *way,
                             const struct selection *selection, double *cost)
{
    size_t cells = selection->trace->layers * selection->patterns.count;
    double *known = memory_new(cells, sizeof *known);
    size_t missing;

    *costs = (struct row_costs){
        .selection = selection,
        .way = way,
        .cells = cells,
        .rows = selection->samples,
        .known = memory_new(cells, sizeof *costs->known),
        .of = memory_new(cells * selection->samples, sizeof *costs->of),
        .measure = tried_layer_measure(selection, way->measure),
        .cost = cost,
    };
    for (size_t i = 0; i < cells * costs->rows; i++)
        costs->of[i] = NAN;
    costs->costs = costs_open(costs->measure, selection);
    missing = costs_look_up(costs->costs, cost ? cost : known, costs->known);
    free(known);
    return missing;
}

static void row_costs_close(struct row_costs *costs)
{
    costs_close(costs->costs);
    free(costs->measure);
    free(costs->known);
    free(costs->of);
}

static void remove_kept(const struct row_costs *costs)
{
    for (unsigned e = 0; e < ROW_EIGHTHS; e++) {
        struct row_kept file = file_of(costs, e);

        row_kept_remove(&file);
    }
}

static int check_finite(const struct row_costs *costs, struct error *err)
{
    const struct selection *selection = costs->selection;
    size_t patterns = selection->patterns.count;

    for (size_t c = 0; c < costs->cells; c++) {
        char text[PATTERN_TEXT];

        if (isfinite(costs->cost[c]))
            continue;
        pattern_print(text, selection->patterns.at[c % patterns]);
        return error_set(err, ERROR_DATA,
                         "layer `%s` with %s: its %s is not finite; the pruned "
                         "model's arithmetic overflows",
                         selection->trace->layer[c / patterns].shape.name, text,
                         costs->way->name);
    }
    return 0;
}

int row_costs_measure(double *cost, const struct row_way *way,
                      const struct selection *selection, struct error *err)
{
    struct row_costs costs;
    int status = 0;

    if (row_costs_open(&costs, way, selection, cost) > 0) {
        take_up(&costs);
        costs.keeps = selection->keep ||
                      way->effort(&costs, costs.rows) >= ROW_COSTS_LONG;
        if (selection->crew)
            status = selection->crew->lead(selection->crew, way,
                                           selection->aware, err);
        if (status == 0 && selection->crew)
            take_up(&costs);
        if (status == 0)
            status = measure_all(&costs, err);
        note_whole(&costs);
    }
    if (status == 0) {
        remove_kept(&costs);
        status = check_finite(&costs, err);
    }
    row_costs_close(&costs);
    return status;
}

int row_costs_eighth(const struct row_way *way,
                     const struct selection *selection, unsigned eighth,
                     struct error *err)
{
    struct row_costs costs;
    int status = 0;

    if (row_costs_open(&costs, way, selection, NULL) > 0) {
        costs.keeps = true;
        status = measure_eighth(&costs, eighth, err);
    }
    row_costs_close(&costs);
    return status;
}

double row_costs_effort(const struct row_way *way,
                        const struct selection *selection)
{
    struct row_costs costs;
    double *cost = memory_new(
        selection->trace->layers * selection->patterns.count, sizeof *cost);
    double effort = 0;

    if (row_costs_open(&costs, way, selection, cost) > 0) {
        take_up(&costs);
        effort = way->effort(&costs, costs.rows);
    }
    row_costs_close(&costs);
    free(cost);
    return effort;
}
