/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "models/machine.h"
#include "replay/input.h"

/* A look into one layer's run, written as waveform, timeline or both; the
 * results file is left alone. */
struct replay_window {
    const char *layer;    /* NULL: the first */
    const char *clocks;   /* "FROM:TO" */
    const char *vcd;      /* file; NULL: none */
    const char *timeline; /* file; NULL: none */
};

/* -1 and `err`; a misspelt layer is answered with the nearest. */
int replay_window(const struct replay_window *what, const struct input *input,
                  const struct machine *machine, struct error *err);
