/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes a safetensors file: all tensors are declared first, so that the header
 * stands before the first byte of any and tensors can be put in any order.
 * With a seal, the header has the hash of all else in the file: it is computed
 * at the end from what was written and goes where zeros stood.
 */
#include "tensor/safetensors_out.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "tensor/safetensors.h"

enum { READ_AT_ONCE = 1 << 20 };

struct place {
    char *name;
    enum dtype dtype;
    unsigned rank;
    uint64_t shape[SAFETENSORS_MAX_RANK];
    uint64_t begin, length; /* bytes of the data */
    bool put;
};

struct entry {
    char *key, *value;
};

struct safetensors_out {
    struct place *places;
    size_t count, capacity;
    struct entry *metadata;
    size_t entries, entries_capacity;
    struct file_out file;
    uint64_t data; /* byte of the file where the data begins; 0: not created */
    char *sealed;  /* key of the data's hash; NULL: none */
    uint64_t seal; /* byte of the file where that hash stands */
};

/* Stands in the header for a hash that is not known yet. */
static const char no_hash[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

struct safetensors_out *safetensors_out_new(void)
{
    return memory_new(1, sizeof(struct safetensors_out));
}

static void safetensors_out_release(struct safetensors_out *out)
{
    for (size_t i = 0; i < out->count; i++)
        free(out->places[i].name);
    for (size_t i = 0; i < out->entries; i++) {
        free(out->metadata[i].key);
        free(out->metadata[i].value);
    }
    free(out->places);
    free(out->metadata);
    free(out->sealed);
    free(out);
}

void safetensors_out_declare(struct safetensors_out *out, const char *name,
                             enum dtype dtype, unsigned rank,
                             const uint64_t *shape)
{
    struct place *place;

    assert(out->data == 0 && rank <= SAFETENSORS_MAX_RANK);
    out->places = memory_grow(out->places, &out->capacity, out->count + 1,
                              sizeof *out->places);
    place = &out->places[out->count++];
    *place = (struct place){ .name = memory_text(name),
                             .dtype = dtype,
                             .rank = rank,
                             .length = dtype_bits(dtype) };
    for (unsigned i = 0; i < rank; i++) {
        place->shape[i] = shape[i];
        place->length *= shape[i];
    }
    assert(place->length % 8 == 0);
    place->length /= 8;
}

void safetensors_out_metadata(struct safetensors_out *out, const char *key,
                              const char *value)
{
    assert(out->data == 0);
    for (size_t i = 0; i < out->entries; i++)
        if (strcmp(out->metadata[i].key, key) == 0) {
            free(out->metadata[i].value);
            out->metadata[i].value = memory_text(value);
            return;
        }
    out->metadata = memory_grow(out->metadata, &out->entries_capacity,
                                out->entries + 1, sizeof *out->metadata);
    out->metadata[out->entries++] =
        (struct entry){ memory_text(key), memory_text(value) };
}

void safetensors_out_seal(struct safetensors_out *out, const char *key)
{
    assert(!out->sealed);
    out->sealed = memory_text(key);
    safetensors_out_metadata(out, key, no_hash);
}

static int safetensors_out_place_order(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (dtype_bits(x->dtype) != dtype_bits(y->dtype))
        return dtype_bits(x->dtype) > dtype_bits(y->dtype) ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int safetensors_out_entry_order(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key,
                  ((const struct entry *)b)->key);
}

/* Lays the tensors out one after another. */
static void safetensors_out_lay_out(struct safetensors_out *out)
{
    uint64_t next = 0;

    if (out->entries > 0)
        qsort(out->metadata, out->entries, sizeof *out->metadata,
              safetensors_out_entry_order);
    if (out->count > 0)
        qsort(out->places, out->count, sizeof *out->places,
              safetensors_out_place_order);
    for (size_t i = 0; i < out->count; i++) {
        assert(i == 0 ||
               strcmp(out->places[i - 1].name, out->places[i].name) != 0);
        out->places[i].begin = next;
        next += out->places[i].length;
    }
}

static json_t *json_place(const struct place *place)
{
    json_t *shape = json_array();

    for (unsigned i = 0; i < place->rank; i++)
        json_array_append_new(shape, json_integer((json_int_t)place->shape[i]));
    return json_pack("{s:s,s:o,s:[I,I]}", "dtype", dtype_name(place->dtype),
                     "shape", shape, "data_offsets", (json_int_t)place->begin,
                     (json_int_t)(place->begin + place->length));
}

/* The header as text, or NULL and `err` if a name or text is not UTF-8. */
static char *header_text(const struct safetensors_out *out, const char *path,
                         struct error *err)
{
    json_t *header = json_object(), *texts = json_object();
    const char *wrong = NULL;
    char *text = NULL;

    for (size_t i = 0; i < out->entries; i++)
        if (json_object_set_new(texts, out->metadata[i].key,
                                json_string(out->metadata[i].value)) < 0)
            wrong = out->metadata[i].key;
    if (out->entries > 0)
        json_object_set(header, "__metadata__", texts);
    for (size_t i = 0; i < out->count; i++)
        if (json_object_set_new(header, out->places[i].name,
                                json_place(&out->places[i])) < 0)
            wrong = out->places[i].name;
    if (wrong)
        error_set(err, ERROR_DATA, "%s: `%s` cannot be stored: not UTF-8", path,
                  wrong);
    else
        text = json_dumps(header, JSON_COMPACT);
    json_decref(texts);
    json_decref(header);
    return text;
}

/* The hash stands where the header says key and zeros: no other text can hold
 * that, since a quote in a text is escaped. */
static void find_seal(struct safetensors_out *out, const char *header)
{
    char *text;
    const char *at;

    if (!out->sealed)
        return;
    text = memory_printf("\"%s\":\"%s\"", out->sealed, no_hash);
    at = strstr(header, text);
    assert(at);
    out->seal = sizeof(uint64_t) + (uint64_t)(at - header) + strlen(text) -
                strlen(no_hash) - 1;
    free(text);
}

int safetensors_out_create(struct safetensors_out *out, const char *path,
                           struct error *err)
{
    uint64_t length;
    char *text;
    int status;

    assert(out->data == 0);
    safetensors_out_lay_out(out);
    text = header_text(out, path, err);
    if (!text)
        return -1;
    length = (strlen(text) + 7) / 8 * 8;
    out->data = sizeof length + length;
    find_seal(out, text);
    status = file_create(&out->file, path, err);
    if (status == 0)
        status = file_write(&out->file, &length, sizeof length, err);
    if (status == 0)
        status = file_write(&out->file, text, strlen(text), err);
    if (status == 0)
        status = file_write(&out->file, "       ", length - strlen(text), err);
    free(text);
    return status;
}

static struct place *safetensors_out_find(struct safetensors_out *out,
                                          const char *name)
{
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->places[i].name, name) == 0)
            return &out->places[i];
    return NULL;
}

