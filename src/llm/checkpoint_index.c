/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The index of a checkpoint in several files: which tensor is in which shard.
 * The file may come from anybody, so names of shards are taken only without
 * slashes, and every name once.  Entries are sorted for looking up; shards keep
 * the order in which they were first named.
 */
#include "llm/checkpoint_index.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/memory.h"

enum { LARGEST_INDEX = 64 << 20 };

struct checkpoint_index {
    char *names; /* of all tensors, each with a NUL */
    struct checkpoint_index_entry *entries;
    size_t count;
    char **shards;
    size_t shard_count, capacity;
};

/* A name with a slash could lead out of the folder. */
static bool is_plain(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && !strchr(name, '/');
}

static int shard_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int checkpoint_index_entry_order(const void *a, const void *b)
{
    const struct checkpoint_index_entry *x = a, *y = b;

    return strcmp(x->tensor, y->tensor);
}

static size_t find_shard(const struct checkpoint_index *index,
                         struct json_text name)
{
    size_t shard = 0;

    while (shard < index->shard_count &&
           !json_text_is(name, index->shards[shard]))
        shard++;
    return shard;
}

/* Adds the shard of an entry to the list, if it is new. */
static int take_shard(struct checkpoint_index *index, const char *path,
                      const struct json_walk *entry, struct error *err)
{
    char *name;

    if (find_shard(index, entry->value) < index->shard_count)
        return 0;
    name = json_text_string(entry->value);
    if (!name || !is_plain(name)) {
        error_set(err, ERROR_DATA,
                  "%s: tensor `%.*s`: `%.100s` is not a plain file name in "
                  "this folder",
                  path, (int)(entry->key.end - entry->key.at - 2),
                  entry->key.at + 1, name ? name : "");
        free(name);
        return -1;
    }
    index->shards = memory_grow(index->shards, &index->capacity,
                                index->shard_count + 1, sizeof *index->shards);
    index->shards[index->shard_count++] = name;
    return 0;
}

static int read_map(struct checkpoint_index *index, struct json_text map,
                    const char *path, struct error *err)
{
    struct json_walk walk = json_walk_begin(map);
    char *name = index->names;

    while (json_walk_next(&walk))
        if (take_shard(index, path, &walk, err) < 0)
            return -1;
    qsort(index->shards, index->shard_count, sizeof *index->shards,
          shard_order);
    walk = json_walk_begin(map);
    while (json_walk_next(&walk)) {
        index->entries[index->count++] =
            (struct checkpoint_index_entry){ name,
                                             find_shard(index, walk.value) };
        name += json_text_copy(name, walk.key) + 1;
    }
    qsort(index->entries, index->count, sizeof *index->entries,
          checkpoint_index_entry_order);
    return 0;
}

static int read_json(struct checkpoint_index *index, const char *json,
                     const char *path, struct error *err)
{
    struct json_trouble trouble;
    struct json_text root, map;

    if (json_text_check(&root, json, strlen(json), JSON_PLAIN, &trouble) < 0)
        return error_set(err, ERROR_DATA, "%s:%zu: %s", path, trouble.line,
                         trouble.words);
    map = json_text_member(root, "weight_map");
    if (json_text_kind(map) != JSON_TEXT_OBJECT || json_text_count(map) == 0)
        return error_set(err, ERROR_DATA,
                         "%s: must have a `weight_map` from tensors to files",
                         path);
    index->names = memory_new((size_t)(map.end - map.at), 1);
    index->entries = memory_new(json_text_count(map), sizeof *index->entries);
    return read_map(index, map, path, err);
}

int checkpoint_index_read(struct checkpoint_index **out, const char *path,
                          struct error *err)
{
    char *json = file_read_text(path, LARGEST_INDEX, err);
    struct checkpoint_index *index;
    int status;

    if (!json)
        return -1;
    index = memory_new(1, sizeof *index);
    status = read_json(index, json, path, err);
    free(json);
    if (status < 0)
        checkpoint_index_free(index);
    else
        *out = index;
    return status;
}

void checkpoint_index_free(struct checkpoint_index *index)
{
    if (!index)
        return;
    for (size_t i = 0; i < index->shard_count; i++)
        free(index->shards[i]);
    free(index->shards);
    free(index->entries);
    free(index->names);
    free(index);
}

size_t checkpoint_index_shards(const struct checkpoint_index *index)
{
    return index->shard_count;
}

const char *checkpoint_index_shard(const struct checkpoint_index *index,
                                   size_t shard)
{
    return index->shards[shard];
}

size_t checkpoint_index_entries(const struct checkpoint_index *index)
{
    return index->count;
}

struct checkpoint_index_entry
checkpoint_index_entry(const struct checkpoint_index *index, size_t entry)
{
    return index->entries[entry];
}

bool checkpoint_index_find(const struct checkpoint_index *index,
                           const char *tensor, size_t *shard)
{
    struct checkpoint_index_entry key = { .tensor = tensor }, *found;

    found = bsearch(&key, index->entries, index->count, sizeof key,
                    checkpoint_index_entry_order);
    if (found)
        *shard = found->shard;
    return found != NULL;
}
