/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/names.h"
#include "trace/json_object.h"
#include "trace/layer.h"
#include "trace/plan.h"
#include "trace/update.h"

enum { MAX_BYTES = 1 << 28, SPARSITY_DIGITS = 9 };

static const char *const plan_keys[] = {
    "format",    "version", "model",    "checkpoint", "trace",      "tokens",
    "method",    "mask",    "patterns", "sparsity",   "parameters", "layers",
    "objective", "bound",   "reason",   NULL
};
static const char *const mask_keys[] = { "score", "statistics", "update",
                                         "agreement" };
/* These are there only where they say something, as they came later. */
static const char *const more_mask_keys[] = { "blocks", "reconstruct" };
enum {
    MASK_KEYS = sizeof mask_keys / sizeof *mask_keys,
    MORE_MASK_KEYS = sizeof more_mask_keys / sizeof *more_mask_keys
};
static const char *const reconstruct_keys[] = { "steps", "rate", "seed", NULL };
static const char *const sparsity_keys[] = { "asked", "reached", "next", NULL };
static const char *const layer_keys[] = { "name",    "block",   "inputs",
                                          "outputs", "pattern", "score",
                                          "reason",  NULL };

static json_t *pattern_json(struct pattern pattern)
{
    char text[PATTERN_TEXT];

    pattern_print(text, pattern);
    return json_string(text);
}

static json_t *layers_json(const struct plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->layers; i++) {
        const struct plan_layer *layer = &plan->layer[i];

        json_array_append_new(
            list, json_pack("{ss si si si so so ss}", "name", layer->shape.name,
                            "block", (int)layer->shape.block, "inputs",
                            (int)layer->shape.inputs, "outputs",
                            (int)layer->shape.outputs, "pattern",
                            pattern_json(layer->pattern), "score",
                            json_number_or_null(layer->score), "reason",
                            layer->reason));
    }
    return list;
}

static json_t *mask_json(const struct plan *plan)
{
    json_t *mask = json_pack("{ss ss ss sI}", "score", score_names[plan->score],
                             "statistics", statistics_names[plan->statistics],
                             "update", update_names[plan->update], "agreement",
                             (json_int_t)plan->agreement);

    if (plan->blocks)
        json_object_set_new(mask, "blocks", json_true());
    if (plan->update == UPDATE_RECONSTRUCT)
        json_object_set_new(mask, "reconstruct",
                            json_pack("{sI sf sI}", "steps",
                                      (json_int_t)plan->reconstruct.steps,
                                      "rate", plan->reconstruct.rate, "seed",
                                      (json_int_t)plan->reconstruct.seed));
    return mask;
}

static json_t *plan_json(const struct plan *plan)
{
    json_t *patterns = json_array();

    for (size_t i = 0; i < plan->patterns.count; i++)
        json_array_append_new(patterns, pattern_json(plan->patterns.at[i]));
    return json_pack("{ss si ss ss ss ss ss sO so so s{so so so} so so ss so}",
                     "format", "flexcim-plan", "version", plan->version,
                     "model", plan->model, "checkpoint", plan->checkpoint,
                     "trace", plan->trace, "tokens", plan->tokens, "method",
                     plan->method, "parameters", plan->parameters, "mask",
                     mask_json(plan), "patterns", patterns, "sparsity", "asked",
                     json_number_or_null(plan->asked), "reached",
                     json_number_or_null(plan->reached), "next",
                     json_number_or_null(plan->next), "objective",
                     json_number_or_null(plan->objective), "bound",
                     json_number_or_null(plan->bound), "reason", plan->reason,
                     "layers", layers_json(plan));
}

/* Takes `json` over. */
static char *dump(json_t *json, size_t flags)
{
    char *text = json ? json_dumps(json, flags) : NULL;

    if (!text)
        memory_exhausted(0);
    json_decref(json);
    return text;
}

char *plan_text(const struct plan *plan)
{
    return dump(plan_json(plan), JSON_SORT_KEYS | JSON_COMPACT);
}

/* The text whose hash is the plan's identity. */
static char *identity_text(const struct plan *plan)
{
    static const char *const beside[] = { "model", "objective", "bound",
                                          "reason" };
    json_t *json = plan_json(plan), *layer;
    size_t i;

    if (plan->version == 1)
        return dump(json, JSON_SORT_KEYS | JSON_COMPACT);
    for (i = 0; i < sizeof beside / sizeof *beside; i++)
        json_object_del(json, beside[i]);
    json_array_foreach(json_object_get(json, "layers"), i, layer)
    {
        json_object_del(layer, "score");
        json_object_del(layer, "reason");
    }
    return dump(json, JSON_SORT_KEYS | JSON_COMPACT);
}

