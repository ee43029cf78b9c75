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

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/words.h"
#include "workflow/draw.h"
#include "cli/frame/session_call.h"
#include "workflow/steps.h"
#include "cli/print/output.h"
#include "cli/print/table.h"
#include "llm/calibration.h"
#include "llm/record.h"
#include "sweep/crew_mpi.h"
#include "workflow/record_crew.h"

struct record_options {
    const char *tokens, *out, *draw;
    const char *shard;
    uint64_t rows, inputs, processes;
    bool gram;
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

/* Only every N-th eighth of the rows from the I-th: 1, as there is then no
 * trace yet. */
static int record_shard(struct session_call *at, const struct record *what,
                        const char *path, struct error *err)
{
    const struct record_options *asked = at->call->options;
    uint64_t shard, shards;

    if (words_part(&shard, &shards, asked->shard, "--shard", err) < 0)
        return -1;
    for (unsigned e = (unsigned)min(shard - 1, CALIBRATION_EIGHTHS);
         e < CALIBRATION_EIGHTHS; e += (unsigned)min(shards, 8))
        if (record_eighth(what, path, e, err) < 0)
            return -1;
    output_note(at->call,
                "part %ju of %ju is kept beside %s; when all parts are there, "
                "the same command without --shard makes the trace of them",
                (uintmax_t)shard, (uintmax_t)shards, path);
    return 1;
}

/* Has others measure rows, if that was asked for; 1 if that is all that was. */
static int divide(struct session_call *at, struct record *what,
                  const char *path, struct error *err)
{
    const struct record_options *asked = at->call->options;
    struct record_crew crew = { what, path, (unsigned)asked->processes };

    if (asked->shard)
        return record_shard(at, what, path, err);
    if (crew_mpi_ranks() > 1)
        return record_crew_lead(&crew, err);
    if (asked->processes > 1) {
        what->work.workers =
            (unsigned)max(1, work_workers(&what->work) / asked->processes);
        return record_crew_lead(&crew, err);
    }
    return 0;
}

static int cmd_record_record(struct session_call *at, struct record *what,
                             const char *path, struct error *err)
{
    char hash[HASH_TEXT];
    int status;

    record_identity(what, hash);
    status = divide(at, what, path, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    status = record_write(what, path, err);
    return status == 0 ? cmd_record_tell(at, path, hash, err) : -1;
}

/* Under mpirun, whose ranks all begin here: rank 0 does what the command does,
 * the others measure rows for it and tell nothing. */
static int record_or_serve(struct session_call *at, struct record *what,
                           const char *path, struct error *err)
{
    struct record_crew work = { what, path, 1 };
    struct crew_plan plan;
    char hash[HASH_TEXT];
    int status;

    if (crew_mpi_begin(err) < 0)
        return -1;
    if (crew_mpi_ranks() == 1)
        return cmd_record_record(at, what, path, err);
    if (what->work.workers == 0)
        what->work.workers = 1;
    record_identity(what, hash);
    status = crew_mpi_agree(0, hash, err);
    if (status == 0 && crew_mpi_rank() > 0) {
        what->work.progress = NULL;
        record_crew_plan(&plan, &work);
        crew_mpi_serve(&plan);
    } else if (status == 0) {
        status = cmd_record_record(at, what, path, err);
    }
    if (crew_mpi_rank() > 0)
        status = 0; /* rank 0 tells what went wrong */
    crew_mpi_end();
    return status;
}

static int cmd_record_run(const struct call *call, struct error *err)
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
    if (asked->processes > CALIBRATION_EIGHTHS)
        return error_set(err, ERROR_USAGE,
                         "--processes: at most %d, as the rows are cut into "
                         "eighths",
                         CALIBRATION_EIGHTHS);
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
    what = (struct record){ .model = model,
                            .tokens = &tokens,
                            .spec = asked->tokens,
                            .sample = (uint32_t)asked->inputs,
                            .gram = asked->gram,
                            .work = at.session.work };
    status = record_or_serve(&at, &what, path, err);
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
    { "processes", 0, OPTION_COUNT, AT(processes), "N", NULL, NULL,
      "forked processes, at most 8, that share the rows; --workers are all "
      "their threads (1)" },
    { "shard", 0, OPTION_TEXT, AT(shard), "I/N", NULL, NULL,
      "measure only part I of N of the rows, and keep it beside the trace; "
      "when all are there, the same without --shard makes the trace" },
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
