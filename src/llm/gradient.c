/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each kind of block has its forward and back pass in kinds/NAME_gradient.c;
 * here are the parts that they share, and the row that runs them.
 *
 * Forward is computed again rather than taken from kinds/NAME.c, since nearly
 * every number on the way is needed on the way back; the tests hold the two
 * against each other, and the way back against differences and PyTorch.
 */
#include "llm/gradient.h"

#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/tape.h"
#include "llm/vector.h"

struct gradient_row {
    struct tape tape;
    struct model_scratch *scratch;
    float *output, *slope; /* [tokens][width] */
};

static const struct block_gradient *gradient_of(const struct model *model)
{
    return model->family->kind->gradient;
}

bool gradient_known(const struct model *model)
{
    const struct family *family = model->family;
    const struct shape *shape = &model->shape;

    for (size_t i = 0; i < family_tensors(family); i++) {
        enum part part = family_tensor(family, i)->part;

        if (part == PART_AFTER_NORM || part == PART_AFTER_FEED_NORM ||
            (part == PART_GATE && shape->activation != ACTIVATION_SILU))
            return false;
    }
    return family->kind->gradient && shape->score_cap == 0 &&
           shape->score_scale == 0 && shape->select_epsilon == 0 &&
           !shape->local;
}

struct gradient_row *gradient_row_new(const struct model *model,
                                      uint32_t tokens)
{
    struct gradient_row *row = memory_new(1, sizeof *row);
    const struct block_gradient *gradient = gradient_of(model);
    size_t count = (size_t)tokens * model_width(model);

    row->scratch =
        model_scratch_sized(tokens, gradient->scratch(&model->shape, tokens));
    row->output = memory_new_aligned(count, sizeof *row->output);
    row->slope = memory_new_aligned(count, sizeof *row->slope);
    row->tape.kept = memory_new(1, gradient->size);
    return row;
}

void gradient_row_free(struct gradient_row *row)
{
    if (!row)
        return;
    model_scratch_free(row->scratch);
    free(row->output);
    free(row->slope);
    free(row->tape.kept);
    free(row);
}

const float *gradient_forward(struct gradient_row *row,
                              const struct model_block *block,
                              const float *input, uint32_t tokens)
{
    struct tape *tape = &row->tape;

    assert(tokens <= row->scratch->tokens);
    row->scratch->used = 0;
    tape->run = (struct block_run){ .block = block,
                                    .shape = &block->model->shape,
                                    .scratch = row->scratch,
                                    .tokens = tokens };
    scratch_find_angles(row->scratch, &block->model->shape, tokens);
    tape->input = input;
    memset(tape->map, 0, sizeof tape->map);
    memcpy(row->output, input,
           (size_t)tokens * model_width(block->model) * sizeof *input);
    gradient_of(block->model)->forward(tape, row->output);
    return row->output;
}

const float *gradient_back(struct gradient_row *row, const float *slope)
{
    const struct block_run *run = &row->tape.run;

    memcpy(row->slope, slope,
           (size_t)run->tokens * model_width(run->block->model) *
               sizeof *slope);
    gradient_of(run->block->model)->back(&row->tape, row->slope);
    return row->slope;
}

void gradient_add(const struct gradient_row *row, size_t layer, float *sum,
                  uint32_t from, uint32_t to)
{
    const struct block_run *run = &row->tape.run;

    for (unsigned i = 0; i < PARTS; i++) {
        const struct block_part *part = &run->block->part[i];
        const struct tape_map *map = &row->tape.map[i];

        if (part->inputs == 0 || part->layer != layer)
            continue;
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)(to - from),
                    (int)part->inputs, (int)run->tokens, 1, map->slope + from,
                    (int)map->stride, map->x, (int)part->inputs, 1,
                    sum + (size_t)from * part->inputs, (int)part->inputs);
        return;
    }
    abort();
}

/* ---- parts that the kinds share ------------------------------------------ */

float *tape_take(struct tape *tape, size_t floats)
{
    return scratch_take(tape->run.scratch, floats);
}

