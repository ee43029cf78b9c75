/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "models/inference/channel.h"
#include "models/inference/programme_time.h"

/*
 * Ends of tasks and the writes that put them off.  A column wave's write waits
 * in the channel's list for the image that follows it: until then it is owed,
 * and the ends of its task and of those after it stay open.  When nothing is
 * owed, each end counts what it is later than all before it.
 */

/* A column wave's write. */
struct owed {
    uint64_t bytes;
    instant asked;
    size_t task;     /* number in the programme */
    uint64_t serial; /* of the (task, block) */
    enum traffic traffic;
    uint32_t name;
};

/* The end of a (task, block). */
struct account {
    uint32_t name;
    uint64_t serial;
    instant end;
};

/* An end that was counted; or (times > 0) that all since record `from` came so
 * often again, each time `span` later. */
struct settled {
    struct account account;
    size_t from;
    instant span;
    uint64_t times;
};

struct ledger {
    struct task_sum *sum;        /* by name; borrowed */
    uint64_t parts;              /* of a clock: instant.h */
    struct programme_ends *ends; /* borrowed; may be NULL */

    struct owed *owed; /* in the order of the list */
    size_t owed_count, owed_capacity;
    struct account *account; /* open ends, in the order run */
    size_t accounts, accounts_capacity;
    uint64_t serial;  /* of the (task, block) that runs */
    instant open_end; /* of its last write so far */

    struct settled *settled; /* all ends, in the order run */
    size_t settled_count, settled_capacity;
    instant end; /* of everything that is settled */
};

void ledger_release(struct ledger *ledger);

void ledger_owe(struct ledger *ledger, const struct task *task, size_t number,
                uint64_t bytes, instant asked);

/* Is a write of that task owed? */
bool ledger_owes(const struct ledger *ledger, size_t number);

/* A write of that (task, block) is over. */
void ledger_note_write(struct ledger *ledger, uint64_t serial, instant over);

/* Ends the (task, block) that runs. */
void ledger_end(struct ledger *ledger, uint32_t name, instant end);

/* Counts ends, if nothing is owed. */
void ledger_settle(struct ledger *ledger);

/* Counts the ends since record `from` `times` more, each time `span` later. */
void ledger_repeat(struct ledger *ledger, size_t from, instant span,
                   uint64_t times);
