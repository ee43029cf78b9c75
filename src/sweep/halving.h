/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Successive halving, with three in place of two: many points replay few
 * layers, the best third of them three times as many, and so on.
 *
 * Source: Jamieson and Talwalkar, "Non-stochastic best arm identification and
 * hyperparameter optimization", AISTATS 2016.
 */
enum { HALVING_FEWER = 3, HALVING_RUNGS = 3 };

/* Order in which layers are replayed: the first few are a sample of all. */
void halving_order(uint32_t *order, size_t layers);

enum halving_how { HALVING_IN_RUNGS, HALVING_WHOLE };

/* Layers that have been replayed after each rung, ascending; returns how many
 * rungs there are: one of all layers if they are replayed whole. */
unsigned halving_rungs(uint32_t after[HALVING_RUNGS], size_t layers,
                       enum halving_how how);

/* With how many points these rungs cost `budget` replays of all layers; at
 * least 1. */
size_t halving_points(uint64_t budget, const uint32_t after[HALVING_RUNGS],
                      unsigned rungs);
