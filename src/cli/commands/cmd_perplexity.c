/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim perplexity`: of a checkpoint's dense weights, or under the masks and
 * updates of a plan, which are made while the model is walked.  A note says if
 * the rows were those that the masks were made from: such a number is no test.
 */
#include <math.h>
#include <string.h>

#include "cli/print/output.h"
#include "cli/frame/share_call.h"
#include "llm/machine_arithmetic.h"
#include "workflow/pruned.h"
#include "workflow/steps_rows.h"
#include "cli/print/table.h"

struct perplexity_options {
    const char *tokens, *plan, *trace, *calibration;
    const char *shard;
    uint64_t rows, processes;
    bool int8, machine, estimate;
};

static void cmd_perplexity_print(const struct call *call,
                                 const struct steps_perplexity *perplexity,
                                 const struct plan *plan)
{
    static const char *const names[] = { "model",      "method", "sparsity",
                                         "tensor",     "rows",   "predicted",
                                         "arithmetic", "seen",   "perplexity" };
    struct table table;

    table_begin(&table, table_format_of(call, TABLE_ALIGNED),
                sizeof names / sizeof *names, names);
    table_text(&table, model_name(perplexity->model));
    table_text(&table, plan ? plan->method : "dense");
    table_real(&table, plan ? plan->reached : 0);
    table_text(&table, perplexity->tokens->tensor);
    table_integer(&table, (int64_t)perplexity->tokens->rows);
    table_integer(&table, (int64_t)perplexity->predictions);
    table_text(&table, model_arithmetics[perplexity->arithmetic]);
    table_text(&table, perplexity->seen ? "yes" : "no");
    table_real(&table, perplexity->value);
    table_end(&table);
}

/* Rows that the masks were made from are no test. */
static bool was_seen(const struct recorded_trace *trace,
                     const struct model_tokens *tokens)
{
    return trace->first_row < tokens->rows &&
           strcmp(trace->tokens_hash, tokens->hash) == 0 &&
           strcmp(recorded_tensor(trace), tokens->tensor) == 0;
}

/* A perplexity on its way, whose rows others may measure. */
struct perplexity_task {
    struct session_call *at;
    struct steps_perplexity *perplexity;
    const struct plan *plan; /* NULL: dense */
    struct eighths eighths;
};

static int perplexity_measure_job(void *context, struct eighth_job job,
                                  struct error *err)
{
    const struct perplexity_task *task = context;

    return steps_perplexity_eighth(&task->at->session, task->perplexity,
                                   job.eighth, err);
}

static int perplexity_lead(void *context, struct error *err)
{
    struct perplexity_task *task = context;

    if (eighths_begin(&task->eighths, err) < 0 ||
        session_call_open(task->at, err) < 0 ||
        steps_perplexity(&task->at->session, task->perplexity, err) < 0)
        return -1;
    if (task->perplexity->prune) {
        prune_forget(task->perplexity->prune);
        steps_tell_dampened(&task->at->session, task->perplexity->prune);
    }
    cmd_perplexity_print(task->at->call, task->perplexity, task->plan);
    if (task->perplexity->seen)
        output_note(task->at->call,
                    "these tokens were seen when the masks were made");
    return 0;
}

static int perplexity_estimate(void *context, struct forecast *forecast,
                               struct error *err)
{
    const struct perplexity_task *task = context;
    const struct model_tokens *tokens = task->perplexity->tokens;

    (void)err;
    forecast_rows(forecast, task->perplexity->model, tokens->rows,
                  tokens->length);
    if (task->perplexity->prune)
        forecast_add_prune(forecast, task->perplexity->prune);
    return 0;
}

static void perplexity_identify(const void *context, char identity[HASH_TEXT])
{
    const struct perplexity_task *task = context;

    steps_perplexity_identity(task->perplexity, identity);
}

static int perplexity_shared(struct session_call *at,
                             struct steps_perplexity *perplexity,
                             const struct plan *plan, struct error *err)
{
    const struct perplexity_options *asked = at->call->options;
    struct perplexity_task task = { at, perplexity, plan, { 0 } };
    struct share_call share = { .at = at,
                                .eighths = &task.eighths,
                                .shard = asked->shard,
                                .processes = asked->processes,
                                .beside = at->session.db,
                                .made = "number",
                                .estimate = asked->estimate,
                                .forecast = perplexity_estimate,
                                .identify = perplexity_identify,
                                .lead = perplexity_lead,
                                .context = &task };

    task.eighths = (struct eighths){ .measure = perplexity_measure_job,
                                     .context = &task,
                                     .whats = 1,
                                     .name = "perplexity",
                                     .work = &at->session.work };
    perplexity->eighths = &task.eighths;
    return share_call_run(&share, err);
}

static struct pruned_asked perplexity_asked(const struct call *call)
{
    const struct perplexity_options *asked = call->options;

    return (struct pruned_asked){ asked->plan, asked->trace, asked->calibration,
                                  (unsigned)call->workers };
}

static int cmd_perplexity_measure_pruned(struct session_call *at,
                                         struct steps_perplexity *perplexity,
                                         struct error *err)
{
    const struct pruned_asked asked = perplexity_asked(at->call);
    struct pruned pruned;
    int status;

    if (pruned_open(&pruned, perplexity->model, &asked, err) < 0)
        return -1;
    perplexity->model = pruned.prune.model;
    perplexity->prune = &pruned.prune;
    perplexity->seen = was_seen(&pruned.trace, perplexity->tokens);
    status = perplexity_shared(at, perplexity, &pruned.plan, err);
    pruned_close(&pruned);
    return status;
}

static int cmd_perplexity_run(const struct call *call, struct error *err)
{
    const struct perplexity_options *asked = call->options;
    struct steps_perplexity perplexity = { 0 };
    struct pruned_asked from;
    struct model_tokens tokens;
    struct model *model;
    struct session_call at;
    int status;

    if (!asked->tokens)
        return error_set(err, ERROR_USAGE,
                         "perplexity needs --tokens FILE[:TENSOR], a "
                         "safetensors file of token ids [rows][tokens]");
    if (asked->int8 && asked->machine)
        return error_set(err, ERROR_USAGE,
                         "--int8 and --machine-arithmetic are two arithmetics; "
                         "one was expected");
    from = perplexity_asked(call);
    if (pruned_check(&from, err) < 0 ||
        model_open(&model, call->arguments[0], err) < 0)
        return -1;
    if (model_tokens_read(&tokens, asked->tokens, "test", (size_t)asked->rows,
                          model, err) < 0) {
        model_close(model);
        return -1;
    }
    if (model_tokens_has_rows(&tokens, asked->rows, err) < 0 ||
        (asked->machine && exact_check(model, tokens.length, err) < 0)) {
        model_tokens_release(&tokens);
        model_close(model);
        return -1;
    }
    output_remarks(call, model_remarks(model));
    output_remarks(call, &tokens.remarks);
    perplexity.model = model;
    perplexity.tokens = &tokens;
    perplexity.arithmetic = asked->machine ? ARITHMETIC_MACHINE
                            : asked->int8  ? ARITHMETIC_W8A8
                                           : ARITHMETIC_F32;
    session_call_begin(&at, call);
    status = asked->plan ? cmd_perplexity_measure_pruned(&at, &perplexity, err)
                         : perplexity_shared(&at, &perplexity, NULL, err);
    status = session_call_end(&at, status, err);
    model_tokens_release(&tokens);
    model_close(model);
    return status;
}

#define AT(member) offsetof(struct perplexity_options, member)

static const struct command_option option_table[] = {
    { "tokens", 0, OPTION_TEXT, AT(tokens), "FILE[:TENSOR]", NULL, NULL,
      "test tokens (tensor `test`)" },
    { "rows", 0, OPTION_COUNT, AT(rows), "N", NULL, NULL,
      "how many of its rows, from the first (all)" },
    { "plan", 0, OPTION_TEXT, AT(plan), "FILE", NULL, NULL,
      "prune by this plan first (dense)" },
    { "trace", 0, OPTION_TEXT, AT(trace), "FILE", NULL, NULL,
      "the recorded trace, if it is no longer where the plan says" },
    { "calibration", 0, OPTION_TEXT, AT(calibration), "FILE[:TENSOR]", NULL,
      NULL,
      "where the calibration tokens are now, if the plan needs them (where the "
      "trace says they were)" },
    { "int8", 0, OPTION_FLAG, AT(int8), NULL, NULL, NULL,
      "8-bit weights (a scale an output) and inputs (a scale a token)" },
    { "machine-arithmetic", 0, OPTION_FLAG, AT(machine), NULL, NULL, NULL,
      "compute as the machines do: linear maps and attention in 8 bits with "
      "exact sums, states in 16; `infer` shows it" },
    SHARE_OPTIONS(struct perplexity_options, "the results file", "number"),
    { 0 }
};

const struct command cmd_perplexity = {
    .name = "perplexity",
    .arguments = "CHECKPOINT",
    .summary = "how well the model predicts a text, dense or pruned",
    .description =
        "exp of the mean negative log likelihood of tokens 1.. of each row, "
        "each row on its own, in f32 unless another arithmetic is asked for. "
        "What the results "
        "file has already is not measured again. Rows are shared as those of "
        "record are: by processes, other invocations with --shard, and under "
        "mpirun all other ranks.",
    .example = "flexcim perplexity traces/checkpoints/llama-7m --tokens "
               "traces/checkpoints/tokens.safetensors",
    .often = true,
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct perplexity_options),
    .run = cmd_perplexity_run,
};
