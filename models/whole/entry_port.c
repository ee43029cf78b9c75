/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whatever the next pass waited for last is what the clocks since the pass
 * before are charged to: its wave's image, the load, its makers, its inputs,
 * the read, a credit, in this order.  Of several makers the clocks go to the
 * last one's unit, which is known only when all of them are done: until then
 * the job keeps them.
 */
#include "models/whole/entry_port.h"

#include "base/arithmetic.h"
#include "models/whole/whole.h"

static void port_spend(uint64_t *clocks, uint64_t *from, uint64_t to)
{
    if (to <= *from)
        return;
    *clocks += to - *from;
    *from = to;
}

void entry_port_drain(struct entry_port *port, uint32_t name, uint64_t over)
{
    struct whole *whole = port->station.whole;
    uint64_t *spent = whole->sum[name].spent, at = port->free;

    port_spend(&spent[PROGRAMME_DRAIN], &at,
               port->free + whole->machine->latency);
    port_spend(&spent[PROGRAMME_OUTPUT], &at, whole->sums.free);
    port_spend(&spent[PROGRAMME_MEMORY], &at, over);
}

static void explain_wait(struct entry_port *port,
                         const struct agenda_wave *wave,
                         const struct read_vector *vector)
{
    struct whole *whole = port->station.whole;
    struct agenda_job *job = deque_at(&whole->agenda.job, wave->job);
    uint32_t name = agenda_task_of(&whole->agenda, job)->of.name;
    uint64_t *spent = whole->sum[name].spent;
    uint64_t at = max(port->free, agenda_turn(&whole->agenda, wave->job));

    port_spend(&spent[PROGRAMME_MEMORY], &at, wave->load_start);
    port_spend(&spent[PROGRAMME_LOADER], &at, wave->load_end);
    port_spend(&job->made, &at, vector->makers);
    port_spend(&spent[PROGRAMME_MEMORY], &at, vector->inputs);
    port_spend(&spent[PROGRAMME_READ], &at, vector->ready);
    port_spend(&spent[PROGRAMME_OUTPUT], &at, station_now(&port->station));
    spent[PROGRAMME_COMPUTE] += wave->of.entry;
    whole_count(whole, name, COUNTER_PASSES, 1);
    whole_count(whole, name, COUNTER_VECTORS, port->pass == 0);
}

static void port_enter(struct entry_port *port, const struct agenda_wave *wave,
                       const struct read_vector *vector)
{
    struct whole *whole = port->station.whole;
    struct pass_of_wave pass = { port->wave, port->vector, port->pass, 0 };

    explain_wait(port, wave, vector);
    port->free = station_now(&port->station) + wave->of.entry;
    pass.clock = port->free - 1 + whole->machine->latency;
    sum_queue_put(&whole->sums, &pass);
    if (++port->pass < wave->of.passes)
        return;
    port->pass = 0;
    vector_reader_enter(&whole->reader, port->free);
    if (++port->vector < wave->vectors)
        return;
    port->vector = 0;
    tile_loader_free_bank(&whole->loader, port->wave,
                          port->free + whole->machine->bank_wait);
    port->wave++;
}

static void entry_port_run(void *module)
{
    struct entry_port *port = module;
    struct whole *whole = port->station.whole;
    const struct read_vector *vector;

    while ((vector = vector_reader_next(&whole->reader)) != NULL) {
        const struct agenda_wave *wave =
            deque_at(&whole->agenda.wave, port->wave);
        uint64_t from = max(max(port->free, wave->load_end),
                            max(vector->ready, sum_queue_from(&whole->sums)));

        if (!station_has_come(&port->station, from))
            return;
        port_enter(port, wave, vector);
    }
}

void entry_port_init(struct entry_port *port, struct whole *whole)
{
    *port = (struct entry_port){ 0 };
    station_init(&port->station, whole, "entry_port", entry_port_run, port);
}
