/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A trial of one layer needs only what depends on it.  Whatever the family, its
 * maps are all computed by block_linear(); so it is there that the outputs of
 * the block as it is are noted, and there that a trial takes them:
 *
 *     sublayers before the layer's        not run: the stream is noted
 *     maps that run before the layer      nothing has changed yet: recalled
 *     the layer                           computed with the trial's weights
 *     maps with the layer's own input     their input is the same: recalled
 *     all others                          computed
 *
 * Of the 42 passes that seven layers with six patterns each need, Llama-2-7B's
 * shapes leave the products of 26.2.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/model.h"
#include "llm/model_parts.h"

struct block_memo {
    const struct model *model;
    size_t first, layers; /* of the block */
    uint32_t tokens;
    float **out;       /* [layers][tokens][O]; NULL: an expert's */
    uint8_t *sublayer; /* [layers]: the one it was seen in */
    float *stream[BLOCK_MOST_SUBLAYERS]; /* [tokens][width] before each */
};

/* What a run that notes carries with it. */
struct block_noting {
    struct block_memo *memo;
    size_t sublayer;
};

/* What a trial carries with it. */
struct block_trying {
    const struct block_trial *trial;
    bool changed; /* the layer has run */
};

static size_t out_size(const struct model *model, size_t layer, uint32_t tokens)
{
    return model_is_routed(model, layer)
               ? 0
               : (size_t)tokens * model->layers[layer].shape.outputs;
}

size_t block_memo_bytes(const struct model *model, uint32_t block,
                        uint32_t tokens)
{
    const struct layer_span span = model_layers_of_block(model, block);
    size_t floats =
        (size_t)BLOCK_MOST_SUBLAYERS * tokens * model->shape.size[SIZE_MODEL];

    for (size_t l = span.first; l < span.end; l++)
        floats += out_size(model, l, tokens);
    return floats * sizeof(float);
}

struct block_memo *block_memo_new(const struct model *model, uint32_t block,
                                  uint32_t tokens)
{
    const struct layer_span span = model_layers_of_block(model, block);
    size_t width = model->shape.size[SIZE_MODEL];
    struct block_memo *memo = memory_new(1, sizeof *memo);

    memo->model = model;
    memo->first = span.first;
    memo->layers = span.end - span.first;
    memo->tokens = tokens;
    memo->out = memory_new(memo->layers, sizeof *memo->out);
    memo->sublayer = memory_new(memo->layers, sizeof *memo->sublayer);
    for (size_t l = span.first; l < span.end; l++)
        if (!model_is_routed(model, l))
            memo->out[l - span.first] =
                memory_new_aligned(out_size(model, l, tokens), sizeof(float));
    for (size_t i = 0; i < BLOCK_MOST_SUBLAYERS; i++)
        memo->stream[i] = memory_new_aligned(tokens * width, sizeof(float));
    return memo;
}

void block_memo_free(struct block_memo *memo)
{
    if (!memo)
        return;
    for (size_t l = 0; l < memo->layers; l++)
        free(memo->out[l]);
    for (size_t i = 0; i < BLOCK_MOST_SUBLAYERS; i++)
        free(memo->stream[i]);
    free(memo->out);
    free(memo->sublayer);
    free(memo);
}

void block_trial_begin(const struct block_run *run, size_t sublayer,
                       const float *hidden)
{
    struct block_noting *noting = run->noting;

    noting->sublayer = sublayer;
    memcpy(noting->memo->stream[sublayer], hidden,
           (size_t)run->tokens * run->shape->size[SIZE_MODEL] * sizeof *hidden);
}

void block_trial_note(const struct block_run *run, const struct block_part *map,
                      const float *y, size_t stride)
{
    const struct block_noting *noting = run->noting;
    size_t layer = map->layer - noting->memo->first;
    float *out = noting->memo->out[layer];

    noting->memo->sublayer[layer] = (uint8_t)noting->sublayer;
    for (size_t t = 0; out && t < run->tokens; t++)
        memcpy(out + t * map->outputs, y + t * stride,
               map->outputs * sizeof *y);
}

bool block_trial_recall(const struct block_run *run,
                        const struct block_part *map, float *y, size_t stride)
{
    const struct block_trial *trial = run->trying->trial;
    const struct block_memo *memo = trial->memo;
    const float *out = memo->out[map->layer - memo->first];

    if (map->layer == trial->layer || !out ||
        (run->trying->changed && model_input_of(memo->model, map->layer) !=
                                     model_input_of(memo->model, trial->layer)))
        return false;
    for (size_t t = 0; t < run->tokens; t++)
        memcpy(y + t * stride, out + t * map->outputs,
               map->outputs * sizeof *y);
    return true;
}

const float *block_trial_weights(const struct block_run *run,
                                 const struct block_part *map)
{
    if (map->layer != run->trying->trial->layer)
        return map->numbers;
    run->trying->changed = true;
    return run->trying->trial->weights;
}

void model_block_note(const struct model_block *block,
                      struct model_scratch *scratch, float *hidden,
                      struct block_memo *memo)
{
    struct block_noting noting = { .memo = memo };
    const struct block_run run = { .block = block,
                                   .shape = &block->model->shape,
                                   .scratch = scratch,
                                   .tokens = memo->tokens,
                                   .noting = &noting };

    assert(!block->rounded);
    memset(memo->sublayer, 0, memo->layers * sizeof *memo->sublayer);
    block_run_sublayers(&run, 0, BLOCK_MOST_SUBLAYERS, hidden);
}

void model_block_try(const struct model_block *block,
                     struct model_scratch *scratch, float *hidden,
                     const struct block_trial *trial)
{
    const struct block_memo *memo = trial->memo;
    size_t begin = memo->sublayer[trial->layer - memo->first];
    struct block_trying trying = { .trial = trial };
    const struct block_run run = { .block = block,
                                   .shape = &block->model->shape,
                                   .scratch = scratch,
                                   .tokens = memo->tokens,
                                   .trying = &trying };

    assert(!block->rounded);
    memcpy(hidden, memo->stream[begin],
           (size_t)run.tokens * run.shape->size[SIZE_MODEL] * sizeof *hidden);
    block_run_sublayers(&run, begin, BLOCK_MOST_SUBLAYERS, hidden);
}
