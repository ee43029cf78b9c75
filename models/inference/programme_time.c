/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole machine is a few clocks at which its parts are free, and two queues
 * of bytes that are outstanding:
 *
 *     channel ─▶ staging ─▶ loader ─▶ banks ─▶ entry port ─▶ outputs ─▶ channel
 *        └────▶ activations ─▶ read, latches ─┘
 *
 * Tasks are gone through in order.  Each asks the channel for what stands in
 * the list up to it, so the list is never made: what is owed (a column wave's
 * write, which waits for the image that follows it) is held back in `owed`.  A
 * task of another unit may need what an owed write makes; then the image that
 * follows, which belongs to a later task, is asked for ahead of time.  It
 * depends on nothing but earlier loads, so its time is already known.
 *
 * The channel's clock is a fraction: whole clocks, and a part of `rate[0]`.  A
 * transfer of n bytes takes n * rate[1] / rate[0] clocks exactly.
 *
 * A vector's times depend on when the port, the latches and the last credits
 * are free relative to now.  If one vector moved all of those by the same
 * number of clocks as the vector before it, every later one does, and the rest
 * of a wave is added at once.
 */
#include "models/inference/programme_time.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"

const char *const traffic_names[TRAFFICS] = {
    "weights", "head", "embedding", "keys", "reread", "state", "activations"
};

const char *const programme_clock_names[PROGRAMME_CLOCKS] = {
    "compute", "loader", "memory", "array", "vector", "scan"
};

/* Bytes asked for that are not free yet, in order. */
struct outstanding {
    struct {
        uint64_t bytes, freed;
    } * at;
    size_t first, count, capacity;
    uint64_t bytes;
    uint64_t freed; /* when the last that was taken out was free */
};

/* The end of a (task, block) that a write may still put off. */
struct account {
    uint32_t name;
    uint64_t serial, end;
};

/* A write that waits for the image that follows it. */
struct owed {
    uint64_t bytes, asked;
    size_t task; /* number in the programme */
    uint64_t serial;
    enum traffic traffic;
    uint32_t name;
};

/* What is known of a task that has run. */
struct ran {
    uint64_t last;    /* clock after its last output */
    uint64_t written; /* clock after its last write; 0: it wrote nothing */
    enum task_unit unit;
};

struct clockwork {
    const struct programme *programme;
    const struct programme_machine *machine;
    struct task_sum *sum;

    uint64_t whole, part; /* the channel is free */
    uint64_t load_end;
    uint64_t *bank_freed; /* [banks] */
    uint64_t waves;
    uint64_t port, read, released;
    uint64_t ready; /* the last vector is read */
    uint64_t *ends; /* [credits] of the last output operations */
    uint32_t next;
    uint64_t unit_free[TASK_UNITS];
    struct outstanding staging, inputs;

    struct account *account; /* in the order run */
    size_t accounts, accounts_capacity;
    uint64_t serial;   /* of the (task, block) that runs */
    uint64_t open_end; /* of its last write so far */
    struct owed *owed;
    size_t owed_count, owed_capacity;
    uint64_t sums_wait; /* clock before which no sum of the next column wave
                           is stored */

    const struct segment *here;
    size_t segment, task; /* the one that runs */
    size_t number;        /* of that task in the programme */
    struct ran *ran;      /* [tasks of the segment] */
    size_t ran_capacity;
    struct ran before; /* the last task of the segment before */
    uint64_t end;      /* clock after everything so far */

    bool is_ahead; /* an image was asked for before its task came */
    uint64_t ahead_usable;
    size_t ahead_number; /* of its task */
};

static void queue_add(struct outstanding *queue, uint64_t bytes)
{
    if (queue->first + queue->count == queue->capacity &&
        queue->first > queue->count) {
        memmove(queue->at, queue->at + queue->first,
                queue->count * sizeof *queue->at);
        queue->first = 0;
    }
    queue->at = memory_grow(queue->at, &queue->capacity,
                            queue->first + queue->count + 1, sizeof *queue->at);
    queue->at[queue->first + queue->count].bytes = bytes;
    queue->at[queue->first + queue->count].freed = UINT64_MAX;
    queue->count++;
    queue->bytes += bytes;
}

