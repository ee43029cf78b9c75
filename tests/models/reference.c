/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/models/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/models/reference_count.h"
#include "tests/models/reference_shape.h"
#include "tests/models/reference_time.h"

/* Tokens of a block; 0: a buffer does not hold one. */
static uint64_t block_tokens(const struct second_machine *second, bool streams)
{
    const struct machine *machine = second->machine;
    const struct layer *layer = &second->test->layer;
    uint64_t tokens = layer->tokens, live = layer->shape.outputs;

    if (machine->loop == MACHINE_K_INNER &&
        live > machine->macros * second->full)
        live = machine->macros * second->full;
    for (uint32_t w = 0; streams && w < second->waves; w++)
        if (machine->activations.capacity &&
            second->wave[w].k1 - second->wave[w].k0 >
                machine->activations.capacity)
            tokens = 0;
    if (!streams && machine->activations.capacity &&
        tokens > machine->activations.capacity / layer->shape.inputs)
        tokens = machine->activations.capacity / layer->shape.inputs;
    if (machine->outputs.capacity &&
        tokens > machine->outputs.capacity / (4 * live))
        tokens = machine->outputs.capacity / (4 * live);
    return tokens;
}

static uint64_t channel_bytes(const uint64_t counters[COUNTERS])
{
    return counters[COUNTER_DRAM_BYTES_READ] +
           counters[COUNTER_DRAM_BYTES_WRITTEN];
}

/* In one way to cut tokens; false: a buffer does not allow it. */
static bool run_way(struct second_machine *second, struct reference *reference,
                    bool streams)
{
    uint64_t tokens = block_tokens(second, streams);
    struct second_run run = { .second = second,
                              .block = (uint32_t)tokens,
                              .streams = streams };

    if (tokens == 0)
        return false;
    second_run_time(&run);
    *reference = (struct reference){ .run_as = second->run_as,
                                     .merged = second->merged,
                                     .block = run.block,
                                     .streams = streams,
                                     .cycles = run.cycles };
    memcpy(reference->clocks, run.clocks, sizeof run.clocks);
    memcpy(reference->counters, run.counters, sizeof run.counters);
    for (uint64_t done = 0; done < second->test->layer.tokens;) {
        uint64_t left = second->test->layer.tokens - done;
        uint32_t now = (uint32_t)(left < tokens ? left : tokens);

        second_count(second, reference->counters, now);
        done += now;
    }
    return true;
}

static bool run_as(struct second_machine *second, struct reference *reference)
{
    enum { BEST, TOKENS, STREAM };
    unsigned blocking = second->machine->blocking;
    struct reference other;
    bool found = false;

    if (!second_place(second))
        return false;
    if (blocking != STREAM)
        found = run_way(second, reference, false);
    if (blocking != TOKENS && run_way(second, &other, true)) {
        bool fewer =
            channel_bytes(other.counters) < channel_bytes(reference->counters);

        if (!found || other.cycles < reference->cycles ||
            (other.cycles == reference->cycles && fewer))
            *reference = other;
        found = true;
    }
    if (!found)
        return false;
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
