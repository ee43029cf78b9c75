/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "cli/print/output.h"
#include "cli/print/query_table.h"
#include "replay/cost_file.h"
#include "replay/machine_file.h"

struct area_options {
    const char *costs, *memory;
    double node, voltage, kelvin;
    struct texts settings;
};

/* Prices under other conditions, if any are asked for. */
static int price_variant(char **table, struct store *store,
                         const struct call *call, struct error *err)
{
    const struct area_options *asked = call->options;
    char *from = *table ? *table : memory_text("base");
    const struct cost_variant variant = { .from = from,
                                          .node = asked->node,
                                          .voltage = asked->voltage,
                                          .kelvin = asked->kelvin,
                                          .memory = asked->memory };
    bool jumps = false;
    int status;

    if (!cost_variant_any(&variant)) {
        *table = from;
        return 0;
    }
    status = cost_variant_put(table, &variant, &jumps, store, err);

    free(from);
    if (jumps)
        output_note(call, cost_node_jump, asked->node);
    return status;
}

static int price(struct store *store, const struct machine_file *file,
                 const struct call *call, struct error *err)
{
    const struct area_options *asked = call->options;
    struct query_parameter parameters[] = { { "machine", file->hash },
                                            { "costs", "base" } };
    const struct query_ask ask = { .name = "area",
                                   .parameters = parameters,
                                   .count = 2 };
    char *table = NULL;
    int status = machine_file_put(file, store, err);

    if (status == 0 && asked->costs)
        status = cost_file_put(&table, asked->costs, store, err);
    if (status == 0)
        status = price_variant(&table, store, call, err);
    if (table)
        parameters[1].value = table;
    if (status == 0)
        status =
            query_table(store, &ask, table_format_of(call, TABLE_ALIGNED), err);
    free(table);
    return status;
}

static int cmd_area_run(const struct call *call, struct error *err)
{
    const struct area_options *asked = call->options;
    struct machine_file file;
    struct store *store;
    int status;

    if (machine_file_read(&file, call->arguments[0], asked->settings.at,
                          asked->settings.count, err) < 0)
        return -1;
    status = store_open_scratch(&store, err);
    if (status == 0) {
        status = price(store, &file, call, err);
        store_close(store);
    }
    machine_file_release(&file);
    return status;
}

#define AT(member) offsetof(struct area_options, member)

static const struct command_option option_table[] = {
    { "set", 0, OPTION_TEXTS, AT(settings), "PARAMETER=VALUE", NULL, NULL,
      "change a parameter, e.g. macro.rows=64; may be given several times" },
    { "costs", 0, OPTION_TEXT, AT(costs), "FILE", NULL, NULL,
      "a cost table of your own (see `flexcim costs --help`)" },
    { "node", 0, OPTION_REAL, AT(node), "NM", NULL, NULL,
      "at another node, by published factors (28)" },
    { "voltage", 0, OPTION_REAL, AT(voltage), "V", NULL, NULL,
      "of that node (0.9)" },
    { "kelvin", 0, OPTION_REAL, AT(kelvin), "K", NULL, NULL,
      "as it leaks at another temperature, 300 to 400 (350)" },
    { "memory", 0, OPTION_TEXT, AT(memory), "DEVICE", NULL, NULL,
      "SRAM of high-performance or low-standby devices" },
    { 0 }
};

const struct command cmd_area = {
    .name = "area",
    .arguments = "MACHINE",
    .summary = "how large a machine is, block by block",
    .description =
        "Area is parts times cost; `flexcim costs` shows the costs and their "
        "sources. Controller, requantisation and the memory of resident "
        "weights are not in it. The fastest clock is that of the longest path "
        "of gates, without wires and margins.",
    .common = COMMAND_JSON,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct area_options),
    .run = cmd_area_run,
};
