/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All names of a checkpoint stand in one sorted list with the tensor that each
 * means, made when it is opened: first what the index gives to each shard,
 * whether the shard has it or not, then what the index does not name.  Nobody
 * looks into a shard later, so that a stale copy of a tensor in another shard
 * cannot be found.
 */
#include "llm/checkpoint.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "llm/checkpoint_index.h"

static const char single[] = "model.safetensors";
static const char index_name[] = "model.safetensors.index.json";

struct shard {
    char *name;
    struct safetensors *file;
};

/* A tensor by name, and the shard that gives it.  Where the index gives a name
 * to a shard that has no such tensor, there is none. */
struct held {
    const char *name; /* borrowed from the shard or from the index */
    const struct safetensors_tensor *tensor;
    size_t shard;
};

struct checkpoint {
    char *folder;
    struct config *config;
    struct shard *shards; /* in name order */
    size_t count, capacity;
    struct checkpoint_index *index; /* NULL if there is one file only */
    struct held *held;              /* in name order */
    size_t held_count, held_capacity;
    size_t tensor_count; /* of those, the ones that are there */
    const struct safetensors_tensor **tensors;
    struct remarks remarks;
    char hash[HASH_TEXT]; /* "" until it is asked for */
};

static bool has_file(const char *folder, const char *name)
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
    char *to = file_real(path), *own = file_real(folder);
    int status = 0;

    if (to && own && !is_under(to, own) && !is_blob(to, own))
        status = error_set(err, ERROR_DATA,
                           "%s: is a link that leads out of its folder, to "
                           "%.300s; copy the file, or name the folder that it "
                           "is in",
                           path, to);
    free(path);
    free(to);
    free(own);
    return status;
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

/* Every shard that the index names, in name order. */
static int open_shards(struct checkpoint *checkpoint, const char *path,
                       struct error *err)
{
    for (size_t i = 0; i < checkpoint_index_shards(checkpoint->index); i++) {
        const char *name = checkpoint_index_shard(checkpoint->index, i);

        if (!has_file(checkpoint->folder, name))
            return error_set(err, ERROR_NO_INPUT,
                             "%s: shard `%s` is missing; the folder must hold "
                             "every file that is named here",
                             path, name);
        if (open_shard(checkpoint, name, err) < 0)
            return -1;
    }
    return 0;
}

/*
 * For who has only pickled weights.  Each tensor is cloned, since a tied model
 * holds one under two names, which save_file() refuses; the two equal copies
 * are found to be tied when they are read.
 */
static int only_pickled(const char *folder, const char *name, struct error *err)
{
    return error_set(
        err, ERROR_DATA,
        "%s: has only %s, which runs code when it is read; convert it, in that "
        "folder: python3 -c \"import glob, torch, safetensors.torch as s; "
        "s.save_file({k: v.clone().contiguous() for f in "
        "sorted(glob.glob('pytorch_model*.bin')) for k, v in torch.load(f, "
        "map_location='cpu', weights_only=True).items()}, 'model.safetensors', "
        "{'format': 'pt'})\"",
        folder, name);
}

/* What git-lfs has not fetched cannot be converted either. */
static int check_pickled(const char *folder, struct error *err)
{
    char *pattern = memory_printf("%s/pytorch_model*.bin", folder);
    glob_t found;
    int status = 0;

    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; status == 0 && i < found.gl_pathc; i++)
            status = file_check_pointer(found.gl_pathv[i], err);
        globfree(&found);
    }
    free(pattern);
    return status;
}

static int no_weights(const char *folder, struct error *err)
{
    static const char sharded[] = "pytorch_model.bin.index.json";

    if (check_pickled(folder, err) < 0)
        return -1;
    if (has_file(folder, "pytorch_model.bin"))
        return only_pickled(folder, "pytorch_model.bin", err);
    if (has_file(folder, sharded))
        return only_pickled(folder, "the shards of pytorch_model.bin", err);
    return error_set(err, ERROR_NO_INPUT, "%s: has neither %s nor %s", folder,
                     single, index_name);
}

