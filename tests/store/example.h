/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/*
 * Small results with known numbers: model `tiny` of four layers in two decoder
 * blocks; the plans `uniform` (dense) and `flow` (4:8, 1:8, 1:4, dense at 60 %
 * asked); a trace of each, which ran on `flexcim` and on `dense`; perplexities
 * 20.5 (dense) and 24.25 (flow).
 *
 * Layer l of 0..3 takes 1000 * (l + 1) cycles on `dense`; on `flexcim` that
 * many of the dense plan, and half as many of flow.
 *
 * A whole inference of flow on both machines, 8 tokens of prompt and 4 that are
 * generated for 2 sequences: 400 and 300 clocks on `flexcim`, 600 and 450 on
 * `dense`, some more and less at the edges.
 *
 * Experiment `tiny` has these four points, and a fifth that nobody ran: flow on
 * `small`, a machine of 8 multipliers.
 */
enum { EXAMPLE_LAYERS = 4, EXAMPLE_CATEGORIES = 6 };

/* Every category of clocks that a layer has, with none. */
extern const struct store_clocks example_no_clocks[EXAMPLE_CATEGORIES];

enum example_plan { EXAMPLE_DENSE, EXAMPLE_FLOW };
enum example_machine { EXAMPLE_ON_FLEXCIM, EXAMPLE_ON_DENSE };

/* Must succeed: opens the file, or writes it all into it. */
struct store *example_open(const char *path, enum store_mode mode);
void example_fill_file(const char *path);

/* Writes it all; store_start() must not have been called. */
int example_fill(struct store *store, struct error *err);

/* Its parts. */
int example_start(struct store *store, struct error *err);
int example_put_inputs(struct store *store, enum example_plan plan,
                       struct error *err);
int example_put_perplexity(struct store *store, enum example_plan plan,
                           struct error *err);
/* Of eight questions: six are right, or with flow three of these. */
int example_put_accuracy(struct store *store, enum example_plan plan,
                         struct error *err);
int example_begin_run(struct store *store, enum example_plan plan,
                      enum example_machine machine, uint64_t seed, bool again,
                      char run[STORE_RUN_KEY], enum store_state *state,
                      struct error *err);
int example_put_layer(struct store *store, const char *run,
                      enum example_plan plan, enum example_machine machine,
                      unsigned layer, struct error *err);
int example_put_inference(struct store *store, enum example_machine machine,
                          enum store_edge edge, struct error *err);
int example_put_experiment(struct store *store, struct error *err);
int example_run(struct store *store, enum example_plan plan,
                enum example_machine machine, uint64_t seed, struct error *err);

const char *example_layer_name(unsigned layer);
