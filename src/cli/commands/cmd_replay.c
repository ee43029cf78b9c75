/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim replay`: traces or lists of shapes through machines, into the
 * results file.  All inputs and machines are opened and checked before the
 * first layer is replayed, so that a misspelt one is told at once.  What the
 * file has already is not replayed again; the table shows what was asked for
 * now, not all that the file has.  With --vcd or --timeline it is a look into
 * one layer on one machine, and nothing is stored.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/print/input_list.h"
#include "cli/print/query_table.h"
#include "cli/print/run_as.h"
#include "cli/print/shape_table.h"
#include "cli/replay_window.h"
#include "cli/frame/session_call.h"
#include "replay/replay_run.h"
#include "workflow/machine_list.h"
#include "workflow/steps.h"

#define STANDARD_CLOCKS "0:10000"

struct replay_asked {
    const char *machines, *pattern;
    struct texts settings;
    bool again, slow, list;
    uint64_t tokens, agreement, seed;
    struct replay_window window;
};

static int replay_on(struct session_call *at, const struct input *input,
                     const struct machine_list *list, struct error *err)
{
    const struct replay_asked *asked = at->call->options;
    int status = 0;

    for (size_t i = 0; status == 0 && i < list->count; i++) {
        struct replay_run run = { .store = at->session.store,
                                  .input = input,
                                  .machine = &list->at[i],
                                  .again = asked->again,
                                  .slow = asked->slow,
                                  .verify = input->has_values,
                                  .work = at->session.work };

        status = replay_run(&run, err);
    }
    return status;
}

/* What was asked for now, of all that the file has. */
static int cmd_replay_print(struct session_call *at,
                            const struct input_list *inputs,
                            const struct machine_list *list, struct error *err)
{
    const struct replay_asked *asked = at->call->options;
    char *hashes = machine_list_hashes(list);
    char *traces = input_list_hashes(inputs);
    const struct query_parameter parameters[] = {
        { "traces", traces },
        { "machines", hashes },
        { "way", asked->slow ? "slow" : "fast" },
        { "version", at->session.version }
    };
    const struct query_ask ask = { .name = "replay",
                                   .parameters = parameters,
                                   .count =
                                       sizeof parameters / sizeof *parameters };
    int status = query_table_whole(
        at->session.store, &ask, table_format_of(at->call, TABLE_ALIGNED),
        input_list_distinct(inputs) * machine_list_distinct(list), err);

    if (status == 0)
        status = run_as_tell(at->call, at->session.store, traces, hashes, err);
    free(traces);
    free(hashes);
    return status;
}

static bool has_shape_options(const struct replay_asked *asked)
{
    return asked->pattern || asked->tokens > 0 || asked->agreement > 0 ||
           asked->seed > 0;
}

static int cmd_replay_open_shapes(struct input *input,
                                  const struct replay_asked *asked,
                                  const char *name, struct error *err)
{
    struct pattern parsed;
    const struct shape_options options = { .tokens = (uint32_t)asked->tokens,
                                           .pattern =
                                               asked->pattern ? &parsed : NULL,
                                           .agreement =
                                               (uint32_t)asked->agreement,
                                           .seed = asked->seed };

    if (asked->tokens > SHAPE_MAX_TOKENS ||
        asked->agreement > SHAPE_MAX_OUTPUTS)
        return error_set(err, ERROR_USAGE, "--%s: at most %d was expected",
                         asked->tokens > SHAPE_MAX_TOKENS ? "tokens"
                                                          : "agreement",
                         asked->tokens > SHAPE_MAX_TOKENS ? SHAPE_MAX_TOKENS
                                                          : SHAPE_MAX_OUTPUTS);
    if (asked->pattern && pattern_parse(&parsed, asked->pattern, err) < 0) {
        err->kind = ERROR_USAGE;
        return error_prefix(err, "--pattern: ");
    }
    return input_open_shapes(input, name, &options, err);
}

static int open_input(struct input *input, const struct replay_asked *asked,
                      const char *name, struct error *err)
{
    if (!input_is_trace(name))
        return cmd_replay_open_shapes(input, asked, name, err);
    if (has_shape_options(asked))
        return error_set(err, ERROR_USAGE,
                         "%s is a trace: it has its own tokens and patterns",
                         name);
    return input_open_trace(input, name, err);
}

/* A look into one layer instead of a replay of all. */
static int cmd_replay_look(const struct replay_window *window,
                           const struct input *input,
                           const struct machine_list *list, struct error *err)
{
    if (list->count != 1)
        return error_set(err, ERROR_USAGE,
                         "--vcd and --timeline show one machine");
    return replay_window(window, input, &list->at[0].machine, err);
}

static int replay_all(const struct call *call, const struct input_list *inputs,
                      const struct machine_list *list, struct error *err)
{
    struct session_call at;
    int status;

    session_call_begin(&at, call);
    status = session_call_open(&at, err);
    for (size_t i = 0; status == 0 && i < inputs->count; i++) {
        status = input_put(&inputs->at[i], at.session.store, err);
        if (status == 0)
            status = replay_on(&at, &inputs->at[i], list, err);
    }
    if (status == 0)
        status = cmd_replay_print(&at, inputs, list, err);
    return session_call_end(&at, status, err);
}

static int open_inputs(struct input_list *inputs, const struct call *call,
                       struct error *err)
{
    inputs->at = memory_new(call->count, sizeof *inputs->at);
    for (size_t i = 0; i < call->count; i++) {
        if (open_input(&inputs->at[i], call->options, call->arguments[i], err) <
            0)
            return -1;
        inputs->count++;
    }
    return 0;
}

static int replay_or_look(const struct call *call,
                          const struct input_list *inputs,
                          const struct machine_list *list, struct error *err)
{
    const struct replay_asked *asked = call->options;

    if (!asked->window.vcd && !asked->window.timeline)
        return replay_all(call, inputs, list, err);
    if (inputs->count > 1)
        return error_set(err, ERROR_USAGE,
                         "--vcd and --timeline show one layer of one trace");
    return cmd_replay_look(&asked->window, &inputs->at[0], list, err);
}

static int check_window(const struct replay_window *window, struct error *err)
{
    if (window->vcd || window->timeline)
        return 0;
    if (window->layer || strcmp(window->clocks, STANDARD_CLOCKS) != 0)
        return error_set(err, ERROR_USAGE,
                         "--%s says nothing without --vcd FILE or --timeline "
                         "FILE",
                         window->layer ? "layer" : "clocks");
    return 0;
}

static int cmd_replay_run(const struct call *call, struct error *err)
{
    const struct replay_asked *asked = call->options;
    struct input_list inputs = { 0 };
    struct machine_list list;
    struct words names;
    int status;

    if (asked->list)
        return shape_table(call, err);
    if (call->count == 0)
        return error_set(err, ERROR_USAGE,
                         "replay needs a trace or a list of shapes; `flexcim "
                         "replay --list` shows the lists that have a name");
    if (check_window(&asked->window, err) < 0 ||
        words_split(&names, asked->machines, "--machine", err) < 0)
        return -1;
    status = machine_list_read(&list, &names, &asked->settings, err);
    words_release(&names);
    if (status < 0)
        return -1;
    status = open_inputs(&inputs, call, err);
    if (status == 0)
        status = replay_or_look(call, &inputs, &list, err);
    input_list_release(&inputs);
    machine_list_release(&list);
    return status;
}