static int write_at(struct safetensors_out *out, uint64_t place,
                    const void *bytes, size_t length, struct error *err)
{
    if (fseeko(out->file.stream, (off_t)(out->data + place), SEEK_SET) != 0)
        return error_set(err, ERROR_DISK, "%s: cannot be written: %s",
                         out->file.path, strerror(errno));
    return file_write(&out->file, bytes, length, err);
}

int safetensors_out_put(struct safetensors_out *out, const char *name,
                        const void *bytes, struct error *err)
{
    struct place *place = safetensors_out_find(out, name);

    assert(out->data > 0 && place && !place->put);
    place->put = true;
    return write_at(out, place->begin, bytes, place->length, err);
}

int safetensors_out_change(struct safetensors_out *out,
                           const struct safetensors_change *change,
                           struct error *err)
{
    const struct place *place = safetensors_out_find(out, change->name);

    assert(place && place->put && change->first <= place->length &&
           change->length <= place->length - change->first);
    return write_at(out, place->begin + change->first, change->bytes,
                    change->length, err);
}

/* The tensors came in any order: what is hashed is read from the file. */
static int hash_data(struct safetensors_out *out, char hex[HASH_TEXT],
                     struct error *err)
{
    FILE *stream = out->file.stream;
    uint8_t *bytes = memory_new(READ_AT_ONCE, 1);
    struct hash hash;
    size_t length;
    int status = 0;

    hash_begin(&hash);
    if (fseeko(stream, (off_t)out->data, SEEK_SET) != 0)
        status = -1;
    while (status == 0 && (length = fread(bytes, 1, READ_AT_ONCE, stream)) > 0)
        hash_add(&hash, bytes, length);
    hash_end(&hash, hex);
    free(bytes);
    if (status == 0 && !ferror(stream))
        return 0;
    return error_set(err, ERROR_DISK, "%s: cannot be read again: %s",
                     out->file.path, strerror(errno));
}

static int write_seal(struct safetensors_out *out, struct error *err)
{
    char hex[HASH_TEXT];

    if (!out->sealed)
        return 0;
    if (hash_data(out, hex, err) < 0)
        return -1;
    if (fseeko(out->file.stream, (off_t)out->seal, SEEK_SET) != 0)
        return error_set(err, ERROR_DISK, "%s: cannot be written: %s",
                         out->file.path, strerror(errno));
    return file_write(&out->file, hex, strlen(hex), err);
}

int safetensors_out_commit(struct safetensors_out *out, struct error *err)
{
    int status;

    for (size_t i = 0; i < out->count; i++)
        assert(out->places[i].put);
    status = write_seal(out, err);
    if (status == 0)
        status = file_commit(&out->file, err);
    else
        file_abandon(&out->file);
    safetensors_out_release(out);
    return status;
}

void safetensors_out_abandon(struct safetensors_out *out)
{
    file_abandon(&out->file);
    safetensors_out_release(out);
}

int safetensors_out_end(struct safetensors_out *out, int status,
                        struct error *err)
{
    if (status == 0)
        return safetensors_out_commit(out, err);
    safetensors_out_abandon(out);
    return -1;
}
