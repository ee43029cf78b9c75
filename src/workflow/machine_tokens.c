/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The model is opened twice, since one of the two has its products done by the
 * machine; a plan whose masks depend on what is before them is carried out for
 * each, in the same way.
 */
#include "workflow/machine_tokens.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { ON_MACHINE, FORWARD, PASSES };

struct machine_tokens {
    struct machine_tokens_asked asked;
    struct machine_products products;
    struct generation_products hooks;
    struct prune prune;      /* a copy, without progress */
    struct pruning *pruning; /* while a model is opened */
    struct generation *pass[PASSES];
};

static int take_weights(void *context, size_t layer, const int8_t *weights,
                        struct error *err)
{
    struct machine_tokens *tokens = context;
    const struct model *model = tokens->asked.model;
    const uint8_t *mask = NULL;
    struct layer as = { 0 };

    if (layer == model_layers(model)) {
        as.shape = (struct layer_shape){ .name = "head",
                                         .block = model_blocks(model) - 1,
                                         .inputs = model_width(model),
                                         .outputs = model_vocabulary(model) };
    } else {
        as.shape = model_layer(model, layer)->shape;
        if (tokens->pruning) {
            mask = pruning_mask(tokens->pruning, layer);
            as.pattern = tokens->prune.plan->layer[layer].pattern;
            as.agreement = tokens->prune.plan->agreement;
        }
    }
    return machine_products_take(&tokens->products, layer, &as, weights, mask,
                                 err);
}

static int multiply_on_machine(void *context, size_t layer, const int8_t *x,
                               uint32_t count, int32_t *sums, struct error *err)
{
    struct machine_tokens *tokens = context;

    return machine_products_multiply(&tokens->products, layer, x, count, sums,
                                     err);
}

static int open_pass(struct machine_tokens *tokens, int pass, struct error *err)
{
    const struct machine_tokens_asked *asked = &tokens->asked;
    struct generation_asked what = { .model = asked->model,
                                     .longest = asked->prompt + asked->made,
                                     .progress = asked->progress };
    int status = 0;

    if (pass == ON_MACHINE)
        what.products = &tokens->hooks;
    if (asked->prune) {
        status = pruning_begin(&tokens->pruning, &tokens->prune, err);
        what.edit = pruning_block;
        what.context = tokens->pruning;
        what.scales = prune_scales(tokens->prune.plan);
    }
    if (status == 0)
        status = generation_open(&tokens->pass[pass], &what, err);
    pruning_end(tokens->pruning);
    tokens->pruning = NULL;
    return status;
}

int machine_tokens_open(struct machine_tokens **out,
                        const struct machine_tokens_asked *asked,
                        struct error *err)
{
    struct machine_tokens *tokens = memory_new(1, sizeof *tokens);
    int status = 0;

    if (asked->prune)
        status = prune_check_masks(asked->prune->plan, err);
    tokens->asked = *asked;
    tokens->hooks = (struct generation_products){ take_weights,
                                                  multiply_on_machine, tokens };
    if (asked->prune) {
        tokens->prune = *asked->prune;
        tokens->prune.work.progress = NULL;
    }
    machine_products_init(&tokens->products, asked->machine,
                          model_layers(asked->model) + 1);
    tokens->products.slow = asked->slow;
    for (int pass = 0; status == 0 && pass < PASSES; pass++)
        status = open_pass(tokens, pass, err);
    if (status < 0) {
        machine_tokens_close(tokens);
        return -1;
    }
    *out = tokens;
    return 0;
}

void machine_tokens_expect(struct progress *progress, size_t rows,
                           uint32_t prompt, uint32_t made)
{
    progress_begin(progress, "generate", rows * PASSES * made, "tokens");
    progress_weigh(progress,
                   (double)(rows * PASSES) * generation_work(prompt, made));
}

void machine_tokens_close(struct machine_tokens *tokens)
{
    if (!tokens)
        return;
    for (int pass = 0; pass < PASSES; pass++)
        generation_close(tokens->pass[pass]);
    machine_products_release(&tokens->products);
    free(tokens);
}

int machine_tokens_run(struct machine_tokens *tokens,
                       struct machine_tokens_row *row, struct error *err)
{
    uint32_t prompt = tokens->asked.prompt, made = tokens->asked.made;
    int32_t *ids[PASSES];
    int status = 0;

    tokens->products.cycles = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        ids[pass] = memory_new((size_t)prompt + made, sizeof *ids[pass]);
        memcpy(ids[pass], row->prompt, prompt * sizeof *ids[pass]);
        if (status == 0)
            status = generation_run(tokens->pass[pass], ids[pass], prompt, made,
                                    err);
    }
    row->linear_cycles = tokens->products.cycles;
    memcpy(row->made, ids[ON_MACHINE] + prompt, made * sizeof *row->made);
    row->agreed = 0;
    while (row->agreed < made && ids[ON_MACHINE][prompt + row->agreed] ==
                                     ids[FORWARD][prompt + row->agreed])
        row->agreed++;
    for (int pass = 0; pass < PASSES; pass++)
        free(ids[pass]);
    return status;
}
