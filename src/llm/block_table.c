/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "llm/model_parts.h"

enum { EXPERT_INPUTS = 16 };

unsigned block_expert_part(uint32_t expert, enum part part)
{
    assert(part == PART_GATE || part == PART_UP || part == PART_DOWN);
    return PARTS + EXPERT_PARTS * expert +
           (part == PART_GATE ? 0
            : part == PART_UP ? 1
                              : 2);
}

unsigned block_parts(const struct shape *shape)
{
    return PARTS + EXPERT_PARTS * shape->size[SIZE_EXPERTS];
}

uint32_t block_place_input(const struct block_place *place)
{
    assert(place->tensor->input < EXPERT_INPUTS);
    return place->tensor->input +
           (place->tensor->expert ? EXPERT_INPUTS * (place->expert + 1) : 0);
}

static void add_place(struct block_table *table,
                      const struct family_tensor *tensor, uint32_t expert)
{
    if (tensor->pruned)
        table->layer[table->layers++] = table->places;
    table->place[table->places++] = (struct block_place){
        .tensor = tensor,
        .expert = expert,
        .part = tensor->expert ? block_expert_part(expert, tensor->part)
                               : tensor->part,
    };
}

/* From tensor `i`, which is of experts, to the last that follows it: expert by
 * expert, all of one together.  Returns the one behind. */
static size_t add_experts(struct block_table *table,
                          const struct family *family, unsigned kind, size_t i,
                          uint32_t experts)
{
    size_t end = i;

    while (end < family_tensors(family) && family_tensor(family, end)->expert)
        end++;
    for (uint32_t e = 0; e < experts; e++)
        for (size_t j = i; j < end; j++)
            if (family_tensor_in(family_tensor(family, j), kind))
                add_place(table, family_tensor(family, j), e);
    return end;
}

void block_tables_make(struct block_table table[FAMILY_MOST_KINDS],
                       const struct family *family, const struct shape *shape)
{
    uint32_t experts = shape->size[SIZE_EXPERTS];
    size_t most = family_tensors(family) * (experts > 0 ? experts : 1);

    for (unsigned kind = 0; family->kinds[kind]; kind++) {
        struct block_table *made = &table[kind];

        made->place = memory_new(most, sizeof *made->place);
        made->layer = memory_new(most, sizeof *made->layer);
        for (size_t i = 0; i < family_tensors(family);) {
            const struct family_tensor *tensor = family_tensor(family, i);

            if (tensor->expert) {
                i = add_experts(made, family, kind, i, experts);
                continue;
            }
            if (family_tensor_in(tensor, kind))
                add_place(made, tensor, 0);
            i++;
        }
    }
}

void block_tables_release(struct block_table table[FAMILY_MOST_KINDS])
{
    for (unsigned kind = 0; kind < FAMILY_MOST_KINDS; kind++) {
        free(table[kind].place);
        free(table[kind].layer);
    }
}

unsigned shape_kind_of(const struct shape *shape, uint32_t block)
{
    return shape->kind ? shape->kind[block] : 0;
}

const struct block_kind *model_kind(const struct model *model, uint32_t block)
{
    return model->family->kinds[shape_kind_of(&model->shape, block)];
}

const struct block_table *model_table(const struct model *model, uint32_t block)
{
    return &model->table[shape_kind_of(&model->shape, block)];
}

const struct block_place *model_layer_place(const struct model *model,
                                            size_t layer)
{
    uint32_t block = model_layer(model, layer)->shape.block;
    const struct block_table *table = model_table(model, block);

    return &table->place[table->layer[layer - model->first_layer[block]]];
}
