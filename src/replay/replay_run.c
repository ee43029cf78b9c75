/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run in the store.  Each layer is kept as soon as it is done, so that a run
 * that was stopped goes on where it was: which layers are there is asked once,
 * before threads share the rest.  What the blocks counted is kept by name, and
 * so is how the tokens were cut, where anything cuts them.
 */
#include "replay/replay_run.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "trace/activity.h"

/* What the callbacks of replay_layers() need: which layers are there already,
 * looked up before several threads are at work. */
struct replay_rest {
    struct replay_run *run;
    bool *there;
};

int replay_put_activities(struct store *store, const char *trace,
                          const struct layer *layers, size_t count,
                          struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct activity counted;
        struct store_activity row = { .trace = trace,
                                      .layer = layers[i].shape.name };

        activity_count(&counted, &layers[i]);
        row.input_toggle = counted.input_toggle;
        row.input_zeros = counted.input_zeros;
        row.weight_ones = counted.weight_ones;
        row.weight_zeros = counted.weight_zeros;
        row.assumed = counted.assumed;
        if (store_put_activity(store, &row, err) < 0)
            return -1;
    }
    return 0;
}

struct store_run replay_run_key(const struct input *input,
                                const struct machine_file *machine)
{
    return (struct store_run){ .trace = input->hash,
                               .machine = machine->hash,
                               .seed = input->seed };
}

static bool replay_run_is_there(void *context, const struct layer *layer)
{
    struct replay_rest *rest = context;

    return rest->there[layer - rest->run->input->layer];
}

enum { BLOCKING_COUNTERS = 4 };

/* How the tokens were cut, and what either way moves, where a buffer cuts them
 * or inputs and outputs come and go; returns how many rows. */
static size_t blocking_counters(struct store_counter *counters,
                                const struct replay_result *replayed)
{
    static const char block[] = "schedule";
    const struct layer_result *result = replayed->result;
    uint32_t tokens = replayed->layer->tokens, of = result->block_tokens;
    const uint64_t *bytes = result->way_bytes;

    if (of == 0 || (of == tokens && bytes[SCHEDULE_TOKENS] == 0 &&
                    bytes[SCHEDULE_STREAM] == 0))
        return 0;
    counters[0] =
        (struct store_counter){ block, "token_blocks", "blocks",
                                "blocks that the layer's tokens were cut into",
                                divide_up(tokens, of) };
    counters[1] = (struct store_counter){
        block, "streamed", "layers",
        "layers whose inputs were streamed, a wave at a time",
        result->way == SCHEDULE_STREAM
    };
    counters[2] = (struct store_counter){
        block, "bytes_in_blocks", "bytes",
        "on the channel with inputs in blocks of tokens, taken or not; 0: they "
        "do not fit so",
        bytes[SCHEDULE_TOKENS]
    };
    counters[3] = (struct store_counter){
        block, "bytes_streamed", "bytes",
        "on the channel with streamed inputs, taken or not; 0: they do not fit "
        "so",
        bytes[SCHEDULE_STREAM]
    };
    return BLOCKING_COUNTERS;
}

int replay_put_layer(struct store *store, const char *run,
                     const struct replay_result *replayed, struct error *err)
{
    const struct layer_result *result = replayed->result;
    struct store_counter counters[COUNTERS + BLOCKING_COUNTERS];
    struct store_clocks clocks[CLOCK_CATEGORIES];
    struct store_layer_result row = {
        .layer = replayed->layer->shape.name,
        .tokens = replayed->layer->tokens,
        .pattern = replayed->layer->pattern,
        .run_as = result->run_as,
        .cycles = result->cycles,
        .clocks = clocks,
        .categories = CLOCK_CATEGORIES,
        .kept_macs = result->counters[COUNTER_KEPT_MACS],
        .outputs_verified = replayed->verified,
        .merged = result->merged,
        .counters = counters,
        .count = COUNTERS,
    };

    for (size_t i = 0; i < CLOCK_CATEGORIES; i++)
        clocks[i] =
            (struct store_clocks){ clock_category_names[i], result->clocks[i] };
    for (size_t i = 0; i < COUNTERS; i++) {
        if (result->counters[i] > INT64_MAX)
            return error_set(err, ERROR_DATA,
                             "layer %s: %s of %s is %ju, which is more than a "
                             "results file holds (2^63 - 1)",
                             replayed->layer->shape.name, counter_table[i].name,
                             counter_table[i].block,
                             (uintmax_t)result->counters[i]);
        counters[i] = (struct store_counter){ counter_table[i].block,
                                              counter_table[i].name,
                                              counter_table[i].unit,
                                              counter_table[i].description,
                                              result->counters[i] };
    }
    row.count += blocking_counters(&counters[COUNTERS], replayed);
    return store_put_layer(store, run, &row, err);
}

static int replay_run_keep(void *context, const struct replay_result *replayed,
                           struct error *err)
{
    struct replay_rest *rest = context;

    return replay_put_layer(rest->run->store, rest->run->key, replayed, err);
}

static int replay_rest(struct replay_run *run, struct error *err)
{
    struct replay_rest rest = { .run = run };
    const struct replay_options options = {
        .work = run->work,
        .slow = run->slow,
        .verify = run->verify,
        .skip = replay_run_is_there,
        .done = replay_run_keep,
        .context = &rest,
    };
    int status = 0;

    rest.there = memory_new(run->input->layers, sizeof *rest.there);
    for (size_t i = 0; status == 0 && i < run->input->layers; i++) {
        enum store_layer found = STORE_LAYER_NONE;

        status = store_find_layer(run->store, run->key,
                                  run->input->layer[i].shape.name, &found, err);
        rest.there[i] = found != STORE_LAYER_NONE;
    }
    if (status == 0)
        status = replay_layers(&run->machine->machine, run->input->layer,
                               run->input->layers, &options, err);
    free(rest.there);
    return status;
}

int replay_run(struct replay_run *run, struct error *err)
{
    struct store_run what = replay_run_key(run->input, run->machine);
    enum store_state state;
    struct error ignored;
    int status;

    what.slow = run->slow;
    what.again = run->again;
    what.verified = run->verify;
    if (machine_file_put(run->machine, run->store, err) < 0 ||
        store_begin_run(run->store, &what, run->key, &state, err) < 0)
        return -1;
    run->found = state == STORE_DONE;
    if (run->found)
        return 0;
    status = replay_rest(run, err);
    if (status == 0)
        return store_end_run(run->store, run->key, NULL, err);
    if (err->kind != ERROR_INTERRUPTED)
        store_end_run(run->store, run->key, err->text, &ignored);
    return -1;
}
