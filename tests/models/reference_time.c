/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The second machine's time.  The channel's list is written down first; then a
 * loop goes from clock to clock, and in each every unit looks at what was true
 * before it.  Token blocks run through; where they start cold the loop begins
 * anew for each.
 */
#include "tests/models/reference_time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/arrays/array.h"
#include "models/inference/memory.h"
#include "models/inference/programme.h"

enum { MAX_FIFO = 512 };
static const uint64_t never = UINT64_MAX;

enum item_kind { INPUTS, IMAGE, WRITE, SLICE };

/* One entry of the channel's list. */
struct item {
    enum item_kind kind;
    uint64_t bytes;
    uint32_t turn;   /* IMAGE, WRITE */
    uint64_t vector; /* the first that reads it, and after the last */
    uint64_t end_vector;
};

/* Blocks that run through. */
struct stretch {
    struct second_run *run;
    const struct machine *machine;
    uint32_t waves, turns;
    uint64_t vectors;

    struct item *list;
    size_t items, taken;

    uint64_t clock;
    unsigned __int128 channel;   /* free, in parts of a clock */
    uint64_t *usable, *load_end; /* [turns] never: not known yet */
    uint64_t *last_entry;        /* [turns] */
    uint64_t *sums, *written;    /* [turns] all there; over */
    uint32_t *first_sums;        /* [turns] writes that are to be over before */
    uint64_t *inputs, *read_end; /* [vectors] */
    uint64_t *entry_end;         /* [vectors] last entry clock */
    uint32_t *turn_of;           /* [vectors] */
    uint64_t *first_vector;      /* [turns + 1] */

    uint32_t loading; /* turns whose load began */
    uint64_t reads;   /* vectors begun */
    uint64_t vector;
    uint32_t pass;
    uint64_t port; /* next clock it is free */
    struct second_operation {
        uint64_t appear, vector;
        uint32_t pass;
    } fifo[MAX_FIFO];
    uint32_t waiting, credits;
    uint64_t service_end; /* clock after the operation; 0: none */
    struct second_operation service;
};

/* Clocks of the pipeline, register by register. */
static uint32_t second_latency(const struct machine *machine)
{
    uint32_t clocks = 3; /* partial sums, into the merge, out of it */
    bool levels = machine->array.level_registers;

    clocks += machine->array.input_registers + machine->array.product_registers;
    if (machine->array.kind == ARRAY_systolic) {
        clocks = (uint32_t)(machine->macro.rows +
                            machine->macro.columns / machine->array.broadcast);
        if (machine->array.published)
            return clocks - 2;
        for (uint64_t ways = machine->macro.sub_macros; ways > 1; ways /= 2)
            clocks++;
        return clocks + machine->array.input_registers +
               machine->array.product_registers;
    }

    for (uint64_t rows = machine->macro.rows; levels && rows > 1; rows /= 2)
        clocks++;
    for (uint64_t ways = machine->macro.sub_macros; ways > 1; ways /= 2)
        clocks += levels || ways == 2;
    return clocks + 1 + (machine->macro.input_bits < 8);
}

/* Bytes a clock are rate over parts. */
struct second_rate {
    uint64_t rate, parts;
    uint64_t latency; /* from the last byte */
};

static struct second_rate rate_of(const struct machine *machine)
{
    struct memory_kind kind;

    if (!memory_kind_of(&kind, machine))
        return (struct second_rate){ machine->dram.rate, 1,
                                     machine->dram.latency };
    return (struct second_rate){
        kind.peak / 1000 * memory_efficiency(machine),
        (uint64_t)(machine->clock * 1000) * 10000,
        (uint64_t)ceil(kind.latency / 1000 * machine->clock - 1e-9)
    };
}

static bool has_channel(const struct machine *machine)
{
    return machine->dram.rate || machine->dram.kind;
}

/* ------------------------------------------------------------------ the list
 */

