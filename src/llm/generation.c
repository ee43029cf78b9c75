/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A token's linear outputs do not depend on tokens after it: its inputs do not,
 * and it has a scale of its own.  So a layer's output is made once for each
 * token and kept; what lies between linear maps (attention, states, norms) runs
 * over the whole sequence again, from the same numbers, and ends in the same.
 * That is what caches of keys, values and states do, without a second way to
 * compute any of them.  Where positions turn by the length of the sequence that
 * would be neither what caches do nor a new forward pass, and is refused.
 */
#include "llm/generation.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "llm/head.h"
#include "llm/machine_arithmetic.h"
#include "llm/model_parts.h"
#include "llm/walk.h"
#include "tensor/quantize.h"

/* Weights int8 [O][K] of a layer that is multiplied here. */
struct plain_layer {
    int8_t *weights;
    uint32_t inputs, outputs;
};

/* What a layer made of each token of the sequence. */
struct kept_outputs {
    bool *known;  /* [longest] */
    float *value; /* [longest][outputs], without a bias */
};

struct generation {
    struct generation_asked asked;
    struct generation_products by; /* who multiplies */
    struct plain_layer *plain;     /* [layers + 1]; NULL: somebody else does */
    struct model_products products;
    struct model_block **block; /* [blocks] */
    struct head *head;
    struct model_scratch *scratch;
    float *hidden;             /* [longest][width] */
    float *normed, *logits;    /* of one token */
    struct kept_outputs *kept; /* [layers] */
    int status;                /* of the products */
    struct error err;
};

/* ---- products ------------------------------------------------------------ */

static int plain_take(void *context, size_t layer, const int8_t *weights,
                      struct error *err)
{
    struct generation *generation = context;
    const struct model *model = generation->asked.model;
    struct plain_layer *plain = &generation->plain[layer];
    size_t size;

    (void)err;
    plain->inputs = model_width(model);
    plain->outputs = model_vocabulary(model);
    if (layer < model_layers(model)) {
        plain->inputs = model_layer(model, layer)->shape.inputs;
        plain->outputs = model_layer(model, layer)->shape.outputs;
    }
    size = (size_t)plain->inputs * plain->outputs;
    plain->weights = memory_new(size, 1);
    memcpy(plain->weights, weights, size);
    return 0;
}

static int plain_multiply(void *context, size_t layer, const int8_t *x,
                          uint32_t tokens, int32_t *sums, struct error *err)
{
    const struct generation *generation = context;
    const struct plain_layer *plain = &generation->plain[layer];

    (void)err;
    for (size_t t = 0; t < tokens; t++)
        for (size_t o = 0; o < plain->outputs; o++) {
            const int8_t *row = plain->weights + o * plain->inputs;
            const int8_t *in = x + t * plain->inputs;
            int32_t sum = 0;

            for (size_t k = 0; k < plain->inputs; k++)
                sum += in[k] * row[k];
            sums[t * plain->outputs + o] = sum;
        }
    return 0;
}

/* y [count][outputs] of these of the product's tokens. */
static void multiply_tokens(struct generation *generation,
                            const struct model_product *product,
                            const uint32_t *token, uint32_t count, float *y)
{
    const struct generation_products *by = &generation->by;
    size_t inputs = product->inputs, outputs = product->outputs;
    int8_t *x = memory_new(count * inputs, 1);
    float *scale = memory_new(count, sizeof *scale);
    int32_t *sums = memory_new(count * outputs, sizeof *sums);

    for (size_t i = 0; i < count; i++) {
        const float *row = product->x + token[i] * inputs;

        scale[i] = quantize_scale(row, inputs);
        quantize_row(x + i * inputs, row, inputs, scale[i]);
    }
    if (generation->status == 0)
        generation->status = by->multiply(by->context, product->layer, x, count,
                                          sums, &generation->err);
    for (size_t i = 0; i < count; i++)
        for (size_t o = 0; o < outputs; o++)
            y[i * outputs + o] =
                (float)sums[i * outputs + o] * scale[i] * product->scale[o];
    free(sums);
    free(scale);
    free(x);
}

