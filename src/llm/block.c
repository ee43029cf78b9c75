/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/arithmetic.h"
#include "llm/model.h"
#include "llm/model_parts.h"
#include "llm/vector.h"
#include "tensor/quantize.h"

enum { ALIGNMENT = 16 }; /* floats of a cache line */

/* Names a part's shape and, if it is pruned, its layer. */
static void block_describe(struct model_block *block,
                           const struct family_tensor *tensor, size_t *layer)
{
    struct block_part *part = &block->part[tensor->part];
    const struct model_layer *layers = block->model->layers;

    if (!tensor->pruned)
        return;
    part->layer = *layer;
    part->inputs = layers[*layer].shape.inputs;
    part->outputs = layers[*layer].shape.outputs;
    part->tapped = model_input_of(block->model, *layer) == *layer;
    ++*layer;
}

int model_block_load(struct model_block **out, const struct model *model,
                     uint32_t number, struct error *err)
{
    struct model_block *block = memory_new(1, sizeof *block);
    const struct family *family = model->family;
    size_t layer = (size_t)number * model->block_layers;

    assert(number < model->shape.blocks);
    block->model = model;
    block->number = number;
    for (size_t i = 0; i < family_tensors(family); i++) {
        const struct family_tensor *tensor = family_tensor(family, i);
        float *numbers = model_read_part(model, number, tensor, err);

        if (!numbers) {
            model_block_free(block);
            return -1;
        }
        block->part[tensor->part].numbers = numbers;
        block_describe(block, tensor, &layer);
    }
    *out = block;
    return 0;
}

void model_block_free(struct model_block *block)
{
    if (!block)
        return;
    for (unsigned i = 0; i < PARTS; i++) {
        free(block->part[i].numbers);
        free(block->part[i].scale);
    }
    free(block);
}

float *model_block_layer(struct model_block *block, size_t layer)
{
    assert(model_layer(block->model, layer)->shape.block == block->number);
    for (unsigned i = 0; i < PARTS; i++)
        if (block->part[i].inputs > 0 && block->part[i].layer == layer)
            return block->part[i].numbers;
    abort();
}

size_t scratch_round(size_t floats)
{
    return divide_up(floats, ALIGNMENT) * ALIGNMENT;
}

float *scratch_take(struct model_scratch *scratch, size_t floats)
{
    float *taken = scratch->floats + scratch->used;

    scratch->used += scratch_round(floats);
    assert(scratch->used <= scratch->capacity);
    return taken;
}

static void fill_angles(struct rope_angles *angles, const struct rope *rope,
                        uint32_t capacity, uint32_t tokens)
{
    uint32_t pairs = rope->dims / 2;
    double frequencies[ROPE_MOST_PAIRS];
    size_t count = (size_t)capacity * pairs;

    if (!angles->cosine) {
        angles->cosine = memory_new_aligned(count, sizeof(float));
        angles->sine = memory_new_aligned(count, sizeof(float));
    }
    rope_frequencies(frequencies, rope, tokens);
    for (uint32_t t = 0; t < tokens; t++)
        for (uint32_t i = 0; i < pairs; i++) {
            double angle = t * frequencies[i];

            angles->cosine[t * pairs + i] =
                (float)(rope->loudness * cos(angle));
            angles->sine[t * pairs + i] = (float)(rope->loudness * sin(angle));
        }
    angles->tokens = tokens;
}

void scratch_find_angles(struct model_scratch *scratch,
                         const struct shape *shape, uint32_t tokens)
{
    const struct rope *ropes[] = { &shape->rope, &shape->local_rope };

    for (unsigned i = 0; i < 2; i++) {
        struct rope_angles *angles = &scratch->angles[i];

        if (ropes[i]->used &&
            (tokens > angles->tokens ||
             (rope_follows_length(ropes[i]) && tokens != angles->tokens)))
            fill_angles(angles, ropes[i], scratch->tokens, tokens);
    }
}

const struct rope_angles *block_angles(const struct block_run *run)
{
    const struct shape *shape = run->shape;

    return &run->scratch->angles[block_is_local(run) && shape->local_rope.used];
}

