/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/entry.h"

#include <stdlib.h>

#include "base/memory.h"

void entry_init(struct entry *entry, const struct programme_machine *machine)
{
    *entry = (struct entry){ .credits = machine->credits,
                             .latency = machine->latency,
                             .parts = machine->rate[0],
                             .how = machine->spent };
    entry->ends = memory_new(machine->credits, sizeof *entry->ends);
}

void entry_release(struct entry *entry)
{
    free(entry->ends);
}

void entry_restart(struct entry *entry, instant now)
{
    entry->port = entry->read = entry->released = now;
    for (uint32_t i = 0; i < entry->credits; i++)
        entry->ends[i] = now;
}

/* A machine of whole clocks sees both ends rounded up. */
static inline void entry_spend(struct entry *entry, instant *spent,
                               enum programme_clock clock, instant *from,
                               instant to)
{
    if (to <= *from)
        return;
    if (entry->how == SPENT_WHOLE) {
        spent[clock] += instant_at(instant_clock(to) - instant_clock(*from));
        entry->parted[clock] += instant_part(to) != instant_part(*from);
    } else {
        spent[clock] = instant_plus(
            spent[clock], instant_since(to, *from, entry->parts), entry->parts);
    }
    *from = to;
}

void entry_drain(struct entry *entry, instant *spent, instant over)
{
    instant at = entry->port;

    entry_spend(entry, spent, PROGRAMME_DRAIN, &at,
                instant_after(entry->port, entry->latency));
    entry_spend(entry, spent, PROGRAMME_OUTPUT, &at, entry_last(entry));
    entry_spend(entry, spent, PROGRAMME_MEMORY, &at, over);
}

/* The passes of a vector enter as soon as credits let them: whatever else the
 * first of them waited for is over. */
static void enter_passes(struct entry *entry, instant *spent,
                         const struct task_wave *wave, instant at, instant last)
{
    for (uint32_t pass = 0; pass < wave->passes; pass++) {
        instant *end = &entry->ends[entry->next];

        entry_spend(entry, spent, PROGRAMME_OUTPUT, &at, *end);
        at = instant_after(at, wave->entry);
        last = instant_later(instant_after(at, entry->latency) - instant_at(1),
                             last);
        last = instant_after(last, wave->output[pass]);
        *end = last;
        if (++entry->next == entry->credits)
            entry->next = 0;
    }
    spent[PROGRAMME_COMPUTE] +=
        instant_at((uint64_t)wave->passes * wave->entry);
    entry->port = at;
}

void entry_add(struct entry *entry, instant *spent,
               const struct task_wave *wave, struct entry_gates *gates)
{
    instant usable = instant_later(gates->inputs, gates->makers);
    instant at = entry->port;

    entry->ready =
        instant_after(instant_later(entry->read, usable), wave->read);
    if (gates->load_end > at) {
        entry_spend(entry, spent, PROGRAMME_MEMORY, &at,
                    gates->load_end - instant_at(wave->load));
        entry_spend(entry, spent, PROGRAMME_LOADER, &at, gates->load_end);
    }
    entry_spend(entry, spent, gates->maker, &at, gates->makers);
    entry_spend(entry, spent, PROGRAMME_MEMORY, &at, gates->inputs);
    entry_spend(entry, spent, PROGRAMME_READ, &at, entry->ready);
    enter_passes(entry, spent, wave, at,
                 instant_later(entry_last(entry), gates->sums));
    gates->sums = 0;
    entry->read = instant_later(entry->ready, entry->released);
    entry->released = entry->port;
}
