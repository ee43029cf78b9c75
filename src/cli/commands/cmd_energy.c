/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/version.h"
#include "cli/print/known_value.h"
#include "cli/print/query_table.h"

struct energy_options {
    const char *costs, *run;
};

static int cmd_energy_run(const struct call *call, struct error *err)
{
    const struct energy_options *asked = call->options;
    struct query_parameter parameters[4] = { { "prefer", version_text() } };
    struct query_ask ask = { .name = "energy",
                             .parameters = parameters,
                             .count = 1 };
    struct store *store;
    int status;

    if (call->count > 0)
        parameters[ask.count++] =
            (struct query_parameter){ "machine", call->arguments[0] };
    if (asked->costs)
        parameters[ask.count++] =
            (struct query_parameter){ "costs", asked->costs };
    if (asked->run)
        parameters[ask.count++] = (struct query_parameter){ "run", asked->run };
    if (store_open(&store, call->db, STORE_READ, err) < 0)
        return -1;
    status = known_value_check(store, &ask, err);
    if (status == 0)
        status =
            query_table(store, &ask, table_format_of(call, TABLE_ALIGNED), err);
    store_close(store);
    return status;
}

#define AT(member) offsetof(struct energy_options, member)

static const struct command_option option_table[] = {
    { "run", 0, OPTION_TEXT, AT(run), "RUN", NULL, NULL,
      "one run (the newest of each trace and machine)" },
    { "costs", 0, OPTION_TEXT, AT(costs), "NAME", NULL, NULL,
      "a cost table that was added with `flexcim costs FILE` (base)" },
    { 0 }
};

const struct command cmd_energy = {
    .name = "energy",
    .arguments = "[MACHINE]",
    .summary = "what energy the runs took, block by block, and how sure it is",
    .description =
        "Energy is counters times cost, at the activity that was counted in "
        "the trace's inputs and weights. from_uj and to_uj span 7 % around "
        "that activity (0.25 to 0.5 where it could not be counted), and every "
        "price and leakage from one end of its band to the other (`flexcim "
        "costs`). Leakage is that of memory_device at kelvin; `flexcim costs "
        "--kelvin 320 --memory low-standby` adds a table for others.",
    .common = COMMAND_DB | COMMAND_JSON,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct energy_options),
    .run = cmd_energy_run,
};