/* When so many bytes fit, or nothing is outstanding; limit 0: at once. */
static uint64_t queue_room(struct outstanding *queue, uint64_t bytes,
                           uint64_t limit)
{
    while (limit > 0 && queue->count > 0 && queue->bytes + bytes > limit) {
        assert(queue->at[queue->first].freed != UINT64_MAX);
        queue->freed = max(queue->freed, queue->at[queue->first].freed);
        queue->bytes -= queue->at[queue->first].bytes;
        queue->first++;
        queue->count--;
    }
    return queue->freed;
}

/* The last that was added is free from that clock on. */
static void queue_free_last(struct outstanding *queue, uint64_t clock)
{
    if (queue->count > 0)
        queue->at[queue->first + queue->count - 1].freed = clock;
}

/* One transfer; the clock after its last byte. */
static uint64_t channel_move(struct clockwork *clockwork, uint64_t asked,
                             uint64_t bytes)
{
    const uint64_t *rate = clockwork->machine->rate;
    uint64_t small;

    if (asked > clockwork->whole ||
        (asked == clockwork->whole && clockwork->part == 0)) {
        clockwork->whole = asked;
        clockwork->part = 0;
    }
    if (!__builtin_mul_overflow(bytes, rate[1], &small) &&
        !__builtin_add_overflow(small, clockwork->part, &small)) {
        clockwork->whole += small / rate[0];
        clockwork->part = small % rate[0];
    } else {
        unsigned __int128 parts =
            (unsigned __int128)bytes * rate[1] + clockwork->part;

        clockwork->whole += (uint64_t)(parts / rate[0]);
        clockwork->part = (uint64_t)(parts % rate[0]);
    }
    return clockwork->whole + (clockwork->part > 0);
}

static void count_bytes(struct clockwork *clockwork, uint32_t name,
                        enum traffic traffic, uint64_t bytes)
{
    clockwork->sum[name].bytes[traffic] += bytes;
}

static void spend_clocks(struct task_sum *sum, enum programme_clock what,
                         uint64_t *from, uint64_t to)
{
    if (to <= *from)
        return;
    sum->spent[what] += to - *from;
    *from = to;
}

static const struct segment *segment_at(const struct clockwork *clockwork,
                                        size_t number)
{
    const struct programme *programme = clockwork->programme;

    return programme->segment(programme->context, number);
}

static const struct task *task_now(const struct clockwork *clockwork)
{
    return &clockwork->here->task[clockwork->task];
}

static const struct ran *maker_of_task(const struct clockwork *clockwork,
                                       size_t task, uint32_t back)
{
    return back == 0 ? &clockwork->before : &clockwork->ran[task - back];
}

/* The write of a task is over no earlier than that. */
static void note_write(struct clockwork *clockwork, size_t number,
                       uint64_t serial, uint64_t clock)
{
    size_t first = clockwork->number - clockwork->task;

    if (number >= first)
        clockwork->ran[number - first].written =
            max(clockwork->ran[number - first].written, clock);
    else if (number + 1 == first)
        clockwork->before.written = max(clockwork->before.written, clock);
    if (serial == clockwork->serial) {
        clockwork->open_end = clock;
        return;
    }
    for (size_t i = clockwork->accounts; i-- > 0;) {
        if (clockwork->account[i].serial != serial)
            continue;
        clockwork->account[i].end = max(clockwork->account[i].end, clock);
        return;
    }
    assert(false && "a write belongs to a task whose end is open");
}

/* Ends that no owed write puts off any more: each counts what it is later than
 * all before it. */
static void settle(struct clockwork *clockwork)
{
    if (clockwork->owed_count > 0)
        return;
    for (size_t i = 0; i < clockwork->accounts; i++) {
        const struct account *account = &clockwork->account[i];

        if (account->end <= clockwork->end)
            continue;
        clockwork->sum[account->name].clocks += account->end - clockwork->end;
        clockwork->end = account->end;
    }
    clockwork->accounts = 0;
}

static void pay_owed(struct clockwork *clockwork)
{
    for (size_t i = 0; i < clockwork->owed_count; i++) {
        const struct owed *owed = &clockwork->owed[i];
        uint64_t over = channel_move(clockwork, owed->asked, owed->bytes);

        count_bytes(clockwork, owed->name, owed->traffic, owed->bytes);
        note_write(clockwork, owed->task, owed->serial, over);
        clockwork->sums_wait = over;
    }
    clockwork->owed_count = 0;
    settle(clockwork);
}

