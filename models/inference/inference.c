/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From operators to tasks.  A segment is the model's start, one of its blocks,
 * or its end, in one step; blocks whose layers are laid out alike, and which
 * keep the same things on chip, are one segment.  Segments are made when the
 * clockwork asks for them and thrown away a few steps later, so that memory
 * does not grow with the tokens that are generated.
 * building.h makes one.
 */
#include "models/inference/inference.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/inference/building.h"
#include "models/inference/stored_bytes.h"
#include "models/whole/whole.h"

static void made_free(struct made_segment *made)
{
    for (size_t i = 0; i < made->wave_lists; i++)
        free(made->waves[i]);
    free(made->waves);
    free(made->work);
    free(made->modes);
    free(made->task);
    free(made);
}

/* Throws away what no step from `step` - 1 on uses. */
static void forget_steps(struct inference *inference, uint32_t step)
{
    size_t kept = 0;

    for (size_t i = 0; i < inference->mades; i++) {
        if (inference->made[i]->step + 1 < step)
            made_free(inference->made[i]);
        else
            inference->made[kept++] = inference->made[i];
    }
    inference->mades = kept;
}

static struct asked_segment *asked_segment(struct inference *inference,
                                           size_t number)
{
    return &inference->asked_for[number % inference->window];
}

/* The model's block that a segment is; its start is in the first, its end in
 * the last. */
static uint32_t block_of(const struct inference *inference, size_t number)
{
    uint32_t blocks = inference->asked->sizes->blocks;
    size_t at = number % ((size_t)blocks + 2);

    return at == 0 ? 0 : (uint32_t)min(at, blocks) - 1;
}

/* Which segment of which step a number is; the one before was asked for. */
static struct made_segment *make_segment(struct inference *inference,
                                         size_t number)
{
    const struct inference_asked *asked = inference->asked;
    size_t each = (size_t)asked->sizes->blocks + 2, at = number % each;
    uint32_t step = (uint32_t)(number / each);
    struct operator_step what = { asked->batch, step ? 1 : asked->prompt,
                                  step ? asked->prompt + step - 1 : 0 };
    struct made_segment wanted = { .step = step, .place = PLACE_BLOCK };
    struct asked_segment *slot = asked_segment(inference, number);
    uint32_t block = at > 0 && at + 1 < each ? (uint32_t)(at - 1) : 0;

    if (slot->made && slot->number == number)
        return slot->made;
    if (at == 0)
        wanted.place = PLACE_START;
    else if (at + 1 == each)
        wanted.place = PLACE_FINISH;
    wanted.like = inference->like[block];
    wanted.state_on_chip = block < inference->blocks_with_state;
    wanted.input_on_chip =
        at == 0 || asked_segment(inference, number - 1)->made->output_on_chip;
    slot->number = number;
    for (size_t i = 0; i < inference->mades; i++) {
        struct made_segment *made = inference->made[i];

        if (made->step == step && made->place == wanted.place &&
            made->like == wanted.like &&
            made->state_on_chip == wanted.state_on_chip &&
            made->input_on_chip == wanted.input_on_chip) {
            slot->made = made;
            return made;
        }
    }
    forget_steps(inference, step);
    inference->made =
        memory_grow(inference->made, &inference->made_capacity,
                    inference->mades + 1, sizeof *inference->made);
    slot->made = memory_new(1, sizeof *slot->made);
    *slot->made = wanted;
    inference->made[inference->mades++] = slot->made;
    building_run(inference, slot->made, wanted.like, &what);
    return slot->made;
}

/* Each segment's work is counted once, whether the clockwork asks for it twice
 * or goes past it. */
static void count_until(struct inference *inference, size_t number)
{
    struct inference_result *result = inference->result;

    for (; inference->counted < number; inference->counted++) {
        const struct made_segment *made =
            make_segment(inference, inference->counted);

        for (size_t l = 0; l < result->lines; l++) {
            for (int i = 0; i < ALL_COUNTERS; i++)
                result->line[l].counters[i] += made->work[l][i];
            for (int i = 0; i < INFERENCE_MODES; i++)
                result->line[l].modes[i] += made->modes[l][i];
        }
        spans_add(inference, &made->segment, made->step,
                  block_of(inference, inference->counted));
    }
}

