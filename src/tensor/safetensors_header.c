/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The header of a safetensors file: JSON that says of each tensor its type,
 * shape and bytes.  Nothing in it is believed: sizes must multiply up to the
 * bytes that a tensor has, and the tensors must cover the file from the first
 * byte to the last without gap or overlap, as the reference reader has it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "tensor/safetensors_file.h"

enum { LENGTH_BYTES = 8, MAX_HEADER = 100000000 };

static int bad(const struct safetensors *file, struct error *err,
               const char *name, const char *words)
{
    return error_set(err, ERROR_DATA, "%s: tensor `%s`: %s", file->path, name,
                     words);
}

/* A number of the header: 0 .. 2^63 - 1, and an integer. */
static int read_size(uint64_t *size, struct json_text value)
{
    int64_t integer;

    if (!json_text_integer(value, &integer) || integer < 0)
        return -1;
    *size = (uint64_t)integer;
    return 0;
}

/* The sizes go where tensor->shape points to, if they are not too many. */
static int header_read_shape(const struct safetensors *file,
                             struct safetensors_tensor *tensor,
                             struct json_text shape, struct error *err)
{
    uint64_t *sizes = (uint64_t *)(uintptr_t)tensor->shape;
    struct json_walk walk = json_walk_begin(shape);

    if (json_text_kind(shape) != JSON_TEXT_LIST ||
        json_text_count(shape) > SAFETENSORS_MAX_RANK)
        return bad(file, err, tensor->name,
                   "`shape` must be a list of at most 8 sizes");
    tensor->elements = 1;
    while (json_walk_next(&walk))
        if (read_size(&sizes[tensor->rank++], walk.value) < 0)
            return bad(file, err, tensor->name,
                       "`shape` holds something that is not a size");
    for (size_t i = 0; i < tensor->rank; i++)
        if (__builtin_mul_overflow(tensor->elements, tensor->shape[i],
                                   &tensor->elements))
            return bad(file, err, tensor->name,
                       "`shape` multiplies to more than 64 bits hold");
    return 0;
}

static int read_dtype(const struct safetensors *file,
                      struct safetensors_tensor *tensor, struct json_text dtype,
                      struct error *err)
{
    char *name = json_text_string(dtype);
    struct text known;
    int status = 0;

    if (!name)
        return bad(file, err, tensor->name, "`dtype` must be a text");
    if (!dtype_from_name(&tensor->dtype, name)) {
        text_init(&known);
        for (unsigned i = 0; i < DTYPES; i++)
            text_addf(&known, " %s", dtype_name((enum dtype)i));
        status = error_set(err, ERROR_DATA,
                           "%s: tensor `%s`: dtype `%.40s` is unknown; known "
                           "are%s",
                           file->path, tensor->name, name, known.at);
        text_release(&known);
    }
    free(name);
    return status;
}

static int read_range(const struct safetensors *file,
                      struct safetensors_tensor *tensor, struct json_text range,
                      struct error *err)
{
    uint64_t begin, end, bits;

    if (json_text_kind(range) != JSON_TEXT_LIST ||
        json_text_count(range) != 2 ||
        read_size(&begin, json_text_item(range, 0)) < 0 ||
        read_size(&end, json_text_item(range, 1)) < 0)
        return bad(file, err, tensor->name,
                   "`data_offsets` must be two byte numbers");
    if (begin > end || end > file->data_length)
        return error_set(err, ERROR_DATA,
                         "%s: tensor `%s`: bytes %" PRIu64 "..%" PRIu64
                         " do not lie in the file, which has %zu bytes of data",
                         file->path, tensor->name, begin, end,
                         file->data_length);
    if (__builtin_mul_overflow(tensor->elements, dtype_bits(tensor->dtype),
                               &bits) ||
        bits % 8 != 0 || bits / 8 != end - begin)
        return error_set(err, ERROR_DATA,
                         "%s: tensor `%s`: has %" PRIu64 " bytes where its "
                         "shape asks for %" PRIu64 " numbers of %zu bits",
                         file->path, tensor->name, end - begin,
                         tensor->elements, dtype_bits(tensor->dtype));
    tensor->bytes = file->data + begin;
    tensor->length = (size_t)(end - begin);
    return 0;
}

/* Keys besides the three are passed over, as the reference reader does. */
static int read_tensor(const struct safetensors *file,
                       struct safetensors_tensor *tensor,
                       struct json_text entry, struct error *err)
{
    if (json_text_kind(entry) != JSON_TEXT_OBJECT)
        return bad(file, err, tensor->name,
                   "must be an object of dtype, shape and data_offsets");
    if (header_read_shape(file, tensor, json_text_member(entry, "shape"), err) <
            0 ||
        read_dtype(file, tensor, json_text_member(entry, "dtype"), err) < 0)
        return -1;
    return read_range(file, tensor, json_text_member(entry, "data_offsets"),
                      err);
}

