/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/sizes.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/model_parts.h"
#include "llm/quantization.h"

static bool has_part(const struct family *family, enum part part)
{
    for (size_t i = 0; i < family_tensors(family); i++)
        if (family_tensor(family, i)->part == part)
            return true;
    return false;
}

static void take_attention(struct model_sizes *sizes,
                           const struct family *family,
                           const struct shape *shape)
{
    sizes->kind = MODEL_TRANSFORMER;
    sizes->size[DIM_HEADS] = shape->size[SIZE_HEADS];
    sizes->size[DIM_KEY_HEADS] = shape->key_heads;
    sizes->size[DIM_HEAD] = shape->size[SIZE_HEAD];
    sizes->size[DIM_FEED] = shape->size[SIZE_FEED];
    sizes->gated = has_part(family, PART_GATE);
    sizes->fused = has_part(family, PART_QKV);
    sizes->head_norms = has_part(family, PART_Q_NORM);
    sizes->soft_caps = shape->score_cap > 0 || shape->logit_cap > 0;
    sizes->size[DIM_NORMS] = has_part(family, PART_AFTER_NORM) ? 4 : 2;
    sizes->positions = shape->rope.used    ? MODEL_ROTARY
                       : family->positions ? MODEL_LEARNT
                                           : MODEL_NO_POSITIONS;
}

static int take_state(struct model_sizes *sizes, const struct shape *shape,
                      const struct config *config, struct error *err)
{
    sizes->positions = MODEL_NO_POSITIONS;
    sizes->size[DIM_INNER] = shape->size[SIZE_INNER];
    sizes->size[DIM_STATE] = shape->size[SIZE_STATE];
    sizes->size[DIM_CONVOLUTION] = shape->size[SIZE_KERNEL];
    if (sizes->kind == MODEL_MAMBA) {
        sizes->size[DIM_RANK] = shape->size[SIZE_STEP_RANK];
        return 0;
    }
    sizes->size[DIM_STATE_HEADS] = shape->size[SIZE_HEADS];
    sizes->size[DIM_STATE_HEAD] = shape->size[SIZE_HEAD];
    sizes->size[DIM_GROUPS] = shape->groups;
    return config_size_or(config, "chunk_size", 256, &sizes->size[DIM_CHUNK],
                          err);
}

static int take_sizes(struct model_sizes *sizes, const struct family *family,
                      const struct shape *shape, const struct config *config,
                      struct error *err)
{
    model_sizes_init(sizes);
    sizes->size[DIM_WIDTH] = shape->size[SIZE_MODEL];
    sizes->size[DIM_VOCABULARY] = shape->size[SIZE_VOCABULARY];
    sizes->tied = shape->tied;
    sizes->norm = family->norm_bias ? MODEL_NORM_LAYER : MODEL_NORM_RMS;
    if (family->kind == &transformer_block) {
        take_attention(sizes, family, shape);
    } else {
        sizes->kind = family->kind == &mamba_block ? MODEL_MAMBA : MODEL_MAMBA2;
        if (take_state(sizes, shape, config, err) < 0)
            return -1;
    }
    sizes->said = UINT32_MAX;
    if (model_sizes_finish(sizes, shape->blocks, err) < 0)
        return error_prefix(err, "%s: ", config_path(config));
    return 0;
}

int model_sizes_of(struct model_sizes *sizes, const struct model *model,
                   struct error *err)
{
    return take_sizes(sizes, model->family, &model->shape,
                      checkpoint_config(model->checkpoint), err);
}

/* Layer NAME of a block, as a checkpoint calls it. */
static struct layer_shape sizes_layer_of(const struct family *family,
                                         const struct shape *shape,
                                         const struct family_tensor *tensor,
                                         uint32_t block)
{
    uint32_t first = shape->size[tensor->size[0]];
    uint32_t second = shape->size[tensor->size[1]];

    return (struct layer_shape){
        .name = family_layer_name(family, family->prefixes[0], block, tensor),
        .block = block,
        .inputs = tensor->transposed ? first : second,
        .outputs = tensor->transposed ? second : first,
    };
}

static void list_layers(struct sized_model *model, const struct family *family,
                        const struct shape *shape)
{
    size_t tensors = family_tensors(family), capacity = 0;

    for (uint32_t b = 0; b < shape->blocks; b++)
        for (size_t i = 0; i < tensors; i++) {
            const struct family_tensor *tensor = family_tensor(family, i);

            if (!tensor->pruned)
                continue;
            model->layer = memory_grow(model->layer, &capacity,
                                       model->layers + 1, sizeof *model->layer);
            model->layer[model->layers++] =
                sizes_layer_of(family, shape, tensor, b);
        }
    model->prefix = memory_printf("%s%s", family->prefixes[0], family->blocks);
}

static int read_family(struct sized_model *model, const struct config *config,
                       struct error *err)
{
    const struct family *family = family_of_config(config, err);
    struct remarks ignored = { 0 };
    struct shape shape;
    int status = -1;

    shape_init(&shape);
    if (family && quantization_check(&ignored, config, err) == 0 &&
        config_demands(config, family->demands, family->demand_count, err) ==
            0 &&
        family->read(&shape, config, err) == 0 &&
        take_sizes(&model->sizes, family, &shape, config, err) == 0)
        status = 0;
    if (status == 0)
        list_layers(model, family, &shape);
    remarks_release(&ignored);
    shape_release(&shape);
    if (status < 0)
        return -1;
    if (operators_check(&model->sizes, model->layer, model->layers, err) < 0)
        return error_prefix(err, "%s: ", config_path(config));
    return 0;
}

int sized_model_read(struct sized_model *model, const char *path,
                     struct error *err)
{
    struct config *config;
    int status;

    *model = (struct sized_model){ 0 };
    if (config_read(&config, path, err) < 0)
        return -1;
    status = read_family(model, config, err);
    config_free(config);
    if (status < 0)
        sized_model_release(model);
    return status;
}

void sized_model_release(struct sized_model *model)
{
    for (size_t i = 0; i < model->layers; i++)
        free((char *)(uintptr_t)model->layer[i].name);
    free(model->layer);
    free(model->prefix);
    *model = (struct sized_model){ 0 };
}
