/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/instant.h"
#include "models/inference/programme_time.h"

/*
 * The entry port: when each pass of a vector enters the array, and where the
 * clocks until then went.  A pass enters at the latest of
 *
 *     the pass before it, its wave's load, its vector's read, a credit
 *
 * and its output operation ends at the latest of its sums' arrival and of the
 * end before it, and its own clocks later.  There are two input latches: a
 * vector's read starts after the read of the one before and after the last
 * entry of the one before that.
 */
struct entry {
    instant port;     /* is free */
    instant read;     /* the next vector's read may start */
    instant released; /* by the vector before the last */
    instant ready;    /* the last vector is read */
    instant *ends;    /* [credits] of the last output operations */
    uint32_t next;    /* the oldest of them */
    uint32_t credits, latency;
    uint64_t parts; /* of a clock: instant.h */
    enum programme_spent how;
    /* Whole clocks only: how often what was spent ended at another part of a
     * clock than it began. */
    uint64_t parted[ALL_PROGRAMME_CLOCKS];
};

/* What a vector may wait for, apart from the vectors before it. */
struct entry_gates {
    instant load_end; /* of its wave; it began `load` before */
    instant inputs;   /* can be read */
    instant makers;   /* have made them */
    instant sums;     /* the first sum can be stored */
    enum programme_clock maker;
};

void entry_init(struct entry *entry, const struct programme_machine *machine);
void entry_release(struct entry *entry);
void entry_restart(struct entry *entry, instant now);

/* One vector with all of its passes; adds to spent[ALL_PROGRAMME_CLOCKS]. */
void entry_add(struct entry *entry, instant *spent,
               const struct task_wave *wave, struct entry_gates *gates);

/* Where the clocks after the last entry went, until everything is over. */
void entry_drain(struct entry *entry, instant *spent, instant over);

/* The end of output operation `i` of the last `credits`, oldest first. */
static inline instant entry_end(const struct entry *entry, uint32_t i)
{
    uint32_t at = entry->next + i;

    return entry->ends[at < entry->credits ? at : at - entry->credits];
}

static inline instant entry_last(const struct entry *entry)
{
    return entry_end(entry, entry->credits - 1);
}
