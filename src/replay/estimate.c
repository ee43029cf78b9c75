/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long a replay will take on this computer: a small piece of each kind of
 * layer is replayed and its time scaled by what time grows with.  Layers of the
 * same kind are timed once.  Only processor time counts, so that a busy machine
 * does not spoil the estimate; what it is for is telling the user before hours
 * pass.
 */
#include "replay/estimate.h"

#include <stdlib.h>

#include "base/cpu_clock.h"
#include "base/stop.h"

/* Multiplications, or weights where no values flow, below which nothing is
 * timed: a second or so. */
static const double worth_values = 1e9, worth_weights = 1e8;
/* Seconds that a piece should take, and all pieces together may. */
static const double piece_seconds = 0.005, all_pieces = 0.5;
/* Vectors after which the fast way has found what repeats. */
enum { TIMING_TOKENS = 64 };
/* Layers before one among which another of its kind is looked for. */
enum { LOOK_BACK = 256 };

/* What grows with the time that a layer takes. */
static double work_of(const struct layer *layer,
                      const struct replay_options *options)
{
    double weights = (double)layer->shape.inputs * layer->shape.outputs;

    return options->slow || options->verify ? weights * layer->tokens : weights;
}

static bool is_skipped(const struct layer *layer,
                       const struct replay_options *options)
{
    return options->skip && options->skip(options->context, layer);
}

static bool same_kind(const struct layer *a, const struct layer *b)
{
    return a->tokens == b->tokens && a->shape.inputs == b->shape.inputs &&
           a->shape.outputs == b->shape.outputs &&
           pattern_equal(a->pattern, b->pattern) &&
           a->agreement == b->agreement;
}

/* -1: the machine cannot run it, or a stop was asked for. */
static double time_once(const struct machine *machine,
                        const struct layer *layer,
                        const struct replay_options *options)
{
    struct accelerator_options how = { .slow = options->slow,
                                       .outputs = options->verify };
    double seconds = -cpu_clock_thread();
    struct layer_result result;
    struct error err;

    if (accelerator_run(&result, machine, layer, &how, &err) < 0)
        return -1;
    if (options->verify)
        free(replay_product(layer));
    seconds += cpu_clock_thread();
    layer_result_release(&result);
    return seconds;
}

/* The first time fills caches and tables. */
static double time_piece(const struct machine *machine,
                         const struct layer *layer,
                         const struct replay_options *options)
{
    double first = time_once(machine, layer, options),
           second = time_once(machine, layer, options);

    return first < second ? first : second;
}

/* Seconds of all the layer's tokens in one column wave; see the header. */
static double time_wave(const struct machine *machine,
                        const struct layer *layer,
                        const struct replay_options *options)
{
    struct layer piece = *layer;
    uint64_t columns = machine->macros * machine->macro.columns;
    bool values = options->slow || options->verify;
    uint32_t most = layer->tokens, before = 0;
    double seconds = 0, first = 0, slope = 0;

    if (piece.shape.outputs > columns)
        piece.shape.outputs = (uint32_t)columns;
    if (!values && most > TIMING_TOKENS)
        most = TIMING_TOKENS;
    piece.tokens = values ? 1 : most;
    for (;;) {
        seconds = time_piece(machine, &piece, options);
        if (seconds < 0)
            return 0;
        if (before > 0)
            slope = (seconds - first) / (piece.tokens - 1);
        else
            first = seconds;
        if (piece.tokens == most || seconds > piece_seconds)
            break;
        before = piece.tokens;
        piece.tokens = before > most / 2 ? most : 2 * before;
    }
    if (!values || piece.tokens == layer->tokens)
        return seconds;
    if (before == 0)
        slope = seconds;
    return seconds + (slope > 0 ? slope : 0) * (layer->tokens - piece.tokens);
}

static double time_layer(const struct machine *machine,
                         const struct layer *layer,
                         const struct replay_options *options)
{
    uint64_t columns = machine->macros * machine->macro.columns;
    double waves = layer->shape.outputs > columns
                       ? (double)layer->shape.outputs / (double)columns
                       : 1;

    return waves * time_wave(machine, layer, options);
}

/* Seconds of a layer like one not far before it; -1 if there is none. */
static double known(const double *seconds, const struct layer *layers,
                    size_t item, const struct replay_options *options)
{
    for (size_t i = item > LOOK_BACK ? item - LOOK_BACK : 0; i < item; i++) {
        if (seconds[i] > 0 && !is_skipped(&layers[i], options) &&
            same_kind(&layers[i], &layers[item]))
            return seconds[i];
    }
    return -1;
}

double estimate_replay(double *seconds, const struct machine *machine,
                       const struct layer *layers, size_t count,
                       const struct replay_options *options)
{
    bool values = options->slow || options->verify;
    double work = 0, sum = 0, timed = 0, begun = cpu_clock_thread();

    for (size_t i = 0; i < count; i++) {
        seconds[i] = 0;
        if (!is_skipped(&layers[i], options))
            work += work_of(&layers[i], options);
    }
    if (work < (values ? worth_values : worth_weights))
        return 0;
    for (size_t i = 0; i < count && !stop_requested(); i++) {
        if (is_skipped(&layers[i], options))
            continue;
        seconds[i] = known(seconds, layers, i, options);
        if (seconds[i] < 0 && timed > 0 &&
            cpu_clock_thread() - begun > all_pieces)
            seconds[i] = sum / timed * work_of(&layers[i], options);
        else if (seconds[i] < 0)
            seconds[i] = time_layer(machine, &layers[i], options);
        sum += seconds[i];
        timed += work_of(&layers[i], options);
    }
    return sum;
}
