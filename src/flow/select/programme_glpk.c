/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The same programme by branch and bound, where the dynamic one has too many
 * states: a row of choices for each item (one is taken), one row for the size,
 * the cost to be least.  GLPK gives a bound as well, so that the gap of what
 * was found is known.
 *
 * GLPK meets a row within about a billionth of its limit, in doubles: an answer
 * that is over the limit in integers is excluded and the search goes on.
 */
#include "flow/select/programme_glpk.h"

#include <assert.h>
#include <glpk.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/stop.h"
#include "flow/select/programme.h"

/* Answers that miss the limit by a rounding are excluded one by one; after
 * CUTS of them the limit is lowered, too, 16 times as far each time. */
enum { TRIES = 12, CUTS = 4 };

struct model {
    const struct programme *programme;
    glp_prob *problem;
    uint64_t limit; /* of the programme, or a little less */
    double scale;   /* of sizes, so that the limit's row has numbers about 1 */
    double bound;
    double begun, told; /* seconds: when, and what progress knows of since */
    bool stopped;
    size_t *excluded[TRIES]; /* [items] each */
    int exclusions;
};

/* No choices cost less than the cheapest of each item together. */
static double programme_glpk_cheapest(const struct programme *programme)
{
    double sum = 0;

    for (size_t i = 0; i < programme->items; i++) {
        double least = HUGE_VAL;

        for (size_t c = 0; c < programme->choices; c++) {
            const struct programme_choice *choice =
                &programme->table[i * programme->choices + c];

            if (choice->offered)
                least = fmin(least, choice->cost);
        }
        sum += least;
    }
    return sum;
}

static uint64_t programme_glpk_smallest_of(const struct programme *programme,
                                           size_t item)
{
    uint64_t smallest = UINT64_MAX;

    for (size_t c = 0; c < programme->choices; c++) {
        const struct programme_choice *choice =
            &programme->table[item * programme->choices + c];

        if (choice->offered && choice->size < smallest)
            smallest = choice->size;
    }
    return smallest;
}

/* Column of choice c of an item; GLPK counts from 1. */
static int programme_glpk_column_of(const struct programme *programme,
                                    size_t item, size_t c)
{
    return (int)(item * programme->choices + c) + 1;
}

static void add_column(struct model *model, size_t item, size_t c)
{
    const struct programme *programme = model->programme;
    const struct programme_choice *choice =
        &programme->table[item * programme->choices + c];
    int column = programme_glpk_column_of(programme, item, c);
    int rows[3 + TRIES] = { 0, (int)item + 2, 1 }, count = 2;
    double values[3 + TRIES] = { 0, 1, 0 };

    glp_set_col_kind(model->problem, column, GLP_BV);
    if (!choice->offered) {
        glp_set_col_bnds(model->problem, column, GLP_FX, 0, 0);
        return;
    }
    values[2] =
        (double)(choice->size - programme_glpk_smallest_of(programme, item)) *
        model->scale;
    glp_set_obj_coef(model->problem, column, choice->cost);
    for (int i = 0; i < model->exclusions; i++) {
        if (model->excluded[i][item] != c)
            continue;
        rows[++count] = (int)programme->items + 2 + i;
        values[count] = 1;
    }
    glp_set_mat_col(model->problem, column, count, rows, values);
}

static void build(struct model *model)
{
    const struct programme *programme = model->programme;
    uint64_t smallest = programme_smallest(programme);
    double room = (double)(model->limit - smallest);
    double need =
        programme->least > smallest ? (double)(programme->least - smallest) : 0;

    model->scale = 1 / fmax(1, room);
    model->problem = glp_create_prob();
    glp_set_obj_dir(model->problem, GLP_MIN);
    glp_add_rows(model->problem, (int)programme->items + 1 + model->exclusions);
    glp_set_row_bnds(model->problem, 1, need < room ? GLP_DB : GLP_FX,
                     need * model->scale, room * model->scale);
    for (int i = 0; i < model->exclusions; i++)
        glp_set_row_bnds(model->problem, (int)programme->items + 2 + i, GLP_UP,
                         0, (double)programme->items - 1);
    glp_add_cols(model->problem, (int)(programme->items * programme->choices));
    for (size_t i = 0; i < programme->items; i++) {
        glp_set_row_bnds(model->problem, (int)i + 2, GLP_FX, 1, 1);
        for (size_t c = 0; c < programme->choices; c++)
            add_column(model, i, c);
    }
}