static void owe(struct clockwork *clockwork, const struct task *task,
                uint64_t bytes, uint64_t asked)
{
    clockwork->owed =
        memory_grow(clockwork->owed, &clockwork->owed_capacity,
                    clockwork->owed_count + 1, sizeof *clockwork->owed);
    clockwork->sums_wait = 0;
    clockwork->owed[clockwork->owed_count++] =
        (struct owed){ bytes,
                       asked,
                       clockwork->number,
                       clockwork->serial,
                       task->output_traffic,
                       task->name };
}

/* The channel's part of an image; when it can be loaded. */
static uint64_t fetch_image(struct clockwork *clockwork,
                            const struct task *task,
                            const struct task_wave *wave, uint64_t not_before)
{
    uint64_t asked = queue_room(&clockwork->staging, wave->image,
                                clockwork->machine->staging);
    uint64_t over;

    queue_add(&clockwork->staging, wave->image);
    over = channel_move(clockwork, max(asked, not_before), wave->image);
    count_bytes(clockwork, task->name, task->image_traffic, wave->image);
    return over + clockwork->machine->arrival + wave->decode;
}

/* Does a task's first image stand first of what it asks the channel for, and
 * is nothing that it needs still to be made?  `number` is the task's, `first`
 * its segment's first. */
static bool image_comes_first(const struct clockwork *clockwork,
                              const struct task *task, size_t number,
                              size_t first)
{
    if (task->wave[0].image == 0 || task->wave[0].made)
        return false;
    for (uint32_t i = 0; i < task->inputs; i++) {
        uint32_t back = task->input[i].back;
        size_t after = back == 0 ? first : number - back + 1;

        /* Made before the task that runs: it comes before the image. */
        if (task->input[i].bytes > 0 && number != clockwork->number &&
            after <= clockwork->number)
            return false;
    }
    return true;
}

/* The first image of the array's next task, the one that runs included. */
static void fetch_ahead(struct clockwork *clockwork)
{
    size_t segment = clockwork->segment, at = clockwork->task;
    size_t first = clockwork->number - clockwork->task;

    if (clockwork->is_ahead)
        return;
    for (; segment < clockwork->programme->segments &&
           segment < clockwork->segment + PROGRAMME_AHEAD;
         segment++, at = 0) {
        const struct segment *here = segment == clockwork->segment
                                         ? clockwork->here
                                         : segment_at(clockwork, segment);

        for (; at < here->tasks; at++) {
            const struct task *task = &here->task[at];

            if (task->unit != UNIT_ARRAY)
                continue;
            if (!image_comes_first(clockwork, task, first + at, first))
                return;
            clockwork->ahead_usable =
                fetch_image(clockwork, task, &task->wave[0], 0);
            clockwork->ahead_number = first + at;
            clockwork->is_ahead = true;
            return;
        }
        first += here->tasks;
    }
}

/* Do inputs wait for a write that is owed? */
static bool waits_for_owed(const struct clockwork *clockwork,
                           const struct task *task)
{
    size_t first = clockwork->number - clockwork->task;

    for (uint32_t i = 0; i < task->inputs; i++) {
        uint32_t back = task->input[i].back;

        if (task->input[i].bytes == 0)
            continue;
        for (size_t o = 0; o < clockwork->owed_count; o++) {
            size_t number = clockwork->owed[o].task;

            if (number == (back == 0 ? first - 1 : clockwork->number - back))
                return true;
        }
    }
    return false;
}

static uint64_t inputs_written(const struct clockwork *clockwork,
                               const struct task *task)
{
    uint64_t clock = 0;

    for (uint32_t i = 0; i < task->inputs; i++)
        if (task->input[i].bytes > 0)
            clock = max(clock, maker_of_task(clockwork, clockwork->task,
                                             task->input[i].back)
                                   ->written);
    return clock;
}

/* The clock after the last of all makers, and which unit's it is. */
static uint64_t makers_last(const struct clockwork *clockwork,
                            const struct task *task, enum task_unit *unit)
{
    uint64_t last = 0;

    *unit = UNIT_ARRAY;
    for (uint32_t i = 0; i < task->inputs; i++) {
        const struct ran *maker =
            maker_of_task(clockwork, clockwork->task, task->input[i].back);

        if (maker->last > last) {
            last = maker->last;
            *unit = maker->unit;
        }
    }
    return last;
}

/* Asks for inputs of so many bytes; when they can be read.  Writes that make
 * them come before them, and the image that follows those before that. */
