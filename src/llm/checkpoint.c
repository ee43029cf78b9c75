/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/checkpoint.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"

static const char single[] = "model.safetensors";
static const char index_name[] = "model.safetensors.index.json";

enum { LARGEST_INDEX = 64 << 20 };

struct shard {
    char *name;
    struct safetensors *file;
};

struct checkpoint {
    char *folder;
    const struct safetensors_tensor **tensors;
    size_t tensor_count;
    struct config *config;
    struct shard *shards; /* in name order */
    size_t count, capacity;
    char hash[HASH_TEXT]; /* "" until it is asked for */
};

static bool is_there(const char *folder, const char *name)
{
    char *path = memory_printf("%s/%s", folder, name);
    bool there = access(path, F_OK) == 0;

    free(path);
    return there;
}

static bool is_under(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    return strncmp(path, folder, length) == 0 &&
           (path[length] == '/' || length == 1);
}

/* https://huggingface.co/docs/huggingface_hub/guides/manage-cache:
 * snapshots/REVISION/NAME links to ../../blobs/HASH. */
static bool is_blob(const char *path, const char *folder)
{
    const char *last = strrchr(folder, '/'), snapshots[] = "/snapshots";
    ptrdiff_t before = last - folder - (ptrdiff_t)(sizeof snapshots - 1);
    char *blobs;
    bool is;

    if (before < 0 || strncmp(folder + before, snapshots, strlen(snapshots)))
        return false;
    blobs = memory_printf("%.*s/blobs", (int)before, folder);
    is = is_under(path, blobs);
    free(blobs);
    return is;
}

/* What is not there at all is told by who opens it. */
static int check_link(const char *folder, const char *name, struct error *err)
{
    char *path = memory_printf("%s/%s", folder, name);
    char *to = realpath(path, NULL), *home = realpath(folder, NULL);
    int status = 0;

    if (to && home && !is_under(to, home) && !is_blob(to, home))
        status = error_set(err, ERROR_DATA,
                           "%s: is a link that leads out of its folder, to "
                           "%.300s; copy the file, or name the folder that it "
                           "is in",
                           path, to);
    free(path);
    free(to);
    free(home);
    return status;
}

static struct shard *find_shard(const struct checkpoint *checkpoint,
                                const char *name)
{
    for (size_t i = 0; i < checkpoint->count; i++)
        if (strcmp(checkpoint->shards[i].name, name) == 0)
            return &checkpoint->shards[i];
    return NULL;
}

static int open_shard(struct checkpoint *checkpoint, const char *name,
                      struct error *err)
{
    char *path = memory_printf("%s/%s", checkpoint->folder, name);
    struct safetensors *file;
    int status = check_link(checkpoint->folder, name, err);

    if (status == 0)
        status = safetensors_open(&file, path, err);
    free(path);
    if (status < 0)
        return -1;
    checkpoint->shards =
        memory_grow(checkpoint->shards, &checkpoint->capacity,
                    checkpoint->count + 1, sizeof *checkpoint->shards);
    checkpoint->shards[checkpoint->count++] =
        (struct shard){ memory_text(name), file };
    return 0;
}

/* A name with a slash could lead out of the folder. */
static bool is_plain(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && !strchr(name, '/');
}

static int take_entry(struct checkpoint *checkpoint, const char *path,
                      const char *tensor, const char *name, struct error *err)
{
    struct shard *shard;

    if (!name || !is_plain(name))
        return error_set(err, ERROR_DATA,
                         "%s: tensor `%s`: `%.100s` is not a plain file name "
                         "in this folder",
                         path, tensor, name ? name : "");
    shard = find_shard(checkpoint, name);
    if (!shard && !is_there(checkpoint->folder, name))
        return error_set(err, ERROR_NO_INPUT,
                         "%s: shard `%s` is missing; the folder must hold "
                         "every file that is named here",
                         path, name);
    if (!shard) {
        if (open_shard(checkpoint, name, err) < 0)
            return -1;
        shard = &checkpoint->shards[checkpoint->count - 1];
    }
    if (!safetensors_find(shard->file, tensor))
        return error_set(err, ERROR_DATA,
                         "%s: tensor `%s` is not in shard `%s`", path, tensor,
                         name);
    return 0;
}

