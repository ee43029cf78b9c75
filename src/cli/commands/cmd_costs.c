/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "base/opened.h"
#include "cli/print/output.h"
#include "cli/print/query_table.h"
#include "cli/frame/results.h"
#include "replay/cost_file.h"

struct costs_options {
    double node, voltage, kelvin;
    const char *memory;
};

static int cmd_costs_print(struct store *store, const char *table,
                           const struct call *call, struct error *err)
{
    const struct query_parameter parameters[] = { { "costs", table } };
    const struct query_ask ask = { .name = "costs",
                                   .parameters = parameters,
                                   .count = table ? 1 : 0 };

    return query_table(store, &ask, table_format_of(call, TABLE_ALIGNED), err);
}

static struct cost_variant variant_of(const struct costs_options *asked,
                                      const char *from)
{
    return (struct cost_variant){ .from = from,
                                  .node = asked->node,
                                  .voltage = asked->voltage,
                                  .kelvin = asked->kelvin,
                                  .memory = asked->memory };
}

/* What the store has of `from` under other conditions. */
static int print_variant(struct store *store, const char *from,
                         const struct call *call, struct error *err)
{
    const struct costs_options *asked = call->options;
    const struct cost_variant variant = variant_of(asked, from);
    bool jumps;
    char *table;
    int status = cost_variant_put(&table, &variant, &jumps, store, err);

    if (status == 0) {
        if (jumps)
            output_note(call, cost_node_jump, asked->node);
        output_note(call, "cost table %s", table);
        status = cmd_costs_print(store, table, call, err);
        free(table);
    }
    return status;
}

static int cmd_costs_run(const struct call *call, struct error *err)
{
    const struct costs_options *asked = call->options;
    const struct cost_variant variant = variant_of(asked, "base");
    bool other = cost_variant_any(&variant);
    struct store *store;
    char *table = NULL;
    int status = 0;

    if (call->count == 0 && !other) {
        if (store_open_scratch(&store, err) < 0)
            return -1;
        status = cmd_costs_print(store, NULL, call, err);
        store_close(store);
        return status;
    }
    if (call->count > 0)
        opened_add_path(call->arguments[0]);
    if (results_open(&store, call, err) < 0)
        return -1;
    if (call->count > 0)
        status = cost_file_put(&table, call->arguments[0], store, err);
    if (status == 0 && !other)
        status = cmd_costs_print(store, table, call, err);
    else if (status == 0)
        status = print_variant(store, table ? table : "base", call, err);
    free(table);
    return results_close(store, status, err);
}

#define AT(member) offsetof(struct costs_options, member)

static const struct command_option option_table[] = {
    { "node", 0, OPTION_REAL, AT(node), "NM", NULL, NULL,
      "the table at another node, by published factors" },
    { "voltage", 0, OPTION_REAL, AT(voltage), "V", NULL, NULL,
      "of that node (0.9)" },
    { "kelvin", 0, OPTION_REAL, AT(kelvin), "K", NULL, NULL,
      "as it leaks at another temperature, 300 to 400 (350)" },
    { "memory", 0, OPTION_TEXT, AT(memory), "DEVICE", NULL, NULL,
      "SRAM of high-performance or low-standby devices" },
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
        "so that no clock is known there. --kelvin and --memory say what "
        "leaks, and are added likewise, as `320K-low-standby`.",
    .common = COMMAND_DB | COMMAND_JSON,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct costs_options),
    .run = cmd_costs_run,
};
