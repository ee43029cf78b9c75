/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plans as they are read: where they lie, so that a large file costs little
 * more than its length, and every key and number checked.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/names.h"
#include "trace/json_object.h"
#include "trace/layer_rows.h"
#include "trace/permutation_reader.h"
#include "trace/plan.h"
#include "trace/update.h"

/* Of a file, and of what its method was told. */
enum { MAX_BYTES = 1 << 28, MAX_PARAMETERS = 1 << 16, SPARSITY_DIGITS = 9 };

static const char *const plan_keys[] = {
    "format",    "version", "model",    "checkpoint", "trace",      "tokens",
    "method",    "mask",    "patterns", "sparsity",   "parameters", "layers",
    "objective", "bound",   "reason",   NULL
};
/* These are there only where they say something, as they came later. */
static const char *const more_plan_keys[] = { "trace_path", "permutation" };
static const char *const mask_keys[] = { "score", "statistics", "update",
                                         "agreement" };
/* These are there only where they say something, as they came later. */
static const char *const more_mask_keys[] = { "blocks", "unstructured",
                                              "reconstruct", "propagate" };
enum {
    PLAN_KEYS = sizeof plan_keys / sizeof *plan_keys, /* and a NULL */
    MORE_PLAN_KEYS = sizeof more_plan_keys / sizeof *more_plan_keys,
    MASK_KEYS = sizeof mask_keys / sizeof *mask_keys,
    MORE_MASK_KEYS = sizeof more_mask_keys / sizeof *more_mask_keys
};
static const char *const reconstruct_keys[] = { "steps", "rate", "seed", NULL };
static const char *const sparsity_keys[] = { "asked", "reached", "next", NULL };
static const char *const layer_keys[] = { "name",    "block",   "inputs",
                                          "outputs", "pattern", "score",
                                          "reason",  NULL };

/* Instead of the text that the plan has there. */
static int read_text(char **text, struct json_text json, const char *key,
                     struct error *err)
{
    char *found;

    if (json_object_text(json, key, &found, err) < 0)
        return -1;
    plan_set(text, found);
    return 0;
}

static int read_layer(struct plan_layer *layer, struct json_text json,
                      struct error *err)
{
    char *pattern;
    int status;

    if (layer_row_read(&layer->shape, json, err) < 0)
        return -1;
    if (read_text(&layer->reason, json, "reason", err) < 0 ||
        json_object_number(json, "score", &layer->score, err) < 0 ||
        json_object_text(json, "pattern", &pattern, err) < 0)
        return error_prefix(err, "layer %.200s: ", layer->shape.name);
    status = pattern_parse(&layer->pattern, pattern, err);
    free(pattern);
    return status < 0 ? error_prefix(err, "layer %.200s: ", layer->shape.name)
                      : 0;
}

static int plan_reader_compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_names(const struct plan *plan, struct error *err)
{
    const char **names = memory_new(plan->layers, sizeof *names);
    int status = 0;

    for (size_t i = 0; i < plan->layers; i++)
        names[i] = plan->layer[i].shape.name;
    qsort(names, plan->layers, sizeof *names, plan_reader_compare_names);
    for (size_t i = 1; status == 0 && i < plan->layers; i++) {
        if (strcmp(names[i - 1], names[i]) == 0)
            status = error_set(err, ERROR_DATA, "layer %.200s is there twice",
                               names[i]);
    }
    free(names);
    return status;
}

static const char *const *plan_reader_layer_keys(struct json_text row)
{
    (void)row; /* all layers of a plan have the same */
    return layer_keys;
}

static int read_layers(struct plan *plan, struct json_text list,
                       struct error *err)
{
    struct json_walk walk = json_walk_begin(list);

    for (size_t i = 0; json_walk_next(&walk); i++) {
        if (read_layer(&plan->layer[i], walk.value, err) < 0)
            return error_prefix(err, "\"layers\", item %zu: ", i);
    }
    return check_names(plan, err);
}

static int read_texts(struct plan *plan, struct json_text json,
                      struct error *err)
{
    json_t *parameters;