static void add_item(struct stretch *stretch, struct item item)
{
    if (item.bytes > 0)
        stretch->list[stretch->items++] = item;
}

/* What the column wave that ends with a turn writes; 0: none ends. */
static uint64_t ended_columns(const struct stretch *stretch, uint32_t turn)
{
    const struct second_machine *second = stretch->run->second;
    const struct wave_shape *wave = &second->wave[turn % stretch->waves],
                            *other;
    uint64_t columns = 0;

    for (uint32_t w = 0; w < second->waves; w++) {
        other = &second->wave[w];
        if (other->column_wave == wave->column_wave && other->tile > wave->tile)
            return 0;
    }
    for (uint32_t m = 0; m < stretch->machine->macros; m++) {
        uint64_t at = wave->column_wave * stretch->machine->macros + m;

        if (at < second->column_tiles)
            columns += second->column[at].columns;
    }
    return columns;
}

static void write_list(struct stretch *stretch, const uint32_t *tokens)
{
    const struct second_machine *second = stretch->run->second;
    const struct machine *machine = stretch->machine;
    uint64_t inputs = second->test->layer.shape.inputs;
    bool come = machine->activations.capacity > 0,
         go = machine->outputs.capacity > 0;

    if (!has_channel(machine))
        return;
    for (uint32_t turn = 0; turn <= stretch->turns; turn++) {
        uint64_t first = stretch->first_vector[turn];
        uint32_t now =
            turn < stretch->turns ? tokens[turn / stretch->waves] : 0;

        if (now && come && !stretch->run->streams && turn % stretch->waves == 0)
            add_item(stretch,
                     (struct item){ INPUTS, inputs * now, turn, first,
                                    first + (uint64_t)now * stretch->waves });
        if (now)
            add_item(stretch,
                     (struct item){ IMAGE,
                                    second->wave[turn % stretch->waves].coded,
                                    turn, 0, 0 });
        if (go && turn > 0)
            add_item(stretch,
                     (struct item){ WRITE,
                                    ended_columns(stretch, turn - 1) *
                                        tokens[(turn - 1) / stretch->waves],
                                    turn - 1, 0, 0 });
        for (uint32_t v = 0; v < now && come && stretch->run->streams; v++) {
            const struct wave_shape *wave =
                &second->wave[turn % stretch->waves];

            add_item(stretch, (struct item){ SLICE, wave->k1 - wave->k0, turn,
                                             first + v, first + v + 1 });
        }
    }
}

/* The write that a turn's first sum waits for: the last before it, where sums
 * of two column waves do not fit together, of a turn that begins a column wave
 * (one wave after the other: a block). */
static void link_sums(struct stretch *stretch, uint64_t live)
{
    const struct machine *machine = stretch->machine;
    bool inner = machine->loop == MACHINE_K_INNER;

    if (8 * live * stretch->run->block <= machine->outputs.capacity)
        return;
    for (size_t i = 0; i < stretch->items; i++) {
        if (stretch->list[i].kind != WRITE)
            continue;
        for (uint32_t turn = stretch->list[i].turn + 1; turn < stretch->turns;
             turn++) {
            uint32_t w = turn % stretch->waves;

            if (inner ? stretch->run->second->wave[w].tile == 0 : w == 0)
                stretch->first_sums[turn] = stretch->list[i].turn + 1;
        }
    }
}

/* --------------------------------------------------------- clock after clock
 */

static bool item_fits(const struct stretch *stretch, size_t number)
{
    const struct item *item = &stretch->list[number];
    bool image = item->kind == IMAGE, outstanding = false;
    uint64_t sum = item->bytes,
             limit = image ? stretch->machine->dram.staging
                           : stretch->machine->activations.capacity;

    if (item->kind == WRITE)
        return stretch->sums[item->turn] <= stretch->clock;
    for (size_t i = number; i-- > 0;) {
        const struct item *other = &stretch->list[i];

        if (other->kind == WRITE || (other->kind == IMAGE) != image)
            continue;
        if ((image
                 ? stretch->load_end[other->turn]
                 : stretch->read_end[other->end_vector - 1]) <= stretch->clock)
            break; /* and all before it */
        outstanding = true;
        sum += other->bytes;
    }
    return !outstanding || sum <= limit;
}

