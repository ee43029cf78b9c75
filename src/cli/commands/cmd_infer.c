/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole inference on one or several machines, which share their memory: what
 * a machine does not say itself comes from the command line, so that no machine
 * is faster for its memory.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/frame/command.h"
#include "base/words.h"
#include "workflow/machine_list.h"
#include "cli/print/table.h"
#include "models/inference/inference.h"
#include "models/inference/memory.h"
#include "replay/input.h"

struct infer_asked {
    const char *machines, *pattern, *memory, *buffers;
    struct texts settings;
    uint64_t prompt, generate, batch;
    bool operators;
};

/* A model with its layers, ready to run. */
struct infer_model {
    struct input input;
    struct model_sizes sizes;
};

static bool is_trace_name(const char *name)
{
    size_t length = strlen(name);

    return length > 6 && strcmp(name + length - 6, ".trace") == 0;
}

static int sizes_of_input(struct infer_model *model, struct error *err)
{
    const struct input *input = &model->input;

    if (!input->has_values) {
        if (!input->shapes.sizes)
            return error_set(err, ERROR_DATA,
                             "%s: has no part `model:`, which tells what the "
                             "operators are made of",
                             input->shapes.path);
        model->sizes = *input->shapes.sizes;
        return 0;
    }
    if (!input->trace.sizes)
        return error_set(err, ERROR_DATA,
                         "%s: does not say the sizes of its model; `flexcim "
                         "record` writes them since version 0.2",
                         input->trace.path);
    if (model_sizes_parse(&model->sizes, input->trace.sizes, err) < 0)
        return error_prefix(err, "%s: ", input->trace.path);
    return 0;
}

static int open_model(struct infer_model *model, const char *name,
                      const struct infer_asked *asked, struct error *err)
{
    struct pattern pattern;
    struct shape_options options = { 0 };
    int status;

    if (is_trace_name(name)) {
        if (asked->pattern)
            return error_set(err, ERROR_USAGE,
                             "%s is a trace: it has its own patterns", name);
        status = input_open_trace(&model->input, name, err);
    } else {
        if (asked->pattern) {
            if (pattern_parse(&pattern, asked->pattern, err) < 0) {
                err->kind = ERROR_USAGE;
                return error_prefix(err, "--pattern: ");
            }
            options.pattern = &pattern;
        }
        status = input_open_shapes(&model->input, name, &options, err);
    }
    if (status < 0)
        return -1;
    if (sizes_of_input(model, err) == 0)
        return 0;
    input_close(&model->input);
    return -1;
}

/* What the machine leaves open: memory, and buffers without a limit. */
static int complete(struct machine *machine, const struct infer_asked *asked,
                    struct error *err)
{
    const struct {
        const char *path, *value;
        bool open;
    } rows[] = {
        { "dram.kind", asked->memory,
          machine->dram.kind == 0 && machine->dram.rate == 0 },
        { "activations.capacity", asked->buffers,
          machine->activations.capacity == 0 },
        { "outputs.capacity", asked->buffers, machine->outputs.capacity == 0 },
    };
    size_t count;
    const struct parameter *const *table = machine_parameters(&count);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].open &&
            parameter_set_path(machine, table, count, rows[i].path,
                               rows[i].value, err) < 0) {
            err->kind = ERROR_USAGE;
            return -1;
        }
    }
    return machine_check(machine, err);
}

static const char *memory_name(const struct machine *machine)
{
    const struct memory_kind *kind = memory_kind_of(machine);

    if (kind)
        return kind->name;
    return machine->dram.rate ? "channel" : "resident";
}

/* Resource that decides most clocks of a phase. */
static const char *bound_of(const struct inference_result *result,
                            bool decoding)
{
    uint64_t spent[PROGRAMME_CLOCKS] = { 0 };
    int most = 0;

    for (size_t i = 0; i < result->lines; i++)
        for (int c = 0; c < PROGRAMME_CLOCKS; c++)
            if (result->line[i].decoding == decoding)
                spent[c] += result->line[i].sum.spent[c];
    for (int c = 1; c < PROGRAMME_CLOCKS; c++)
        if (spent[c] > spent[most])
            most = c;
    return programme_clock_names[most];
}

static uint64_t cmd_infer_bytes_of(const struct inference_result *result,
                                   bool decoding)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < result->lines; i++)
        for (int t = 0; t < TRAFFICS; t++)
            if (result->line[i].decoding == decoding)
                bytes += result->line[i].sum.bytes[t];
    return bytes;
}

