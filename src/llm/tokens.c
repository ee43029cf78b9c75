/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of token ids from a safetensors file, FILE or FILE:TENSOR; a file's name
 * may itself have a colon.  Every id is compared with the vocabulary here, so
 * that nobody behind has to.  The hash of the rows that are used says later
 * whether two numbers are of the same text.
 */
#include "llm/tokens.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "llm/model.h"
#include "llm/model_parts.h"
#include "tensor/safetensors.h"

enum { LONGEST_ROW = 1 << 20 };

/* FILE:TENSOR, where FILE alone may hold a colon too if it is there. */
static char *tokens_split(const char *spec, const char **tensor)
{
    const char *colon = strrchr(spec, ':');
    struct stat info;

    if (!colon || stat(spec, &info) == 0)
        return memory_text(spec);
    *tensor = colon + 1;
    return memory_printf("%.*s", (int)(colon - spec), spec);
}

static int tokens_check_shape(const struct safetensors_tensor *tensor,
                              const char *path, const struct model *model,
                              struct error *err)
{
    uint32_t longest = model ? model_longest(model) : 0;

    if (!dtype_is_integer(tensor->dtype) || tensor->rank != 2 ||
        tensor->elements == 0)
        return error_set(err, ERROR_DATA,
                         "%s: tensor `%s`: must be whole numbers [rows][length]"
                         ", not %s of rank %u with %" PRIu64 " elements",
                         path, tensor->name, dtype_name(tensor->dtype),
                         tensor->rank, tensor->elements);
    if (tensor->shape[1] < 2 || tensor->shape[1] > LONGEST_ROW)
        return error_set(err, ERROR_DATA,
                         "%s: tensor `%s`: rows of %" PRIu64 " tokens; 2 to "
                         "%d are needed",
                         path, tensor->name, tensor->shape[1], LONGEST_ROW);
    if (longest > 0 && tensor->shape[1] > longest)
        return error_set(err, ERROR_DATA,
                         "%s: tensor `%s`: rows of %" PRIu64 " tokens; %s "
                         "takes at most %u",
                         path, tensor->name, tensor->shape[1],
                         model_name(model), longest);
    return 0;
}

static int read_ids(struct model_tokens *tokens,
                    const struct safetensors_tensor *tensor, const char *path,
                    const struct model *model, struct error *err)
{
    uint32_t vocabulary = model ? model_vocabulary(model) : INT32_MAX;
    size_t size = dtype_size(tensor->dtype), length = tokens->length;

    for (size_t i = 0; i < tokens->rows * length; i++) {
        int64_t id = -1;
        bool fits = dtype_to_i64(&id, tensor->bytes + i * size, tensor->dtype);

        if (!fits || id < 0 || id >= vocabulary)
            return error_set(
                err, ERROR_DATA,
                "%s: tensor `%s`: row %zu, column %zu: token %" PRId64
                " is outside the vocabulary, 0 to %u",
                path, tensor->name, i / length, i % length, id, vocabulary - 1);
        tokens->ids[i] = (int32_t)id;
    }
    return 0;
}

static int read_file(struct model_tokens *tokens,
                     const struct safetensors *file, const char *name,
                     size_t rows, const struct model *model, struct error *err)
{
    const struct safetensors_tensor *tensor = safetensors_find(file, name);
    const char *path = safetensors_path(file);

    if (!tensor)
        return error_set(err, ERROR_DATA,
                         "%s: has no tensor `%s`; FILE:TENSOR names another",
                         path, name);
    if (tokens_check_shape(tensor, path, model, err) < 0)
        return -1;
    tokens->length = (uint32_t)tensor->shape[1];
    tokens->tensor = memory_text(name);
    tokens->available = tokens->rows = (size_t)tensor->shape[0];
    if (rows > 0 && rows < tokens->rows)
        tokens->rows = rows;
    tokens->ids =
        memory_new(tokens->rows * tokens->length, sizeof *tokens->ids);
    if (model && model->shape.trained > 0 &&
        tokens->length > model->shape.trained)
        remarks_add(&tokens->remarks,
                    "%s: tensor `%s`: rows of %u tokens; %s was made for %u "
                    "positions (`max_position_embeddings`)",
                    path, name, tokens->length, model_name(model),
                    model->shape.trained);
    safetensors_hash(file, tokens->hash);
    if (read_ids(tokens, tensor, path, model, err) == 0)
        return 0;
    model_tokens_release(tokens);
    return -1;
}

int model_tokens_read(struct model_tokens *tokens, const char *spec,
                      const char *standard, size_t rows,
                      const struct model *model, struct error *err)
{
    const char *name = standard;
    char *path = tokens_split(spec, &name);
    struct safetensors *file;
    int status = safetensors_open(&file, path, err);

    free(path);
    memset(tokens, 0, sizeof *tokens);
    if (status < 0)
        return -1;
    status = read_file(tokens, file, name, rows, model, err);
    safetensors_close(file);
    return status;
}

int model_tokens_has_rows(const struct model_tokens *tokens, uint64_t asked,
                          struct error *err)
{
    if (asked <= tokens->available)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "%" PRIu64 " rows were asked for; tensor `%s` has %zu",
                     asked, tokens->tensor, tokens->available);
}

void model_tokens_take(struct model_tokens *tokens, size_t first, size_t rows)
{
    size_t length = tokens->length;

    assert(rows > 0 && first + rows <= tokens->rows);
    memmove(tokens->ids, tokens->ids + first * length,
            rows * length * sizeof *tokens->ids);
    tokens->first += first;
    tokens->rows = rows;
}

void model_tokens_rows_hash(const struct model_tokens *tokens,
                            char hash[HASH_TEXT])
{
    size_t count = tokens->rows * tokens->length;
    uint8_t *bytes = memory_new(count, 4);

    for (size_t i = 0; i < count; i++) {
        for (unsigned b = 0; b < 4; b++)
            bytes[4 * i + b] = (uint8_t)((uint32_t)tokens->ids[i] >> (8 * b));
    }
    hash_bytes(hash, bytes, 4 * count);
    free(bytes);
}

void model_tokens_release(struct model_tokens *tokens)
{
    free(tokens->ids);
    free(tokens->tensor);
    remarks_release(&tokens->remarks);
    memset(tokens, 0, sizeof *tokens);
}
