/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/clockwork.h"

/*
 * The state of a clockwork as it was after some unit of a level (repeat.c), to
 * be compared with later ones.  Of the two inner levels only what they touch is
 * kept.
 */
struct counted {
    instant spent[ALL_PROGRAMME_CLOCKS];
    uint64_t bytes[TRAFFICS], inputs;
};

struct moment {
    uint64_t from; /* units, when it began, or began again after early slices */
    uint64_t done, next; /* when it was kept; when the next is, after `from` */
    bool is_kept, is_over;
    size_t pause; /* vectors that are not compared */
    struct repeat_span last;

    instant port, read, load_end, end, open_end, sums_wait, ahead_usable;
    instant *ends; /* of outputs after the port is free, newest first */
    uint32_t ends_count;
    instant *bank_freed; /* [banks], of the next wave first */
    uint64_t moves, waits, serial;
    instant channel, unit_free[TASK_UNITS];
    uint64_t unit_uses[TASK_UNITS];
    struct kept_queue {
        struct outstanding_entry *at;
        size_t count, capacity;
    } staging, inputs;
    struct owed *owed;
    size_t owed_count, owed_capacity;
    struct account *account;
    size_t accounts, accounts_capacity;
    struct ran *ran; /* [rans] that later tasks take something of */
    size_t rans, ran_capacity;
    instant *tokens; /* of these, one after the other */
    size_t tokens_count, tokens_capacity;
    bool is_ahead;
    size_t ahead_number, number;
    size_t settled;

    struct counted *counted; /* by name */
    uint64_t parted[ALL_PROGRAMME_CLOCKS];
    size_t names, names_capacity;
};

void moment_init(struct moment *moment,
                 const struct programme_machine *machine);
void moment_release(struct moment *moment);

void moment_keep(struct moment *moment, const struct clockwork *clockwork,
                 enum repeat_level level, uint32_t name);

/* What of all that the future depends on is the same, relative to the entry
 * port. */
enum moment_same {
    MOMENT_DIFFERS,
    MOMENT_SAME_ARRAY, /* of vectors: all but the channel */
    MOMENT_SAME
};
enum moment_same moment_compare(const struct moment *moment,
                                const struct clockwork *clockwork,
                                enum repeat_level level);

/* The names that a level can count, first .. end - 1: one task's, or all. */
void moment_names(const struct clockwork *clockwork, enum repeat_level level,
                  uint32_t name, size_t *first, size_t *end);
