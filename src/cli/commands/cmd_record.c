/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "workflow/draw.h"
#include "cli/frame/session_call.h"
#include "workflow/steps.h"
#include "cli/print/output.h"
#include "cli/print/table.h"
#include "llm/record.h"

struct record_options {
    const char *tokens, *out, *draw;
    uint64_t rows, inputs;
    bool gram;
};

/* What was recorded, as a row. */
static int tell(const struct session_call *at, const char *path,
                const char *hash, struct error *err)
{
    static const char *const names[] = { "trace",  "model", "family", "layers",
                                         "tokens", "rows",  "hash" };
    struct recorded_trace trace;
    struct table table;
    const char *slash;

    if (steps_open_written(&trace, path, hash, err) < 0)
        return -1;
    steps_warn(&at->session, &trace);
    slash = strrchr(trace.tokens, '/');
    table_begin(&table, table_format_of(at->call, TABLE_ALIGNED),
                sizeof names / sizeof *names, names);
    table_text(&table, path);
    table_text(&table, trace.model);
    table_text(&table, trace.family);
    table_integer(&table, (int64_t)trace.layers);
    table_text(&table, slash ? slash + 1 : trace.tokens);
    table_integer(&table, (int64_t)trace.rows);
    table_text(&table, trace.hash);
    table_end(&table);
    recorded_trace_close(&trace);
    return 0;
}

static int record(struct session_call *at, struct record *what,
                  const char *path, struct error *err)
{
    const struct record_options *asked = at->call->options;
    char hash[HASH_TEXT];
    int status;

    what->spec = asked->tokens;
    what->sample = (uint32_t)asked->inputs;
    what->gram = asked->gram;
    what->work = at->session.work;
    record_identity(what, hash);
    status = record_write(what, path, err);
    return status == 0 ? tell(at, path, hash, err) : -1;
}

static int run(const struct call *call, struct error *err)
{
    const struct record_options *asked = call->options;
    struct model_tokens tokens;
    struct model *model;
    struct draw draw;
    struct session_call at;
    struct record what;
    char *path;
    int status;

    if (!asked->tokens)
        return error_set(err, ERROR_USAGE,
                         "record needs --tokens FILE[:TENSOR], a safetensors "
                         "file of token ids [rows][tokens]");
    if (asked->inputs < 1 || asked->inputs > UINT32_MAX)
        return error_set(err, ERROR_USAGE,
                         "--inputs: at least one token was expected");
    if (draw_parse(&draw, asked->draw, asked->rows, err) < 0 ||
        model_open(&model, call->arguments[0], err) < 0)
        return -1;
    if (draw_read(&tokens, &draw, asked->tokens, model, err) < 0) {
        model_close(model);
        return -1;
    }
    output_remarks(call, model_remarks(model));
    output_remarks(call, &tokens.remarks);
    path = asked->out ? memory_text(asked->out)
                      : memory_printf("%s.trace", model_name(model));
    what = (struct record){ .model = model, .tokens = &tokens };
    session_call_begin(&at, call);
    status = record(&at, &what, path, err);
    status = session_call_end(&at, status, err);
    free(path);
    model_tokens_release(&tokens);
    model_close(model);
    return status;
}

#define AT(member) offsetof(struct record_options, member)

static const struct command_option option_table[] = {
    { "tokens", 0, OPTION_TEXT, AT(tokens), "FILE[:TENSOR]", NULL, NULL,
      "calibration tokens (tensor `calibration`)" },
    { "rows", 0, OPTION_COUNT, AT(rows), "N", NULL, NULL,
      "how many of its rows, from the first (all)" },
    { "draw", 0, OPTION_TEXT, AT(draw), "I/N", NULL, "1/1",
      "the I-th of N disjoint draws of its rows" },
    { "inputs", 0, OPTION_COUNT, AT(inputs), "T", NULL, "512",
      "tokens whose real inputs are kept for the replay" },
    { "gram", 0, OPTION_FLAG, AT(gram), NULL, NULL, NULL,
      "the inputs' Gram matrices as well, for updates ending in -dense" },
    { "output", 'o', OPTION_TEXT, AT(out), "FILE", NULL, NULL,
      "the recorded trace (MODEL.trace)" },
    { 0 }
};

const struct command cmd_record = {
    .name = "record",
    .arguments = "CHECKPOINT",
    .summary = "record a trace: weights, and what the layers' inputs look like",
    .description =
        "Runs the calibration tokens through the model as it is, and writes "
        "8-bit weights, the mean squared input of every channel, and a sample "
        "of real 8-bit inputs. CHECKPOINT is a Hugging Face folder.",
    .example = "flexcim record traces/checkpoints/llama-7m --tokens "
               "traces/checkpoints/tokens.safetensors -o model.trace",
    .often = true,
    .common = COMMAND_JSON | COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct record_options),
    .run = run,
};
