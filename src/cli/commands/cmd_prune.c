/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim prune`: carries a plan out.  Masks, updates and packing are in
 * src/flow/prune; here a plan is found, its trace opened, and what was written
 * is put beside the plan into the results file and told as a row.
 */
#include <math.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/frame/share_call.h"
#include "cli/print/output.h"
#include "cli/print/table.h"
#include "flow/prune/rounding.h"
#include "flow/select/select.h"
#include "llm/fold.h"
#include "replay/input.h"
#include "store/store.h"
#include "sweep/crew_mpi.h"
#include "workflow/steps.h"

/* The share of a perplexity from which rounding is said to cost. */
static const double most_cost = 0.003;

struct prune_options {
    const char *plan, *trace, *calibration, *out, *checkpoint_out;
    const char *shard;
    uint64_t inputs, processes;
    unsigned dtype;
    bool keep, estimate;
};

/* Puts the pruned trace beside its plan into the store, and prints its row. */
static int cmd_prune_keep(struct session_call *at, const char *hash,
                          struct error *err)
{
    static const char *const names[] = { "trace",  "model",    "method",
                                         "layers", "sparsity", "hash" };
    const struct prune_options *asked = at->call->options;
    struct input input;
    struct table table;
    int status;

    if (steps_open_pruned(&input, asked->out, hash, err) < 0)
        return -1;
    status = input_put(&input, at->session.store, err);
    if (status == 0) {
        table_begin(&table, table_format_of(at->call, TABLE_ALIGNED),
                    sizeof names / sizeof *names, names);
        table_text(&table, asked->out);
        table_text(&table, input.trace.plan.model);
        table_text(&table, input.trace.plan.method);
        table_integer(&table, (int64_t)input.trace.layers);
        table_real(&table, input.trace.plan.reached);
        table_text(&table, input.hash);
        table_end(&table);
    }
    input_close(&input);
    return status;
}

/* Where the sparse trace goes; NULL: what no machine runs has none. */
static const char *cmd_prune_trace(const struct prune_options *asked,
                                   const struct plan *plan)
{
    return plan->unstructured && asked->checkpoint_out ? NULL : asked->out;
}

/* Whether kept weights will be rounded. */
static bool cmd_prune_rounds(const struct prune_options *asked,
                             const struct plan *plan)
{
    return asked->checkpoint_out && asked->dtype == CHECKPOINT_OWN &&
           plan->update != UPDATE_NONE;
}

/* All calibration rows if the plan is carried out on them; else those that tell
 * the cost of rounding, if there may be one and they can be read. */
static int cmd_prune_read_rows(struct model_tokens *tokens,
                               const struct call *call,
                               const struct prune *prune, struct error *err)
{
    const struct prune_options *asked = call->options;
    bool needs = prune_needs_tokens(prune->plan);
    struct error ignored;

    if (!needs && !cmd_prune_rounds(asked, prune->plan))
        return 0;
    if (select_tokens(tokens, prune->trace, asked->calibration,
                      needs ? (size_t)prune->trace->rows : ROUNDING_ROWS,
                      prune->model, needs ? err : &ignored) == 0)
        return 0;
    if (needs)
        return -1;
    output_note(call, "what rounding costs is not measured: %s", ignored.text);
    return 0;
}

/* What rounding to the checkpoint's numbers costs, and what to do about it. */
static void cmd_prune_tell_cost(const struct call *call, double cost,
                                size_t rows)
{
    if (isnan(cost))
        return;
    output_note(call,
                "kept weights rounded to the checkpoint's numbers: perplexity "
                "%+.3g %% on %zu calibration row%s%s",
                100 * cost, rows, rows == 1 ? "" : "s",
                cost > most_cost ? "; --dtype f32 loses nothing" : "");
}

/* What is carried out, and where to. */
struct prune_task {
    struct session_call *at;
    const struct model *model; /* as it is in its folder */
    const struct plan *plan;
    struct recorded_trace trace;
    struct model_tokens tokens;
    struct model *folded; /* NULL: channels stay where they are */
    struct prune prune;
    struct prune_files files;
    struct eighths eighths;
};

static int prune_task_part(void *context, struct eighth_job job,
                           struct error *err)
{
    const struct prune_task *task = context;

    return prune_part(&task->prune, job.what, job.eighth, err);
}

/* The line that tells of layers stays as it is. */
static int prune_task_share(void *context, uint32_t part, struct error *err)
{
    struct prune_task *task = context;
    struct progress *progress = task->prune.work.progress;
    int status;

    task->prune.work.progress = NULL;
    status = eighths_lead(&task->eighths, part, err);
    task->prune.work.progress = progress;
    return status;
}

/* What the results file may refuse comes before what is written. */
static int prune_task_store(struct prune_task *task, struct error *err)
{
    struct session_call *at = task->at;

    if (session_call_open(at, err) < 0 ||
        steps_put_model(&at->session, task->model, err) < 0)
        return -1;
    return store_put_plan(at->session.store, task->plan, err);
}

static int prune_task_lead(void *context, struct error *err)
{
    struct prune_task *task = context;
    double cost = NAN;
    char hash[HASH_TEXT];

    if (prune_task_store(task, err) < 0)
        return -1;
    prune_identity(&task->prune, hash);
    if (eighths_are_shared(&task->eighths) && prune_parts(&task->prune) > 0)
        task->prune.share = prune_task_share;
    if (prune_write(&task->prune, &task->files, &cost, err) < 0)
        return -1;
    steps_tell_dampened(&task->at->session, &task->prune);
    cmd_prune_tell_cost(task->at->call, cost,
                        min(task->tokens.rows, (size_t)ROUNDING_ROWS));
    return task->files.trace ? cmd_prune_keep(task->at, hash, err) : 0;
}

static int prune_task_estimate(void *context, struct forecast *forecast,
                               struct error *err)
{
    const struct prune_task *task = context;

    (void)err;
    forecast_prune(forecast, &task->prune);
    return 0;
}

/* All that the plan rests on, and whether it can be written. */
static int prune_task_open(struct prune_task *task, struct error *err)
{
    const struct prune_options *asked = task->at->call->options;
    struct prune *prune = &task->prune;

    if (prune_fold(&task->folded, task->model, task->plan, err) < 0)
        return -1;
    if (task->folded)
        prune->model = task->folded;
    if (cmd_prune_read_rows(&task->tokens, task->at->call, prune, err) < 0 ||
        prune_check(prune, err) < 0)
        return -1;
    if (task->tokens.ids && cmd_prune_rounds(asked, task->plan))
        task->files.rows = &task->tokens;
    if (!task->files.trace)
        return 0;
    if (prune_check_masks(task->plan, err) < 0 ||
        file_check_output(asked->out, err) < 0)
        return -1;
    return asked->checkpoint_out
               ? file_check_apart(asked->out, asked->checkpoint_out, err)
               : 0;
}

/* Layers that wait for others cannot be done by who does not wait. */
static int prune_task_check_shard(const struct prune_task *task,
                                  struct error *err)
{
    const struct prune_options *asked = task->at->call->options;
    const struct plan *plan = task->plan;

    if (!asked->shard ||
        (prune_parts(&task->prune) > 0 && !prune_needs_tokens(plan)))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--shard: %s; updates ending in -dense can be shared so",
                     prune_parts(&task->prune) == 0
                         ? "this plan has no update whose layers are "
                           "independent of each other"
                         : "each layer of this plan waits for those before it, "
                           "which --processes and mpirun share");
}

/* Blocks that are trained are kept anyway, as they are finished. */
static int prune_task_check_keep(const struct prune_task *task,
                                 struct error *err)
{
    const struct prune_options *asked = task->at->call->options;

    if (!asked->keep || prune_is_kept(&task->prune))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--keep says nothing with this plan, which %s",
                     prune_needs_tokens(task->plan)
                         ? "keeps each block that it has trained"
                         : "has no update, and runs no calibration rows");
}

static void prune_task_identify(const void *context, char identity[HASH_TEXT])
{
    const struct prune_task *task = context;

    plan_hash(task->plan, identity);
}

static int prune_task_run(struct prune_task *task, struct error *err)
{
    const struct prune_options *asked = task->at->call->options;
    struct share_call share = { .at = task->at,
                                .eighths = &task->eighths,
                                .shard = asked->shard,
                                .processes = asked->processes,
                                .beside = asked->out,
                                .made = "sparse trace",
                                .estimate = asked->estimate,
                                .tells = true,
                                .what = "prune",
                                .forecast = prune_task_estimate,
                                .identify = prune_task_identify,
                                .lead = prune_task_lead,
                                .context = task };

    if (prune_task_open(task, err) < 0 ||
        prune_task_check_shard(task, err) < 0 ||
        prune_task_check_keep(task, err) < 0)
        return -1;
    task->eighths = (struct eighths){ .measure = prune_task_part,
                                      .context = task,
                                      .whats = prune_parts(&task->prune),
                                      .name = "prune",
                                      .work = &task->prune.work };
    return share_call_run(&share, err);
}

static int prune(struct session_call *at, const struct model *model,
                 const struct plan *plan, struct error *err)
{
    const struct prune_options *asked = at->call->options;
    struct prune_task task = { .at = at, .model = model, .plan = plan };
    int status;

    task.prune = (struct prune){ .plan = plan,
                                 .trace = &task.trace,
                                 .model = model,
                                 .tokens = &task.tokens,
                                 .inputs = (uint32_t)asked->inputs,
                                 .keep = asked->out,
                                 .dampened = memory_new(plan->layers, 1),
                                 .keeps = true,
                                 .keeps_all = asked->keep,
                                 .work = at->session.work,
                                 .context = &task };
    task.files =
        (struct prune_files){ cmd_prune_trace(asked, plan),
                              asked->checkpoint_out, asked->dtype, NULL };
    status =
        steps_open_trace(&task.trace, plan, asked->plan, asked->trace, err);
    if (status == 0) {
        status = prune_task_run(&task, err);
        model_unfold(task.folded);
        model_tokens_release(&task.tokens);
        recorded_trace_close(&task.trace);
    }
    free(task.prune.dampened);
    return status;
}

static int cmd_prune_run(const struct call *call, struct error *err)
{
    const struct prune_options *asked = call->options;
    struct model *model;
    struct plan plan;
    struct session_call at;
    int status;

    if (!asked->plan)
        return error_set(err, ERROR_USAGE,
                         "prune needs --plan FILE, which `flexcim select` "
                         "writes");
    if (asked->dtype != CHECKPOINT_OWN && !asked->checkpoint_out)
        return error_set(err, ERROR_USAGE,
                         "--dtype says nothing without --checkpoint-out DIR");
    if (asked->inputs > UINT32_MAX)
        return error_set(err, ERROR_USAGE, "--inputs: more than 2^32 tokens");
    if (plan_read(&plan, asked->plan, err) < 0)
        return -1;
    if (model_open(&model, call->arguments[0], err) < 0) {
        plan_release(&plan);
        return -1;
    }
    output_remarks(call, model_remarks(model));
    session_call_begin(&at, call);
    status = prune(&at, model, &plan, err);
    if (status == 0 && asked->checkpoint_out && !asked->estimate &&
        !asked->shard && crew_mpi_rank() == 0)
        output_note(call,
                    "%s is a Hugging Face folder: `lm_eval --model hf "
                    "--model_args pretrained=%s` and `vllm serve %s` read it",
                    asked->checkpoint_out, asked->checkpoint_out,
                    asked->checkpoint_out);
    status = session_call_end(&at, status, err);
    model_close(model);
    plan_release(&plan);
    return status;
}