bool block_is_local(const struct block_run *run)
{
    return run->shape->local && run->shape->local[run->block->number];
}

struct model_scratch *model_scratch_sized(uint32_t tokens, size_t floats)
{
    struct model_scratch *scratch = memory_new(1, sizeof *scratch);

    scratch->tokens = tokens;
    scratch->capacity = floats;
    scratch->floats = memory_new_aligned(scratch->capacity, sizeof(float));
    return scratch;
}

struct model_scratch *model_scratch_new(const struct model *model,
                                        uint32_t tokens)
{
    return model_scratch_sized(
        tokens, model->family->kind->scratch(&model->shape, tokens));
}

void model_scratch_free(struct model_scratch *scratch)
{
    if (!scratch)
        return;
    free(scratch->rounded);
    for (unsigned i = 0; i < 2; i++) {
        free(scratch->angles[i].cosine);
        free(scratch->angles[i].sine);
    }
    free(scratch->floats);
    free(scratch);
}

void block_take_scales(struct model_block *block)
{
    for (unsigned i = 0; i < PARTS; i++) {
        struct block_part *part = &block->part[i];

        if (part->inputs == 0)
            continue;
        part->scale = memory_new(part->outputs, sizeof *part->scale);
        for (size_t o = 0; o < part->outputs; o++)
            part->scale[o] =
                quantize_scale(part->numbers + o * part->inputs, part->inputs);
    }
}

void block_round_weights(struct model_block *block)
{
    for (unsigned i = 0; i < PARTS; i++) {
        struct block_part *part = &block->part[i];

        for (size_t o = 0; o < part->outputs; o++) {
            float *row = part->numbers + o * part->inputs;

            quantize_round(row, row, part->inputs, part->scale[o]);
        }
    }
}

const float *block_bias(const struct model_block *block, enum part part)
{
    enum part bias = part_bias(part);

    return bias < PARTS ? block->part[bias].numbers : NULL;
}

static const float *round_inputs(const struct block_run *run, const float *x,
                                 uint32_t inputs)
{
    struct model_scratch *scratch = run->scratch;

    if (!scratch->rounded)
        scratch->rounded = memory_new_aligned(
            (size_t)scratch->tokens * run->block->model->widest, sizeof(float));
    for (size_t t = 0; t < run->tokens; t++) {
        const float *row = x + t * inputs;

        quantize_round(scratch->rounded + t * inputs, row, inputs,
                       quantize_scale(row, inputs));
    }
    return scratch->rounded;
}

void block_linear(const struct block_run *run, enum part part, const float *x,
                  float *y, size_t stride)
{
    const struct block_part *map = &run->block->part[part];
    const float *bias = block_bias(run->block, part);

    if (map->tapped && run->tap)
        run->tap->see(run->tap->context, map->layer, run->row, x, run->tokens);
    if (map->scale)
        x = round_inputs(run, x, map->inputs);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)run->tokens,
                (int)map->outputs, (int)map->inputs, 1, x, (int)map->inputs,
                map->numbers, (int)map->inputs, 0, y, (int)stride);
    for (uint32_t t = 0; t < run->tokens && bias; t++)
        vector_add(y + t * stride, bias, map->outputs);
}

void block_add(const struct block_run *run, enum part part, const float *out,
               float *hidden)
{
    const struct model_tap *tap = run->tap;

    if (tap && tap->add)
        tap->add(tap->context, run->block->part[part].layer, run->row, hidden,
                 run->tokens);
    vector_add(hidden, out, (size_t)run->tokens * run->shape->size[SIZE_MODEL]);
}

void model_block_run(const struct model_block *block,
                     struct model_scratch *scratch, float *hidden,
                     uint32_t tokens, size_t row, const struct model_tap *tap)
{
    struct block_run run = { .block = block,
                             .shape = &block->model->shape,
                             .scratch = scratch,
                             .tokens = tokens,
                             .row = row,
                             .tap = tap };

    assert(tokens <= scratch->tokens);
    scratch->used = 0;
    scratch_find_angles(scratch, &block->model->shape, tokens);
    block->model->family->kind->run(&run, hidden);
}
