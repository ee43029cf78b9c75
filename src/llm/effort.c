/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Work is counted in multiplications of single-precision products, since these
 * take nearly all of the time: the weights that a token meets, scores and
 * values of attention, and what a state space's elements take beside them. What
 * a processor does of them in a second is measured once, by products of the
 * model's own width.
 */
#include "llm/effort.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "base/cpu_clock.h"
#include "base/memory.h"
#include "llm/model_parts.h"

double effort_weights(const struct model *model, struct layer_span layers)
{
    double sum = 0;

    for (size_t l = layers.first; l < layers.end; l++)
        sum += (double)model_layer(model, l)->shape.inputs *
               model_layer(model, l)->shape.outputs;
    return sum;
}

/* Weights that a token meets in a layer. */
static double layer_effort(const struct model *model, size_t layer)
{
    const struct layer_shape *shape = &model_layer(model, layer)->shape;
    double weights = (double)shape->inputs * shape->outputs;

    if (!model_is_routed(model, layer))
        return weights;
    return weights * model->shape.experts_used /
           (double)model->shape.size[SIZE_EXPERTS];
}

bool effort_attends(const struct model *model, size_t layer)
{
    unsigned part = model_layer_place(model, layer)->part;

    return part == PART_Q || part == PART_K || part == PART_V ||
           part == PART_QKV || part == PART_O;
}

static bool is_of_scan(const struct model *model, size_t layer)
{
    unsigned part = model_layer_place(model, layer)->part;

    return part == PART_IN || part == PART_SELECT || part == PART_STEP ||
           part == PART_OUT;
}

/* Scores and values of a row, each token with those up to itself. */
static double attention_effort(const struct model *model, uint32_t tokens)
{
    return (double)model->shape.size[SIZE_QUERIES] * tokens *
           ((double)tokens + 1);
}

/* An element of the state of a state space takes as long as about a dozen
 * multiplications of a product (seen on mamba2-6m). */
static double scan_effort(const struct model *model, uint32_t tokens)
{
    enum { OF_AN_ELEMENT = 12 };

    return (double)tokens * OF_AN_ELEMENT *
           (double)model->shape.size[SIZE_INNER] *
           (double)model->shape.size[SIZE_STATE];
}

double effort_block(const struct model *model, uint32_t block, uint32_t tokens)
{
    const struct layer_span span = model_layers_of_block(model, block);
    bool attends = false, scans = false;
    double sum = 0;

    for (size_t l = span.first; l < span.end; l++) {
        sum += tokens * layer_effort(model, l);
        attends |= effort_attends(model, l);
        scans |= is_of_scan(model, l);
    }
    return sum + (attends ? attention_effort(model, tokens) : 0) +
           (scans ? scan_effort(model, tokens) : 0);
}

double effort_trial(const struct model *model, size_t layer, uint32_t tokens)
{
    const struct layer_span span =
        model_layers_of_block(model, model_layer(model, layer)->shape.block);
    double sum = tokens * layer_effort(model, layer);

    for (size_t l = layer + 1; l < span.end; l++)
        if (model_input_of(model, l) != model_input_of(model, layer))
            sum += tokens * layer_effort(model, l);
    if (effort_attends(model, layer))
        sum += attention_effort(model, tokens);
    if (is_of_scan(model, layer))
        sum += scan_effort(model, tokens);
    return sum;
}

double effort_look(const struct model *model, size_t layer, uint32_t tokens)
{
    uint32_t block = model_layer(model, layer)->shape.block;
    unsigned part = model_layer_place(model, layer)->part;
    double sum = 0;

    for (size_t l = model_layers_of_block(model, block).first; l < layer; l++)
        if (model_sublayer_of(model, l) == model_sublayer_of(model, layer))
            sum += tokens * layer_effort(model, l);
    if (part == PART_O)
        sum += attention_effort(model, tokens);
    if (part == PART_OUT)
        sum += scan_effort(model, tokens);
    return sum;
}

double effort_blocks(const struct model *model, uint32_t tokens)
{
    double sum = 0;

    for (uint32_t b = 0; b < model_blocks(model); b++)
        sum += effort_block(model, b, tokens);
    return sum;
}

double effort_head(const struct model *model, uint32_t tokens)
{
    return (double)tokens * model_width(model) * model_vocabulary(model);
}

static double rate;

/* Products of some tokens with a square of the model's width.  The first one is
 * not counted, since the library makes its buffers in it; of the others the
 * best few milliseconds count: while other programs run, caches and
 * interruptions make some of them many times as slow. */
static void measure_rate(const struct model *model)
{
    enum { TOKENS = 256, MOST_WIDTH = 2048, PIECES = 8 };
    const double piece = 0.0025; /* seconds, at least */
    uint32_t width = model_width(model);
    float *x, *w, *y;
    int k;

    width = width < MOST_WIDTH ? width : MOST_WIDTH;
    k = (int)width;
    x = memory_new_aligned((size_t)TOKENS * width, sizeof *x);
    y = memory_new_aligned((size_t)TOKENS * width, sizeof *y);
    w = memory_new_aligned((size_t)width * width, sizeof *w);
    for (int i = -1; i < PIECES; i++) {
        double begun = cpu_clock_thread(), now;
        unsigned times = 0;

        do {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, TOKENS, k, k,
                        1, x, k, w, k, 0, y, k);
            now = cpu_clock_thread();
            times++;
        } while (i >= 0 && now - begun < piece);
        if (i >= 0)
            rate = fmax(rate,
                        (double)times * TOKENS * width * width / (now - begun));
    }
    free(w);
    free(y);
    free(x);
}

double effort_rate(const struct model *model)
{
    if (rate == 0)
        measure_rate(model);
    return rate;
}
