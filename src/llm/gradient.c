/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each kind of sublayer has its forward and back pass in kinds/NAME_gradient.c;
 * here are the parts that they share, and the row that runs them one after the
 * other, with the norm before each and the sum behind it.
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

#include "base/arithmetic.h"
#include "base/memory.h"
#include "llm/tape.h"
#include "llm/vector.h"

/* One sublayer of the row. */
struct stage {
    const struct sublayer *sublayer;
    void *kept;
    float *before; /* [tokens][width]: the stream before it */
};

struct gradient_row {
    struct tape tape;
    struct model_scratch *scratch;
    unsigned parts;
    struct stage stage[BLOCK_MOST_SUBLAYERS];
    size_t stages;
    float *output, *slope; /* [tokens][width] */
};

static bool kind_known(const struct block_kind *kind)
{
    for (size_t i = 0; kind->sublayer[i]; i++)
        if (!kind->sublayer[i]->gradient)
            return false;
    return true;
}

bool gradient_known(const struct model *model)
{
    const struct family *family = model->family;
    const struct shape *shape = &model->shape;

    for (unsigned i = 0; family->kinds[i]; i++)
        if (!kind_known(family->kinds[i]))
            return false;
    for (size_t i = 0; i < family_tensors(family); i++) {
        enum part part = family_tensor(family, i)->part;

        if (part == PART_AFTER_NORM || part == PART_AFTER_FEED_NORM ||
            (part == PART_GATE && shape->activation != ACTIVATION_SILU))
            return false;
    }
    return shape->score_cap == 0 && shape->select_epsilon == 0 && !shape->local;
}

/* Floats that a sublayer keeps, with what the row keeps for it: x, what comes
 * out, its slope, and that of x. */
static size_t stage_floats(const struct sublayer *sublayer,
                           const struct shape *shape, uint32_t tokens)
{
    return sublayer->gradient->scratch(shape, tokens) +
           5 * scratch_round((size_t)tokens * shape->size[SIZE_MODEL]);
}

/* Floats that the kind of block keeps which keeps most. */
static size_t most_floats(const struct model *model, uint32_t tokens)
{
    const struct family *family = model->family;
    size_t most = 0;

    for (unsigned kind = 0; family->kinds[kind]; kind++) {
        const struct sublayer *const *sublayer = family->kinds[kind]->sublayer;
        size_t floats = 0;

        for (size_t i = 0; sublayer[i]; i++)
            floats += stage_floats(sublayer[i], &model->shape, tokens);
        most = max(most, floats);
    }
    return most;
}

/* Bytes that the sublayer keeps beside floats which keeps most. */
static size_t most_kept(const struct family *family)
{
    size_t kept = 0;

    for (unsigned kind = 0; family->kinds[kind]; kind++) {
        const struct sublayer *const *sublayer = family->kinds[kind]->sublayer;

        for (size_t i = 0; sublayer[i]; i++)
            kept = max(kept, sublayer[i]->gradient->size);
    }
    return kept;
}

size_t gradient_row_bytes(const struct model *model, uint32_t tokens)
{
    return (most_floats(model, tokens) +
            2 * (size_t)tokens * model_width(model)) *
           sizeof(float);
}

struct gradient_row *gradient_row_new(const struct model *model,
                                      uint32_t tokens)
{
    struct gradient_row *row = memory_new(1, sizeof *row);
    size_t count = (size_t)tokens * model_width(model);
    size_t kept = most_kept(model->family);

    row->scratch = model_scratch_sized(tokens, most_floats(model, tokens));
    row->output = memory_new_aligned(count, sizeof *row->output);
    row->slope = memory_new_aligned(count, sizeof *row->slope);
    row->parts = block_parts(&model->shape);
    row->tape.map = memory_new(row->parts, sizeof *row->tape.map);
    for (size_t i = 0; i < BLOCK_MOST_SUBLAYERS; i++)
        row->stage[i].kept = memory_new(1, kept);
    return row;
}

void gradient_row_free(struct gradient_row *row)
{
    if (!row)
        return;
    model_scratch_free(row->scratch);
    free(row->output);
    free(row->slope);
    free(row->tape.map);
    for (size_t i = 0; i < BLOCK_MOST_SUBLAYERS; i++)
        free(row->stage[i].kept);
    free(row);
}

