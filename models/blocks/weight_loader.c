/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loads a wave's image into a free bank of weights while another bank computes.
 * An image comes from DRAM, which knows by itself what is next, or from memory
 * on the chip, and enters the macros through one port; the next load begins
 * when the one before has ended and a bank is free.  It is there for all macros
 * at once: a wave begins with its last column.
 *
 * A bank is an image, made when its load ends and overwritten by the load that
 * takes the bank next.
 */
#include "models/blocks/weight_loader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/arrays/array.h"
#include "models/parameter_list.h"

const struct parameter parameter_weights_banks = {
    .path = "weights.banks",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, weights.banks),
    .unit = "tiles",
    .minimum = 1,
    .maximum = 16,
    .standard = "1",
    .help = "tiles a macro holds; 2: the next loads while one computes",
};
static uint32_t banks(const struct weight_loader *loader)
{
    return (uint32_t)loader->run->machine->weights.banks;
}

static struct image *weight_loader_bank(const struct weight_loader *loader,
                                        uint32_t turn, uint32_t macro)
{
    return &loader->image[macro * banks(loader) + turn % banks(loader)];
}

const struct image *weight_loader_image(const struct weight_loader *loader,
                                        uint32_t turn, uint32_t macro)
{
    return weight_loader_bank(loader, turn, macro);
}

/* The number of a turn's wave. */
static uint32_t loader_wave(const struct weight_loader *loader, uint32_t turn)
{
    return turn % loader->run->schedule->waves;
}

void weight_loader_count(uint64_t counters[COUNTERS], const struct wave *wave)
{
    const struct placement *placement = wave->placement;

    for (uint32_t m = 0; m < placement->machine->macros; m++) {
        const struct column_tile *column = wave_column(wave, m);
        struct image_bits bits;

        if (!column)
            continue;
        bits = placement_image_bits(placement, column, wave_tile(wave, m));
        counters[COUNTER_TILES]++;
        counters[COUNTER_WORD_BITS] += bits.words;
        counters[COUNTER_METADATA_BITS] += bits.metadata;
        counters[COUNTER_SELECT_BITS] += bits.selects;
    }
    counters[COUNTER_LOAD_CLOCKS] += wave->load_clocks;
}

static void tell_load(const struct weight_loader *loader, uint32_t macro,
                      const struct tile *tile)
{
    const struct accelerator_watch *watch = loader->run->watch;
    struct watch_load load = { .wave = loader_wave(loader, loader->done),
                               .macro = macro,
                               .bank = loader->done % banks(loader),
                               .tile = tile,
                               .image = weight_loader_bank(loader, loader->done,
                                                           macro) };

    if (!watch || !watch->load)
        return;
    weight_loader_span(loader, loader->done, &load.start, &load.end);
    watch->load(watch->context, &load);
}

/* Whether a turn's image comes over the channel. */
static bool loader_waits(const struct weight_loader *loader, uint32_t turn)
{
    const struct wave *wave =
        &loader->run->schedule->wave[loader_wave(loader, turn)];

    return dram_is_there(loader->dram) && wave->coded_bytes > 0;
}

/* The whole wave appears in its banks. */
static void loader_finish(struct weight_loader *loader)
{
    const struct schedule *schedule = loader->run->schedule;
    const struct wave *wave =
        &schedule->wave[loader_wave(loader, loader->done)];

    for (uint32_t m = 0; m < loader->run->machine->macros; m++) {
        const struct column_tile *column = wave_column(wave, m);
        const struct tile *tile = wave_tile(wave, m);

        if (!column)
            continue;
        image_make(weight_loader_bank(loader, loader->done, m), wave->placement,
                   column, tile,
                   loader->run->values ? IMAGE_CONTENTS : IMAGE_SHAPE);
        tell_load(loader, m, tile);
    }
    if (loader_waits(loader, loader->done))
        dram_free_image(loader->dram, wave->coded_bytes);
    loader->done++;
    sim_notify_delta(&loader->loaded);
}

/* The clock from which the bank of the next turn is free. */
static uint64_t next_free_at(const struct weight_loader *loader)
{
    return loader->free_at[loader->begun % banks(loader)];
}

