/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/store/example.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "trace/plan.h"

static const struct layer_shape layers[EXAMPLE_LAYERS] = {
    { "blocks.0.q", 0, 16, 8 },
    { "blocks.0.o", 0, 8, 16 },
    { "blocks.1.q", 1, 16, 8 },
    { "blocks.1.o", 1, 8, 16 },
};

static const struct pattern patterns[2][EXAMPLE_LAYERS] = {
    { { 2, 2 }, { 2, 2 }, { 2, 2 }, { 2, 2 } },
    { { 4, 8 }, { 1, 8 }, { 1, 4 }, { 2, 2 } },
};

static const char *const machine_names[] = { "flexcim", "dense" };

const char *example_layer_name(unsigned layer)
{
    return layers[layer].name;
}

static const char *hash_of(const char *what)
{
    static char hashes[8][HASH_TEXT];
    static unsigned next;
    char *hash = hashes[next++ % 8];

    hash_bytes(hash, what, strlen(what));
    return hash;
}

static const char *trace_hash(enum example_plan plan)
{
    return hash_of(plan == EXAMPLE_FLOW ? "flow.trace" : "dense.trace");
}

static void make_plan(struct plan *plan, enum example_plan which)
{
    plan_init(plan, EXAMPLE_LAYERS);
    plan->version = 1; /* as in the files of versions/: its identity stays */
    plan_set(&plan->model, memory_text("tiny"));
    plan_set(&plan->method,
             memory_text(which == EXAMPLE_FLOW ? "flow" : "uniform"));
    memcpy(plan->checkpoint, hash_of("tiny"), HASH_TEXT);
    memcpy(plan->trace, hash_of("recorded.trace"), HASH_TEXT);
    memcpy(plan->tokens, hash_of("tokens"), HASH_TEXT);
    plan->asked = which == EXAMPLE_FLOW ? 0.6 : NAN;
    for (unsigned i = 0; i < EXAMPLE_LAYERS; i++) {
        struct plan_layer *layer = &plan->layer[i];

        layer_shape_rename(&layer->shape, memory_text(layers[i].name));
        plan_set(&layer->reason, memory_text("as the example says"));
        layer->shape.block = layers[i].block;
        layer->shape.inputs = layers[i].inputs;
        layer->shape.outputs = layers[i].outputs;
        layer->pattern = patterns[which][i];
        layer->score = which == EXAMPLE_FLOW ? 0.25 * i : NAN;
    }
    plan->reached = plan_sparsity(plan);
}

static void hash_plan(char hash[HASH_TEXT], enum example_plan which)
{
    struct plan plan;

    make_plan(&plan, which);
    plan_hash(&plan, hash);
    plan_release(&plan);
}

int example_start(struct store *store, struct error *err)
{
    char program[] = "flexcim", command[] = "run", path[] = "traces/\"tiny\"";
    char *argv[] = { program, command, path, NULL };
    struct store_invocation invocation = {
        .argc = 3,
        .argv = argv,
        .version = "1.2.3+0123456789ab",
        .compiler = "gcc 12.2.0 -O3",
        .libraries = "{\"sqlite\":\"3.40.1\"}",
        .workers = 2,
    };

    return store_start(store, &invocation, err);
}

static int put_activities(struct store *store, enum example_plan which,
                          struct error *err)
{
    for (unsigned i = 0; i < EXAMPLE_LAYERS; i++) {
        struct store_activity activity = { .trace = trace_hash(which),
                                           .layer = layers[i].name,
                                           .input_toggle = 0.4,
                                           .weight_ones = 0.5 };

        if (store_put_activity(store, &activity, err) < 0)
            return -1;
    }
    return 0;
}

int example_put_inputs(struct store *store, enum example_plan which,
                       struct error *err)
{
    struct store_model model = { hash_of("tiny"), "tiny", "llama", layers,
                                 EXAMPLE_LAYERS };
    struct store_trace trace = { .hash = trace_hash(which),
                                 .model = hash_of("tiny"),
                                 .tokens = hash_of("tokens"),
                                 .path = "tiny.trace",
                                 .kind = STORE_SPARSE };
    char hash[HASH_TEXT];
    struct plan plan;
    int status;

