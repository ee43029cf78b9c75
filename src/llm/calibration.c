/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows meet only in sums, so a sum over some rows is all that must be handed
 * on: an eighth's rows go through all blocks, and what is left of them is one
 * double a channel and the tokens of the sample that lie in them.  Within an
 * eighth a row adds up its own tokens on its own thread; the rows' sums are
 * added when the block is done.  Only these are in memory, for one block.
 */
#include "llm/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "llm/vector.h"
#include "tensor/quantize.h"

struct measuring {
    struct calibration *calibration;
    struct model_tokens tokens; /* the rows that run */
    size_t first_row;           /* of all */
    unsigned first, end;        /* eighths */
    double **sums; /* of each layer, [rows][K]; NULL but for the block that
                      runs */
};

static bool owns(const struct calibration *calibration, size_t layer)
{
    return calibration->layer[layer].input_of == layer;
}

static size_t inputs_of(const struct calibration *calibration, size_t layer)
{
    return model_layer(calibration->model, layer)->shape.inputs;
}

size_t calibration_cut(const struct calibration *calibration, unsigned eighth)
{
    return eighth * calibration->tokens->rows / CALIBRATION_EIGHTHS;
}

static void calibration_see(void *context, size_t layer, size_t row,
                            const float *x, uint32_t tokens)
{
    const struct measuring *measuring = context;
    const struct calibration *calibration = measuring->calibration;
    const struct calibration_layer *into = &calibration->layer[layer];
    size_t inputs = inputs_of(calibration, layer);
    size_t first = (measuring->first_row + row) * tokens;

    for (size_t t = 0; t < tokens; t++)
        vector_add_squares(measuring->sums[layer] + row * inputs,
                           x + t * inputs, inputs);
    if (first < calibration->sampled) {
        size_t left = calibration->sampled - first;

        quantize_rows(into->input + first * inputs, into->input_scale + first,
                      x, (uint32_t)min(left, tokens), inputs);
    }
}

/* Makes room for the block's sums before it runs. */
static int calibration_begin_block(void *context, struct model_block *block,
                                   uint32_t number, struct error *err)
{
    struct measuring *measuring = context;
    const struct calibration *calibration = measuring->calibration;

    (void)block;
    (void)err;
    for (size_t i = 0; i < calibration->layers; i++)
        if (model_layer(calibration->model, i)->shape.block == number &&
            owns(calibration, i))
            measuring->sums[i] =
                memory_new(measuring->tokens.rows * inputs_of(calibration, i),
                           sizeof(double));
    return 0;
}

/* The rows' sums, into those of their eighths. */
static void calibration_add_rows(const struct measuring *measuring,
                                 size_t layer)
{
    const struct calibration *calibration = measuring->calibration;
    size_t inputs = inputs_of(calibration, layer);

    for (unsigned e = measuring->first; e < measuring->end; e++) {
        double *sum = calibration->layer[layer].sum + e * inputs;

        for (size_t row = calibration_cut(calibration, e);
             row < calibration_cut(calibration, e + 1); row++) {
            const double *of =
                measuring->sums[layer] + (row - measuring->first_row) * inputs;

            for (size_t k = 0; k < inputs; k++)
                sum[k] += of[k];
        }
    }
}

static int calibration_end_block(void *context, uint32_t number,
                                 const float *hidden, struct error *err)
{
    struct measuring *measuring = context;
    const struct calibration *calibration = measuring->calibration;

    (void)hidden;
    (void)err;
    for (size_t i = 0; i < calibration->layers; i++)
        if (measuring->sums[i] &&
            model_layer(calibration->model, i)->shape.block == number) {
            calibration_add_rows(measuring, i);
            free(measuring->sums[i]);
            measuring->sums[i] = NULL;
        }
    return 0;
}

void calibration_begin(struct calibration *calibration,
                       const struct model *model,
                       const struct model_tokens *tokens, uint32_t sample)
{
    size_t all = tokens->rows * tokens->length;

    *calibration = (struct calibration){
        .model = model,
        .tokens = tokens,
        .layers = model_layers(model),
        .sampled = (uint32_t)min(sample, all),
    };
    calibration->layer =
        memory_new(calibration->layers, sizeof *calibration->layer);
    for (size_t i = 0; i < calibration->layers; i++) {
        struct calibration_layer *layer = &calibration->layer[i];
        size_t inputs = inputs_of(calibration, i);
        size_t of = model_input_of(model, i);

        if (of == i)
            *layer = (struct calibration_layer){
                .sum = memory_new(CALIBRATION_EIGHTHS * inputs, sizeof(double)),
                .mean_square = memory_new(inputs, sizeof(double)),
                .input = memory_new(calibration->sampled * inputs, 1),
                .input_scale = memory_new(calibration->sampled, sizeof(float)),
            };
        else
            *layer = calibration->layer[of];
        layer->input_of = of;
    }
}