static const struct segment *inference_segment(void *context, size_t number)
{
    struct inference *inference = context;

    count_until(inference, number + 1);
    return &make_segment(inference, number)->segment;
}

static void add_lines(struct inference_result *result, size_t *capacity,
                      const struct model_sizes *sizes,
                      const struct operator_step *step)
{
    const struct operator_row *rows[OPERATOR_MAX_ROWS];

    for (uint32_t at = 0; at < sizes->blocks + 2; at++) {
        enum operator_place place = at == 0               ? PLACE_START
                                    : at <= sizes->blocks ? PLACE_BLOCK
                                                          : PLACE_FINISH;
        size_t count = operator_rows(rows, sizes, place,
                                     place == PLACE_BLOCK ? at - 1 : 0, step);

        for (size_t i = 0; i < count; i++) {
            bool known = false;

            for (size_t l = 0; l < result->lines; l++)
                known |= result->line[l].row == rows[i] &&
                         result->line[l].decoding == (step->cached > 0);
            if (known)
                continue;
            result->line = memory_grow(result->line, capacity,
                                       result->lines + 1, sizeof *result->line);
            result->line[result->lines++] =
                (struct inference_line){ .row = rows[i],
                                         .decoding = step->cached > 0 };
        }
    }
}

/* How many blocks' keys and values, or states, fit state.capacity at the end.
 */
static uint32_t blocks_on_chip(const struct inference_asked *asked)
{
    const uint32_t *size = asked->sizes->size;
    uint64_t tokens = (uint64_t)asked->prompt + asked->generate - 1;
    uint64_t left = asked->machine->state.capacity;
    uint32_t block = 0;

    for (; block < asked->sizes->blocks; block++) {
        uint64_t bytes = 0;

        if (model_block_has(asked->sizes, block, MODEL_ATTENTION))
            bytes = asked->batch * tokens *
                    stored_key_bytes(asked->machine, size[DIM_CACHED]);
        else if (model_block_has(asked->sizes, block, MODEL_STATE))
            bytes =
                asked->batch *
                stored_state_bytes(asked->machine,
                                   (uint64_t)size[DIM_INNER] * size[DIM_STATE]);
        if (bytes > left)
            break;
        left -= bytes;
    }
    return block;
}

static void release(struct inference *inference)
{
    for (size_t i = 0; i < inference->mades; i++)
        made_free(inference->made[i]);
    inference_forget_layouts(inference);
    free(inference->made);
    free(inference->asked_for);
    free(inference->ends.at);
}

static void finish_line(struct inference_line *line, const struct task_sum *sum)
{
    line->sum = *sum;
    for (int t = 0; t < TRAFFICS; t++)
        line->counters[COUNTER_MOVED_BYTES] += sum->bytes[t];
    line->counters[COUNTER_INPUT_BYTES] = sum->inputs;
}

/* What the blocks counted stands for itself. */
static void take_counted(struct inference_line *line,
                         const uint64_t counted[ALL_COUNTERS])
{
    for (size_t i = 0; i < WHOLE_COUNTERS; i++)
        line->counters[whole_counters[i]] = counted[whole_counters[i]];
}

static void run_slowly(struct inference *inference, struct task_sum *sum,
                       uint64_t *end, const struct programme *programme)
{
    struct inference_result *result = inference->result;
    uint64_t(*counters)[ALL_COUNTERS] =
        memory_new(result->lines, sizeof *counters);
    struct whole_result slow = { .sum = sum, .counters = counters, .end = end };

    inference->status =
        whole_run(&slow, programme, &inference->machine, inference->err);
    for (size_t i = 0; i < result->lines; i++) {
        finish_line(&result->line[i], &sum[i]);
        take_counted(&result->line[i], counters[i]);
    }
    free(counters);
}

static void run_quickly(struct inference *inference, struct task_sum *sum,
                        uint64_t *end, const struct programme *programme)
{
    struct inference_result *result = inference->result;

    programme_run(sum, end, programme, &inference->machine);
    count_until(inference, programme->segments);
    for (size_t i = 0; i < result->lines; i++)
        finish_line(&result->line[i], &sum[i]);
}