/* Makes what is not known of the tokens, and takes the rest. */
static void multiply_new(struct generation *generation,
                         const struct model_product *product)
{
    struct kept_outputs *kept = &generation->kept[product->layer];
    uint32_t *token = memory_new(product->tokens, sizeof *token);
    size_t outputs = product->outputs;
    uint32_t count = 0;
    float *made;

    if (!kept->known) {
        kept->known = memory_new(generation->asked.longest, 1);
        kept->value = memory_new(generation->asked.longest * outputs,
                                 sizeof *kept->value);
    }
    for (uint32_t t = 0; t < product->tokens; t++)
        if (!kept->known[product->place ? product->place[t] : t])
            token[count++] = t;
    made = memory_new(count * outputs + 1, sizeof *made);
    if (count > 0)
        multiply_tokens(generation, product, token, count, made);
    for (uint32_t i = 0; i < count; i++) {
        size_t place = product->place ? product->place[token[i]] : token[i];

        kept->known[place] = true;
        memcpy(kept->value + place * outputs, made + i * outputs,
               outputs * sizeof *made);
    }
    for (uint32_t t = 0; t < product->tokens; t++) {
        size_t place = product->place ? product->place[t] : t;

        memcpy(product->y + t * product->stride, kept->value + place * outputs,
               outputs * sizeof *made);
    }
    free(made);
    free(token);
}

static void generation_multiply(void *context,
                                const struct model_product *product)
{
    static const uint32_t first = 0;
    struct generation *generation = context;

    if (product->layer < model_layers(generation->asked.model)) {
        multiply_new(generation, product);
        return;
    }
    assert(product->tokens == 1); /* the head, of the last token */
    multiply_tokens(generation, product, &first, 1, product->y);
}

/* ---- opening ------------------------------------------------------------- */

/* f32 [outputs][inputs] that are integers times the scales [outputs]. */
struct rounded {
    size_t layer;
    const float *weights, *scale;
    uint32_t outputs, inputs;
};

static int show_weights(const struct generation *generation,
                        const struct rounded *map, struct error *err)
{
    const struct generation_products *by = &generation->by;
    size_t inputs = map->inputs;
    int8_t *values = memory_new(map->outputs * inputs, 1);
    int status;

    for (size_t o = 0; o < map->outputs; o++)
        quantize_row(values + o * inputs, map->weights + o * inputs, inputs,
                     map->scale[o]);
    status = by->take(by->context, map->layer, values, err);
    free(values);
    return status;
}

static int show_block(const struct generation *generation,
                      struct model_block *block, uint32_t number,
                      struct error *err)
{
    const struct model *model = generation->asked.model;
    const struct layer_span layers = model_layers_of_block(model, number);

    for (size_t i = layers.first; i < layers.end; i++) {
        const struct block_part *part =
            &block->part[model_layer_place(model, i)->part];

        const struct rounded map = { i, model_block_layer(block, i),
                                     part->scale, part->outputs, part->inputs };

        if (show_weights(generation, &map, err) < 0)
            return -1;
    }
    return 0;
}

static int open_block(struct generation *generation, uint32_t number,
                      struct error *err)
{
    const struct generation_asked *asked = &generation->asked;
    struct model_block *block;

    if (stop_check(err) < 0 ||
        model_block_load(&block, asked->model, number, err) < 0)
        return -1;
    generation->block[number] = block;
    if (asked->scales == SCALES_BEFORE_EDIT)
        block_take_scales(block);
    if (asked->edit && asked->edit(asked->context, block, number, err) < 0)
        return -1;
    model_block_hold(block);
    if (asked->scales == SCALES_BEHIND_EDIT)
        block_take_scales(block);
    block_round_weights(block);
    model_block_use(block, &generation->products);
    return show_block(generation, block, number, err);
}

static int open_head(struct generation *generation, struct error *err)
{
    const struct model *model = generation->asked.model;

    if (head_load(&generation->head, model, err) < 0)
        return -1;
    head_round(generation->head, &generation->products);
    return show_weights(
        generation,
        &(struct rounded){ model_layers(model), head_words(generation->head),
                           head_scales(generation->head),
                           model_vocabulary(model), model_width(model) },
        err);
}

static int check_length(const struct model *model, uint32_t tokens,
                        struct error *err)
{
    uint32_t longest = model_longest(model);

    if (longest > 0 && tokens > longest)
        return error_set(err, ERROR_USAGE,
                         "%u tokens of prompt and made ones together; %s takes "
                         "at most %u",
                         tokens, model_name(model), longest);
    return 0;
}

int generation_check(const struct model *model, uint32_t prompt, uint32_t made,
                     struct error *err)
{
    uint32_t last = prompt + made - 1;

    if (check_length(model, prompt + made, err) < 0 ||
        exact_check(model, last, err) < 0)
        return -1;
    if (!model_turns_alike(model, prompt, last))
        return error_set(err, ERROR_USAGE,
                         "from %u to %u tokens the positions of %s turn by how "
                         "many there are (rope that is dynamic, or longrope), "
                         "so that what was kept of the tokens before would no "
                         "longer hold; fewer tokens were expected",
                         prompt, last, model_name(model));
    return 0;
}

