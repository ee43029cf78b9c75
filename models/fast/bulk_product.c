/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/fast/bulk_product.h"

#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/stop.h"
#include "models/fast/lanes.h"

/* Tokens are taken in strips, so that a tile's inputs for one stay in the first
 * cache: [strips][K + padding][STRIP]. */
enum { STRIP = LANES_STRIP };

struct bulk {
    const struct placement *placement;
    uint32_t strips;
    size_t rows;     /* of a strip */
    int16_t *inputs; /* [strips][rows][STRIP] */
    int32_t *sums;   /* [strips][C][STRIP] of one column tile */
    uint32_t *input; /* [slots] of one column: whose words are not 0 */
    int16_t *word;   /* [slots] */
    struct image image;
};

static void turn_inputs(struct bulk *bulk)
{
    const struct layer *layer = bulk->placement->layer;

    for (size_t t = 0; t < layer->tokens; t++) {
        int16_t *strip = bulk->inputs + t / STRIP * bulk->rows * STRIP;
        const int8_t *vector = layer->input + t * layer->shape.inputs;

        for (size_t k = 0; k < layer->shape.inputs; k++)
            strip[k * STRIP + t % STRIP] = vector[k];
    }
}

static void bulk_init(struct bulk *bulk, const struct placement *placement)
{
    const struct layer *layer = placement->layer;
    size_t columns = placement->mapping.columns,
           slots = placement->mapping.slots;

    *bulk = (struct bulk){ .placement = placement };
    bulk->strips = (uint32_t)divide_up(layer->tokens, STRIP);
    bulk->rows = layer->shape.inputs + (size_t)LANES_PADDING;
    bulk->inputs = memory_new_aligned(bulk->strips * bulk->rows,
                                      STRIP * sizeof *bulk->inputs);
    memset(bulk->inputs, 0,
           bulk->strips * bulk->rows * STRIP * sizeof *bulk->inputs);
    bulk->sums =
        memory_new_aligned(bulk->strips * columns, STRIP * sizeof *bulk->sums);
    bulk->input = memory_new(slots + 1, sizeof *bulk->input);
    bulk->word = memory_new(slots + 1, sizeof *bulk->word);
    image_init(&bulk->image, &placement->mapping);
    turn_inputs(bulk);
}

static void bulk_release(struct bulk *bulk)
{
    free(bulk->inputs);
    free(bulk->sums);
    free(bulk->input);
    free(bulk->word);
    image_release(&bulk->image);
}

/* The cells of one column that hold a weight, and the input each takes; a 0 is
 * added to make their number even. */
static uint32_t gather(struct bulk *bulk, uint32_t column)
{
    const struct image *image = &bulk->image;
    uint32_t count = 0;

    for (uint32_t s = 0; s < image->span; s++) {
        size_t at = (size_t)s * image->stride + column;

        bulk->word[count] = image->word[at];
        bulk->input[count] =
            image->input[s] + 2u * image->select[at] + image->metadata[at];
        count += image->word[at] != 0 && image->pairs[s] > 0;
    }
    bulk->word[count] = 0;
    bulk->input[count] = 0;
    return count + count % 2;
}

static void add_tile(struct bulk *bulk, const struct column_tile *column)
{
    uint32_t stride = bulk->image.stride;

    for (uint32_t c = 0; c < column->columns; c++) {
        uint32_t count = gather(bulk, c);

        for (size_t s = 0; s < bulk->strips; s++)
            lanes_add_products(bulk->sums + (s * stride + c) * STRIP,
                               bulk->inputs + s * bulk->rows * STRIP,
                               bulk->input, bulk->word, count);
    }
}

static void put_sums(const struct bulk *bulk, const struct column_tile *column,
                     int32_t *outputs)
{
    const struct layer *layer = bulk->placement->layer;

    for (size_t t = 0; t < layer->tokens; t++) {
        const int32_t *strip =
            bulk->sums + t / STRIP * bulk->image.stride * STRIP + t % STRIP;
        int32_t *to = outputs + t * layer->shape.outputs + column->first;

        for (size_t c = 0; c < column->columns; c++)
            to[c] = strip[c * STRIP];
    }
}

int bulk_product(int32_t *outputs, const struct placement *placement,
                 const struct accelerator_watch *watch, struct error *err)
{
    struct bulk bulk;
    int status = stop_check(err);

    bulk_init(&bulk, placement);
    for (uint32_t i = 0; status == 0 && i < placement->column_tiles; i++) {
        const struct column_tile *column = &placement->column_tile[i];

        memset(bulk.sums, 0,
               (size_t)bulk.strips * bulk.image.stride * STRIP *
                   sizeof *bulk.sums);
        for (uint32_t t = 0; t < column->tiles; t++) {
            struct watch_load load = { .tile = &column->tile[t],
                                       .image = &bulk.image };

            image_make(&bulk.image, placement, column, &column->tile[t],
                       IMAGE_CONTENTS);
            if (watch && watch->load)
                watch->load(watch->context, &load);
            add_tile(&bulk, column);
        }
        put_sums(&bulk, column, outputs);
        status = stop_check(err);
    }
    bulk_release(&bulk);
    return status;
}
