/* SPDX-License-Identifier: GPL-3.0-or-later */
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
    const struct model *model;
    const struct model_tokens *tokens;
    double **sums; /* of each layer, [rows][K]; NULL but for the block that
                      runs */
};

static bool owns(const struct calibration *calibration, size_t layer)
{
    return calibration->layer[layer].input_of == layer;
}

static void see(void *context, size_t layer, size_t row, const float *x,
                uint32_t tokens)
{
    const struct measuring *measuring = context;
    const struct calibration *calibration = measuring->calibration;
    const struct calibration_layer *into = &calibration->layer[layer];
    size_t inputs = model_layer(measuring->model, layer)->shape.inputs;
    size_t first = row * tokens;

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
static int begin_block(void *context, struct model_block *block,
                       uint32_t number, struct error *err)
{
    struct measuring *measuring = context;
    const struct model *model = measuring->model;
    const struct layer_span layers = model_layers_of_block(model, number);

    (void)block;
    (void)err;
    for (size_t i = layers.first; i < layers.end; i++)
        if (owns(measuring->calibration, i))
            measuring->sums[i] = memory_new(
                measuring->tokens->rows * model_layer(model, i)->shape.inputs,
                sizeof(double));
    return 0;
}

static int add_rows(const struct measuring *measuring, size_t layer,
                    struct error *err)
{
    const struct model_layer *about = model_layer(measuring->model, layer);
    double *mean = measuring->calibration->layer[layer].mean_square;
    size_t rows = measuring->tokens->rows;
    double tokens = (double)rows * measuring->tokens->length;

    for (size_t k = 0; k < about->shape.inputs; k++) {
        for (size_t row = 0; row < rows; row++)
            mean[k] += measuring->sums[layer][row * about->shape.inputs + k];
        mean[k] /= tokens;
        if (!isfinite(mean[k]))
            return error_set(err, ERROR_DATA,
                             "%s: input %zu of layer `%s` is not finite; the "
                             "model's arithmetic overflows",
                             model_name(measuring->model), k,
                             about->shape.name);
    }
    return 0;
}

static int end_block(void *context, uint32_t number, const float *hidden,
                     struct error *err)
{
    struct measuring *measuring = context;
    const struct layer_span layers =
        model_layers_of_block(measuring->model, number);
    int status = 0;

    (void)hidden;
    for (size_t i = layers.first; i < layers.end; i++)
        if (measuring->sums[i]) {
            if (status == 0)
                status = add_rows(measuring, i, err);
            free(measuring->sums[i]);
            measuring->sums[i] = NULL;
        }
    return status;
}

static void make_room(struct calibration *calibration,
                      const struct model *model,
                      const struct model_tokens *tokens, uint32_t sample)
{
    size_t all = tokens->rows * tokens->length;

    calibration->layers = model_layers(model);
    calibration->layer =
        memory_new(calibration->layers, sizeof *calibration->layer);
    calibration->sampled = sample < all ? sample : (uint32_t)all;
    for (size_t i = 0; i < calibration->layers; i++) {
        struct calibration_layer *layer = &calibration->layer[i];
        size_t inputs = model_layer(model, i)->shape.inputs;
        size_t of = model_input_of(model, i);

        if (of == i)
            *layer = (struct calibration_layer){
                .mean_square = memory_new(inputs, sizeof(double)),
                .input = memory_new(calibration->sampled * inputs, 1),
                .input_scale = memory_new(calibration->sampled, sizeof(float)),
            };
        else
            *layer = calibration->layer[of];
        layer->input_of = of;
    }
}

int calibration_measure(struct calibration *calibration,
                        const struct model *model,
                        const struct model_tokens *tokens, uint32_t sample,
                        const struct work *work, struct error *err)
{
    struct measuring measuring = { .calibration = calibration,
                                   .model = model,
                                   .tokens = tokens };
    struct model_tap tap = { .see = see, .context = &measuring };
    struct model_walk walk = { .edit = begin_block,
                               .after = end_block,
                               .context = &measuring,
                               .tap = &tap,
                               .work = *work };
    float *hidden = memory_new_aligned(
        tokens->rows * tokens->length * model_width(model), sizeof *hidden);
    int status;

    make_room(calibration, model, tokens, sample);
    measuring.sums = memory_new(calibration->layers, sizeof *measuring.sums);
    progress_begin(work->progress, "calibration",
                   tokens->rows * model_blocks(model), "rows x blocks");
    status = model_walk_blocks(model, tokens, &walk, hidden, err);
    progress_end(work->progress);
    for (size_t i = 0; i < calibration->layers; i++)
        free(measuring.sums[i]);
    free(measuring.sums);
    free(hidden);
    if (status < 0)
        calibration_release(calibration);
    return status;
}

void calibration_release(struct calibration *calibration)
{
    for (size_t i = 0; i < calibration->layers; i++)
        if (owns(calibration, i)) {
            free(calibration->layer[i].mean_square);
            free(calibration->layer[i].input);
            free(calibration->layer[i].input_scale);
        }
    free(calibration->layer);
    *calibration = (struct calibration){ 0 };
}
