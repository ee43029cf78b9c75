/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sweep/explore.h"
#include "sweep/judge.h"
#include "sweep/tell.h"
#include "sweep/writer.h"

/*
 * What the parts of an exploration share: explore.c draws and keeps, rung.c
 * replays, neighbours.c looks around what was found.
 */
struct candidate {
    uint64_t number;
    uint64_t estimate; /* point_estimate() */
    uint32_t layers;   /* that were replayed, the first in `order` */
    bool failed;       /* it is out of the search */
    bool is_checked;   /* no neighbour can beat it: all were tried */
    bool is_judged;    /* `value` is there, of all layers */
    double value[JUDGE_OBJECTIVES];
    char machine[HASH_TEXT];
};

struct search {
    struct explore *explore; /* borrowed */
    struct store *store;     /* borrowed */
    struct crew *crew;       /* borrowed */
    struct progress *progress;
    struct writer writer;
    uint32_t *order; /* of layers */
    uint32_t layers;
    size_t *group;               /* of each input: the first one that it can be
                                    compared with */
    struct candidate *candidate; /* those that are left come first */
    size_t candidates, left, capacity;
    uint64_t room; /* layers that may yet be replayed */

    /* While a crew works. */
    const char *what; /* "explore", for the line of progress */
    struct tell tell;
    uint32_t to;   /* layers that each will have */
    size_t *asked; /* of each job: the candidate */
};

/* Which of the experiment's traces it replays, from 0. */
size_t search_input(const struct search *search, uint64_t number);

/* The candidate that replays the same on the same machine, or NULL. */
struct candidate *search_find(const struct search *search,
                              const struct point *point);

/* Adds a candidate behind all others; its point goes to the store. */
int search_add(struct search *search, const struct point *point,
               struct error *err);

/* The candidates left that are compared with those of input `group`, the best
 * first as front.h orders them, into `ordered`, which has room for all that are
 * left; their number.  The first `unbeaten` of them no other of them beats. */
size_t search_order(const struct search *search, size_t group, size_t *ordered,
                    size_t *unbeaten);

/*
 * Replays layers of the candidates [from, end) until each has `to` of them; the
 * store has them then, and what failed says so.  What the store has is not
 * replayed again.
 */
int rung_replay(struct search *search, size_t from, size_t end, uint32_t to,
                struct error *err);

/* What the candidate's layers say of it, into `value`. */
int rung_judge(const struct search *search, struct candidate *candidate,
               struct error *err);

/*
 * Replays points that differ in one parameter, machine or plan from one that no
 * other beats, and might beat it, being no larger, as long as there is room;
 * those that do are looked around in turn.  `explore->untried` gets how many
 * there was no room for.
 */
int neighbours_try(struct search *search, struct error *err);
