/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Blocks in order, and in each the stages in the order in which they run (q k
 * v; o; gate up; down): what a stage's inputs are like is looked at when all
 * before it is pruned and updated.  Where the dense model is needed beside (to
 * propagate, or to reconstruct), its rows are kept at the same block: they are
 * passed through the dense block when the stages are done, and the pruned rows
 * through the pruned one last.
 */
#include "flow/prune/prune.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/leftover.h"
#include "base/memory.h"
#include "base/stop.h"
#include "flow/prune/hessian.h"
#include "flow/prune/kept_block.h"
#include "flow/prune/pruning.h"
#include "flow/prune/reconstruct.h"
#include "llm/gradient.h"

static bool needs_dense(const struct plan *plan)
{
    return plan->update == UPDATE_RECONSTRUCT || !isnan(plan->propagate);
}

static void keep_rows_on_their_way(struct pruning *pruning)
{
    const struct sequence_keeper keeper = { pruning_keep_now_and_then,
                                            pruning };

    if (!pruning->keeps || !pruning->sequence)
        return;
    pruning->kept = progress_clock();
    sequence_keep_by(pruning->sequence, &keeper);
    if (pruning->dense)
        sequence_keep_by(pruning->dense, &keeper);
}

int pruning_begin(struct pruning **pruning, const struct prune *prune,
                  struct error *err)
{
    struct pruning *made;

    if (prune_check(prune, err) < 0)
        return -1;
    if (prune->plan->update == UPDATE_RECONSTRUCT &&
        !gradient_known(prune->model))
        return error_set(err, ERROR_DATA,
                         "%s: the gradients of its blocks (model_type %s) are "
                         "not known here, which the update reconstruct needs",
                         model_name(prune->model), model_family(prune->model));
    made = memory_new(1, sizeof *made);
    made->prune = prune;
    made->mask = memory_new(prune->plan->layers, sizeof *made->mask);
    made->dampened = memory_new(prune->plan->layers, 1);
    if (prune_needs_tokens(prune->plan))
        made->sequence =
            sequence_begin(prune->model, prune->tokens, prune->work.workers);
    if (prune->plan->update == UPDATE_RECONSTRUCT && made->sequence)
        sequence_stay(made->sequence); /* a block is trained on its input */
    if (needs_dense(prune->plan))
        made->dense =
            sequence_begin(prune->model, prune->tokens, prune->work.workers);
    made->keeps = prune->keeps && prune->keep && prune_is_kept(prune);
    pruning_take_rows(made);
    keep_rows_on_their_way(made);
    *pruning = made;
    return 0;
}

static void forget_masks(struct pruning *pruning)
{
    for (size_t i = 0; i < pruning->prune->plan->layers; i++) {
        free(pruning->mask[i]);
        pruning->mask[i] = NULL;
    }
}

void pruning_end(struct pruning *pruning)
{
    if (!pruning)
        return;
    for (size_t i = 0; i < pruning->prune->plan->layers; i++)
        if (pruning->prune->dampened)
            pruning->prune->dampened[i] =
                (uint8_t)max(pruning->prune->dampened[i], pruning->dampened[i]);
    forget_masks(pruning);
    sequence_end(pruning->sequence);
    sequence_end(pruning->dense);
    free(pruning->dampened);
    free(pruning->mask);
    free(pruning);
}

const uint8_t *pruning_mask(const struct pruning *pruning, size_t layer)
{
    return pruning->mask[layer];
}

char *prune_dampened_words(const struct prune *prune)
{
    const struct plan *plan = prune->plan;
    size_t count = 0, first = 0;
    unsigned most = 0;

    for (size_t i = plan->layers; prune->dampened && i-- > 0;) {
        if (prune->dampened[i] == 0)
            continue;
        count++;
        first = i;
        most = (unsigned)max(most, prune->dampened[i]);
    }
    if (count == 0)
        return NULL;
    return memory_printf(
        "the inputs' Hessian of %zu of %zu layers could not be "
        "factored with %g %% of its mean diagonal added, but "
        "with up to %g %%: their updates are less exact (the "
        "first is %s)",
        count, plan->layers, 100 * hessian_dampening,
        100 * hessian_dampening * pow(10, most), plan->layer[first].shape.name);
}

static int run_stages(struct pruning *pruning, struct model_block *block,
                      struct model_block *dense, uint32_t number,
                      struct error *err)
{
    const struct prune *prune = pruning->prune;
    const struct layer_span layers = plan_layers_of_block(prune->plan, number);
    int status = 0;

    /* What needs no rows depends on nothing but the checkpoint and the trace:
     * all layers of the block at once. */
    if (prune->share && !pruning->sequence &&
        prune->share(prune->context, number, err) < 0)
        return -1;
    for (size_t i = layers.first; status == 0 && i < layers.end; i++) {
        const struct stage_call call = { pruning, block, dense, i };

        if (stage_is(prune, i))
            status = stage_run(&call, err);
    }
    return status;
}

