/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/layout/visit.h"

/*
 * Metadata and select store of one macro: what says which input a cell takes.
 *   in    an image: metadata, 1 bit a cell; selects, log2(M / 2) bits for each
 *         slot of each set of columns
 *   out   the selects of the sets that a pass serves, to its distribution
 *   time  combinational: with the pass, in its entry clock
 * The metadata bit stands in the cell beside the weight and is used there.  A
 * tile with no more sets than a row can obey has its selects on the lines as
 * long as it is there; with more sets, each pass reads those of its own.
 * Source: the released RTL (hw/cim_cell.v) has the metadata bit, and takes the
 * selects from outside; that they are stored here is our assumption.
 */

/* Bits that are read; none where the selects stay on the lines. */
void select_store_count(uint64_t counters[COUNTERS], const struct visit *visit);
