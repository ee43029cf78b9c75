/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "cli/print/output.h"
#include "cli/print/query_table.h"
#include "cli/frame/results.h"
#include "replay/cost_file.h"

static int print(struct store *store, const char *table,
                 const struct call *call, struct error *err)
{
    const struct query_parameter parameters[] = { { "costs", table } };

    return query_table(store, "costs", parameters, table ? 1 : 0,
                       table_format_of(call, TABLE_ALIGNED), err);
}

static double node = NAN, voltage = 0.9;

/* What the store has of `from` at another node. */
static int at_node(struct store *store, const char *from,
                   const struct call *call, struct error *err)
{
    bool jumps;
    char *table;
    int status = cost_node_put(&table, from, node, voltage, &jumps, store, err);

    if (status == 0) {
        if (jumps)
            output_note(call, cost_node_jump, node);
        output_note(call, "cost table %s", table);
        status = print(store, table, call, err);
        free(table);
    }
    return status;
}

static int run(const struct call *call, struct error *err)
{
    struct store *store;
    char *table = NULL;
    int status = 0;

    if (call->count == 0 && isnan(node)) {
        if (store_open_scratch(&store, err) < 0)
            return -1;
        status = print(store, NULL, call, err);
        store_close(store);
        return status;
    }
    if (results_open(&store, call, err) < 0)
        return -1;
    if (call->count > 0)
        status = cost_file_put(&table, call->arguments[0], store, err);
    if (status == 0 && isnan(node))
        status = print(store, table, call, err);
    else if (status == 0)
        status = at_node(store, table ? table : "base", call, err);
    free(table);
    return results_close(store, status, err);
}

static const struct command_option options[] = {
    { "node", 0, OPTION_REAL, &node, "NM", NULL,
      "the table at another node, by published factors" },
    { "voltage", 0, OPTION_REAL, &voltage, "V", NULL, "of that node (0.9)" },
    { 0 }
};

const struct command cmd_costs = {
    .name = "costs",
    .arguments = "[FILE]",
    .summary = "what components cost, or a cost table of your own",
    .description =
        "Prints the cost table with the source of every row. A FILE in YAML "
        "says what differs from it, a component a section, such as "
        "`full_adder:` with `energy_fj: 2.1` under it; it is added to the "
        "results file under the file's name, and all runs there are priced "
        "with it as well, without being replayed. With --node a table at "
        "another node is added likewise, as `16nm-0.8V`; delays are not "
        "scaled, "
        "so that no clock is known there.",
    .common = COMMAND_DB | COMMAND_JSON,
    .maximum = 1,
    .options = options,
    .run = run,
};
