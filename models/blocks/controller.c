/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The controller lets passes into the macros, one beat of a vector after the
 * other, and accounts for every clock in which none entered.
 *
 * Order: token blocks; in each the waves (tiles of weights); in each wave every
 * vector of the block, and of a vector as many passes as selects share a
 * column (schedule_place_next).  The port takes a pass when the wave's weights
 * are in their bank, the vector is in the activation buffer and the output
 * buffer has room for the sums: whichever of these comes last is what the
 * clocks since port_free_at are charged to (explain_wait), so that the
 * categories always add up to the layer's clocks.
 */
#include "models/blocks/controller.h"

#include <assert.h>

#include "base/arithmetic.h"

/* Of the layer. */
static uint32_t controller_token(const struct controller *controller)
{
    return controller->at.block * controller->run->schedule->block_tokens +
           controller->at.token;
}

static const struct wave *controller_wave(const struct controller *controller)
{
    return &controller->run->schedule->wave[controller->at.wave];
}

static void controller_spend(struct controller *controller,
                             enum clock_category category, uint64_t from,
                             uint64_t to)
{
    struct watch_span span = { .unit = category == CLOCK_COMPUTE ? WATCH_ENTRY
                                                                 : WATCH_WAIT,
                               .start = from,
                               .end = to,
                               .wave = controller->at.wave,
                               .token = controller_token(controller),
                               .pass = controller->number,
                               .category = category };

    if (to <= from)
        return;
    controller->clocks[category] += to - from;
    run_span(controller->run, &span);
}

/* Where the clocks went in which the next pass could have entered and did
 * not, from port_free_at to now. */
static void explain_wait(struct controller *controller, uint64_t now)
{
    const struct activation_buffer *activation = controller->units.activation;
    uint64_t at = controller->port_free_at, start, end;
    uint64_t ready = activation->ready_at[controller->vector % 2];
    uint64_t inputs = activation->inputs_at[controller->vector % 2];

    weight_loader_span(controller->units.loader, controller->at.turn, &start,
                       &end);
    controller_spend(controller, CLOCK_MEMORY_STALL, at, start);
    controller_spend(controller, CLOCK_WEIGHT_LOAD, max(at, start), end);
    at = max(at, end);
    controller_spend(controller, CLOCK_MEMORY_STALL, at, inputs);
    at = max(at, inputs);
    controller_spend(controller, CLOCK_ACTIVATION_STALL, at, ready);
    at = max(at, ready);
    controller_spend(controller, CLOCK_OUTPUT_STALL, at, now);
}

static bool can_enter(const struct controller *controller)
{
    return weight_loader_has(controller->units.loader, controller->at.turn) &&
           activation_buffer_has(controller->units.activation,
                                 controller->vector) &&
           output_buffer_has_credit(controller->units.output);
}

/* What of a macro's columns the pass serves: in several teams the same places,
 * and so not one run of columns. */
static void controller_serve(struct pass *pass,
                             const struct placement *placement)
{
    const struct mapping *mapping = &placement->mapping;
    uint32_t end = 0;

    pass->served = pass->sets = 0;
    pass->first =
        placement_served(placement, pass->column, pass->number, 0).first;
    for (uint32_t team = 0; team < mapping->teams; team++) {
        struct range columns =
            placement_served(placement, pass->column, pass->number, team);

        if (columns.count == 0)
            continue;
        pass->served += columns.count;
        pass->sets += (uint32_t)divide_up(columns.count, mapping->set_columns);
        end = columns.first + columns.count;
    }
    pass->columns = end > pass->first ? end - pass->first : 0;
}

static void send(struct controller *controller)
{
    const struct wave *wave = controller_wave(controller);
    struct pass pass = { .wave = controller->at.wave,
                         .turn = controller->at.turn,
                         .token = controller_token(controller),
                         .number = controller->number,
                         .vector = controller->vector };

    output_buffer_expect(controller->units.output, &pass);
    for (uint32_t m = 0; m < controller->run->machine->macros; m++) {
        pass.column = wave_column(wave, m);
        if (!pass.column)
            continue;
        pass.tile = wave_tile(wave, m);
        controller_serve(&pass, wave->placement);
        if (pass.served > 0)
            macro_enter(&controller->units.macro[m], &pass);
    }
}

