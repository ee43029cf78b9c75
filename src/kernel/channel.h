/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_CHANNEL_H
#define KERNEL_CHANNEL_H

#include <stdbool.h>

#include "kernel/sim.h"

/*
 * What every channel with evaluate/update semantics is built on, and what a
 * model's own channel embeds: processes leave new values aside and ask for an
 * update; after the evaluate phase update(channel) is called once and shows
 * them, and may notify events (for the next delta, or timed).  It may be called
 * on the stack of a thread.
 */
struct sim_channel {
    struct sim *sim;
    void (*update)(struct sim_channel *channel);
    bool requested;
};

void sim_channel_init(struct sim_channel *channel, struct sim *sim,
                      void (*update)(struct sim_channel *channel));

/* Any number of times in one evaluate phase; also before the first run. */
void sim_channel_request_update(struct sim_channel *channel);

#endif
