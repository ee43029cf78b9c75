/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Layers through one machine, several at a time.  Results are handed to `done`
 * in the order of the layers, so that what is written does not depend on the
 * workers; a layer that is ready early waits in its slot.  With `verify` the
 * outputs are compared with the integer product, computed by another way than
 * the machine's.
 */
#include "replay/replay.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/process_memory.h"
#include "base/stop.h"
#include "replay/estimate.h"

static void add_scaled(int32_t *restrict sum, const int8_t *restrict inputs,
                       int32_t weight, uint32_t tokens)
{
    for (uint32_t t = 0; t < tokens; t++)
        sum[t] += weight * inputs[t];
}

int32_t *replay_product(const struct layer *layer)
{
    size_t tokens = layer->tokens, outputs = layer->shape.outputs;
    uint32_t kept = layer_kept(layer);
    int32_t *product = memory_new(tokens * outputs, sizeof *product);
    int32_t *sum = memory_new(tokens, sizeof *sum);
    int8_t *turned = memory_new(tokens * layer->shape.inputs, 1); /* [K][T] */
    uint32_t *position = memory_new(kept, sizeof *position);
    int8_t *value = memory_new(kept, 1);

    for (size_t t = 0; t < tokens; t++) {
        for (size_t k = 0; k < layer->shape.inputs; k++)
            turned[k * tokens + t] = layer->input[t * layer->shape.inputs + k];
    }
    for (uint32_t o = 0; o < outputs && !stop_requested(); o++) {
        layer_output(layer, o, position, value);
        memset(sum, 0, tokens * sizeof *sum);
        for (uint32_t i = 0; i < kept; i++)
            add_scaled(sum, turned + position[i] * tokens, value[i],
                       layer->tokens);
        for (size_t t = 0; t < tokens; t++)
            product[t * outputs + o] = sum[t];
    }
    free(value);
    free(position);
    free(turned);
    free(sum);
    return product;
}

enum state { WAITING, REPLAYED, SKIPPED, FAILED };

struct slot {
    enum state state;
    struct layer_result result;
    struct error err;
    double seconds; /* estimate */
    double told;    /* share of it that progress knows of, 0..1 */
};

struct replay {
    const struct machine *machine;
    const struct layer *layers;
    size_t count;
    const struct replay_options *options;
    struct slot *slot;
    pthread_mutex_t mutex; /* guards what follows and the slots' states */
    size_t handed;         /* layers whose results were handed out */
    bool ended;
    struct error err;
};

static int verify(const struct layer *layer, const struct layer_result *result,
                  struct error *err)
{
    int32_t *product = replay_product(layer);
    size_t sums = (size_t)layer->tokens * layer->shape.outputs, at = 0;

    if (stop_check(err) < 0) {
        free(product);
        return -1;
    }
    while (at < sums && product[at] == result->outputs[at])
        at++;
    free(product);
    if (at < sums)
        return error_set(err, ERROR_INTERNAL,
                         "layer %s: token %zu, output %zu of the machine is "
                         "not the integer product",
                         layer->shape.name, at / layer->shape.outputs,
                         at % layer->shape.outputs);
    return 0;
}

static void replay_end(struct replay *replay, const struct error *err)
{
    if (!replay->ended)
        replay->err = *err;
    replay->ended = true;
}

/* Hands out what is ready, in order; the mutex is held. */
static void hand_out(struct replay *replay)
{
    const struct replay_options *options = replay->options;

    while (!replay->ended && replay->handed < replay->count) {
        struct slot *slot = &replay->slot[replay->handed];
        struct replay_result result = {
            .layer = &replay->layers[replay->handed],
            .result = &slot->result,
            .verified = options->verify,
        };
        struct error err;

        if (slot->state == WAITING)
            return;
        if (slot->state == FAILED)
            replay_end(replay, &slot->err);
        else if (slot->state == REPLAYED && options->done &&
                 options->done(options->context, &result, &err) < 0)
            replay_end(replay, &err);
        layer_result_release(&slot->result);
        replay->handed++;
        progress_add(options->work.progress, 1);
    }
}

