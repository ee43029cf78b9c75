/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Going forward over what repeats, exactly.
 *
 * Every time of the machine is the latest of earlier times plus whole clocks or
 * a transfer's, so if all times on which the future depends are moved by the
 * same span, the whole future is.  One thing alone is not so: the channel is
 * asked in whole clocks.  Where it waits for that, its fraction is lost.
 *
 *     units     1 2 3 4 5 6 7 8 9 ...     like vectors, column waves, blocks of
 *     kept      ^ ^   ^       ^           tokens, tasks, segments: the state
 *                                         after 1, 2, 4, 8
 *     state     a b c d e c d e c d e     c = c + span: period 3
 *
 * So after each of a row of like units the state, relative to the entry port,
 * is compared with one that was kept.  If it is the same, and either the
 * channel did not wait in between or the span is of whole clocks, then all that
 * follows is what came in between, later by the span, for as often as it fits;
 * the state is moved there and what was counted is counted again.
 *
 * Not compared is what cannot matter any more: ends of output operations before
 * the port, banks that are free before the loader is; and the channel and the
 * units, if they were not used in between, stay where they are.  Times that do
 * not change from unit to unit (of makers outside) are over once the first unit
 * has waited for them, which is why nothing is kept before it.
 *
 * What the entry port waited for is counted as often.  Where that is whole
 * clocks (SPENT_WHOLE) and the span is not, how many they are changes from unit
 * to unit; then one kind of them alone may do so, of one layer alone.
 *
 * Without overlap every task starts when all before it has ended, so nothing
 * but that end is compared.
 *
 * Slices that come over the channel are often two motions side by side: the
 * array takes vectors at its pace, the channel brings slices at another, and as
 * long as every slice is there before the array can take it neither knows of
 * the other.
 *
 *     slice there    |  |  |  |  |  |  |  |      the lead shrinks (or the room
 *     taken            ----| | | | | | | | |     for slices does) by as much in
 *                                                every period
 *
 * So where all but the channel is the same, each is moved by its own span, for
 * as many periods as the least lead and the room last.  Slices are gone over
 * like that while a wave's load lets them wait, and then once more when they
 * are what is waited for.
 */
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/inference/moment.h"

/* That are compared, or kept, in the time of a vector. */
enum { ENTRIES_A_STEP = 32 };

/* Vectors are compared after 1, 2, 4 and 8, and after every 8. */
enum { COMPARED = 8 };

/* Vectors until the first moment of them is kept: sooner they are hardly ever
 * alike, as output operations before them are still to end. */
enum { FIRST_KEPT = 4 };

void repeat_init(struct clockwork *clockwork)
{
    clockwork->moment = memory_new(REPEAT_LEVELS, sizeof *clockwork->moment);
    for (int l = 0; l < REPEAT_LEVELS; l++)
        moment_init(&clockwork->moment[l], clockwork->machine);
}

void repeat_release(struct clockwork *clockwork)
{
    for (int l = 0; l < REPEAT_LEVELS; l++)
        moment_release(&clockwork->moment[l]);
    free(clockwork->moment);
}

void repeat_begin(struct clockwork *clockwork, enum repeat_level level)
{
    struct moment *moment = &clockwork->moment[level];

    moment->is_kept = false;
    moment->is_over = clockwork->machine->steps == STEPS_ALL;
    moment->from = 0;
    moment->next = level == REPEAT_VECTORS ? FIRST_KEPT : 1;
    moment->pause = 0;
    moment->last.times = 0;
    if (level == REPEAT_VECTORS)
        repeat_slices(clockwork, 0);
}

void repeat_slices(struct clockwork *clockwork, uint64_t slice)
{
    clockwork->lead = (struct slice_lead){ slice, INSTANT_NEVER, false };
}

void repeat_note_slice(struct clockwork *clockwork, instant usable)
{
    const struct entry *entry = &clockwork->entry;
    struct slice_lead *lead = &clockwork->lead;
    instant taken = entry->read < entry->port ? entry->read : entry->port;
    instant by;

    if (usable > taken || lead->is_late) {
        lead->is_late = true;
        return;
    }
    by = instant_since(taken, usable, entry->parts);
    lead->least = by < lead->least ? by : lead->least;
}

const struct repeat_span *repeat_last(const struct clockwork *clockwork,
                                      enum repeat_level level)
{
    return &clockwork->moment[level].last;
}

