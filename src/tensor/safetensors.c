/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads a safetensors file (https://github.com/huggingface/safetensors): eight
 * bytes of length, a header of JSON, then the tensors' bytes.  The file is
 * mapped, never copied, and given back to the kernel piece by piece once read:
 * a model larger than memory passes through.
 * safetensors_header.c reads the header.
 */
#include "tensor/safetensors.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/text.h"
#include "tensor/safetensors_file.h"

enum { HASHED_AT_ONCE = 16 << 20 };

void safetensors_give_back(const uint8_t *bytes, size_t length)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = divide_up((uintptr_t)bytes, page) * page;
    uintptr_t end = (uintptr_t)(bytes + length) / page * page;

    if (begin < end)
        madvise((void *)begin, end - begin, MADV_DONTNEED);
}

int safetensors_open(struct safetensors **out, const char *path,
                     struct error *err)
{
    struct safetensors *file = memory_new(1, sizeof *file);

    file->path = memory_text(path);
    if (file_map(&file->map, path, err) < 0 ||
        safetensors_read_header(file, err) < 0) {
        safetensors_close(file);
        return -1;
    }
    *out = file;
    return 0;
}

static void forget_asked(struct safetensors *file)
{
    while (file->asked) {
        struct asked *first = file->asked;

        file->asked = first->next;
        free(first->key);
        free(first->value);
        free(first);
    }
}

void safetensors_close(struct safetensors *file)
{
    if (!file)
        return;
    forget_asked(file);
    free(file->by_name);
    free(file->by_place);
    free(file->tensors);
    free(file->sizes);
    free(file->names);
    free(file->header);
    file_unmap(&file->map);
    free(file->path);
    free(file);
}

const char *safetensors_path(const struct safetensors *file)
{
    return file->path;
}

static void hash_from(const struct safetensors *file, size_t begin,
                      char hex[HASH_TEXT])
{
    struct hash hash;

    hash_begin(&hash);
    for (size_t at = begin; at < file->map.length; at += HASHED_AT_ONCE) {
        size_t left = file->map.length - at;
        size_t length = min(left, HASHED_AT_ONCE);

        hash_add(&hash, file->map.bytes + at, length);
        safetensors_give_back(file->map.bytes + at, length);
    }
    hash_end(&hash, hex);
}

void safetensors_hash(const struct safetensors *file, char hex[HASH_TEXT])
{
    hash_from(file, 0, hex);
}

void safetensors_hash_data(const struct safetensors *file, char hex[HASH_TEXT])
{
    hash_from(file, (size_t)(file->data - file->map.bytes), hex);
}

size_t safetensors_count(const struct safetensors *file)
{
    return file->count;
}

const struct safetensors_tensor *safetensors_at(const struct safetensors *file,
                                                size_t index)
{
    assert(index < file->count);
    return file->by_place[index];
}

const struct safetensors_tensor *
safetensors_find(const struct safetensors *file, const char *name)
{
    struct safetensors_tensor key = { .name = name }, *wanted = &key, **found;

    found = bsearch(&wanted, file->by_name, file->count, sizeof(void *),
                    safetensors_name_order);
    return found ? *found : NULL;
}

void safetensors_done(const struct safetensors_tensor *tensor)
{
    safetensors_give_back(tensor->bytes, tensor->length);
}

void safetensors_ask_ahead(const struct safetensors_tensor *tensor)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (uintptr_t)tensor->bytes / page * page;
    uintptr_t end = (uintptr_t)(tensor->bytes + tensor->length);

    madvise((void *)begin, end - begin, MADV_WILLNEED);
}

static const struct safetensors_tensor *
unlike(const struct safetensors *file, const struct safetensors_tensor *tensor,
       enum dtype dtype, unsigned rank, const uint64_t *shape,
       struct error *err)
{
    char has[SAFETENSORS_SHAPE_TEXT], needs[SAFETENSORS_SHAPE_TEXT];

    safetensors_shape_print(has, tensor->rank, tensor->shape);
    safetensors_shape_print(needs, rank, shape);
    error_set(err, ERROR_DATA, "%s: tensor `%s`: is %s %s; %s %s is needed",
              file->path, tensor->name, dtype_name(tensor->dtype), has,
              dtype_name(dtype), needs);
    return NULL;
}

const struct safetensors_tensor *
safetensors_need(const struct safetensors *file, const char *name,
                 enum dtype dtype, unsigned rank, const uint64_t *shape,
                 struct error *err)
{
    const struct safetensors_tensor *tensor = safetensors_find(file, name);

    if (!tensor) {
        error_set(err, ERROR_DATA, "%s: has no tensor `%s`", file->path, name);
        return NULL;
    }
    if (tensor->dtype != dtype || tensor->rank != rank ||
        memcmp(tensor->shape, shape, rank * sizeof *shape) != 0)
        return unlike(file, tensor, dtype, rank, shape, err);
    return tensor;
}

const char *safetensors_metadata(const struct safetensors *file,
                                 const char *key)
{
    struct safetensors *written = (struct safetensors *)(uintptr_t)file;
    struct json_text value = json_text_member(file->metadata, key);
    struct asked *asked = file->asked;

    if (!value.at)
        return NULL;
    while (asked && strcmp(asked->key, key) != 0)
        asked = asked->next;
    if (!asked) {
        asked = memory_new(1, sizeof *asked);
        *asked = (struct asked){ file->asked, memory_text(key),
                                 json_text_string(value) };
        written->asked = asked;
    }
    return asked->value;
}

bool safetensors_says(const struct safetensors *file, const char *key,
                      const char *wanted)
{
    const char *text = safetensors_metadata(file, key);

    return text && strcmp(text, wanted) == 0;
}

void safetensors_shape_print(char text[SAFETENSORS_SHAPE_TEXT], unsigned rank,
                             const uint64_t *shape)
{
    struct text words;

    text_init(&words);
    for (unsigned i = 0; i < rank; i++)
        text_addf(&words, "%s%" PRIu64, i > 0 ? ", " : "", shape[i]);
    snprintf(text, SAFETENSORS_SHAPE_TEXT, "[%s]", words.at);
    text_release(&words);
}
