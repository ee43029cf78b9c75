/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opens a checkpoint as a model: finds the family, reads the shape, lists the
 * layers that can be pruned, and checks that each tensor is there with the
 * shape that the config says, before anything is computed.  Weights themselves
 * are read when a block needs them, in pieces, and each number is looked at:
 * one that is not finite is told by name and place.
 */
#include "llm/model.h"

#include <assert.h>
#include <cblas.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "llm/ends.h"
#include "llm/model_parts.h"
#include "llm/quantization.h"
#include "llm/unused.h"

char *model_tensor_name(const struct model *model, const char *name)
{
    return memory_printf("%s%s", model->prefix, name);
}

char *model_block_tensor_name(const struct model *model, uint32_t block,
                              const struct block_place *place)
{
    char *below = family_tensor_name(place->tensor, place->expert);
    char *name = memory_printf("%s%s.%u.%s", model->prefix,
                               model->family->blocks, block, below);

    free(below);
    return name;
}

unsigned model_tensor_shape(const struct model *model,
                            const struct family_tensor *tensor, uint64_t *shape)
{
    unsigned rank = 0;

    for (; tensor->size[rank] != SIZE_END; rank++)
        shape[rank] = model->shape.size[tensor->size[rank]];
    return rank;
}

unsigned model_stored_shape(const struct model *model,
                            const struct family_tensor *tensor, uint64_t *shape)
{
    unsigned rank = model_tensor_shape(model, tensor, shape);

    if (tensor->whole != SIZE_END)
        shape[0] = model->shape.size[tensor->whole];
    if (!tensor->stacked)
        return rank;
    assert(rank < FAMILY_MAX_RANK);
    memmove(shape + 1, shape, rank * sizeof *shape);
    shape[0] = model->shape.size[SIZE_EXPERTS];
    return rank + 1;
}

size_t model_first_row(const struct model *model,
                       const struct block_place *place)
{
    const uint32_t *size = model->shape.size;
    size_t first = 0;

    if (place->tensor->stacked)
        first = (size_t)place->expert * size[place->tensor->whole];
    for (unsigned i = 0; i < FAMILY_MOST_BEFORE; i++)
        first += size[place->tensor->before[i]];
    return first;
}

static int model_check(const struct model *model, char *name, unsigned rank,
                       const uint64_t *shape, struct error *err)
{
    bool good =
        checkpoint_need(model->checkpoint, name, rank, shape, err) != NULL;

    free(name);
    return good ? 0 : -1;
}

static void model_add_layer(struct model *model, size_t *capacity,
                            uint32_t block, const struct block_place *place)
{
    const struct family_tensor *tensor = place->tensor;
    struct model_layer *layer;
    uint64_t shape[FAMILY_MAX_RANK];

    model_tensor_shape(model, tensor, shape);
    model->layers = memory_grow(model->layers, capacity, model->layer_count + 1,
                                sizeof *model->layers);
    layer = &model->layers[model->layer_count++];
    *layer = (struct model_layer){
        .shape.name = family_layer_name(model->family, model->prefix, block,
                                        tensor, place->expert),
        .shape.block = block,
        .shape.outputs = (uint32_t)shape[tensor->transposed ? 1 : 0],
        .shape.inputs = (uint32_t)shape[tensor->transposed ? 0 : 1],
        .input_id = block_place_input(place),
    };
    if (model->widest < layer->shape.inputs)
        model->widest = layer->shape.inputs;
}

static int model_find_layers(struct model *model, struct error *err)
{
    uint64_t stored[FAMILY_MAX_RANK];
    size_t capacity = 0;

    model->first_layer =
        memory_new((size_t)model->shape.blocks + 1, sizeof(size_t));
    block_tables_make(model->table, model->family, &model->shape);
    for (uint32_t block = 0; block < model->shape.blocks; block++) {
        const struct block_table *table = model_table(model, block);

        model->first_layer[block] = model->layer_count;
        for (size_t i = 0; i < table->places; i++) {
            const struct block_place *place = &table->place[i];
            unsigned rank = model_stored_shape(model, place->tensor, stored);

            if (model_check(model, model_block_tensor_name(model, block, place),
                            rank, stored, err) < 0)
                return -1;
            if (place->tensor->pruned)
                model_add_layer(model, &capacity, block, place);
        }
    }
    model->first_layer[model->shape.blocks] = model->layer_count;
    return 0;
}

