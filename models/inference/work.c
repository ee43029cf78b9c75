/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/work.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/fast/wave_count.h"
#include "trace/layer.h"

/* Counts are linear in the vectors, so those of none and of one tell all. */
static void work_of_wave(struct work *work, const struct wave *wave)
{
    memset(work, 0, sizeof *work);
    wave_count(work->load, wave, 0);
    wave_count(work->vector, wave, 1);
    for (int i = 0; i < COUNTERS; i++)
        work->vector[i] -= work->load[i];
}

/* Weights of a dense layer that a wave holds. */
static uint64_t dense_weights(const struct wave *wave)
{
    const struct machine *machine = wave->placement->machine;
    uint64_t weights = 0;

    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_tile *column = wave_column(wave, m);
        const struct tile *tile = wave_tile(wave, m);

        if (column && tile)
            weights += (uint64_t)(tile->k1 - tile->k0) * column->columns;
    }
    return weights;
}

static uint32_t kind_of(struct layout_work *work, const struct work *wave)
{
    for (size_t i = work->kinds; i-- > 0;)
        if (memcmp(&work->kind[i], wave, sizeof *wave) == 0)
            return (uint32_t)i;
    work->kind = memory_grow(work->kind, &work->capacity, work->kinds + 1,
                             sizeof *work->kind);
    work->kind[work->kinds] = *wave;
    return (uint32_t)work->kinds++;
}

void layout_work_init(struct layout_work *work, const struct schedule *schedule)
{
    const struct layer *layer = schedule->placement->layer;
    bool dense = pattern_is_dense(layer->pattern) && !layer->values;
    struct work wave;

    *work = (struct layout_work){ 0 };
    if (dense)
        work->of = memory_new(schedule->waves, sizeof *work->of);
    for (uint32_t w = 0; w < schedule->waves; w++) {
        work_of_wave(&wave, &schedule->wave[w]);
        if (dense) {
            wave.vector[COUNTER_KEPT_MACS] = dense_weights(&schedule->wave[w]);
            work->of[w] = kind_of(work, &wave);
        }
        for (int i = 0; i < COUNTERS; i++) {
            work->all.load[i] += wave.load[i];
            work->all.vector[i] += wave.vector[i];
        }
        work->images += schedule->wave[w].image_bytes;
    }
    work->all.vector[COUNTER_KEPT_MACS] =
        (uint64_t)layer_kept(layer) * layer->shape.outputs;
}

void layout_work_release(struct layout_work *work)
{
    free(work->kind);
    free(work->of);
    *work = (struct layout_work){ 0 };
}

void work_add(uint64_t counters[ALL_COUNTERS], const struct work *work,
              uint64_t loads, uint64_t vectors)
{
    for (int i = 0; i < COUNTERS; i++)
        counters[i] += loads * work->load[i] + vectors * work->vector[i];
}

enum counter_id work_of_function(enum operator_function function)
{
    switch (function) {
    case FUNCTION_SOFTMAX:
        return COUNTER_SOFTMAX_ELEMENTS;
    case FUNCTION_NORM:
        return COUNTER_NORM_ELEMENTS;
    case FUNCTION_ACTIVATION:
        return COUNTER_GATE_ELEMENTS;
    default:
        return COUNTER_OTHER_ELEMENTS;
    }
}
