/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A checkpoint's tensors and a model's parts are not the same: several maps may
 * lie one above the other in one tensor, and experts behind one another.  So
 * all parts are listed once by the tensor that they lie in, and a tensor is
 * folded part by part; those outside the blocks run along the residual stream.
 */
#include "llm/tensor_fold.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/fold.h"
#include "llm/model_parts.h"

/* What a tensor is, or some of its rows. */
struct tensor_piece {
    const struct safetensors_tensor *tensor;
    uint32_t block;
    const struct block_place *place;
};

struct tensor_fold {
    const struct model *model;
    struct tensor_piece *piece; /* by tensor */
    size_t pieces;
};

static int compare_pieces(const void *a, const void *b)
{
    const struct tensor_piece *one = a, *two = b;

    return (one->tensor > two->tensor) - (one->tensor < two->tensor);
}

/* All places of all blocks, in order of tensors. */
struct tensor_fold *tensor_fold_new(const struct model *model)
{
    struct tensor_fold *fold;
    size_t capacity = 0;

    if (!model_permutation(model))
        return NULL;
    fold = memory_new(1, sizeof *fold);
    fold->model = model;
    for (uint32_t b = 0; b < model_blocks(model); b++) {
        const struct block_table *table = model_table(model, b);

        fold->piece =
            memory_grow(fold->piece, &capacity, fold->pieces + table->places,
                        sizeof *fold->piece);
        for (size_t i = 0; i < table->places; i++) {
            char *name = model_block_tensor_name(model, b, &table->place[i]);

            fold->piece[fold->pieces++] =
                (struct tensor_piece){ checkpoint_find(model->checkpoint, name),
                                       b, &table->place[i] };
            free(name);
        }
    }
    qsort(fold->piece, fold->pieces, sizeof *fold->piece, compare_pieces);
    return fold;
}

void tensor_fold_free(struct tensor_fold *fold)
{
    if (!fold)
        return;
    free(fold->piece);
    free(fold);
}

/* Bytes of a piece, and where in its tensor they are. */
static size_t piece_place(const struct model *model,
                          const struct tensor_piece *piece, size_t *length)
{
    uint64_t shape[FAMILY_MAX_RANK];
    unsigned rank = model_tensor_shape(model, piece->place->tensor, shape);
    size_t below = dtype_size(piece->tensor->dtype);

    for (unsigned i = 1; i < rank; i++)
        below *= shape[i];
    *length = shape[0] * below;
    return model_first_row(model, piece->place) * below;
}

/* Whether a tensor outside the blocks runs along the residual stream. */
static bool is_along_stream(const struct model *model, const char *name)
{
    const struct family *family = model->family;
    const char *const others[] = { family->norm, family->norm_bias,
                                   family->positions, family->embedding,
                                   family->embedding_before };
    bool is = strcmp(name, model->embedding) == 0 ||
              strcmp(name, model->head) == 0 || strcmp(name, family->head) == 0;

    for (size_t i = 0; i < sizeof others / sizeof *others && !is; i++) {
        char *full = others[i] ? model_tensor_name(model, others[i]) : NULL;

        is = full && strcmp(name, full) == 0;
        free(full);
    }
    return is;
}

void tensor_fold_bytes(const struct tensor_fold *fold, uint8_t *bytes,
                       const struct safetensors_tensor *tensor)
{
    const struct model *model = fold->model;
    const struct tensor_piece wanted = { .tensor = tensor }, *piece;
    size_t size = dtype_size(tensor->dtype), width = model_width(model);

    if (is_along_stream(model, tensor->name) && tensor->rank > 0 &&
        tensor->shape[tensor->rank - 1] == width)
        fold_stream(model, bytes, tensor->elements / width, size);
    piece = bsearch(&wanted, fold->piece, fold->pieces, sizeof *piece,
                    compare_pieces);
    while (piece && piece > fold->piece && piece[-1].tensor == tensor)
        piece--;
    for (;
         piece && piece < fold->piece + fold->pieces && piece->tensor == tensor;
         piece++) {
        size_t length, first = piece_place(model, piece, &length);

        assert(first + length <= tensor->length);
        fold_place(model, piece->block, piece->place, bytes + first, size);
    }
}
