/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of a recorded trace: a row of JSON for each layer, in module order.
 * Layers with the same input (q, k and v of an attention) share one copy of it.
 * A row names the layer whose input it has; that one comes first and names
 * itself, so that one step leads to the owner.  An expert's layers say besides
 * how many tokens reached it, of the sample and of all; layers of one input
 * must say the same.
 */
#include "trace/recorded_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "trace/layer_rows.h"
#include "trace/plan.h"
#include "trace/trace_file.h"

/* The layer's own number, or that of an earlier one that is its own. */
static int find_input(struct recorded_trace *trace, size_t layer,
                      const char *name, struct error *err)
{
    struct recorded_layer *me = &trace->layer[layer];

    for (size_t i = layer + 1; i-- > 0;) {
        const struct recorded_layer *other = &trace->layer[i];

        if (strcmp(other->shape.name, name) != 0)
            continue;
        if (other->shape.inputs != me->shape.inputs ||
            (i < layer && other->input_of != i))
            break;
        me->input_of = i;
        return 0;
    }
    return error_set(err, ERROR_DATA,
                     "\"input\" is \"%.200s\", which is neither the layer "
                     "itself nor an earlier one of as many inputs that has its "
                     "own",
                     name);
}

static const char *const row_keys[] = { "name",    "block", "inputs",
                                        "outputs", "input", NULL };
static const char *const expert_keys[] = { "name",    "block", "inputs",
                                           "outputs", "input", "tokens",
                                           "reached", NULL };

static bool is_expert(struct json_text row)
{
    return json_text_member(row, "reached").at != NULL;
}

static const char *const *recorded_table_keys(struct json_text row)
{
    return is_expert(row) ? expert_keys : row_keys;
}

/* How many tokens an expert saw, of the sample and of all. */
static int read_routing(struct recorded_layer *layer, struct json_text json,
                        struct error *err)
{
    uint64_t tokens;

    layer->routed = is_expert(json);
    if (!layer->routed)
        return 0;
    if (json_object_integer(json, "tokens", 0, INT32_MAX, &tokens, err) < 0 ||
        json_object_integer(json, "reached", tokens, INT64_MAX, &layer->reached,
                            err) < 0)
        return -1;
    layer->tokens = (uint32_t)tokens;
    return 0;
}

/* Layers of one input saw the same tokens. */
static int check_routing(const struct recorded_trace *trace, size_t number,
                         struct error *err)
{
    const struct recorded_layer *layer = &trace->layer[number];
    const struct recorded_layer *of = &trace->layer[layer->input_of];

    if (layer->routed == of->routed && layer->tokens == of->tokens &&
        layer->reached == of->reached)
        return 0;
    return error_set(err, ERROR_DATA,
                     "\"tokens\" and \"reached\" must be those of %s, whose "
                     "input it has",
                     of->shape.name);
}

static int recorded_table_read_row(struct recorded_trace *trace, size_t number,
                                   struct json_text json, struct error *err)
{
    struct layer_shape *shape = &trace->layer[number].shape;
    char *input;
    int status;

    if (layer_row_read(shape, json, err) < 0)
        return -1;
    if (number > 0 && shape->block < trace->layer[number - 1].shape.block)
        return error_set(err, ERROR_DATA,
                         "block %u comes after block %u; layers must be in "
                         "module order",
                         shape->block, trace->layer[number - 1].shape.block);
    if (read_routing(&trace->layer[number], json, err) < 0 ||
        json_object_text(json, "input", &input, err) < 0)
        return -1;
    status = find_input(trace, number, input, err);
    free(input);
    return status == 0 ? check_routing(trace, number, err) : -1;
}

static int read_rows(struct recorded_trace *trace, struct json_text table,
                     struct error *err)
{
    size_t count = json_text_count(table);
    struct json_walk walk = json_walk_begin(table);

    if (json_text_kind(table) != JSON_TEXT_LIST || count == 0 ||
        count > PLAN_MAX_LAYERS)
        return error_set(err, ERROR_DATA,
                         "a list of 1 to %d layers was expected",
                         PLAN_MAX_LAYERS);
    if (layer_rows_check(table, recorded_table_keys, err) < 0)
        return -1;
    trace->layers = count;
    trace->layer = memory_new(count, sizeof *trace->layer);
    for (size_t i = 0; json_walk_next(&walk); i++) {
        if (recorded_table_read_row(trace, i, walk.value, err) < 0)
            return error_prefix(err, "item %zu: ", i);
    }
    return 0;
}

int recorded_table_read(struct recorded_trace *trace, struct error *err)
{
    const char *text = trace_file_text(trace->file, "layers", err);
    struct json_trouble trouble;
    struct json_text table;

    if (!text)
        return -1;
    if (json_text_check(&table, text, strlen(text), JSON_PLAIN, &trouble) < 0)
        return error_set(err, ERROR_DATA, "%s: \"layers\": byte %zu: %s",
                         trace->path, trouble.byte, trouble.words);
    if (read_rows(trace, table, err) < 0)
        return error_prefix(err, "%s: \"layers\": ", trace->path);
    return 0;
}