/* A part that is measured again begins at zero. */
static void clear(struct calibration *calibration, unsigned first, unsigned end)
{
    for (size_t i = 0; i < calibration->layers; i++) {
        size_t inputs = inputs_of(calibration, i);

        if (owns(calibration, i))
            memset(calibration->layer[i].sum + first * inputs, 0,
                   (end - first) * inputs * sizeof(double));
    }
}

int calibration_add(struct calibration *calibration, unsigned first,
                    unsigned end, const struct work *work, struct error *err)
{
    struct measuring measuring = {
        .calibration = calibration,
        .tokens = *calibration->tokens,
        .first_row = calibration_cut(calibration, first),
        .first = first,
        .end = end,
    };
    struct model_tap tap = { .see = calibration_see, .context = &measuring };
    struct model_walk walk = { .edit = calibration_begin_block,
                               .after = calibration_end_block,
                               .context = &measuring,
                               .tap = &tap,
                               .work = *work };
    size_t length = measuring.tokens.length;
    float *hidden;
    int status;

    measuring.tokens.ids += measuring.first_row * length;
    measuring.tokens.rows =
        calibration_cut(calibration, end) - measuring.first_row;
    clear(calibration, first, end);
    if (measuring.tokens.rows == 0)
        return 0;
    hidden = memory_new_aligned(measuring.tokens.rows * length *
                                    model_width(calibration->model),
                                sizeof *hidden);
    measuring.sums = memory_new(calibration->layers, sizeof *measuring.sums);
    status = model_walk_blocks(calibration->model, &measuring.tokens, &walk,
                               hidden, err);
    for (size_t i = 0; i < calibration->layers; i++)
        free(measuring.sums[i]);
    free(measuring.sums);
    free(hidden);
    return status;
}

static int finish_layer(const struct calibration *calibration, size_t layer,
                        struct error *err)
{
    const struct calibration_layer *of = &calibration->layer[layer];
    size_t inputs = inputs_of(calibration, layer);
    double tokens =
        (double)calibration->tokens->rows * calibration->tokens->length;

    for (size_t k = 0; k < inputs; k++) {
        double sum = 0;

        for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++)
            sum += of->sum[e * inputs + k];
        of->mean_square[k] = sum / tokens;
        if (!isfinite(sum))
            return error_set(
                err, ERROR_DATA,
                "%s: input %zu of layer `%s` is not finite; the "
                "model's arithmetic overflows",
                model_name(calibration->model), k,
                model_layer(calibration->model, layer)->shape.name);
    }
    return 0;
}

int calibration_finish(struct calibration *calibration, struct error *err)
{
    for (size_t i = 0; i < calibration->layers; i++)
        if (owns(calibration, i) && finish_layer(calibration, i, err) < 0)
            return -1;
    return 0;
}

int calibration_measure(struct calibration *calibration,
                        const struct model *model,
                        const struct model_tokens *tokens, uint32_t sample,
                        const struct work *work, struct error *err)
{
    int status;

    calibration_begin(calibration, model, tokens, sample);
    progress_begin(work->progress, "calibration",
                   tokens->rows * model_blocks(model), "rows x blocks");
    status = calibration_add(calibration, 0, CALIBRATION_EIGHTHS, work, err);
    progress_end(work->progress);
    if (status == 0)
        status = calibration_finish(calibration, err);
    if (status < 0)
        calibration_release(calibration);
    return status;
}

void calibration_release(struct calibration *calibration)
{
    for (size_t i = 0; i < calibration->layers; i++)
        if (owns(calibration, i)) {
            free(calibration->layer[i].sum);
            free(calibration->layer[i].mean_square);
            free(calibration->layer[i].input);
            free(calibration->layer[i].input_scale);
        }
    free(calibration->layer);
    *calibration = (struct calibration){ 0 };
}
