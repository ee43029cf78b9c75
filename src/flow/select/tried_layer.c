/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/tried_layer.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "flow/prune/mask.h"
#include "flow/prune/updater.h"

/* The updater of the layer's input. */
static struct updater *updater_of(struct tried_layer *tried, size_t layer)
{
    const struct recorded_trace *trace = tried->selection->trace;
    size_t input = trace->layer[layer].input_of;
    const struct recorded_layer *recorded = &trace->layer[input];
    size_t size = (size_t)recorded->shape.inputs * recorded->shape.inputs;

    if (tried->updater && tried->input == input)
        return tried->updater;
    tried_layer_release(tried);
    tried->input = input;
    tried->gram = memory_new_aligned(size, sizeof *tried->gram);
    for (size_t i = 0; i < size; i++)
        tried->gram[i] = (double)recorded->gram[i];
    tried->updater =
        updater_new(UPDATE_REFIT_DENSE, tried->gram, recorded->shape.inputs, 1);
    return tried->updater;
}

void tried_layer_release(struct tried_layer *tried)
{
    updater_free(tried->updater);
    free(tried->gram);
    tried->updater = NULL;
    tried->gram = NULL;
}

static void tried_layer_mask(const struct tried_layer *tried, float *weights,
                             const struct recorded_layer *recorded,
                             struct mask_rule rule)
{
    size_t size = (size_t)recorded->shape.outputs * recorded->shape.inputs;
    float *dense = memory_new_aligned(size, sizeof *dense);
    double *root = memory_new(recorded->shape.inputs, sizeof *root);
    struct scored scored = { dense, root, recorded->shape.inputs,
                             recorded->shape.outputs };

    memcpy(dense, weights, size * sizeof *dense);
    score_roots(root, score_of_layer(tried->selection->score, recorded),
                recorded->mean_square, recorded->shape.inputs);
    mask_apply(weights, &scored, rule);
    free(root);
    free(dense);
}

int tried_layer_prune(struct tried_layer *tried, float *weights, size_t layer,
                      struct pattern pattern, struct error *err)
{
    const struct selection *selection = tried->selection;
    const struct recorded_layer *recorded = &selection->trace->layer[layer];
    const struct mask_rule rule = { pattern, selection->agreement,
                                    tried->workers, selection->way };
    uint8_t *kept;
    int status;

    if (!selection->aware || (recorded->routed && recorded->reached == 0)) {
        tried_layer_mask(tried, weights, recorded, rule);
        return 0;
    }
    kept =
        memory_new((size_t)recorded->shape.outputs * recorded->shape.inputs, 1);
    status =
        updater_run(updater_of(tried, layer),
                    &(struct pruned_layer){
                        weights, kept, recorded->shape.outputs, rule, false },
                    err);
    free(kept);
    return status < 0 ? error_prefix(err, "layer %s: ", recorded->shape.name)
                      : 0;
}

char *tried_layer_measure(const struct selection *selection, const char *name)
{
    return selection->aware ? memory_printf("%s as refitted", name)
                            : memory_text(name);
}
