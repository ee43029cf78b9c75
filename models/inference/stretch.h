/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/entry.h"

/*
 * A stretch: vectors of a wave in a row that wait for nothing but one another,
 * as all do after the first.  What one did is remembered, and done again at
 * once by those that are like it (stretch.c).  Newer ones take the place of
 * older ones, so the memory is bounded.
 */
enum { STRETCHES = 256, STRETCH_WORDS = 64 };

struct stretch {
    uint32_t begins, ends; /* words of each; begins 0: nothing is remembered */
    uint64_t begin[STRETCH_WORDS], end[STRETCH_WORDS];
};

struct stretches {
    struct stretch *known; /* [STRETCHES], by the hash of how they begin */
    struct stretch *open;  /* the one that is stepped through, or NULL */
    instant port;          /* as that began; and what was spent by then */
    instant spent[ALL_PROGRAMME_CLOCKS];
};

void stretches_init(struct stretches *stretches);
void stretches_release(struct stretches *stretches);

/* The next `vectors` of a wave of which one has entered, if such a stretch is
 * remembered: adds to spent[ALL_PROGRAMME_CLOCKS].  False: they have not
 * entered; step through them, and then call stretches_learn(). */
bool stretches_recall(struct stretches *stretches, struct entry *entry,
                      instant *spent, const struct task_wave *wave,
                      uint64_t vectors);
void stretches_learn(struct stretches *stretches, const struct entry *entry,
                     const instant *spent);