struct shift {
    instant by;
    uint64_t parts;
};

static void move_time(const struct shift *shift, instant *at)
{
    if (*at != INSTANT_NEVER)
        *at = instant_plus(*at, shift->by, shift->parts);
}

static void move_queue(const struct shift *shift, struct outstanding *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        move_time(shift, &queue->at[queue->first + i].freed);
}

static void move_entry(const struct shift *shift, struct entry *entry)
{
    move_time(shift, &entry->port);
    move_time(shift, &entry->read);
    move_time(shift, &entry->ready);
    move_time(shift, &entry->released);
    for (uint32_t i = 0; i < entry->credits; i++)
        move_time(shift, &entry->ends[i]);
}

static void move_waves(const struct shift *shift, struct clockwork *clockwork)
{
    struct ledger *ledger = &clockwork->ledger;

    move_time(shift, &clockwork->load_end);
    if (clockwork->sums_wait > 0)
        move_time(shift, &clockwork->sums_wait);
    for (uint32_t b = 0; b < clockwork->machine->banks; b++)
        move_time(shift, &clockwork->bank_freed[b]);
    for (size_t i = 0; i < ledger->owed_count; i++)
        move_time(shift, &ledger->owed[i].asked);
    if (ledger->open_end > 0)
        move_time(shift, &ledger->open_end);
}

static void move_tasks(const struct shift *shift, struct clockwork *clockwork,
                       const struct moment *moment, uint64_t times)
{
    struct ledger *ledger = &clockwork->ledger;
    uint64_t serials = (ledger->serial - moment->serial) * times;
    size_t tasks = (clockwork->number - moment->number) * times;

    for (size_t i = 0; i < ledger->owed_count; i++) {
        ledger->owed[i].serial += serials;
        ledger->owed[i].task += tasks;
    }
    for (size_t i = 0; i < ledger->accounts; i++) {
        ledger->account[i].serial += serials;
        move_time(shift, &ledger->account[i].end);
    }
    ledger->serial += serials;
    clockwork->number += tasks;
    clockwork->ahead_number += tasks;
    move_time(shift, &clockwork->ahead_usable);
    for (int u = 0; u < TASK_UNITS; u++)
        if (moment->unit_uses[u] != clockwork->unit_uses[u])
            move_time(shift, &clockwork->unit_free[u]);
}

static void move_ran(const struct shift *shift, struct ran *ran)
{
    if (ran->last > 0)
        move_time(shift, &ran->last);
    if (ran->written > 0)
        move_time(shift, &ran->written);
}

static void count_bytes(struct clockwork *clockwork,
                        const struct moment *moment, size_t name,
                        uint64_t times)
{
    struct task_sum *sum = &clockwork->sum[name];
    const struct counted *then = &moment->counted[name];

    for (int t = 0; t < TRAFFICS; t++)
        sum->bytes[t] += times * (sum->bytes[t] - then->bytes[t]);
    sum->inputs += times * (sum->inputs - then->inputs);
}

static void count_again(struct clockwork *clockwork,
                        const struct moment *moment, size_t name,
                        uint64_t times)
{
    uint64_t parts = clockwork->machine->rate[0];

    for (int i = 0; i < ALL_PROGRAMME_CLOCKS; i++) {
        instant *spent = &clockwork->spent[name][i];
        instant more =
            instant_since(*spent, moment->counted[name].spent[i], parts);

        *spent = instant_plus(*spent, instant_times(more, times, parts), parts);
    }
}

/* The one of a layer's clocks whose ends differ by parts of a clock from unit
 * to unit; PROGRAMME_COMPUTE: none does; ALL_PROGRAMME_CLOCKS: several do. */
static enum programme_clock parted_clock(const struct clockwork *clockwork,
                                         const struct moment *moment)
{
    enum programme_clock found = PROGRAMME_COMPUTE;

    for (enum programme_clock i = 0; i < ALL_PROGRAMME_CLOCKS; i++) {
        if (clockwork->entry.parted[i] == moment->parted[i])
            continue;
        if (found != PROGRAMME_COMPUTE)
            return ALL_PROGRAMME_CLOCKS;
        found = i;
    }
    return found;
}

/* Whole clocks of what begins and ends at the same part of a clock are the same
 * whenever they come again.  Where one kind alone does not, it has what the
 * others leave of the clocks by which the entry port is moved. */
