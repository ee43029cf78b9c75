/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/print/machine_list.h"
#include "cli/print/query_table.h"
#include "cli/replay_window.h"
#include "cli/road.h"
#include "replay/replay_run.h"

static const char *machines = "flexcim", *pattern;
static struct texts settings;
static bool again, slow;
static uint64_t tokens, agreement, seed;
static struct replay_window window;

static int replay_on(struct road *road, const struct input *input,
                     const struct machine_list *list, struct error *err)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < list->count; i++) {
        struct replay_run run = { .store = road->store,
                                  .input = input,
                                  .machine = &list->at[i],
                                  .again = again,
                                  .slow = slow,
                                  .verify = input->has_values,
                                  .work = road_work(road) };

        status = replay_run(&run, err);
    }
    return status;
}

/* What was asked for now, of all that the file has. */
static int print(struct road *road, const struct input *input,
                 const struct machine_list *list, struct error *err)
{
    char *hashes = machine_list_hashes(list);
    const struct query_parameter parameters[] = { { "trace", input->hash },
                                                  { "machines", hashes },
                                                  { "way",
                                                    slow ? "slow" : "fast" } };
    int status = query_table(road->store, "replay", parameters, 3,
                             table_format_of(road->call, TABLE_ALIGNED), err);

    free(hashes);
    return status;
}

static bool has_shape_options(void)
{
    return pattern || tokens > 0 || agreement > 0 || seed > 0;
}

static int open_shapes(struct input *input, const char *name, struct error *err)
{
    struct pattern parsed;
    const struct shape_options options = { .tokens = (uint32_t)tokens,
                                           .pattern = pattern ? &parsed : NULL,
                                           .agreement = (uint32_t)agreement,
                                           .seed = seed };

    if (tokens > SHAPE_MAX_TOKENS || agreement > SHAPE_MAX_OUTPUTS)
        return error_set(err, ERROR_USAGE, "--%s: at most %d was expected",
                         tokens > SHAPE_MAX_TOKENS ? "tokens" : "agreement",
                         tokens > SHAPE_MAX_TOKENS ? SHAPE_MAX_TOKENS
                                                   : SHAPE_MAX_OUTPUTS);
    if (pattern && pattern_parse(&parsed, pattern, err) < 0) {
        err->kind = ERROR_USAGE;
        return error_prefix(err, "--pattern: ");
    }
    return input_open_shapes(input, name, &options, err);
}

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* A list of shapes is a .yaml or .csv file, or a name that is no file here. */
static bool is_trace(const char *name)
{
    if (ends_in(name, ".yaml") || ends_in(name, ".csv"))
        return false;
    return ends_in(name, ".trace") || strchr(name, '/') ||
           access(name, F_OK) == 0;
}

static int open_input(struct input *input, const char *name, struct error *err)
{
    if (!is_trace(name))
        return open_shapes(input, name, err);
    if (has_shape_options())
        return error_set(err, ERROR_USAGE,
                         "%s is a trace: it has its own tokens and patterns",
                         name);
    return input_open_trace(input, name, err);
}

/* A look into one layer instead of a replay of all. */
static int look(const struct input *input, const struct machine_list *list,
                struct error *err)
{
    if (list->count != 1)
        return error_set(err, ERROR_USAGE,
                         "--vcd and --timeline show one machine");
    return replay_window(&window, input, &list->at[0].machine, err);
}

static int replay_all(const struct call *call, const struct input *input,
                      const struct machine_list *list, struct error *err)
{
    struct road road;
    int status;

    road_begin(&road, call);
    status = road_open(&road, err);
    if (status == 0)
        status = input_put(input, road.store, err);
    if (status == 0)
        status = replay_on(&road, input, list, err);
    if (status == 0)
        status = print(&road, input, list, err);
    return road_end(&road, status, err);
}

static int run(const struct call *call, struct error *err)
{
    struct machine_list list;
    struct input input;
    struct words names;
    int status;

    if (words_split(&names, machines, "--machine", err) < 0)
        return -1;
    status = machine_list_read(&list, &names, &settings, err);
    words_release(&names);
    if (status < 0)
        return -1;
    status = open_input(&input, call->arguments[0], err);
    if (status == 0) {
        status = window.vcd || window.timeline
                     ? look(&input, &list, err)
                     : replay_all(call, &input, &list, err);
        input_close(&input);
    }
    machine_list_release(&list);
    return status;
}

static const struct command_option options[] = {
    { "machine", 'm', OPTION_TEXT, &machines, "NAME[,NAME...]", NULL,
      "machines, by name or path; `flexcim machines` lists them (flexcim)" },
    { "set", 0, OPTION_TEXTS, &settings, "PARAMETER=VALUE", NULL,
      "change a parameter, e.g. macro.rows=64; may be given several times" },
    { "pattern", 0, OPTION_TEXT, &pattern, "N:M", NULL,
      "shapes: the pattern of every layer (as the list says, or dense)" },
    { "tokens", 0, OPTION_COUNT, &tokens, "T", NULL,
      "shapes: tokens of every layer (as the list says)" },
    { "agreement", 0, OPTION_COUNT, &agreement, "OUTPUTS", NULL,
      "shapes: outputs whose selects agree (1: free masks)" },
    { "seed", 0, OPTION_COUNT, &seed, "SEED", NULL,
      "shapes: what their masks are drawn from (0)" },
    { "slow", 0, OPTION_FLAG, &slow, NULL, NULL,
      "send every vector through every block as events" },
    { "vcd", 0, OPTION_TEXT, &window.vcd, "FILE", NULL,
      "write a waveform of one layer, and nothing else" },
    { "timeline", 0, OPTION_TEXT, &window.timeline, "FILE", NULL,
      "write a timeline (Chrome trace JSON) of one layer, and nothing else" },
    { "layer", 0, OPTION_TEXT, &window.layer, "NAME", NULL,
      "--vcd, --timeline: the layer that is shown (the first)" },
    { "clocks", 0, OPTION_TEXT, &window.clocks, "FROM:TO", NULL,
      "--vcd, --timeline: the clocks that are shown (0:10000)" },
    { "again", 0, OPTION_FLAG, &again, NULL, NULL,
      "replay also what the results file has" },
    { 0 }
};

const struct command cmd_replay = {
    .name = "replay",
    .arguments = "TRACE|SHAPES",
    .summary = "replay a trace on a machine, cycle by cycle",
    .description =
        "A sparse trace is replayed with its real values; each layer's outputs "
        "are compared with the integer product. A list of shapes (a name of "
        "traces/shapes, or a .yaml or .csv file) has no values: its masks are "
        "drawn from the seed, and only its cycles are found. What the results "
        "file has already is not replayed again.",
    .example = "flexcim replay sparse.trace --machine flexcim,dense",
    .often = true,
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = options,
    .run = run,
};