static int open_family(struct model *model, struct error *err)
{
    const struct config *config = checkpoint_config(model->checkpoint);
    const struct remarks *noticed = checkpoint_remarks(model->checkpoint);
    const struct family *family = family_of_config(config, err);

    if (!family)
        return -1;
    for (size_t i = 0; i < noticed->count; i++)
        remarks_add(&model->remarks, "%s", noticed->text[i]);
    model->family = family;
    shape_init(&model->shape);
    if (quantization_check(&model->remarks, config, err) < 0 ||
        config_demands(config, family->demands, family->demand_count, err) <
            0 ||
        family->read(&model->shape, config, err) < 0 ||
        ends_find(model, err) < 0 || model_find_layers(model, err) < 0)
        return -1;
    unused_remark(model);
    return 0;
}

/* The last part of the folder's path, links and dots resolved if need be. */
static char *name_of(const char *folder)
{
    char *whole = file_real(folder), *slash, *name;

    if (!whole)
        return memory_text(folder);
    slash = strrchr(whole, '/');
    name = memory_text(slash[1] ? slash + 1 : whole);
    free(whole);
    return name;
}

int model_open(struct model **out, const char *folder, struct error *err)
{
    struct model *model = memory_new(1, sizeof *model);

    openblas_set_num_threads(1);
    if (checkpoint_open(&model->checkpoint, folder, err) < 0 ||
        open_family(model, err) < 0) {
        model_close(model);
        return -1;
    }
    model->name = name_of(folder);
    *out = model;
    return 0;
}

void model_close(struct model *model)
{
    if (!model)
        return;
    for (size_t i = 0; i < model->layer_count; i++)
        layer_shape_release(&model->layers[i].shape);
    free(model->layers);
    free(model->first_layer);
    block_tables_release(model->table);
    free(model->name);
    shape_release(&model->shape);
    free(model->embedding);
    free(model->head);
    remarks_release(&model->remarks);
    checkpoint_close(model->checkpoint);
    free(model);
}

const char *model_name(const struct model *model)
{
    return model->name;
}

const struct remarks *model_remarks(const struct model *model)
{
    return &model->remarks;
}

const char *model_family(const struct model *model)
{
    return model->family->type;
}

const char *model_folder(const struct model *model)
{
    return checkpoint_folder(model->checkpoint);
}

const char *model_hash(const struct model *model)
{
    return checkpoint_hash(model->checkpoint);
}

uint32_t model_blocks(const struct model *model)
{
    return model->shape.blocks;
}

uint32_t model_width(const struct model *model)
{
    return model->shape.size[SIZE_MODEL];
}

uint32_t model_vocabulary(const struct model *model)
{
    return model->shape.size[SIZE_VOCABULARY];
}

uint32_t model_longest(const struct model *model)
{
    return model->shape.longest;
}

bool model_follows_length(const struct model *model)
{
    return rope_follows_length(&model->shape.rope) ||
           rope_follows_length(&model->shape.local_rope);
}

bool model_turns_alike(const struct model *model, uint32_t from, uint32_t to)
{
    return rope_turns_alike(&model->shape.rope, from, to) &&
           rope_turns_alike(&model->shape.local_rope, from, to);
}

size_t model_layers(const struct model *model)
{
    return model->layer_count;
}

const struct model_layer *model_layer(const struct model *model, size_t layer)
{
    assert(layer < model->layer_count);
    return &model->layers[layer];
}

struct layer_span model_layers_of_block(const struct model *model,
                                        uint32_t block)
{
    return (struct layer_span){ model->first_layer[block],
                                model->first_layer[block + 1] };
}

size_t model_input_of(const struct model *model, size_t layer)
{
    const struct model_layer *wanted = model_layer(model, layer);
    size_t first = model->first_layer[wanted->shape.block];

    while (model->layers[first].input_id != wanted->input_id)
        first++;
    return first;
}