static uint64_t fetch_inputs(struct clockwork *clockwork,
                             const struct task *task, uint64_t bytes)
{
    uint64_t asked, over;

    if (bytes == 0)
        return 0;
    if (waits_for_owed(clockwork, task)) {
        fetch_ahead(clockwork);
        pay_owed(clockwork);
    }
    asked =
        max(queue_room(&clockwork->inputs, bytes, clockwork->machine->capacity),
            inputs_written(clockwork, task));
    queue_add(&clockwork->inputs, bytes);
    over = channel_move(clockwork, asked, bytes);
    count_bytes(clockwork, task->name, task->input_traffic, bytes);
    return over + clockwork->machine->arrival;
}

/* What a pass may wait for, apart from the loop itself. */
struct gates {
    uint64_t load_start, load_end;
    uint64_t inputs; /* can be read */
    uint64_t makers; /* have made them */
    uint64_t sums;   /* the first sum can be stored */
    enum programme_clock maker;
};

static void enter_one(struct clockwork *clockwork, struct task_sum *sum,
                      const struct task_wave *wave, const struct gates *gates,
                      uint64_t ready, uint64_t sums, uint32_t pass)
{
    const struct programme_machine *machine = clockwork->machine;
    uint64_t *end = &clockwork->ends[clockwork->next], at = clockwork->port;
    uint64_t last =
        clockwork->next ? end[-1] : clockwork->ends[machine->credits - 1];

    spend_clocks(sum, PROGRAMME_MEMORY, &at, gates->load_start);
    spend_clocks(sum, PROGRAMME_LOADER, &at, gates->load_end);
    spend_clocks(sum, gates->maker, &at, gates->makers);
    spend_clocks(sum, PROGRAMME_MEMORY, &at, gates->inputs);
    spend_clocks(sum, PROGRAMME_ARRAY, &at, max(ready, *end));
    sum->spent[PROGRAMME_COMPUTE] += wave->entry;
    clockwork->port = at + wave->entry;
    *end = max(max(clockwork->port - 1 + machine->latency, last), sums) +
           wave->output[pass];
    if (++clockwork->next == machine->credits)
        clockwork->next = 0;
}

static uint64_t last_output(const struct clockwork *clockwork)
{
    uint32_t next = clockwork->next;

    return clockwork->ends[next ? next - 1 : clockwork->machine->credits - 1];
}

static uint64_t enter_vector_of(struct clockwork *clockwork,
                                struct task_sum *sum,
                                const struct task_wave *wave,
                                struct gates *gates, uint64_t usable)
{
    uint64_t ready =
        max(max(clockwork->read, usable), gates->makers) + wave->read;

    for (uint32_t pass = 0; pass < wave->passes; pass++) {
        enter_one(clockwork, sum, wave, gates, ready, gates->sums, pass);
        gates->sums = 0;
    }
    clockwork->ready = ready;
    clockwork->read = max(ready, clockwork->released);
    clockwork->released = clockwork->port;
    return ready;
}

/* The loop's state relative to the port, and what was spent so far. */
struct moment {
    uint64_t port, read;
    uint64_t *ends; /* oldest first */
    uint64_t spent[PROGRAMME_CLOCKS];
};

static uint64_t oldest_end(const struct clockwork *clockwork, uint32_t i)
{
    uint32_t at = clockwork->next + i, credits = clockwork->machine->credits;

    return clockwork->ends[at < credits ? at : at - credits];
}

static void moment_keep(struct moment *moment,
                        const struct clockwork *clockwork,
                        const struct task_sum *sum)
{
    moment->port = clockwork->port;
    moment->read = clockwork->read;
    for (uint32_t i = 0; i < clockwork->machine->credits; i++)
        moment->ends[i] = oldest_end(clockwork, i);
    memcpy(moment->spent, sum->spent, sizeof moment->spent);
}

static uint64_t beyond(uint64_t clock, uint64_t port)
{
    return clock > port ? clock - port : 0;
}

static bool moment_repeats(const struct moment *moment,
                           const struct clockwork *clockwork)
{
    if (clockwork->port - clockwork->read != moment->port - moment->read)
        return false;
    for (uint32_t i = clockwork->machine->credits; i-- > 0;)
        if (beyond(oldest_end(clockwork, i), clockwork->port) !=
            beyond(moment->ends[i], moment->port))
            return false;
    return true;
}