/* Which pass comes after the one that just entered. */
static void controller_advance(struct controller *controller)
{
    uint32_t turn = controller->at.turn;

    controller->ends_vector =
        ++controller->number == controller_wave(controller)->passes;
    controller->ends_wave = false;
    if (!controller->ends_vector)
        return;
    controller->number = 0;
    controller->vector++;
    controller->run->counters[COUNTER_VECTORS]++;
    schedule_place_next(&controller->at, controller->run->schedule);
    controller->ends_wave = controller->at.turn > turn;
    controller->run->counters[COUNTER_WAVES] += controller->ends_wave;
}

static void controller_enter(struct controller *controller)
{
    const struct wave *wave = controller_wave(controller);
    uint64_t now = run_now(controller->run), clocks = wave->entry_clocks;

    explain_wait(controller, now);
    controller_spend(controller, CLOCK_COMPUTE, now, now + clocks);
    send(controller);
    controller_advance(controller);
    controller->run->counters[COUNTER_PASSES]++;
    controller->port_free_at = now + clocks;
    sim_notify_after(&controller->wake, run_delay(controller->run, clocks));
}

/* The port is free again: what the pass held goes back. */
static void free_port(struct controller *controller)
{
    if (controller->ends_vector)
        activation_buffer_free_latch(controller->units.activation);
    if (controller->ends_wave)
        weight_loader_free_bank(controller->units.loader);
    controller->ends_vector = controller->ends_wave = false;
}

static void controller_begin(struct controller *controller)
{
    const struct schedule *schedule = controller->run->schedule;
    uint32_t first = controller->end_block, blocks = schedule_stretch(schedule);

    controller->end_block = first + blocks;
    schedule_place_begin(&controller->at, schedule, first);
    controller->number = 0;
    controller->vector = 0;
    controller->port_free_at = run_now(controller->run);
    controller->active = true;
    dram_begin(controller->units.dram, first, controller->end_block);
    activation_buffer_begin(controller->units.activation, first,
                            controller->end_block);
    weight_loader_begin(controller->units.loader, blocks);
    output_buffer_begin(controller->units.output);
}

/* The last output operation is over; its outputs may have to leave. */
static void controller_end(struct controller *controller)
{
    struct run *run = controller->run;
    uint64_t now = run_now(run);
    uint64_t drained = controller->port_free_at + machine_latency(run->machine);

    assert(now >= drained);
    controller_spend(controller, CLOCK_DRAIN, controller->port_free_at,
                     drained);
    controller_spend(controller, CLOCK_OUTPUT_STALL, drained, now);
    controller->cycles = max(now, controller->units.dram->write_over);
    controller_spend(controller, CLOCK_MEMORY_STALL, now, controller->cycles);
    controller->active = false;
    controller->finished = controller->end_block == run->schedule->blocks;
    if (!controller->finished)
        sim_notify_after(&controller->wake,
                         run_delay(run, controller->cycles - now));
}

static void controller_run(void *module)
{
    struct controller *controller = module;
    uint64_t now = run_now(controller->run);

    if (controller->finished)
        return;
    if (!controller->active) {
        if (now >= controller->cycles)
            controller_begin(controller);
        return;
    }
    if (now < controller->port_free_at)
        return;
    free_port(controller);
    if (controller->at.block < controller->end_block) {
        if (can_enter(controller))
            controller_enter(controller);
    } else if (output_buffer_is_idle(controller->units.output) &&
               dram_is_asked(controller->units.dram)) {
        controller_end(controller);
    }
}

void controller_init(struct controller *controller, struct run *run,
                     const struct controller_units *units)
{
    *controller = (struct controller){ .run = run, .units = *units };
    sim_event_init(&controller->wake, run->sim, "wake");
    sim_method_init(&controller->process, run->sim, "run", controller_run,
                    controller);
    sim_sensitive(&controller->process, &controller->wake);
    sim_sensitive(&controller->process, &units->loader->loaded);
    sim_sensitive(&controller->process, &units->activation->ready);
    sim_sensitive(&controller->process, &units->output->ended);
    sim_sensitive(&controller->process, &units->dram->wrote);
}
