/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part `model:` of a list of shapes.  One table of keys serves for reading,
 * printing and the list of known words: a key is a size, a yes or no, or one of
 * a few words, and has its place in struct model_sizes.  What follows from them
 * is in model_sizes_finish.c.
 */
#include "trace/model_sizes.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/text.h"
#include "trace/json_object.h"
#include "trace/model_sizes_choice.h"

const char *const dim_names[DIMS] = {
    [DIM_WIDTH] = "width",
    [DIM_VOCABULARY] = "vocabulary",
    [DIM_HEADS] = "heads",
    [DIM_KEY_HEADS] = "key_heads",
    [DIM_HEAD] = "head",
    [DIM_FEED] = "feed",
    [DIM_EXPERTS] = "experts",
    [DIM_EXPERTS_USED] = "experts_used",
    [DIM_EXPERT_FEED] = "expert_feed",
    [DIM_SHARED_FEED] = "shared_feed",
    [DIM_INNER] = "inner",
    [DIM_STATE] = "state",
    [DIM_CONVOLUTION] = "convolution",
    [DIM_RANK] = "rank",
    [DIM_GROUPS] = "groups",
    [DIM_CHUNK] = "chunk",
    [DIM_STATE_HEADS] = "state_heads",
    [DIM_STATE_HEAD] = "state_head",
    [DIM_NORMS] = "norms",
    [DIM_QUERIES] = "queries",
    [DIM_KEYS] = "keys",
    [DIM_ROTATED] = "rotated",
    [DIM_CACHED] = "cached",
    [DIM_FUSED] = "fused",
    [DIM_SHARERS] = "sharers",
    [DIM_CHANNELS] = "channels",
    [DIM_PROJECTED] = "projected",
    [DIM_SELECTION] = "selection",
    [DIM_BATCH] = "batch",
    [DIM_STEP] = "step",
    [DIM_CONTEXT] = "context",
    [DIM_TOKENS] = "tokens",
    [DIM_PAST] = "past",
    [DIM_BEGUN] = "begun",
    [DIM_PAIRS] = "pairs",
    [DIM_ROUTED] = "routed",
    [DIM_EXPERTS_HIT] = "experts_hit",
    [DIM_CHUNKS] = "chunks",
    [DIM_CHUNK_PAIRS] = "chunk_pairs",
    [DIM_CHUNK_SQUARES] = "chunk_squares",
};

const char *const model_kind_names[] = { "transformer", "mamba", "mamba2",
                                         NULL };
const char *const model_list_names[] = { "attention", "without_experts",
                                         "feed_only" };
static const char *const norms[] = { "rms", "layer", NULL };
static const char *const positions[] = { "rotary", "learnt", "none", NULL };
static const char *const answers[] = { "no", "yes", NULL };

static const struct {
    const char *key;
    const char *const *words;
} choices[CHOICES] = {
    [CHOICE_KIND] = { "kind", model_kind_names },
    [CHOICE_NORM] = { "norm", norms },
    [CHOICE_POSITIONS] = { "positions", positions },
    [CHOICE_TIED] = { "tied", answers },
    [CHOICE_GATED] = { "gated", answers },
    [CHOICE_FUSED] = { "fused", answers },
    [CHOICE_HEAD_NORMS] = { "head_norms", answers },
    [CHOICE_SOFT_CAPS] = { "soft_caps", answers },
    [CHOICE_SHARED_WEIGHED] = { "shared_weighed", answers },
};

static unsigned choice_get(const struct model_sizes *sizes, enum choice choice)
{
    switch (choice) {
    case CHOICE_KIND:
        return sizes->kind;
    case CHOICE_NORM:
        return sizes->norm;
    case CHOICE_POSITIONS:
        return sizes->positions;
    case CHOICE_TIED:
        return sizes->tied;
    case CHOICE_GATED:
        return sizes->gated;
    case CHOICE_FUSED:
        return sizes->fused;
    case CHOICE_HEAD_NORMS:
        return sizes->head_norms;
    case CHOICE_SOFT_CAPS:
        return sizes->soft_caps;
    case CHOICE_SHARED_WEIGHED:
    case CHOICES:
        break;
    }
    return sizes->shared_weighed;
}

