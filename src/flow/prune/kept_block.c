/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A safetensors file.  Per layer of the block
 *
 *     NAME.weight  F32 [O][K]  what was kept, as it was updated; else 0
 *     NAME.mask    U8  [O][K]  1: kept; not there of a dense layer
 *
 * `__metadata__`: format=flexcim-block, identity, dampened (a digit for each
 * layer), and the seal `content`.
 */
#include "flow/prune/kept_block.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/opened.h"
#include "base/text.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_out.h"

static const char format[] = "flexcim-block";

/* One layer's two arrays. */
struct kept_layer {
    size_t number, size;
    uint64_t shape[2];
    char *weight, *mask; /* names */
};

static void kept_layer_init(struct kept_layer *layer,
                            const struct kept_block *kept, size_t number)
{
    const struct layer_shape *shape = &model_layer(kept->model, number)->shape;

    *layer = (struct kept_layer){
        .number = number,
        .size = (size_t)shape->outputs * shape->inputs,
        .shape = { shape->outputs, shape->inputs },
        .weight = memory_printf("%s.weight", shape->name),
        .mask = memory_printf("%s.mask", shape->name),
    };
}

static void kept_layer_release(struct kept_layer *layer)
{
    free(layer->weight);
    free(layer->mask);
}

static int put_layer(struct safetensors_out *out, const struct kept_block *kept,
                     size_t number, struct error *err)
{
    struct kept_layer layer;
    int status;

    kept_layer_init(&layer, kept, number);
    status = safetensors_out_put(out, layer.weight,
                                 model_block_layer(kept->block, number), err);
    if (status == 0 && kept->mask[number])
        status = safetensors_out_put(out, layer.mask, kept->mask[number], err);
    kept_layer_release(&layer);
    return status;
}

static void put_dampened(struct safetensors_out *out,
                         const struct kept_block *kept)
{
    struct text digits;

    text_init(&digits);
    for (size_t i = kept->layers.first; i < kept->layers.end; i++)
        text_addf(&digits, "%u", kept->dampened[i] % 10u);
    safetensors_out_metadata(out, "dampened", digits.at);
    text_release(&digits);
}

/* A file of before has none. */
static void take_dampened(const struct kept_block *kept,
                          const struct safetensors *file)
{
    const struct layer_span layers = kept->layers;
    const char *digits = safetensors_metadata(file, "dampened");

    for (size_t i = layers.first;
         i < layers.end && digits && isdigit((unsigned char)*digits); i++)
        kept->dampened[i] = (uint8_t)(*digits++ - '0');
}

int kept_block_save(const struct kept_block *kept, struct error *err)
{
    const struct layer_span layers = kept->layers;
    struct safetensors_out *out = safetensors_out_new();
    int status;

    safetensors_out_metadata(out, "format", format);
    safetensors_out_metadata(out, "identity", kept->identity);
    put_dampened(out, kept);
    safetensors_out_seal(out, "content");
    for (size_t i = layers.first; i < layers.end; i++) {
        struct kept_layer layer;

        kept_layer_init(&layer, kept, i);
        safetensors_out_declare(out, layer.weight, DTYPE_F32, 2, layer.shape);
        if (kept->mask[i])
            safetensors_out_declare(out, layer.mask, DTYPE_U8, 2, layer.shape);
        kept_layer_release(&layer);
    }
    status = safetensors_out_create(out, kept->path, err);
    for (size_t i = layers.first; status == 0 && i < layers.end; i++)
        status = put_layer(out, kept, i, err);
    return safetensors_out_end(out, status, err);
}

/* Whether the file has the layer, which is taken over only if it is `taken`. */
static bool read_layer(const struct kept_block *kept,
                       const struct safetensors *file, size_t number,
                       bool taken)
{
    const struct safetensors_tensor *weight, *mask = NULL;
    struct kept_layer layer;
    struct error ignored;
    bool good;

    kept_layer_init(&layer, kept, number);
    weight = safetensors_need(file, layer.weight, DTYPE_F32, 2, layer.shape,
                              &ignored);
    good = weight != NULL;
    if (safetensors_find(file, layer.mask)) {
        mask = safetensors_need(file, layer.mask, DTYPE_U8, 2, layer.shape,
                                &ignored);
        good &= mask != NULL;
    }
    if (good && taken)
        memcpy(model_block_layer(kept->block, number), weight->bytes,
               layer.size * sizeof(float));
    if (good && taken && mask) {
        kept->mask[number] = memory_new(layer.size, 1);
        memcpy(kept->mask[number], mask->bytes, layer.size);
    }
    kept_layer_release(&layer);
    return good;
}

int kept_block_load(const struct kept_block *kept)
{
    const struct layer_span layers = kept->layers;
    struct safetensors *file;
    struct error ignored;
    char content[HASH_TEXT];
    bool good;

    if (access(kept->path, F_OK) != 0)
        return 1;
    if (safetensors_open(&file, kept->path, &ignored) < 0) {
        opened_forget(kept->path); /* it is made anew */
        return 1;
    }
    safetensors_hash_data(file, content);
    good = safetensors_says(file, "format", format) &&
           safetensors_says(file, "identity", kept->identity) &&
           safetensors_says(file, "content", content);
    for (size_t i = layers.first; good && i < layers.end; i++)
        good = read_layer(kept, file, i, false);
    for (size_t i = layers.first; good && i < layers.end; i++)
        read_layer(kept, file, i, true);
    if (good)
        take_dampened(kept, file);
    safetensors_close(file);
    opened_forget(kept->path);
    return good ? 0 : 1;
}
