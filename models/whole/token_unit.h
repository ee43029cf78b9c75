/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "models/whole/deque.h"
#include "models/whole/station.h"

struct task;

/*
 * A unit beside the array, which takes operators one at a time, in the order of
 * the list: vector_unit.c, scan_unit.c, attention_engine.c; and moves, which
 * are bytes only and do not wait for one another (mover.c). in    inputs and
 * what else it reads, from the channel or on chip out   results, when the
 * operator is done; token by token where those of its makers are read so
 * (OVERLAP_PIPELINE) time  clocks of work and latency (units.h,
 * programme_time.h), from when inputs are there, makers are done, and the unit
 * is free
 */
struct token_unit {
    struct station station;
    /* What the unit counts of an operator, when it is done. */
    void (*count)(struct whole *whole, const struct task *task);
    bool takes_turns; /* one operator at a time */
    struct deque job; /* numbers of those to be done */
    uint64_t free;    /* clock after the last operator */
};

void vector_unit_init(struct token_unit *unit, struct whole *whole);
void scan_unit_init(struct token_unit *unit, struct whole *whole);
void mover_init(struct token_unit *unit, struct whole *whole);
void attention_engine_init(struct token_unit *unit, struct whole *whole);

void token_unit_init(struct token_unit *unit, struct whole *whole,
                     const char *name);
void token_unit_release(struct token_unit *unit);

/* One more operator. */
void token_unit_add(struct token_unit *unit, size_t job);