    make_plan(&plan, which);
    plan_hash(&plan, hash);
    trace.plan = hash;
    status = store_put_plan(store, &plan, err);
    plan_release(&plan);
    if (status < 0 || store_put_model(store, &model, err) < 0 ||
        store_put_trace(store, &trace, err) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        const struct store_part parts[] = {
            { "area", "macro", "adders", "full_adder", "", "", "always", 100 },
            { "area", "output_buffer", "banks", "sram_8k_64", "", "", "always",
              2 },
            { "energy", "macro", "adders", "full_adder", "macro",
              "cell_operations", "product", 10 },
            { "energy", "macro", "lines", "line", "macro", "cell_operations",
              "input", 3 },
            { "energy", "macro", "registers", "register_bit", "macro",
              "cell_operations", "always", 4 },
            { "energy", "output_buffer", "writes", "sram_8k_64_write",
              "output_buffer", "bytes_written", "always", 8 },
            { "path", "product", "adders", "full_adder", "", "", "always", 7 },
            { "path", "tree", "adder", "carry", "", "", "always", 20 },
        };
        struct store_machine machine = {
            hash_of(machine_names[i]),
            machine_names[i],
            "name: an example\n",
            16,
            500,
            parts,
            sizeof parts / sizeof *parts,
        };

        if (store_put_machine(store, &machine, err) < 0)
            return -1;
    }
    return put_activities(store, which, err);
}

int example_put_perplexity(struct store *store, enum example_plan which,
                           struct error *err)
{
    char hash[HASH_TEXT];
    struct store_perplexity perplexity = {
        .model = hash_of("tiny"),
        .tokens = hash_of("tokens"),
        .tensor = "test",
        .arithmetic = "f32",
        .rows = 32,
        .predicted = 32 * 127,
        .perplexity = which == EXAMPLE_FLOW ? 24.25 : 20.5,
    };

    hash_plan(hash, which);
    if (which == EXAMPLE_FLOW)
        perplexity.plan = hash;
    return store_put_perplexity(store, &perplexity, err);
}

int example_put_accuracy(struct store *store, enum example_plan which,
                         struct error *err)
{
    bool flow = which == EXAMPLE_FLOW;
    char hash[HASH_TEXT];
    struct store_accuracy accuracy = {
        .model = hash_of("tiny"),
        .plan = flow ? hash : NULL,
        .tasks_hash = hash_of("tasks"),
        .tasks = "test",
        .arithmetic = "f32",
        .questions = 8,
        .acc = flow ? 0.375 : 0.75,
        .acc_error = flow ? 0.1829813 : 0.1636634,
        .acc_norm = flow ? 0.5 : 0.625,
        .acc_norm_error = flow ? 0.1889822 : 0.1829813,
        .answered = flow ? "00110100" : "11110110",
        .answered_norm = flow ? "10110100" : "11010110",
    };

    hash_plan(hash, which);
    return store_put_accuracy(store, &accuracy, err);
}

int example_begin_run(struct store *store, enum example_plan plan,
                      enum example_machine machine, uint64_t seed, bool again,
                      char run[STORE_RUN_KEY], enum store_state *state,
                      struct error *err)
{
    struct store_run what = { .trace = trace_hash(plan),
                              .machine = hash_of(machine_names[machine]),
                              .again = again,
                              .seed = seed };

    return store_begin_run(store, &what, run, state, err);
}

const struct store_clocks example_no_clocks[EXAMPLE_CATEGORIES] = {
    { "compute", 0 },          { "weight_load", 0 },  { "memory_stall", 0 },
    { "activation_stall", 0 }, { "output_stall", 0 }, { "drain", 0 },
};

int example_put_layer(struct store *store, const char *run,
                      enum example_plan plan, enum example_machine machine,
                      unsigned layer, struct error *err)
{
    bool fast = plan == EXAMPLE_FLOW && machine == EXAMPLE_ON_FLEXCIM;
    uint64_t cycles = 1000 * (layer + 1) / (fast ? 2 : 1);
    struct pattern pattern = patterns[plan][layer];
    struct store_counter counters[] = {
        { "macro", "cell_operations", "operations", "products made",
          cycles * 7 },
        { "output_buffer", "bytes_written", "bytes", "finished outputs",
          cycles + layer },
    };
    struct store_clocks clocks[EXAMPLE_CATEGORIES] = {
        { "compute", cycles - 216 }, { "weight_load", 100 },
        { "memory_stall", 50 },      { "activation_stall", 30 },
        { "output_stall", 25 },      { "drain", 11 },
    };
    struct store_layer_result result = {
        .layer = layers[layer].name,
        .tokens = 64,
        .pattern = pattern,
        .run_as = fast ? pattern : pattern_dense,
        .cycles = cycles,
        .clocks = clocks,
        .categories = EXAMPLE_CATEGORIES,
        .kept_macs = 64ULL * layers[layer].outputs *
                     pattern_kept(pattern, layers[layer].inputs),
        .outputs_verified = true,
        .counters = counters,
        .count = sizeof counters / sizeof *counters,
    };

    return store_put_layer(store, run, &result, err);
}