static void choice_put(struct model_sizes *sizes, enum choice choice,
                       unsigned value)
{
    sizes->said |= 1u << choice;
    switch (choice) {
    case CHOICE_KIND:
        sizes->kind = (enum model_kind)value;
        break;
    case CHOICE_NORM:
        sizes->norm = (enum model_norm)value;
        break;
    case CHOICE_POSITIONS:
        sizes->positions = (enum model_positions)value;
        break;
    case CHOICE_TIED:
        sizes->tied = value;
        break;
    case CHOICE_GATED:
        sizes->gated = value;
        break;
    case CHOICE_FUSED:
        sizes->fused = value;
        break;
    case CHOICE_HEAD_NORMS:
        sizes->head_norms = value;
        break;
    case CHOICE_SOFT_CAPS:
        sizes->soft_caps = value;
        break;
    case CHOICE_SHARED_WEIGHED:
    case CHOICES:
        sizes->shared_weighed = value;
        break;
    }
}

void model_sizes_init(struct model_sizes *sizes)
{
    *sizes = (struct model_sizes){ 0 };
}

/* Sizes that a file may say; the later ones are made of them. */
static bool is_said(enum dim dim)
{
    return dim > DIM_END && dim < DIM_QUERIES;
}

static int sizes_unknown_key(const char *key, struct error *err)
{
    const char *known[DIMS + CHOICES + MODEL_LISTS], *near;
    size_t count = 0;

    for (unsigned i = 0; i < CHOICES; i++)
        known[count++] = choices[i].key;
    for (unsigned i = 0; i < DIMS; i++)
        if (is_said((enum dim)i))
            known[count++] = dim_names[i];
    for (unsigned i = 0; i < MODEL_LISTS; i++)
        known[count++] = model_list_names[i];
    near = nearest_name(key, known, count);
    return error_set(err, ERROR_DATA, "model.%s: no such key%s%s%s", key,
                     near ? "; did you mean " : "", near ? near : "",
                     near ? "?" : "");
}

static int model_sizes_set_choice(struct model_sizes *sizes, enum choice choice,
                                  const char *value, struct error *err)
{
    const char *const *words = choices[choice].words;
    struct text list;

    for (unsigned i = 0; words[i]; i++)
        if (strcmp(words[i], value) == 0) {
            choice_put(sizes, choice, i);
            return 0;
        }
    text_init(&list);
    for (unsigned i = 0; words[i]; i++)
        text_addf(&list, "%s%s", i ? ", " : "", words[i]);
    error_set(err, ERROR_DATA, "model.%s: \"%s\" is none of %s",
              choices[choice].key, value, list.at);
    text_release(&list);
    return -1;
}

/* The list of that name; MODEL_LISTS if it is none. */
static enum model_list list_called(const char *key)
{
    unsigned i = 0;

    while (i < MODEL_LISTS && strcmp(model_list_names[i], key) != 0)
        i++;
    return (enum model_list)i;
}

bool model_sizes_is_list(const char *key)
{
    return list_called(key) < MODEL_LISTS;
}

static int set_block(struct model_sizes *sizes, enum model_list list,
                     const char *value, struct error *err)
{
    uint64_t block;

    if (!number_u64(&block, value) || block >= MODEL_MAX_BLOCKS)
        return error_set(err, ERROR_DATA,
                         "model.%s: \"%s\" is not the number of a block, "
                         "0..%d",
                         model_list_names[list], value, MODEL_MAX_BLOCKS - 1);
    sizes->has_list[list] = true;
    sizes->listed[list][block] = true;
    return 0;
}

int model_sizes_set(struct model_sizes *sizes, const char *key,
                    const char *value, struct error *err)
{
    uint64_t number;

    for (unsigned i = 0; i < CHOICES; i++)
        if (strcmp(choices[i].key, key) == 0)
            return model_sizes_set_choice(sizes, (enum choice)i, value, err);
    if (model_sizes_is_list(key))
        return set_block(sizes, list_called(key), value, err);
    for (unsigned i = 0; i < DIMS; i++) {
        if (!is_said((enum dim)i) || strcmp(dim_names[i], key) != 0)
            continue;
        if (!number_u64(&number, value) || number < 1 || number > DIM_LARGEST)
            return error_set(err, ERROR_DATA,
                             "model.%s: \"%s\" is not a whole number in 1..%d",
                             key, value, DIM_LARGEST);
        sizes->size[i] = (uint32_t)number;
        return 0;
    }
    return sizes_unknown_key(key, err);
}

static json_t *list_json(const struct model_sizes *sizes, enum model_list list)
{
    json_t *array = json_array();

    for (uint32_t b = 0; b < sizes->blocks; b++)
        if (sizes->listed[list][b])
            json_array_append_new(array, json_integer(b));
    return array;
}

/* Choices that came later are left out where they say nothing, so that what is
 * known of older models stays as it is. */
