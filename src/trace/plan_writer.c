/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plans as they are written, in one canonical form: keys in a fixed order and
 * numbers as printed by the same routine, so that its text has a hash and the
 * hash names the plan.  The path of its trace is left out of that: where a file
 * lies is no part of what a plan says.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "trace/json_object.h"
#include "trace/plan.h"
#include "trace/update.h"

static json_t *pattern_json(struct pattern pattern)
{
    char text[PATTERN_TEXT];

    pattern_print(text, pattern);
    return json_string(text);
}

static json_t *layer_json(const struct plan_layer *layer)
{
    return json_pack(
        "{ss si si si so so ss}", "name", layer->shape.name, "block",
        (int)layer->shape.block, "inputs", (int)layer->shape.inputs, "outputs",
        (int)layer->shape.outputs, "pattern", pattern_json(layer->pattern),
        "score", json_number_or_null(layer->score), "reason", layer->reason);
}

static json_t *mask_json(const struct plan *plan)
{
    json_t *mask = json_pack("{ss ss ss sI}", "score", score_names[plan->score],
                             "statistics", statistics_names[plan->statistics],
                             "update", update_names[plan->update], "agreement",
                             (json_int_t)plan->agreement);

    if (plan->blocks)
        json_object_set_new(mask, "blocks", json_true());
    if (plan->unstructured)
        json_object_set_new(mask, "unstructured", json_true());
    if (!isnan(plan->propagate))
        json_object_set_new(mask, "propagate", json_real(plan->propagate));
    if (plan->update == UPDATE_RECONSTRUCT)
        json_object_set_new(mask, "reconstruct",
                            json_pack("{sI sf sI}", "steps",
                                      (json_int_t)plan->reconstruct.steps,
                                      "rate", plan->reconstruct.rate, "seed",
                                      (json_int_t)plan->reconstruct.seed));
    return mask;
}

static json_t *order_json(const char *channels, const uint32_t *order,
                          uint32_t count)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(list, json_integer(order[i]));
    return json_pack("{ss so}", "channels", channels, "order", list);
}

static json_t *permutation_json(const struct plan *plan)
{
    const struct permutation *permutation = plan->permutation;
    json_t *list = json_array();

    if (permutation->stream)
        json_array_append_new(list, order_json("stream", permutation->stream,
                                               permutation->width));
    for (size_t i = 0; i < plan->layers; i++) {
        const struct layer_shape *shape = &plan->layer[i].shape;

        if (permutation->inside[i])
            json_array_append_new(list, order_json(shape->name,
                                                   permutation->inside[i],
                                                   shape->inputs));
    }
    return list;
}

/* Without its layers: of a long plan a tree takes many times the text. */
static json_t *plan_json(const struct plan *plan)
{
    json_t *patterns = json_array(), *json;

    for (size_t i = 0; i < plan->patterns.count; i++)
        json_array_append_new(patterns, pattern_json(plan->patterns.at[i]));
    json = json_pack("{ss si ss ss ss ss ss sO so so s{so so so} so so ss so}",
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
                     "layers", json_array());
    if (json && plan->permutation)
        json_object_set_new(json, "permutation", permutation_json(plan));
    return json;
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

enum part {
    PART_ALL,
    PART_IDENTITY /* without what is computed, and the folder's name */
};

static void forget(json_t *json, const char *const *keys)
{
    for (; *keys; keys++)
        json_object_del(json, *keys);
}

/* The parameters but for what was measured to find a share to propagate, which
 * stands in the mask. */
static json_t *parameters_told(const struct plan *plan)
{
    json_t *told = json_deep_copy(plan->parameters);

    if (!told)
        memory_exhausted(0);
    json_object_del(told, "propagate");
    return told;
}

static void add_layer(struct text *text, const struct plan_layer *layer,
                      enum part part)
{
    static const char *const beside[] = { "score", "reason", NULL };
    json_t *json = layer_json(layer);
    char *one;

    if (part == PART_IDENTITY)
        forget(json, beside);
    one = dump(json, JSON_SORT_KEYS | JSON_COMPACT);
    text_add(text, one);
    free(one);
}

/* Keys sorted, no blanks.  The layers are put in one by one, where the head has
 * an empty list: first of all under that key, as the keys before it have texts,
 * in which a quote is escaped. */
static char *canonical(const struct plan *plan, enum part part)
{
    static const char *const beside[] = { "model", "objective", "bound",
                                          "reason", NULL };
    static const char empty[] = "\"layers\":[";
    json_t *json = plan_json(plan);
    char *head, *list;
    struct text text;

    if (part == PART_IDENTITY) {
        forget(json, beside);
        json_object_set_new(json, "parameters", parameters_told(plan));
    }
    head = dump(json, JSON_SORT_KEYS | JSON_COMPACT);
    list = strstr(head, empty) + strlen(empty);
    text_init(&text);
    text_add_bytes(&text, head, (size_t)(list - head));
    for (size_t i = 0; i < plan->layers; i++) {
        if (i > 0)
            text_add(&text, ",");
        add_layer(&text, &plan->layer[i], part);
    }
    text_add(&text, list);
    free(head);
    return text_take(&text);
}

char *plan_text(const struct plan *plan)
{
    return canonical(plan, PART_ALL);
}

void plan_hash(const struct plan *plan, char hash[HASH_TEXT])
{
    char *text = canonical(plan, plan->version == 1 ? PART_ALL : PART_IDENTITY);

    hash_bytes(hash, text, strlen(text));
    free(text);
}

int plan_write(const struct plan *plan, const char *path, struct error *err)
{
    json_t *json = plan_json(plan), *layers = json_object_get(json, "layers");
    size_t length;
    char *text;
    int status;

    for (size_t i = 0; i < plan->layers; i++)
        json_array_append_new(layers, layer_json(&plan->layer[i]));
    if (plan->trace_path[0])
        json_object_set_new(json, "trace_path", json_string(plan->trace_path));
    text = dump(json, JSON_INDENT(2));
    length = strlen(text);

    text[length] = '\n'; /* the NUL is not written */
    status = file_put(path, text, length + 1, err);
    free(text);
    return status;
}
