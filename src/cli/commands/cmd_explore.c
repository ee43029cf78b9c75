/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/crew_call.h"
#include "cli/print/output.h"
#include "cli/frame/version.h"
#include "cli/print/query_table.h"
#include "cli/frame/results.h"
#include "sweep/explore.h"

struct explore_options {
    uint64_t budget, seed;
};

static int print_front(const struct call *call, struct store *store,
                       const struct experiment *experiment, struct error *err)
{
    const struct query_parameter parameters[] = {
        { "experiment", experiment->hash },
        { "version", version_text() },
    };
    const struct query_ask ask = {
        .name = "front",
        .parameters = parameters,
        .count = sizeof parameters / sizeof *parameters,
    };

    return query_table(store, &ask, table_format_of(call, TABLE_ALIGNED), err);
}

static int explore_with(const struct call *call, struct explore *explore,
                        struct store *store, struct crew *crew,
                        struct error *err)
{
    struct progress progress;
    struct whole_points points = { .experiment = explore->experiment,
                                   .store = store,
                                   .work = { (unsigned)call->workers,
                                             &progress } };
    int status;

    if (explore_begin(explore, store, err) < 0)
        return -1;
    progress_init(&progress, call->quiet ? NULL : stderr);
    status = explore_run(explore, store, crew, &progress, err);
    if (status == 0)
        status = explore_infer(explore, &points, err);
    progress_release(&progress);
    if (status < 0)
        return -1;
    output_note(call,
                "%s: %zu of %llu points tried, %zu replayed to the end, %zu "
                "failed",
                explore->experiment->name, explore->tried,
                (unsigned long long)explore->experiment->points,
                explore->finished, explore->failed);
    crew_call_note_whole(call, &points);
    return print_front(call, store, explore->experiment, err);
}

static int cmd_explore_lead(const struct call *call,
                            struct experiment *experiment, struct crew *crew,
                            struct error *err)
{
    const struct explore_options *asked = call->options;
    struct explore explore = { .experiment = experiment,
                               .budget = asked->budget,
                               .seed = asked->seed };
    struct store *store;
    int status;

    if (asked->budget < 1 || asked->budget > 1000000)
        return error_set(err, ERROR_USAGE,
                         "--budget: 1 to 1000000 replays were expected");
    if (results_open(&store, call, err) < 0)
        return -1;
    text_init(&explore.lost);
    status = explore_with(call, &explore, store, crew, err);
    status = results_close(store, status, err);
    if (status == 0 && explore.lost.length > 0)
        status = error_set(err, ERROR_FAILED,
                           "%s; the same command tries again", explore.lost.at);
    text_release(&explore.lost);
    free(explore.finalist);
    return status;
}

static int cmd_explore_run(const struct call *call, struct error *err)
{
    const struct crew_call what = { .call = call,
                                    .sampled = true,
                                    .lead = cmd_explore_lead };

    return crew_call_run(&what, err);
}

#define AT(member) offsetof(struct explore_options, member)

static const struct command_option option_table[] = {
    { "budget", 0, OPTION_COUNT, AT(budget), "N", NULL, "64",
      "replays of a whole trace that the search may cost" },
    { "seed", 0, OPTION_COUNT, AT(seed), "N", NULL, "1",
      "which points are drawn" },
    { 0 }
};

const struct command cmd_explore = {
    .name = "explore",
    .arguments = "EXPERIMENT",
    .summary = "search an experiment's points for those that no other beats",
    .description =
        "Beaten is who is no better in time, energy, area or perplexity, and "
        "worse in "
        "one. Points are drawn at random; all replay a ninth of the layers, "
        "the best third of them a third, the best ninth all. Every point that "
        "was tried is in the results file; what is there is not replayed "
        "again. Several traces are compared by the perplexities that the "
        "results file has. `flexcim query front` prints the table again.",
    .example = "flexcim explore experiments/sharing/experiment.yaml --budget 9",
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_CREW,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct explore_options),
    .run = cmd_explore_run,
};
