/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/tile_loader.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/whole/whole.h"

static struct loader_bank *bank_of(const struct tile_loader *loader,
                                   size_t wave)
{
    return &loader->bank[wave % loader->station.whole->machine->banks];
}

void tile_loader_free_bank(struct tile_loader *loader, size_t wave,
                           uint64_t clock)
{
    bank_of(loader, wave)->freed = clock;
    station_wake(&loader->station);
}

/* What an earlier job left in a bank does not matter to one that starts cold.
 */
static uint64_t bank_from(const struct tile_loader *loader,
                          const struct agenda_wave *wave)
{
    const struct whole *whole = loader->station.whole;
    const struct loader_bank *bank = bank_of(loader, loader->next);

    if (whole->machine->overlap == OVERLAP_NONE && bank->job != wave->job)
        return 0;
    return bank->freed;
}

static uint64_t tile_loader_from(const struct tile_loader *loader,
                                 const struct agenda_wave *wave)
{
    const struct agenda *agenda = &loader->station.whole->agenda;
    uint64_t image =
        wave->of.image > 0 ? wave->image : agenda_made(agenda, wave);

    return max(max(loader->free, agenda_turn(agenda, wave->job)),
               max(image, bank_from(loader, wave)));
}

static void tile_loader_load(struct tile_loader *loader,
                             struct agenda_wave *wave)
{
    struct whole *whole = loader->station.whole;
    const struct agenda_job *job = deque_at(&whole->agenda.job, wave->job);
    uint32_t name = agenda_task_of(&whole->agenda, job)->of.name;

    wave->load_start = station_now(&loader->station);
    wave->load_end = loader->free = wave->load_start + wave->of.load;
    *bank_of(loader, loader->next) = (struct loader_bank){ NEVER, wave->job };
    if (wave->of.image > 0)
        room_free(&whole->bus.staging, loader->images++, wave->load_end);
    state_store_load(whole, name, &wave->of);
    whole_count(whole, name, COUNTER_OPERAND_BYTES, wave->of.held);
    whole_count(whole, name, COUNTER_WAVES, 1);
    whole_count(whole, name, COUNTER_LOAD_CLOCKS, wave->of.load);
    loader->next++;
    station_wake(&whole->port.station);
    station_wake(&whole->bus.station);
}

static void tile_loader_run(void *module)
{
    struct tile_loader *loader = module;
    struct agenda *agenda = &loader->station.whole->agenda;
    struct agenda_wave *wave;

    while ((wave = agenda_wave(agenda, loader->next)) != NULL) {
        if (!station_has_come(&loader->station, tile_loader_from(loader, wave)))
            return;
        tile_loader_load(loader, wave);
    }
}

void tile_loader_init(struct tile_loader *loader, struct whole *whole)
{
    *loader = (struct tile_loader){ 0 };
    station_init(&loader->station, whole, "tile_loader", tile_loader_run,
                 loader);
    loader->bank = memory_new(whole->machine->banks, sizeof *loader->bank);
}

void tile_loader_release(struct tile_loader *loader)
{
    free(loader->bank);
}
