/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a config.json alone, without weights, to the sizes of all operators of a
 * model (trace/model_sizes.h): so a shape list can name a published model that
 * nobody has downloaded.
 */
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

static bool kind_has(const struct block_kind *kind,
                     const struct sublayer *sublayer)
{
    for (size_t i = 0; kind->sublayer[i]; i++)
        if (kind->sublayer[i] == sublayer)
            return true;
    return false;
}

/* Whether block `b` has that sublayer. */
static bool block_has(const struct family *family, const struct shape *shape,
                      uint32_t b, const struct sublayer *sublayer)
{
    return kind_has(family->kinds[shape_kind_of(shape, b)], sublayer);
}

/* Blocks that have that sublayer. */
static uint32_t blocks_with(const struct family *family,
                            const struct shape *shape,
                            const struct sublayer *sublayer)
{
    uint32_t count = 0;

    for (uint32_t b = 0; b < shape->blocks; b++)
        count += block_has(family, shape, b, sublayer);
    return count;
}

static void take_attention(struct model_sizes *sizes,
                           const struct family *family,
                           const struct shape *shape)
{
    sizes->size[DIM_HEADS] = shape->size[SIZE_HEADS];
    sizes->size[DIM_KEY_HEADS] = shape->key_heads;
    sizes->size[DIM_HEAD] = shape->size[SIZE_HEAD];
    sizes->fused = has_part(family, PART_QKV);
    sizes->head_norms = has_part(family, PART_Q_NORM);
    sizes->soft_caps = shape->score_cap > 0 || shape->logit_cap > 0;
    sizes->positions = shape->rope.used    ? MODEL_ROTARY
                       : family->positions ? MODEL_LEARNT
                                           : MODEL_NO_POSITIONS;
}

static void take_feed(struct model_sizes *sizes, const struct family *family,
                      const struct shape *shape)
{
    if (blocks_with(family, shape, &feed_sublayer) > 0)
        sizes->size[DIM_FEED] = shape->size[SIZE_FEED];
    sizes->gated = has_part(family, PART_GATE);
    sizes->size[DIM_NORMS] = has_part(family, PART_AFTER_NORM) ? 4 : 2;
    if (blocks_with(family, shape, &experts_sublayer) == 0)
        return;
    sizes->size[DIM_EXPERTS] = shape->size[SIZE_EXPERTS];
    sizes->size[DIM_EXPERTS_USED] = shape->experts_used;
    sizes->size[DIM_EXPERT_FEED] = shape->size[SIZE_EXPERT_FEED];
    sizes->size[DIM_SHARED_FEED] = shape->size[SIZE_SHARED_FEED];
    sizes->shared_weighed =
        shape->size[SIZE_SHARED_FEED] > 0 && has_part(family, PART_SHARED_MIX);
}

static bool has_mixer(const struct family *family, const struct shape *shape,
                      uint32_t b)
{
    return block_has(family, shape, b, &attention_sublayer) ||
           block_has(family, shape, b, &mamba_sublayer) ||
           block_has(family, shape, b, &mamba2_sublayer);
}

/* Which blocks are of which parts, where they are not all of the same. */
static void take_blocks(struct model_sizes *sizes, const struct family *family,
                        const struct shape *shape)
{
    bool routes = sizes->size[DIM_EXPERTS] > 0 && sizes->size[DIM_FEED] > 0;
    bool *has = sizes->has_list;

    has[LIST_ATTENTION] = sizes->kind != MODEL_TRANSFORMER &&
                          blocks_with(family, shape, &attention_sublayer) > 0;
    has[LIST_WITHOUT_EXPERTS] = routes;
    for (uint32_t b = 0; b < shape->blocks; b++)
        has[LIST_FEED_ONLY] |= !has_mixer(family, shape, b);
    for (uint32_t b = 0; b < shape->blocks && b < MODEL_MAX_BLOCKS; b++) {
        sizes->listed[LIST_ATTENTION][b] =
            has[LIST_ATTENTION] &&
            block_has(family, shape, b, &attention_sublayer);
        sizes->listed[LIST_WITHOUT_EXPERTS][b] =
            routes && block_has(family, shape, b, &feed_sublayer);
        sizes->listed[LIST_FEED_ONLY][b] = !has_mixer(family, shape, b);
    }
}

static void take_state(struct model_sizes *sizes, const struct shape *shape)
{
    sizes->size[DIM_INNER] = shape->size[SIZE_INNER];
    sizes->size[DIM_STATE] = shape->size[SIZE_STATE];
    sizes->size[DIM_CONVOLUTION] = shape->size[SIZE_KERNEL];
    if (sizes->kind == MODEL_MAMBA) {
        sizes->size[DIM_RANK] = shape->size[SIZE_STEP_RANK];
        return;
    }
    sizes->size[DIM_STATE_HEADS] = shape->size[SIZE_STATE_HEADS];
    sizes->size[DIM_STATE_HEAD] = shape->size[SIZE_STATE_HEAD];
    sizes->size[DIM_GROUPS] = shape->groups;
    sizes->size[DIM_CHUNK] = shape->chunk;
}

static void take_mixers(struct model_sizes *sizes, const struct family *family,
                        const struct shape *shape)
{
    uint32_t with_attention = blocks_with(family, shape, &attention_sublayer);

    sizes->positions = MODEL_NO_POSITIONS;
    if (blocks_with(family, shape, &mamba_sublayer) > 0)
        sizes->kind = MODEL_MAMBA;
    else if (blocks_with(family, shape, &mamba2_sublayer) > 0)
        sizes->kind = MODEL_MAMBA2;
    else
        sizes->kind = MODEL_TRANSFORMER;
    if (with_attention > 0)
        take_attention(sizes, family, shape);
    if (sizes->kind != MODEL_TRANSFORMER)
        take_state(sizes, shape);
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
    take_mixers(sizes, family, shape);
    take_feed(sizes, family, shape);
    take_blocks(sizes, family, shape);
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
                                         const struct block_place *place,
                                         uint32_t block)
{
    const struct family_tensor *tensor = place->tensor;
    uint32_t first = shape->size[tensor->size[0]];
    uint32_t second = shape->size[tensor->size[1]];

    return (struct layer_shape){
        .name = family_layer_name(family, family->prefixes[0], block, tensor,
                                  place->expert),
        .block = block,
        .inputs = tensor->transposed ? first : second,
        .outputs = tensor->transposed ? second : first,
    };
}

static void list_layers(struct sized_model *model, const struct family *family,
                        const struct shape *shape)
{
    struct block_table tables[FAMILY_MOST_KINDS] = { 0 };
    size_t capacity = 0;

    block_tables_make(tables, family, shape);
    for (uint32_t b = 0; b < shape->blocks; b++) {
        const struct block_table *table = &tables[shape_kind_of(shape, b)];

        for (size_t i = 0; i < table->layers; i++) {
            model->layer = memory_grow(model->layer, &capacity,
                                       model->layers + 1, sizeof *model->layer);
            model->layer[model->layers++] = sizes_layer_of(
                family, shape, &table->place[table->layer[i]], b);
        }
    }
    block_tables_release(tables);
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
        family->read(&shape, config, err) == 0)
        status = take_sizes(&model->sizes, family, &shape, config, err);
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