/* row->output goes through one sublayer. */
static void stage_forward(struct gradient_row *row, struct stage *stage)
{
    struct tape *tape = &row->tape;
    const struct shape *shape = tape->run.shape;
    size_t count = (size_t)tape->run.tokens * shape->size[SIZE_MODEL];
    float *x = tape_take(tape, count), *out = tape_take(tape, count);

    stage->before = tape_take(tape, count);
    memcpy(stage->before, row->output, count * sizeof *stage->before);
    tape->kept = stage->kept;
    block_norm(&tape->run, stage->sublayer->norm, stage->before, x);
    stage->sublayer->gradient->forward(tape, x, out);
    if (shape->residual_scale != 1)
        vector_scale(out, (float)shape->residual_scale, count);
    vector_add(row->output, out, count);
}

const float *gradient_forward(struct gradient_row *row,
                              const struct model_block *block,
                              const float *input, uint32_t tokens)
{
    const struct block_kind *kind = model_kind(block->model, block->number);
    struct tape *tape = &row->tape;

    assert(tokens <= row->scratch->tokens);
    row->scratch->used = 0;
    tape->run = (struct block_run){ .block = block,
                                    .shape = &block->model->shape,
                                    .scratch = row->scratch,
                                    .tokens = tokens };
    scratch_find_angles(row->scratch, &block->model->shape, tokens);
    memset(tape->map, 0, row->parts * sizeof *tape->map);
    memcpy(row->output, input,
           (size_t)tokens * model_width(block->model) * sizeof *input);
    for (row->stages = 0; kind->sublayer[row->stages]; row->stages++) {
        row->stage[row->stages].sublayer = kind->sublayer[row->stages];
        stage_forward(row, &row->stage[row->stages]);
    }
    return row->output;
}

/* row->slope, the loss by what comes out of a sublayer and of the sum behind
 * it, to that by the stream before. */
static void stage_back(struct gradient_row *row, struct stage *stage)
{
    struct tape *tape = &row->tape;
    const struct block_run *run = &tape->run;
    size_t width = run->shape->size[SIZE_MODEL], count = run->tokens * width;
    enum part norm = stage->sublayer->norm;
    float *slope = tape_take(tape, count), *by_x = tape_take(tape, count);

    memcpy(slope, row->slope, count * sizeof *slope);
    if (run->shape->residual_scale != 1)
        vector_scale(slope, (float)run->shape->residual_scale, count);
    tape->kept = stage->kept;
    stage->sublayer->gradient->back(tape, slope, by_x);
    for (size_t t = 0; t < run->tokens; t++)
        tape_norm_back(row->slope + t * width, stage->before + t * width,
                       by_x + t * width, run->block->part[norm].numbers,
                       block_bias(run->block, norm), width,
                       run->shape->epsilon);
}

const float *gradient_back(struct gradient_row *row, const float *slope)
{
    const struct block_run *run = &row->tape.run;

    memcpy(row->slope, slope,
           (size_t)run->tokens * model_width(run->block->model) *
               sizeof *slope);
    for (size_t i = row->stages; i-- > 0;)
        stage_back(row, &row->stage[i]);
    return row->slope;
}

void gradient_add(const struct gradient_row *row, size_t layer, float *sum,
                  uint32_t from, uint32_t to)
{
    const struct block_run *run = &row->tape.run;
    unsigned number = model_layer_place(run->block->model, layer)->part;
    const struct block_part *part = &run->block->part[number];
    const struct tape_map *map = &row->tape.map[number];

    if (map->tokens == 0) /* an expert that sees none */
        return;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)(to - from),
                (int)part->inputs, (int)map->tokens, 1, map->slope + from,
                (int)map->stride, map->x, (int)part->inputs, 1,
                sum + (size_t)from * part->inputs, (int)part->inputs);
}

/* ---- parts that the kinds share ------------------------------------------ */

float *tape_take(struct tape *tape, size_t floats)
{
    return scratch_take(tape->run.scratch, floats);
}

void tape_linear(struct tape *tape, unsigned part, const float *x, float *y,
                 size_t stride)
{
    tape->map[part].x = x;
    tape->map[part].tokens = tape->run.tokens;
    block_linear(&tape->run, part, x, y, stride);
}

void tape_linear_back(struct tape *tape, unsigned part, const float *y_slope,
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
