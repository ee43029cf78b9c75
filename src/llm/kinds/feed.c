/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/kinds/feed.h"

#include "llm/tape.h"
#include "llm/vector.h"

size_t feed_scratch(uint32_t width, uint32_t tokens)
{
    return 2 * scratch_round((size_t)tokens * width);
}

/* The activation of the gate, or of `up` where there is no gate. */
static void feed_activate(const struct block_run *run, float *x, size_t count)
{
    switch (run->shape->activation) {
    case ACTIVATION_SILU:
        vector_silu(x, count);
        break;
    case ACTIVATION_GELU:
        vector_gelu(x, count);
        break;
    case ACTIVATION_RELU:
        vector_relu(x, count);
        break;
    case ACTIVATION_RELU_SQUARED:
        vector_relu(x, count);
        vector_multiply(x, x, count);
        break;
    }
}

void feed_run(const struct block_run *run, const struct feed *feed,
              const float *x, float *out)
{
    size_t count = (size_t)run->tokens * feed->width;
    size_t mark = run->scratch->used;
    float *up = scratch_take(run->scratch, count);

    block_linear(run, feed->up, x, up, feed->width);
    if (block_is_done(run))
        return;
    if (block_run_part(run, feed->gate)->numbers) {
        float *gate = scratch_take(run->scratch, count);

        block_linear(run, feed->gate, x, gate, feed->width);
        if (block_is_done(run))
            return;
        if (run->shape->activation == ACTIVATION_SILU) {
            vector_silu_times(up, gate, count);
        } else {
            feed_activate(run, gate, count);
            vector_multiply(up, gate, count);
        }
    } else {
        feed_activate(run, up, count);
    }
    block_linear(run, feed->down, up, out, run->shape->size[SIZE_MODEL]);
    run->scratch->used = mark;
}

static size_t feed_sublayer_scratch(const struct shape *shape, uint32_t tokens)
{
    return feed_scratch(shape->size[SIZE_FEED], tokens);
}

static void feed_sublayer_run(const struct block_run *run, const float *x,
                              float *out)
{
    const struct feed feed = { PART_GATE, PART_UP, PART_DOWN,
                               run->shape->size[SIZE_FEED] };

    feed_run(run, &feed, x, out);
}

const struct sublayer feed_sublayer = {
    .norm = PART_FEED_NORM,
    .after = PART_AFTER_FEED_NORM,
    .last = PART_DOWN,
    .scratch = feed_sublayer_scratch,
    .run = feed_sublayer_run,
    .gradient = &feed_gradient,
};
