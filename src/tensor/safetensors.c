/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tensor/safetensors.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

enum { LENGTH_BYTES = 8, MAX_HEADER = 100000000, HASHED_AT_ONCE = 16 << 20 };

struct safetensors {
    char *path;
    struct file_map map;
    json_t *header; /* owns the names and the metadata */
    const uint8_t *data;
    size_t data_length;
    size_t count;
    struct safetensors_tensor *by_place;
    struct safetensors_tensor **by_name; /* sorted, into by_place */
};

static int bad(const struct safetensors *file, struct error *err,
               const char *name, const char *words)
{
    return error_set(err, ERROR_DATA, "%s: tensor `%s`: %s", file->path, name,
                     words);
}

/* A number of the header: 0 .. 2^63 - 1, and an integer. */
static int read_size(uint64_t *size, const json_t *value)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return -1;
    *size = (uint64_t)json_integer_value(value);
    return 0;
}

static int read_shape(const struct safetensors *file,
                      struct safetensors_tensor *tensor, const json_t *shape,
                      struct error *err)
{
    size_t rank = json_array_size(shape);

    if (!json_is_array(shape) || rank > SAFETENSORS_MAX_RANK)
        return bad(file, err, tensor->name,
                   "`shape` must be a list of at most 8 sizes");
    tensor->rank = (unsigned)rank;
    tensor->elements = 1;
    for (size_t i = 0; i < rank; i++)
        if (read_size(&tensor->shape[i], json_array_get(shape, i)) < 0)
            return bad(file, err, tensor->name,
                       "`shape` holds something that is not a size");
    for (size_t i = 0; i < rank; i++)
        if (__builtin_mul_overflow(tensor->elements, tensor->shape[i],
                                   &tensor->elements))
            return bad(file, err, tensor->name,
                       "`shape` multiplies to more than 64 bits hold");
    return 0;
}

static int read_dtype(const struct safetensors *file,
                      struct safetensors_tensor *tensor, const json_t *dtype,
                      struct error *err)
{
    if (!json_is_string(dtype))
        return bad(file, err, tensor->name, "`dtype` must be a text");
    if (dtype_from_name(&tensor->dtype, json_string_value(dtype)))
        return 0;
    return error_set(err, ERROR_DATA,
                     "%s: tensor `%s`: dtype `%.40s` is not supported (F64 F32 "
                     "F16 BF16 I64 I32 I16 I8 U64 U32 U16 U8 BOOL are)",
                     file->path, tensor->name, json_string_value(dtype));
}

static int read_range(const struct safetensors *file,
                      struct safetensors_tensor *tensor, const json_t *range,
                      struct error *err)
{
    uint64_t begin, end, length;

    if (!json_is_array(range) || json_array_size(range) != 2 ||
        read_size(&begin, json_array_get(range, 0)) < 0 ||
        read_size(&end, json_array_get(range, 1)) < 0)
        return bad(file, err, tensor->name,
                   "`data_offsets` must be two byte numbers");
    if (begin > end || end > file->data_length)
        return error_set(err, ERROR_DATA,
                         "%s: tensor `%s`: bytes %" PRIu64 "..%" PRIu64
                         " do not lie in the file, which has %zu bytes of data",
                         file->path, tensor->name, begin, end,
                         file->data_length);
    if (__builtin_mul_overflow(tensor->elements, dtype_size(tensor->dtype),
                               &length) ||
        length != end - begin)
        return error_set(err, ERROR_DATA,
                         "%s: tensor `%s`: has %" PRIu64 " bytes where its "
                         "shape asks for %" PRIu64 " numbers of %zu bytes",
                         file->path, tensor->name, end - begin,
                         tensor->elements, dtype_size(tensor->dtype));
    tensor->bytes = file->data + begin;
    tensor->length = (size_t)(end - begin);
    return 0;
}

static int read_tensor(const struct safetensors *file,
                       struct safetensors_tensor *tensor, json_t *entry,
                       struct error *err)
{
    if (!json_is_object(entry))
        return bad(file, err, tensor->name,
                   "must be an object of dtype, shape and data_offsets");
    if (read_shape(file, tensor, json_object_get(entry, "shape"), err) < 0 ||
        read_dtype(file, tensor, json_object_get(entry, "dtype"), err) < 0 ||
        read_range(file, tensor, json_object_get(entry, "data_offsets"), err) <
            0)
        return -1;
    if (json_object_size(entry) != 3)
        return bad(file, err, tensor->name,
                   "has more than dtype, shape and data_offsets");
    return 0;
}

static int check_metadata(const struct safetensors *file, json_t *metadata,
                          struct error *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(metadata))
        return error_set(err, ERROR_DATA,
                         "%s: `__metadata__` must be an object of texts",
                         file->path);
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return error_set(err, ERROR_DATA,
                             "%s: `__metadata__`: `%s` must be a text",
                             file->path, key);
    }
    return 0;
}