/* Only one worker has to do with a slot. */
static void tell_progress(struct replay *replay, struct slot *slot,
                          double share)
{
    if (share <= slot->told)
        return;
    progress_add_work(replay->options->work.progress, 0,
                      (share - slot->told) * slot->seconds);
    slot->told = share;
}

struct advance {
    struct replay *replay;
    struct slot *slot;
};

static void replay_tell_share(void *context, double share)
{
    struct advance *advance = context;

    tell_progress(advance->replay, advance->slot, share);
}

static enum state replay_one(struct replay *replay, size_t item)
{
    const struct layer *layer = &replay->layers[item];
    struct slot *slot = &replay->slot[item];
    struct advance advance = { replay, slot };
    struct accelerator_options options = { .slow = replay->options->slow,
                                           .outputs = replay->options->verify,
                                           .advanced = replay_tell_share,
                                           .context = &advance };

    if (stop_check(&slot->err) < 0 ||
        accelerator_run(&slot->result, replay->machine, layer, &options,
                        &slot->err) < 0)
        return FAILED;
    if (replay->options->verify &&
        verify(layer, &slot->result, &slot->err) < 0) {
        layer_result_release(&slot->result);
        return FAILED;
    }
    tell_progress(replay, slot, 1);
    return REPLAYED;
}

static void replay_work(void *context, size_t item, unsigned worker)
{
    struct replay *replay = context;
    const struct replay_options *options = replay->options;
    enum state state = WAITING;
    bool ended;

    (void)worker;
    pthread_mutex_lock(&replay->mutex);
    ended = replay->ended;
    if (!ended && options->skip &&
        options->skip(options->context, &replay->layers[item]))
        state = SKIPPED;
    pthread_mutex_unlock(&replay->mutex);
    if (!ended && state != SKIPPED)
        state = replay_one(replay, item);
    pthread_mutex_lock(&replay->mutex);
    replay->slot[item].state = state;
    hand_out(replay);
    pthread_mutex_unlock(&replay->mutex);
}

/* Bytes of this process once all workers have a layer whose outputs are
 * compared. */
static double most_memory(const struct replay *replay, unsigned workers)
{
    double outputs = 0;

    for (size_t i = 0; i < replay->count && replay->options->verify; i++)
        outputs = fmax(outputs, (double)replay->layers[i].tokens *
                                    replay->layers[i].shape.outputs *
                                    sizeof(int32_t));
    return process_memory_most() + outputs * workers;
}

/* Says how long it may take, and weighs the layers by that. */
static void expect(struct replay *replay)
{
    const struct replay_options *options = replay->options;
    unsigned workers = work_workers(&options->work);
    double *seconds, sum;

    if (!progress_is_told(options->work.progress))
        return;
    seconds = memory_new(replay->count, sizeof *seconds);
    sum = estimate_replay(seconds, replay->machine, replay->layers,
                          replay->count, options);
    for (size_t i = 0; i < replay->count; i++)
        replay->slot[i].seconds = seconds[i];
    free(seconds);
    progress_weigh(options->work.progress, sum);
    if (workers > replay->count)
        workers = (unsigned)replay->count;
    workers = workers ? workers : 1;
    progress_expect(options->work.progress, sum / workers,
                    most_memory(replay, workers));
}

int replay_layers(const struct machine *machine, const struct layer *layers,
                  size_t count, const struct replay_options *options,
                  struct error *err)
{
    struct replay replay = {
        .machine = machine, .layers = layers, .count = count, .options = options
    };

    for (size_t i = 0; i < count; i++)
        if (layers[i].values && machine_check_values(machine, err) < 0)
            return -1;
    replay.slot = memory_new(count, sizeof *replay.slot);
    pthread_mutex_init(&replay.mutex, NULL);
    progress_begin(options->work.progress, "replay", count, "layers");
    expect(&replay);
    parallel_for(options->work.workers, count, replay_work, &replay);
    progress_end(options->work.progress);
    pthread_mutex_destroy(&replay.mutex);
    for (size_t i = replay.handed; i < count; i++)
        layer_result_release(&replay.slot[i].result);
    free(replay.slot);
    if (replay.ended) {
        *err = replay.err;
        return -1;
    }
    return 0;
}