static int open_index(struct checkpoint *checkpoint, const char *path,
                      struct error *err)
{
    char *json = file_read_text(path, LARGEST_INDEX, err);
    json_error_t trouble;
    const char *tensor;
    json_t *root, *map, *name;
    int status = 0;

    if (!json)
        return -1;
    root = json_loads(json, JSON_REJECT_DUPLICATES, &trouble);
    free(json);
    map = json_object_get(root, "weight_map");
    if (!root)
        status = error_set(err, ERROR_DATA, "%s:%d: %s", path, trouble.line,
                           trouble.text);
    else if (json_object_size(map) == 0)
        status = error_set(err, ERROR_DATA,
                           "%s: must have a `weight_map` from tensors to files",
                           path);
    json_object_foreach(map, tensor, name)
    {
        if (status == 0)
            status = take_entry(checkpoint, path, tensor,
                                json_string_value(name), err);
    }
    json_decref(root);
    return status;
}

static int no_weights(const char *folder, struct error *err)
{
    if (is_there(folder, "pytorch_model.bin"))
        return error_set(
            err, ERROR_DATA,
            "%s: has only pytorch_model.bin, which runs code when it is read; "
            "convert it: python3 -c \"import torch, safetensors.torch as s; "
            "s.save_file(torch.load('pytorch_model.bin', weights_only=True), "
            "'model.safetensors')\"",
            folder);
    return error_set(err, ERROR_NO_INPUT, "%s: has neither %s nor %s", folder,
                     single, index_name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct shard *)a)->name,
                  ((const struct shard *)b)->name);
}

static int open_weights(struct checkpoint *checkpoint, struct error *err)
{
    char *path;
    int status;

    if (is_there(checkpoint->folder, single))
        return open_shard(checkpoint, single, err);
    if (!is_there(checkpoint->folder, index_name))
        return no_weights(checkpoint->folder, err);
    if (check_link(checkpoint->folder, index_name, err) < 0)
        return -1;
    path = memory_printf("%s/%s", checkpoint->folder, index_name);
    status = open_index(checkpoint, path, err);
    free(path);
    if (checkpoint->count > 0)
        qsort(checkpoint->shards, checkpoint->count, sizeof *checkpoint->shards,
              by_name);
    return status;
}

static int open_config(struct checkpoint *checkpoint, struct error *err)
{
    struct stat info;
    char *path;
    int status;

    if (stat(checkpoint->folder, &info) < 0 || !S_ISDIR(info.st_mode))
        return error_set(err, ERROR_NO_INPUT,
                         "%s: is not a folder; a Hugging Face model folder was "
                         "expected",
                         checkpoint->folder);
    if (check_link(checkpoint->folder, "config.json", err) < 0)
        return -1;
    path = memory_printf("%s/config.json", checkpoint->folder);
    status = config_read(&checkpoint->config, path, err);
    free(path);
    return status;
}

/* Two shards may hold the same tensor: the first is the one that is found. */
static void list_tensors(struct checkpoint *checkpoint)
{
    size_t capacity = 0;

    for (size_t i = 0; i < checkpoint->count; i++) {
        const struct safetensors *file = checkpoint->shards[i].file;

        for (size_t t = 0; t < safetensors_count(file); t++) {
            const struct safetensors_tensor *tensor = safetensors_at(file, t);

            if (checkpoint_find(checkpoint, tensor->name) != tensor)
                continue;
            checkpoint->tensors = memory_grow(checkpoint->tensors, &capacity,
                                              checkpoint->tensor_count + 1,
                                              sizeof *checkpoint->tensors);
            checkpoint->tensors[checkpoint->tensor_count++] = tensor;
        }
    }
}

