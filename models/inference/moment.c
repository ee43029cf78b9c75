/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two moments are the same if every time that something still waits for is as
 * far from the entry port in both; a time that matters only up to another one
 * may also be over in both (same_after()).  Then all that follows is the same,
 * and what lay between can be counted many times at once (repeat.c).
 */
#include "models/inference/moment.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void moment_init(struct moment *moment, const struct programme_machine *machine)
{
    *moment = (struct moment){ 0 };
    moment->ends = memory_new(machine->credits, sizeof *moment->ends);
    moment->bank_freed = memory_new(machine->banks, sizeof *moment->bank_freed);
}

void moment_release(struct moment *moment)
{
    free(moment->ends);
    free(moment->bank_freed);
    free(moment->staging.at);
    free(moment->inputs.at);
    free(moment->owed);
    free(moment->ran);
    free(moment->account);
    free(moment->counted);
    free(moment->tokens);
}

void moment_names(const struct clockwork *clockwork, enum repeat_level level,
                  uint32_t name, size_t *first, size_t *end)
{
    bool one = level <= REPEAT_COLUMNS;

    *first = one ? name : 0;
    *end = one ? (size_t)name + 1 : clockwork->names;
}

/* The bank of the wave that comes `i` waves from now.  Which of the banks it is
 * does not matter, as they differ in nothing but their turn. */
static instant *bank_at(const struct clockwork *clockwork, uint32_t i)
{
    uint32_t bank = (clockwork->bank + i) % clockwork->machine->banks;

    return &clockwork->bank_freed[bank];
}

/* The end of the output operation `i` before the last. */
static instant late_end(const struct entry *entry, uint32_t i)
{
    return entry_end(entry, entry->credits - 1 - i);
}

/* How many of the last outputs end after the port is free.  Each ends after the
 * one before, so these are the newest; the others are over. */
static uint32_t open_ends(const struct entry *entry)
{
    uint32_t count = 0;

    while (count < entry->credits && late_end(entry, count) > entry->port)
        count++;
    return count;
}

/* --------------------------------------------------------------- keeping */

static void keep_queue(struct kept_queue *kept, const struct outstanding *queue)
{
    kept->at = memory_grow(kept->at, &kept->capacity, queue->count + 1,
                           sizeof *kept->at);
    if (queue->count > 0)
        memcpy(kept->at, queue->at + queue->first,
               queue->count * sizeof *kept->at);
    kept->count = queue->count;
}

static void keep_counts(struct moment *moment,
                        const struct clockwork *clockwork, size_t first,
                        size_t end)
{
    moment->counted =
        memory_grow(moment->counted, &moment->names_capacity,
                    clockwork->names + 1, sizeof *moment->counted);
    for (size_t n = first; n < end; n++) {
        memcpy(moment->counted[n].spent, clockwork->spent[n],
               sizeof moment->counted[n].spent);
        memcpy(moment->counted[n].bytes, clockwork->sum[n].bytes,
               sizeof moment->counted[n].bytes);
        moment->counted[n].inputs = clockwork->sum[n].inputs;
    }
}

static void keep_tasks(struct moment *moment, const struct clockwork *clockwork)
{
    const struct ledger *ledger = &clockwork->ledger;

    moment->owed = memory_grow(moment->owed, &moment->owed_capacity,
                               ledger->owed_count + 1, sizeof *moment->owed);
    for (size_t i = 0; i < ledger->owed_count; i++)
        moment->owed[i] = ledger->owed[i];
    moment->owed_count = ledger->owed_count;
    moment->account =
        memory_grow(moment->account, &moment->accounts_capacity,
                    ledger->accounts + 1, sizeof *moment->account);
    for (size_t i = 0; i < ledger->accounts; i++)
        moment->account[i] = ledger->account[i];
    moment->accounts = ledger->accounts;
    moment->serial = ledger->serial;
    moment->end = ledger->end;
    moment->open_end = ledger->open_end;
    moment->settled = ledger->settled_count;
    moment->is_ahead = clockwork->is_ahead;
    moment->ahead_usable = clockwork->ahead_usable;
    moment->ahead_number = clockwork->ahead_number;
    moment->number = clockwork->number;
    for (int u = 0; u < TASK_UNITS; u++) {
        moment->unit_free[u] = clockwork->unit_free[u];
        moment->unit_uses[u] = clockwork->unit_uses[u];
    }
}

/* Whether a task takes what is made so far before it (0: in the segment
 * before). */
static bool task_takes(const struct task *task, size_t back)
{
    bool takes = (task->unit == UNIT_ARRAY || task->fetches_made) &&
                 task->image_back == back;

    for (uint32_t i = 0; i < task->inputs; i++)
        takes |= task->input[i].back == back;
    return takes;
}

