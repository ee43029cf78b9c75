/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pruned checkpoint: a copy of the one that was read in which only the pruned
 * layers' numbers differ, bit for bit the same elsewhere, so that any other
 * program loads it.  Of a folded model the same numbers stand in another order:
 * each tensor is folded as it lies in the file, piece by piece where several
 * maps share one.  It is written into a folder beside the target, shard by
 * shard with whatever order of tensors they had, and put in place by one
 * rename.
 */
#include "llm/checkpoint_out.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/leftover.h"
#include "base/memory.h"
#include "llm/model_parts.h"
#include "llm/tensor_fold.h"
#include "tensor/safetensors_out.h"

enum { MAX_CONFIG = 1 << 24 };

/* What other programs read beside config.json and the weights; copied as they
 * are, if they are there. */
static const char *const companions[] = { "tokenizer.json",
                                          "tokenizer.model",
                                          "tokenizer_config.json",
                                          "vocab.json",
                                          "merges.txt",
                                          "vocab.txt",
                                          "added_tokens.json",
                                          "special_tokens_map.json",
                                          "chat_template.jinja",
                                          "chat_template.json",
                                          "generation_config.json" };
enum { COMPANIONS = sizeof companions / sizeof *companions };

struct checkpoint_out {
    const struct model *model;
    char *folder;                  /* where it goes */
    struct leftover_folder making; /* where it is until it is whole */
    char *config;                  /* in there, once it is written */
    char *companion[COMPANIONS]; /* copies in there; NULL: the model has none */
    struct safetensors_out *file;
    bool *put;    /* [tensors of the checkpoint] */
    bool widened; /* floats are written as F32, whatever they were */
    struct tensor_fold *fold; /* NULL: channels stay where they are */
};

static void checkpoint_out_release(struct checkpoint_out *out)
{
    free(out->put);
    tensor_fold_free(out->fold);
    for (size_t i = 0; i < COMPANIONS; i++)
        free(out->companion[i]);
    free(out->config);
    free(out->folder);
    free(out);
}

/* The place of a tensor among all of the checkpoint. */
static size_t place_of(const struct checkpoint_out *out, const char *name)
{
    size_t place = 0;

    while (strcmp(checkpoint_tensor(out->model->checkpoint, place)->name,
                  name) != 0)
        place++;
    return place;
}

static enum dtype written_dtype(const struct checkpoint_out *out,
                                const struct safetensors_tensor *tensor)
{
    return out->widened && dtype_is_float(tensor->dtype) ? DTYPE_F32
                                                         : tensor->dtype;
}

/* The bytes of a tensor as they are written, but for what is pruned; free()
 * them.  NULL: those of the checkpoint. */
static uint8_t *written_bytes(const struct checkpoint_out *out,
                              const struct safetensors_tensor *tensor)
{
    enum dtype dtype = written_dtype(out, tensor);
    uint8_t *bytes, *wide;

    if (!out->fold && dtype == tensor->dtype)
        return NULL;
    bytes = memory_new(tensor->length, 1);
    memcpy(bytes, tensor->bytes, tensor->length);
    if (out->fold)
        tensor_fold_bytes(out->fold, bytes, tensor);
    if (dtype == tensor->dtype)
        return bytes;
    wide = memory_new(tensor->elements, sizeof(float));
    dtype_to_f32((float *)(void *)wide, bytes, tensor->dtype, tensor->elements);
    free(bytes);
    return wide;
}

static int put_tensor(struct checkpoint_out *out,
                      const struct safetensors_tensor *tensor,
                      struct error *err)
{
    uint8_t *bytes = written_bytes(out, tensor);
    int status = safetensors_out_put(out->file, tensor->name,
                                     bytes ? bytes : tensor->bytes, err);

    free(bytes);
    return status;
}

static int begin_file(struct checkpoint_out *out, struct error *err)
{
    const struct checkpoint *checkpoint = out->model->checkpoint;
    char *path = memory_printf("%s/model.safetensors", out->making.path);
    int status;

    out->file = safetensors_out_new();
    safetensors_out_metadata(out->file, "format", "pt");
    for (size_t i = 0; i < checkpoint_tensors(checkpoint); i++) {
        const struct safetensors_tensor *tensor =
            checkpoint_tensor(checkpoint, i);

        safetensors_out_declare(out->file, tensor->name,
                                written_dtype(out, tensor), tensor->rank,
                                tensor->shape);
    }
    status = safetensors_out_create(out->file, path, err);
    free(path);
    return status;
}

/* They are copied at the end: what git-lfs has not fetched is told before. */
static int check_companions(const struct model *model, struct error *err)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < COMPANIONS; i++) {
        char *path = memory_printf("%s/%s", model_folder(model), companions[i]);

        status = file_check_pointer(path, err);
        free(path);
    }
    return status;
}

