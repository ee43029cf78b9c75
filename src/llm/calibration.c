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
#include "llm/walk.h"
#include "tensor/quantize.h"

/* What an expert saw of a row. */
struct routed_row {
    uint32_t seen;
    struct calibration_part part;
};

struct measuring {
    struct calibration *calibration;
    struct model_tokens tokens; /* the rows that run */
    size_t first_row;           /* of all */
    unsigned first, end;        /* eighths */
    /* Of each layer, [rows]; NULL but for the block that runs. */
    double **sums; /* [rows][K] */
    struct routed_row **routed;
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

static void part_release(struct calibration_part *part)
{
    free(part->place);
    free(part->input);
    free(part->input_scale);
    *part = (struct calibration_part){ 0 };
}

/* Makes room for so many tokens behind those that are there. */
static void part_grow(struct calibration_part *part, uint32_t tokens,
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
    part_release(part);
    *part = grown;
}

static void part_append(struct calibration_part *part,
                        const struct calibration_part *more, size_t inputs)
{
    size_t at = part->tokens;

    if (more->tokens == 0)
        return;
    part_grow(part, more->tokens, inputs);
    memcpy(part->place + at, more->place, more->tokens * sizeof *more->place);
    memcpy(part->input + at * inputs, more->input, more->tokens * inputs);
    memcpy(part->input_scale + at, more->input_scale,
           more->tokens * sizeof *more->input_scale);
    part->tokens += more->tokens;
}

/* An expert's tokens of a row: those that lie in the sample are kept. */
static void see_routed(const struct measuring *measuring,
                       const struct model_sight *sight)
{
    const struct calibration *calibration = measuring->calibration;
    struct routed_row *row = &measuring->routed[sight->layer][sight->row];
    size_t inputs = inputs_of(calibration, sight->layer);
    size_t first =
        (measuring->first_row + sight->row) * calibration->tokens->length;
    uint32_t count = 0;

    row->seen = sight->tokens;
    while (count < sight->tokens &&
           first + sight->place[count] < calibration->sampled)
        count++;
    if (count == 0)
        return;
    part_grow(&row->part, count, inputs);
    row->part.tokens = count;
    for (uint32_t i = 0; i < count; i++)
        row->part.place[i] = (int32_t)(first + sight->place[i]);
    quantize_rows(row->part.input, row->part.input_scale, sight->x, count,
                  inputs);
}

static void calibration_see(void *context, const struct model_sight *sight)
{
    const struct measuring *measuring = context;
    const struct calibration *calibration = measuring->calibration;
    const struct calibration_layer *into = &calibration->layer[sight->layer];
    size_t inputs = inputs_of(calibration, sight->layer);
    uint32_t tokens = sight->tokens;
    size_t first = (measuring->first_row + sight->row) * tokens;
    const float *x = sight->x;

    for (size_t t = 0; t < tokens; t++)
        vector_add_squares(measuring->sums[sight->layer] + sight->row * inputs,
                           x + t * inputs, inputs);
    if (sight->place) {
        see_routed(measuring, sight);
    } else if (first < calibration->sampled) {
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
    for (size_t i = 0; i < calibration->layers; i++) {
        if (model_layer(calibration->model, i)->shape.block != number ||
            !owns(calibration, i))
            continue;
        measuring->sums[i] = memory_new(
            measuring->tokens.rows * inputs_of(calibration, i), sizeof(double));
        if (calibration->layer[i].seen)
            measuring->routed[i] =
                memory_new(measuring->tokens.rows, sizeof(struct routed_row));
    }
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

/* The rows' sums of an expert, over the tokens that it saw, into the eighths'.
 */
static void calibration_add_routed(const struct measuring *measuring,
                                   size_t layer)
{
    const struct calibration *calibration = measuring->calibration;
    struct calibration_layer *into = &calibration->layer[layer];
    size_t inputs = inputs_of(calibration, layer);

    for (unsigned e = measuring->first; e < measuring->end; e++)
        for (size_t row = calibration_cut(calibration, e);
             row < calibration_cut(calibration, e + 1); row++) {
            struct routed_row *of =
                &measuring->routed[layer][row - measuring->first_row];

            into->seen[e] += of->seen;
            part_append(&into->part[e], &of->part, inputs);
        }
}

/* What is kept of a block's rows while it runs. */
static void forget_rows(const struct measuring *measuring, size_t layer)
{
    struct routed_row *routed = measuring->routed[layer];

    for (size_t row = 0; routed && row < measuring->tokens.rows; row++)
        part_release(&routed[row].part);
    free(routed);
    free(measuring->sums[layer]);
    measuring->routed[layer] = NULL;
    measuring->sums[layer] = NULL;
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
            if (measuring->routed[i])
                calibration_add_routed(measuring, i);
            forget_rows(measuring, i);
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

/* A part that is measured again begins at zero. */
static void clear(struct calibration *calibration, unsigned first, unsigned end)
{
    for (size_t i = 0; i < calibration->layers; i++) {
        size_t inputs = inputs_of(calibration, i);

        if (!owns(calibration, i))
            continue;
        memset(calibration->layer[i].sum + first * inputs, 0,
               (end - first) * inputs * sizeof(double));
        for (unsigned e = first; calibration->layer[i].seen && e < end; e++) {
            calibration->layer[i].seen[e] = 0;
            part_release(&calibration->layer[i].part[e]);
        }
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
    measuring.routed =
        memory_new(calibration->layers, sizeof *measuring.routed);
    status = model_walk_blocks(calibration->model, &measuring.tokens, &walk,
                               hidden, err);
    for (size_t i = 0; i < calibration->layers; i++)
        forget_rows(&measuring, i);
    free(measuring.sums);
    free(measuring.routed);
    free(hidden);
    return status;
}

/* An expert's sample, from the eighths'. */
static void gather_parts(struct calibration_layer *of, size_t inputs)
{
    struct calibration_part all = { 0 };

    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++) {
        of->reached += of->seen[e];
        part_append(&all, &of->part[e], inputs);
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
    size_t inputs = inputs_of(calibration, layer);
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
            for (unsigned e = 0;
                 calibration->layer[i].part && e < CALIBRATION_EIGHTHS; e++)
                part_release(&calibration->layer[i].part[e]);
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
