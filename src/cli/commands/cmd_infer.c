/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole inference on one or several machines, which share their memory: what
 * a machine does not say itself comes from the command line, so that no machine
 * is faster for its memory.  Results go to the store and are printed from it.
 * With --timeline it is a look into one step, and nothing is stored.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/words.h"
#include "cli/frame/command.h"
#include "cli/frame/session_call.h"
#include "cli/print/query_table.h"
#include "replay/infer_timeline.h"
#include "workflow/machine_list.h"

struct infer_options {
    const char *machines, *pattern, *memory, *buffers;
    struct texts settings;
    uint64_t prompt, generate, batch, step;
    const char *timeline;
    bool operators, again, slow;
};

static int open_model(struct input *input, const char *name,
                      const struct infer_options *asked, struct error *err)
{
    struct pattern pattern;
    struct shape_options options = { 0 };

    if (input_is_trace(name)) {
        if (asked->pattern)
            return error_set(err, ERROR_USAGE,
                             "%s is a trace: it has its own patterns", name);
        return input_open_trace(input, name, err);
    }
    if (asked->pattern) {
        if (pattern_parse(&pattern, asked->pattern, err) < 0) {
            err->kind = ERROR_USAGE;
            return error_prefix(err, "--pattern: ");
        }
        options.pattern = &pattern;
    }
    return input_open_shapes(input, name, &options, err);
}

/* What was asked for now, of all that the file has. */
static int cmd_infer_print(const struct session_call *at,
                           const struct input *input,
                           const struct machine_list *machines,
                           struct error *err)
{
    const struct call *call = at->call;
    struct store *store = at->session.store;
    const struct infer_options *asked = call->options;
    char *hashes = machine_list_hashes(machines);
    char *traces = memory_printf("[\"%s\"]", input->hash);
    char *numbers[] = {
        memory_printf("%llu", (unsigned long long)asked->prompt),
        memory_printf("%llu", (unsigned long long)asked->generate),
        memory_printf("%llu", (unsigned long long)asked->batch)
    };
    const struct query_parameter parameters[] = {
        { "traces", traces },     { "machines", hashes },
        { "prompt", numbers[0] }, { "generate", numbers[1] },
        { "batch", numbers[2] },  { "version", at->session.version },
    };
    const struct query_ask ask = {
        .name = asked->operators ? "operators" : "inference",
        .parameters = parameters,
        .count = sizeof parameters / sizeof *parameters,
    };
    enum table_format format = table_format_of(call, TABLE_ALIGNED);
    int status = asked->operators
                     ? query_table(store, &ask, format, err)
                     : query_table_whole(store, &ask, format,
                                         machine_list_distinct(machines), err);

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        free(numbers[i]);
    free(traces);
    free(hashes);
    return status;
}

static int infer(const struct call *call, const struct input *input,
                 const struct infer_asked *what, struct machine_list *machines,
                 struct error *err)
{
    const struct infer_options *asked = call->options;
    struct session_call at;
    int status;

    session_call_begin(&at, call);
    status = session_call_open(&at, err);
    if (status == 0)
        status = input_put(input, at.session.store, err);
    if (status == 0)
        status = infer_run(&(struct infer_run){ .store = at.session.store,
                                                .input = input,
                                                .machines = machines->at,
                                                .count = machines->count,
                                                .asked = what,
                                                .again = asked->again,
                                                .slow = asked->slow,
                                                .work = at.session.work },
                           err);
    if (status == 0)
        status = cmd_infer_print(&at, input, machines, err);
    return session_call_end(&at, status, err);
}

/* A look into one step instead of results. */
static int cmd_infer_look(const struct infer_options *asked,
                          const struct input *input,
                          const struct infer_asked *what,
                          const struct machine_list *machines,
                          struct error *err)
{
    const struct infer_timeline timeline = { input, &machines->at[0].machine,
                                             what, (uint32_t)asked->step,
                                             asked->timeline };

    if (machines->count != 1)
        return error_set(err, ERROR_USAGE, "--timeline shows one machine");
    return infer_timeline_write(&timeline, err);
}

static int complete_machines(struct machine_list *machines,
                             const struct infer_asked *what, struct error *err)
{
    for (size_t i = 0; i < machines->count; i++)
        if (infer_complete(&machines->at[i], what, err) < 0)
            return error_prefix(err, "%s: ", machines->at[i].name);
    return 0;
}

static int check_count(const char *option, uint64_t count, struct error *err)
{
    return count <= UINT32_MAX
               ? 0
               : error_set(err, ERROR_USAGE,
                           "--%s: less than 2^32 was expected", option);
}

