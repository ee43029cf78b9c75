/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress;

/*
 * The multiple-choice knapsack: one choice for every item, the least total cost
 * whose total size is within least..limit.  Compared in this order:
 *
 *   1. the sum of round(2^40 * cost), in integers, so that ties are ties
 *   2. the sum of `second`
 *   3. the sum of `third`
 *   4. the choices read in item order, lower ones first
 *
 * Solved exactly, by dynamic programming over size / gcd; if that has more than
 * PROGRAMME_STATES states, by GLPK on the cost alone, until the gap that is
 * allowed is reached or the time is over.  What is found when time is over
 * depends on the machine and on what else runs there; all else does not.
 */
enum { PROGRAMME_STATES = 10000000, PROGRAMME_SECONDS = 60 };

struct programme_choice {
    bool offered;
    double cost; /* finite, magnitude at most 2^60 */
    uint64_t size;
    int64_t second, third;
};

struct programme {
    size_t items, choices;
    const struct programme_choice *table; /* [items][choices], borrowed */
    uint64_t least, limit;
    double gap;     /* (objective - bound) / objective that is good enough */
    double seconds; /* that GLPK may take; 0: PROGRAMME_SECONDS */
    struct progress *progress; /* GLPK tells it; NULL: nobody */
};

struct programme_answer {
    double objective;
    double bound; /* equals the objective when it is proven best */
    uint64_t size;
    bool stopped; /* time was over, or the user wants an end, before that */
};

/* choice[items] gets the answer.  False if nothing fits, or if it was stopped
 * before anything was found.  Every item must have a choice that is offered
 * (assert). */
bool programme_solve(const struct programme *programme, size_t *choice,
                     struct programme_answer *answer);

double programme_seconds(const struct programme *programme);

/* The least size that any choices have. */
uint64_t programme_smallest(const struct programme *programme);

/* The largest total size under `size` that some choices have exactly; false if
 * there is none, or too many states to find out. */
bool programme_below(const struct programme *programme, uint64_t size,
                     uint64_t *below);