int checkpoint_out_create(struct checkpoint_out **out,
                          const struct model *model, const char *folder,
                          enum checkpoint_numbers numbers, struct error *err)
{
    struct checkpoint_out *made;
    struct stat there;
    char *named = memory_text(folder);

    /* "model/" is "model". */
    for (size_t end = strlen(named); end > 1 && named[end - 1] == '/';)
        named[--end] = 0;
    made = memory_new(1, sizeof *made);
    made->model = model;
    made->folder = named;
    made->widened = numbers == CHECKPOINT_F32;
    if (!*named || lstat(named, &there) == 0) {
        if (*named)
            error_set(err, ERROR_DISK, "%s: cannot be made: %s", folder,
                      strerror(EEXIST));
        else
            error_set(err, ERROR_USAGE, "a folder without a name");
        checkpoint_out_release(made);
        return -1;
    }
    if (leftover_folder_make(&made->making, named, 0777, err) < 0) {
        checkpoint_out_release(made);
        return -1;
    }
    made->put =
        memory_new(checkpoint_tensors(model->checkpoint), sizeof *made->put);
    made->fold = tensor_fold_new(model);
    if (check_companions(model, err) < 0 || begin_file(made, err) < 0) {
        checkpoint_out_abandon(made);
        return -1;
    }
    *out = made;
    return 0;
}

/* The numbers of a layer in a tensor: all of them, or some rows. */
struct layer_piece {
    enum dtype dtype;
    const struct model_layer *layer;
    size_t first; /* number of the tensor */
    bool transposed;
};

/* bytes: the piece's own, in which numbers that differ are replaced. */
static int checkpoint_out_replace(uint8_t *bytes,
                                  const struct layer_piece *piece,
                                  const float *weights, struct error *err)
{
    const struct model_layer *layer = piece->layer;
    enum dtype dtype = piece->dtype;
    size_t size = dtype_size(dtype), inputs = layer->shape.inputs;
    size_t outputs = layer->shape.outputs;

    for (size_t i = 0; i < outputs * inputs; i++) {
        size_t to = piece->transposed ? i % inputs * outputs + i / inputs : i;
        float before;

        dtype_to_f32(&before, bytes + to * size, dtype, 1);
        if (before == weights[i])
            continue;
        if (!isfinite(weights[i]))
            return error_set(err, ERROR_DATA,
                             "layer %s: output %zu, input %zu: the weight is "
                             "no number after its update",
                             layer->shape.name, i / inputs, i % inputs);
        if (!dtype_from_f32(bytes + to * size, dtype, weights[i]))
            return error_set(err, ERROR_DATA,
                             "layer %s: output %zu, input %zu: %g does not fit "
                             "%s",
                             layer->shape.name, i / inputs, i % inputs,
                             (double)weights[i], dtype_name(dtype));
    }
    return 0;
}

int checkpoint_out_put(struct checkpoint_out *out, size_t layer,
                       const float *weights, struct error *err)
{
    const struct model_layer *about = model_layer(out->model, layer);
    const struct block_place *place = model_layer_place(out->model, layer);
    char *name = model_block_tensor_name(out->model, about->shape.block, place);
    const struct safetensors_tensor *tensor =
        checkpoint_find(out->model->checkpoint, name);
    struct layer_piece piece = {
        .dtype = written_dtype(out, tensor),
        .layer = about,
        .first = model_first_row(out->model, place) * about->shape.inputs,
        .transposed = place->tensor->transposed,
    };
    size_t size = dtype_size(piece.dtype);
    size_t length = size * about->shape.inputs * about->shape.outputs;
    uint8_t *bytes = memory_new(length, 1);
    uint8_t *whole = written_bytes(out, tensor);
    bool *put = &out->put[place_of(out, name)];
    int status;

    memcpy(bytes, (whole ? whole : tensor->bytes) + piece.first * size, length);
    status = checkpoint_out_replace(bytes, &piece, weights, err);
    if (status == 0 && !*put) /* what the layer is not, stays */
        status = safetensors_out_put(out->file, name,
                                     whole ? whole : tensor->bytes, err);
    if (status == 0)
        status = safetensors_out_change(
            out->file,
            &(struct safetensors_change){ name, piece.first * size, length,
                                          bytes },
            err);
    *put = true;
    safetensors_done(tensor);
    free(whole);
    free(bytes);
    free(name);
    return status;
}

const char *const checkpoint_numbers_names[] = { "own", "f32", NULL };

