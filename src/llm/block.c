/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A decoder block while it is run: its weights as f32 (read, and if need be
 * turned or cut out of a fused map), rotary angles, and scratch memory that is
 * sized once for the longest row.  block_linear() is the only place where a
 * layer's product is computed, so it is here that inputs are tapped for
 * calibration and rounded for int8.
 */
#include "llm/block.h"

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

/* Names a part's shape and its layer. */
static void block_describe(struct block_part *part, const struct model *model,
                           size_t layer)
{
    part->layer = layer;
    part->inputs = model->layers[layer].shape.inputs;
    part->outputs = model->layers[layer].shape.outputs;
    part->tapped = model_input_of(model, layer) == layer;
}

int model_block_load(struct model_block **out, const struct model *model,
                     uint32_t number, struct error *err)
{
    struct model_block *block = memory_new(1, sizeof *block);
    const struct block_table *table = model_table(model, number);
    size_t layer = model->first_layer[number];

    assert(number < model->shape.blocks);
    block->model = model;
    block->number = number;
    block->parts = block_parts(&model->shape);
    block->part = memory_new(block->parts, sizeof *block->part);
    for (size_t i = 0; i < table->places; i++) {
        const struct block_place *place = &table->place[i];
        float *numbers = model_read_part(model, number, place, err);

        if (!numbers) {
            model_block_free(block);
            return -1;
        }
        block->part[place->part].place = place;
        if (place->tensor->pruned)
            block_describe(&block->part[place->part], model, layer++);
        if (place->tensor->expert)
            free(numbers); /* they are good */
        else
            block->part[place->part].numbers = numbers;
    }
    if (number + 1 < model->shape.blocks) /* the one that mostly comes next */
        model_ask_ahead(model, number + 1);
    *out = block;
    return 0;
}

void model_block_free(struct model_block *block)
{
    if (!block)
        return;
    block_experts_release(block);
    for (unsigned i = 0; i < block->parts; i++) {
        free(block->part[i].numbers);
        free(block->part[i].scale);
    }
    free(block->part);
    free(block);
}

float *model_block_layer(struct model_block *block, size_t layer)
{
    const struct block_place *place = model_layer_place(block->model, layer);

    assert(model_layer(block->model, layer)->shape.block == block->number);
    return place->tensor->expert ? block_expert_edit(block, place->part)
                                 : block->part[place->part].numbers;
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
    angles->pairs = pairs;
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

/* Of the sublayer that needs the most, and of what all have. */
static size_t kind_scratch(const struct block_kind *kind,
                           const struct shape *shape, uint32_t tokens)
{
    size_t most = 0;

    for (size_t i = 0; kind->sublayer[i]; i++)
        most = max(most, kind->sublayer[i]->scratch(shape, tokens));
    return most + 2 * scratch_round((size_t)tokens * shape->size[SIZE_MODEL]);
}

static size_t scratch_floats(const struct model *model, uint32_t tokens)
{
    const struct family *family = model->family;
    size_t most = 0;

    for (unsigned kind = 0; family->kinds[kind]; kind++)
        most =
            max(most, kind_scratch(family->kinds[kind], &model->shape, tokens));
    return most;
}

size_t model_scratch_bytes(const struct model *model, uint32_t tokens)
{
    return scratch_floats(model, tokens) * sizeof(float);
}

struct model_scratch *model_scratch_new(const struct model *model,
                                        uint32_t tokens)
{
    return model_scratch_sized(tokens, scratch_floats(model, tokens));
}

size_t model_block_bytes(const struct model *model)
{
    size_t most = 0;

    for (uint32_t b = 0; b < model_blocks(model); b++) {
        const struct layer_span span = model_layers_of_block(model, b);
        size_t floats = 0, expert = 0;

        for (size_t l = span.first; l < span.end; l++) {
            const struct layer_shape *shape = &model_layer(model, l)->shape;
            size_t size = (size_t)shape->inputs * shape->outputs;

            if (model_is_routed(model, l))
                expert = max(expert, size * EXPERT_PARTS);
            else
                floats += size;
        }
        most = max(most, floats + expert);
    }
    return most * sizeof(float);
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
    for (unsigned i = 0; i < block->parts; i++) {
        if (block->part[i].inputs > 0)
            block_part_find_scale(block, &block->part[i]);
    }
}

void block_round_weights(struct model_block *block)
{
    for (unsigned i = 0; i < block->parts; i++) {
        if (block->part[i].inputs > 0 && block->part[i].numbers)
            block_part_round(&block->part[i]);
    }
    block->rounded = true;
}

const float *block_bias(const struct model_block *block, unsigned part)
{
    enum part bias = part < PARTS ? part_bias((enum part)part) : PARTS;

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

void block_norm(const struct block_run *run, enum part part, const float *x,
                float *out)
{
    size_t width = run->shape->size[SIZE_MODEL];

    for (size_t t = 0; t < run->tokens; t++)
        vector_norm(out + t * width, x + t * width,
                    run->block->part[part].numbers,
                    block_bias(run->block, part), width, run->shape->epsilon);
}

void model_block_use(struct model_block *block,
                     const struct model_products *products)
{
    block->products = products;
}

static void multiply_here(const struct block_run *run,
                          const struct block_part *map, const float *x,
                          float *y, size_t stride)
{
    if (map->scale)
        x = round_inputs(run, x, map->inputs);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)run->tokens,
                (int)map->outputs, (int)map->inputs, 1, x, (int)map->inputs,
                run->trying ? block_trial_weights(run, map) : map->numbers,
                (int)map->inputs, 0, y, (int)stride);
}

