/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/pipe.h"

#include <assert.h>

#include "base/arithmetic.h"

void pipe_init(struct pipe *pipe, struct run *run, const char *name,
               struct pipe_shape shape)
{
    *pipe = (struct pipe){ .run = run,
                           .depth = shape.depth,
                           .latency = shape.latency };
    pipe->item_size = divide_up(shape.item_size, 64) * 64;
    sim_event_init(&pipe->due, run->sim, name);
    pipe->items = sim_alloc(run->sim, pipe->item_size * pipe->depth);
    pipe->ready = sim_alloc(run->sim, sizeof *pipe->ready * pipe->depth);
}

static uint32_t pipe_place(const struct pipe *pipe, uint32_t offset)
{
    uint32_t at = pipe->head + offset;

    return at < pipe->depth ? at : at - pipe->depth;
}

/* Asks for `due` at the clock of the first item. */
static void arm(struct pipe *pipe)
{
    uint64_t now = run_now(pipe->run), ready = pipe->ready[pipe->head];

    sim_notify_after(&pipe->due,
                     ready > now ? run_delay(pipe->run, ready - now) : 0);
}

void *pipe_put_slot(struct pipe *pipe)
{
    assert(pipe->count < pipe->depth);
    return pipe->items + pipe->item_size * pipe_place(pipe, pipe->count);
}

void pipe_put_done(struct pipe *pipe)
{
    pipe_put_done_after(pipe, pipe->latency);
}

void pipe_put_done_after(struct pipe *pipe, uint64_t clocks)
{
    pipe->ready[pipe_place(pipe, pipe->count)] = run_now(pipe->run) + clocks;
    if (pipe->count++ == 0)
        arm(pipe);
}

bool pipe_can_get(const struct pipe *pipe)
{
    return pipe->count > 0 && pipe->ready[pipe->head] <= run_now(pipe->run);
}

const void *pipe_get_slot(const struct pipe *pipe)
{
    assert(pipe_can_get(pipe));
    return pipe->items + pipe->item_size * pipe->head;
}

void pipe_watch(struct pipe *pipe, enum macro_stage stage, uint32_t macro)
{
    const struct accelerator_watch *watch = pipe->run->watch;

    pipe->watched = watch && watch->hand_over;
    pipe->stage = stage;
    pipe->macro = macro;
}

void pipe_get_done(struct pipe *pipe)
{
    assert(pipe_can_get(pipe));
    if (pipe->watched)
        pipe->run->watch->hand_over(pipe->run->watch->context, pipe->macro,
                                    pipe->stage, pipe->ready[pipe->head],
                                    pipe_get_slot(pipe));
    pipe->head = pipe_place(pipe, 1);
    if (--pipe->count > 0)
        arm(pipe);
}
