/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds what stands before the first block and behind the last: the embedding,
 * the last norm and the head, under whatever prefix the checkpoint has them.  A
 * tied head is the embedding, whether the checkpoint stores it once, twice, or
 * under the other name; a head that is stored and differs from the embedding of
 * a config that calls it tied is refused.
 */
#include "llm/ends.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { COMPARED_AT_ONCE = 4096 };

static bool has_tensor(const struct model *model, char *name)
{
    bool found = checkpoint_find(model->checkpoint, name) != NULL;

    free(name);
    return found;
}

static bool has_embedding(struct model *model, const char *name)
{
    char *full = model_tensor_name(model, name);

    if (!checkpoint_find(model->checkpoint, full)) {
        free(full);
        return false;
    }
    free(model->embedding);
    model->embedding = full;
    return true;
}

/*
 * The prefix is that of the embedding; where a tied model was stored under the
 * name of the head only, it is that of the last norm.
 */
static int find_prefix(struct model *model, struct error *err)
{
    const struct family *family = model->family;
    const char *const *prefixes = family->prefixes;

    for (unsigned i = 0; i < 3 && prefixes[i]; i++) {
        model->prefix = prefixes[i];
        if (has_embedding(model, family->embedding) ||
            (family->embedding_before &&
             has_embedding(model, family->embedding_before)))
            return 0;
    }
    for (unsigned i = 0; i < 3 && prefixes[i] && model->shape.tied; i++) {
        model->prefix = prefixes[i];
        if (has_tensor(model, memory_text(family->head)) &&
            has_tensor(model, model_tensor_name(model, family->norm))) {
            model->embedding = memory_text(family->head);
            return 0;
        }
    }
    return error_set(err, ERROR_DATA,
                     "%s: has no tensor `%s%s`, the embedding of model_type %s",
                     model_folder(model), prefixes[0], family->embedding,
                     family->type);
}

/* Two tables of one shape: the same numbers, in whatever formats. */
static bool same_numbers(const struct safetensors_tensor *a,
                         const struct safetensors_tensor *b)
{
    float x[COMPARED_AT_ONCE], y[COMPARED_AT_ONCE];
    size_t a_size = dtype_size(a->dtype), b_size = dtype_size(b->dtype);
    bool same = true;

    if (a->dtype == b->dtype && memcmp(a->bytes, b->bytes, a->length) == 0)
        return true;
    for (size_t i = 0; i < a->elements && same; i += COMPARED_AT_ONCE) {
        size_t left = a->elements - i;
        size_t count = left < COMPARED_AT_ONCE ? left : COMPARED_AT_ONCE;

        dtype_to_f32(x, a->bytes + i * a_size, a->dtype, count);
        dtype_to_f32(y, b->bytes + i * b_size, b->dtype, count);
        for (size_t j = 0; j < count; j++)
            same = same && x[j] == y[j];
    }
    return same;
}

/* Both are there, and the config says that they are one. */
static bool head_is_own(struct model *model, const uint64_t *shape)
{
    const struct safetensors_tensor *words, *head;
    struct error ignored;
    bool own;

    words = checkpoint_need(model->checkpoint, model->embedding, 2, shape,
                            &ignored);
    head = checkpoint_need(model->checkpoint, model->family->head, 2, shape,
                           &ignored);
    if (!words || !head)
        return words != NULL; /* what is wrong with it is told when checked */
    own = !same_numbers(words, head);
    safetensors_done(words);
    safetensors_done(head);
    if (own)
        remarks_add(&model->remarks,
                    "%s: `tie_word_embeddings` is true, but `%s` differs from "
                    "`%s`; the stored head is used",
                    model_folder(model), model->family->head, model->embedding);
    return own;
}

static void find_head(struct model *model, const uint64_t *shape)
{
    const char *head = model->family->head;
    bool stored = has_tensor(model, memory_text(head));

    if (!model->shape.tied && !stored)
        remarks_add(&model->remarks,
                    "%s: `tie_word_embeddings` is false, but there is no `%s`; "
                    "the embedding is the head",
                    model_folder(model), head);
    if (stored && (!model->shape.tied || head_is_own(model, shape)))
        model->head = memory_text(head);
    else
        model->head = memory_text(model->embedding);
}

static int check_end(const struct model *model, char *name, unsigned rank,
                     const uint64_t *shape, struct error *err)
{
    bool good =
        checkpoint_need(model->checkpoint, name, rank, shape, err) != NULL;

    free(name);
    return good ? 0 : -1;
}

int ends_find(struct model *model, struct error *err)
{
    const struct family *family = model->family;
    const uint32_t *size = model->shape.size;
    uint64_t table[] = { size[SIZE_VOCABULARY], size[SIZE_MODEL] };
    uint64_t places[] = { size[SIZE_POSITIONS], size[SIZE_MODEL] };

    if (find_prefix(model, err) < 0)
        return -1;
    find_head(model, table);
    if (check_end(model, memory_text(model->embedding), 2, table, err) < 0 ||
        check_end(model, memory_text(model->head), 2, table, err) < 0 ||
        check_end(model, model_tensor_name(model, family->norm), 1, table + 1,
                  err) < 0)
        return -1;
    if (family->positions &&
        check_end(model, model_tensor_name(model, family->positions), 2, places,
                  err) < 0)
        return -1;
    if (!family->norm_bias)
        return 0;
    return check_end(model, model_tensor_name(model, family->norm_bias), 1,
                     table + 1, err);
}