static bool loader_can_start(const struct weight_loader *loader)
{
    return loader->begun == loader->done && loader->begun < loader->turns &&
           loader->begun < loader->freed + banks(loader) &&
           run_now(loader->run) >= next_free_at(loader) &&
           (!loader_waits(loader, loader->begun) ||
            pipe_can_get(&loader->dram->images));
}

static void loader_start(struct weight_loader *loader)
{
    uint32_t number = loader_wave(loader, loader->begun);
    const struct wave *wave = &loader->run->schedule->wave[number];
    uint64_t now = run_now(loader->run), clocks = wave->load_clocks,
             *span = loader->span[loader->begun % (banks(loader) + 1)];

    if (loader_waits(loader, loader->begun))
        pipe_get_done(&loader->dram->images);
    span[0] = now;
    span[1] = loader->end = now + clocks;
    weight_loader_count(loader->run->counters, wave);
    run_span(loader->run, &(struct watch_span){ .unit = WATCH_LOAD,
                                                .start = now,
                                                .end = loader->end,
                                                .wave = number });
    loader->begun++;
    sim_notify_after(&loader->timer, run_delay(loader->run, clocks));
}

static void weight_loader_run(void *module)
{
    struct weight_loader *loader = module;

    if (!loader->active)
        return;
    if (loader->begun > loader->done && run_now(loader->run) >= loader->end)
        loader_finish(loader);
    if (loader_can_start(loader))
        loader_start(loader);
    else if (loader->begun == loader->done &&
             run_now(loader->run) < next_free_at(loader))
        sim_notify_after(&loader->timer,
                         run_delay(loader->run, next_free_at(loader) -
                                                    run_now(loader->run)));
}

void weight_loader_init(struct weight_loader *loader, struct run *run,
                        struct dram *dram)
{
    size_t images = run->machine->macros * run->machine->weights.banks;

    *loader = (struct weight_loader){ .run = run, .dram = dram };
    loader->image = memory_new(images, sizeof *loader->image);
    for (size_t i = 0; i < images; i++)
        image_init(&loader->image[i], &run->schedule->placement->mapping);
    loader->span = memory_new(banks(loader) + 1, sizeof *loader->span);
    loader->free_at = memory_new(banks(loader), sizeof *loader->free_at);
    sim_event_init(&loader->loaded, run->sim, "loaded");
    sim_event_init(&loader->release, run->sim, "release");
    sim_event_init(&loader->timer, run->sim, "timer");
    sim_method_init(&loader->process, run->sim, "run", weight_loader_run,
                    loader);
    sim_sensitive(&loader->process, &loader->release);
    sim_sensitive(&loader->process, &loader->timer);
    sim_sensitive(&loader->process, &dram->images.due);
}

void weight_loader_release(struct weight_loader *loader)
{
    size_t images =
        loader->run->machine->macros * loader->run->machine->weights.banks;

    for (size_t i = 0; i < images; i++)
        image_release(&loader->image[i]);
    free(loader->image);
    free(loader->span);
    free(loader->free_at);
}

void weight_loader_begin(struct weight_loader *loader, uint32_t blocks)
{
    assert(loader->begun == loader->done);
    loader->active = true;
    loader->turns = blocks * loader->run->schedule->waves;
    loader->begun = loader->done = loader->freed = 0;
    memset(loader->free_at, 0, banks(loader) * sizeof *loader->free_at);
    sim_notify_delta(&loader->release);
}

void weight_loader_free_bank(struct weight_loader *loader)
{
    loader->free_at[loader->freed++ % banks(loader)] =
        run_now(loader->run) + array_bank_wait(loader->run->machine);
    sim_notify_delta(&loader->release);
}

bool weight_loader_has(const struct weight_loader *loader, uint32_t turn)
{
    return turn < loader->done;
}

void weight_loader_span(const struct weight_loader *loader, uint32_t turn,
                        uint64_t *start, uint64_t *end)
{
    const uint64_t *span = loader->span[turn % (banks(loader) + 1)];

    *start = span[0];
    *end = span[1];
}