    if (read_text(&plan->model, json, "model", err) < 0 ||
        read_text(&plan->method, json, "method", err) < 0 ||
        read_text(&plan->reason, json, "reason", err) < 0 ||
        json_object_hash(json, "checkpoint", plan->checkpoint, err) < 0 ||
        json_object_hash(json, "trace", plan->trace, err) < 0 ||
        json_object_hash(json, "tokens", plan->tokens, err) < 0 ||
        json_object_number(json, "objective", &plan->objective, err) < 0 ||
        json_object_number(json, "bound", &plan->bound, err) < 0 ||
        json_object_tree(json, "parameters", MAX_PARAMETERS, &parameters, err) <
            0)
        return -1;
    json_decref(plan->parameters);
    plan->parameters = parameters;
    return 0;
}

/* The word at `key` as its place among `words`. */
static int read_word(unsigned *value, struct json_text json, const char *key,
                     const char *const *words, struct error *err)
{
    char *word;
    int status;

    if (json_object_text(json, key, &word, err) < 0)
        return -1;
    status = names_parse(value, words, word, err);
    free(word);
    return status < 0 ? error_prefix(err, "\"%s\": ", key) : 0;
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

/* Words and numbers of the object "mask", but for its switches. */
static int read_mask_words(struct plan *plan, struct json_text mask,
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

static int read_reconstruct(struct plan *plan, struct json_text mask,
                            struct error *err)
{
    struct plan_reconstruct *how = &plan->reconstruct;
    struct json_text object;
    uint64_t steps;

    if (plan->update != UPDATE_RECONSTRUCT)
        return json_text_member(mask, "reconstruct").at
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

static int read_propagate(struct plan *plan, struct json_text mask,
                          struct error *err)
{
    if (!json_text_member(mask, "propagate").at)
        return 0;
    if (json_object_number(mask, "propagate", &plan->propagate, err) < 0)
        return -1;
    if (!(plan->propagate >= 0 && plan->propagate <= 1))
        return error_set(err, ERROR_DATA,
                         "\"propagate\" is %g; a share from 0 to 1 was "
                         "expected",
                         plan->propagate);
    if (update_may_propagate(plan->update))
        return 0;
    return error_set(err, ERROR_DATA,
                     "\"propagate\" is there, but \"update\" is \"%s\"",
                     update_names[plan->update]);
}

static int check_mask_keys(struct json_text mask, struct error *err)
{
    const char *keys[MASK_KEYS + MORE_MASK_KEYS + 1] = { 0 };
    size_t count = MASK_KEYS;

    memcpy(keys, mask_keys, sizeof mask_keys);
    for (size_t i = 0; i < MORE_MASK_KEYS; i++) {
        if (json_text_member(mask, more_mask_keys[i]).at)
            keys[count++] = more_mask_keys[i];
    }
    return json_object_keys(mask, keys, err);
}

/* A key that is true, or not there. */
static int read_switch(bool *on, struct json_text mask, const char *key,
                       struct error *err)
{
    struct json_text value = json_text_member(mask, key);

    *on = value.at != NULL;
    if (!*on || json_text_kind(value) == JSON_TEXT_TRUE)
        return 0;
    return error_set(err, ERROR_DATA,
                     "\"mask\": \"%s\" is true or is not there", key);
}

static int read_mask(struct plan *plan, struct json_text json,
                     struct error *err)
{
    struct json_text mask;

    if (json_object_member(json, "mask", &mask, err) < 0)
        return -1;
    if (check_mask_keys(mask, err) < 0 ||
        read_mask_words(plan, mask, err) < 0 ||
        read_reconstruct(plan, mask, err) < 0 ||
        read_propagate(plan, mask, err) < 0)
        return error_prefix(err, "\"mask\": ");
    if (read_switch(&plan->blocks, mask, "blocks", err) < 0 ||
        read_switch(&plan->unstructured, mask, "unstructured", err) < 0)
        return -1;
    if (plan->unstructured && (plan->agreement > 1 || plan->blocks))
        return error_set(err, ERROR_DATA,
                         "\"mask\": what is unstructured has no groups, in "
                         "which outputs could agree");
    return 0;
}

static int plan_reader_read_patterns(struct plan *plan, struct json_text json,
                                     struct error *err)
{
    struct json_text list;
    struct json_walk walk;

    if (json_object_list(json, "patterns", &list, err) < 0)
        return -1;
    plan->patterns.count = json_text_count(list);
    if (plan->patterns.count > PATTERN_LIST_MAX)
        return error_set(err, ERROR_DATA, "\"patterns\": more than %d",
                         PATTERN_LIST_MAX);
    walk = json_walk_begin(list);
    for (size_t i = 0; json_walk_next(&walk); i++) {
        char *text = json_text_string(walk.value);
        int status;

        if (!text)
            return error_set(err, ERROR_DATA,
                             "\"patterns\", item %zu: a text was expected", i);
        status = pattern_parse(&plan->patterns.at[i], text, err);
        free(text);
        if (status < 0)
            return error_prefix(err, "\"patterns\": ");
    }
    return 0;
}

static int read_sparsity(struct plan *plan, struct json_text json,
                         struct error *err)
{
    struct json_text sparsity;

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

static int check_plan_keys(struct json_text json, struct error *err)
{
    const char *keys[PLAN_KEYS + MORE_PLAN_KEYS] = { 0 };
    size_t count = PLAN_KEYS - 1;

    memcpy(keys, plan_keys, sizeof plan_keys);
    for (size_t i = 0; i < MORE_PLAN_KEYS; i++) {
        if (json_text_member(json, more_plan_keys[i]).at)
            keys[count++] = more_plan_keys[i];
    }
    return json_object_keys(json, keys, err);
}

static int check_format(struct json_text json, int *read, struct error *err)
{
    char *format;
    uint64_t version;
    int status = 0;

    if (json_object_text(json, "format", &format, err) < 0)
        return -1;
    if (strcmp(format, "flexcim-plan") != 0)
        status = error_set(err, ERROR_DATA,
                           "\"format\" is \"%.40s\"; \"flexcim-plan\" was "
                           "expected",
                           format);
    free(format);
    if (status < 0 ||
        json_object_integer(json, "version", 1, INT32_MAX, &version, err) < 0)
        return -1;
    if (version > PLAN_VERSION)
        return error_set(err, ERROR_DATA,
                         "version %ju of the plan format is newer than this "
                         "program, which reads version %d",
                         (uintmax_t)version, PLAN_VERSION);
    *read = (int)version;
    return check_plan_keys(json, err);
}

static int plan_reader_read_plan(struct plan *plan, struct json_text json,
                                 struct error *err)
{
    bool has_path = json_text_member(json, "trace_path").at != NULL;
    struct json_text layers;
    int version = PLAN_VERSION;
    size_t count;

    if (check_format(json, &version, err) < 0 ||
        json_object_list(json, "layers", &layers, err) < 0)
        return -1;
    count = json_text_count(layers);
    if (count == 0 || count > PLAN_MAX_LAYERS)
        return error_set(err, ERROR_DATA, "%zu layers; 1 to %d were expected",
                         count, PLAN_MAX_LAYERS);
    if (layer_rows_check(layers, plan_reader_layer_keys, err) < 0)
        return error_prefix(err, "\"layers\", ");
    plan_init(plan, count);
    plan->version = version;
    if (read_layers(plan, layers, err) == 0 &&
        read_texts(plan, json, err) == 0 && read_mask(plan, json, err) == 0 &&
        plan_reader_read_patterns(plan, json, err) == 0 &&
        read_sparsity(plan, json, err) == 0 &&
        permutation_read(plan, json, err) == 0 &&
        (!has_path ||
         read_text(&plan->trace_path, json, "trace_path", err) == 0))
        return 0;
    plan_release(plan);
    return -1;
}

int plan_parse(struct plan *plan, const char *text, const char *name,
               struct error *err)
{
    struct json_text json;

    *plan = (struct plan){ 0 };
    if (json_object_parse(&json, text, err) == 0 &&
        plan_reader_read_plan(plan, json, err) == 0)
        return 0;
    return error_prefix(err, "%s: ", name);
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
