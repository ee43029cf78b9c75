/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/work.h"
#include "replay/input.h"
#include "replay/machine_file.h"
#include "replay/replay.h"
#include "store/store.h"

/*
 * A run: a trace or list of shapes replayed on a machine, each layer's results
 * written to the store as it ends.  Where the store has the run already, or
 * some of its layers, only the rest is replayed.  input_put() comes before it.
 */
struct replay_run {
    struct store *store;
    const struct input *input;
    const struct machine_file *machine;
    bool again;  /* throw away what the store has */
    bool slow;   /* every vector through every block as events */
    bool verify; /* let values flow, compare outputs with the integer product */
    struct work work;

    char key[STORE_RUN_KEY]; /* out: by which the store has it */
    bool found;              /* out: it was there already, whole */
};

/* -1 and `err`; a machine that cannot run a layer is stored as the reason of a
 * failed run. */
int replay_run(struct replay_run *run, struct error *err);

/* Its parts, for whoever replays in one process and writes in another. */
int replay_put_activities(struct store *store, const char *trace,
                          const struct layer *layers, size_t count,
                          struct error *err);
struct store_run replay_run_key(const struct input *input,
                                const struct machine_file *machine);
int replay_put_layer(struct store *store, const char *run,
                     const struct replay_result *replayed, struct error *err);