/* Whether a task that is still to run takes something of number `i`
 * (clockwork_ran()). */
static bool is_taken(const struct clockwork *clockwork, size_t i)
{
    const struct segment *here = clockwork->here;

    if (clockwork->task == here->tasks)
        return i == here->tasks;
    for (size_t t = clockwork->task; t < here->tasks; t++)
        if (task_takes(&here->task[t], i == 0 ? 0 : t + 1 - i))
            return true;
    return false;
}

static void keep_ran(struct moment *moment, const struct clockwork *clockwork)
{
    moment->ran = memory_grow(moment->ran, &moment->ran_capacity,
                              clockwork->task + 1, sizeof *moment->ran);
    moment->rans = moment->tokens_count = 0;
    for (size_t i = 0; i <= clockwork->task; i++) {
        const struct token_times *times = clockwork_times(clockwork, i);

        if (!is_taken(clockwork, i))
            continue;
        moment->ran[moment->rans++] = *clockwork_ran(clockwork, i);
        moment->tokens = memory_grow(moment->tokens, &moment->tokens_capacity,
                                     moment->tokens_count + times->vectors + 1,
                                     sizeof *moment->tokens);
        for (size_t t = 0; t < times->vectors; t++)
            moment->tokens[moment->tokens_count++] = times->at[t];
    }
}

void moment_keep(struct moment *moment, const struct clockwork *clockwork,
                 enum repeat_level level, uint32_t name)
{
    const struct entry *entry = &clockwork->entry;
    const struct channel *channel = &clockwork->channel;
    size_t first, end;

    moment->port = entry->port;
    moment->read = entry->read;
    moment->ends_count = open_ends(entry);
    for (uint32_t i = 0; i < moment->ends_count; i++)
        moment->ends[i] = late_end(entry, i);
    moment->channel = channel->free;
    moment->moves = channel->moves;
    moment->waits = channel->waits;
    keep_queue(&moment->inputs, &channel->inputs);
    moment_names(clockwork, level, name, &first, &end);
    keep_counts(moment, clockwork, first, end);
    memcpy(moment->parted, entry->parted, sizeof moment->parted);
    if (level == REPEAT_VECTORS)
        return;
    moment->load_end = clockwork->load_end;
    moment->sums_wait = clockwork->sums_wait;
    for (uint32_t b = 0; b < clockwork->machine->banks; b++)
        moment->bank_freed[b] = *bank_at(clockwork, b);
    keep_queue(&moment->staging, &channel->staging);
    keep_tasks(moment, clockwork);
    if (level == REPEAT_SEGMENTS)
        keep_ran(moment, clockwork);
}

/* ------------------------------------------------------------- comparing */

/* Two moments, and what their times are compared with. */
struct pair {
    const struct moment *then;
    const struct clockwork *now;
    uint64_t parts;
};

static bool same_time(const struct pair *pair, instant then, instant now)
{
    if (then == INSTANT_NEVER || now == INSTANT_NEVER)
        return then == now;
    return instant_since(then, pair->then->port, pair->parts) ==
           instant_since(now, pair->now->entry.port, pair->parts);
}

/* Times that do not matter before some other time. */
static bool same_after(const struct pair *pair, instant then, instant then_from,
                       instant now, instant now_from)
{
    if (then <= then_from || now <= now_from)
        return then <= then_from && now <= now_from;
    return same_time(pair, then, now);
}

static bool same_queue(const struct pair *pair, const struct kept_queue *then,
                       const struct outstanding *now)
{
    if (then->count != now->count)
        return false;
    for (size_t i = 0; i < then->count; i++) {
        const struct outstanding_entry *entry = &now->at[now->first + i];

        if (then->at[i].bytes != entry->bytes ||
            !same_time(pair, then->at[i].freed, entry->freed))
            return false;
    }
    return true;
}

static bool same_vectors(const struct pair *pair)
{
    const struct moment *then = pair->then;
    const struct entry *entry = &pair->now->entry;

    if (!same_time(pair, then->read, entry->read) ||
        then->ends_count != open_ends(entry))
        return false;
    for (uint32_t i = 0; i < then->ends_count; i++)
        if (!same_time(pair, then->ends[i], late_end(entry, i)))
            return false;
    return true;
}

static bool same_channel(const struct pair *pair, enum repeat_level level)
{
    const struct moment *then = pair->then;
    const struct channel *channel = &pair->now->channel;

    if (then->moves == channel->moves)
        return true;
    return same_time(pair, then->channel, channel->free) &&
           same_queue(pair, &then->inputs, &channel->inputs) &&
           (level == REPEAT_VECTORS ||
            same_queue(pair, &then->staging, &channel->staging));
}