char *model_sizes_text(const struct model_sizes *sizes)
{
    json_t *object = json_object();
    char *text;

    json_object_set_new(object, "blocks", json_integer(sizes->blocks));
    for (unsigned i = 0; i < CHOICES; i++) {
        unsigned value = choice_get(sizes, (enum choice)i);

        if (value > 0 || i < CHOICE_SHARED_WEIGHED)
            json_object_set_new(object, choices[i].key,
                                json_string(choices[i].words[value]));
    }
    for (unsigned i = 0; i < DIMS; i++)
        if (is_said((enum dim)i) && sizes->size[i])
            json_object_set_new(object, dim_names[i],
                                json_integer(sizes->size[i]));
    for (unsigned i = 0; i < MODEL_LISTS; i++)
        if (sizes->has_list[i])
            json_object_set_new(object, model_list_names[i],
                                list_json(sizes, (enum model_list)i));
    text = json_dumps(object, JSON_COMPACT);
    if (!text)
        memory_exhausted(0);
    json_decref(object);
    return text;
}

static int parse_value(struct model_sizes *sizes, const char *key,
                       struct json_text value, struct error *err)
{
    char *text;
    int64_t number;
    int status;

    if (json_text_kind(value) == JSON_TEXT_STRING)
        text = json_text_string(value);
    else if (json_text_integer(value, &number))
        text = memory_printf("%jd", (intmax_t)number);
    else
        return error_set(err, ERROR_DATA,
                         "model.%s: a word or a whole number was expected",
                         key);
    status = model_sizes_set(sizes, key, text, err);
    free(text);
    return status;
}

static int parse_blocks(uint32_t *blocks, struct json_text value,
                        struct error *err)
{
    int64_t number;

    if (!json_text_integer(value, &number) || number < 1 ||
        number > MODEL_MAX_BLOCKS)
        return error_set(err, ERROR_DATA,
                         "model.blocks: a whole number in 1..%d was expected",
                         MODEL_MAX_BLOCKS);
    *blocks = (uint32_t)number;
    return 0;
}

static int parse_member(struct model_sizes *sizes, const char *key,
                        struct json_text value, struct error *err)
{
    struct json_walk items;

    if (!model_sizes_is_list(key) || json_text_kind(value) != JSON_TEXT_LIST)
        return parse_value(sizes, key, value, err);
    items = json_walk_begin(value);
    while (json_walk_next(&items)) {
        if (parse_value(sizes, key, items.value, err) < 0)
            return -1;
    }
    return 0;
}

int model_sizes_parse(struct model_sizes *sizes, const char *text,
                      struct error *err)
{
    struct json_text object;
    struct json_walk walk;
    uint32_t blocks = 0;
    int status = 0;

    model_sizes_init(sizes);
    if (json_object_parse(&object, text, err) < 0)
        return error_prefix(err, "\"sizes\": ");
    walk = json_walk_begin(object);
    while (status == 0 && json_walk_next(&walk)) {
        char *key = json_text_string(walk.key);

        status = strcmp(key, "blocks") == 0
                     ? parse_blocks(&blocks, walk.value, err)
                     : parse_member(sizes, key, walk.value, err);
        free(key);
    }
    return status < 0 ? -1 : model_sizes_finish(sizes, blocks, err);
}

static void list_yaml(struct text *text, const struct model_sizes *sizes,
                      enum model_list list)
{
    const char *comma = "";

    text_addf(text, "  %s: [", model_list_names[list]);
    for (uint32_t b = 0; b < sizes->blocks; b++)
        if (sizes->listed[list][b]) {
            text_addf(text, "%s%u", comma, b);
            comma = ", ";
        }
    text_add(text, "]\n");
}

char *model_sizes_yaml(const struct model_sizes *sizes)
{
    struct text text;

    text_init(&text);
    for (unsigned i = 0; i < CHOICES; i++) {
        unsigned value = choice_get(sizes, (enum choice)i);

        if (value != 0 || i <= CHOICE_POSITIONS)
            text_addf(&text, "  %s: %s\n", choices[i].key,
                      choices[i].words[value]);
    }
    for (unsigned i = 0; i < DIMS; i++)
        if (is_said((enum dim)i) && sizes->size[i])
            text_addf(&text, "  %s: %u\n", dim_names[i], sizes->size[i]);
    for (unsigned i = 0; i < MODEL_LISTS; i++)
        if (sizes->has_list[i])
            list_yaml(&text, sizes, (enum model_list)i);
    return text_take(&text);
}