static void count_parted(struct clockwork *clockwork,
                         const struct moment *moment, uint32_t name,
                         const struct shift *shift)
{
    enum programme_clock parted = parted_clock(clockwork, moment);
    instant *spent = clockwork->spent[name], port = clockwork->entry.port;
    instant left =
        instant_at(instant_clock(instant_plus(port, shift->by, shift->parts)) -
                   instant_clock(port));

    for (enum programme_clock i = 0; i < ALL_PROGRAMME_CLOCKS; i++) {
        instant more =
            moment->last.times * (spent[i] - moment->counted[name].spent[i]);

        if (i == parted)
            continue;
        spent[i] += more;
        left -= more;
    }
    spent[parted] += left;
}

/* What a task that has run made, and when its tokens were there. */
static void move_made(const struct shift *shift, struct ran *ran,
                      struct token_times *times)
{
    move_ran(shift, ran);
    for (uint32_t t = 0; t < times->vectors; t++)
        move_time(shift, &times->at[t]);
}

static void moment_move(struct clockwork *clockwork,
                        const struct moment *moment, enum repeat_level level,
                        uint32_t name)
{
    uint64_t parts = clockwork->machine->rate[0], times = moment->last.times;
    struct shift shift = { instant_times(moment->last.span, times, parts),
                           parts };
    size_t first, end;

    moment_names(clockwork, level, name, &first, &end);
    for (size_t n = first; n < end; n++) {
        count_bytes(clockwork, moment, n, times);
        if (clockwork->machine->spent == SPENT_WHOLE &&
            instant_part(moment->last.span) > 0)
            count_parted(clockwork, moment, (uint32_t)n, &shift);
        else
            count_again(clockwork, moment, n, times);
    }
    move_entry(&shift, &clockwork->entry);
    if (moment->moves != clockwork->channel.moves) {
        move_time(&shift, &clockwork->channel.free);
        move_queue(&shift, &clockwork->channel.inputs);
        if (level > REPEAT_VECTORS)
            move_queue(&shift, &clockwork->channel.staging);
    }
    if (level == REPEAT_VECTORS)
        return;
    move_waves(&shift, clockwork);
    if (level == REPEAT_COLUMNS)
        return;
    ledger_repeat(&clockwork->ledger, moment->settled, moment->last.span,
                  times);
    move_tasks(&shift, clockwork, moment, times);
    if (level <= REPEAT_TASKS)
        return;
    move_made(&shift, &clockwork->before, &clockwork->times_before);
    for (size_t i = 0; i < clockwork->task; i++)
        move_made(&shift, &clockwork->ran[i], &clockwork->times[i]);
}

/* The time between two moments that repeat. */
static instant span_since(const struct moment *moment,
                          const struct clockwork *clockwork,
                          enum repeat_level level)
{
    uint64_t parts = clockwork->machine->rate[0];

    if (level >= REPEAT_BLOCKS && clockwork->machine->overlap == OVERLAP_NONE)
        return instant_since(clockwork->ledger.end, moment->end, parts);
    return instant_since(clockwork->entry.port, moment->port, parts);
}

/* To compare costs as much as a few vectors, and with a long queue of slices
 * more than many: a gap in it is there until it has passed through.  So it is
 * not done after every vector.  Whatever repeats does so after any number of
 * its periods. */
static bool may_compare(struct moment *moment,
                        const struct clockwork *clockwork,
                        enum repeat_level level, uint64_t done)
{
    uint64_t since = done - moment->done;

    if (level > REPEAT_VECTORS)
        return true;
    if (since % COMPARED != 0 && (since & (since - 1)) != 0)
        return false;
    if (moment->pause > 0) {
        moment->pause--;
        return false;
    }
    moment->pause = clockwork->channel.inputs.count / ENTRIES_A_STEP;
    return true;
}

/* Whether all that follows is as it was, later by the span, and its clocks can
 * be told. */
static bool may_go_over(const struct clockwork *clockwork,
                        const struct moment *moment, enum repeat_level level,
                        instant span)
{
    bool one = level <= REPEAT_COLUMNS || clockwork->names == 1;

    if (instant_part(span) == 0)
        return true;
    return moment->waits == clockwork->channel.waits &&
           (clockwork->machine->spent == SPENT_EXACT ||
            (one && parted_clock(clockwork, moment) != ALL_PROGRAMME_CLOCKS));
}