/* Every layer of the block is kept, and its rows are not needed any more. */
static int take_block(struct pruning *pruning, struct model_block *block,
                      uint32_t number, struct error *err)
{
    const struct prune *prune = pruning->prune;
    const struct layer_span layers = plan_layers_of_block(prune->plan, number);

    for (size_t i = layers.first; i < layers.end; i++) {
        const struct stage_call call = { pruning, block, NULL, i };

        if (stage_is(prune, i) && !stage_take(&call))
            return pruning_miss(pruning, i, err);
    }
    return 0;
}

/* ---- blocks that were finished before ------------------------------------ */

/* The file of a finished block, NULL if none is kept; free() it. */
static char *block_path(const struct prune *prune, uint32_t number)
{
    if (!prune->keep || prune->plan->update != UPDATE_RECONSTRUCT)
        return NULL;
    return memory_printf("%s.block-%u", prune->keep, number);
}

void prune_forget(const struct prune *prune)
{
    for (uint32_t b = 0; b < model_blocks(prune->model); b++) {
        char *path = block_path(prune, b);

        if (path) {
            unlink(path);
            leftover_clear(path);
        }
        free(path);
    }
    if (!prune->keep || !prune->keeps)
        return;
    if (prune_is_kept(prune))
        pruning_forget(prune);
    else /* of one that was killed before its first layer was whole */
        pruning_clear(prune);
}

/* The file of a block and what stands there, without a path if none is kept;
 * its texts are the caller's. */
static struct kept_block kept_block_of(const struct pruning *pruning,
                                       struct model_block *block,
                                       uint32_t number)
{
    const struct prune *prune = pruning->prune;
    char *path = block_path(prune, number);

    return (struct kept_block){
        .model = prune->model,
        .block = block,
        .layers = model_layers_of_block(prune->model, number),
        .mask = pruning->mask,
        .dampened = pruning->dampened,
        .identity = path ? pruning_identity(prune, "block", number) : NULL,
        .path = path,
    };
}

static void kept_block_free_texts(const struct kept_block *kept)
{
    free((char *)kept->identity);
    free((char *)kept->path);
}

/* Whether a block is as it was finished before. */
static bool take_up(struct pruning *pruning, struct model_block *block,
                    uint32_t number)
{
    const struct kept_block kept = kept_block_of(pruning, block, number);
    bool there = kept.path && kept_block_load(&kept) == 0;

    if (there)
        progress_add(pruning->prune->work.progress,
                     pruning->prune->plan->reconstruct.steps);
    kept_block_free_texts(&kept);
    return there;
}

static int keep_block(struct pruning *pruning, struct model_block *block,
                      uint32_t number, struct error *err)
{
    const struct kept_block kept = kept_block_of(pruning, block, number);
    int status = kept.path ? kept_block_save(&kept, err) : 0;

    kept_block_free_texts(&kept);
    return status;
}

/* ---- a block ------------------------------------------------------------- */

/* Trains what the pruned block keeps, until its output is what the dense
 * block's was on dense inputs. */
static int reconstruct(const struct pruning *pruning, struct model_block *block,
                       uint32_t number, struct error *err)
{
    const struct prune *prune = pruning->prune;
    const struct reconstruction what = {
        .model = prune->model,
        .block = block,
        .number = number,
        .mask = pruning->mask,
        .input = sequence_rows(pruning->sequence),
        .target = sequence_rows(pruning->dense),
        .rows = prune->tokens->rows,
        .tokens = prune->tokens->length,
        .how = prune->plan->reconstruct,
        .work = prune->work,
    };

    return reconstruct_run(&what, NULL, err);
}

/* The dense block is needed until the dense rows are through it. */
static int run_block(struct pruning *pruning, struct model_block *block,
                     uint32_t number, struct error *err)
{
    const struct prune *prune = pruning->prune;
    struct model_block *dense = NULL;
    int status = 0;
    bool there;

    if (number < pruning->stands)
        return take_block(pruning, block, number, err);
    there = take_up(pruning, block, number);
    if (pruning->dense &&
        model_block_load(&dense, prune->model, number, err) < 0)
        return -1;
    if (!there)
        status = run_stages(pruning, block, dense, number, err);
    if (status == 0 && dense)
        sequence_pass(pruning->dense, dense);
    model_block_free(dense);
    if (status < 0 || pruning_check(pruning, err) < 0)
        return -1;
    if (!there && prune->plan->update == UPDATE_RECONSTRUCT) {
        status = reconstruct(pruning, block, number, err);
        if (status == 0)
            status = keep_block(pruning, block, number, err);
    }
    return status;
}

/* Nothing is behind the last block that the rows would be needed for. */
static int keep_at_end(struct pruning *pruning, struct error *err)
{
    if (pruning->next >= model_blocks(pruning->prune->model))
        return 0;
    pruning->kept = progress_clock();
    return pruning_keep_rows(pruning, err);
}

int pruning_block(void *context, struct model_block *block, uint32_t number,
                  struct error *err)
{
    struct pruning *pruning = context;

    assert(number == pruning->next);
    if (stop_check(err) < 0)
        return -1;
    pruning->next++;
    forget_masks(pruning);
    if (run_block(pruning, block, number, err) < 0)
        return -1;
    if (number < pruning->stands)
        return 0;
    if (pruning->sequence)
        sequence_pass(pruning->sequence, block);
    return pruning_check(pruning, err) < 0 ? -1 : keep_at_end(pruning, err);
}
