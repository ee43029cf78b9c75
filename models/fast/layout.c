/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neither the merge mode nor the way to cut tokens can be told from sizes: more
 * outputs apart have fewer column waves and more tiles to add up, blocks load
 * weights again and streams read inputs again.  So a layer is laid out in each
 * mode, cut in each way, and its clocks are found by the recurrence, which
 * costs little.
 *
 * Masks are read once, for the mode that adds most; the other modes' placements
 * follow from that one.
 */
#include "models/fast/layout.h"

#include <stdlib.h>

#include "base/memory.h"
#include "models/inference/task_wave.h"

void layout_free(struct layout *layout)
{
    if (!layout)
        return;
    schedule_release(&layout->schedule);
    placement_release(&layout->placement);
    free(layout);
}

static uint64_t layout_bytes(const struct recurrence *timing)
{
    return timing->counters[COUNTER_DRAM_BYTES_READ] +
           timing->counters[COUNTER_DRAM_BYTES_WRITTEN];
}

static bool is_better(const struct recurrence *way,
                      const struct recurrence *best)
{
    return way->cycles < best->cycles ||
           (way->cycles == best->cycles &&
            layout_bytes(way) < layout_bytes(best));
}

/* Cuts the tokens in the better way; -1 and `err` if there is none. */
static int layout_cut(struct layout *layout, struct error *err)
{
    static const unsigned only[SCHEDULE_WAYS] = { BLOCKING_TOKENS,
                                                  BLOCKING_STREAM };
    struct schedule *schedule = &layout->schedule;
    unsigned blocking = schedule->machine->blocking;
    enum schedule_way best = SCHEDULE_WAYS;
    uint32_t *output, tokens = 0;
    struct task_wave *waves = task_waves_new(schedule, &output);

    task_waves_compare(waves, schedule->waves);
    for (enum schedule_way way = 0; way < SCHEDULE_WAYS; way++) {
        struct recurrence timing;

        if ((blocking != BLOCKING_BEST && blocking != only[way]) ||
            !schedule_cut(schedule, way))
            continue;
        /* Inputs that are there all along, and as many tokens: the same. */
        if (best == SCHEDULE_TOKENS && !schedule->inputs_come &&
            schedule->block_tokens == tokens)
            break;
        recurrence_run(&timing, schedule, waves);
        layout->way_bytes[way] = layout_bytes(&timing);
        if (best != SCHEDULE_WAYS && !is_better(&timing, &layout->timing))
            continue;
        layout->timing = timing;
        best = way;
        tokens = schedule->block_tokens;
    }
    free(waves);
    free(output);
    if (best != SCHEDULE_WAYS)
        return schedule_cut(schedule, best) ? 0 : -1;
    schedule_refuse(schedule, err);
    return -1;
}

/* NULL and `err` if the layer does not fit so.  `narrow`: the layout in a mode
 * that merges more, or NULL. */
static struct layout *layout_new(const struct machine *machine,
                                 const struct layer *layer,
                                 struct mapping_way way,
                                 const struct layout *narrow, struct error *err)
{
    struct layout *layout = memory_new(1, sizeof *layout);
    int status = mapping_choose(&layout->mapping, machine, layer, way, err);

    if (status == 0)
        status = narrow
                     ? placement_widen(&layout->placement, &narrow->placement,
                                       &layout->mapping, err)
                     : placement_init(&layout->placement, machine, layer,
                                      &layout->mapping, err);
    if (status < 0) {
        free(layout);
        return NULL;
    }
    schedule_init(&layout->schedule, &layout->placement);
    if (layout_cut(layout, err) < 0) {
        layout_free(layout);
        return NULL;
    }
    return layout;
}

struct layout *layout_best(const struct machine *machine,
                           const struct layer *layer, enum mapping_as as,
                           struct error *err)
{
    uint32_t modes = machine_merge_modes(machine);
    struct layout *best = NULL, *narrow = NULL;
    bool told = false;

    while (modes) {
        uint32_t mode = 31 - (uint32_t)__builtin_clz(modes);
        struct mapping_way way = { .as = as, .merged = 1u << mode };
        struct error ignored;
        struct layout *layout =
            layout_new(machine, layer, way, narrow, told ? &ignored : err);

        told = true;
        modes &= ~(1u << mode);
        if (!layout)
            continue;
        if (!best || layout->timing.cycles < best->timing.cycles) {
            if (best != narrow)
                layout_free(best);
            best = layout;
        } else {
            layout_free(layout);
        }
        if (!narrow)
            narrow = layout;
    }
    if (best != narrow)
        layout_free(narrow);
    return best;
}