int checkpoint_open(struct checkpoint **out, const char *folder,
                    struct error *err)
{
    struct checkpoint *checkpoint = memory_new(1, sizeof *checkpoint);
    size_t length = strlen(folder);

    while (length > 1 && folder[length - 1] == '/')
        length--;
    checkpoint->folder = memory_printf("%.*s", (int)length, folder);
    if (open_config(checkpoint, err) < 0 || open_weights(checkpoint, err) < 0) {
        checkpoint_close(checkpoint);
        return -1;
    }
    list_tensors(checkpoint);
    *out = checkpoint;
    return 0;
}

void checkpoint_close(struct checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    for (size_t i = 0; i < checkpoint->count; i++) {
        safetensors_close(checkpoint->shards[i].file);
        free(checkpoint->shards[i].name);
    }
    free(checkpoint->shards);
    free(checkpoint->tensors);
    config_free(checkpoint->config);
    free(checkpoint->folder);
    free(checkpoint);
}

size_t checkpoint_tensors(const struct checkpoint *checkpoint)
{
    return checkpoint->tensor_count;
}

const struct safetensors_tensor *
checkpoint_tensor(const struct checkpoint *checkpoint, size_t index)
{
    return checkpoint->tensors[index];
}

const char *checkpoint_folder(const struct checkpoint *checkpoint)
{
    return checkpoint->folder;
}

const struct config *checkpoint_config(const struct checkpoint *checkpoint)
{
    return checkpoint->config;
}

static const struct safetensors_tensor *
look_up(const struct checkpoint *checkpoint, const char *name,
        const char **path)
{
    const struct safetensors_tensor *tensor = NULL;

    for (size_t i = 0; i < checkpoint->count && !tensor; i++) {
        tensor = safetensors_find(checkpoint->shards[i].file, name);
        *path = safetensors_path(checkpoint->shards[i].file);
    }
    return tensor;
}

const struct safetensors_tensor *
checkpoint_find(const struct checkpoint *checkpoint, const char *name)
{
    const char *path;

    return look_up(checkpoint, name, &path);
}

const struct safetensors_tensor *
checkpoint_need(const struct checkpoint *checkpoint, const char *name,
                unsigned rank, const uint64_t *shape, struct error *err)
{
    char has[SAFETENSORS_SHAPE_TEXT], needs[SAFETENSORS_SHAPE_TEXT];
    const struct safetensors_tensor *tensor;
    const char *path = checkpoint->folder;

    tensor = look_up(checkpoint, name, &path);
    if (!tensor) {
        error_set(err, ERROR_DATA,
                  "%s: has no tensor `%s`, which its config.json asks for",
                  checkpoint->folder, name);
        return NULL;
    }
    if (tensor->rank != rank ||
        memcmp(tensor->shape, shape, rank * sizeof *shape) != 0) {
        safetensors_shape_print(needs, rank, shape);
        safetensors_shape_print(has, tensor->rank, tensor->shape);
        error_set(err, ERROR_DATA,
                  "%s: tensor `%s`: has shape %s; config.json asks for %s",
                  path, name, has, needs);
        return NULL;
    }
    if (!dtype_is_float(tensor->dtype)) {
        error_set(err, ERROR_DATA,
                  "%s: tensor `%s`: is %s; F64, F32, F16 or BF16 is needed",
                  path, name, dtype_name(tensor->dtype));
        return NULL;
    }
    return tensor;
}

const char *checkpoint_hash(struct checkpoint *checkpoint)
{
    char hex[HASH_TEXT];
    struct text lines;

    if (checkpoint->hash[0])
        return checkpoint->hash;
    text_init(&lines);
    text_addf(&lines, "%s  config.json\n", config_hash(checkpoint->config));
    for (size_t i = 0; i < checkpoint->count; i++) {
        safetensors_hash(checkpoint->shards[i].file, hex);
        text_addf(&lines, "%s  %s\n", hex, checkpoint->shards[i].name);
    }
    hash_bytes(checkpoint->hash, lines.at, lines.length);
    text_release(&lines);
    return checkpoint->hash;
}
