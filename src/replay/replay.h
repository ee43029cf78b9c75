/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/work.h"
#include "models/accelerator.h"

/*
 * Replays layers on a machine, several at a time, each in a simulation of its
 * own.  Results come in the order of the layers, whatever the workers do.
 */
struct replay_result {
    const struct layer *layer;         /* borrowed */
    const struct layer_result *result; /* borrowed, for the call only */
    bool verified; /* outputs were compared with the integer product */
};

struct replay_options {
    struct work work;
    bool slow;   /* every pass through every block as events */
    bool verify; /* let values flow and compare the outputs */

    /*
     * Either may be NULL; never two calls at once, from whatever thread.  A
     * layer for which `skip` says so is not replayed.  `done` is called once a
     * layer, in order; -1 and `err` ends the replay.
     */
    bool (*skip)(void *context, const struct layer *layer);
    int (*done)(void *context, const struct replay_result *result,
                struct error *err);
    void *context;
};

/*
 * -1 and `err` if the machine cannot run a layer (ERROR_DATA), an output is not
 * the integer product (ERROR_INTERNAL), `done` failed, or a stop was asked for
 * (ERROR_INTERRUPTED, looked for before each layer and inside those that take
 * long).  What was handed to `done` by then stays.
 */
int replay_layers(const struct machine *machine, const struct layer *layers,
                  size_t count, const struct replay_options *options,
                  struct error *err);

/* The sums of products of the packed weights and the inputs, int32 [T][O];
 * free() it.  It knows nothing of machines.  Not whole if a stop was asked
 * for. */
int32_t *replay_product(const struct layer *layer);
