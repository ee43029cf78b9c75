/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pruned layer: kept weights packed as the hardware has them (values, pair
 * metadata, selects), or for a list of shapes only the mask's seed.  Masks are
 * computed from the packing when they are asked for, group by group, since a
 * mask of all weights would be eight times the packed size.
 */
#include "trace/layer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "trace/mask.h"

uint32_t layer_kept(const struct layer *layer)
{
    return pattern_kept(layer->pattern, layer->shape.inputs);
}

uint32_t layer_metadata_bytes(const struct layer *layer)
{
    return (uint32_t)divide_up(layer_kept(layer), 8);
}

/* Every group but the last holds N, so weight i is in group i / N. */
static uint32_t position_of(const struct layer *layer, const uint8_t *select,
                            const uint8_t *metadata, uint32_t i)
{
    return i / layer->pattern.n * layer->pattern.m + 2u * select[i] +
           (metadata[i / 8] >> i % 8 & 1u);
}

/* Mask number `group` of an output of a layer without values. */
static uint32_t drawn_mask(const struct layer *layer,
                           const struct mask_table *full, uint32_t output,
                           uint32_t group)
{
    uint32_t m = layer->pattern.m, n = layer->pattern.n;
    uint64_t groups = divide_up(layer->shape.inputs, m);
    uint32_t left = layer->shape.inputs - group * m;
    struct mask_table ragged;

    if (left < m) {
        ragged = mask_table((uint32_t)min(left, n), left);
        full = &ragged;
    }
    return mask_draw(full, layer->seed,
                     output / layer->agreement * groups + group);
}

/* Kept inputs of the groups that hold from .. to - 1, those outside left out.
 */
static uint32_t drawn_positions(const struct layer *layer, uint32_t output,
                                uint32_t from, uint32_t to, uint32_t *position)
{
    uint32_t m = layer->pattern.m, count = 0;
    struct mask_table table = mask_table(layer->pattern.n, m);

    for (uint32_t group = from / m; group * m < to; group++) {
        uint32_t mask = drawn_mask(layer, &table, output, group);

        for (; mask; mask &= mask - 1) {
            uint32_t at = group * m + (uint32_t)__builtin_ctz(mask);

            if (at < from || at >= to)
                continue;
            if (position)
                position[count] = at;
            count++;
        }
    }
    return count;
}

/* Word by word: a model has hundreds of millions of groups. */
static void mask_of_drawn(const struct layer *layer, uint32_t output,
                          uint64_t *bits)
{
    uint32_t m = layer->pattern.m, at = 0; /* bits of `word` that are drawn */
    uint32_t groups = (uint32_t)divide_up(layer->shape.inputs, m);
    struct mask_table table = mask_table(layer->pattern.n, m);
    uint64_t word = 0;

    for (uint32_t group = 0; group < groups; group++) {
        uint64_t mask = drawn_mask(layer, &table, output, group);

        word |= mask << at;
        at += m;
        if (at < 64)
            continue;
        *bits++ = word;
        at -= 64;
        word = mask >> (m - at);
    }
    if (word)
        *bits = word;
}

void layer_mask(const struct layer *layer, uint32_t output, uint64_t *bits)
{
    uint32_t kept = layer_kept(layer);
    const uint8_t *metadata, *select;

    memset(bits, 0, divide_up(layer->shape.inputs, 64) * sizeof *bits);
    if (pattern_is_dense(layer->pattern)) {
        for (uint32_t k = 0; k < layer->shape.inputs; k++)
            bits[k / 64] |= 1ull << k % 64;
        return;
    }
    if (!layer->values) {
        mask_of_drawn(layer, output, bits);
        return;
    }
    select = layer->select + output * (size_t)kept;
    metadata = layer->metadata + output * (size_t)layer_metadata_bytes(layer);
    for (uint32_t i = 0; i < kept; i++) {
        uint32_t at = position_of(layer, select, metadata, i);

        bits[at / 64] |= 1ull << at % 64;
    }
}

void layer_output(const struct layer *layer, uint32_t output,
                  uint32_t *position, int8_t *value)
{
    size_t kept = layer_kept(layer);

    if (value)
        memcpy(value, layer->values + output * kept, kept);
    if (!position)
        return;
    if (pattern_is_dense(layer->pattern)) {
        for (uint32_t i = 0; i < kept; i++)
            position[i] = i;
        return;
    }
    if (!layer->values) {
        drawn_positions(layer, output, 0, layer->shape.inputs, position);
        return;
    }
    for (uint32_t i = 0; i < kept; i++)
        position[i] = position_of(
            layer, layer->select + output * kept,
            layer->metadata + output * (size_t)layer_metadata_bytes(layer), i);
}

