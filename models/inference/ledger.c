/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/ledger.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

void ledger_release(struct ledger *ledger)
{
    free(ledger->owed);
    free(ledger->account);
    free(ledger->settled);
}

void ledger_owe(struct ledger *ledger, const struct task *task, size_t number,
                uint64_t bytes, instant asked)
{
    ledger->owed = memory_grow(ledger->owed, &ledger->owed_capacity,
                               ledger->owed_count + 1, sizeof *ledger->owed);
    ledger->owed[ledger->owed_count++] = (struct owed){
        bytes, asked, number, ledger->serial, task->output_traffic, task->name
    };
}

bool ledger_owes(const struct ledger *ledger, size_t number)
{
    for (size_t i = 0; i < ledger->owed_count; i++)
        if (ledger->owed[i].task == number)
            return true;
    return false;
}

void ledger_note_write(struct ledger *ledger, uint64_t serial, instant over)
{
    if (serial == ledger->serial) {
        ledger->open_end = over;
        return;
    }
    for (size_t i = ledger->accounts; i-- > 0;) {
        struct account *account = &ledger->account[i];

        if (account->serial != serial)
            continue;
        account->end = instant_later(account->end, over);
        return;
    }
    assert(false && "a write belongs to a task whose end is open");
}

static void ledger_count(struct ledger *ledger, instant end, uint32_t name)
{
    if (ledger->ends) {
        struct programme_ends *ends = ledger->ends;

        ends->at = memory_grow(ends->at, &ends->capacity, ends->count + 1,
                               sizeof *ends->at);
        ends->at[ends->count++] = instant_clock(end);
    }
    if (end <= ledger->end)
        return;
    ledger->sum[name].clocks += instant_clock(end) - instant_clock(ledger->end);
    ledger->end = end;
}

/* Keeps a record, so that what repeats can be counted again. */
static void ledger_record(struct ledger *ledger, const struct settled *settled)
{
    ledger->settled =
        memory_grow(ledger->settled, &ledger->settled_capacity,
                    ledger->settled_count + 1, sizeof *ledger->settled);
    ledger->settled[ledger->settled_count++] = *settled;
}

void ledger_settle(struct ledger *ledger)
{
    if (ledger->owed_count > 0)
        return;
    for (size_t i = 0; i < ledger->accounts; i++) {
        const struct account *account = &ledger->account[i];

        ledger_record(ledger, &(struct settled){ .account = *account });
        ledger_count(ledger, account->end, account->name);
    }
    ledger->accounts = 0;
}

void ledger_end(struct ledger *ledger, uint32_t name, instant end)
{
    ledger->account =
        memory_grow(ledger->account, &ledger->accounts_capacity,
                    ledger->accounts + 1, sizeof *ledger->account);
    ledger->account[ledger->accounts++] =
        (struct account){ name, ledger->serial++,
                          instant_later(end, ledger->open_end) };
    ledger->open_end = 0;
    ledger_settle(ledger);
}

/* Counts what records from .. end - 1 tell again, so much later. */
static void ledger_recount(struct ledger *ledger, size_t from, size_t end,
                           instant later)
{
    uint64_t parts = ledger->parts;

    for (size_t i = from; i < end; i++) {
        const struct settled *its = &ledger->settled[i];

        if (its->times == 0)
            ledger_count(ledger, instant_plus(its->account.end, later, parts),
                         its->account.name);
        for (uint64_t t = 1; t <= its->times; t++)
            ledger_recount(
                ledger, its->from, i,
                instant_plus(later, instant_times(its->span, t, parts), parts));
    }
}

/* One record for all: a prompt of many sequences has millions of ends. */
void ledger_repeat(struct ledger *ledger, size_t from, instant span,
                   uint64_t times)
{
    struct settled again = { .from = from, .span = span, .times = times };

    for (uint64_t t = 1; t <= times; t++)
        ledger_recount(ledger, from, ledger->settled_count,
                       instant_times(span, t, ledger->parts));
    if (times > 0)
        ledger_record(ledger, &again);
}