static bool same_ledger(const struct pair *pair)
{
    const struct moment *then = pair->then;
    const struct clockwork *now = pair->now;
    const struct ledger *ledger = &now->ledger;

    if (then->owed_count != ledger->owed_count ||
        then->accounts != ledger->accounts)
        return false;
    for (size_t i = 0; i < then->owed_count; i++) {
        const struct owed *a = &then->owed[i], *b = &ledger->owed[i];

        if (a->bytes != b->bytes || a->name != b->name ||
            a->traffic != b->traffic ||
            then->number - a->task != now->number - b->task ||
            then->serial - a->serial != ledger->serial - b->serial ||
            !same_time(pair, a->asked, b->asked))
            return false;
    }
    for (size_t i = 0; i < then->accounts; i++) {
        const struct account *a = &then->account[i], *b = &ledger->account[i];

        if (a->name != b->name ||
            then->serial - a->serial != ledger->serial - b->serial ||
            !same_time(pair, a->end, b->end))
            return false;
    }
    return true;
}

/* An image that was asked for before its task came. */
static bool same_ahead(const struct pair *pair, enum repeat_level level)
{
    const struct moment *then = pair->then;
    const struct clockwork *now = pair->now;

    if (!then->is_ahead && !now->is_ahead)
        return true;
    return level >= REPEAT_TASKS && then->is_ahead && now->is_ahead &&
           then->ahead_number - then->number ==
               now->ahead_number - now->number &&
           same_time(pair, then->ahead_usable, now->ahead_usable);
}

static bool same_waves(const struct pair *pair)
{
    const struct moment *then = pair->then;
    const struct clockwork *now = pair->now;
    uint32_t banks = now->machine->banks;

    if (!same_time(pair, then->load_end, now->load_end) ||
        !same_after(pair, then->sums_wait, then->port, now->sums_wait,
                    now->entry.port))
        return false;
    for (uint32_t b = 0; b < banks; b++)
        if (!same_after(pair, then->bank_freed[b], then->load_end,
                        *bank_at(now, b), now->load_end))
            return false;
    return same_ledger(pair);
}

static bool same_ran(const struct pair *pair, const struct ran *then,
                     const struct ran *now)
{
    if (then->last == 0 || now->last == 0) /* it was gone over, or has no end */
        return then->last == now->last;
    if (then->unit != now->unit || !same_time(pair, then->last, now->last))
        return false;
    if (then->written == 0 || now->written == 0)
        return then->written == now->written;
    return same_time(pair, then->written, now->written);
}

/* Of all that is still taken. */
static bool same_makers(const struct pair *pair)
{
    const struct moment *then = pair->then;
    const struct clockwork *now = pair->now;
    size_t rans = 0, tokens = 0;

    for (size_t i = 0; i <= now->task; i++) {
        const struct token_times *times = clockwork_times(now, i);

        if (!is_taken(now, i))
            continue;
        if (!same_ran(pair, &then->ran[rans++], clockwork_ran(now, i)) ||
            tokens + times->vectors > then->tokens_count)
            return false;
        for (size_t t = 0; t < times->vectors; t++)
            if (!same_time(pair, then->tokens[tokens++], times->at[t]))
                return false;
    }
    return tokens == then->tokens_count;
}

static bool same_tasks(const struct pair *pair, enum repeat_level level)
{
    const struct moment *then = pair->then;
    const struct clockwork *now = pair->now;

    for (int u = 0; u < TASK_UNITS; u++)
        if (then->unit_uses[u] != now->unit_uses[u] &&
            !same_time(pair, then->unit_free[u], now->unit_free[u]))
            return false;
    if (!same_time(pair, then->end, now->ledger.end))
        return false;
    return level < REPEAT_SEGMENTS || same_makers(pair);
}

enum moment_same moment_compare(const struct moment *moment,
                                const struct clockwork *clockwork,
                                enum repeat_level level)
{
    struct pair pair = { moment, clockwork, clockwork->machine->rate[0] };

    if (level >= REPEAT_BLOCKS && clockwork->machine->overlap == OVERLAP_NONE)
        return MOMENT_SAME;
    if (!same_vectors(&pair) ||
        (level >= REPEAT_BLOCKS && !same_tasks(&pair, level)) ||
        (level >= REPEAT_COLUMNS &&
         !(same_waves(&pair) && same_ahead(&pair, level))))
        return MOMENT_DIFFERS;
    if (same_channel(&pair, level))
        return MOMENT_SAME;
    return level == REPEAT_VECTORS ? MOMENT_SAME_ARRAY : MOMENT_DIFFERS;
}
