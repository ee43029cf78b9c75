/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/layout/schedule.h"
#include "models/machine.h"
#include "models/watch.h"
#include "trace/layer.h"

/*
 * Runs one layer on a machine, in one of two ways with the same results: the
 * slow way sends every vector through every block as events; the fast way goes
 * from pass to pass by a recurrence, skips what repeats, and computes the
 * values of whole tiles at once (recurrence.h, bulk_product.h).
 *
 * A layer starts cold: nothing is loaded, nothing is read; its inputs are in
 * the activation buffer where that has no capacity or there is no channel.
 * Attention, norms and requantisation are outside.
 * It runs in the merge mode (mapping.h) and the way to cut its tokens
 * (schedule.h) of fewest clocks; of equal ones in the mode that adds most, and
 * of its ways in the one of fewer bytes, then in blocks of tokens.
 * Timing depends on masks and shapes, never on the values of weights or inputs.
 */
struct layer_result {
    struct pattern run_as; /* the pattern that the machine ran it as */
    uint32_t merged;       /* sub-macros that were added for one output */
    enum schedule_way way; /* how its tokens were cut into blocks */
    uint32_t block_tokens;
    uint64_t way_bytes[SCHEDULE_WAYS]; /* on the channel, of either; 0 where no
                     byte moves so, or a buffer does not allow it */
    uint64_t cycles;
    uint64_t clocks[CLOCK_CATEGORIES]; /* they add up to the cycles */
    uint64_t counters[COUNTERS];
    uint64_t events;    /* activations of blocks; 0: the fast way */
    double utilisation; /* kept MACs / (cells x cycles), 0..1 */
    int32_t *outputs;   /* [T][O]; NULL unless asked for */
};

struct accelerator_options {
    bool outputs; /* int8 values flow, and the sums are handed back; the layer
                     must have values and inputs */
    bool slow;    /* every pass through every block as events */
    const struct accelerator_watch *watch; /* borrowed; may be NULL; the fast
                     way tells it of loads only, without clocks */

    /* The slow way tells now and then which share of the passes has entered,
     * 0..1; may be NULL. */
    void (*advanced)(void *context, double share);
    void *context;
};

/*
 * Fills `result`, which is released with layer_result_release().  -1 and `err`
 * (ERROR_DATA), naming layer and parameter, if the machine cannot run the
 * layer; ERROR_INTERRUPTED soon after a stop was asked for (base/stop.h).  The
 * machine must have passed machine_check(), the layer layer_check().
 */
int accelerator_run(struct layer_result *result, const struct machine *machine,
                    const struct layer *layer,
                    const struct accelerator_options *options,
                    struct error *err);

/*
 * The slow way, watched, for the first `clocks` clocks only (all of them if the
 * layer takes fewer): for waveforms and timelines of a window.
 */
struct accelerator_view {
    const struct accelerator_watch *watch; /* borrowed */
    bool values;             /* the passes that are handed over have theirs */
    uint64_t clocks;         /* UINT64_MAX: all */
    struct mapping *mapping; /* set before the first look; or NULL */
};

int accelerator_look(const struct machine *machine, const struct layer *layer,
                     const struct accelerator_view *view, struct error *err);

void layer_result_release(struct layer_result *result);
