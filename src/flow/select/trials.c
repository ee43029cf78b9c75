/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pruned weights lie beside the block, not in it, so that several trials may
 * run at once.  As many layers are pruned ahead as there are workers: with one
 * row, as an eighth of eight samples is, all workers have something to run.
 */
#include "flow/select/trials.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"

/* What rows that are tried together may note. */
static const size_t memo_bytes = (size_t)1 << 29;

void trials_begin(struct trials *trials, const struct selection *selection)
{
    *trials = (struct trials){
        .selection = selection,
        .workers = work_workers(&selection->work),
        .tokens = selection->tokens->length,
        .row_size =
            (size_t)selection->tokens->length * model_width(selection->model),
        .tried = { .selection = selection,
                   .workers = work_workers(&selection->work) },
    };
    trials->scratch = memory_new(trials->workers, sizeof *trials->scratch);
    trials->weights = memory_new(trials->workers, sizeof *trials->weights);
    for (unsigned w = 0; w < trials->workers; w++)
        trials->scratch[w] =
            model_scratch_new(selection->model, trials->tokens);
}

void trials_end(struct trials *trials)
{
    trials_leave(trials);
    for (unsigned w = 0; w < trials->workers; w++)
        model_scratch_free(trials->scratch[w]);
    free(trials->scratch);
    free(trials->weights);
    tried_layer_release(&trials->tried);
}

size_t trials_rows(const struct trials *trials, uint32_t block)
{
    size_t row =
        block_memo_bytes(trials->selection->model, block, trials->tokens);

    return max(memo_bytes / row, (size_t)1);
}

struct row_need trials_need(const struct selection *selection, size_t rows)
{
    const struct model *model = selection->model;
    uint32_t tokens = selection->tokens->length;
    size_t row = block_memo_bytes(model, 0, tokens), layer = 0;

    for (size_t l = 0; l < model_layers(model); l++) {
        const struct layer_shape *shape = &model_layer(model, l)->shape;

        layer = max(layer, (size_t)shape->inputs * shape->outputs);
    }
    return (struct row_need){
        .memory = (double)(model_block_bytes(model) +
                           max(row, min(rows * row, memo_bytes))),
        .thread = (double)(model_scratch_bytes(model, tokens) +
                           layer * sizeof(float)),
    };
}

/* Rows on their way through the block as it is. */
struct dense_rows {
    struct trials *trials;
    float *hidden;
};

static void trials_note_row(void *context, size_t row, unsigned worker)
{
    const struct dense_rows *dense = context;
    struct trials *trials = dense->trials;

    if (!stop_requested())
        model_block_note(trials->block, trials->scratch[worker],
                         dense->hidden + row * trials->row_size,
                         trials->memo[row]);
}

void trials_dense(struct trials *trials, const struct model_block *block,
                  uint32_t number, float *hidden, size_t rows)
{
    struct dense_rows dense = { trials, hidden };

    trials_leave(trials);
    trials->block = block;
    trials->rows = rows;
    trials->memo = memory_new(rows, sizeof(struct block_memo *));
    for (size_t row = 0; row < rows; row++)
        trials->memo[row] =
            block_memo_new(trials->selection->model, number, trials->tokens);
    parallel_for(trials->workers, rows, trials_note_row, &dense);
}

void trials_leave(struct trials *trials)
{
    for (size_t row = 0; row < trials->rows; row++)
        block_memo_free(trials->memo[row]);
    free(trials->memo);
    trials->memo = NULL;
    trials->rows = 0;
}

/* Trials whose layers are pruned. */
struct pruned_trials {
    struct trials *trials;
    const struct trial *trial; /* all */
    size_t first;              /* that is pruned */
    const struct trials_taker *taker;
};

static void trials_try_row(void *context, size_t item, unsigned worker)
{
    const struct pruned_trials *pruned = context;
    const struct trials *trials = pruned->trials;
    const struct trials_taker *taker = pruned->taker;
    size_t at = item / trials->rows, row = item % trials->rows;
    size_t number = pruned->first + at;
    float *hidden = taker->room(taker->context, number, row, worker);

    if (stop_requested())
        return;
    model_block_try(trials->block, trials->scratch[worker], hidden,
                    &(struct block_trial){ pruned->trial[number].layer,
                                           trials->weights[at],
                                           trials->memo[row] });
    taker->take(taker->context, number, row, hidden);
}

/* The layer's weights, pruned, in the place of the trial. */
static int trials_prune(struct trials *trials, const struct trial *trial,
                        size_t at, struct error *err)
{
    const struct selection *selection = trials->selection;
    const struct layer_shape *shape =
        &selection->trace->layer[trial->layer].shape;

    trials->weights[at] = memory_new_aligned(
        (size_t)shape->outputs * shape->inputs, sizeof(float));
    if (model_weights(selection->model, trial->layer, trials->weights[at],
                      err) < 0)
        return -1;
    return tried_layer_prune(&trials->tried, trials->weights[at], trial->layer,
                             selection->patterns.at[trial->pattern], err);
}

int trials_run(struct trials *trials, const struct trial *trial, size_t count,
               const struct trials_taker *taker, struct error *err)
{
    struct pruned_trials pruned = { trials, trial, 0, taker };
    int status = 0;

    while (status == 0 && pruned.first < count) {
        size_t ahead = min(count - pruned.first, (size_t)trials->workers);

        for (size_t i = 0; status == 0 && i < ahead; i++)
            status = trials_prune(trials, &trial[pruned.first + i], i, err);
        if (status == 0) {
            parallel_for(trials->workers, ahead * trials->rows, trials_try_row,
                         &pruned);
            status = stop_check(err);
        }
        for (size_t i = 0; i < trials->workers; i++) {
            free(trials->weights[i]);
            trials->weights[i] = NULL;
        }
        pruned.first += ahead;
    }
    return status;
}