/* What is printed of all machines. */
struct infer_tables {
    const struct call *call;
    const struct infer_model *model;
    struct table table;
};

static void add_summary(struct infer_tables *tables,
                        const struct machine_file *file,
                        const struct inference_result *result)
{
    const struct infer_asked *asked = tables->call->options;
    struct table *table = &tables->table;
    const struct machine *machine = &file->machine;
    double ms = 1 / (machine->clock * 1e3); /* of a clock */
    uint32_t steps = result->steps;
    double token = NAN, first = NAN, last = NAN;

    if (steps > 1) {
        token = (double)(result->end[steps - 1] - result->end[0]) * ms /
                (steps - 1);
        first = (double)(result->end[1] - result->end[0]) * ms;
        last = (double)(result->end[steps - 1] - result->end[steps - 2]) * ms;
    }
    table_text(table, tables->model->input.name);
    table_text(table, file->name);
    table_text(table, memory_name(machine));
    table_integer(table, (int64_t)asked->prompt);
    table_integer(table, (int64_t)asked->generate);
    table_integer(table, (int64_t)asked->batch);
    table_real(table, (double)result->end[0] * ms);
    table_real(table, token);
    table_real(table, first);
    table_real(table, last);
    table_real(table, (double)asked->batch * 1e3 / token);
    table_real(table, (double)cmd_infer_bytes_of(result, false) / 1e6);
    table_real(table, steps > 1 ? (double)cmd_infer_bytes_of(result, true) /
                                      1e6 / (steps - 1)
                                : NAN);
    table_text(table, bound_of(result, false));
    table_text(table, steps > 1 ? bound_of(result, true) : NULL);
}

static const char *bound_of_line(const struct inference_line *line)
{
    int most = 0;

    for (int c = 1; c < PROGRAMME_CLOCKS; c++)
        if (line->sum.spent[c] > line->sum.spent[most])
            most = c;
    return line->sum.clocks ? programme_clock_names[most] : NULL;
}

static void add_operators(struct infer_tables *tables,
                          const struct machine_file *file,
                          const struct inference_result *result)
{
    struct table *table = &tables->table;

    for (size_t i = 0; i < result->lines; i++) {
        const struct inference_line *line = &result->line[i];

        table_text(table, file->name);
        table_text(table, line->decoding ? "decoding" : "prompt");
        table_text(table, line->row->name);
        table_text(table, operator_kinds[line->row->kind]);
        table_integer(table, (int64_t)line->sum.clocks);
        table_text(table, bound_of_line(line));
        for (int t = 0; t < TRAFFICS; t++)
            table_integer(table, (int64_t)line->sum.bytes[t]);
    }
}

static int run_machines(struct inference_result *result,
                        const struct call *call,
                        const struct infer_model *model,
                        struct machine_list *machines, struct error *err)
{
    const struct infer_asked *asked = call->options;

    for (size_t i = 0; i < machines->count; i++) {
        struct machine_file *file = &machines->at[i];
        struct inference_asked inference = {
            &file->machine,          &model->sizes,
            model->input.layer,      model->input.layers,
            (uint32_t)asked->prompt, (uint32_t)asked->generate,
            (uint32_t)asked->batch
        };

        if (complete(&file->machine, asked, err) < 0 ||
            inference_run(&result[i], &inference, err) < 0)
            return error_prefix(err, "%s: ", file->name);
    }
    return 0;
}

static void print_tables(const struct call *call,
                         const struct infer_model *model,
                         const struct machine_list *machines,
                         const struct inference_result *result)
{
    static const char *const summary[] = { "model",
                                           "machine",
                                           "memory",
                                           "prompt",
                                           "generate",
                                           "batch",
                                           "time_to_first_token_ms",
                                           "ms_per_token",
                                           "ms_first",
                                           "ms_last",
                                           "tokens_per_s",
                                           "mb_prompt",
                                           "mb_per_step",
                                           "bound_prompt",
                                           "bound_decoding" };
    static const char *const operators[6 + TRAFFICS] = {
        "machine", "phase",   "operator",   "kind",      "clocks",
        "bound",   "weights", "head",       "embedding", "keys",
        "reread",  "state",   "activations"
    };
    const struct infer_asked *asked = call->options;
    struct infer_tables tables = { .call = call, .model = model };

    if (asked->operators)
        table_begin(&tables.table, table_format_of(call, TABLE_ALIGNED),
                    sizeof operators / sizeof *operators, operators);
    else
        table_begin(&tables.table, table_format_of(call, TABLE_ALIGNED),
                    sizeof summary / sizeof *summary, summary);
    for (size_t i = 0; i < machines->count; i++) {
        if (asked->operators)
            add_operators(&tables, &machines->at[i], &result[i]);
        else
            add_summary(&tables, &machines->at[i], &result[i]);
    }
    table_end(&tables.table);
}

