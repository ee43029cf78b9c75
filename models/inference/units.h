/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/programme.h"
#include "models/machine.h"
#include "trace/operators.h"

/*
 * The units beside the array, by their clocks.
 *
 *   vector  e elements in p passes take ceil(e p / lanes) + latency clocks.
 *           Passes: norm 2, convolution 4, softmax as vector.softmax says,
 *           the others 1.  Source: ITA (Islamoglu et al., ISLPED 2023) has 16
 *           lanes beside 1024 multipliers and a pipeline of 7.
 *   scan    state elements: ceil(e / lanes) clocks where exponential, products
 *           and sums are one pipeline, scan.passes times that where not
 *
 * A unit with a clock of its own takes ceil(n * array clock / its clock) of the
 * array's clocks for n of its own.
 */
uint64_t vector_clocks(const struct machine *machine,
                       enum operator_function function, uint64_t elements);
uint64_t vector_latency(const struct machine *machine);

/* The pace at one element a token; times the elements of each. */
struct task_pace vector_pace(const struct machine *machine,
                             enum operator_function function);
struct task_pace scan_pace(const struct machine *machine);
uint64_t scan_clocks(const struct machine *machine, uint64_t elements);