bool model_is_routed(const struct model *model, size_t layer)
{
    return model_layer_place(model, layer)->tensor->expert;
}

/* The first number that is not finite; `count` if all are. */
static size_t first_wrong(const float *numbers, size_t count)
{
    unsigned wrong = 0;
    size_t i = 0;

    for (; i < count; i++)
        wrong |= fabsf(numbers[i]) <= FLT_MAX ? 0 : 1;
    if (wrong)
        for (i = 0; isfinite(numbers[i]);)
            i++;
    return i;
}

/* Numbers first .. first + count - 1 of a tensor. */
static float *read_piece(const struct model *model,
                         const struct safetensors_tensor *tensor, size_t first,
                         size_t count, struct error *err)
{
    float *numbers = memory_new_aligned(count, sizeof *numbers);
    size_t wrong;

    dtype_to_f32(numbers, tensor->bytes + first * dtype_size(tensor->dtype),
                 tensor->dtype, count);
    safetensors_done(tensor);
    wrong = first_wrong(numbers, count);
    if (wrong == count)
        return numbers;
    error_set(err, ERROR_DATA, "%s: tensor `%s`: number %zu is not finite",
              model_folder(model), tensor->name, first + wrong);
    free(numbers);
    return NULL;
}

float *model_read(const struct model *model, const char *name, unsigned rank,
                  const uint64_t *shape, struct error *err)
{
    const struct safetensors_tensor *tensor =
        checkpoint_need(model->checkpoint, name, rank, shape, err);

    return tensor ? read_piece(model, tensor, 0, tensor->elements, err) : NULL;
}

/* Matrix [rows][columns] to [columns][rows]; takes the old one. */
static float *model_turned(float *matrix, size_t rows, size_t columns)
{
    float *out = memory_new_aligned(rows * columns, sizeof *out);

    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            out[j * rows + i] = matrix[i * columns + j];
    free(matrix);
    return out;
}

float *model_read_part(const struct model *model, uint32_t block,
                       const struct block_place *place, struct error *err)
{
    const struct family_tensor *tensor = place->tensor;
    char *name = model_block_tensor_name(model, block, place);
    uint64_t shape[FAMILY_MAX_RANK], stored[FAMILY_MAX_RANK];
    unsigned rank = model_tensor_shape(model, tensor, shape);
    const struct safetensors_tensor *whole =
        checkpoint_need(model->checkpoint, name,
                        model_stored_shape(model, tensor, stored), stored, err);
    size_t below = 1, rows = shape[0];
    float *numbers = NULL;

    for (unsigned i = 1; i < rank; i++)
        below *= shape[i];
    if (whole)
        numbers =
            read_piece(model, whole, model_first_row(model, place) * below,
                       rows * below, err);
    free(name);
    if (numbers && model->permutation)
        fold_place(model, block, place, numbers, sizeof *numbers);
    if (numbers && tensor->transposed)
        numbers = model_turned(numbers, shape[0], shape[rank - 1]);
    for (size_t i = 0; numbers && tensor->plus_one && i < rows; i++)
        numbers[i] += 1;
    return numbers;
}

/* Parts of one fused map ask for all of it each, which costs a system call. */
void model_ask_ahead(const struct model *model, uint32_t block)
{
    const struct block_table *table = model_table(model, block);

    for (size_t i = 0; i < table->places; i++) {
        char *name = model_block_tensor_name(model, block, &table->place[i]);
        const struct safetensors_tensor *tensor =
            checkpoint_find(model->checkpoint, name);

        if (tensor)
            safetensors_ask_ahead(tensor);
        free(name);
    }
}

int model_weights(const struct model *model, size_t layer, float *weights,
                  struct error *err)
{
    const struct model_layer *wanted = model_layer(model, layer);
    float *numbers = model_read_part(model, wanted->shape.block,
                                     model_layer_place(model, layer), err);

    if (!numbers)
        return -1;
    memcpy(weights, numbers,
           sizeof *weights * wanted->shape.inputs * wanted->shape.outputs);
    free(numbers);
    return 0;
}
