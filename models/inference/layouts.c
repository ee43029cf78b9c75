/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the layers of an inference lie on the array, and which of its blocks are
 * alike.  A layer is laid out once in all merge modes, whatever asks for it,
 * and products are laid out as dense layers when they come up.
 */
#include "models/inference/building.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* A layer that was laid out in all modes; equal ones are laid out once. */
struct laid {
    struct layer layer;
    uint64_t bits; /* of a weight, or of what is made: attention.bits */
    struct task_layouts layouts;
};

/* But for the masks of layers without values. */
static bool same_size(const struct layer *a, const struct layer *b)
{
    return a->shape.inputs == b->shape.inputs &&
           a->shape.outputs == b->shape.outputs &&
           pattern_equal(a->pattern, b->pattern) &&
           a->agreement == b->agreement && a->values == b->values;
}

static bool same_layout(const struct layer *a, const struct layer *b)
{
    return same_size(a, b) && a->seed == b->seed;
}

static struct task_layouts *lay_out(struct inference *inference,
                                    const struct layer *layer, uint64_t bits)
{
    struct machine machine = *inference->asked->machine;
    struct laid *laid;

    for (size_t i = inference->laids; i-- > 0;)
        if (inference->laid[i]->bits == bits &&
            same_layout(&inference->laid[i]->layer, layer))
            return &inference->laid[i]->layouts;
    laid = memory_new(1, sizeof *laid);
    laid->layer = *layer;
    laid->bits = machine.weights.bits = bits;
    if (task_layouts_init(&laid->layouts, &machine, layer, inference->err) <
        0) {
        free(laid);
        inference->status = -1;
        return NULL;
    }
    inference->laid =
        memory_grow(inference->laid, &inference->laid_capacity,
                    inference->laids + 1, sizeof *inference->laid);
    inference->laid[inference->laids++] = laid;
    return &laid->layouts;
}

static struct task_layouts *lay_out_dense(struct inference *inference,
                                          uint64_t inputs, uint64_t outputs,
                                          uint64_t bits)
{
    struct layer layer = { .shape.name = (char *)(uintptr_t) "product",
                           .tokens = 1,
                           .shape.inputs = (uint32_t)inputs,
                           .shape.outputs = (uint32_t)outputs,
                           .pattern = pattern_dense,
                           .agreement = 1 };

    if (inputs >= LAYER_MAX_INPUTS) {
        inference->status =
            error_set(inference->err, ERROR_DATA,
                      "a product of %llu inputs; fewer than %d were expected",
                      (unsigned long long)inputs, LAYER_MAX_INPUTS);
        return NULL;
    }
    return lay_out(inference, &layer, bits);
}

struct task_layouts *inference_lay_out_dense(struct inference *inference,
                                             uint64_t inputs, uint64_t outputs)
{
    return lay_out_dense(inference, inputs, outputs,
                         inference->asked->machine->weights.bits);
}

const struct task_layout *
inference_lay_out_product(struct inference *inference, uint64_t inputs,
                          uint64_t outputs, const struct task_choice *choice)
{
    struct task_layouts *layouts = lay_out_dense(
        inference, inputs, outputs, inference->asked->machine->attention.bits);
    const struct task_layout *layout;
    struct task ignored = { 0 };
    struct error err;

    if (!layouts)
        return NULL;
    layout =
        task_choose(&ignored, layouts, inference->asked->machine, choice, &err);
    return layout ? layout : layouts->layout;
}

/* The same parts, layouts, and load of experts. */
static bool blocks_alike(const struct inference *inference, uint32_t one,
                         uint32_t other)
{
    const struct inference_asked *asked = inference->asked;
    const size_t *first = inference->first_layer;
    size_t count = first[one + 1] - first[one];

    if (!model_blocks_alike(asked->sizes, one, other) ||
        first[other + 1] - first[other] != count ||
        memcmp(&inference->layer[first[one]], &inference->layer[first[other]],
               count * sizeof *inference->layer) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (asked->layers[first[one] + i].tokens !=
            asked->layers[first[other] + i].tokens)
            return false;
    return true;
}

/*
 * Which masks a layer of a list of shapes gets.  They are drawn, and any draw
 * is as good as another: where they do not matter all layers of a size share
 * one layout, and where they do they share the draw of the first of them.  So
 * few masks are read, and blocks are alike and can be gone over.
 */
static uint64_t draw_of_layer(const struct inference *inference, size_t at)
{
    const struct layer *layers = inference->asked->layers;
    size_t first = 0;

    if (task_layouts_are_fixed(inference->asked->machine, &layers[at]))
        return 0;
    while (!same_size(&layers[first], &layers[at]))
        first++;
    return layers[first].seed;
}

int inference_lay_out_layers(struct inference *inference)
{
    const struct inference_asked *asked = inference->asked;
    uint32_t blocks = asked->sizes->blocks;
    size_t at = 0;

    inference->layer = memory_new(asked->layer_count, sizeof *inference->layer);
    inference->first_layer =
        memory_new(blocks + 1, sizeof *inference->first_layer);
    inference->like = memory_new(blocks, sizeof *inference->like);
    for (uint32_t b = 0; b < blocks; b++) {
        inference->first_layer[b] = at;
        for (; at < asked->layer_count && asked->layers[at].shape.block == b;
             at++) {
            struct layer layer = asked->layers[at];

            if (!layer.values)
                layer.seed = draw_of_layer(inference, at);
            inference->layer[at] = lay_out(
                inference, &layer, inference->asked->machine->weights.bits);
            if (!inference->layer[at])
                return -1;
        }
        inference->first_layer[b + 1] = at;
    }
    for (uint32_t b = 0; b < blocks; b++) {
        inference->like[b] = b;
        for (uint32_t o = 0; o < b && inference->like[b] == b; o++)
            if (blocks_alike(inference, o, b))
                inference->like[b] = o;
    }
    return 0;
}

void inference_forget_layouts(struct inference *inference)
{
    for (size_t i = 0; i < inference->laids; i++) {
        task_layouts_release(&inference->laid[i]->layouts);
        free(inference->laid[i]);
    }
    free(inference->laid);
    free(inference->layer);
    free(inference->first_layer);
    free(inference->like);
}
