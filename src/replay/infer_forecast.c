/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The piece has all tokens of the prompt, as few take nearly as long as many.
 * Only beyond some thousands, where all that repeats does so, does time grow
 * with them, and with their square where they attend to each other.  In a step
 * after it most is known of blocks before: what a step takes whatever its
 * blocks are is told apart from them.
 */
#include "replay/infer_forecast.h"

#include <math.h>

#include "base/arithmetic.h"
#include "base/cpu_clock.h"
#include "base/process_memory.h"
#include "replay/infer_pace.h"

enum { PIECE_PROMPT = 4096, PIECE_GENERATE = 64 };

/* Of one block: it is over with the second of three segments of a step. */
enum { PIECE_SEGMENTS = 3, PIECE_BLOCK = 2 };

struct piece {
    double begun, last;
    double prompt, block, rest; /* seconds; the latter two of later steps */
};

static void piece_passed(void *context, size_t segments, size_t all)
{
    struct piece *piece = context;
    double now = cpu_clock_thread() - piece->begun;

    (void)all;
    if (segments <= PIECE_SEGMENTS)
        piece->prompt = now;
    else if (segments % PIECE_SEGMENTS == PIECE_BLOCK)
        piece->block += now - piece->last;
    else
        piece->rest += now - piece->last;
    piece->last = now;
}

void infer_forecast(struct infer_forecast *forecast,
                    const struct inference_asked *asked)
{
    struct model_sizes sizes = *asked->sizes;
    struct inference_asked one = *asked;
    struct piece piece = { 0 };
    double blocks = sizes.blocks, tokens, steps = 0, before;
    struct inference_result result;
    struct error ignored;

    sizes.blocks = 1;
    one.sizes = &sizes;
    while (one.layer_count > 0 &&
           asked->layers[one.layer_count - 1].shape.block > 0)
        one.layer_count--;
    one.prompt = (uint32_t)min(asked->prompt, PIECE_PROMPT);
    one.generate = (uint32_t)min(asked->generate, PIECE_GENERATE);
    one.passed = piece_passed;
    one.context = &piece;
    *forecast = (struct infer_forecast){ 0 };
    process_memory_forget_most();
    before = process_memory_now();
    piece.begun = cpu_clock_thread();
    if (inference_run(&result, &one, &ignored) < 0)
        return;
    inference_result_release(&result);
    tokens = (double)asked->prompt / one.prompt;
    if (model_block_has(&sizes, 0, MODEL_ATTENTION))
        tokens *= tokens;
    if (one.generate > 1)
        steps = infer_pace_steps(asked->sizes, asked->prompt,
                                 asked->generate - 1.0) /
                infer_pace_steps(&sizes, one.prompt, one.generate - 1.0);
    forecast->seconds = blocks * piece.prompt * tokens +
                        (blocks * piece.block + piece.rest) * steps;
    forecast->memory =
        fmax(0, process_memory_most() - before) * blocks * tokens;
}
