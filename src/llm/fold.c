/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which axis of which tensor runs along which channels.  The family's tables
 * say of every axis what size it has, and with the tensor's part that is what
 * it is along:
 *
 *     SIZE_MODEL                 the residual stream
 *     ..._FEED of gate, up, down the feed-forward part, an expert's its own
 *     SIZE_KEYS of v             values; o's SIZE_QUERIES are those of each
 *                                query head, as its key head has them
 *     SIZE_FUSED                 queries, keys and, last, values
 *     SIZE_INNER                 a state space
 *     SIZE_PROJECTED             two runs of inner channels, then the rest
 *     SIZE_CHANNELS              inner channels, then the rest
 *
 * So a tensor is folded as it lies in the file, in whatever number format, by
 * one gather along its axes; what reads a checkpoint and what writes one need
 * nothing else.  A fused tensor is folded piece by piece, as each of its parts
 * is a place of its own.
 */
#include "llm/fold.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/model_parts.h"

static bool is_feed_part(enum part part)
{
    switch (part) {
    case PART_GATE:
    case PART_GATE_BIAS:
    case PART_UP:
    case PART_UP_BIAS:
    case PART_DOWN:
    case PART_SHARED_GATE:
    case PART_SHARED_UP:
    case PART_SHARED_DOWN:
        return true;
    default:
        return false;
    }
}

/* The layer whose inputs the channels along that axis are; PARTS: they are not
 * of a set inside the block. */
static enum part reader_of(const struct family_tensor *tensor, enum size size)
{
    enum part part = tensor->part;

    switch (size) {
    case SIZE_FEED:
    case SIZE_EXPERT_FEED:
        return is_feed_part(part) ? PART_DOWN : PARTS;
    case SIZE_SHARED_FEED:
        return is_feed_part(part) ? PART_SHARED_DOWN : PARTS;
    case SIZE_KEYS:
        return part == PART_V || part == PART_V_BIAS ? PART_O : PARTS;
    case SIZE_QUERIES:
        return part == PART_O ? PART_O : PARTS;
    case SIZE_FUSED:
        return part == PART_QKV || part == PART_QKV_BIAS ? PART_O : PARTS;
    case SIZE_INNER:
    case SIZE_PROJECTED:
    case SIZE_CHANNELS:
        return PART_OUT;
    default:
        return PARTS;
    }
}

/* How the layer of that part in a block (of that expert) has its inputs
 * ordered; NULL: as they are. */
static const uint32_t *inside_of(const struct model *model, uint32_t block,
                                 enum part part, const struct block_place *of)
{
    const struct block_table *table = model_table(model, block);

    for (size_t i = 0; i < table->layers; i++) {
        const struct block_place *place = &table->place[table->layer[i]];

        if (place->tensor->part == part && place->expert == of->expert &&
            place->tensor->expert == of->tensor->expert)
            return model->permutation->inside[model->first_layer[block] + i];
    }
    return NULL;
}

static uint32_t *count_up(uint32_t count)
{
    uint32_t *order = memory_new(count, sizeof *order);

    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    return order;
}

/* Values as the key heads have them, from o's columns: those of the first query
 * head that shares each. */
static void put_values(uint32_t *out, const uint32_t *inside,
                       const struct shape *shape, uint32_t first)
{
    uint32_t head = shape->size[SIZE_HEAD], keys = shape->size[SIZE_KEYS];
    uint32_t shared = shape->size[SIZE_QUERIES] / keys;

    for (uint32_t i = 0; i < keys; i++) {
        uint32_t column = i / head * head * shared; /* of the query head */

        out[first + i] =
            first + i / head * head + inside[column + i % head] - column;
    }
}

/* The order along an axis; NULL: as it is. */
static uint32_t *axis_order(const struct model *model, uint32_t block,
                            const struct block_place *place, unsigned axis)
{
    const struct permutation *permutation = model->permutation;
    const uint32_t *size = model->shape.size, *inside;
    enum size along = place->tensor->size[axis];
    enum part reader = reader_of(place->tensor, along);
    uint32_t inner = size[SIZE_INNER], *order;

    if (!permutation || (along != SIZE_MODEL && reader == PARTS))
        return NULL;
    inside = along == SIZE_MODEL ? permutation->stream
                                 : inside_of(model, block, reader, place);
    if (!inside)
        return NULL;
    order = count_up(size[along]);
    if (along == SIZE_KEYS) {
        put_values(order, inside, &model->shape, 0);
    } else if (along == SIZE_FUSED) {
        put_values(order, inside, &model->shape,
                   size[SIZE_FUSED] - size[SIZE_KEYS]);
    } else if (along == SIZE_PROJECTED || along == SIZE_CHANNELS) {
        memcpy(order, inside, inner * sizeof *order);
        for (uint32_t i = 0; along == SIZE_PROJECTED && i < inner; i++)
            order[inner + i] = inner + inside[i];
    } else {
        memcpy(order, inside, size[along] * sizeof *order);
    }
    return order;
}

