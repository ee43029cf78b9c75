/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Block by block, not row by row: a block's weights are read once, used for all
 * rows and let go, so that a model of any size needs the memory of one block
 * and of the hidden states.  Within a block the rows are the workers' jobs;
 * each has its own scratch, made when its worker first needs it.
 *
 * `edit` comes after loading and may change the weights (pruning), `after` sees
 * what comes out.  Rounding to int8 stands around `edit`: scales are those that
 * the machines use, of the dense weights or of updated ones, and the rounding
 * is of what pruning left.
 */
#include "llm/walk.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "llm/machine_arithmetic.h"
#include "llm/model.h"
#include "llm/model_parts.h"
#include "llm/vector.h"

/* The row of a table of `width` numbers, as f32. */
static void walk_read_row(float *out, const struct safetensors_tensor *table,
                          size_t row, uint32_t width)
{
    size_t size = dtype_size(table->dtype);

    dtype_to_f32(out, table->bytes + row * width * size, table->dtype, width);
}

static const struct safetensors_tensor *
position_table(const struct model *model)
{
    const char *positions = model->family->positions;
    const struct safetensors_tensor *found;
    char *name;

    if (!positions)
        return NULL;
    name = model_tensor_name(model, positions);
    found = checkpoint_find(model->checkpoint, name);
    free(name);
    return found;
}

void model_embed(const struct model *model, const int32_t *ids, uint32_t tokens,
                 float *hidden)
{
    const struct safetensors_tensor *words =
        checkpoint_find(model->checkpoint, model->embedding);
    const struct safetensors_tensor *places = position_table(model);
    uint32_t width = model_width(model);
    float *place = memory_new(width, sizeof *place);

    for (uint32_t t = 0; t < tokens; t++) {
        float *out = hidden + (size_t)t * width;

        walk_read_row(out, words, (size_t)ids[t], width);
        if (model->shape.embedding_scale != 1)
            vector_scale(out, (float)model->shape.embedding_scale, width);
        if (places) {
            walk_read_row(place, places, t + model->shape.first_position,
                          width);
            vector_add(out, place, width);
        }
    }
    fold_stream(model, hidden, tokens, sizeof *hidden);
    free(place);
}

const char *const model_arithmetics[ARITHMETICS] = { "f32", "w8a8", "machine" };

struct step {
    const struct model *model;
    const struct model_tokens *tokens;
    const struct model_walk *walk;
    const struct model_block *block;
    struct model_scratch **scratch; /* one a worker, made when it is needed */
    float *hidden;
};

static float *walk_row_of(const struct step *step, size_t row)
{
    return step->hidden + row * step->tokens->length * model_width(step->model);
}

static void embed_row(void *context, size_t row, unsigned worker)
{
    const struct step *step = context;

    (void)worker;
    model_embed(step->model, step->tokens->ids + row * step->tokens->length,
                step->tokens->length, walk_row_of(step, row));
}

static void walk_run_row(void *context, size_t row, unsigned worker)
{
    const struct step *step = context;
    uint32_t longest = step->tokens->length;
    uint32_t tokens = step->walk->lengths ? step->walk->lengths[row] : longest;

    if (stop_requested())
        return;
    if (!step->scratch[worker])
        step->scratch[worker] = model_scratch_new(step->model, longest);
    model_block_run(step->block, step->scratch[worker], walk_row_of(step, row),
                    tokens, row, step->walk->tap);
    progress_add(step->walk->work.progress, 1);
}

static int walk_run_block(struct step *step, uint32_t number, unsigned workers,
                          struct error *err)
{
    const struct model_walk *walk = step->walk;
    struct model_block *block;
    int status = 0;

    if (model_block_load(&block, step->model, number, err) < 0)
        return -1;
    step->block = block;
    if (walk->arithmetic != ARITHMETIC_F32 &&
        walk->scales == SCALES_BEFORE_EDIT)
        block_take_scales(block);
    if (walk->edit)
        status = walk->edit(walk->context, block, number, err);
    if (walk->arithmetic != ARITHMETIC_F32 &&
        walk->scales == SCALES_BEHIND_EDIT)
        block_take_scales(block);
    if (walk->arithmetic != ARITHMETIC_F32)
        block_round_weights(block);
    if (walk->arithmetic == ARITHMETIC_MACHINE)
        model_block_use(block, &exact_products);
    if (status == 0) {
        parallel_for(workers, step->tokens->rows, walk_run_row, step);
        status = stop_check(err);
    }
    model_block_free(block);
    if (status == 0 && walk->after)
        status = walk->after(walk->context, number, step->hidden, err);
    return status;
}

int model_walk_blocks(const struct model *model,
                      const struct model_tokens *tokens,
                      const struct model_walk *walk, float *hidden,
                      struct error *err)
{
    unsigned workers = work_workers(&walk->work);
    struct step step = { .model = model,
                         .tokens = tokens,
                         .walk = walk,
                         .scratch = memory_new(workers, sizeof(void *)),
                         .hidden = hidden };
    int status = 0;

    parallel_for(workers, tokens->rows, embed_row, &step);
    for (uint32_t b = 0; b < model_blocks(model) && status == 0; b++)
        status = walk_run_block(&step, b, workers, err);
    for (unsigned i = 0; i < workers; i++)
        model_scratch_free(step.scratch[i]);
    free(step.scratch);
    return status;
}
