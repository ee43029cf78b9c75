/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/accelerator.h"

/*
 * What happens on a machine in a window of clocks of one layer: who is busy
 * with what, and which sums leave the macros.
 */
struct window_sums {
    uint64_t clock;
    uint32_t macro;
    enum macro_stage stage;
    uint32_t first, columns; /* of the macro's, all teams' in order; between its
                                teams' are some that it does not serve */
    int32_t *value; /* [columns]; NULL unless merged, and with values */
};

struct window {
    const struct machine *machine; /* borrowed */
    const char *layer;             /* its name, borrowed */
    struct mapping mapping;        /* in which merge mode, of how many teams */
    uint64_t from, to;             /* clocks from .. to - 1 */
    bool values;                   /* the sums have values */
    struct watch_span *span;       /* those that touch the window */
    size_t spans, span_room;
    struct window_sums *sums;
    size_t sums_count, sums_room;
};

enum { WINDOW_MAX_CLOCKS = 1000000 };

/*
 * Runs the layer the slow way up to the window's end.  -1 and `err`: the
 * machine cannot run the layer (ERROR_DATA), or the window is empty or too long
 * (ERROR_USAGE).
 */
int window_record(struct window *window, const struct machine *machine,
                  const struct layer *layer, uint64_t from, uint64_t to,
                  struct error *err);

/* Whether column `c` of a macro is among those that made the sums: in each team
 * the same places. */
bool window_serves(const struct window *window, const struct window_sums *sums,
                   uint32_t c);
void window_release(struct window *window);

/* A value change dump (IEEE 1364) for GTKWave and its kin. */
int window_write_vcd(const struct window *window, const char *path,
                     struct error *err);

/* Chrome's trace event format, as Perfetto and speedscope open it: a track for
 * each unit. */
int window_write_timeline(const struct window *window, const char *path,
                          struct error *err);

extern const char *const window_unit_names[WATCH_UNITS];