void tape_linear(struct tape *tape, enum part part, const float *x, float *y,
                 size_t stride)
{
    tape->map[part].x = x;
    block_linear(&tape->run, part, x, y, stride);
}

void tape_linear_back(struct tape *tape, enum part part, const float *y_slope,
                      size_t stride, float *x_slope, float add)
{
    const struct block_part *map = &tape->run.block->part[part];

    tape->map[part].slope = y_slope;
    tape->map[part].stride = stride;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans,
                (int)tape->run.tokens, (int)map->inputs, (int)map->outputs, 1,
                y_slope, (int)stride, map->numbers, (int)map->inputs, add,
                x_slope, (int)map->inputs);
}

/*
 * With g = weight * out_slope and f = 1 / root(mean of squares + epsilon):
 *
 *     by x = f (g - mean(g) - y mean(g y))        y = (x - mean) f
 *
 * in which a root mean square norm has no means of x and g.
 */
void tape_norm_back(float *x_slope, const float *x, const float *out_slope,
                    const float *weight, const float *bias, size_t count,
                    double epsilon)
{
    double n = (double)count, mean = 0, squares = 0, factor;
    double of_slope = 0, of_both = 0;

    for (size_t i = 0; bias && i < count; i++)
        mean += (double)x[i] / n;
    for (size_t i = 0; i < count; i++) {
        double apart = (double)x[i] - mean;
        double slope = (double)weight[i] * (double)out_slope[i];

        squares += apart * apart;
        of_slope += slope;
        of_both += slope * apart;
    }
    factor = 1 / sqrt(squares / n + epsilon);
    of_slope = bias ? of_slope / n : 0;
    of_both = of_both * factor * factor / n;
    for (size_t i = 0; i < count; i++) {
        double slope = (double)weight[i] * (double)out_slope[i];

        x_slope[i] += (float)(factor * (slope - of_slope -
                                        ((double)x[i] - mean) * of_both));
    }
}

void tape_silu_times_back(float *up_slope, float *gate_slope, const float *up,
                          const float *gate, float *room, size_t count)
{
    for (size_t i = 0; i < count; i++)
        room[i] = -gate[i];
    vector_exp(room, count);
    for (size_t i = 0; i < count; i++) {
        float share = 1 / (1 + room[i]), slope = up_slope[i];

        gate_slope[i] = slope * up[i] * share * (1 + gate[i] * (1 - share));
        up_slope[i] = slope * gate[i] * share;
    }
}

void tape_convolution_back(const struct tape *tape, float *x_slope,
                           const float *x, size_t stride, float *out_slope,
                           uint32_t channels, float *room)
{
    const struct block_run *run = &tape->run;
    const float *taps = run->block->part[PART_CONV].numbers;
    const float *bias = run->block->part[PART_CONV_BIAS].numbers;
    uint32_t kernel = run->shape->size[SIZE_KERNEL];
    float *sum = room, *power = room + channels;

    for (uint32_t t = 0; t < run->tokens; t++)
        memset(x_slope + t * stride, 0, channels * sizeof *x_slope);
    for (uint32_t t = 0; t < run->tokens; t++) {
        uint32_t taken = t + 1 < kernel ? t + 1 : kernel;
        const float *tap = taps + (size_t)(kernel - taken) * channels;
        const float *from = x + (t + 1 - taken) * stride;
        float *slope = out_slope + (size_t)t * channels;
        float *into = x_slope + (t + 1 - taken) * stride;

        memcpy(sum, bias, channels * sizeof *sum);
        for (uint32_t j = 0; j < taken; j++)
            for (uint32_t i = 0; i < channels; i++)
                sum[i] += tap[j * channels + i] * from[j * stride + i];
        for (uint32_t i = 0; i < channels; i++)
            power[i] = -sum[i];
        vector_exp(power, channels);
        for (uint32_t i = 0; i < channels; i++) {
            float share = 1 / (1 + power[i]);

            slope[i] *= share * (1 + sum[i] * (1 - share));
        }
        for (uint32_t j = 0; j < taken; j++)
            for (uint32_t i = 0; i < channels; i++)
                into[j * stride + i] += tap[j * channels + i] * slope[i];
    }
}
