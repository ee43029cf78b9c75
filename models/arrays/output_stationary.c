/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/arrays/systolic.h"

#include "trace/layer.h"

/*
 * Sums stay and inputs pass, as SCALE-Sim's output_stationary mode counts it
 * (systolic.h).  It is the weight-stationary array on the layer with tokens and
 * inputs exchanged: R tokens by C outputs stay where R inputs by C outputs did,
 * and the K inputs enter one after the other as the tokens did.  There is
 * nothing to load, and the convention waits for no buffer.
 */
static struct layer output_stationary_turned(const struct layer *layer)
{
    return (struct layer){ .shape.name = layer->shape.name,
                           .tokens = layer->shape.inputs,
                           .shape.inputs = layer->tokens,
                           .shape.outputs = layer->shape.outputs,
                           .pattern = pattern_dense,
                           .agreement = 1 };
}

static uint64_t no_load(const struct machine *machine, const struct wave *wave)
{
    (void)machine;
    (void)wave;
    return 0;
}

static uint32_t no_read(const struct machine *machine, const struct wave *wave)
{
    (void)machine;
    (void)wave;
    return 0;
}

/* How the finished sums leave the array is left out: a token of a clock. */
static uint32_t one_clock(const struct machine *machine,
                          const struct wave *wave, uint32_t served)
{
    (void)machine;
    (void)wave;
    (void)served;
    return 1;
}

const struct array array_output_stationary = {
    .name = "output_stationary",
    .rows = systolic_rows,
    .check = systolic_check,
    .latency = systolic_latency,
    .bank_wait = systolic_bank_wait,
    .load_steps = no_load,
    .read_clocks = no_read,
    .output_clocks = one_clock,
    .left_out = systolic_left_out,
    .turned = output_stationary_turned,
    .wire = systolic_wire,
    .count = systolic_count,
};
