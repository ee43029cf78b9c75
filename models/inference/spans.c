/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/building.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"

/* One (task, block of tokens) of the programme.  Until all has run, `until` is
 * its number among them. */
static void add_span(struct inference *inference, const struct task *task,
                     struct inference_span span)
{
    struct inference_result *result = inference->result;

    span.until = inference->ran++;
    if (span.step < inference->asked->shown.first ||
        span.step - inference->asked->shown.first >=
            inference->asked->shown.count)
        return;
    span.row = result->line[task->name].row;
    span.unit = task->unit;
    result->span = memory_grow(result->span, &inference->span_capacity,
                               result->spans + 1, sizeof *result->span);
    result->span[result->spans++] = span;
}

void spans_add(struct inference *inference, const struct segment *segment,
               uint32_t step, uint32_t block)
{
    struct inference_span span = { .step = step, .block = block };
    bool groups = inference->machine.overlap != OVERLAP_NONE;

    if (inference->asked->shown.count == 0)
        return;
    for (size_t t = 0; t < segment->tasks;) {
        const struct task *task = &segment->task[t];
        size_t tasks = groups && task->group > 1 ? task->group : 1;
        uint32_t tokens = task->unit == UNIT_ARRAY ? task->tokens : 1;
        uint32_t each = task->unit == UNIT_ARRAY ? task->block : 1;

        for (span.first = 0; span.first < tokens; span.first += each)
            for (size_t i = 0; i < tasks; i++) {
                span.tokens = task->unit == UNIT_ARRAY
                                  ? (uint32_t)min(each, tokens - span.first)
                                  : 0;
                add_span(inference, &task[i], span);
            }
        t += tasks;
    }
}

void spans_end(struct inference *inference)
{
    const struct programme_ends *ends = &inference->ends;
    struct inference_result *result = inference->result;
    uint64_t latest = 0;
    size_t at = 0;

    if (inference->asked->shown.count == 0)
        return;
    assert(ends->count == inference->ran);
    for (size_t s = 0; s < result->spans; s++) {
        struct inference_span *span = &result->span[s];

        for (; at < span->until; at++)
            latest = max(latest, ends->at[at]);
        span->until = ends->at[at];
        span->from = min(latest, span->until);
    }
}
