/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/window.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const char *const window_unit_names[WATCH_UNITS] = {
    [WATCH_DRAM] = "dram",
    [WATCH_LOAD] = "weight_loader",
    [WATCH_READ] = "activation_buffer",
    [WATCH_WAIT] = "waiting",
    [WATCH_ENTRY] = "entry",
    [WATCH_OUTPUT] = "output_buffer",
};

static void on_span(void *context, const struct watch_span *span)
{
    struct window *window = context;

    if (span->end <= window->from || span->start >= window->to)
        return;
    window->span = memory_grow(window->span, &window->span_room,
                               window->spans + 1, sizeof *window->span);
    window->span[window->spans++] = *span;
}

static void on_hand_over(void *context, uint32_t macro, enum macro_stage stage,
                         uint64_t clock, const struct pass *pass)
{
    struct window *window = context;
    struct window_sums *sums;

    if (clock < window->from || clock >= window->to)
        return;
    window->sums = memory_grow(window->sums, &window->sums_room,
                               window->sums_count + 1, sizeof *window->sums);
    sums = &window->sums[window->sums_count++];
    *sums = (struct window_sums){ .clock = clock,
                                  .macro = macro,
                                  .stage = stage,
                                  .first = pass->first,
                                  .columns = pass->columns };
    if (stage != STAGE_MERGED || !window->values)
        return;
    sums->value = memory_new(pass->columns, sizeof *sums->value);
    memcpy(sums->value, (const int32_t *)pass_values_of(pass) + pass->first,
           pass->columns * sizeof *sums->value);
}

int window_record(struct window *window, const struct machine *machine,
                  const struct layer *layer, uint64_t from, uint64_t to,
                  struct error *err)
{
    struct accelerator_watch watch = { .context = window,
                                       .span = on_span,
                                       .hand_over = on_hand_over };

    *window = (struct window){ .machine = machine,
                               .layer = layer->shape.name,
                               .from = from,
                               .to = to,
                               .values = layer->values && layer->input };
    if (to <= from || to - from > WINDOW_MAX_CLOCKS)
        return error_set(err, ERROR_USAGE,
                         "a window of clocks %" PRIu64 ":%" PRIu64
                         " holds none, or more than %d",
                         from, to, WINDOW_MAX_CLOCKS);
    return accelerator_look(
        machine, layer,
        &(struct accelerator_view){ .watch = &watch,
                                    .values = window->values,
                                    .clocks = to,
                                    .mapping = &window->mapping },
        err);
}

bool window_serves(const struct window *window, const struct window_sums *sums,
                   uint32_t c)
{
    uint64_t wide = window->machine->macro.columns,
             places =
                 window->machine->select.selects * window->mapping.set_columns;

    return c >= sums->first && c < sums->first + sums->columns &&
           c % wide >= sums->first && c % wide < sums->first + places;
}

void window_release(struct window *window)
{
    for (size_t i = 0; i < window->sums_count; i++)
        free(window->sums[i].value);
    free(window->sums);
    free(window->span);
    *window = (struct window){ 0 };
}
