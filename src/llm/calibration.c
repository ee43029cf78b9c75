/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What all eighths leave, and the means of it.  An expert's sample is as long
 * as chance has it, so each eighth has its own, and these are joined at the
 * end; other layers' lies where it will be from the beginning.
 */
#include "llm/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "llm/calibration_part.h"

size_t calibration_cut(const struct calibration *calibration, unsigned eighth)
{
    return eighth * calibration->tokens->rows / CALIBRATION_EIGHTHS;
}

void calibration_part_release(struct calibration_part *part)
{
    free(part->place);
    free(part->input);
    free(part->input_scale);
    *part = (struct calibration_part){ 0 };
}

void calibration_part_grow(struct calibration_part *part, uint32_t tokens,
                           size_t inputs)
{
    struct calibration_part grown = { .tokens = part->tokens };
    size_t all = (size_t)part->tokens + tokens;

    grown.place = memory_new(all, sizeof *grown.place);
    grown.input = memory_new(all * inputs, 1);
    grown.input_scale = memory_new(all, sizeof *grown.input_scale);
    if (part->tokens > 0) {
        memcpy(grown.place, part->place, part->tokens * sizeof *part->place);
        memcpy(grown.input, part->input, part->tokens * inputs);
        memcpy(grown.input_scale, part->input_scale,
               part->tokens * sizeof *part->input_scale);
    }
    calibration_part_release(part);
    *part = grown;
}

void calibration_part_append(struct calibration_part *part,
                             const struct calibration_part *more, size_t inputs)
{
    size_t at = part->tokens;

    if (more->tokens == 0)
        return;
    calibration_part_grow(part, more->tokens, inputs);
    memcpy(part->place + at, more->place, more->tokens * sizeof *more->place);
    memcpy(part->input + at * inputs, more->input, more->tokens * inputs);
    memcpy(part->input_scale + at, more->input_scale,
           more->tokens * sizeof *more->input_scale);
    part->tokens += more->tokens;
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
        size_t inputs = calibration_inputs(calibration, i);
        size_t of = model_input_of(model, i);

        if (of == i)
            *layer = (struct calibration_layer){
                .sum = memory_new(CALIBRATION_EIGHTHS * inputs, sizeof(double)),
                .mean_square = memory_new(inputs, sizeof(double)),
            };
        else
            *layer = calibration->layer[of];
        layer->input_of = of;
        if (of == i && model_is_routed(model, i)) {
            layer->seen = memory_new(CALIBRATION_EIGHTHS, sizeof *layer->seen);
            layer->part = memory_new(CALIBRATION_EIGHTHS, sizeof *layer->part);
        } else if (of == i) {
            layer->tokens = calibration->sampled;
            layer->input = memory_new(calibration->sampled * inputs, 1);
            layer->input_scale =
                memory_new(calibration->sampled, sizeof(float));
        }
    }
}

/* An expert's sample, from the eighths'. */
static void gather_parts(struct calibration_layer *of, size_t inputs)
{
    struct calibration_part all = { 0 };

    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++) {
        of->reached += of->seen[e];
        calibration_part_append(&all, &of->part[e], inputs);
    }
    of->tokens = all.tokens;
    of->place = all.place;
    of->input = all.input;
    of->input_scale = all.input_scale;
}

/* The mean of what was never seen is 0. */
static int finish_layer(const struct calibration *calibration, size_t layer,
                        struct error *err)
{
    struct calibration_layer *of = &calibration->layer[layer];
    size_t inputs = calibration_inputs(calibration, layer);
    double tokens =
        (double)calibration->tokens->rows * calibration->tokens->length;

    if (of->seen) {
        gather_parts(of, inputs);
        tokens = of->reached > 0 ? (double)of->reached : 1;
    }
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
        if (calibration_owns(calibration, i) &&
            finish_layer(calibration, i, err) < 0)
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
        if (calibration_owns(calibration, i)) {
            for (unsigned e = 0;
                 calibration->layer[i].part && e < CALIBRATION_EIGHTHS; e++)
                calibration_part_release(&calibration->layer[i].part[e]);
            free(calibration->layer[i].part);
            free(calibration->layer[i].seen);
            free(calibration->layer[i].place);
            free(calibration->layer[i].sum);
            free(calibration->layer[i].mean_square);
            free(calibration->layer[i].input);
            free(calibration->layer[i].input_scale);
        }
    free(calibration->layer);
    *calibration = (struct calibration){ 0 };
}
