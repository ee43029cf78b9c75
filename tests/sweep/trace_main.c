/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a small sparse trace of three layers; its plan is by METHOD, or
 * uniform. usage: sweep_trace FILE [METHOD] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "trace/sparse_trace.h"

enum { LAYERS = 3 };

static const struct {
    const char *name, *pattern;
    uint32_t tokens, inputs, outputs;
} shapes[LAYERS] = {
    { "b.0.q", "4:8", 12, 96, 64 },
    { "b.0.o", "2:8", 9, 64, 40 },
    { "b.1.q", "dense", 5, 32, 70 },
};

enum { LARGEST = 128 };
static float scale[LARGEST];
static int8_t bytes[LARGEST * LARGEST];

static void make_plan(struct plan *plan, const char *method)
{
    plan_init(plan, LAYERS);
    plan_set(&plan->model, memory_text("tiny"));
    plan_set(&plan->method, memory_text(method));
    hash_bytes(plan->checkpoint, "c", 1);
    hash_bytes(plan->trace, "t", 1);
    hash_bytes(plan->tokens, "k", 1);
    for (size_t i = 0; i < LAYERS; i++) {
        struct error err;

        layer_shape_rename(&plan->layer[i].shape, memory_text(shapes[i].name));
        plan->layer[i].shape.block = (uint32_t)i / 2;
        plan->layer[i].shape.inputs = shapes[i].inputs;
        plan->layer[i].shape.outputs = shapes[i].outputs;
        pattern_parse(&plan->layer[i].pattern, shapes[i].pattern, &err);
    }
    plan->reached = plan_sparsity(plan);
}

/* Keeps N of each group of M, others in each output. */
static void make_layer(struct layer *layer, const struct plan_layer *planned,
                       uint32_t tokens)
{
    static uint8_t mask[LARGEST * LARGEST];
    uint32_t n = planned->pattern.n, m = planned->pattern.m;

    *layer = (struct layer){ .shape = planned->shape,
                             .tokens = tokens,
                             .pattern = planned->pattern,
                             .agreement = 1,
                             .scale = scale,
                             .input = bytes + 1,
                             .input_scale = scale };
    for (uint32_t o = 0; o < layer->shape.outputs; o++) {
        for (uint32_t k = 0; k < layer->shape.inputs; k++)
            mask[o * layer->shape.inputs + k] = (k + 3 * o + k / m) % m < n;
    }
    layer_pack(layer, bytes, n == m ? NULL : mask);
}

int main(int argc, char **argv)
{
    struct layer layer[LAYERS];
    struct sparse_trace_out *out;
    uint32_t tokens[LAYERS];
    struct plan plan;
    struct error err;
    int status;

    if (argc < 2 || argc > 3)
        return ERROR_USAGE;
    make_plan(&plan, argc > 2 ? argv[2] : "uniform");
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (int8_t)(i * 37 % 251 - 125);
    for (size_t i = 0; i < LAYERS; i++) {
        tokens[i] = shapes[i].tokens;
        make_layer(&layer[i], &plan.layer[i], tokens[i]);
    }
    status = sparse_trace_create(
        &out, argv[1],
        &(struct sparse_trace_about){ .plan = &plan, .tokens = tokens }, &err);
    for (size_t i = 0; status == 0 && i < LAYERS; i++)
        status = sparse_trace_put(out, i, &layer[i], &err);
    if (status == 0)
        status = sparse_trace_commit(out, &err);
    if (status < 0)
        fprintf(stderr, "%s\n", err.text);
    for (size_t i = 0; i < LAYERS; i++)
        layer_release_packed(&layer[i]);
    plan_release(&plan);
    return status < 0;
}