static void moment_skip(struct clockwork *clockwork, struct task_sum *sum,
                        const struct moment *moment, uint64_t times)
{
    uint64_t clocks = times * (clockwork->port - moment->port);

    for (int i = 0; i < PROGRAMME_CLOCKS; i++)
        sum->spent[i] += times * (sum->spent[i] - moment->spent[i]);
    clockwork->port += clocks;
    clockwork->read += clocks;
    clockwork->ready += clocks;
    clockwork->released += clocks;
    for (uint32_t i = 0; i < clockwork->machine->credits; i++)
        clockwork->ends[i] += clocks;
}

/* Vectors whose inputs all are there at once; moments are kept after 1, 2, 4,
 * 8, ... of them (Brent). */
static void enter_vectors(struct clockwork *clockwork, struct task_sum *sum,
                          const struct task_wave *wave, struct gates *gates,
                          uint32_t vectors, struct moment *moment)
{
    uint64_t entered = 0, kept = 0, next = 1;

    while (entered < vectors) {
        enter_vector_of(clockwork, sum, wave, gates, gates->inputs);
        entered++;
        if (next == UINT64_MAX || vectors < 4)
            continue;
        if (entered > 1 && moment_repeats(moment, clockwork)) {
            uint64_t period = entered - kept;
            uint64_t times = (vectors - entered) / period;

            moment_skip(clockwork, sum, moment, times);
            entered += times * period;
            next = UINT64_MAX;
        } else if (entered == next) {
            moment_keep(moment, clockwork, sum);
            kept = entered;
            next *= 2;
        }
    }
}

/* Every vector's slice of inputs comes over the channel by itself. */
static void enter_slices(struct clockwork *clockwork, struct task_sum *sum,
                         const struct task *task, const struct task_wave *wave,
                         struct gates *gates, uint32_t vectors)
{
    for (uint32_t v = 0; v < vectors; v++) {
        uint64_t asked = max(queue_room(&clockwork->inputs, wave->slice,
                                        clockwork->machine->capacity),
                             inputs_written(clockwork, task));
        uint64_t over, ready;

        queue_add(&clockwork->inputs, wave->slice);
        over = channel_move(clockwork, asked, wave->slice);
        count_bytes(clockwork, task->name, task->input_traffic, wave->slice);
        gates->inputs = over + clockwork->machine->arrival;
        ready = enter_vector_of(clockwork, sum, wave, gates, gates->inputs);
        queue_free_last(&clockwork->inputs, ready);
    }
}

/* Is a write of that task owed? */
static bool owes(const struct clockwork *clockwork, size_t number)
{
    for (size_t i = 0; i < clockwork->owed_count; i++)
        if (clockwork->owed[i].task == number)
            return true;
    return false;
}

/* When the image of a wave can be loaded: its place in the channel's list, or
 * what made it. */
static uint64_t image_usable(struct clockwork *clockwork,
                             const struct task *task,
                             const struct task_wave *wave)
{
    uint64_t made = 0;

    if (wave->made) {
        const struct ran *maker =
            maker_of_task(clockwork, clockwork->task, task->image_back);

        made = wave->image > 0 && maker->written ? maker->written : maker->last;
    }
    if (wave->image == 0)
        return made;
    if (wave->made && owes(clockwork, clockwork->number - task->image_back)) {
        pay_owed(clockwork);
        made = maker_of_task(clockwork, clockwork->task, task->image_back)
                   ->written;
    }
    if (clockwork->is_ahead && clockwork->ahead_number == clockwork->number &&
        wave == task->wave) {
        clockwork->is_ahead = false;
        return clockwork->ahead_usable;
    }
    return fetch_image(clockwork, task, wave, made);
}

static void run_wave(struct clockwork *clockwork, const struct task *task,
                     const struct task_wave *wave, struct gates *gates,
                     uint32_t first, uint32_t tokens, struct moment *moment)
{
    const struct programme_machine *machine = clockwork->machine;
    struct task_sum *sum = &clockwork->sum[task->name];
    uint32_t skipped = wave->skipped > first ? wave->skipped - first : 0;
    uint64_t usable, *freed;

    if (skipped >= tokens)
        return;
    usable = image_usable(clockwork, task, wave);
    pay_owed(clockwork);
    freed = &clockwork->bank_freed[clockwork->waves++ % machine->banks];
    gates->load_start = max(max(usable, clockwork->load_end), *freed);
    gates->load_end = gates->load_start + wave->load;
    gates->sums = wave->begins && task->wait_sums ? clockwork->sums_wait : 0;
    if (wave->begins)
        clockwork->sums_wait = 0;
    clockwork->load_end = gates->load_end;
    if (wave->image > 0)
        queue_free_last(&clockwork->staging, gates->load_end);
    if (task->streamed)
        enter_slices(clockwork, sum, task, wave, gates, tokens - skipped);
    else
        enter_vectors(clockwork, sum, wave, gates, tokens - skipped, moment);
    *freed = clockwork->port + machine->bank_wait;
    if (wave->columns > 0 && task->outputs_go)
        owe(clockwork, task, (uint64_t)wave->columns * tokens,
            last_output(clockwork));
}

