/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "models/whole/deque.h"

/*
 * Bytes of a buffer that are asked for and not free yet: images in staging
 * (dram.staging), across layers, until they are loaded; inputs in the
 * activation buffer until they are read for the last time.  What is there is
 * freed in the order in which it was asked for.
 */
struct room {
    struct deque held;
    uint64_t bytes;
    uint64_t limit; /* 0: any, nothing is held */
};

void room_init(struct room *room, uint64_t limit);
void room_release(struct room *room);

/* The clock from which `bytes` more fit, or nothing is held; NEVER: that is not
 * known yet. */
uint64_t room_from(const struct room *room, uint64_t bytes);

/* Takes them now; returns their number. */
size_t room_take(struct room *room, uint64_t bytes, uint64_t now);

/* What has that number is free from that clock on. */
void room_free(struct room *room, size_t number, uint64_t clock);