/* How often the array's part of a period can come again before a slice is not
 * early or has to wait for room. */
static uint64_t early_periods(const struct clockwork *clockwork,
                              const struct moment *moment, uint64_t period)
{
    const struct slice_lead *lead = &clockwork->lead;
    const struct channel *channel = &clockwork->channel;
    const struct outstanding *queue = &channel->inputs;
    uint64_t parts = channel->rate[0], bytes = period * lead->slice;
    uint64_t times = UINT64_MAX;
    instant span = instant_since(clockwork->entry.port, moment->port, parts);
    instant moved = instant_since(channel->free, moment->channel, parts);

    if (lead->slice == 0 || lead->is_late || instant_part(span) > 0 ||
        moment->waits != channel->waits)
        return 0;
    if (queue->limit > 0) {
        if (queue->count < period || queue->bytes > queue->limit)
            return 0;
        times = (queue->limit - queue->bytes) / bytes;
    }
    if (moved > span) { /* the lead shrinks */
        instant last = instant_parts(lead->least, parts) /
                       instant_parts(moved - span, parts);

        times = last < times ? (uint64_t)last : times;
    }
    return times;
}

/* The array is moved by its span, the channel by its own. */
static uint64_t repeat_skip_early(struct clockwork *clockwork,
                                  struct moment *moment, uint32_t name,
                                  uint64_t done, uint64_t all)
{
    uint64_t parts = clockwork->machine->rate[0], period = done - moment->done;
    struct channel *channel = &clockwork->channel;
    uint64_t times =
        min(early_periods(clockwork, moment, period), (all - done) / period);
    instant span = instant_since(clockwork->entry.port, moment->port, parts);
    instant moved = instant_since(channel->free, moment->channel, parts);
    struct shift shift = { instant_times(span, times, parts), parts };

    if (times == 0)
        return 0;
    count_bytes(clockwork, moment, name, times);
    count_again(clockwork, moment, name, times);
    move_entry(&shift, &clockwork->entry);
    channel->free =
        instant_plus(channel->free, instant_times(moved, times, parts), parts);
    outstanding_repeat(channel, &channel->inputs, period, times, span);
    moment->last = (struct repeat_span){ period, times, span };
    moment->is_kept = false;
    moment->from = done + times * period;
    moment->next = 1;
    moment->pause = 0;
    return times * period;
}

static void keep_moment(struct clockwork *clockwork, struct moment *moment,
                        enum repeat_level level, uint32_t name, uint64_t done)
{
    moment->next +=
        clockwork->lead.slice > 0 && level == REPEAT_VECTORS
            ? max(moment->next / 2, 1) /* there are many, and soon alike */
            : moment->next;
    if (level == REPEAT_VECTORS &&
        done - moment->from < clockwork->channel.inputs.count / ENTRIES_A_STEP)
        return;
    channel_forget(&clockwork->channel);
    moment_keep(moment, clockwork, level, name);
    moment->done = done;
    moment->is_kept = true;
    if (level == REPEAT_VECTORS)
        repeat_slices(clockwork, clockwork->lead.slice);
}

uint64_t repeat_skip(struct clockwork *clockwork, enum repeat_level level,
                     uint32_t name, uint64_t done, uint64_t all)
{
    struct moment *moment = &clockwork->moment[level];
    enum moment_same same = MOMENT_DIFFERS;
    uint64_t skipped = 0;

    if (moment->is_over || done >= all)
        return 0;
    if (moment->is_kept && may_compare(moment, clockwork, level, done)) {
        channel_forget(&clockwork->channel);
        same = moment_compare(moment, clockwork, level);
    }
    if (same == MOMENT_SAME) {
        instant span = span_since(moment, clockwork, level);
        uint64_t period = done - moment->done;

        if (may_go_over(clockwork, moment, level, span)) {
            moment->last =
                (struct repeat_span){ period, (all - done) / period, span };
            moment->is_over = true;
            moment_move(clockwork, moment, level, name);
            return moment->last.times * period;
        }
    } else if (same == MOMENT_SAME_ARRAY) {
        skipped = repeat_skip_early(clockwork, moment, name, done, all);
    }
    if (skipped == 0 && done - moment->from == moment->next)
        keep_moment(clockwork, moment, level, name, done);
    return skipped;
}
