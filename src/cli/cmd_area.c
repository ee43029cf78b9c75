/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "cli/query_table.h"
#include "replay/cost_file.h"
#include "replay/machine_file.h"

static const char *costs;
static struct texts settings;

static int price(struct store *store, const struct machine_file *file,
                 const struct call *call, struct error *err)
{
    struct query_parameter parameters[] = { { "machine", file->hash },
                                            { "costs", "base" } };
    char *table = NULL;
    int status = machine_file_put(file, store, err);

    if (status == 0 && costs)
        status = cost_file_put(&table, costs, store, err);
    if (table)
        parameters[1].value = table;
    if (status == 0)
        status = query_table(store, "area", parameters, 2,
                             table_format_of(call, TABLE_ALIGNED), err);
    free(table);
    return status;
}

static int run(const struct call *call, struct error *err)
{
    struct machine_file file;
    struct store *store;
    int status;

    if (machine_file_read(&file, call->arguments[0], settings.at,
                          settings.count, err) < 0)
        return -1;
    status = store_open_scratch(&store, err);
    if (status == 0) {
        status = price(store, &file, call, err);
        store_close(store);
    }
    machine_file_release(&file);
    return status;
}

static const struct command_option options[] = {
    { "set", 0, OPTION_TEXTS, &settings, "PARAMETER=VALUE", NULL,
      "change a parameter, e.g. macro.rows=64; may be given several times" },
    { "costs", 0, OPTION_TEXT, &costs, "FILE", NULL,
      "a cost table of your own (see `flexcim costs --help`)" },
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
    .options = options,
    .run = run,
};