/* Starts cold: nothing is loaded, nothing is read. */
static void start_cold(struct clockwork *clockwork)
{
    uint64_t now = clockwork->end;

    clockwork->whole = max(clockwork->whole, now);
    if (clockwork->whole == now)
        clockwork->part = 0;
    clockwork->load_end = clockwork->port = clockwork->read =
        clockwork->released = now;
    for (uint32_t i = 0; i < clockwork->machine->banks; i++)
        clockwork->bank_freed[i] = now;
    for (uint32_t i = 0; i < clockwork->machine->credits; i++)
        clockwork->ends[i] = now;
    clockwork->waves = 0;
    clockwork->staging.freed = clockwork->inputs.freed = now;
    clockwork->staging.count = clockwork->inputs.count = 0;
    clockwork->staging.bytes = clockwork->inputs.bytes = 0;
    clockwork->sums_wait = 0;
}

/* Ends a task, or a block of it. */
static void end_task(struct clockwork *clockwork, const struct task *task,
                     uint64_t end)
{
    clockwork->account =
        memory_grow(clockwork->account, &clockwork->accounts_capacity,
                    clockwork->accounts + 1, sizeof *clockwork->account);
    clockwork->account[clockwork->accounts++] =
        (struct account){ task->name, clockwork->serial++,
                          max(end, clockwork->open_end) };
    clockwork->open_end = 0;
    settle(clockwork);
}

static enum programme_clock clock_of_unit(enum task_unit unit)
{
    return unit == UNIT_VECTOR   ? PROGRAMME_VECTOR
           : unit == UNIT_SCAN   ? PROGRAMME_SCAN
           : unit == UNIT_MEMORY ? PROGRAMME_MEMORY
                                 : PROGRAMME_ARRAY;
}

/* One block of tokens through the waves of one task. */
static void run_task_block(struct clockwork *clockwork, const struct task *task,
                           struct gates *gates, uint32_t first, uint32_t tokens,
                           struct moment *moment)
{
    struct ran *ran = &clockwork->ran[clockwork->task];

    for (uint32_t w = 0; w < task->waves; w++)
        run_wave(clockwork, task, &task->wave[w], gates, first, tokens, moment);
    ran->last = max(ran->last, last_output(clockwork));
    ran->unit = UNIT_ARRAY;
    end_task(clockwork, task, last_output(clockwork));
}

/* In a block of a group: each task in turn, over the same inputs. */
static void run_group(struct clockwork *clockwork, uint32_t tasks,
                      struct moment *moment)
{
    const struct task *group = task_now(clockwork);
    size_t first_task = clockwork->task, first_number = clockwork->number;
    bool cold = clockwork->machine->overlap == OVERLAP_NONE;

    for (uint32_t first = 0; first < group->tokens; first += group->block) {
        uint32_t tokens = (uint32_t)min(group->block, group->tokens - first);
        uint64_t inputs = 0;

        for (uint32_t i = 0; i < tasks; i++) {
            const struct task *task = &group[i];
            struct gates gates = { 0 };
            enum task_unit unit;
            uint64_t bytes = 0;

            clockwork->task = first_task + i;
            clockwork->number = first_number + i;
            if (cold)
                start_cold(clockwork);
            for (uint32_t n = 0; n < task->inputs; n++)
                bytes += task->input[n].bytes / task->tokens * tokens;
            if (i == 0 && !task->streamed)
                inputs = fetch_inputs(clockwork, task, bytes);
            gates.inputs = inputs;
            gates.makers = makers_last(clockwork, task, &unit);
            gates.maker = clock_of_unit(unit);
            run_task_block(clockwork, task, &gates, first, tokens, moment);
            if (cold)
                pay_owed(clockwork);
        }
        if (inputs > 0)
            queue_free_last(&clockwork->inputs, clockwork->ready);
    }
}