int generation_open(struct generation **out,
                    const struct generation_asked *asked, struct error *err)
{
    const struct model *model = asked->model;
    struct generation *generation;
    size_t width = model_width(model);
    int status = 0;

    if (check_length(model, asked->longest, err) < 0)
        return -1;
    generation = memory_new(1, sizeof *generation);
    generation->asked = *asked;
    generation->products =
        (struct model_products){ generation_multiply, generation };
    generation->block =
        memory_new(model_blocks(model), sizeof *generation->block);
    generation->hidden =
        memory_new_aligned(asked->longest * width, sizeof(float));
    generation->normed = memory_new_aligned(width, sizeof(float));
    generation->logits =
        memory_new_aligned(model_vocabulary(model), sizeof(float));
    generation->scratch = model_scratch_new(model, asked->longest);
    generation->kept =
        memory_new(model_layers(model), sizeof *generation->kept);
    if (asked->products) {
        generation->by = *asked->products;
    } else {
        generation->by =
            (struct generation_products){ plain_take, plain_multiply,
                                          generation };
        generation->plain =
            memory_new(model_layers(model) + 1, sizeof *generation->plain);
    }
    for (uint32_t b = 0; status == 0 && b < model_blocks(model); b++)
        status = open_block(generation, b, err);
    if (status == 0)
        status = open_head(generation, err);
    if (status < 0) {
        generation_close(generation);
        return -1;
    }
    *out = generation;
    return 0;
}

void generation_close(struct generation *generation)
{
    const struct model *model;

    if (!generation)
        return;
    model = generation->asked.model;
    for (size_t i = 0; generation->plain && i <= model_layers(model); i++)
        free(generation->plain[i].weights);
    for (size_t i = 0; i < model_layers(model); i++) {
        free(generation->kept[i].known);
        free(generation->kept[i].value);
    }
    for (uint32_t b = 0; b < model_blocks(model); b++)
        model_block_free(generation->block[b]);
    head_free(generation->head);
    model_scratch_free(generation->scratch);
    free(generation->plain);
    free(generation->kept);
    free(generation->block);
    free(generation->hidden);
    free(generation->normed);
    free(generation->logits);
    free(generation);
}

/* ---- running ------------------------------------------------------------- */

/* Nothing is known of a new sequence. */
static void forget_tokens(struct generation *generation)
{
    for (size_t i = 0; i < model_layers(generation->asked.model); i++)
        if (generation->kept[i].known)
            memset(generation->kept[i].known, 0, generation->asked.longest);
}

static int greatest(int32_t *word, const struct generation *generation,
                    struct error *err)
{
    const struct model *model = generation->asked.model;
    const float *logits = generation->logits;

    *word = 0;
    for (uint32_t w = 0; w < model_vocabulary(model); w++) {
        if (!isfinite(logits[w]))
            return error_set(err, ERROR_DATA,
                             "%s: the logit of word %u is no number; the "
                             "model's arithmetic overflows",
                             model_name(model), w);
        if (logits[w] > logits[*word])
            *word = (int32_t)w;
    }
    return 0;
}

/* The word after `tokens` of them. */
static int generation_step(struct generation *generation, const int32_t *ids,
                           uint32_t tokens, int32_t *word, struct error *err)
{
    const struct model *model = generation->asked.model;

    model_embed(model, ids, tokens, generation->hidden);
    for (uint32_t b = 0; b < model_blocks(model); b++) {
        if (stop_check(err) < 0)
            return -1;
        model_block_run(generation->block[b], generation->scratch,
                        generation->hidden, tokens, 0, NULL);
    }
    head_logits(generation->head,
                generation->hidden + (size_t)(tokens - 1) * model_width(model),
                1, generation->normed, generation->logits);
    if (generation->status < 0) {
        *err = generation->err;
        return -1;
    }
    return greatest(word, generation, err);
}

double generation_work(uint32_t prompt, uint32_t made)
{
    return (double)prompt + made - 1;
}

int generation_run(struct generation *generation, int32_t *ids, uint32_t prompt,
                   uint32_t made, struct error *err)
{
    struct progress *progress = generation->asked.progress;

    assert(prompt > 0 && made > 0 &&
           prompt + made <= generation->asked.longest);
    if (generation_check(generation->asked.model, prompt, made, err) < 0)
        return -1;
    forget_tokens(generation);
    for (uint32_t i = prompt; i < prompt + made; i++) {
        if (generation_step(generation, ids, i, &ids[i], err) < 0)
            return -1;
        progress_add_work(progress, 1, i == prompt ? prompt : 1);
        if (progress_is_told(progress) && progress->done == 1)
            progress_expect_rest(progress, 0);
    }
    return 0;
}