void plan_hash(const struct plan *plan, char hash[HASH_TEXT])
{
    char *text = identity_text(plan);

    hash_bytes(hash, text, strlen(text));
    free(text);
}

int plan_write(const struct plan *plan, const char *path, struct error *err)
{
    json_t *json = plan_json(plan);
    size_t length;
    char *text;
    int status;

    if (plan->trace_path[0])
        json_object_set_new(json, "trace_path", json_string(plan->trace_path));
    text = dump(json, JSON_INDENT(2));
    length = strlen(text);

    text[length] = '\n'; /* the NUL is not written */
    status = file_put(path, text, length + 1, err);
    free(text);
    return status;
}

static int read_layer_numbers(struct plan_layer *layer, const json_t *json,
                              struct error *err)
{
    uint64_t block, inputs, outputs;

    if (json_object_integer(json, "block", 0, PLAN_MAX_LAYERS, &block, err) <
            0 ||
        json_object_integer(json, "inputs", 1, LAYER_MAX_INPUTS - 1, &inputs,
                            err) < 0 ||
        json_object_integer(json, "outputs", 1, INT32_MAX, &outputs, err) < 0 ||
        json_object_number(json, "score", &layer->score, err) < 0)
        return -1;
    layer->shape.block = (uint32_t)block;
    layer->shape.inputs = (uint32_t)inputs;
    layer->shape.outputs = (uint32_t)outputs;
    return 0;
}

static int read_layer(struct plan_layer *layer, const json_t *json,
                      struct error *err)
{
    const char *name, *pattern, *reason;

    if (!json_is_object(json))
        return error_set(err, ERROR_DATA, "an object { ... } was expected");
    if (json_object_keys(json, layer_keys, err) < 0 ||
        json_object_text(json, "name", &name, err) < 0 ||
        json_object_text(json, "reason", &reason, err) < 0 ||
        json_object_text(json, "pattern", &pattern, err) < 0)
        return -1;
    layer_shape_rename(&layer->shape, memory_text(name));
    plan_set(&layer->reason, memory_text(reason));
    if (read_layer_numbers(layer, json, err) < 0 ||
        pattern_parse(&layer->pattern, pattern, err) < 0)
        return error_prefix(err, "layer %.200s: ", name);
    return 0;
}

static int plan_json_compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_names(const struct plan *plan, struct error *err)
{
    const char **names = memory_new(plan->layers, sizeof *names);
    int status = 0;

    for (size_t i = 0; i < plan->layers; i++)
        names[i] = plan->layer[i].shape.name;
    qsort(names, plan->layers, sizeof *names, plan_json_compare_names);
    for (size_t i = 1; status == 0 && i < plan->layers; i++) {
        if (strcmp(names[i - 1], names[i]) == 0)
            status = error_set(err, ERROR_DATA, "layer %.200s is there twice",
                               names[i]);
    }
    free(names);
    return status;
}

static int read_layers(struct plan *plan, const json_t *list, struct error *err)
{
    for (size_t i = 0; i < plan->layers; i++) {
        if (read_layer(&plan->layer[i], json_array_get(list, i), err) < 0)
            return error_prefix(err, "\"layers\", item %zu: ", i);
    }
    return check_names(plan, err);
}

static int plan_json_read_hash(char hash[HASH_TEXT], const json_t *json,
                               const char *key, struct error *err)
{
    const char *text;

    if (json_object_hash(json, key, &text, err) < 0)
        return -1;
    memcpy(hash, text, HASH_TEXT);
    return 0;
}

static int read_texts(struct plan *plan, const json_t *json, struct error *err)
{
    const char *model, *method, *reason;
    json_t *parameters;

    if (json_object_text(json, "model", &model, err) < 0 ||
        json_object_text(json, "method", &method, err) < 0 ||
        json_object_text(json, "reason", &reason, err) < 0 ||
        json_object_member(json, "parameters", &parameters, err) < 0 ||
        plan_json_read_hash(plan->checkpoint, json, "checkpoint", err) < 0 ||
        plan_json_read_hash(plan->trace, json, "trace", err) < 0 ||
        plan_json_read_hash(plan->tokens, json, "tokens", err) < 0 ||
        json_object_number(json, "objective", &plan->objective, err) < 0 ||
        json_object_number(json, "bound", &plan->bound, err) < 0)
        return -1;
    plan_set(&plan->model, memory_text(model));
    plan_set(&plan->method, memory_text(method));
    plan_set(&plan->reason, memory_text(reason));
    json_decref(plan->parameters);
    plan->parameters = json_incref(parameters);
    return 0;
}