static void programme_glpk_watch(glp_tree *tree, void *context)
{
    struct model *model = context;
    int node = glp_ios_best_node(tree);
    double seconds = floor(progress_clock() - model->begun);

    if (node)
        model->bound = fmax(model->bound, glp_ios_node_bound(tree, node));
    if (seconds > model->told) {
        progress_add(model->programme->progress,
                     (uint64_t)(seconds - model->told));
        model->told = seconds;
    }
    if (stop_requested())
        glp_ios_terminate(tree);
}

/* Milliseconds that are left of all that GLPK may take. */
static int time_left(const struct model *model)
{
    double left =
        programme_seconds(model->programme) - (progress_clock() - model->begun);

    return (int)fmin(fmax(left * 1000, 0), INT_MAX - 1);
}

/* The size of the answer. */
static uint64_t read_choice(const struct model *model, size_t *choice)
{
    const struct programme *programme = model->programme;
    uint64_t size = 0;

    for (size_t i = 0; i < programme->items; i++) {
        choice[i] = programme->choices;
        for (size_t c = 0; c < programme->choices; c++) {
            if (glp_mip_col_val(model->problem, programme_glpk_column_of(
                                                    programme, i, c)) > 0.5)
                choice[i] = c;
        }
        assert(choice[i] < programme->choices);
        size += programme->table[i * programme->choices + choice[i]].size;
    }
    return size;
}

/* What programme_glpk_watch() saw last may be older than what GLPK stopped at.
 */
static void find_bound(struct model *model, int why)
{
    double objective = glp_mip_obj_val(model->problem);
    double gap = why == GLP_EMIPGAP ? model->programme->gap : 0;

    model->stopped = why == GLP_ETMLIM || why == GLP_ESTOP;
    if (why == GLP_EMIPGAP || glp_mip_status(model->problem) == GLP_OPT)
        model->bound = fmax(model->bound, objective - gap * fabs(objective));
}

static bool programme_glpk_solve(struct model *model, size_t *choice,
                                 uint64_t *size)
{
    glp_iocp options;
    bool found;

    build(model);
    glp_init_iocp(&options);
    options.presolve = GLP_ON;
    options.msg_lev = GLP_MSG_OFF;
    options.mip_gap = model->programme->gap;
    options.tm_lim = time_left(model);
    options.cb_func = programme_glpk_watch;
    options.cb_info = model;
    find_bound(model, glp_intopt(model->problem, &options));
    found = glp_mip_status(model->problem) == GLP_OPT ||
            glp_mip_status(model->problem) == GLP_FEAS;
    if (found)
        *size = read_choice(model, choice);
    glp_delete_prob(model->problem);
    return found;
}

static void exclude(struct model *model, const size_t *choice)
{
    size_t items = model->programme->items;
    size_t *copy = memory_new(items, sizeof *copy);

    memcpy(copy, choice, items * sizeof *copy);
    model->excluded[model->exclusions++] = copy;
}

/* GLPK takes a row to be met within about a billionth of its limit. */
static bool solve_within(struct model *model, size_t *choice)
{
    const struct programme *programme = model->programme;
    uint64_t smallest = programme_smallest(programme), size;

    for (int tries = 0; tries < TRIES; tries++) {
        double bound = model->bound;
        bool found = programme_glpk_solve(model, choice, &size);

        if (model->limit < programme->limit)
            model->bound = bound; /* a lower limit's bound is not ours */
        if (!found)
            return false;
        if (size >= programme->least && size <= programme->limit)
            return true;
        exclude(model, choice);
        if (tries >= CUTS && size > programme->limit) {
            uint64_t step = (size - programme->limit) << 4 * (tries - CUTS);
            uint64_t room = model->limit - smallest;

            model->limit -= step < room ? step : room;
        }
    }
    return false;
}

bool programme_glpk(const struct programme *programme, size_t *choice,
                    struct programme_answer *answer)
{
    struct model model = { .programme = programme,
                           .limit = programme->limit,
                           .bound = programme_glpk_cheapest(programme),
                           .begun = progress_clock() };
    bool found;

    glp_term_out(GLP_OFF);
    progress_begin(programme->progress, "programme",
                   (uint64_t)ceil(programme_seconds(programme)), "s");
    found = solve_within(&model, choice);
    progress_end(programme->progress);
    answer->bound = model.bound;
    answer->stopped = model.stopped;
    for (int i = 0; i < model.exclusions; i++)
        free(model.excluded[i]);
    return found;
}
