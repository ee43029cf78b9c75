/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim accuracy`: how many questions with fixed answers a model gets right,
 * dense or pruned by a plan.  Pruning happens while the model is walked, as
 * `perplexity` does it: no pruned checkpoint is written.  Questions come from a
 * file of token ids or are cut from a text's rows, so that it needs no
 * tokenizer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/print/output.h"
#include "cli/print/table.h"
#include "cli/frame/share_call.h"
#include "workflow/pruned.h"
#include "workflow/steps_rows.h"
#include "llm/accuracy.h"

struct accuracy_options {
    const char *tasks, *tokens, *plan, *trace, *calibration, *out, *shard;
    uint64_t rows, longest, processes;
    bool int8, estimate;
};

/* What the answers are of. */
struct accuracy_call {
    struct session_call *at;
    const struct accuracy_options *asked;
    const struct model *model;
    struct tasks tasks;
    char *named; /* the file of the questions, or the tensor of the text */
};

static void cmd_accuracy_print(const struct accuracy_call *call,
                               const struct accuracy *accuracy,
                               const struct plan *plan)
{
    static const char *const names[] = { "model",     "method",    "sparsity",
                                         "tasks",     "questions", "acc",
                                         "error",     "acc_norm",  "error_n",
                                         "arithmetic" };
    struct table table;

    table_begin(&table, table_format_of(call->at->call, TABLE_ALIGNED),
                sizeof names / sizeof *names, names);
    table_text(&table, model_name(call->model));
    table_text(&table, plan ? plan->method : "dense");
    table_real(&table, plan ? plan->reached : 0);
    table_text(&table, call->named);
    table_integer(&table, (int64_t)call->tasks.questions);
    table_real(&table, accuracy->right);
    table_real(&table, accuracy->error);
    table_real(&table, accuracy->right_by_length);
    table_real(&table, accuracy->error_by_length);
    table_text(&table, model_arithmetics[call->asked->int8 ? ARITHMETIC_W8A8
                                                           : ARITHMETIC_F32]);
    table_end(&table);
}

/* question,answer,by_length,gold: what McNemar's test of two plans reads. */
static int write_answers(const struct accuracy_call *call,
                         const struct accuracy *accuracy, struct error *err)
{
    struct text text;
    int status;

    if (!call->asked->out)
        return 0;
    text_init(&text);
    text_add(&text, "question,answer,by_length,gold\n");
    for (size_t q = 0; q < call->tasks.questions; q++)
        text_addf(&text, "%zu,%" PRIu32 ",%" PRIu32 ",%" PRIu32 "\n", q,
                  accuracy->answer[q], accuracy->by_length[q],
                  call->tasks.gold[q]);
    status = file_put(call->asked->out, text.at, text.length, err);
    text_release(&text);
    return status;
}

/* An accuracy on its way, whose requests others may answer. */
struct accuracy_task {
    const struct accuracy_call *call;
    struct steps_accuracy of;
    struct eighths eighths;
};

static int accuracy_measure_job(void *context, struct eighth_job job,
                                struct error *err)
{
    const struct accuracy_task *task = context;

    return steps_accuracy_eighth(&task->call->at->session, &task->of,
                                 job.eighth, err);
}

static int accuracy_lead(void *context, struct error *err)
{
    struct accuracy_task *task = context;
    const struct accuracy_call *call = task->call;
    const struct prune *prune = task->of.prune;
    int status =
        call->asked->out ? file_check_output(call->asked->out, err) : 0;

    if (status == 0)
        status = eighths_begin(&task->eighths, err);
    if (status == 0)
        status = session_call_open(call->at, err);
    if (status == 0)
        status = steps_accuracy(&call->at->session, &task->of, err);
    if (status == 0 && prune)
        steps_tell_dampened(&call->at->session, prune);
    if (status == 0)
        status = write_answers(call, &task->of.accuracy, err);
    if (status == 0)
        cmd_accuracy_print(call, &task->of.accuracy,
                           prune ? prune->plan : NULL);
    accuracy_release(&task->of.accuracy);
    return status;
}

static int accuracy_estimate(void *context, struct forecast *forecast,
                             struct error *err)
{
    const struct accuracy_task *task = context;

    (void)err;
    forecast_rows(forecast, task->of.model, task->of.tasks->requests,
                  accuracy_length(task->of.tasks, task->of.model,
                                  task->of.longest));
    if (task->of.prune)
        forecast_add_prune(forecast, task->of.prune);
    return 0;
}

static void accuracy_identify(const void *context, char identity[HASH_TEXT])
{
    const struct accuracy_task *task = context;

    steps_accuracy_identity(&task->of, identity);
}

static int cmd_accuracy_measure(const struct accuracy_call *call,
                                const struct prune *prune, struct error *err)
{
    struct accuracy_task task = {
        .call = call,
        .of = { .model = prune ? prune->model : call->model,
                .tasks = &call->tasks,
                .name = call->named,
                .prune = prune,
                .longest = (uint32_t)call->asked->longest,
                .arithmetic =
                    call->asked->int8 ? ARITHMETIC_W8A8 : ARITHMETIC_F32,
                .again = call->asked->out != NULL,
                .eighths = &task.eighths },
        .eighths = { .measure = accuracy_measure_job,
                     .context = &task,
                     .whats = 1,
                     .name = "accuracy",
                     .work = &call->at->session.work },
    };
    struct share_call share = { .at = call->at,
                                .eighths = &task.eighths,
                                .shard = call->asked->shard,
                                .processes = call->asked->processes,
                                .beside = call->at->session.db,
                                .made = "number",
                                .estimate = call->asked->estimate,
                                .forecast = accuracy_estimate,
                                .identify = accuracy_identify,
                                .lead = accuracy_lead,
                                .context = &task };

    return share_call_run(&share, err);
}

static struct pruned_asked accuracy_asked(const struct call *call)
{
    const struct accuracy_options *asked = call->options;

    return (struct pruned_asked){ asked->plan, asked->trace, asked->calibration,
                                  (unsigned)call->workers };
}

static int cmd_accuracy_measure_pruned(const struct accuracy_call *call,
                                       struct error *err)
{
    const struct pruned_asked asked = accuracy_asked(call->at->call);
    struct pruned pruned;
    int status;

    if (pruned_open(&pruned, call->model, &asked, err) < 0)
        return -1;
    status = cmd_accuracy_measure(call, &pruned.prune, err);
    if (status == 0)
        prune_forget(&pruned.prune);
    pruned_close(&pruned);
    return status;
}

static int read_tasks(struct accuracy_call *call, struct error *err)
{
    const struct accuracy_options *asked = call->asked;
    struct model_tokens text;
    int status;

    if (asked->tasks) {
        call->named = memory_text(asked->tasks);
        return tasks_read(&call->tasks, asked->tasks, call->model, err);
    }
    if (model_tokens_read(&text, asked->tokens, "test", (size_t)asked->rows,
                          call->model, err) < 0)
        return -1;
    call->named = memory_text(text.tensor);
    status = model_tokens_has_rows(&text, asked->rows, err);
    if (status == 0)
        status = tasks_from_rows(&call->tasks, &text, tasks_standard_cut, err);
    model_tokens_release(&text);
    return status;
}

static int cmd_accuracy_run(const struct call *call, struct error *err)
{
    const struct accuracy_options *asked = call->options;
    struct session_call at;
    struct accuracy_call all = { .at = &at, .asked = asked };
    struct pruned_asked from;
    struct model *model;
    int status;

    if (!asked->tasks == !asked->tokens)
        return error_set(err, ERROR_USAGE,
                         "accuracy needs --tasks FILE, a safetensors file of "
                         "questions, or --tokens FILE[:TENSOR], of whose rows "
                         "questions are cut");
    from = accuracy_asked(call);
    if (pruned_check(&from, err) < 0)
        return -1;
    if (asked->rows > 0 && asked->tasks)
        return error_set(err, ERROR_USAGE,
                         "--rows is of --tokens; a file of questions is "
                         "answered whole");
    if (asked->longest > INT32_MAX)
        return error_set(err, ERROR_USAGE, "--max-length: more than 2^31");
    if (model_open(&model, call->arguments[0], err) < 0)
        return -1;
    output_remarks(call, model_remarks(model));
    all.model = model;
    session_call_begin(&at, call);
    status = read_tasks(&all, err);
    if (status == 0)
        status = asked->plan ? cmd_accuracy_measure_pruned(&all, err)
                             : cmd_accuracy_measure(&all, NULL, err);
    status = session_call_end(&at, status, err);
    tasks_release(&all.tasks);
    free(all.named);
    model_close(model);
    return status;
}

#define AT(member) offsetof(struct accuracy_options, member)

static const struct command_option option_table[] = {
    { "tasks", 0, OPTION_TEXT, AT(tasks), "FILE", NULL, NULL,
      "questions as token ids: tensors ids, begin, context, question, length "
      "and gold" },
    { "tokens", 0, OPTION_TEXT, AT(tokens), "FILE[:TENSOR]", NULL, NULL,
      "instead: rows (tensor `test`) that are cut into questions, 48 tokens "
      "of context and four ways to go on for 32" },
    { "rows", 0, OPTION_COUNT, AT(rows), "N", NULL, NULL,
      "how many of these rows, from the first (all)" },
    { "max-length", 0, OPTION_COUNT, AT(longest), "TOKENS", NULL, NULL,
      "tokens of an input, the last ones (what the model takes, or 2048)" },
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
    { "output", 'o', OPTION_TEXT, AT(out), "FILE", NULL, NULL,
      "each question's answers as CSV" },
    SHARE_OPTIONS(struct accuracy_options, "the results file", "number"),
    { 0 }
};

const struct command cmd_accuracy = {
    .name = "accuracy",
    .arguments = "CHECKPOINT",
    .summary = "how many questions the model answers right, dense or pruned",
    .description =
        "Each question has several requests, a context and one way to go on; "
        "the answer is the one with the largest sum of log likelihoods of its "
        "continuation (acc), or the largest by character (acc_norm), as "
        "lm-evaluation-harness has it. Errors are standard errors. What the "
        "results file has already is not measured again; `flexcim query "
        "accuracy` compares what is there. Requests are shared as rows of "
        "perplexity are.",
    .example = "flexcim accuracy traces/checkpoints/llama-7m --tokens "
               "traces/checkpoints/tokens.safetensors",
    .often = true,
    .common = COMMAND_DB | COMMAND_JSON | COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct accuracy_options),
    .run = cmd_accuracy_run,
};
