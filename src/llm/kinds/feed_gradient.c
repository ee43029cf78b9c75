/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/kinds/feed_gradient.h"

#include <math.h>
#include <string.h>

#include "llm/vector.h"

size_t feed_gradient_scratch(uint32_t width, uint32_t tokens)
{
    return 6 * scratch_round((size_t)tokens * width);
}

static void feed_gradient_activate(struct tape *tape, struct feed_kept *kept,
                                   size_t count)
{
    memcpy(kept->act, kept->up, count * sizeof *kept->act);
    if (kept->gate) {
        vector_silu_times(kept->act, kept->gate, count);
        return;
    }
    if (tape->run.shape->activation == ACTIVATION_GELU)
        vector_gelu(kept->act, count);
    else
        vector_relu(kept->act, count);
    if (tape->run.shape->activation == ACTIVATION_RELU_SQUARED)
        vector_multiply(kept->act, kept->act, count);
}

void feed_forward(struct tape *tape, const struct feed *feed,
                  struct feed_kept *kept, const float *x, float *out)
{
    size_t count = (size_t)tape->run.tokens * feed->width;

    kept->up = tape_take(tape, count);
    kept->gate = tape->run.block->part[feed->gate].numbers
                     ? tape_take(tape, count)
                     : NULL;
    kept->act = tape_take(tape, count);
    tape_linear(tape, feed->up, x, kept->up, feed->width);
    if (kept->gate)
        tape_linear(tape, feed->gate, x, kept->gate, feed->width);
    feed_gradient_activate(tape, kept, count);
    tape_linear(tape, feed->down, kept->act, out,
                tape->run.shape->size[SIZE_MODEL]);
}

/* d/dx of 0.5 x (1 + tanh(r (x + 0.044715 x^3))), r = root(2 / pi) */
static float gelu_slope(float x)
{
    const double r = 0.79788456080286536;
    double inner = r * ((double)x + 0.044715 * pow((double)x, 3));
    double th = tanh(inner);

    return (float)(0.5 * (1 + th) +
                   0.5 * (double)x * (1 - th * th) * r *
                       (1 + 3 * 0.044715 * (double)x * (double)x));
}

/* `slope` by the output of feed_gradient_activate(), to that by `up`, in place.
 */
static void activate_back(struct tape *tape, const struct feed_kept *kept,
                          float *slope, float *gate_slope, float *room,
                          size_t count)
{
    enum activation activation = tape->run.shape->activation;

    if (kept->gate) {
        tape_silu_times_back(slope, gate_slope, kept->up, kept->gate, room,
                             count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (activation == ACTIVATION_GELU)
            slope[i] *= gelu_slope(kept->up[i]);
        else if (kept->up[i] <= 0)
            slope[i] = 0;
        else if (activation == ACTIVATION_RELU_SQUARED)
            slope[i] *= 2 * kept->up[i];
    }
}

void feed_back(struct tape *tape, const struct feed *feed,
               const struct feed_kept *kept, const float *slope, float *x_slope)
{
    size_t count = (size_t)tape->run.tokens * feed->width;
    float *by_act = tape_take(tape, count);
    float *by_gate = kept->gate ? tape_take(tape, count) : NULL;
    float *room = kept->gate ? tape_take(tape, count) : NULL;

    tape_linear_back(tape, feed->down, slope, tape->run.shape->size[SIZE_MODEL],
                     by_act, 0);
    activate_back(tape, kept, by_act, by_gate, room, count);
    tape_linear_back(tape, feed->up, by_act, feed->width, x_slope, 0);
    if (by_gate)
        tape_linear_back(tape, feed->gate, by_gate, feed->width, x_slope, 1);
}

static struct feed feed_of(const struct shape *shape)
{
    return (struct feed){ PART_GATE, PART_UP, PART_DOWN,
                          shape->size[SIZE_FEED] };
}

static size_t feed_gradient_floats(const struct shape *shape, uint32_t tokens)
{
    return feed_gradient_scratch(shape->size[SIZE_FEED], tokens);
}

static void feed_gradient_forward(struct tape *tape, const float *x, float *out)
{
    const struct feed feed = feed_of(tape->run.shape);

    feed_forward(tape, &feed, tape->kept, x, out);
}

static void feed_gradient_back(struct tape *tape, const float *slope,
                               float *x_slope)
{
    const struct feed feed = feed_of(tape->run.shape);

    feed_back(tape, &feed, tape->kept, slope, x_slope);
}

const struct sublayer_gradient feed_gradient = {
    .size = sizeof(struct feed_kept),
    .scratch = feed_gradient_floats,
    .forward = feed_gradient_forward,
    .back = feed_gradient_back,
};