static int place_order(const void *a, const void *b)
{
    const struct safetensors_tensor *x = a, *y = b;

    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int name_order(const void *a, const void *b)
{
    const struct safetensors_tensor *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

/* The ranges must follow one another from the first byte to the last. */
static int check_cover(const struct safetensors *file, struct error *err)
{
    const uint8_t *next = file->data;

    for (size_t i = 0; i < file->count; i++) {
        const struct safetensors_tensor *tensor = &file->by_place[i];

        if (tensor->bytes != next)
            return error_set(err, ERROR_DATA,
                             "%s: tensor `%s`: begins at byte %td of the data; "
                             "the one before it ends at %td",
                             file->path, tensor->name,
                             tensor->bytes - file->data, next - file->data);
        next += tensor->length;
    }
    if (next != file->data + file->data_length)
        return error_set(err, ERROR_DATA,
                         "%s: has %zu bytes of data; its tensors end at %td",
                         file->path, file->data_length, next - file->data);
    return 0;
}

static int read_tensors(struct safetensors *file, struct error *err)
{
    const char *name;
    json_t *entry;

    file->by_place =
        memory_new(json_object_size(file->header), sizeof *file->by_place);
    json_object_foreach(file->header, name, entry)
    {
        struct safetensors_tensor *tensor = &file->by_place[file->count];

        if (strcmp(name, "__metadata__") == 0) {
            if (check_metadata(file, entry, err) < 0)
                return -1;
            continue;
        }
        tensor->name = name;
        if (read_tensor(file, tensor, entry, err) < 0)
            return -1;
        file->count++;
    }
    qsort(file->by_place, file->count, sizeof *file->by_place, place_order);
    file->by_name = memory_new(file->count, sizeof(void *));
    for (size_t i = 0; i < file->count; i++)
        file->by_name[i] = &file->by_place[i];
    qsort(file->by_name, file->count, sizeof(void *), name_order);
    return check_cover(file, err);
}

static int read_header(struct safetensors *file, struct error *err)
{
    const char *header;
    uint64_t length;
    json_error_t trouble;

    if (file->map.length < LENGTH_BYTES)
        return error_set(err, ERROR_DATA,
                         "%s: %zu bytes; a safetensors file begins with 8 "
                         "bytes that give the length of its header",
                         file->path, file->map.length);
    memcpy(&length, file->map.bytes, sizeof length);
    if (length > MAX_HEADER)
        return error_set(err, ERROR_DATA,
                         "%s: byte 0: a header of %" PRIu64 " bytes; at most "
                         "100000000 are allowed (is it a safetensors file?)",
                         file->path, length);
    if (length > file->map.length - LENGTH_BYTES)
        return error_set(err, ERROR_DATA,
                         "%s: byte 0: a header of %" PRIu64 " bytes in a file "
                         "of %zu bytes; the file is cut or damaged",
                         file->path, length, file->map.length);
    header = (const char *)file->map.bytes + LENGTH_BYTES;
    file->data = file->map.bytes + LENGTH_BYTES + length;
    file->data_length = file->map.length - LENGTH_BYTES - (size_t)length;
    if (length == 0 || header[0] != '{')
        return error_set(err, ERROR_DATA,
                         "%s: byte 8: the header must begin with {",
                         file->path);
    file->header =
        json_loadb(header, (size_t)length, JSON_REJECT_DUPLICATES, &trouble);
    if (!file->header)
        return error_set(err, ERROR_DATA, "%s: byte %d of the header: %s",
                         file->path, trouble.position, trouble.text);
    return read_tensors(file, err);
}

int safetensors_open(struct safetensors **out, const char *path,
                     struct error *err)
{
    struct safetensors *file = memory_new(1, sizeof *file);

    file->path = memory_text(path);
    if (file_map(&file->map, path, err) < 0 || read_header(file, err) < 0) {
        safetensors_close(file);
        return -1;
    }
    *out = file;
    return 0;
}

void safetensors_close(struct safetensors *file)
{
    if (!file)
        return;
    free(file->by_name);
    free(file->by_place);
    json_decref(file->header);
    file_unmap(&file->map);
    free(file->path);
    free(file);
}

const char *safetensors_path(const struct safetensors *file)
{
    return file->path;
}

/* Whole pages of bytes that were read leave the memory; the file still has
 * them. */
static void give_back(const uint8_t *bytes, size_t length)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = divide_up((uintptr_t)bytes, page) * page;
    uintptr_t end = (uintptr_t)(bytes + length) / page * page;

    if (begin < end)
        madvise((void *)begin, end - begin, MADV_DONTNEED);
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
        give_back(file->map.bytes + at, length);
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
    return &file->by_place[index];
}

const struct safetensors_tensor *
safetensors_find(const struct safetensors *file, const char *name)
{
    struct safetensors_tensor key = { .name = name }, *wanted = &key, **found;

    found = bsearch(&wanted, file->by_name, file->count, sizeof(void *),
                    name_order);
    return found ? *found : NULL;
}

void safetensors_done(const struct safetensors_tensor *tensor)
{
    give_back(tensor->bytes, tensor->length);
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
    return json_string_value(
        json_object_get(json_object_get(file->header, "__metadata__"), key));
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