/* An array of three axes. */
struct folded_array {
    uint64_t shape[FAMILY_MAX_RANK];
    uint32_t *order[FAMILY_MAX_RANK]; /* NULL: as it is */
    size_t size;                      /* bytes of a number */
};

static uint64_t fold_from(const struct folded_array *array, unsigned axis,
                          uint64_t i)
{
    return array->order[axis] ? array->order[axis][i] : i;
}

static void gather(uint8_t *bytes, const struct folded_array *array)
{
    const uint64_t *shape = array->shape;
    size_t size = array->size, row = shape[2] * size;
    size_t length = shape[0] * shape[1] * row;
    uint8_t *before = memory_new(length, 1), *to = bytes;

    memcpy(before, bytes, length);
    for (uint64_t i = 0; i < shape[0]; i++)
        for (uint64_t j = 0; j < shape[1]; j++, to += row) {
            const uint8_t *from = before + (fold_from(array, 0, i) * shape[1] +
                                            fold_from(array, 1, j)) *
                                               row;

            if (!array->order[2])
                memcpy(to, from, row);
            for (uint64_t k = 0; array->order[2] && k < shape[2]; k++)
                memcpy(to + k * size, from + array->order[2][k] * size, size);
        }
    free(before);
}

void fold_place(const struct model *model, uint32_t block,
                const struct block_place *place, void *bytes, size_t size)
{
    struct folded_array array = { .size = size };
    unsigned rank = model_tensor_shape(model, place->tensor, array.shape);
    bool any = false;

    for (unsigned axis = 0; axis < FAMILY_MAX_RANK; axis++) {
        if (axis >= rank) {
            array.shape[axis] = 1;
            continue;
        }
        array.order[axis] = axis_order(model, block, place, axis);
        any |= array.order[axis] != NULL;
    }
    if (any)
        gather(bytes, &array);
    for (unsigned axis = 0; axis < rank; axis++)
        free(array.order[axis]);
}

void fold_stream(const struct model *model, void *bytes, size_t rows,
                 size_t size)
{
    const struct permutation *permutation = model->permutation;
    struct folded_array array = { .shape = { rows, 1, model_width(model) },
                                  .size = size };

    if (!permutation || !permutation->stream)
        return;
    array.order[2] = permutation->stream;
    gather(bytes, &array);
}

/* ---- sets of channels ---------------------------------------------------- */

static enum size size_of_inputs(const struct block_place *place)
{
    return place->tensor->size[place->tensor->transposed ? 0 : 1];
}

static struct channel_set *add_set(struct channel_sets *sets, size_t *capacity,
                                   uint32_t size, size_t layer)
{
    struct channel_set *set;

    sets->at =
        memory_grow(sets->at, capacity, sets->count + 1, sizeof *sets->at);
    set = &sets->at[sets->count++];
    *set = (struct channel_set){ .size = size, .layer = layer };
    return set;
}

static void add_reader(struct channel_set *set, size_t layer, uint32_t first)
{
    set->reader =
        realloc(set->reader, (set->readers + 1) * sizeof *set->reader);
    if (!set->reader)
        memory_exhausted((set->readers + 1) * sizeof *set->reader);
    set->reader[set->readers++] = (struct channel_reader){ layer, first };
}

/* Heads of `head` channels one after another; `shared` of them are one set. */
static void add_heads(struct channel_sets *sets, size_t *capacity, size_t layer,
                      uint32_t inputs, uint32_t head, uint32_t shared)
{
    for (uint32_t first = 0; first < inputs; first += head * shared) {
        struct channel_set *set = add_set(sets, capacity, head, layer);

        for (uint32_t i = 0; i < shared; i++)
            add_reader(set, layer, first + i * head);
    }
}

/* The layer of Mamba that reads the inner channels before out does. */
static size_t find_select(const struct model *model, size_t out)
{
    size_t first = model->first_layer[model_layer(model, out)->shape.block];

    for (size_t i = first; i < out; i++) {
        if (model_layer_place(model, i)->tensor->part == PART_SELECT)
            return i;
    }
    return out;
}

