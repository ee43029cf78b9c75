/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "models/counter.h"
#include "models/inference/programme_time.h"
#include "models/machine.h"
#include "trace/layer.h"
#include "trace/operators.h"

/*
 * A whole inference on a machine: a prompt of `prompt` tokens a sequence, then
 * one token a step until `generate` are made, for `batch` sequences at once.
 * The prompt step makes the first token.  Operators are those of trace/
 * operators.h, clocks those of programme_time.h; every step is simulated.
 *
 *   linear   the model's layers, on the array; head and routers run dense
 *   product  dense layers on the array whose images are made at run time.  Of
 *            attention one task a sequence, head of keys and block of queries:
 *            the most queries for which scores fit half of the activation
 *            buffer and their sums the output buffer.  A vector enters a wave
 *            only if its token is not before the wave's first key; keys are
 *            stationary in scores, values in values
 *   others   units.h
 *
 * An array's task runs in the merge mode (layout/mapping.h) in which it alone
 * takes the fewest clocks, with its tokens and what comes and goes over the
 * channel (task_choice.h); a product as a dense layer of its vectors.
 *
 * A result stays on chip if it and all earlier ones that are kept and still to
 * be read fit activations.capacity together (1 byte an element, the residual
 * stream 2); otherwise it is written and read again at each use.  Keys, values
 * and states of the first blocks stay on chip as far as state.capacity goes.
 * Cached keys and values come over the channel for each block of queries; the
 * token that a decoding step makes is still on chip.  In a prompt each block of
 * queries reads again what the prompt has made so far (TRAFFIC_REREAD).
 *
 * layers[] are the model's, block by block, as operators_check() takes them.
 * Their tokens matter only of experts: what a step routes to the experts of a
 * block is shared out as those are (trace/expert_load.h), as many each in a
 * list of shapes, and as recorded in a trace.
 */
/* Fast: a recurrence, which goes over at once what repeats (programme_time.h).
 * Slow: every image, vector, pass and token as events (whole/whole.h), which
 * count what they see; the same clocks, bytes and counters. */
enum inference_way { INFERENCE_FAST, INFERENCE_SLOW };

/* Takes the programme instead of running it, and the machine as far as its
 * clocks go.  Segments of step s are numbers s x (blocks + 2) and following. */
typedef void inference_look(void *context, const struct programme *programme,
                            const struct programme_machine *machine);

struct inference_asked {
    const struct machine *machine;
    const struct model_sizes *sizes;
    const struct layer *layers;
    size_t layer_count;
    uint32_t prompt, generate, batch;
    enum programme_steps steps;
    enum inference_way way;
    /* Told how much is over: blocks of all steps, the model's start and end
     * counting as one each, and how many there are.  NULL: nobody is. */
    void (*passed)(void *context, size_t segments, size_t all);
    void *context;
    /* Steps first .. first + count - 1 of which all spans are handed back. */
    struct {
        uint32_t first, count;
    } shown;
    inference_look *look; /* NULL: it runs; else results have no clocks */
    void *look_context;
};

/* How often an operator ran in each merge mode: [i] with 2^i sub-macros added
 * for one output, once a block of the model, step, expert and chunk. */
enum { INFERENCE_MODES = 7 };

/* One operator over all blocks, in the prompt or in all decoding steps. */
struct inference_line {
    const struct operator_row *row;
    bool decoding;
    struct task_sum sum;
    uint64_t counters[ALL_COUNTERS]; /* for its energy: work.h */
    uint64_t modes[INFERENCE_MODES]; /* merge modes of the array's */
};

/*
 * An operator in one block of tokens, as it ran.  It counts from the latest end
 * of all before it, `from`, to its own; if it ended before that, both are its
 * end.  So the spans of a step are disjoint and add up to its clocks.
 */
struct inference_span {
    uint32_t step, block; /* of the model; its start has 0, its end the last */
    const struct operator_row *row;
    enum task_unit unit;
    uint32_t first, tokens; /* vectors of the array's block; else 0 */
    uint64_t from, until;   /* clocks from, and before */
};

struct inference_result {
    size_t lines;
    struct inference_line *line; /* prompt first */
    uint32_t steps;              /* generate */
    uint64_t *end; /* [steps] clock after the last of each step's head */
    uint64_t clocks;
    size_t spans; /* of the steps that are shown */
    struct inference_span *span;
};

/* Vectors of one operator in one step: tokens of all sequences, for as many
 * experts or heads as see each.  Tasks count them in 32 bits. */
enum { INFERENCE_MAX_VECTORS = INT32_MAX };

/* -1 and `err` (ERROR_DATA) if the machine cannot run it; ERROR_INTERRUPTED. */
int inference_run(struct inference_result *result,
                  const struct inference_asked *asked, struct error *err);
void inference_result_release(struct inference_result *result);
