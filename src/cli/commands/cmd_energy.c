/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/query_table.h"

static const char *costs, *run_key;

static int run(const struct call *call, struct error *err)
{
    struct query_parameter parameters[3];
    struct store *store;
    size_t count = 0;
    int status;

    if (call->count > 0)
        parameters[count++] =
            (struct query_parameter){ "machine", call->arguments[0] };
    if (costs)
        parameters[count++] = (struct query_parameter){ "costs", costs };
    if (run_key)
        parameters[count++] = (struct query_parameter){ "run", run_key };
    if (store_open(&store, call->db, STORE_READ, err) < 0)
        return -1;
    status = query_table(store, "energy", parameters, count,
                         table_format_of(call, TABLE_ALIGNED), err);
    store_close(store);
    return status;
}

static const struct command_option options[] = {
    { "run", 0, OPTION_TEXT, &run_key, "RUN", NULL,
      "one run (the newest of each trace and machine)" },
    { "costs", 0, OPTION_TEXT, &costs, "NAME", NULL,
      "a cost table that was added with `flexcim costs FILE` (base)" },
    { 0 }
};

const struct command cmd_energy = {
    .name = "energy",
    .arguments = "[MACHINE]",
    .summary = "what energy the runs took, block by block, and how sure it is",
    .description =
        "Energy is counters times cost, at the activity that was counted in "
        "the trace's inputs and weights. from_uj and to_uj span an activity of "
        "0.25 to 0.5 and SRAM at half to one and a half.",
    .common = COMMAND_DB | COMMAND_JSON,
    .maximum = 1,
    .options = options,
    .run = run,
};
