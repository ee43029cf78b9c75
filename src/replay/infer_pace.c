/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an inference takes is not in its sizes: whatever repeats is gone over at
 * once, be it vectors, waves, tasks or blocks, and when it begins to repeat
 * depends on the machine.  Runs of a part of the tokens do not tell it either,
 * as a short prompt may take longer than a long one.  But the work itself does.
 * Of blocks that are alike three are run: one, another that shows that they
 * repeat, and the last, whose end differs.  So after the first two of them most
 * is known of a prompt, and after one step most of the others, which take the
 * longer the more tokens are before them.
 */
#include "replay/infer_pace.h"

#include "base/arithmetic.h"

enum { RUN_OF_ALIKE = 3 };

/* A step by a prompt, where no step is over yet: seen were a hundredth for
 * prompts of 16 tokens to a thousandth for such of 30,000. */
static const double guessed_step = 1.0 / 500;

/* Where nothing is gone over each token of the prompt takes, and weights as
 * much as one: seen was 1 / 7.7 of a prompt of 16 tokens. */
static double guess_step(const struct infer_pace *pace)
{
    return pace->blocks == INFER_SLOW ? 2 / (1.0 + pace->tokens) : guessed_step;
}

/* So many tokens before it add as much to a step as it takes without; 400 to
 * 1,500 were seen. */
static const double doubling_tokens = 1000;

static size_t segments_each(const struct infer_pace *pace)
{
    return (size_t)pace->sizes->blocks + 2;
}

void infer_pace_hear(struct infer_pace *pace, size_t segments, double seconds)
{
    if (segments <= pace->segments)
        return;
    if (pace->segments == 0)
        pace->first = seconds;
    else if (pace->segments < segments_each(pace))
        pace->run++;
    if (pace->prompt == 0 && segments >= segments_each(pace))
        pace->prompt = seconds;
    pace->segments = segments;
    pace->now = seconds;
}

/* The model's end, which is no block, is over in a moment. */
size_t infer_pace_left(const struct infer_pace *pace, size_t over)
{
    size_t blocks = pace->sizes->blocks, first = 0, left = 0;
    size_t done = over > 0 ? min(over - 1, blocks) : 0;

    for (size_t end = 1; end <= blocks; end++) {
        size_t rest = end - max(first, min(done, end));

        if (end < blocks && pace->blocks == INFER_ALIKE &&
            model_blocks_alike(pace->sizes, (uint32_t)first, (uint32_t)end))
            continue;
        if (end - first - rest < RUN_OF_ALIKE)
            left += min(rest, RUN_OF_ALIKE - (end - first - rest));
        else
            left += min(rest, 1);
        first = end;
    }
    return left;
}

double infer_pace_steps(const struct model_sizes *sizes, uint32_t prompt,
                        double steps)
{
    double before = prompt + (steps - 1) / 2, attending = 0;

    for (uint32_t b = 0; b < sizes->blocks; b++)
        attending += model_block_has(sizes, b, MODEL_ATTENTION);
    return steps * (1 + attending / sizes->blocks * before / doubling_tokens);
}

/* Steps after the prompt that are over.  Of one that is not, by what is still
 * to be run: its first segments take most of it. */
static double steps_over(const struct infer_pace *pace)
{
    size_t each = segments_each(pace), after = pace->segments - each;
    double left = (double)infer_pace_left(pace, after % each);

    return (double)(after / each) + 1 - left / (double)infer_pace_left(pace, 0);
}

bool infer_pace_is_sure(const struct infer_pace *pace)
{
    size_t each = segments_each(pace);

    return pace->steps > 1 ? pace->segments >= 2 * each : pace->run > 0;
}

double infer_pace_all(const struct infer_pace *pace)
{
    size_t each = segments_each(pace);
    double prompt = pace->prompt;

    if (pace->run == 0)
        return 0;
    if (prompt == 0)
        prompt = pace->now + (pace->now - pace->first) / (double)pace->run *
                                 (double)infer_pace_left(pace, pace->segments);
    if (pace->steps == 1)
        return prompt;
    if (pace->segments < 2 * each)
        return prompt * (1 + guess_step(pace) * (pace->steps - 1));
    return prompt +
           (pace->now - pace->prompt) *
               infer_pace_steps(pace->sizes, pace->tokens, pace->steps - 1.0) /
               infer_pace_steps(pace->sizes, pace->tokens, steps_over(pace));
}
