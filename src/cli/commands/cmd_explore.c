/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim explore`: part of a space too large to sweep, into one results file.
 * What it takes is told before, and after it how sure the answer is; the table
 * has the points that this search replayed to the end, whatever else the file
 * knows of the same machines.  People see what may be beaten in a table of its
 * own; programs, and a table of whole inferences, have a column that says it.
 */
#include <stdlib.h>

#include <jansson.h>

#include "cli/frame/crew_call.h"
#include "cli/print/output.h"
#include "cli/frame/version.h"
#include "cli/print/query_table.h"
#include "cli/frame/results.h"
#include "sweep/explore.h"
#include "sweep/room.h"

struct explore_options {
    uint64_t budget, seed;
};

/* Points that came to the end: all of them, those that no neighbour beats, or
 * those of which that was not tried. */
enum explore_part { EXPLORE_ALL, EXPLORE_SURE, EXPLORE_UNSURE };

/* Of a point that came to the end: whether all were tried that differ from it
 * in one parameter and could beat it. */
static const char *sure_word(const void *context, int64_t number)
{
    const struct explore *explore = context;

    for (size_t i = 0; i < explore->finished; i++)
        if ((int64_t)explore->finalist[i] == number)
            return explore->is_sure[i] ? "yes" : "no";
    return NULL;
}

/* Their numbers, as a JSON array. */
static char *explore_points(const struct explore *explore,
                            enum explore_part part)
{
    json_t *array = json_array();
    char *text;

    for (size_t i = 0; i < explore->finished; i++)
        if (part == EXPLORE_ALL ||
            explore->is_sure[i] == (part == EXPLORE_SURE))
            json_array_append_new(
                array, json_integer((json_int_t)explore->finalist[i]));
    text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    return text;
}

static int print_front(const struct call *call, struct store *store,
                       const struct explore *explore, enum explore_part part,
                       struct error *err)
{
    char *points = explore_points(explore, part);
    const struct query_parameter parameters[] = {
        { "experiment", explore->experiment->hash },
        { "version", version_text() },
        { "points", points },
    };
    const struct query_ask front = { .name = "front",
                                     .parameters = parameters,
                                     .count = 3 };
    const struct query_mark sure = { "sure", "point", NULL, sure_word,
                                     explore };
    enum table_format format = table_format_of(call, TABLE_ALIGNED);
    struct infer_asked asked;
    int status;

    /* Where there are whole inferences, these were compared and may be sure. */
    if (format == TABLE_ALIGNED ||
        experiment_infers(&asked, explore->experiment))
        status = query_table(store, &front, format, err);
    else
        status = query_table_marked(store, &front, format, &sure, err);
    free(points);
    return status;
}

/* People see apart what is sure and what may be beaten. */
static int print_fronts(const struct call *call, struct store *store,
                        const struct explore *explore, bool infers,
                        struct error *err)
{
    bool parts = table_format_of(call, TABLE_ALIGNED) == TABLE_ALIGNED &&
                 !infers && explore->sure > 0 && explore->unsure > 0;

    if (!parts)
        return print_front(call, store, explore, EXPLORE_ALL, err);
    if (print_front(call, store, explore, EXPLORE_SURE, err) < 0)
        return -1;
    puts("\nThese may be beaten by one that differs in one parameter and was "
         "not tried:");
    return print_front(call, store, explore, EXPLORE_UNSURE, err);
}

/* Of the points that came to the end those that no other beats, and their whole
 * inferences if there are. */
static int cmd_explore_print(const struct call *call, struct store *store,
                             const struct explore *explore, struct error *err)
{
    const struct query_parameter parameters[] = {
        { "experiment", explore->experiment->hash },
        { "version", version_text() },
    };
    const struct query_ask whole = { .name = "whole",
                                     .parameters = parameters,
                                     .count = 2 };
    const struct query_mark sure = { "sure", "point", "unbeaten", sure_word,
                                     explore };
    enum table_format format = table_format_of(call, TABLE_ALIGNED);
    struct infer_asked asked;
    bool infers = experiment_infers(&asked, explore->experiment);
    int status;

    if (infers && call->json)
        fputs("{ \"front\": ", stdout);
    status = print_fronts(call, store, explore, infers, err);
    if (status == 0 && infers) {
        fputs(call->json ? ", \"whole\": "
                         : "\nWhole inferences of these points:\n",
              stdout);
        status = query_table_marked(store, &whole, format, &sure, err);
        if (call->json)
            puts("}");
    }
    return status;
}

/* What came of the search, and how sure it is. */
static void note_result(const struct call *call, const struct explore *explore)
{
    const char *name = explore->experiment->name, *these = "these points";
    unsigned long long points = explore->experiment->points;
    struct infer_asked asked;

    output_note(call,
                "%s: %zu of %llu points tried, %zu replayed to the end, %zu "
                "failed",
                name, explore->tried, points, explore->finished,
                explore->failed);
    if (explore->budget >= points)
        return;
    if (experiment_infers(&asked, explore->experiment))
        these = "the best of them, by time and energy of the whole inference,";
    if (explore->untried == 0)
        output_note(call,
                    "%s: none of %s is beaten by one that differs in one "
                    "parameter: all that could were tried",
                    name, these);
    else
        output_note(call,
                    "%s: %zu points that differ from one of %s in one "
                    "parameter, and could beat it, were not tried; a larger "
                    "--budget tries them",
                    name, explore->untried, these);
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
    output_note(call,
                "%s: %zu of %llu points drawn, at most %llu replays (about "
                "%.3g clocks, %.2g MB of results), %u at a time (%.0f MB of "
                "memory each)",
                explore->experiment->name, explore->tried,
                (unsigned long long)explore->experiment->points,
                (unsigned long long)explore->replays, explore->clocks,
                explore->bytes / 1e6, crew_workers(crew),
                room_worker(explore->experiment) / 1e6);
    progress_init(&progress, call->quiet ? NULL : stderr);
    explore->points = &points;
    status = explore_run(explore, crew, &progress, err);
    if (status == 0)
        status = explore_infer(explore, err);
    progress_release(&progress);
    if (status < 0)
        return -1;
    note_result(call, explore);
    crew_call_note_whole(call, &points);
    return cmd_explore_print(call, store, explore, err);
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
    status = explore_with(call, &explore, store, crew, err);
    status = results_close(store, status, err);
    if (status == 0 && explore.lost.length > 0)
        status = error_set(err, ERROR_FAILED,
                           "%s; the same command tries again", explore.lost.at);
    explore_end(&explore);
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
        "worse in one. Points are drawn at random; all replay a ninth of the "
        "layers, the best third of them a third, the best ninth all. A third "
        "of the budget, and what is left, goes to the neighbours of the best, "
        "which differ in one parameter; it is told whether all of them were "
        "tried, and a table of its own has the points that one of the others "
        "may beat; in JSON, and of whole inferences, a column `sure` is `no` "
        "of these and `yes` of those that none can beat. "
        "Traces of other tokens, and lists of shapes of other "
        "patterns, have fronts of their own. Every point that was tried is in "
        "the results file; what is there is not replayed again. Several traces "
        "are compared by the perplexities that the "
        "results file has. `flexcim query front` prints the table again; with "
        "a part `inference` points are compared by whole inferences, with as "
        "large a share of the tokens as of the layers, and `flexcim query "
        "whole` prints those that came to the end.",
    .example = "flexcim explore experiments/sharing/experiment.yaml --budget 9",
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_CREW,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct explore_options),
    .run = cmd_explore_run,
};