static void move_channel(struct stretch *stretch)
{
    struct second_rate of = rate_of(stretch->machine);
    uint64_t *counters = stretch->run->counters;

    while (stretch->taken < stretch->items &&
           item_fits(stretch, stretch->taken)) {
        const struct item *item = &stretch->list[stretch->taken++];
        unsigned __int128 start = (unsigned __int128)stretch->clock * of.rate;
        uint64_t over;

        if (stretch->channel < start)
            stretch->channel = start;
        stretch->channel += (unsigned __int128)item->bytes * of.parts;
        over = (uint64_t)((stretch->channel + of.rate - 1) / of.rate);
        counters[item->kind == WRITE ? COUNTER_DRAM_BYTES_WRITTEN
                                     : COUNTER_DRAM_BYTES_READ] += item->bytes;
        if (item->kind == INPUTS || item->kind == SLICE)
            counters[COUNTER_INPUT_BYTES] += item->bytes;
        if (item->kind == WRITE)
            counters[COUNTER_SUMS_SENT] += item->bytes;
        counters[COUNTER_DRAM_CLOCKS] +=
            (uint64_t)(((unsigned __int128)item->bytes * of.parts + of.rate -
                        1) /
                       of.rate);
        if (item->kind == WRITE)
            stretch->written[item->turn] = over;
        else if (item->kind == IMAGE)
            stretch->usable[item->turn] =
                over + of.latency + (stretch->machine->dram.code ? 4 : 0);
        else
            for (uint64_t v = item->vector; v < item->end_vector; v++)
                stretch->inputs[v] = over + of.latency;
    }
}

static void finish_service(struct stretch *stretch)
{
    const struct second_machine *second = stretch->run->second;
    uint64_t vector = stretch->service.vector;
    uint32_t turn;

    if (!stretch->service_end || stretch->service_end > stretch->clock)
        return;
    turn = stretch->turn_of[vector];
    if (vector + 1 == stretch->first_vector[turn + 1] &&
        stretch->service.pass + 1 == second->wave[turn % stretch->waves].passes)
        stretch->sums[turn] = stretch->service_end;
    stretch->credits++;
    stretch->service_end = 0;
}

static void start_load(struct stretch *stretch)
{
    const struct machine *machine = stretch->machine;
    uint32_t turn = stretch->loading;
    uint64_t banks = machine->weights.banks,
             wait = machine->array.published ? second_latency(machine)
                                             : machine->array.input_registers;

    if (turn == stretch->turns ||
        (turn > 0 && stretch->load_end[turn - 1] > stretch->clock) ||
        stretch->usable[turn] > stretch->clock)
        return;
    if (turn >= banks &&
        (stretch->last_entry[turn - banks] == never ||
         stretch->last_entry[turn - banks] + wait >= stretch->clock))
        return;
    stretch->load_end[turn] =
        stretch->clock + stretch->run->second->wave[turn % stretch->waves].load;
    stretch->loading++;
}

static void start_read(struct stretch *stretch)
{
    uint64_t v = stretch->reads;

    if (v == stretch->vectors || stretch->inputs[v] > stretch->clock ||
        (v > 0 && stretch->read_end[v - 1] > stretch->clock) ||
        (v > 1 && (stretch->entry_end[v - 2] == never ||
                   stretch->entry_end[v - 2] >= stretch->clock)))
        return;
    stretch->read_end[v] =
        stretch->clock +
        stretch->run->second->wave[stretch->turn_of[v] % stretch->waves].read;
    stretch->reads++;
}

