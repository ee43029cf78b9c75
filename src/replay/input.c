/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a machine is given: a trace's layers with their values, or the shapes of
 * a list, whose masks are drawn.  Both look alike from here on, and both go
 * into the results as a model with a trace.  Which of the two a word means is
 * decided here, for all commands that take either.
 */
#include "replay/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/memory.h"
#include "replay/data_file.h"
#include "replay/replay_run.h"

static bool input_ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcasecmp(text + length - tail, end) == 0;
}

bool input_is_trace(const char *word)
{
    if (input_ends_in(word, ".yaml") || input_ends_in(word, ".csv"))
        return false;
    return input_ends_in(word, ".trace") || strchr(word, '/') ||
           access(word, F_OK) == 0;
}

/* Experts that no token was routed to do nothing, and take no clocks. */
static void keep_reached(struct input *input)
{
    const struct sparse_trace *trace = &input->trace;
    size_t count = 0;

    input->reached = memory_new(trace->layers, sizeof *input->reached);
    for (size_t i = 0; i < trace->layers; i++)
        if (trace->layer[i].tokens > 0)
            input->reached[count++] = trace->layer[i];
    input->layer = input->reached;
    input->layers = count;
    input->unreached = trace->layers - count;
}

int input_open_trace(struct input *input, const char *path, struct error *err)
{
    *input = (struct input){ 0 };
    if (sparse_trace_open(&input->trace, path, err) < 0)
        return -1;
    input->name = data_name(path);
    memcpy(input->hash, input->trace.hash, HASH_TEXT);
    plan_hash(&input->trace.plan, input->plan);
    input->has_values = true;
    keep_reached(input);
    if (input->layers > 0)
        return 0;
    error_set(err, ERROR_DATA, "%s: no layer sees a token", path);
    input_close(input);
    return -1;
}

int input_open_shapes(struct input *input, const char *name,
                      const struct shape_options *options, struct error *err)
{
    *input = (struct input){ 0 };
    if (shape_file_read(&input->shapes, name, options, err) < 0)
        return -1;
    input->name = options->agreement > 1
                      ? memory_printf("%s, agreement %u", input->shapes.name,
                                      options->agreement)
                      : memory_text(input->shapes.name);
    memcpy(input->hash, input->shapes.hash, HASH_TEXT);
    input->layer = input->shapes.layer;
    input->layers = input->shapes.layers;
    input->seed = options->seed;
    return 0;
}

void input_pattern(char text[INPUT_TEXT], const struct input *input)
{
    pattern_print(text, input->layer[0].pattern);
    for (size_t i = 1; i < input->layers; i++)
        if (!pattern_equal(input->layer[i].pattern, input->layer[0].pattern))
            strcpy(text, "mixed");
}

void input_tokens(char text[INPUT_TEXT], const struct input *input)
{
    snprintf(text, INPUT_TEXT, "%u", input->layer[0].tokens);
    for (size_t i = 1; i < input->layers; i++)
        if (input->layer[i].tokens != input->layer[0].tokens)
            strcpy(text, "mixed");
}

void input_close(struct input *input)
{
    if (input->has_values)
        sparse_trace_close(&input->trace);
    else
        shape_file_release(&input->shapes);
    free(input->name);
    free(input->reached);
    *input = (struct input){ 0 };
}

static int put_trace(const struct input *input, struct store *store,
                     struct error *err)
{
    const struct store_trace row = {
        .hash = input->hash,
        .model = input->trace.plan.checkpoint,
        .plan = input->plan,
        .tokens = input->trace.plan.tokens,
        .path = input->trace.path,
        .kind = STORE_SPARSE,
    };

    if (store_put_plan(store, &input->trace.plan, err) < 0)
        return -1;
    return store_put_trace(store, &row, err);
}

/* A list of shapes is its own model. */
static int put_shapes(const struct input *input, struct store *store,
                      struct error *err)
{
    struct layer_shape *layers = memory_new(input->layers, sizeof *layers);
    struct pattern *patterns = memory_new(input->layers, sizeof *patterns);
    const struct store_model model = {
        .hash = input->hash,
        .name = input->name,
        .layers = layers,
        .count = input->layers,
    };
    const struct store_trace row = {
        .hash = input->hash,
        .model = input->hash,
        .path = input->shapes.path,
        .kind = STORE_SHAPES,
        .patterns = patterns,
        .count = input->layers,
    };
    int status;

    for (size_t i = 0; i < input->layers; i++) {
        layers[i] = input->layer[i].shape;
        patterns[i] = input->layer[i].pattern;
    }
    status = store_put_model(store, &model, err);
    if (status == 0)
        status = store_put_trace(store, &row, err);
    free(patterns);
    free(layers);
    return status;
}

int input_put(const struct input *input, struct store *store, struct error *err)
{
    int status = input->has_values ? put_trace(input, store, err)
                                   : put_shapes(input, store, err);

    if (status < 0)
        return -1;
    return replay_put_activities(store, input->hash, input->layer,
                                 input->layers, err);
}
