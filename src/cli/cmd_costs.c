/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "cli/query_table.h"
#include "cli/results.h"
#include "replay/cost_file.h"

static int print(struct store *store, const char *table,
                 const struct call *call, struct error *err)
{
    const struct query_parameter parameters[] = { { "costs", table } };

    return query_table(store, "costs", parameters, table ? 1 : 0,
                       table_format_of(call, TABLE_ALIGNED), err);
}

static int run(const struct call *call, struct error *err)
{
    struct store *store;
    char *table = NULL;
    int status = 0;

    if (call->count == 0) {
        if (store_open_scratch(&store, err) < 0)
            return -1;
        status = print(store, NULL, call, err);
        store_close(store);
        return status;
    }
    if (results_open(&store, call, err) < 0)
        return -1;
    status = cost_file_put(&table, call->arguments[0], store, err);
    if (status == 0)
        status = print(store, table, call, err);
    free(table);
    return results_close(store, status, err);
}

const struct command cmd_costs = {
    .name = "costs",
    .arguments = "[FILE]",
    .summary = "what components cost, or a cost table of your own",
    .description =
        "Prints the cost table with the source of every row. A FILE in YAML "
        "says what differs from it, a component a section, such as "
        "`full_adder:` with `energy_fj: 2.1` under it; it is added to the "
        "results file under the file's name, and all runs there are priced "
        "with it as well, without being replayed.",
    .common = COMMAND_DB | COMMAND_JSON,
    .maximum = 1,
    .run = run,
};