/* Whether the write that the operation waits for is over. */
static bool sums_may_go(const struct stretch *stretch,
                        const struct second_operation *operation)
{
    uint32_t turn = stretch->turn_of[operation->vector];

    if (operation->pass > 0 ||
        operation->vector > stretch->first_vector[turn] ||
        stretch->first_sums[turn] == 0)
        return true;
    return stretch->written[stretch->first_sums[turn] - 1] <= stretch->clock;
}

static void start_service(struct stretch *stretch)
{
    const struct second_machine *second = stretch->run->second;
    const struct second_operation *first = &stretch->fifo[0];

    if (stretch->service_end || stretch->waiting == 0 ||
        first->appear > stretch->clock || !sums_may_go(stretch, first))
        return;
    stretch->service = *first;
    stretch->service_end =
        stretch->clock +
        second_operation_clocks(
            second,
            &second->wave[stretch->turn_of[first->vector] % stretch->waves],
            first->pass);
    stretch->waiting--;
    memmove(stretch->fifo, stretch->fifo + 1,
            stretch->waiting * sizeof *stretch->fifo);
}

static enum clock_category category(const struct stretch *stretch)
{
    uint64_t v = stretch->vector;
    uint32_t turn = stretch->turn_of[v];

    if (turn >= stretch->loading)
        return CLOCK_MEMORY_STALL;
    if (stretch->load_end[turn] > stretch->clock)
        return CLOCK_WEIGHT_LOAD;
    if (stretch->inputs[v] > stretch->clock)
        return CLOCK_MEMORY_STALL;
    if (v >= stretch->reads || stretch->read_end[v] > stretch->clock)
        return CLOCK_ACTIVATION_STALL;
    if (stretch->credits == 0)
        return CLOCK_OUTPUT_STALL;
    return CLOCK_COMPUTE;
}

static void enter(struct stretch *stretch)
{
    const struct second_machine *second = stretch->run->second;
    uint64_t v = stretch->vector;
    uint32_t turn = stretch->turn_of[v];
    uint32_t beats = (uint32_t)(8 / stretch->machine->macro.input_bits);
    uint64_t last = stretch->clock + beats - 1;

    stretch->port = last + 1;
    stretch->credits--;
    stretch->fifo[stretch->waiting++] =
        (struct second_operation){ last + second_latency(stretch->machine), v,
                                   stretch->pass };
    if (++stretch->pass < second->wave[turn % stretch->waves].passes)
        return;
    stretch->pass = 0;
    stretch->entry_end[v] = last;
    stretch->vector++;
    if (stretch->vector == stretch->first_vector[turn + 1])
        stretch->last_entry[turn] = last;
}

/* The last write's end; 0: nothing is written. */
static uint64_t last_write(const struct stretch *stretch)
{
    for (size_t i = stretch->items; i-- > 0;)
        if (stretch->list[i].kind == WRITE)
            return stretch->written[stretch->list[i].turn];
    return 0;
}

static enum clock_category after_entries(const struct stretch *stretch)
{
    if (stretch->clock < stretch->port + second_latency(stretch->machine))
        return CLOCK_DRAIN;
    return stretch->waiting || stretch->service_end ? CLOCK_OUTPUT_STALL
                                                    : CLOCK_MEMORY_STALL;
}

static void run_clocks(struct stretch *stretch)
{
    for (;; stretch->clock++) {
        enum clock_category where;

        finish_service(stretch);
        move_channel(stretch);
        start_load(stretch);
        start_read(stretch);
        start_service(stretch);
        if (stretch->vector == stretch->vectors &&
            stretch->clock >= stretch->port && !stretch->waiting &&
            !stretch->service_end && stretch->clock >= last_write(stretch))
            break;
        if (stretch->clock < stretch->port)
            where = CLOCK_COMPUTE;
        else if (stretch->vector == stretch->vectors)
            where = after_entries(stretch);
        else
            where = category(stretch);
        if (where == CLOCK_COMPUTE && stretch->clock >= stretch->port)
            enter(stretch);
        stretch->run->clocks[where]++;
    }
    stretch->run->cycles += stretch->clock;
}

