/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "models/inference/programme.h"
#include "models/inference/work.h"
#include "models/machine.h"
#include "trace/layer.h"

/*
 * A linear map laid out on the array: the waves of a task, whose loads the
 * array tells (array_load_clocks()).
 *
 * Waves and what they point to live until task_layouts_release().
 */
struct task_layout {
    uint32_t inputs, outputs;
    uint32_t merged; /* sub-macros that are added for one output */
    uint32_t live;   /* sums of a token that are alive at a time */
    uint32_t waves;
    struct task_wave *wave;
    uint64_t images;            /* bytes of all on the channel */
    uint32_t *first;            /* [waves] first input of each, and */
    uint32_t *range;            /* [waves] how many */
    uint32_t *column, *columns; /* [waves] outputs of its column wave */
    uint32_t *output;           /* [passes of all waves] */
    struct layout_work work;
};

/* Of one layer, in all merge modes (layout/mapping.h) that it can run in; the
 * mode that adds most comes first. */
struct task_layouts {
    uint32_t count;
    struct task_layout *layout; /* [count] */
    struct task_taken *taken;   /* which was taken for what: task_choice.h */
    size_t takens, taken_capacity;
};

/* -1 and `err` if the machine cannot run the layer, or not in an inference. */
int task_layouts_init(struct task_layouts *layouts,
                      const struct machine *machine, const struct layer *layer,
                      struct error *err);
void task_layouts_release(struct task_layouts *layouts);

/* Whether any mask of the layer's pattern is laid out alike; false as well if
 * the machine cannot run it. */
bool task_layouts_are_fixed(const struct machine *machine,
                            const struct layer *layer);