#define AT(member) offsetof(struct replay_asked, member)

static const struct command_option option_table[] = {
    { "machine", 'm', OPTION_TEXT, AT(machines), "NAME[,NAME...]", NULL,
      "flexcim", "machines, by name or path; `flexcim machines` lists them" },
    { "set", 0, OPTION_TEXTS, AT(settings), "PARAMETER=VALUE", NULL, NULL,
      "change a parameter, e.g. macro.rows=64; may be given several times" },
    { "pattern", 0, OPTION_TEXT, AT(pattern), "N:M", NULL, NULL,
      "shapes: the pattern of every layer (as the list says, or dense)" },
    { "tokens", 0, OPTION_COUNT, AT(tokens), "T", NULL, NULL,
      "shapes: tokens of every layer (as the list says)" },
    { "agreement", 0, OPTION_COUNT, AT(agreement), "OUTPUTS", NULL, NULL,
      "shapes: outputs whose selects agree (1: free masks)" },
    { "seed", 0, OPTION_COUNT, AT(seed), "SEED", NULL, "0",
      "shapes: what their masks are drawn from" },
    { "slow", 0, OPTION_FLAG, AT(slow), NULL, NULL, NULL,
      "send every vector through every block as events" },
    { "vcd", 0, OPTION_TEXT, AT(window.vcd), "FILE", NULL, NULL,
      "write a waveform of one layer, and nothing else" },
    { "timeline", 0, OPTION_TEXT, AT(window.timeline), "FILE", NULL, NULL,
      "write a timeline (Chrome trace JSON) of one layer, and nothing else" },
    { "layer", 0, OPTION_TEXT, AT(window.layer), "NAME", NULL, NULL,
      "--vcd, --timeline: the layer that is shown (the first)" },
    { "clocks", 0, OPTION_TEXT, AT(window.clocks), "FROM:TO", NULL,
      STANDARD_CLOCKS, "--vcd, --timeline: the clocks that are shown" },
    { "again", 0, OPTION_FLAG, AT(again), NULL, NULL, NULL,
      "replay also what the results file has" },
    { "list", 0, OPTION_FLAG, AT(list), NULL, NULL, NULL,
      "print the lists of shapes that have a name, and replay nothing" },
    { 0 }
};

const struct command cmd_replay = {
    .name = "replay",
    .arguments = "TRACE|SHAPES...",
    .summary = "replay traces on machines, cycle by cycle",
    .description =
        "A sparse trace is replayed with its real values; each layer's outputs "
        "are compared with the integer product. A list of shapes (a name of "
        "traces/shapes, or a .yaml or .csv file) has no values: its masks are "
        "drawn from the seed, and only its cycles are found. What the results "
        "file has already is not replayed again.",
    .example = "flexcim replay sparse.trace --machine flexcim,dense",
    .often = true,
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_WORKERS,
    .maximum = 1000,
    .words = shape_words,
    .options = option_table,
    .options_size = sizeof(struct replay_asked),
    .run = cmd_replay_run,
};
