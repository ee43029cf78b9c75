/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim record`: from a checkpoint and rows of tokens to a recorded trace.
 *
 * Rows are measured in eighths whose sums are kept beside the trace, whoever
 * measures them: threads of this process, processes it forks, ranks under
 * mpirun, or other invocations with --shard.  The sums are added in the order
 * of the eighths, so that the trace has the same bytes in each case; a record
 * that was killed takes up the eighths that are there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "workflow/draw.h"
#include "cli/frame/share_call.h"
#include "workflow/steps.h"
#include "cli/print/output.h"
#include "cli/print/table.h"
#include "llm/record.h"

struct record_options {
    const char *tokens, *out, *draw;
    const char *shard;
    uint64_t rows, inputs, processes;
    bool gram, estimate;
};

/* What was recorded, as a row. */
static int cmd_record_tell(const struct session_call *at, const char *path,
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

/* What is recorded, and where to. */
struct record_task {
    struct session_call *at;
    struct record record;
    const char *path;
    struct eighths eighths;
};

static int record_measure_job(void *context, struct eighth_job job,
                              struct error *err)
{
    const struct record_task *task = context;
    const struct record_part part = { job.what, job.eighth };

    return record_measure_part(&task->record, task->path, part, err);
}

static int record_share(void *context, uint32_t block, struct error *err)
{
    struct record_task *task = context;

    return eighths_lead(&task->eighths, block, err);
}

static int record_lead(void *context, struct error *err)
{
    struct record_task *task = context;
    char hash[HASH_TEXT];

    record_identity(&task->record, hash);
    if (eighths_are_shared(&task->eighths))
        task->record.share = record_share;
    if (record_write(&task->record, task->path, err) < 0)
        return -1;
    return cmd_record_tell(task->at, task->path, hash, err);
}

static int record_estimate(void *context, struct forecast *forecast,
                           struct error *err)
{
    const struct record_task *task = context;

    (void)err;
    forecast_record(forecast, &task->record);
    return 0;
}

static void record_identify(const void *context, char identity[HASH_TEXT])
{
    const struct record_task *task = context;

    record_identity(&task->record, identity);
}

static int record_shared(struct record_task *task, struct error *err)
{
    const struct record_options *asked = task->at->call->options;
    struct share_call share = { .at = task->at,
                                .eighths = &task->eighths,
                                .shard = asked->shard,
                                .processes = asked->processes,
                                .beside = task->path,
                                .made = "trace",
                                .estimate = asked->estimate,
                                .tells = true,
                                .what = "record",
                                .forecast = record_estimate,
                                .identify = record_identify,
                                .lead = record_lead,
                                .context = task };

    task->record.context = task;
    task->eighths = (struct eighths){ .measure = record_measure_job,
                                      .context = task,
                                      .whats = record_parts(&task->record),
                                      .name = "calibration",
                                      .work = &task->record.work };
    return share_call_run(&share, err);
}

static int cmd_record_run(const struct call *call, struct error *err)
{
    const struct record_options *asked = call->options;
    struct model_tokens tokens;
    struct model *model;
    struct draw draw;
    struct session_call at;
    struct record_task task;
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
    session_call_begin(&at, call);
    task = (struct record_task){
        .at = &at,
        .record = { .model = model,
                    .tokens = &tokens,
                    .spec = asked->tokens,
                    .sample = (uint32_t)asked->inputs,
                    .gram = asked->gram,
                    .work = at.session.work },
        .path = path,
    };
    status = record_shared(&task, err);
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
    SHARE_OPTIONS(struct record_options, "the trace", "trace"),
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
        "of real 8-bit inputs. CHECKPOINT is a Hugging Face folder. Long work "
        "is kept by eighths of the rows beside the trace, so that the same "
        "command goes on where it was killed. Under mpirun rank 0 writes the "
        "trace, and all other ranks measure rows.",
    .example = "flexcim record traces/checkpoints/llama-7m --tokens "
               "traces/checkpoints/tokens.safetensors -o model.trace",
    .often = true,
    .common = COMMAND_JSON | COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct record_options),
    .run = cmd_record_run,
};
