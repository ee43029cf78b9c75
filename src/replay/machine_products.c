/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/machine_products.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/accelerator.h"

void machine_products_init(struct machine_products *products,
                           const struct machine *machine, size_t layers)
{
    *products = (struct machine_products){
        .machine = machine,
        .layer = memory_new(layers, sizeof *products->layer),
        .layers = layers,
    };
}

void machine_products_release(struct machine_products *products)
{
    for (size_t i = 0; i < products->layers; i++) {
        layer_release_packed(&products->layer[i]);
        layer_shape_release(&products->layer[i].shape);
    }
    free(products->layer);
    *products = (struct machine_products){ 0 };
}

int machine_products_take(struct machine_products *products, size_t number,
                          const struct layer *as, const int8_t *weights,
                          const uint8_t *mask, struct error *err)
{
    struct layer *layer = &products->layer[number];

    *layer = (struct layer){ .shape = layer_shape_copy(&as->shape),
                             .tokens = 1,
                             .pattern = mask ? as->pattern : pattern_dense,
                             .agreement = mask ? as->agreement : 1 };
    layer_pack(layer, weights, mask);
    return machine_check_values(products->machine, err) < 0
               ? -1
               : layer_check(layer, err);
}

int machine_products_multiply(struct machine_products *products, size_t number,
                              const int8_t *x, uint32_t tokens, int32_t *sums,
                              struct error *err)
{
    const struct accelerator_options options = { .outputs = true,
                                                 .slow = products->slow };
    struct layer layer = products->layer[number];
    struct layer_result result;

    layer.input = x;
    layer.tokens = tokens;
    if (accelerator_run(&result, products->machine, &layer, &options, err) < 0)
        return -1;
    memcpy(sums, result.outputs,
           (size_t)tokens * layer.shape.outputs * sizeof *sums);
    products->cycles += result.cycles;
    products->products += result.counters[COUNTER_KEPT_MACS];
    layer_result_release(&result);
    return 0;
}