static int open_weights(struct checkpoint *checkpoint, struct error *err)
{
    char *path;
    int status;

    if (has_file(checkpoint->folder, single))
        return open_shard(checkpoint, single, err);
    if (!has_file(checkpoint->folder, index_name))
        return no_weights(checkpoint->folder, err);
    if (check_link(checkpoint->folder, index_name, err) < 0)
        return -1;
    path = memory_printf("%s/%s", checkpoint->folder, index_name);
    status = checkpoint_index_read(&checkpoint->index, path, err);
    if (status == 0)
        status = open_shards(checkpoint, path, err);
    free(path);
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

static void hold(struct checkpoint *checkpoint, const char *name,
                 const struct safetensors_tensor *tensor, size_t shard)
{
    checkpoint->held =
        memory_grow(checkpoint->held, &checkpoint->held_capacity,
                    checkpoint->held_count + 1, sizeof *checkpoint->held);
    checkpoint->held[checkpoint->held_count++] =
        (struct held){ name, tensor, shard };
}

static int held_order(const void *a, const void *b)
{
    const struct held *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order : (x->shard > y->shard) - (x->shard < y->shard);
}

/* What the index gives to each shard; a name that a shard lacks is kept, so
 * that who needs it can be told. */
static void hold_indexed(struct checkpoint *checkpoint)
{
    for (size_t i = 0; i < checkpoint_index_entries(checkpoint->index); i++) {
        struct checkpoint_index_entry entry =
            checkpoint_index_entry(checkpoint->index, i);

        hold(checkpoint, entry.tensor,
             safetensors_find(checkpoint->shards[entry.shard].file,
                              entry.tensor),
             entry.shard);
    }
}

/* A tensor that the index does not name is taken where it stands; one that it
 * gives to another shard is a stale copy. */
static void hold_rest(struct checkpoint *checkpoint)
{
    const char *first = NULL, *shard = NULL;
    size_t stale = 0;

    for (size_t i = 0; i < checkpoint->count; i++) {
        const struct safetensors *file = checkpoint->shards[i].file;

        for (size_t t = 0; t < safetensors_count(file); t++) {
            const struct safetensors_tensor *tensor = safetensors_at(file, t);
            size_t to;

            if (!checkpoint->index ||
                !checkpoint_index_find(checkpoint->index, tensor->name, &to)) {
                hold(checkpoint, tensor->name, tensor, i);
            } else if (to != i && stale++ == 0) {
                first = tensor->name;
                shard = checkpoint->shards[i].name;
            }
        }
    }
    if (stale > 0)
        remarks_add(&checkpoint->remarks,
                    "%s: %zu tensors stand in a shard that %s does not give "
                    "them, the first `%s` in %s; those copies are not used",
                    checkpoint->folder, stale, index_name, first, shard);
}

/* Of several shards with a tensor that no index names, the first by name. */
static void drop_doubles(struct checkpoint *checkpoint)
{
    struct held *held = checkpoint->held;
    size_t kept = 0;

    qsort(held, checkpoint->held_count, sizeof *held, held_order);
    for (size_t i = 0; i < checkpoint->held_count; i++)
        if (kept == 0 || strcmp(held[kept - 1].name, held[i].name) != 0)
            held[kept++] = held[i];
        else
            remarks_add(&checkpoint->remarks,
                        "%s: tensor `%s` stands in %s and in %s, and %s does "
                        "not name it; the first is used",
                        checkpoint->folder, held[i].name,
                        checkpoint->shards[held[kept - 1].shard].name,
                        checkpoint->shards[held[i].shard].name, index_name);
    checkpoint->held_count = kept;
}

static void list_tensors(struct checkpoint *checkpoint)
{
    if (checkpoint->index)
        hold_indexed(checkpoint);
    hold_rest(checkpoint);
    if (checkpoint->held_count > 0)
        drop_doubles(checkpoint);
    checkpoint->tensors =
        memory_new(checkpoint->held_count, sizeof *checkpoint->tensors);
    for (size_t i = 0; i < checkpoint->held_count; i++)
        if (checkpoint->held[i].tensor)
            checkpoint->tensors[checkpoint->tensor_count++] =
                checkpoint->held[i].tensor;
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
    free(checkpoint->held);
    free(checkpoint->tensors);
    checkpoint_index_free(checkpoint->index);
    remarks_release(&checkpoint->remarks);
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

const struct remarks *checkpoint_remarks(const struct checkpoint *checkpoint)
{
    return &checkpoint->remarks;
}

static int by_held_name(const void *name, const void *held)
{
    return strcmp(name, ((const struct held *)held)->name);
}

static const struct held *find_held(const struct checkpoint *checkpoint,
                                    const char *name)
{
    return bsearch(name, checkpoint->held, checkpoint->held_count,
                   sizeof *checkpoint->held, by_held_name);
}

const struct safetensors_tensor *
checkpoint_find(const struct checkpoint *checkpoint, const char *name)
{
    const struct held *held = find_held(checkpoint, name);

    return held ? held->tensor : NULL;
}

static int not_there(const struct checkpoint *checkpoint,
                     const struct held *held, const char *name,
                     struct error *err)
{
    if (held)
        return error_set(err, ERROR_DATA,
                         "%s/%s: tensor `%s` is not in shard `%s`, which "
                         "should have it",
                         checkpoint->folder, index_name, name,
                         checkpoint->shards[held->shard].name);
    return error_set(err, ERROR_DATA,
                     "%s: has no tensor `%s`, which its config.json asks for",
                     checkpoint->folder, name);
}

const struct safetensors_tensor *
checkpoint_need(const struct checkpoint *checkpoint, const char *name,
                unsigned rank, const uint64_t *shape, struct error *err)
{
    char has[SAFETENSORS_SHAPE_TEXT], needs[SAFETENSORS_SHAPE_TEXT];
    const struct held *held = find_held(checkpoint, name);
    const struct safetensors_tensor *tensor = held ? held->tensor : NULL;
    const char *path;

    if (!tensor) {
        not_there(checkpoint, held, name, err);
        return NULL;
    }
    path = safetensors_path(checkpoint->shards[held->shard].file);
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