/* The word at `key` as its place among `words`. */
static int read_word(unsigned *value, const json_t *json, const char *key,
                     const char *const *words, struct error *err)
{
    const char *word;

    if (json_object_text(json, key, &word, err) < 0)
        return -1;
    return names_parse(value, words, word, err) < 0
               ? error_prefix(err, "\"%s\": ", key)
               : 0;
}

/* An update has its own masks or those of a score; ADMM, being a search for
 * masks, only its own.  Reconstruct starts from any. */
static bool belong_together(enum score score, enum update update)
{
    if (update == UPDATE_RECONSTRUCT)
        return true;
    if (!score_has_formula(score))
        return update != UPDATE_NONE && score == update_own_score(update);
    return update == UPDATE_NONE || update_own_score(update) != SCORE_ADMM;
}

/* Words and numbers of the object "mask", but for "blocks". */
static int read_mask_words(struct plan *plan, const json_t *mask,
                           struct error *err)
{
    unsigned score, statistics, update;
    uint64_t agreement;

    if (read_word(&score, mask, "score", score_names, err) < 0 ||
        read_word(&statistics, mask, "statistics", statistics_names, err) < 0 ||
        read_word(&update, mask, "update", update_names, err) < 0 ||
        json_object_integer(mask, "agreement", 1, INT32_MAX, &agreement, err) <
            0)
        return -1;
    plan->score = score;
    plan->statistics = statistics;
    plan->update = update;
    plan->agreement = (uint32_t)agreement;
    if (!belong_together(plan->score, plan->update))
        return error_set(err, ERROR_DATA,
                         "\"score\" is \"%s\", but \"update\" is \"%s\"",
                         score_names[score], update_names[update]);
    return 0;
}

static int read_reconstruct(struct plan *plan, const json_t *mask,
                            struct error *err)
{
    struct plan_reconstruct *how = &plan->reconstruct;
    json_t *object;
    uint64_t steps;

    if (plan->update != UPDATE_RECONSTRUCT)
        return json_object_get(mask, "reconstruct")
                   ? error_set(err, ERROR_DATA,
                               "\"reconstruct\" is there, but \"update\" is "
                               "\"%s\"",
                               update_names[plan->update])
                   : 0;
    if (json_object_member(mask, "reconstruct", &object, err) < 0)
        return -1;
    if (json_object_keys(object, reconstruct_keys, err) < 0 ||
        json_object_integer(object, "steps", 1, INT32_MAX, &steps, err) < 0 ||
        json_object_number(object, "rate", &how->rate, err) < 0 ||
        json_object_integer(object, "seed", 0, INT64_MAX, &how->seed, err) < 0)
        return error_prefix(err, "\"reconstruct\": ");
    how->steps = (uint32_t)steps;
    if (how->rate > 0 && how->rate < 1)
        return 0;
    return error_set(err, ERROR_DATA,
                     "\"reconstruct\": \"rate\" is %g; over 0 and under 1 "
                     "was expected",
                     how->rate);
}

static int check_mask_keys(const json_t *mask, struct error *err)
{
    const char *keys[MASK_KEYS + MORE_MASK_KEYS + 1] = { 0 };
    size_t count = MASK_KEYS;

    memcpy(keys, mask_keys, sizeof mask_keys);
    for (size_t i = 0; i < MORE_MASK_KEYS; i++) {
        if (json_object_get(mask, more_mask_keys[i]))
            keys[count++] = more_mask_keys[i];
    }
    return json_object_keys(mask, keys, err);
}

static int read_mask(struct plan *plan, const json_t *json, struct error *err)
{
    json_t *mask, *blocks;

    if (json_object_member(json, "mask", &mask, err) < 0)
        return -1;
    blocks = json_object_get(mask, "blocks");
    if (check_mask_keys(mask, err) < 0 ||
        read_mask_words(plan, mask, err) < 0 ||
        read_reconstruct(plan, mask, err) < 0)
        return error_prefix(err, "\"mask\": ");
    if (blocks && !json_is_true(blocks))
        return error_set(err, ERROR_DATA,
                         "\"mask\": \"blocks\" is true or is not there");
    plan->blocks = blocks != NULL;
    return 0;
}

static int plan_json_read_patterns(struct plan *plan, const json_t *json,
                                   struct error *err)
{
    json_t *list;

