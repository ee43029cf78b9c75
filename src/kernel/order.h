/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/sim.h"

/*
 * The order of all activations, and what depends on it.
 *
 * The hash is over (time, delta, process number) of each activation so far: two
 * runs with the same hash at the end ran the same processes in the same order.
 */
uint64_t sim_order_hash(const struct sim *sim);

/*
 * From now on the processes of each delta run in an order drawn from the seed
 * (0: as they became runnable).  A model whose results change depends on an
 * order that it should not know.
 */
void sim_order_shuffle(struct sim *sim, uint64_t seed);

/* Writes lines "time delta name" until sim_free().  -1 and errno: it cannot. */
int sim_order_log(struct sim *sim, const char *path);

/*
 * Compares two such files.  0: the same; 1: `text` says where they differ first
 * and what ran in each; -1: errno.
 */
int sim_order_difference(const char *path_a, const char *path_b, char *text,
                         size_t size);
