/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/distribution.h"

#include "base/arithmetic.h"
#include "models/fast/lanes.h"
#include "models/blocks/select_store.h"

const struct parameter distribution_parameters[] = {
    { .path = "select.share",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, select.share),
      .unit = "columns",
      .minimum = 1,
      .maximum = 4096,
      .standard = "1",
      .power_of_two = true,
      .help = "columns that obey one select; the released RTL: all" },
    { .path = "select.selects",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, select.selects),
      .unit = "selects",
      .minimum = 1,
      .maximum = 4096,
      .standard = "32",
      .power_of_two = true,
      .help = "selects that a row can obey in the same clock; the released "
              "RTL: 1" },
    { .path = "select.reach",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, select.reach),
      .unit = "pairs",
      .minimum = 1,
      .maximum = PATTERN_MAX_M / 2,
      .standard = "4",
      .power_of_two = true,
      .help = "pairs that a slot can choose from; the released RTL: 4, so M "
              "is at most 8" },
    { .path = "select.straddle",
      .type = PARAMETER_BOOL,
      .offset = offsetof(struct machine, select.straddle),
      .unit = "",
      .standard = "no",
      .help = "yes: a group may begin in one row and end in the next; the "
              "RTL's wires allow it, the paper's grouping does not say so" },
    { .path = "select.strict_serial",
      .type = PARAMETER_BOOL,
      .offset = offsetof(struct machine, select.strict_serial),
      .unit = "",
      .standard = "no",
      .help = "yes: one pass for every `share` columns, dense layers too; fair "
              "only beside a dense machine that is equally serial" },
    { .path = "select.skip",
      .type = PARAMETER_BOOL,
      .offset = offsetof(struct machine, select.skip),
      .unit = "",
      .standard = "no",
      .help = "yes: dense only, and an input that no column of a column tile "
              "keeps takes no slot" },
    { .path = "select.row_wise",
      .type = PARAMETER_BOOL,
      .offset = offsetof(struct machine, select.row_wise),
      .unit = "",
      .standard = "no",
      .help = "yes: each column tile runs as the least listed pattern that "
              "covers the masks of its outputs" },
};
const size_t distribution_parameter_count =
    sizeof distribution_parameters / sizeof *distribution_parameters;

static void distribute(const struct distribution *distribution,
                       struct pass *pass, const struct image *image)
{
    struct lanes lanes = { .rows = image->span,
                           .stride = image->stride,
                           .first = pass->first,
                           .columns = pass->columns };
    size_t cells =
        (size_t)machine_slots(distribution->run->machine) * image->stride;
    int8_t *low = pass_values(pass);

    lanes_pick(low, low + cells, &lanes,
               activation_buffer_vector(distribution->activation, pass->vector),
               image->input, image->pairs, image->select);
}

static void count(const struct distribution *distribution,
                  const struct pass *pass)
{
    struct run *run = distribution->run;
    const struct schedule *schedule = run->schedule;
    const struct wave *wave = &schedule->wave[pass->wave];
    const struct column_tile *column =
        schedule_column(schedule, wave, distribution->macro);
    const struct tile *tile =
        schedule_tile(schedule, wave, distribution->macro);
    uint64_t selects = run->machine->select.selects;
    uint32_t wide = schedule->placement->mapping.set_columns;

    if (pass->number == 0)
        run_count(run, COUNTER_WIRE_BYTES, 2 * tile->wires * selects);
    run_count(run, COUNTER_ROW_LINE_BYTES, 2 * tile->slots * selects);
    run_count(run, COUNTER_SELECT_BITS_READ,
              select_store_read(schedule->placement, column, tile,
                                (uint32_t)divide_up(pass->columns, wide)));
}

static void tell(const struct distribution *distribution,
                 const struct pass *pass)
{
    const struct run *run = distribution->run;

    if (run->watch && run->watch->enter)
        run->watch->enter(
            run->watch->context, distribution->macro, run_now(run), pass,
            activation_buffer_vector(distribution->activation, pass->vector));
}

static void distribution_run(void *module)
{
    struct distribution *distribution = module;
    struct pass *pass;

    if (!pipe_can_get(distribution->in))
        return;
    pass = pipe_put_slot(distribution->out);
    *pass = *(const struct pass *)pipe_get_slot(distribution->in);
    if (distribution->run->values)
        distribute(distribution, pass,
                   weight_loader_image(distribution->loader, pass->wave,
                                       distribution->macro));
    count(distribution, pass);
    tell(distribution, pass);
    pipe_put_done(distribution->out);
    pipe_get_done(distribution->in);
}

void distribution_init(struct distribution *distribution, struct run *run,
                       uint32_t macro, const struct weight_loader *loader,
                       const struct activation_buffer *activation,
                       struct pipe *in, struct pipe *out)
{
    *distribution = (struct distribution){ .run = run,
                                           .loader = loader,
                                           .activation = activation,
                                           .macro = macro,
                                           .in = in,
                                           .out = out };
    sim_method_init(&distribution->process, run->sim, "distribution",
                    distribution_run, distribution);
    sim_sensitive(&distribution->process, &in->due);
}