    if (json_object_list(json, "patterns", &list, err) < 0)
        return -1;
    if (json_array_size(list) > PATTERN_LIST_MAX)
        return error_set(err, ERROR_DATA, "\"patterns\": more than %d",
                         PATTERN_LIST_MAX);
    plan->patterns.count = json_array_size(list);
    for (size_t i = 0; i < plan->patterns.count; i++) {
        const json_t *item = json_array_get(list, i);

        if (!json_is_string(item))
            return error_set(err, ERROR_DATA,
                             "\"patterns\", item %zu: a text was expected", i);
        if (pattern_parse(&plan->patterns.at[i], json_string_value(item), err) <
            0)
            return error_prefix(err, "\"patterns\": ");
    }
    return 0;
}

static int read_sparsity(struct plan *plan, const json_t *json,
                         struct error *err)
{
    json_t *sparsity;

    if (json_object_member(json, "sparsity", &sparsity, err) < 0)
        return -1;
    if (json_object_keys(sparsity, sparsity_keys, err) < 0 ||
        json_object_number(sparsity, "asked", &plan->asked, err) < 0 ||
        json_object_number(sparsity, "reached", &plan->reached, err) < 0 ||
        json_object_number(sparsity, "next", &plan->next, err) < 0)
        return error_prefix(err, "\"sparsity\": ");
    if (!(fabs(plan->reached - plan_sparsity(plan)) <= 1e-9))
        return error_set(err, ERROR_DATA,
                         "\"sparsity\": \"reached\" is %.*g, but the layers' "
                         "patterns make it %.*g",
                         SPARSITY_DIGITS, plan->reached, SPARSITY_DIGITS,
                         plan_sparsity(plan));
    return 0;
}

static int check_format(const json_t *json, int *read, struct error *err)
{
    const char *format;
    uint64_t version;

    if (json_object_text(json, "format", &format, err) < 0)
        return -1;
    if (strcmp(format, "flexcim-plan") != 0)
        return error_set(err, ERROR_DATA,
                         "\"format\" is \"%.40s\"; \"flexcim-plan\" was "
                         "expected",
                         format);
    if (json_object_integer(json, "version", 1, INT32_MAX, &version, err) < 0)
        return -1;
    if (version > PLAN_VERSION)
        return error_set(err, ERROR_DATA,
                         "version %ju of the plan format is newer than this "
                         "program, which reads version %d",
                         (uintmax_t)version, PLAN_VERSION);
    *read = (int)version;
    return json_object_keys(json, plan_keys, err);
}

static int plan_json_read_plan(struct plan *plan, const json_t *json,
                               struct error *err)
{
    json_t *layers;
    int version = PLAN_VERSION;

    if (check_format(json, &version, err) < 0 ||
        json_object_list(json, "layers", &layers, err) < 0)
        return -1;
    if (json_array_size(layers) == 0 ||
        json_array_size(layers) > PLAN_MAX_LAYERS)
        return error_set(err, ERROR_DATA, "%zu layers; 1 to %d were expected",
                         json_array_size(layers), PLAN_MAX_LAYERS);
    plan_init(plan, json_array_size(layers));
    plan->version = version;
    if (read_layers(plan, layers, err) == 0 &&
        read_texts(plan, json, err) == 0 && read_mask(plan, json, err) == 0 &&
        plan_json_read_patterns(plan, json, err) == 0 &&
        read_sparsity(plan, json, err) == 0)
        return 0;
    plan_release(plan);
    return -1;
}

/* Takes what the canonical form is without out of `json`. */
static int take_trace_path(char **path, json_t *json, struct error *err)
{
    const json_t *found = json_object_get(json, "trace_path");

    if (found && !json_is_string(found))
        return error_set(err, ERROR_DATA,
                         "\"trace_path\": a text was expected");
    *path = memory_text(found ? json_string_value(found) : "");
    json_object_del(json, "trace_path");
    return 0;
}

int plan_parse(struct plan *plan, const char *text, const char *name,
               struct error *err)
{
    char *path = NULL;
    json_t *json;
    int status;

    *plan = (struct plan){ 0 };
    if (json_object_parse(&json, text, err) < 0)
        return error_prefix(err, "%s: ", name);
    status = take_trace_path(&path, json, err);
    if (status == 0)
        status = plan_json_read_plan(plan, json, err);
    json_decref(json);
    if (status == 0)
        plan_set(&plan->trace_path, path);
    else
        free(path);
    return status < 0 ? error_prefix(err, "%s: ", name) : 0;
}

int plan_read(struct plan *plan, const char *path, struct error *err)
{
    char *text = file_read_text(path, MAX_BYTES, err);
    int status;

    *plan = (struct plan){ 0 };
    if (!text)
        return -1;
    status = plan_parse(plan, text, path, err);
    free(text);
    return status;
}
