/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/parallel.h"
#include "base/progress.h"

/*
 * How long work is done: what whoever asks for it says, and what is handed on
 * to each part.  All zero is good: all processors, and nobody is told.  A stop
 * is asked for by a signal, which all work of the process obeys (stop.h).
 */
struct work {
    unsigned workers;          /* as for parallel_for() */
    struct progress *progress; /* NULL: tell nobody */
};

/* Threads that it will have, at least 1. */
static inline unsigned work_workers(const struct work *work)
{
    return work->workers ? work->workers : parallel_processors();
}