static void add_sets_of(struct channel_sets *sets, size_t *capacity,
                        const struct model *model, size_t layer)
{
    const struct block_place *place = model_layer_place(model, layer);
    const uint32_t *size = model->shape.size;
    uint32_t inputs = model_layer(model, layer)->shape.inputs;
    size_t select;
    struct channel_set *set;

    switch (place->tensor->part) {
    case PART_O:
        if (size_of_inputs(place) == SIZE_QUERIES)
            add_heads(sets, capacity, layer, inputs, size[SIZE_HEAD],
                      size[SIZE_QUERIES] / size[SIZE_KEYS]);
        break;
    case PART_DOWN:
    case PART_SHARED_DOWN:
        set = add_set(sets, capacity, inputs, layer);
        add_reader(set, layer, 0);
        break;
    case PART_OUT:
        select = find_select(model, layer);
        if (select == layer) {
            add_heads(sets, capacity, layer, inputs, size[SIZE_STATE_HEAD], 1);
            break;
        }
        set = add_set(sets, capacity, inputs, layer);
        add_reader(set, select, 0);
        add_reader(set, layer, 0);
        break;
    default:
        break;
    }
}

void channel_sets_find(struct channel_sets *sets, const struct model *model)
{
    size_t capacity = 0;
    struct channel_set *stream;

    *sets = (struct channel_sets){ 0 };
    for (size_t i = 0; i < model->layer_count; i++)
        add_sets_of(sets, &capacity, model, i);
    stream = add_set(sets, &capacity, model_width(model), 0);
    stream->stream = true;
    for (size_t i = 0; i < model->layer_count; i++) {
        if (size_of_inputs(model_layer_place(model, i)) == SIZE_MODEL)
            add_reader(stream, i, 0);
    }
}

void channel_sets_release(struct channel_sets *sets)
{
    for (size_t i = 0; i < sets->count; i++)
        free(sets->at[i].reader);
    free(sets->at);
    *sets = (struct channel_sets){ 0 };
}

/* ---- a folded model ------------------------------------------------------ */

/* Whether the channels of a set stay in it, alike at each of its places in the
 * layer that holds them. */
static bool set_holds(const struct channel_set *set,
                      const struct permutation *permutation)
{
    const uint32_t *inside = permutation->inside[set->layer];
    uint32_t first = set->reader[0].first;

    for (size_t r = 0; !set->stream && inside && r < set->readers; r++) {
        uint32_t at = set->reader[r].first;

        if (set->reader[r].layer != set->layer)
            continue; /* it is ordered by the same list */
        for (uint32_t i = 0; i < set->size; i++) {
            if (inside[at + i] < at || inside[at + i] - at >= set->size ||
                inside[at + i] - at != inside[first + i] - first)
                return false;
        }
    }
    return true;
}

/* The number of sets that a layer's inputs are, 0: they cannot be ordered. */
static int check_sets(const struct model *model,
                      const struct permutation *permutation, struct error *err)
{
    bool *known = memory_new(model->layer_count, sizeof *known);
    struct channel_sets sets;
    int status = 0;

    channel_sets_find(&sets, model);
    for (size_t s = 0; status == 0 && s < sets.count; s++) {
        const struct channel_set *set = &sets.at[s];

        if (!set->stream)
            known[set->layer] = true;
        if (!set_holds(set, permutation))
            status = error_set(err, ERROR_DATA,
                               "the order of the inputs of layer `%s` moves "
                               "one of %u channels out of their head, or "
                               "orders heads that share values unlike",
                               model_layer(model, set->layer)->shape.name,
                               set->size);
    }
    for (size_t i = 0; status == 0 && i < model->layer_count; i++) {
        if (permutation->inside[i] && !known[i])
            status = error_set(err, ERROR_DATA,
                               "the inputs of layer `%s` cannot be ordered: "
                               "they are not channels inside its block",
                               model_layer(model, i)->shape.name);
    }
    channel_sets_release(&sets);
    free(known);
    return status;
}

int model_fold(struct model **out, const struct model *model,
               const struct permutation *permutation, struct error *err)
{
    struct model *folded;

    assert(!model->permutation);
    if (permutation->layers != model->layer_count ||
        (permutation->stream && permutation->width != model_width(model)))
        return error_set(err, ERROR_DATA,
                         "the order of the channels is for a model of %zu "
                         "layers and %u channels; %s has %zu and %u",
                         permutation->layers, permutation->width,
                         model_name(model), model->layer_count,
                         model_width(model));
    if (check_sets(model, permutation, err) < 0)
        return -1;
    folded = memory_new(1, sizeof *folded);
    *folded = *model;
    folded->permutation = permutation;
    *out = folded;
    return 0;
}

void model_unfold(struct model *folded)
{
    free(folded); /* all that it has is the other's */
}

const struct permutation *model_permutation(const struct model *model)
{
    return model->permutation;
}

uint32_t *model_outputs_order(const struct model *model, size_t layer)
{
    const struct block_place *place = model_layer_place(model, layer);

    return axis_order(model, model_layer(model, layer)->shape.block, place,
                      place->tensor->transposed ? 1 : 0);
}

uint32_t *model_inputs_order(const struct model *model, size_t layer)
{
    const struct block_place *place = model_layer_place(model, layer);

    return axis_order(model, model_layer(model, layer)->shape.block, place,
                      place->tensor->transposed ? 0 : 1);
}
