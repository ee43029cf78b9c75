/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/arrays/array.h"

/*
 * A weight-stationary systolic array, in place of a macro's distribution, cells
 * and trees: R rows of processing elements, each with P lanes and `broadcast`
 * columns behind one input register; C columns in all.
 *   in    a pass; the vector in its latch; the image
 *   out   sums  int32 [C], after the pass
 *   time  R + C / broadcast + log2 P clocks: R - 1 down the rows, C / broadcast
 *         - 1 across, log2 P in the adder tree that joins the lanes at the
 *         bottom edge, a product and an output register; one more for each of
 *         array.input_registers and array.product_registers.  A vector enters
 *         each clock.
 * Every multiplier holds a weight and its place in a block of inputs, of which
 * it sees the whole block and chooses one; blocks of inputs move east a
 * processing element a clock, partial sums south a row a clock.  A vector's
 * elements enter row by row and its sums leave column by column, each a clock
 * after the one before; here a vector is one item that takes as long as its
 * last sum.  Its weights come a row a clock, or as fast as
 * `weights.port_bytes` allow; with two weight banks the next tile's come
 * meanwhile, and take over behind the last vector, so that tiles follow without
 * a gap.
 *
 * `array.published` counts clocks by the convention of SCALE-Sim
 * (github.com/scalesim-project/SCALE-Sim) instead, in its letters, with an
 * array of R x C, M tokens, N outputs and K inputs (K' that are kept):
 *   weight_stationary  ceil(K'/R) ceil(N/C) (2 R + C + M - 2) - 1: a fold loads
 *                      R clocks, takes M vectors and is over R + C - 2 clocks
 *                      after the last
 *   output_stationary  ceil(M/R) ceil(N/C) (K + R + C - 2) - 1: R tokens by C
 *                      outputs stay, an input of each token and a weight of
 *                      each output enter a clock
 * In output_stationary that is the array above with tokens in the
 * place of inputs, inputs in that of tokens, and nothing to load; counters are
 * of that.  Layers run dense, and no area or energy is claimed. Folds never
 * overlap, and the number of the last clock is reported instead of how many
 * there were.  Both leave out: the product and output registers, the lanes'
 * adder tree, that last clock, and every wait for a buffer or a channel
 * (output_stationary also how the finished sums leave the array).  The
 * machine's buffers must be wide enough; what they make wait is added.
 *
 * Source: VEGETA (HPCA 2023) and its group's open RTL,
 * github.com/georgia-tech-synergy-lab/SparseAccelerator-RTL, whose
 * vegeta_mac.sv has no register but that of the sum; macc.sv of its later
 * TPU-like array has one for the input and one for the product as well.  VEGETA
 * is a CPU's matrix engine in BF16 with tile registers; here it is int8, on the
 * same buffers as every machine.
 */
extern const struct parameter *const systolic_rows[];

/* Of the array and of its reading output_stationary. */
int systolic_check(const struct machine *machine, struct error *err);
uint32_t systolic_latency(const struct machine *machine);
uint32_t systolic_bank_wait(const struct machine *machine);
uint32_t systolic_left_out(const struct machine *machine);
uint64_t systolic_load_steps(const struct machine *machine,
                             const struct wave *wave);
void systolic_wire(struct macro *macro, const struct site *site);
void systolic_count(uint64_t counters[COUNTERS], const struct visit *visit);

/* What array.published: output_stationary makes of it. */
extern const struct array array_output_stationary;