#define AT(member) offsetof(struct prune_options, member)

static const struct command_option option_table[] = {
    { "plan", 0, OPTION_TEXT, AT(plan), "FILE", NULL, NULL,
      "the pattern of every layer" },
    { "trace", 0, OPTION_TEXT, AT(trace), "FILE", NULL, NULL,
      "the recorded trace, if it is no longer where the plan says" },
    { "calibration", 0, OPTION_TEXT, AT(calibration), "FILE[:TENSOR]", NULL,
      NULL,
      "where the calibration tokens are now, if the plan needs them (where the "
      "trace says they were)" },
    { "inputs", 0, OPTION_COUNT, AT(inputs), "T", NULL, NULL,
      "tokens whose inputs are replayed, from the first: 1 is decoding (all "
      "that "
      "the trace has)" },
    { "checkpoint-out", 0, OPTION_TEXT, AT(checkpoint_out), "DIR", NULL, NULL,
      "the pruned model as a Hugging Face folder as well, which must not be "
      "there" },
    { "dtype", 0, OPTION_CHOICE, AT(dtype), "NUMBERS", checkpoint_numbers_names,
      "own",
      "what that folder's numbers are: own, to which kept weights are rounded "
      "if they were updated, or f32" },
    { "keep", 0, OPTION_FLAG, AT(keep), NULL, NULL, NULL,
      "keep where the calibration rows stand beside the sparse trace after "
      "every few of them, not only from time to time where the work is long" },
    SHARE_OPTIONS(struct prune_options, "the sparse trace", "sparse trace"),
    { "output", 'o', OPTION_TEXT, AT(out), "FILE", NULL, "sparse.trace",
      "the sparse trace" },
    { 0 }
};

const struct command cmd_prune = {
    .name = "prune",
    .arguments = "CHECKPOINT",
    .summary = "carry a plan out: masks, and packed 8-bit weights",
    .description =
        "Keeps the N best weights of every M, by the plan's score, and writes "
        "a sparse trace that machines can replay.",
    .example = "flexcim prune traces/checkpoints/llama-7m --plan plan.json "
               "-o sparse.trace",
    .often = true,
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct prune_options),
    .run = cmd_prune_run,
};