static int cmd_infer_check_asked(const struct infer_asked *asked,
                                 struct error *err)
{
    if (asked->prompt < 1 || asked->generate < 1 ||
        asked->prompt > OPERATOR_MAX_TOKENS ||
        asked->generate > OPERATOR_MAX_TOKENS - asked->prompt)
        return error_set(err, ERROR_USAGE,
                         "--prompt and --generate: at least 1 each, and at "
                         "most %d together, was expected",
                         OPERATOR_MAX_TOKENS);
    if (asked->batch < 1 || asked->batch > OPERATOR_MAX_BATCH)
        return error_set(err, ERROR_USAGE, "--batch: 1 to %d was expected",
                         OPERATOR_MAX_BATCH);
    return 0;
}

static int cmd_infer_run(const struct call *call, struct error *err)
{
    const struct infer_asked *asked = call->options;
    struct machine_list machines;
    struct infer_model model;
    struct inference_result *result;
    struct words names;
    int status;

    if (cmd_infer_check_asked(asked, err) < 0)
        return -1;
    if (words_split(&names, asked->machines, "--machine", err) < 0)
        return -1;
    status = machine_list_read(&machines, &names, &asked->settings, err);
    words_release(&names);
    if (status < 0)
        return -1;
    status = open_model(&model, call->arguments[0], asked, err);
    if (status == 0) {
        result = memory_new(machines.count, sizeof *result);
        status = run_machines(result, call, &model, &machines, err);
        if (status == 0)
            print_tables(call, &model, &machines, result);
        for (size_t i = 0; i < machines.count; i++)
            inference_result_release(&result[i]);
        free(result);
        input_close(&model.input);
    }
    machine_list_release(&machines);
    return status;
}

#define AT(member) offsetof(struct infer_asked, member)

static const struct command_option option_table[] = {
    { "machine", 'm', OPTION_TEXT, AT(machines), "A,B", NULL, "flexcim",
      "machines, by name or file" },
    { "set", 0, OPTION_TEXTS, AT(settings), "PATH=VALUE", NULL, NULL,
      "a parameter of all machines; may be given several times" },
    { "memory", 0, OPTION_TEXT, AT(memory), "KIND", NULL, "lpddr5-6400",
      "dram.kind of machines that have no channel; none: weights are "
      "resident" },
    { "buffers", 0, OPTION_TEXT, AT(buffers), "BYTES", NULL, "262144",
      "activations.capacity and outputs.capacity of machines that have no "
      "limit; none: they stay without" },
    { "pattern", 0, OPTION_TEXT, AT(pattern), "N:M", NULL, NULL,
      "of every layer of a list of shapes" },
    { "prompt", 0, OPTION_COUNT, AT(prompt), "S", NULL, "2048",
      "tokens of a sequence's prompt" },
    { "generate", 0, OPTION_COUNT, AT(generate), "G", NULL, "128",
      "tokens that are generated; the prompt makes the first" },
    { "batch", 0, OPTION_COUNT, AT(batch), "B", NULL, "1", "sequences" },
    { "operators", 0, OPTION_FLAG, AT(operators), NULL, NULL, NULL,
      "where clocks and bytes go, operator by operator" },
    { 0 }
};

const struct command cmd_infer = {
    .name = "infer",
    .arguments = "MODEL",
    .summary = "a whole inference: time to first token, tokens a second",
    .description =
        "Runs prompt and decoding with attention, state spaces, norms, keys "
        "and values and the head, every step. MODEL is a list of shapes with a "
        "part `model:`, or a sparse trace.",
    .example = "flexcim infer llama-2-7b --machine flexcim,dense --pattern 4:8",
    .often = true,
    .common = COMMAND_JSON,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct infer_asked),
    .run = cmd_infer_run,
};