int example_run(struct store *store, enum example_plan plan,
                enum example_machine machine, uint64_t seed, struct error *err)
{
    char run[STORE_RUN_KEY];
    enum store_state state;

    if (example_begin_run(store, plan, machine, seed, false, run, &state, err) <
        0)
        return -1;
    if (state == STORE_DONE)
        return 0;
    for (unsigned i = 0; i < EXAMPLE_LAYERS; i++)
        if (example_put_layer(store, run, plan, machine, i, err) < 0)
            return -1;
    return store_end_run(store, run, NULL, err);
}

int example_put_inference(struct store *store, enum example_machine machine,
                          enum store_edge edge, struct error *err)
{
    uint64_t clocks = (machine == EXAMPLE_ON_FLEXCIM ? 100 : 150) + 10 * edge;
    const struct store_counter counters[] = {
        { "channel", "weights", "bytes", "of an operator on the channel",
          clocks * 90 },
        { "clocks", "memory", "clocks", "of an operator", clocks },
        { "macro", "cell_operations", "operations", "products made", 0 },
    };
    const struct store_operator operators[] = {
        { "prompt", "q", "linear", 4 * clocks, counters, 3 },
        { "prompt", "softmax", "vector", 0, counters, 0 },
        { "decoding", "q", "linear", 3 * clocks, counters, 2 },
    };
    const struct store_inference inference = {
        .trace = trace_hash(EXAMPLE_FLOW),
        .machine = hash_of(machine_names[machine]),
        .prompt = 8,
        .generate = 4,
        .batch = 2,
        .edge = edge,
        .memory = "lpddr5-6400",
        .overlap = "prefetch",
        .clocks = 7 * clocks,
        .prompt_clocks = 4 * clocks,
        .first_clocks = clocks - 1,
        .last_clocks = clocks + 1,
        .operators = operators,
        .count = sizeof operators / sizeof *operators,
    };

    return store_put_inference(store, &inference, err);
}

static int put_inferences(struct store *store, struct error *err)
{
    for (int machine = EXAMPLE_ON_FLEXCIM; machine <= EXAMPLE_ON_DENSE;
         machine++)
        for (int edge = 0; edge < STORE_EDGES; edge++)
            if (example_put_inference(store, (enum example_machine)machine,
                                      (enum store_edge)edge, err) < 0)
                return -1;
    return 0;
}

static int put_point(struct store *store, const char *experiment,
                     uint64_t number, enum example_plan plan,
                     const char *machine, struct error *err)
{
    struct store_point point = { experiment, number, trace_hash(plan),
                                 hash_of(machine), "{\"macros\":\"1\"}" };

    return store_put_point(store, &point, err);
}

int example_put_experiment(struct store *store, struct error *err)
{
    char hash[HASH_TEXT];
    struct store_experiment experiment = { hash, "tiny", "name: tiny\n", false,
                                           5 };
    struct store_machine small = { .hash = hash_of("small"),
                                   .name = "small",
                                   .text = "macros: 1\n",
                                   .multipliers = 8 };

    hash_bytes(hash, "tiny", 4);
    if (store_put_experiment(store, &experiment, err) < 0 ||
        store_put_machine(store, &small, err) < 0)
        return -1;
    for (unsigned i = 0; i < 4; i++)
        if (put_point(store, hash, i, i / 2, machine_names[i % 2], err) < 0)
            return -1;
    return put_point(store, hash, 4, EXAMPLE_FLOW, "small", err);
}

int example_fill(struct store *store, struct error *err)
{
    if (example_start(store, err) < 0)
        return -1;
    for (unsigned plan = EXAMPLE_DENSE; plan <= EXAMPLE_FLOW; plan++)
        if (example_put_inputs(store, plan, err) < 0 ||
            example_run(store, plan, EXAMPLE_ON_FLEXCIM, 1, err) < 0 ||
            example_run(store, plan, EXAMPLE_ON_DENSE, 1, err) < 0 ||
            example_put_perplexity(store, plan, err) < 0 ||
            example_put_accuracy(store, plan, err) < 0)
            return -1;
    if (example_put_experiment(store, err) < 0 ||
        put_inferences(store, err) < 0)
        return -1;
    return store_finish(store, err);
}

struct store *example_open(const char *path, enum store_mode mode)
{
    struct store *store;
    struct error err;

    if (store_open(&store, path, mode, &err) < 0)
        ck_abort_msg("%s", err.text);
    return store;
}

void example_fill_file(const char *path)
{
    struct store *store = example_open(path, STORE_WRITE);
    struct error err;

    if (example_fill(store, &err) < 0)
        ck_abort_msg("%s", err.text);
    store_close(store);
}
