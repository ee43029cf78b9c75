/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/distribution.h"

#include "base/arithmetic.h"
#include "models/fast/lanes.h"
#include "models/blocks/select_store.h"

static void distribute(const struct distribution *distribution,
                       struct pass *pass)
{
    const struct image *image = site_image(&distribution->site, pass);
    const struct mapping *mapping =
        &run_placement(distribution->site.run, pass)->mapping;
    struct lanes lanes = { .rows = image->span,
                           .stride = image->stride,
                           .first = pass->first,
                           .columns = pass->columns };
    struct lanes_choice choice = {
        .vector = site_vector(&distribution->site, pass),
        .input = image->input,
        .pairs = image->pairs,
        .select = image->select,
    };
    size_t cells = (size_t)mapping->slots * mapping->columns;
    int8_t *low = pass_values(pass);

    lanes_pick(low, low + cells, &lanes, &choice);
}

void distribution_count(uint64_t counters[COUNTERS], const struct visit *visit)
{
    uint64_t selects = visit->placement->machine->select.selects *
                       visit->placement->mapping.teams;

    counters[COUNTER_WIRE_BYTES] +=
        2 * visit->tile->wires * selects * visit->vectors;
    counters[COUNTER_ROW_LINE_BYTES] +=
        2 * visit->tile->slots * selects * visit->passes;
}

static void tell_entry(const struct distribution *distribution,
                       const struct pass *pass)
{
    const struct run *run = distribution->site.run;

    if (run->watch && run->watch->enter)
        run->watch->enter(run->watch->context, distribution->site.macro,
                          run_now(run), pass,
                          site_vector(&distribution->site, pass));
}

static void distribution_run(void *module)
{
    struct distribution *distribution = module;
    struct run *run = distribution->site.run;
    struct visit visit;
    struct pass *pass;

    if (!pipe_can_get(distribution->in))
        return;
    pass = pipe_put_slot(distribution->out);
    *pass = *(const struct pass *)pipe_get_slot(distribution->in);
    if (run->values)
        distribute(distribution, pass);
    visit = run_visit(run, pass);
    distribution_count(run->counters, &visit);
    select_store_count(run->counters, &visit);
    tell_entry(distribution, pass);
    pipe_put_done(distribution->out);
    pipe_get_done(distribution->in);
}

void distribution_init(struct distribution *distribution,
                       const struct site *site, struct pipe *in,
                       struct pipe *out)
{
    *distribution =
        (struct distribution){ .site = *site, .in = in, .out = out };
    sim_method_init(&distribution->process, site->run->sim, "distribution",
                    distribution_run, distribution);
    sim_sensitive(&distribution->process, &in->due);
}