bool checkpoint_out_round(const struct model *model, size_t layer,
                          float *weights)
{
    const struct model_layer *about = model_layer(model, layer);
    char *name = model_block_tensor_name(model, about->shape.block,
                                         model_layer_place(model, layer));
    enum dtype dtype = checkpoint_find(model->checkpoint, name)->dtype;
    size_t count = (size_t)about->shape.inputs * about->shape.outputs;
    bool changed = false;

    for (size_t i = 0; i < count; i++) {
        float before = weights[i];
        uint8_t bytes[sizeof(double)];

        if (isfinite(before) && dtype_from_f32(bytes, dtype, before))
            dtype_to_f32(&weights[i], bytes, dtype, 1);
        changed |= weights[i] != before;
    }
    free(name);
    return changed;
}

static int put_rest(struct checkpoint_out *out, struct error *err)
{
    const struct checkpoint *checkpoint = out->model->checkpoint;

    for (size_t i = 0; i < checkpoint_tensors(checkpoint); i++) {
        const struct safetensors_tensor *tensor =
            checkpoint_tensor(checkpoint, i);

        if (out->put[i])
            continue;
        if (put_tensor(out, tensor, err) < 0)
            return -1;
        safetensors_done(tensor);
    }
    return 0;
}

/* A config of numbers in another format, for who loads what it says; takes
 * `text` over.  Only that word is another: Python writes numbers which other
 * writers of JSON have no word for. */
static char *say_float32(char *text)
{
    static const char *const keys[] = { "dtype", "torch_dtype" };
    struct json_text root, said = { 0 };
    struct json_trouble trouble;
    char *out;

    if (json_text_check(&root, text, strlen(text), JSON_PYTHON, &trouble) < 0)
        return text;
    for (size_t i = 0; i < 2 && !said.at; i++)
        said = json_text_member(root, keys[i]);
    if (said.at)
        out = memory_printf("%.*s\"float32\"%s", (int)(said.at - text), text,
                            said.end);
    else
        out =
            memory_printf("{\n  \"torch_dtype\": \"float32\",%s", root.at + 1);
    free(text);
    return out;
}

static int copy_config(struct checkpoint_out *out, struct error *err)
{
    char *text;
    int status = -1;

    out->config = memory_printf("%s/config.json", out->making.path);
    leftover_add(out->config);
    text =
        file_read_text(config_path(checkpoint_config(out->model->checkpoint)),
                       MAX_CONFIG, err);
    if (text && out->widened)
        text = say_float32(text);
    if (text)
        status = file_put(out->config, text, strlen(text), err);
    free(text);
    return status;
}

static int copy_file(const char *to, const char *from, struct error *err)
{
    struct file_map map;
    int status;

    if (file_map(&map, from, err) < 0)
        return -1;
    status = file_put(to, map.bytes, map.length, err);
    file_unmap(&map);
    return status;
}

static int copy_companions(struct checkpoint_out *out, struct error *err)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < COMPANIONS; i++) {
        char *from =
            memory_printf("%s/%s", model_folder(out->model), companions[i]);

        if (access(from, F_OK) == 0) {
            out->companion[i] =
                memory_printf("%s/%s", out->making.path, companions[i]);
            leftover_add(out->companion[i]);
            status = copy_file(out->companion[i], from, err);
        }
        free(from);
    }
    return status;
}

/* From here on the folder is there, or not: a rename is one step. */
static int put_in_place(struct checkpoint_out *out, struct error *err)
{
    if (rename(out->making.path, out->folder) < 0)
        return error_set(err, ERROR_DISK, "%s: cannot be made: %s", out->folder,
                         strerror(errno));
    file_sync_folder_of(out->folder);
    leftover_forget(out->config);
    for (size_t i = 0; i < COMPANIONS; i++) {
        if (out->companion[i])
            leftover_forget(out->companion[i]);
    }
    leftover_folder_keep(&out->making);
    return 0;
}

int checkpoint_out_commit(struct checkpoint_out *out, struct error *err)
{
    int status = put_rest(out, err);

    if (status == 0)
        status = copy_config(out, err);
    if (status == 0)
        status = copy_companions(out, err);
    if (status < 0) {
        checkpoint_out_abandon(out);
        return -1;
    }
    status = safetensors_out_commit(out->file, err);
    out->file = NULL;
    if (status == 0)
        status = put_in_place(out, err);
    if (status < 0)
        checkpoint_out_abandon(out);
    else
        checkpoint_out_release(out);
    return status;
}

void checkpoint_out_abandon(struct checkpoint_out *out)
{
    char *weights = memory_printf("%s/model.safetensors", out->making.path);

    if (out->file)
        safetensors_out_abandon(out->file);
    unlink(weights);
    free(weights);
    if (out->config)
        leftover_remove(out->config);
    for (size_t i = 0; i < COMPANIONS; i++) {
        if (out->companion[i])
            leftover_remove(out->companion[i]);
    }
    leftover_folder_remove(&out->making);
    checkpoint_out_release(out);
}
