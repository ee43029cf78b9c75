/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim sweep`: all points of an experiment's space into one results file.
 * Points that are there are not replayed again, so that a sweep that was
 * stopped goes on. Rank 0 under mpirun, or the process that forked the workers,
 * is the only one that writes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "cli/frame/crew_call.h"
#include "cli/print/output.h"
#include "cli/frame/results.h"
#include "cli/print/table.h"
#include "base/words.h"
#include "sweep/point.h"
#include "sweep/room.h"
#include "sweep/sweep.h"
#include "sweep/whole.h"

struct sweep_options {
    const char *shard;
    bool retry, list;
};

/* "2/8" is the second of eight. */
static int list(const struct call *call, const struct sweep *sweep)
{
    static const char *const columns[] = { "point",   "state",   "clocks",
                                           "machine", "trace",   "pattern",
                                           "tokens",  "settings" };
    char pattern[INPUT_TEXT], tokens[INPUT_TEXT];
    struct table table;

    table_begin(&table, table_format_of(call, TABLE_ALIGNED),
                sizeof columns / sizeof *columns, columns);
    for (size_t i = 0; i < sweep->points; i++) {
        const struct sweep_point *row = &sweep->point[i];
        struct point point;

        point_make(&point, sweep->experiment, row->number);
        table_integer(&table, (int64_t)row->number);
        table_text(&table, sweep_states[row->state]);
        table_integer(&table, (int64_t)row->estimate);
        table_text(&table, point.machine.name);
        input_pattern(pattern, point.input);
        input_tokens(tokens, point.input);
        table_text(&table, point.input->name);
        table_text(&table, pattern);
        table_text(&table, tokens);
        table_text(&table, point.settings);
        point_release(&point);
    }
    table_end(&table);
    return 0;
}

static void cmd_sweep_print(const struct call *call, const struct sweep *sweep)
{
    const struct sweep_options *asked = call->options;
    static const char *const columns[] = { "experiment",  "points",
                                           "done",        "failed",
                                           "done_before", "failed_before" };
    struct table table;

    table_begin(&table, table_format_of(call, TABLE_ALIGNED),
                sizeof columns / sizeof *columns, columns);
    table_text(&table, sweep->experiment->name);
    table_integer(&table, (int64_t)sweep->points);
    table_integer(&table, (int64_t)sweep->done);
    table_integer(&table, (int64_t)sweep->failed);
    table_integer(&table, (int64_t)sweep->done_before);
    table_integer(&table, (int64_t)sweep->failed_before);
    table_end(&table);
    if (sweep->failed_before > 0 && !asked->retry)
        output_note(call,
                    "%zu points failed before and were left; --retry tries "
                    "them again",
                    sweep->failed_before);
}

static int sweep_with(const struct call *call, struct sweep *sweep,
                      struct crew *crew, struct error *err)
{
    struct whole_points points = { .experiment = sweep->experiment };
    struct progress progress;
    struct store *store;
    double work;
    size_t left;
    int status;

    if (results_open(&store, call, err) < 0)
        return -1;
    status = sweep_begin(sweep, store, err);
    left = sweep_to_do(sweep, &work);
    if (status == 0)
        output_note(call,
                    "%s: %zu points, %zu to do (about %.3g clocks, %.2g MB of "
                    "results), %u at a time (%.0f MB of memory each)",
                    sweep->experiment->name, sweep->points, left, work,
                    sweep_bytes(sweep) / 1e6, crew_workers(crew),
                    room_worker(sweep->experiment) / 1e6);
    progress_init(&progress, call->quiet ? NULL : stderr);
    points.store = store;
    points.work = (struct work){ (unsigned)call->workers, &progress };
    if (status == 0 && left > 0)
        status = sweep_run(sweep, store, crew, &progress, err);
    if (status == 0)
        status = sweep_infer(sweep, &points, err);
    progress_release(&progress);
    if (status == 0) {
        cmd_sweep_print(call, sweep);
        crew_call_note_whole(call, &points);
    }
    status = results_close(store, status, err);
    if (status == 0 && sweep->lost.length > 0)
        return error_set(err, ERROR_FAILED, "%s; the same command tries again",
                         sweep->lost.at);
    return status;
}

static int cmd_sweep_lead(const struct call *call,
                          struct experiment *experiment, struct crew *crew,
                          struct error *err)
{
    const struct sweep_options *asked = call->options;
    uint64_t shard, shards;
    struct sweep sweep;
    int status;

    if (words_part(&shard, &shards, asked->shard, "--shard", err) < 0 ||
        sweep_plan(&sweep, experiment, shard, shards, err) < 0)
        return -1;
    sweep.retry = asked->retry;
    status =
        asked->list ? list(call, &sweep) : sweep_with(call, &sweep, crew, err);
    sweep_release(&sweep);
    return status;
}

static int cmd_sweep_run(const struct call *call, struct error *err)
{
    const struct crew_call what = { .call = call, .lead = cmd_sweep_lead };

    return crew_call_run(&what, err);
}

#define AT(member) offsetof(struct sweep_options, member)

static const struct command_option option_table[] = {
    { "list", 0, OPTION_FLAG, AT(list), NULL, NULL, NULL,
      "print the points, longest first, and replay none" },
    { "retry", 0, OPTION_FLAG, AT(retry), NULL, NULL, NULL,
      "replay also points that failed before" },
    { "shard", 0, OPTION_TEXT, AT(shard), "I/N", NULL, "1/1",
      "replay only part I of N, each into its own results file; `flexcim "
      "merge` puts them together" },
    { 0 }
};

const struct command cmd_sweep = {
    .name = "sweep",
    .arguments = "EXPERIMENT",
    .summary = "replay every point of an experiment: traces x machines x "
               "parameters",
    .description =
        "EXPERIMENT is a YAML file. What the results file has is not replayed "
        "again; a point that cannot be replayed is a failed run with its "
        "reason. Workers are processes: one that dies costs its point only. "
        "Under mpirun rank 0 hands out the points and writes the results, and "
        "all other ranks replay. `flexcim query experiment` shows every point.",
    .example = "flexcim sweep experiments/sharing/experiment.yaml -j 2",
    .often = true,
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_CREW,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct sweep_options),
    .run = cmd_sweep_run,
};