static int header_read_metadata(struct safetensors *file,
                                struct json_text metadata, struct error *err)
{
    struct json_walk walk = json_walk_begin(metadata);

    if (json_text_kind(metadata) == JSON_TEXT_NULL)
        return 0;
    if (json_text_kind(metadata) != JSON_TEXT_OBJECT)
        return error_set(err, ERROR_DATA,
                         "%s: `__metadata__` must be an object of texts",
                         file->path);
    while (json_walk_next(&walk))
        if (json_text_kind(walk.value) != JSON_TEXT_STRING)
            return error_set(err, ERROR_DATA,
                             "%s: `__metadata__`: `%.*s` must be a text",
                             file->path, (int)(walk.key.end - walk.key.at - 2),
                             walk.key.at + 1);
    file->metadata = metadata;
    return 0;
}

static int header_place_order(const void *a, const void *b)
{
    const struct safetensors_tensor *x = *(void *const *)a,
                                    *y = *(void *const *)b;

    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return strcmp(x->name, y->name);
}

int safetensors_name_order(const void *a, const void *b)
{
    const struct safetensors_tensor *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

/* The ranges must follow one another from the first byte to the last. */
static int check_cover(const struct safetensors *file, struct error *err)
{
    const uint8_t *next = file->data;

    for (size_t i = 0; i < file->count; i++) {
        const struct safetensors_tensor *tensor = file->by_place[i];

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

/* Room for every name, tensor and size that the header has; what is wrong in
 * it is told later. */
static void header_make_room(struct safetensors *file, struct json_text header)
{
    struct json_walk walk = json_walk_begin(header);
    size_t count = 0, sizes = 0, names = 0;

    for (; json_walk_next(&walk); count++) {
        size_t rank = json_text_count(json_text_member(walk.value, "shape"));

        sizes += rank <= SAFETENSORS_MAX_RANK ? rank : 0;
        names += (size_t)(walk.key.end - walk.key.at);
    }
    file->names = memory_new(names, 1);
    file->tensors = memory_new(count, sizeof *file->tensors);
    file->sizes = memory_new(sizes, sizeof *file->sizes);
}

static void sort_tensors(struct safetensors *file)
{
    file->by_place = memory_new(file->count, sizeof(void *));
    file->by_name = memory_new(file->count, sizeof(void *));
    for (size_t i = 0; i < file->count; i++)
        file->by_place[i] = file->by_name[i] = &file->tensors[i];
    qsort(file->by_place, file->count, sizeof(void *), header_place_order);
    qsort(file->by_name, file->count, sizeof(void *), safetensors_name_order);
}

static int header_read_tensors(struct safetensors *file,
                               struct json_text header, struct error *err)
{
    struct json_walk walk = json_walk_begin(header);
    uint64_t *sizes;
    char *name;

    header_make_room(file, header);
    sizes = file->sizes;
    name = file->names;
    while (json_walk_next(&walk)) {
        struct safetensors_tensor *tensor = &file->tensors[file->count];

        if (json_text_is(walk.key, "__metadata__")) {
            if (header_read_metadata(file, walk.value, err) < 0)
                return -1;
            continue;
        }
        tensor->name = name;
        tensor->shape = sizes;
        name += json_text_copy(name, walk.key) + 1;
        if (read_tensor(file, tensor, walk.value, err) < 0)
            return -1;
        sizes += tensor->rank;
        file->count++;
    }
    sort_tensors(file);
    return check_cover(file, err);
}

static int check_length(const struct safetensors *file, uint64_t length,
                        struct error *err)
{
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
    return 0;
}

int safetensors_read_header(struct safetensors *file, struct error *err)
{
    struct json_trouble trouble;
    struct json_text header;
    uint64_t length;

    if (file->map.length < LENGTH_BYTES)
        return error_set(err, ERROR_DATA,
                         "%s: %zu bytes; a safetensors file begins with 8 "
                         "bytes that give the length of its header",
                         file->path, file->map.length);
    memcpy(&length, file->map.bytes, sizeof length);
    if (check_length(file, length, err) < 0)
        return -1;
    file->data = file->map.bytes + LENGTH_BYTES + length;
    file->data_length = file->map.length - LENGTH_BYTES - (size_t)length;
    file->header = memory_new((size_t)length + 1, 1);
    memcpy(file->header, file->map.bytes + LENGTH_BYTES, (size_t)length);
    safetensors_give_back(file->map.bytes, LENGTH_BYTES + (size_t)length);
    if (json_text_check(&header, file->header, (size_t)length, JSON_PLAIN,
                        &trouble) < 0)
        return error_set(err, ERROR_DATA, "%s: byte %zu of the header: %s",
                         file->path, trouble.byte, trouble.words);
    if (json_text_kind(header) != JSON_TEXT_OBJECT)
        return error_set(err, ERROR_DATA,
                         "%s: the header must be a JSON object, { ... }",
                         file->path);
    return header_read_tensors(file, header, err);
}