static uint64_t *all_of(uint64_t count, uint64_t value)
{
    uint64_t *at = memory_new(count, sizeof *at);

    for (uint64_t i = 0; i < count; i++)
        at[i] = value;
    return at;
}

static void make_vectors(struct stretch *stretch, const uint32_t *tokens)
{
    stretch->first_vector =
        memory_new(stretch->turns + 1, sizeof *stretch->first_vector);
    for (uint32_t turn = 0; turn < stretch->turns; turn++)
        stretch->first_vector[turn + 1] =
            stretch->first_vector[turn] + tokens[turn / stretch->waves];
    stretch->vectors = stretch->first_vector[stretch->turns];
    stretch->turn_of = memory_new(stretch->vectors, sizeof *stretch->turn_of);
    for (uint32_t turn = 0; turn < stretch->turns; turn++)
        for (uint64_t v = stretch->first_vector[turn];
             v < stretch->first_vector[turn + 1]; v++)
            stretch->turn_of[v] = turn;
}

static uint64_t live_sums(const struct second_machine *second)
{
    uint64_t live = second->test->layer.shape.outputs,
             wave = second->machine->macros * second->full;

    return second->machine->loop == MACHINE_K_INNER && live > wave ? wave
                                                                   : live;
}

/* Blocks of so many tokens each, from a cold start. */
static void run_stretch(struct second_run *run, const uint32_t *tokens,
                        uint32_t blocks)
{
    struct stretch *stretch = memory_new(1, sizeof *stretch);
    bool channel = has_channel(run->second->machine);

    stretch->run = run;
    stretch->machine = run->second->machine;
    stretch->waves = run->second->waves;
    stretch->turns = blocks * stretch->waves;
    stretch->credits = (uint32_t)stretch->machine->outputs.fifo;
    if (stretch->credits == 0)
        stretch->credits = second_latency(stretch->machine) + 1;
    make_vectors(stretch, tokens);
    stretch->list =
        memory_new(blocks + 2 * stretch->turns + 1 + stretch->vectors,
                   sizeof *stretch->list);
    stretch->usable = all_of(stretch->turns, channel ? never : 0);
    stretch->load_end = all_of(stretch->turns, never);
    stretch->last_entry = all_of(stretch->turns, never);
    stretch->sums = all_of(stretch->turns, never);
    stretch->written = all_of(stretch->turns, never);
    stretch->first_sums = memory_new(stretch->turns, sizeof(uint32_t));
    stretch->inputs =
        all_of(stretch->vectors,
               channel && stretch->machine->activations.capacity ? never : 0);
    stretch->read_end = all_of(stretch->vectors, never);
    stretch->entry_end = all_of(stretch->vectors, never);
    write_list(stretch, tokens);
    link_sums(stretch, live_sums(run->second));
    run_clocks(stretch);
    free(stretch->list);
    free(stretch->usable);
    free(stretch->load_end);
    free(stretch->last_entry);
    free(stretch->sums);
    free(stretch->written);
    free(stretch->first_sums);
    free(stretch->inputs);
    free(stretch->read_end);
    free(stretch->entry_end);
    free(stretch->turn_of);
    free(stretch->first_vector);
    free(stretch);
}

void second_run_time(struct second_run *run)
{
    const struct machine *machine = run->second->machine;
    uint32_t left = run->second->test->layer.tokens, count = 0;
    uint32_t *tokens = memory_new(left, sizeof *tokens);

    for (; left > 0; count++) {
        tokens[count] = left < run->block ? left : run->block;
        left -= tokens[count];
    }
    if (machine->inference.overlap != 1) { /* prefetch, none, pipeline */
        run_stretch(run, tokens, count);
    } else {
        for (uint32_t i = 0; i < count; i++)
            run_stretch(run, &tokens[i], 1);
    }
    free(tokens);
}