static void inference_passed(void *context, size_t segments)
{
    const struct inference *inference = context;
    const struct inference_asked *asked = inference->asked;

    if (asked->passed)
        asked->passed(asked->context, segments,
                      ((size_t)asked->sizes->blocks + 2) * asked->generate);
}

static void run_programme(struct inference *inference)
{
    const struct inference_asked *asked = inference->asked;
    struct inference_result *result = inference->result;
    size_t each = (size_t)asked->sizes->blocks + 2;
    struct programme programme = { each * asked->generate, inference_segment,
                                   inference,
                                   asked->shown.count ? &inference->ends : NULL,
                                   inference_passed };
    struct task_sum *sum = memory_new(result->lines, sizeof *sum);
    uint64_t *end = memory_new(programme.segments, sizeof *end);

    /* What cannot run is found before anything runs. */
    for (size_t s = 0; s < each && inference->status == 0; s++)
        inference_segment(inference, s);
    if (inference->status == 0 && asked->look) {
        asked->look(asked->look_context, &programme, &inference->machine);
    } else if (inference->status == 0) {
        if (asked->way == INFERENCE_SLOW)
            run_slowly(inference, sum, end, &programme);
        else
            run_quickly(inference, sum, end, &programme);
        spans_end(inference);
        for (uint32_t t = 0; t < asked->generate; t++)
            result->end[t] = end[each * (t + 1) - 1];
        result->clocks = result->end[asked->generate - 1];
    }
    free(sum);
    free(end);
}

/* Sequences are told apart in linear maps, heads in attention. */
static int check_vectors(const struct inference_asked *asked, struct error *err)
{
    uint64_t experts = max(asked->sizes->size[DIM_EXPERTS_USED], 1);
    uint64_t each =
        max(asked->batch * experts, asked->sizes->size[DIM_SHARERS]);

    if (asked->prompt <= INFERENCE_MAX_VECTORS / each)
        return 0;
    return error_set(err, ERROR_DATA,
                     "a prompt of %u tokens, %llu vectors each (sequences x "
                     "experts, or heads): at most %d together were expected",
                     asked->prompt, (unsigned long long)each,
                     INFERENCE_MAX_VECTORS);
}

int inference_run(struct inference_result *result,
                  const struct inference_asked *asked, struct error *err)
{
    struct inference inference = { .asked = asked,
                                   .result = result,
                                   .err = err };
    struct operator_step step = { asked->batch, asked->prompt, 0 };
    size_t capacity = 0;

    *result = (struct inference_result){ .steps = asked->generate };
    if (asked->prompt + asked->generate > LAYER_MAX_INPUTS)
        return error_set(err, ERROR_DATA,
                         "a context of %u tokens; at most %d were expected",
                         asked->prompt + asked->generate, LAYER_MAX_INPUTS);
    if (check_vectors(asked, err) < 0)
        return -1;
    programme_machine_of(&inference.machine, asked->machine);
    inference.has_channel = inference.machine.has_channel;
    inference.capacity = asked->machine->activations.capacity
                             ? asked->machine->activations.capacity
                             : UINT64_MAX;
    inference.machine.steps = asked->steps;
    /* Two steps, and what is asked for ahead of them. */
    inference.window = 2 * ((size_t)asked->sizes->blocks + 2) + PROGRAMME_AHEAD;
    inference.asked_for =
        memory_new(inference.window, sizeof *inference.asked_for);
    inference.blocks_with_state = blocks_on_chip(asked);
    add_lines(result, &capacity, asked->sizes, &step);
    step = (struct operator_step){ asked->batch, 1, asked->prompt };
    if (asked->generate > 1)
        add_lines(result, &capacity, asked->sizes, &step);
    result->end = memory_new(asked->generate, sizeof *result->end);
    if (inference_lay_out_layers(&inference) == 0)
        run_programme(&inference);
    release(&inference);
    if (inference.status < 0)
        inference_result_release(result);
    return inference.status;
}

void inference_result_release(struct inference_result *result)
{
    free(result->line);
    free(result->end);
    free(result->span);
    *result = (struct inference_result){ 0 };
}
