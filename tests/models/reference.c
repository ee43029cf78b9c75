/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/models/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/arrays/array.h"
#include "models/inference/memory.h"
#include "tests/models/reference_count.h"
#include "tests/models/reference_shape.h"

enum { MAX_FIFO = 512 };

/* One token block, clock by clock. */
struct block_state {
    uint64_t clock;
    unsigned __int128 channel;      /* free, in parts of a clock */
    uint32_t asked;                 /* waves whose image was asked for */
    uint64_t *usable, *load_end;    /* of each wave; 0: not known yet */
    uint64_t *last_entry;           /* of each wave; UINT64_MAX: not yet */
    uint32_t loading;               /* waves whose load began */
    uint64_t inputs;                /* clock from which they are there */
    uint64_t reads, read_end[2];    /* vectors begun; end of the last two */
    uint64_t entered, entry_end[2]; /* vectors; last entry clocks */
    uint32_t wave, token, pass;
    uint64_t port;             /* next clock it is free */
    uint64_t appear[MAX_FIFO]; /* operations that wait */
    uint32_t cost[MAX_FIFO];
    uint32_t waiting, credits;
    uint64_t service_end; /* clock after the operation; 0: none */
};

/* Clocks of the pipeline, register by register. */
static uint32_t second_latency(const struct machine *machine)
{
    uint32_t clocks = 3; /* partial sums, into the merge, out of it */
    bool levels = machine->array.level_registers;

    if (machine->array.kind == ARRAY_systolic) {
        clocks = (uint32_t)(machine->macro.rows +
                            machine->macro.columns / machine->array.broadcast);
        if (machine->array.published)
            return clocks - 2;
        for (uint64_t ways = machine->macro.sub_macros; ways > 1; ways /= 2)
            clocks++;
        return clocks;
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
    bool whole;       /* a transfer takes whole clocks */
    uint64_t latency; /* from the last byte */
};

static struct second_rate rate_of(const struct machine *machine)
{
    const struct memory_kind *kind = memory_kind_of(machine);

    if (!kind)
        return (struct second_rate){ machine->dram.rate, 1,
                                     machine->dram.prefetch > 0,
                                     machine->dram.latency };
    return (struct second_rate){
        kind->peak / 1000 * memory_efficiency(machine),
        (uint64_t)(machine->clock * 1000) * 10000, false,
        (uint64_t)ceil(kind->latency / 1000 * machine->clock - 1e-9)
    };
}

static uint64_t carry(struct block_state *state, const struct machine *machine,
                      uint64_t request, uint64_t bytes)
{
    struct second_rate of = rate_of(machine);
    unsigned __int128 start = (unsigned __int128)request * of.rate;

    if (state->channel > start)
        start = state->channel;
    state->channel = start + (unsigned __int128)bytes * of.parts;
    if (of.whole)
        state->channel = (state->channel + of.rate - 1) / of.rate * of.rate;
    return (uint64_t)((state->channel + of.rate - 1) / of.rate) + of.latency;
}

static uint32_t loaded(const struct block_state *state)
{
    uint32_t count = 0;

    while (count < state->loading && state->load_end[count] <= state->clock)
        count++;
    return count;
}

/* Images are asked for in order, as many or as large as may wait. */
static void ask_images(const struct second_machine *second,
                       struct block_state *state)
{
    const struct machine *machine = second->machine;
    bool counted = !machine->dram.kind && machine->dram.prefetch > 0;
    uint64_t limit = counted ? machine->dram.prefetch : machine->dram.staging;

    while (state->asked < second->waves) {
        uint32_t first = loaded(state);
        uint64_t waiting = 0;

        for (uint32_t w = first; w <= state->asked; w++)
            waiting += counted ? 1 : second->wave[w].bytes;
        if (first < state->asked && waiting > limit)
            return;
        state->usable[state->asked] = carry(state, machine, state->clock,
                                            second->wave[state->asked].bytes);
        state->asked++;
    }
}

/* What ends before this clock: loads ask for images, operations give back. */
static void settle(const struct second_machine *second,
                   struct block_state *state)
{
    if (second->machine->dram.rate || second->machine->dram.kind)
        ask_images(second, state);
    if (state->service_end && state->service_end <= state->clock) {
        state->credits++;
        state->service_end = 0;
    }
}

static void start_units(const struct second_machine *second,
                        struct block_state *state, uint32_t tokens)
{
    const struct machine *machine = second->machine;
    uint32_t w = state->loading;
    uint64_t banks = machine->weights.banks, v = state->reads,
             wait = machine->array.published ? second_latency(machine) : 0;

    if (w < second->waves &&
        (w == 0 || state->load_end[w - 1] <= state->clock) &&
        (w < banks || (state->last_entry[w - banks] < UINT64_MAX - wait &&
                       state->last_entry[w - banks] + wait < state->clock)) &&
        state->usable[w] <= state->clock) {
        state->load_end[w] = state->clock + second->wave[w].load;
        state->loading++;
    }
    if (v < (uint64_t)second->waves * tokens && state->inputs <= state->clock &&
        (v < 1 || state->read_end[(v - 1) % 2] <= state->clock) &&
        (v < 2 ||
         (state->entered > v - 2 && state->entry_end[v % 2] < state->clock))) {
        state->read_end[v % 2] = state->clock + second->wave[v / tokens].read;
        state->reads++;
    }
    if (!state->service_end && state->waiting &&
        state->appear[0] <= state->clock) {
        state->service_end = state->clock + state->cost[0];
        state->waiting--;
        memmove(state->appear, state->appear + 1,
                state->waiting * sizeof *state->appear);
        memmove(state->cost, state->cost + 1,
                state->waiting * sizeof *state->cost);
    }
}

static enum clock_category category(const struct block_state *state,
                                    uint32_t tokens)
{
    uint64_t vector = (uint64_t)state->wave * tokens + state->token;

    if (state->wave >= state->loading)
        return CLOCK_MEMORY_STALL;
    if (state->load_end[state->wave] > state->clock)
        return CLOCK_WEIGHT_LOAD;
    if (state->inputs > state->clock)
        return CLOCK_MEMORY_STALL;
    if (vector >= state->reads || state->read_end[vector % 2] > state->clock)
        return CLOCK_ACTIVATION_STALL;
    if (state->credits == 0)
        return CLOCK_OUTPUT_STALL;
    return CLOCK_COMPUTE;
}

static void enter(const struct second_machine *second,
                  struct block_state *state, uint32_t tokens)
{
    const struct wave_shape *wave = &second->wave[state->wave];
    uint32_t beats = (uint32_t)(8 / second->machine->macro.input_bits);
    uint64_t last = state->clock + beats - 1;
    uint64_t vector = (uint64_t)state->wave * tokens + state->token;

    state->port = last + 1;
    state->credits--;
    state->appear[state->waiting] = last + second_latency(second->machine);
    state->cost[state->waiting++] =
        second_operation_clocks(second, wave, state->pass);
    if (++state->pass < wave->passes)
        return;
    state->pass = 0;
    state->entry_end[vector % 2] = last;
    state->entered = vector + 1;
    if (++state->token < tokens)
        return;
    state->token = 0;
    state->last_entry[state->wave++] = last;
}

static void begin(const struct second_machine *second,
                  struct block_state *state, uint32_t tokens)
{
    const struct machine *machine = second->machine;
    bool dram = machine->dram.rate || machine->dram.kind;

    *state = (struct block_state){ .credits = (uint32_t)machine->outputs.fifo };
    if (state->credits == 0)
        state->credits = second_latency(machine) + 1;
    state->usable = memory_new(second->waves, sizeof *state->usable);
    state->load_end = memory_new(second->waves, sizeof *state->load_end);
    state->last_entry = memory_new(second->waves, sizeof *state->last_entry);
    memset(state->last_entry, 0xff, second->waves * sizeof *state->last_entry);
    if (dram && machine->activations.capacity)
        state->inputs =
            carry(state, machine, 0,
                  (uint64_t)second->test->layer.shape.inputs * tokens);
    for (uint32_t w = 0; dram && w < second->waves; w++)
        state->usable[w] = UINT64_MAX;
}

static void run_block(const struct second_machine *second,
                      struct reference *reference, uint32_t tokens)
{
    const struct machine *machine = second->machine;
    struct block_state state;
    uint64_t latency = second_latency(machine), out = 0, over;

    begin(second, &state, tokens);
    for (;; state.clock++) {
        enum clock_category where;

        settle(second, &state);
        start_units(second, &state, tokens);
        if (state.wave == second->waves && state.clock >= state.port &&
            !state.waiting && !state.service_end)
            break;
        if (state.clock < state.port)
            where = CLOCK_COMPUTE;
        else if (state.wave == second->waves)
            where = state.clock < state.port + latency ? CLOCK_DRAIN
                                                       : CLOCK_OUTPUT_STALL;
        else
            where = category(&state, tokens);
        if (where == CLOCK_COMPUTE && state.clock >= state.port) {
            enter(second, &state, tokens);
        }
        reference->clocks[where]++;
    }
    if ((machine->dram.rate || machine->dram.kind) &&
        machine->outputs.capacity) {
        out = (uint64_t)second->test->layer.shape.outputs * tokens;
        over = carry(&state, machine, state.clock, out);
        out = over - rate_of(machine).latency - state.clock;
    }
    reference->clocks[CLOCK_MEMORY_STALL] += out;
    reference->cycles += state.clock + out;
    free(state.usable);
    free(state.load_end);
    free(state.last_entry);
}

static uint64_t block_tokens(const struct second_machine *second)
{
    const struct machine *machine = second->machine;
    const struct layer *layer = &second->test->layer;
    uint64_t tokens = layer->tokens, live = layer->shape.outputs;

    if (machine->loop == MACHINE_K_INNER &&
        live > machine->macros * second->full)
        live = machine->macros * second->full;
    if (machine->activations.capacity &&
        tokens > machine->activations.capacity / layer->shape.inputs)
        tokens = machine->activations.capacity / layer->shape.inputs;
    if (machine->outputs.capacity &&
        tokens > machine->outputs.capacity / (4 * live))
        tokens = machine->outputs.capacity / (4 * live);
    return tokens;
}

static bool run_as(struct second_machine *second, struct reference *reference)
{
    uint64_t tokens;

    *reference = (struct reference){ .run_as = second->run_as,
                                     .merged = second->merged };
    if (!second_place(second))
        return false;
    tokens = block_tokens(second);
    if (tokens == 0)
        return false;
    for (uint64_t done = 0; done < second->test->layer.tokens;) {
        uint64_t left = second->test->layer.tokens - done;
        uint32_t now = (uint32_t)(left < tokens ? left : tokens);

        run_block(second, reference, now);
        second_count(second, reference->counters, now);
        done += now;
    }
    if (second->machine->array.published) {
        reference->cycles--;
        reference->clocks[reference->clocks[CLOCK_DRAIN] ? CLOCK_DRAIN
                                                         : CLOCK_COMPUTE]--;
    }
    return true;
}

/* Every mode by trial, from all sub-macros down. */
static bool run_best(struct second_machine *second, struct reference *reference)
{
    const char *modes = second->machine->merge.modes;
    bool found = false;

    for (uint32_t g = (uint32_t)second->machine->macro.sub_macros; g > 0;
         g /= 2) {
        struct reference tried;
        char wanted[16], listed[PARAMETER_TEXT + 2];

        snprintf(wanted, sizeof wanted, ",%u,", g);
        snprintf(listed, sizeof listed, ",%s,", modes);
        if (strcmp(modes, "all") == 0 ? g != second->machine->macro.sub_macros
                                      : strstr(listed, wanted) == NULL)
            continue;
        second->merged = g;
        if (run_as(second, &tried) &&
            (!found || tried.cycles < reference->cycles)) {
            *reference = tried;
            found = true;
        }
    }
    return found;
}

bool reference_run(struct reference *reference, const struct machine *machine,
                   const struct test_case *test)
{
    struct second_machine *second = memory_new(1, sizeof *second);
    struct reference dense;
    bool runs;

    second->machine = machine;
    second->test = test;
    runs = second_choose(second) && run_best(second, reference);
    if (runs && machine->fallback == MACHINE_FALLBACK_FASTEST &&
        !pattern_is_dense(second->run_as)) {
        second->run_as = pattern_dense;
        second->as_dense = true;
        runs = run_best(second, &dense);
        if (runs && dense.cycles < reference->cycles)
            *reference = dense;
    }
    free(second);
    return runs;
}