static int check_look(const struct infer_options *asked, struct error *err)
{
    if (asked->step > 0 && !asked->timeline)
        return error_set(err, ERROR_USAGE,
                         "--step says nothing without --timeline FILE");
    if (asked->slow && asked->timeline)
        return error_set(err, ERROR_USAGE,
                         "--slow says nothing with --timeline, which shows "
                         "what both ways have");
    if (asked->operators && asked->timeline)
        return error_set(err, ERROR_USAGE,
                         "--operators says nothing with --timeline, which "
                         "prints no table");
    return check_count("step", asked->step, err);
}

static int cmd_infer_run(const struct call *call, struct error *err)
{
    const struct infer_options *asked = call->options;
    const struct infer_asked what = { (uint32_t)asked->prompt,
                                      (uint32_t)asked->generate,
                                      (uint32_t)asked->batch, asked->memory,
                                      asked->buffers };
    struct model_sizes sizes;
    struct machine_list machines;
    struct input input;
    struct words names;
    int status;

    if (check_count("prompt", asked->prompt, err) < 0 ||
        check_count("generate", asked->generate, err) < 0 ||
        check_count("batch", asked->batch, err) < 0 ||
        check_look(asked, err) < 0 || infer_check(&what, err) < 0 ||
        words_split(&names, asked->machines, "--machine", err) < 0)
        return -1;
    status = machine_list_read(&machines, &names, &asked->settings, err);
    words_release(&names);
    if (status < 0)
        return -1;
    status = complete_machines(&machines, &what, err);
    if (status == 0)
        status = open_model(&input, call->arguments[0], asked, err);
    if (status == 0) {
        status = infer_sizes(&sizes, &input, err);
        if (status == 0 && asked->timeline)
            status = cmd_infer_look(asked, &input, &what, &machines, err);
        else if (status == 0)
            status = infer(call, &input, &what, &machines, err);
        input_close(&input);
    }
    machine_list_release(&machines);
    return status;
}

#define AT(member) offsetof(struct infer_options, member)

static const struct command_option option_table[] = {
    { "machine", 'm', OPTION_TEXT, AT(machines), "A,B", NULL, "flexcim",
      "machines, by name or file" },
    { "set", 0, OPTION_TEXTS, AT(settings), "PATH=VALUE", NULL, NULL,
      "a parameter of all machines; may be given several times" },
    { "memory", 0, OPTION_TEXT, AT(memory), "KIND", NULL, "lpddr5-6400",
      "dram.kind of machines that have no channel, or a file of one's own; "
      "none: weights are resident" },
    { "buffers", 0, OPTION_TEXT, AT(buffers), "BYTES", NULL, "262144",
      "activations.capacity and outputs.capacity of machines that state none "
      "of their own; none: without a limit" },
    { "pattern", 0, OPTION_TEXT, AT(pattern), "N:M", NULL, NULL,
      "of every layer of a list of shapes" },
    { "prompt", 0, OPTION_COUNT, AT(prompt), "S", NULL, "2048",
      "tokens of a sequence's prompt" },
    { "generate", 0, OPTION_COUNT, AT(generate), "G", NULL, "128",
      "tokens that are generated; the prompt makes the first" },
    { "batch", 0, OPTION_COUNT, AT(batch), "B", NULL, "1", "sequences" },
    { "operators", 0, OPTION_FLAG, AT(operators), NULL, NULL, NULL,
      "where clocks, bytes and joules go, operator by operator" },
    { "timeline", 0, OPTION_TEXT, AT(timeline), "FILE", NULL, NULL,
      "write a timeline (Chrome trace JSON) of one step, and nothing else" },
    { "step", 0, OPTION_COUNT, AT(step), "STEP", NULL, "0",
      "--timeline: the step that is shown; 0 is the prompt" },
    { "slow", 0, OPTION_FLAG, AT(slow), NULL, NULL, NULL,
      "send every image, vector and token through every block as events as "
      "well, and refuse results that differ: for small models" },
    { "again", 0, OPTION_FLAG, AT(again), NULL, NULL, NULL,
      "run also what the results file has" },
    { 0 }
};

const struct command cmd_infer = {
    .name = "infer",
    .arguments = "MODEL",
    .summary =
        "a whole inference: time to first token, tokens a second, joules",
    .description =
        "Runs prompt and decoding with attention, state spaces, norms, keys "
        "and values and the head, every step. MODEL is a list of shapes with a "
        "part `model:`, or a sparse trace. Each machine is also run with the "
        "rows that nobody knows well at their better and worse ends. What the "
        "results file has already is not run again.",
    .example = "flexcim infer llama-2-7b --machine flexcim,dense --pattern 4:8",
    .often = true,
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct infer_options),
    .run = cmd_infer_run,
};
