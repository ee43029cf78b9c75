/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim run`: the whole way from a checkpoint to a table of perplexity,
 * cycles, energy and area.  The work is in src/workflow/pipeline.c; here are
 * the options and the printing, as a table or as JSON.  Every number printed is
 * asked of the results file that was just written, by a question that the user
 * can ask too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/memory.h"
#include "base/printable.h"
#include "cli/frame/session_call.h"
#include "workflow/pipeline.h"
#include "cli/print/advice.h"
#include "cli/print/output.h"
#include "cli/print/pattern_table.h"
#include "cli/print/query_table.h"

struct run_options {
    const char *tokens, *patterns, *methods, *machines, *draw;
    const char *sparsity, *bytes, *cycles, *energy; /* lists; one at most */
    uint64_t rows, calibration_rows, inputs;
    bool accuracy, infer;
    const char *memory, *buffers;
    uint64_t prompt, generate, batch; /* of --infer */
    unsigned of;                      /* pipeline_request.of */
};

static const char *const of_names[] = { "linear", "prompt", "token", NULL };

static void cmd_run_print_head(const struct pipeline *pipeline)
{
    const struct model *model = pipeline->model;
    uint64_t weights = 0;

    for (size_t i = 0; i < model_layers(model); i++)
        weights += (uint64_t)model_layer(model, i)->shape.inputs *
                   model_layer(model, i)->shape.outputs;
    output_say("%s (%s): %u decoder blocks, %zu layers to prune, %.2f million "
               "weights in them\n",
               model_name(model), model_family(model), model_blocks(model),
               model_layers(model), (double)weights / 1e6);
    output_say(
        "masks from %zu rows of `%s`; perplexity on %zu of %zu rows of `%s`, "
        "dense: %.3f\n",
        (size_t)pipeline->trace.rows, recorded_tensor(&pipeline->trace),
        pipeline->test.rows, pipeline->test.available, pipeline->test.tensor,
        pipeline->dense);
    if (pipeline->machines.count == 0)
        return;
    printf("replayed: the first %u tokens, every output compared with the "
           "integer product\n",
           recorded_sample(&pipeline->trace));
}

/* The traces that were replayed, each once, as a JSON array. */
static json_t *replayed(const struct pipeline *pipeline)
{
    json_t *array = json_array();

    for (size_t i = 0; i < pipeline->plans; i++) {
        bool is_new = true;

        for (size_t j = 0; j < i; j++)
            is_new &= strcmp(pipeline->sparse[i], pipeline->sparse[j]) != 0;
        if (is_new)
            json_array_append_new(array, json_string(pipeline->sparse[i]));
    }
    return array;
}

static int print_results(const struct pipeline *pipeline,
                         enum table_format format, struct error *err)
{
    json_t *array = replayed(pipeline);
    size_t rows =
        json_array_size(array) * machine_list_distinct(&pipeline->machines);
    char *traces = json_dumps(array, JSON_COMPACT);
    char *on = machine_list_hashes(&pipeline->machines);
    char *used = memory_printf("%zu", pipeline->test.rows);
    const struct query_parameter parameters[] = {
        { "traces", traces },
        { "machines", on },
        { "tokens", pipeline->test.hash },
        { "tensor", pipeline->test.tensor },
        { "rows", used },
        { "version", pipeline->session->version },
    };
    const struct query_ask ask = {
        .name = "plans",
        .parameters = parameters,
        .count = sizeof parameters / sizeof *parameters,
    };
    int status =
        query_table_whole(pipeline->session->store, &ask, format, rows, err);

    json_decref(array);
    free(used);
    free(traces);
    free(on);
    return status;
}

/* What a whole inference of each plan takes, where it was asked for. */
static int print_inferences(const struct pipeline *pipeline,
                            enum table_format format, struct error *err)
{
    const struct infer_asked *asked = pipeline->request->infer;
    json_t *array = replayed(pipeline);
    char *traces = json_dumps(array, JSON_COMPACT);
    char *on = machine_list_hashes(&pipeline->inferring);
    char *prompt = memory_printf("%u", asked->prompt);
    char *generate = memory_printf("%u", asked->generate);
    char *batch = memory_printf("%u", asked->batch);
    const struct query_parameter parameters[] = {
        { "traces", traces }, { "machines", on },
        { "prompt", prompt }, { "generate", generate },
        { "batch", batch },   { "version", pipeline->session->version },
    };
    const struct query_ask ask = {
        .name = "inference",
        .parameters = parameters,
        .count = sizeof parameters / sizeof *parameters,
    };
    size_t rows =
        json_array_size(array) * machine_list_distinct(&pipeline->inferring);
    int status =
        query_table_whole(pipeline->session->store, &ask, format, rows, err);

    json_decref(array);
    free(prompt);
    free(generate);
    free(batch);
    free(traces);
    free(on);
    return status;
}

static void print_perplexities(const struct pipeline *pipeline,
                               enum table_format format)
{
    static const char *const names[] = { "asked", "method", "reached",
                                         "perplexity", "accuracy" };
    bool asked = pipeline->request->accuracy;
    struct table table;

    table_begin(&table, format, sizeof names / sizeof *names - !asked, names);
    for (size_t i = 0; i < pipeline->plans; i++) {
        char *variant = variant_of_plan(&pipeline->plan[i]);

        table_real(&table, pipeline->plan[i].asked);
        table_text(&table, variant);
        table_real(&table, pipeline->plan[i].reached);
        table_real(&table, pipeline->perplexity[i]);
        if (asked)
            table_real(&table, pipeline->accuracy[i]);
        free(variant);
    }
    table_end(&table);
}

/* What cmd_run_print_head() says, for programs. */
static void print_json_head(const struct pipeline *pipeline)
{
    char *model = printable_utf8(model_name(pipeline->model));
    json_t *head =
        json_pack("{s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:f, s:I}", "model",
                  model, "family", model_family(pipeline->model), "layers",
                  (json_int_t)model_layers(pipeline->model), "calibration_rows",
                  (json_int_t)pipeline->trace.rows, "tensor",
                  pipeline->test.tensor, "rows",
                  (json_int_t)pipeline->test.rows, "rows_available",
                  (json_int_t)pipeline->test.available, "dense_perplexity",
                  pipeline->dense, "replayed_tokens",
                  (json_int_t)recorded_sample(&pipeline->trace));
    char *text = printable_json(json_dumps(head, 0));

    printf("{ \"head\": %s, ", text);
    free(text);
    free(model);
    json_decref(head);
}

static int cmd_run_print(const struct call *call,
                         const struct pipeline *pipeline, struct error *err)
{
    enum table_format format = table_format_of(call, TABLE_ALIGNED);

    if (call->json) {
        print_json_head(pipeline);
        fputs("\"patterns\": ", stdout);
        pattern_table(format, pipeline->plan, pipeline->plans);
        fputs(", \"results\": ", stdout);
        if (pipeline->machines.count == 0)
            print_perplexities(pipeline, format);
        else if (print_results(pipeline, format, err) < 0)
            return -1;
        if (pipeline->inferring.count > 0) {
            fputs(", \"inferences\": ", stdout);
            if (print_inferences(pipeline, format, err) < 0)
                return -1;
        }
        fputs(", \"advice\": ", stdout);
        if (advice_print_json(pipeline, err) < 0)
            return -1;
        puts(" }");
        return 0;
    }
    cmd_run_print_head(pipeline);
    puts("\nPatterns, by decoder block:");
    pattern_table(format, pipeline->plan, pipeline->plans);
    puts(pipeline->machines.count == 0
             ? "\nPerplexity:"
             : "\nPerplexity, and what each machine needs (speed-up is against "
               "`dense`; energy and area are estimates):");
    if (pipeline->machines.count == 0)
        print_perplexities(pipeline, format);
    else if (print_results(pipeline, format, err) < 0)
        return -1;
    if (pipeline->inferring.count > 0) {
        puts("\nA whole inference, with attention and memory (first token, "
             "then milliseconds and microjoules a token):");
        if (print_inferences(pipeline, format, err) < 0)
            return -1;
    }
    if (advice_print(pipeline, err) < 0)
        return -1;
    output_say(
        "\nAll of it is in %s: %s`flexcim query` lists what can be asked.\n",
        call->db,
        pipeline->machines.count == 0
            ? ""
            : "`flexcim query where` tells where the cycles went,\n"
              "`flexcim query energy` what took the energy, ");
    return 0;
}

/* The limits, of whichever kind. */
static int split_limits(struct pipeline_request *request,
                        const struct call *call, struct error *err)
{
    const struct run_options *asked = call->options;
    const char *const lists[] = { asked->sparsity, asked->bytes, asked->cycles,
                                  asked->energy };
    static const char *const names[] = { "--sparsity", "--bytes", "--cycles",
                                         "--energy" };
    size_t given = 0;

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (!command_was_given(call, names[i] + 2))
            continue;
        if (given++ > 0)
            return error_set(err, ERROR_USAGE,
                             "%s or %s was expected, not both",
                             names[request->asks], names[i]);
        request->asks = (enum pipeline_asks)i;
    }
    if (request->asks >= PIPELINE_CYCLES &&
        strcmp(asked->machines, "none") == 0)
        return error_set(err, ERROR_USAGE,
                         "%s is a budget of the first of --machines, which is "
                         "none",
                         names[request->asks]);
    return words_split(&request->limits, lists[request->asks],
                       names[request->asks], err);
}

static int cmd_run_split(struct pipeline_request *request,
                         const struct call *call, struct error *err)
{
    const struct run_options *asked = call->options;

    if (!asked->tokens)
        return error_set(err, ERROR_USAGE,
                         "run needs --tokens FILE, a safetensors file with "
                         "tensors `calibration` and `test` [rows][tokens]");
    if (asked->inputs < 1 || asked->inputs > UINT32_MAX)
        return error_set(err, ERROR_USAGE,
                         "--inputs: at least one token was expected");
    if (split_limits(request, call, err) < 0 ||
        draw_parse(&request->draw, asked->draw, asked->calibration_rows, err) <
            0 ||
        words_split(&request->methods, asked->methods, "--methods", err) < 0)
        return -1;
    if (asked->patterns &&
        pattern_list_parse(&request->patterns, asked->patterns, err) < 0) {
        err->kind = ERROR_USAGE;
        return error_prefix(err, "--patterns: ");
    }
    if (strcmp(asked->machines, "none") == 0)
        return 0;
    return words_split(&request->machines, asked->machines, "--machines", err);
}

/* A budget of a whole inference is one of that which --infer asks for. */
static int read_of(struct pipeline_request *request, const struct call *call,
                   struct error *err)
{
    const struct run_options *asked = call->options;

    if (asked->of == PIPELINE_OF_LINEAR)
        return 0;
    if (request->asks != PIPELINE_CYCLES && request->asks != PIPELINE_ENERGY)
        return error_set(err, ERROR_USAGE,
                         "--of says nothing without --cycles or --energy");
    if (!asked->infer)
        return error_set(err, ERROR_USAGE,
                         "--of %s is of the inference that --infer asks for",
                         of_names[asked->of]);
    if (asked->of == PIPELINE_OF_TOKEN && asked->generate < 2)
        return error_set(err, ERROR_USAGE,
                         "--generate: the prompt makes the first token; at "
                         "least 2 was expected with --of token");
    request->of = asked->of;
    return 0;
}

/* The inference that --infer asks for. */
static int read_infer(struct infer_asked *infer, const struct call *call,
                      struct pipeline_request *request, struct error *err)
{
    static const char *const its_own[] = { "prompt", "generate", "batch",
                                           "memory", "buffers" };
    const struct run_options *asked = call->options;

    for (size_t i = 0; i < sizeof its_own / sizeof *its_own; i++)
        if (!asked->infer && command_was_given(call, its_own[i]))
            return error_set(err, ERROR_USAGE, "--%s is of --infer",
                             its_own[i]);
    if (!asked->infer)
        return 0;
    if (request->machines.count == 0)
        return error_set(err, ERROR_USAGE,
                         "--infer runs on --machines, which is none");
    if (asked->prompt > UINT32_MAX || asked->generate > UINT32_MAX ||
        asked->batch > UINT32_MAX)
        return error_set(err, ERROR_USAGE,
                         "--prompt, --generate and --batch: less than 2^32 "
                         "was expected");
    *infer = (struct infer_asked){ .prompt = (uint32_t)asked->prompt,
                                   .generate = (uint32_t)asked->generate,
                                   .batch = (uint32_t)asked->batch,
                                   .memory = asked->memory,
                                   .buffers = asked->buffers };
    request->infer = infer;
    return 0;
}

static int cmd_run_run(const struct call *call, struct error *err)
{
    const struct run_options *asked = call->options;
    struct infer_asked infer;
    struct pipeline_request request = { .checkpoint = call->arguments[0],
                                        .tokens = asked->tokens,
                                        .rows = asked->rows,
                                        .accuracy = asked->accuracy,
                                        .sample = asked->inputs };
    struct session_call at;
    struct pipeline pipeline;
    int status = cmd_run_split(&request, call, err);

    if (status == 0)
        status = read_of(&request, call, err);
    if (status == 0)
        status = read_infer(&infer, call, &request, err);
    if (status == 0) {
        session_call_begin(&at, call);
        status = pipeline_begin(&pipeline, &at.session, &request, err);
        if (status == 0)
            status = session_call_open(&at, err);
        if (status == 0)
            status = pipeline_go(&pipeline, err);
        if (status == 0)
            status = cmd_run_print(call, &pipeline, err);
        status = session_call_end(&at, status, err);
        pipeline_end(&pipeline);
    }
    words_release(&request.limits);
    words_release(&request.methods);
    words_release(&request.machines);
    return status;
}

#define AT(member) offsetof(struct run_options, member)

static const struct command_option option_table[] = {
    { "tokens", 0, OPTION_TEXT, AT(tokens), "FILE", NULL, NULL,
      "token ids: tensors `calibration` and `test`" },
    { "sparsity", 's', OPTION_TEXT, AT(sparsity), "LIST", NULL, "0.5,0.6",
      "shares of the weights to prune" },
    { "bytes", 0, OPTION_TEXT, AT(bytes), "LIST", NULL, NULL,
      "instead: bytes of weights, metadata and selects, each a number or a "
      "share of dense (50%)" },
    { "cycles", 0, OPTION_TEXT, AT(cycles), "LIST", NULL, NULL,
      "instead: cycles that the first machine may take, each a number, a share "
      "of dense (50%) or a pattern (as many as with that one everywhere)" },
    { "energy", 0, OPTION_TEXT, AT(energy), "LIST", NULL, NULL,
      "instead: likewise the nanojoules that it may spend" },
    { "of", 0, OPTION_CHOICE, AT(of), "PART", of_names, "linear",
      "cycles, energy: of the pruned layers alone, or of the prompt of the "
      "inference that --infer asks for, or of a token after it" },
    { "methods", 'm', OPTION_TEXT, AT(methods), "LIST", NULL,
      "flow,block-error,block-error+refit-dense,uniform",
      "how patterns are chosen; METHOD+UPDATE (+admm, +refit ...), "
      "+propagate, +aware, +sequential, +released: as `flexcim select` has "
      "it" },
    { "patterns", 0, OPTION_TEXT, AT(patterns), "LIST", NULL, NULL,
      "patterns that are offered, e.g. 2:8,4:8,dense (each method's own)" },
    { "machines", 0, OPTION_TEXT, AT(machines), "LIST", NULL,
      "flexcim,flexcim-shared,flexcim-serial,dense,fixed-4-8",
      "what replays them, or none" },
    { "rows", 0, OPTION_COUNT, AT(rows), "N", NULL, NULL,
      "rows of `test` for the perplexities, from the first (all)" },
    { "accuracy", 0, OPTION_FLAG, AT(accuracy), NULL, NULL, NULL,
      "answers to questions cut from these rows as well, as `flexcim accuracy` "
      "has them; `flexcim query accuracy` compares" },
    { "calibration-rows", 0, OPTION_COUNT, AT(calibration_rows), "N", NULL,
      NULL, "rows of `calibration`, from the first (all)" },
    { "draw", 0, OPTION_TEXT, AT(draw), "I/N", NULL, "1/1",
      "the I-th of N disjoint draws of them; `flexcim query draws` "
      "compares" },
    { "inputs", 0, OPTION_COUNT, AT(inputs), "T", NULL, "512",
      "tokens whose real inputs are replayed" },
    { "infer", 0, OPTION_FLAG, AT(infer), NULL, NULL, NULL,
      "each plan's whole inference too: time and energy a token" },
    { "prompt", 0, OPTION_COUNT, AT(prompt), "S", NULL, "128",
      "--infer: tokens of a sequence's prompt" },
    { "generate", 0, OPTION_COUNT, AT(generate), "G", NULL, "32",
      "--infer: tokens that are generated" },
    { "batch", 0, OPTION_COUNT, AT(batch), "B", NULL, "1",
      "--infer: sequences" },
    { "memory", 0, OPTION_TEXT, AT(memory), "KIND", NULL, "lpddr5-6400",
      "--infer: dram.kind of machines that have no channel, or a file" },
    { "buffers", 0, OPTION_TEXT, AT(buffers), "BYTES", NULL, "262144",
      "--infer: capacities of machines that state none of their own" },
    { 0 }
};

const struct command cmd_run = {
    .name = "run",
    .arguments = "CHECKPOINT",
    .summary = "all steps at once: record, select, prune, replay, and a table",
    .description =
        "For every sparsity and method: chooses a plan, measures its "
        "perplexity, and replays it on every machine. What the results file "
        "has already is not done again; traces and plans are kept in a folder "
        "beside it.",
    .example = "flexcim run traces/checkpoints/llama-7m --tokens "
               "traces/checkpoints/tokens.safetensors",
    .often = true,
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct run_options),
    .run = cmd_run_run,
};
