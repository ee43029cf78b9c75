/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "cli/query_table.h"
#include "cli/road.h"
#include "cli/words.h"
#include "replay/replay_run.h"

static const char *machines = "flexcim";
static struct texts settings;
static bool again;

static int replay_on(struct road *road, const struct sparse_trace *trace,
                     const char *machine, struct error *err)
{
    struct machine_file file;
    struct replay_run run = { .store = road->store,
                              .trace = trace,
                              .machine = &file,
                              .again = again,
                              .verify = true,
                              .workers = (unsigned)road->call->workers,
                              .progress = &road->progress };
    int status;

    if (machine_file_read(&file, machine, settings.at, settings.count, err) < 0)
        return -1;
    status = replay_run(&run, err);
    machine_file_release(&file);
    return status;
}

static int print(struct road *road, const struct sparse_trace *trace,
                 struct error *err)
{
    const struct query_parameter parameters[] = { { "trace", trace->hash } };

    return query_table(road->store, "replay", parameters, 1,
                       table_format_of(road->call, TABLE_ALIGNED), err);
}

static int run(const struct call *call, struct error *err)
{
    struct sparse_trace trace;
    struct words names;
    struct road road;
    int status;

    if (words_split(&names, machines, "--machine", err) < 0)
        return -1;
    if (sparse_trace_open(&trace, call->arguments[0], err) < 0) {
        words_release(&names);
        return -1;
    }
    road_begin(&road, call);
    status = road_open(&road, err);
    if (status == 0)
        status = road_put_sparse(&road, &trace, err);
    for (size_t i = 0; status == 0 && i < names.count; i++)
        status = replay_on(&road, &trace, names.at[i], err);
    if (status == 0)
        status = print(&road, &trace, err);
    status = road_end(&road, status, err);
    sparse_trace_close(&trace);
    words_release(&names);
    return status;
}

static const struct command_option options[] = {
    { "machine", 'm', OPTION_TEXT, &machines, "NAME[,NAME...]", NULL,
      "machines, by name or path; `flexcim machines` lists them (flexcim)" },
    { "set", 0, OPTION_TEXTS, &settings, "PARAMETER=VALUE", NULL,
      "change a parameter, e.g. macro.rows=64; may be given several times" },
    { "again", 0, OPTION_FLAG, &again, NULL, NULL,
      "replay also what the results file has" },
    { 0 }
};

const struct command cmd_replay = {
    .name = "replay",
    .arguments = "TRACE",
    .summary = "replay a sparse trace on a machine, cycle by cycle",
    .description =
        "Every vector goes through every block with its real values; each "
        "layer's outputs are compared with the integer product. What the "
        "results file has already is not replayed again.",
    .example = "flexcim replay sparse.trace --machine flexcim,dense",
    .often = true,
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = options,
    .run = run,
};
