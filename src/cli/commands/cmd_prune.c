/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim prune`: carries a plan out.  Masks, updates and packing are in
 * src/flow/prune; here a plan is found, its trace opened, and what was written
 * is put beside the plan into the results file and told as a row.
 */
#include <math.h>

#include "base/file.h"
#include "cli/frame/session_call.h"
#include "cli/print/output.h"
#include "cli/print/table.h"
#include "flow/prune/rounding.h"
#include "flow/select/select.h"
#include "llm/fold.h"
#include "replay/input.h"
#include "store/store.h"
#include "workflow/steps.h"

/* The share of a perplexity from which rounding is said to cost. */
static const double most_cost = 0.003;

struct prune_options {
    const char *plan, *trace, *calibration, *out, *checkpoint_out;
    uint64_t inputs;
    unsigned dtype;
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
static void cmd_prune_tell_cost(const struct call *call, double cost)
{
    if (isnan(cost))
        return;
    output_note(call,
                "kept weights rounded to the checkpoint's numbers: perplexity "
                "%+.3g %% on %d calibration rows%s",
                100 * cost, ROUNDING_ROWS,
                cost > most_cost ? "; --dtype f32 loses nothing" : "");
}

static int prune(struct session_call *at, const struct model *model,
                 const struct plan *plan, struct error *err)
{
    const struct prune_options *asked = at->call->options;
    struct recorded_trace trace;
    struct model_tokens tokens = { 0 };
    struct prune what = { .plan = plan,
                          .trace = &trace,
                          .model = model,
                          .tokens = &tokens,
                          .inputs = (uint32_t)asked->inputs,
                          .keep = asked->out,
                          .work = at->session.work };
    struct prune_files files = { cmd_prune_trace(asked, plan),
                                 asked->checkpoint_out, asked->dtype, NULL };
    struct model *folded = NULL;
    double cost = NAN;
    char hash[HASH_TEXT];
    int status;

    if (steps_open_trace(&trace, plan, asked->plan, asked->trace, err) < 0)
        return -1;
    status = prune_fold(&folded, model, plan, err);
    if (folded)
        what.model = folded;
    if (status == 0)
        status = cmd_prune_read_rows(&tokens, at->call, &what, err);
    if (tokens.ids && cmd_prune_rounds(asked, plan))
        files.rows = &tokens;
    if (status == 0)
        status = prune_check(&what, err);
    if (status == 0 && files.trace)
        status = prune_check_masks(plan, err);
    if (status == 0 && files.trace)
        status = file_check_output(asked->out, err);
    if (status == 0 && files.trace && asked->checkpoint_out)
        status = file_check_apart(asked->out, asked->checkpoint_out, err);
    if (status == 0)
        status = session_call_open(at, err);
    /* What the results file may refuse comes before what is written. */
    if (status == 0)
        status = steps_put_model(&at->session, model, err);
    if (status == 0)
        status = store_put_plan(at->session.store, plan, err);
    if (status == 0)
        prune_identity(&what, hash);
    if (status == 0)
        status = prune_write(&what, &files, &cost, err);
    model_unfold(folded);
    model_tokens_release(&tokens);
    recorded_trace_close(&trace);
    if (status == 0)
        cmd_prune_tell_cost(at->call, cost);
    return status == 0 && files.trace ? cmd_prune_keep(at, hash, err) : status;
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
    if (status == 0 && asked->checkpoint_out)
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