/* A vector operator, a scan, or bytes alone. */
static void run_other(struct clockwork *clockwork, const struct task *task)
{
    struct ran *ran = &clockwork->ran[clockwork->task];
    uint64_t *unit_free = &clockwork->unit_free[task->unit];
    struct task_sum *sum = &clockwork->sum[task->name];
    uint64_t start, usable, bytes = 0, end;
    enum task_unit unit;

    if (clockwork->machine->overlap == OVERLAP_NONE)
        start_cold(clockwork);
    start = max(makers_last(clockwork, task, &unit), *unit_free);
    if (clockwork->machine->overlap == OVERLAP_NONE)
        start = max(start, clockwork->end);
    for (uint32_t i = 0; i < task->inputs; i++)
        bytes += task->input[i].bytes;
    usable = fetch_inputs(clockwork, task, bytes);
    if (task->fetched > 0) {
        usable = max(usable, channel_move(clockwork, 0, task->fetched) +
                                 clockwork->machine->arrival);
        count_bytes(clockwork, task->name, task->image_traffic, task->fetched);
    }
    start = max(start, usable);
    end = start + task->clocks + task->latency;
    sum->spent[clock_of_unit(task->unit)] += end - start;
    if (bytes > 0)
        queue_free_last(&clockwork->inputs, end);
    if (task->unit != UNIT_MEMORY)
        *unit_free = end;
    ran->last = end;
    ran->unit = task->unit;
    if (task->stored > 0) {
        uint64_t over = channel_move(clockwork, end, task->stored);

        count_bytes(clockwork, task->name, task->output_traffic, task->stored);
        ran->written = over;
        end = max(end, over);
    }
    if (task->saved > 0) {
        end = max(end, channel_move(clockwork, ran->last, task->saved));
        count_bytes(clockwork, task->name, task->image_traffic, task->saved);
    }
    end_task(clockwork, task, end);
}

static void run_segment(struct clockwork *clockwork, struct moment *moment)
{
    const struct segment *segment = segment_at(clockwork, clockwork->segment);
    bool groups = clockwork->machine->overlap != OVERLAP_NONE;
    size_t first = clockwork->number;

    clockwork->here = segment;
    clockwork->ran = memory_grow(clockwork->ran, &clockwork->ran_capacity,
                                 segment->tasks, sizeof *clockwork->ran);
    memset(clockwork->ran, 0, segment->tasks * sizeof *clockwork->ran);
    for (size_t t = 0; t < segment->tasks;) {
        const struct task *task = &segment->task[t];
        uint32_t tasks = 1;

        clockwork->task = t;
        clockwork->number = first + t;
        if (task->unit == UNIT_ARRAY) {
            if (groups && task->group > 1)
                tasks = task->group;
            run_group(clockwork, tasks, moment);
        } else {
            run_other(clockwork, task);
        }
        t += tasks;
    }
    clockwork->before = clockwork->ran[segment->tasks - 1];
    clockwork->number = first + segment->tasks;
    clockwork->task = 0;
}

static void clockwork_init(struct clockwork *clockwork, struct task_sum *sum,
                           const struct programme *programme,
                           const struct programme_machine *machine)
{
    *clockwork = (struct clockwork){ .programme = programme,
                                     .machine = machine,
                                     .sum = sum };
    clockwork->ends = memory_new(machine->credits, sizeof(uint64_t));
    clockwork->bank_freed = memory_new(machine->banks, sizeof(uint64_t));
}

static void clockwork_release(struct clockwork *clockwork)
{
    free(clockwork->ends);
    free(clockwork->bank_freed);
    free(clockwork->staging.at);
    free(clockwork->inputs.at);
    free(clockwork->owed);
    free(clockwork->account);
    free(clockwork->ran);
}

void programme_run(struct task_sum *sum, uint64_t *end,
                   const struct programme *programme,
                   const struct programme_machine *machine)
{
    struct moment moment = { .ends = memory_new(machine->credits,
                                                sizeof(uint64_t)) };
    struct clockwork clockwork;

    clockwork_init(&clockwork, sum, programme, machine);
    for (size_t s = 0; s < programme->segments; s++) {
        clockwork.segment = s;
        run_segment(&clockwork, &moment);
        if (s + 1 == programme->segments)
            pay_owed(&clockwork);
        if (end)
            end[s] = clockwork.end;
    }
    clockwork_release(&clockwork);
    free(moment.ends);
}