uint32_t layer_range(const struct layer *layer, uint32_t output, uint32_t from,
                     uint32_t to, uint32_t *position, int8_t *value)
{
    size_t kept = layer_kept(layer);
    const uint8_t *metadata = NULL, *select = NULL;
    uint32_t first = from / layer->pattern.m * layer->pattern.n, count = 0;

    to = (uint32_t)min(to, layer->shape.inputs);
    if (!layer->values && !pattern_is_dense(layer->pattern))
        return drawn_positions(layer, output, from, to, position);
    if (!pattern_is_dense(layer->pattern)) {
        select = layer->select + output * kept;
        metadata =
            layer->metadata + output * (size_t)layer_metadata_bytes(layer);
    }
    for (uint32_t i = first; i < kept; i++) {
        uint32_t at = select ? position_of(layer, select, metadata, i) : i;

        if (at < from)
            continue;
        if (at >= to)
            break;
        if (position)
            position[count] = at;
        if (value)
            value[count] = layer->values[output * kept + i];
        count++;
    }
    return count;
}

static int check_output(const struct layer *layer, uint32_t output,
                        const uint32_t *position, struct error *err)
{
    uint32_t kept = layer_kept(layer), n = layer->pattern.n,
             m = layer->pattern.m;

    for (uint32_t i = 0; i < kept; i++) {
        if (position[i] >= layer->shape.inputs || position[i] / m != i / n)
            return error_set(err, ERROR_DATA,
                             "layer %s, output %u: kept weight %u selects "
                             "beyond its group of %u inputs",
                             layer->shape.name, output, i, m);
        if (i > 0 && position[i] <= position[i - 1])
            return error_set(err, ERROR_DATA,
                             "layer %s, output %u: kept weights %u and %u are "
                             "not in ascending order",
                             layer->shape.name, output, i - 1, i);
    }
    return 0;
}

/* The pair of each kept weight, by position. */
static void layer_pairs_of(uint32_t *pair, const uint32_t *position,
                           uint32_t kept)
{
    for (uint32_t i = 0; i < kept; i++)
        pair[i] = position[i] / 2;
}

static int layer_check_shape(const struct layer *layer, struct error *err)
{
    if (layer->shape.inputs == 0 || layer->shape.inputs >= LAYER_MAX_INPUTS ||
        layer->shape.outputs == 0 || layer->agreement == 0)
        return error_set(err, ERROR_DATA,
                         "layer %s: K = %u, O = %u, agreement %u; K must be "
                         "1..%d, O and agreement at least 1",
                         layer->shape.name, layer->shape.inputs,
                         layer->shape.outputs, layer->agreement,
                         LAYER_MAX_INPUTS - 1);
    return 0;
}

int layer_check(const struct layer *layer, struct error *err)
{
    uint32_t kept = layer_kept(layer), *position, *pair, *first;
    int status = layer_check_shape(layer, err);

    if (status < 0 || pattern_is_dense(layer->pattern))
        return status;
    position = memory_new(kept, sizeof *position);
    pair = memory_new(kept, sizeof *pair);
    first = memory_new(kept, sizeof *first);
    for (uint32_t o = 0; status == 0 && o < layer->shape.outputs; o++) {
        layer_output(layer, o, position, NULL);
        status = check_output(layer, o, position, err);
        layer_pairs_of(pair, position, kept);
        if (o % layer->agreement == 0)
            memcpy(first, pair, kept * sizeof *first);
        else if (status == 0 && memcmp(first, pair, kept * sizeof *first) != 0)
            status = error_set(err, ERROR_DATA,
                               "layer %s: outputs %u and %u select different "
                               "pairs, yet selects are declared to agree over "
                               "%u outputs",
                               layer->shape.name, o - o % layer->agreement, o,
                               layer->agreement);
    }
    free(first);
    free(pair);
    free(position);
    return status;
}

static void pack_output(const struct layer *layer, const int8_t *weights,
                        const uint8_t *mask, int8_t *values, uint8_t *metadata,
                        uint8_t *select)
{
    uint32_t kept = 0;

    for (uint32_t k = 0; k < layer->shape.inputs; k++) {
        if (!mask[k])
            continue;
        assert(kept / layer->pattern.n == k / layer->pattern.m);
        values[kept] = weights[k];
        select[kept] = (uint8_t)(k % layer->pattern.m / 2);
        metadata[kept / 8] |= (uint8_t)((k & 1u) << kept % 8);
        kept++;
    }
    assert(kept == layer_kept(layer));
}

void layer_pack(struct layer *layer, const int8_t *weights, const uint8_t *mask)
{
    size_t kept = layer_kept(layer), bytes = layer_metadata_bytes(layer);
    int8_t *values = memory_new(layer->shape.outputs * kept, 1);
    uint8_t *metadata, *select;

    layer->values = values;
    layer->metadata = layer->select = NULL;
    if (pattern_is_dense(layer->pattern)) {
        memcpy(values, weights, layer->shape.outputs * kept);
        return;
    }
    metadata = memory_new(layer->shape.outputs * bytes, 1);
    select = memory_new(layer->shape.outputs * kept, 1);
    for (size_t o = 0; o < layer->shape.outputs; o++)
        pack_output(layer, weights + o * layer->shape.inputs,
                    mask + o * layer->shape.inputs, values + o * kept,
                    metadata + o * bytes, select + o * kept);
    layer->metadata = metadata;
    layer->select = select;
}

void layer_release_packed(struct layer *layer)
{
    free((void *)(uintptr_t)layer->values);
    free((void *)(uintptr_t)layer->metadata);
    free((void *)(uintptr_t)layer->select);
    layer->values = NULL;
    layer->metadata = layer->select = NULL;
}