void block_linear(const struct block_run *run, unsigned part, const float *x,
                  float *y, size_t stride)
{
    const struct model_products *products = run->block->products;
    const struct block_part *map = block_run_part(run, part);
    const float *bias = block_bias(run->block, part);

    if (map->tapped && run->tap) {
        run->tap->see(run->tap->context,
                      &(struct model_sight){ map->layer, run->row, x,
                                             run->tokens, run->place });
        run->scratch->done = run->wanted && map->layer == *run->wanted;
    }
    if (block_is_done(run))
        return;
    if (run->trying && block_trial_recall(run, map, y, stride))
        return;
    if (products && map->scale)
        products->multiply(products->context,
                           &(struct model_product){ map->layer, run->tokens,
                                                    map->inputs, map->outputs,
                                                    run->place, x, map->scale,
                                                    map->numbers, y, stride });
    else
        multiply_here(run, map, x, y, stride);
    for (uint32_t t = 0; t < run->tokens && bias; t++)
        vector_add(y + t * stride, bias, map->outputs);
    if (run->noting)
        block_trial_note(run, map, y, stride);
}

/* The tap sees the stream to which a layer's output is added as it is. */
static void show_stream(const struct sublayer *sublayer,
                        const struct block_run *run, const float *hidden)
{
    const struct model_tap *tap = run->tap;

    if (tap && tap->add && sublayer->last < PARTS &&
        run->shape->residual_scale == 1)
        tap->add(tap->context, run->block->part[sublayer->last].layer, run->row,
                 hidden, run->tokens);
}

static void run_sublayer(const struct sublayer *sublayer,
                         const struct block_run *run, float *hidden)
{
    size_t count = (size_t)run->tokens * run->shape->size[SIZE_MODEL];
    float *x = scratch_take(run->scratch, count);
    float *out = scratch_take(run->scratch, count);
    bool after =
        sublayer->after < PARTS && run->block->part[sublayer->after].numbers;

    block_norm(run, sublayer->norm, hidden, x);
    sublayer->run(run, x, out);
    if (!after)
        show_stream(sublayer, run, hidden);
    if (block_is_done(run))
        return;
    if (after)
        block_norm(run, sublayer->after, out, out);
    if (run->shape->residual_scale != 1)
        vector_scale(out, (float)run->shape->residual_scale, count);
    vector_add(hidden, out, count);
}

/* Of experts, which have parts of their own, nothing lies behind. */
size_t model_sublayer_of(const struct model *model, size_t layer)
{
    uint32_t number = model_layer(model, layer)->shape.block;
    const struct block_kind *kind = model_kind(model, number);
    size_t sublayer = 0;

    for (size_t l = model->first_layer[number]; l < layer; l++) {
        unsigned part = model_layer_place(model, l)->part;

        sublayer += part < PARTS && part == kind->sublayer[sublayer]->last;
    }
    return sublayer;
}

void block_run_sublayers(const struct block_run *run, size_t first, size_t end,
                         float *hidden)
{
    const struct block_kind *kind =
        model_kind(run->block->model, run->block->number);

    assert(run->tokens <= run->scratch->tokens);
    scratch_find_angles(run->scratch, run->shape, run->tokens);
    run->scratch->done = false;
    for (size_t i = first; i < end && kind->sublayer[i] && !block_is_done(run);
         i++) {
        run->scratch->used = 0;
        if (run->noting)
            block_trial_begin(run, i, hidden);
        run_sublayer(kind->sublayer[i], run, hidden);
    }
}

void model_block_run(const struct model_block *block,
                     struct model_scratch *scratch, float *hidden,
                     uint32_t tokens, size_t row, const struct model_tap *tap)
{
    const struct block_run run = { .block = block,
                                   .shape = &block->model->shape,
                                   .scratch = scratch,
                                   .tokens = tokens,
                                   .row = row,
                                   .tap = tap };

    block_run_sublayers(&run, 0, BLOCK_MOST_SUBLAYERS, hidden);
}

void model_block_run_some(const struct model_block *block,
                          struct model_scratch *scratch, float *hidden,
                          size_t row, const struct model_passage *passage)
{
    const struct block_run run = { .block = block,
                                   .shape = &block->model->shape,
                                   .scratch = scratch,
                                   .tokens = passage->tokens,
                                   .row = row };

    block_run_sublayers(&run, passage->first, passage->end, hidden);
}

void model_block_look(const struct model_block *block,
                      struct model_scratch *scratch, float *hidden, size_t row,
                      const struct model_look *look)
{
    const struct block_run run = { .block = block,
                                   .shape = &block->model->shape,
                                   .scratch = scratch,
                                   .tokens = look->tokens,
                                   .row = row,
                                   .tap = look->tap,
                                   .wanted = &look->layer };

    block_run_sublayers(&run, look->first, BLOCK_MOST_SUBLAYERS, hidden);
}
