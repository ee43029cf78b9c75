/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim select`: a plan from a recorded trace.  Options become a
 * `selection`; what a method needs besides the trace (the model, the
 * calibration rows) is opened only if it needs it, since reading a large
 * checkpoint takes longer than most methods.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/printable.h"
#include "base/number.h"
#include "cli/frame/budget_call.h"
#include "cli/print/output.h"
#include "cli/select_share.h"
#include "workflow/steps.h"
#include "flow/select/select.h"

/* What is taken where nothing is said, as a value and as its text. */
#define STEPS          200
#define RATE           0.001
#define SEED           1
#define MACHINE        "flexcim"
#define PROMPT         2048
#define GENERATE       128
#define BATCH          1
#define MEMORY         "lpddr5-6400"
#define BUFFERS        "262144"
#define WORD_OF(value) #value
#define TEXT_OF(value) WORD_OF(value)

struct select_options {
    const char *method, *pattern, *patterns, *out, *checkpoint, *tokens,
        *cycles, *energy, *machine, *propagate, *shard, *memory, *buffers;
    double sparsity, outlier, gap, seconds, rate;
    uint64_t samples, bytes, agreement, steps, seed, processes, prompt,
        generate, batch;
    bool aware, permute, mixed, dense_ends, released, sequential, keep_masks,
        blocks, unstructured, keep, estimate;
    unsigned scope, score, update, start, of;
};

static const char *const start_names[] = { "admm", "refit", NULL };
static const enum update start_updates[] = { UPDATE_ADMM, UPDATE_REFIT };

static int cmd_select_read_patterns(struct selection *selection,
                                    const struct select_options *asked,
                                    struct error *err)
{
    const char *list = asked->pattern ? asked->pattern : asked->patterns;

    if (asked->pattern && asked->patterns)
        return error_set(err, ERROR_USAGE,
                         "--pattern and --patterns exclude each other");
    if (!list)
        return 0;
    if (pattern_list_parse(&selection->patterns, list, err) < 0) {
        err->kind = ERROR_USAGE;
        return error_prefix(err,
                            "--%s: ", asked->pattern ? "pattern" : "patterns");
    }
    return 0;
}

static const char *const of_names[] = { "linear", "prompt", "token", NULL };

static int read_budget(struct budget_call *call,
                       const struct select_options *asked,
                       const struct method *method, struct selection *selection,
                       struct error *err)
{
    const struct budget_asked what = {
        .cycles = asked->cycles,
        .energy = asked->energy,
        .machine = asked->machine,
        .memory = asked->memory,
        .buffers = asked->buffers,
        .of = (enum budget_of)asked->of,
        .prompt = asked->prompt,
        .generate = asked->generate,
        .batch = asked->batch,
        .gap = isnan(asked->gap) ? 0 : asked->gap,
        .seconds = isnan(asked->seconds) ? 0 : asked->seconds,
    };

    if (!asked->cycles && !asked->energy)
        return 0;
    return budget_call_read(call, &what, method, selection, err);
}

/* none, auto, or a share. */
static int read_propagate(struct selection *selection,
                          const struct select_options *asked, struct error *err)
{
    if (!asked->propagate)
        return 0;
    selection->propagate = PROPAGATE_SHARE;
    if (strcmp(asked->propagate, "auto") == 0)
        selection->propagate = PROPAGATE_AUTO;
    else if (!number_share(&selection->share, asked->propagate))
        return error_set(err, ERROR_USAGE,
                         "--propagate: `%s` is neither auto nor a share from 0 "
                         "to 1",
                         asked->propagate);
    return 0;
}

static int deliver(const struct call *call, const struct plan *plan,
                   struct error *err)
{
    const struct select_options *asked = call->options;
    char *text;

    output_note(call, "%s: sparsity %.4f reached%s", plan->method,
                plan->reached, plan->reason[0] ? "" : ".");
    if (plan->reason[0])
        output_note(call, "%s", plan->reason);
    if (asked->out)
        return plan_write(plan, asked->out, err);
    text = printable_json(plan_text(plan));
    puts(text);
    free(text);
    return 0;
}

/* A selection on its way to a plan. */
struct select_task {
    const struct call *call;
    const struct method *method;
    struct selection *selection;
};

static int select_lead(void *context, struct error *err)
{
    const struct select_task *task = context;
    const struct select_options *asked = task->call->options;
    struct budget_call budget = { 0 };
    struct plan plan;
    int status =
        read_budget(&budget, asked, task->method, task->selection, err);

    if (status == 0 && asked->out)
        status = file_check_output(asked->out, err);
    if (status == 0)
        status = machine_budget_select(&budget.budget, &plan, task->method,
                                       task->selection, err);
    if (status == 0) {
        status = deliver(task->call, &plan, err);
        plan_release(&plan);
    }
    budget_call_release(&budget);
    return status;
}

static int select_estimate(void *context, struct forecast *forecast,
                           struct error *err)
{
    const struct select_task *task = context;

    return forecast_select(forecast, task->method, task->selection, err);
}

static void select_identify(const void *context, char identity[HASH_TEXT])
{
    const struct select_task *task = context;

    select_share_identity(identity, task->method, task->selection);
}

/* Opens what the method needs besides the trace, and lets it choose. */
static int cmd_select_choose(struct session_call *at,
                             const struct method *method,
                             struct selection *selection, struct error *err)
{
    const struct select_options *asked = at->call->options;
    struct select_task task = { at->call, method, selection };
    struct share_call share = { .at = at,
                                .shard = asked->shard,
                                .processes = asked->processes,
                                .estimate = asked->estimate,
                                .tells = method->ways != NULL,
                                .what = "select",
                                .forecast = select_estimate,
                                .identify = select_identify,
                                .lead = select_lead,
                                .context = &task };
    struct model_tokens tokens = { 0 };
    struct model *model = NULL;
    size_t rows = select_rows(method, selection);
    int status = 0;

    if (method->needs_model || selection->permute ||
        selection->propagate == PROPAGATE_AUTO || asked->cycles ||
        asked->energy)
        status = select_model(&model, selection->trace, asked->checkpoint, err);
    if (status == 0 && rows > 0)
        status = select_tokens(&tokens, selection->trace, asked->tokens, rows,
                               model, err);
    selection->model = model;
    selection->tokens = tokens.ids ? &tokens : NULL;
    if (status == 0)
        status = select_share(&share, method, selection, err);
    model_tokens_release(&tokens);
    model_close(model);
    return status;
}

/* Options that would be passed over in silence. */
static int check_owners(const struct select_options *asked,
                        const struct method *method, struct error *err)
{
    bool trains = asked->update == UPDATE_RECONSTRUCT;
    bool measures = method->ways != NULL;
    const char *costly = "--method sensitivity, block-error, scaled or judged";
    bool budget = asked->cycles || asked->energy,
         whole = asked->of != BUDGET_OF_LINEAR;
    const struct {
        const char *name, *owner;
        bool alone;
    } options[] = {
        { "steps", "--update reconstruct", !trains && asked->steps != STEPS },
        { "rate", "--update reconstruct", !trains && asked->rate != RATE },
        { "start", "--update reconstruct", !trains && asked->start != 0 },
        { "seed", "--update reconstruct or --permute",
          !trains && !asked->permute && asked->seed != SEED },
        { "keep-masks", "an --update",
          asked->keep_masks && asked->update == UPDATE_NONE },
        { "processes", costly, asked->processes > 0 && !measures },
        { "shard", costly, asked->shard && !measures },
        { "keep", costly, asked->keep && !measures },
        { "estimate", costly, asked->estimate && !measures },
        { "machine", "--cycles or --energy",
          strcmp(asked->machine, MACHINE) != 0 && !budget },
        { "of", "--cycles or --energy", whole && !budget },
        { "prompt", "--of prompt or token", !whole && asked->prompt != PROMPT },
        { "generate", "--of prompt or token",
          !whole && asked->generate != GENERATE },
        { "batch", "--of prompt or token", !whole && asked->batch != BATCH },
        { "memory", "--of prompt or token",
          !whole && strcmp(asked->memory, MEMORY) != 0 },
        { "buffers", "--of prompt or token",
          !whole && strcmp(asked->buffers, BUFFERS) != 0 },
    };

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].alone)
            return error_set(err, ERROR_USAGE, "--%s says nothing without %s",
                             options[i].name, options[i].owner);
    return 0;
}

/* One limit, whatever it is of. */
static int check_budgets(const struct select_options *asked, struct error *err)
{
    const struct {
        const char *name;
        bool said;
    } limits[] = { { "sparsity", !isnan(asked->sparsity) },
                   { "bytes", asked->bytes > 0 },
                   { "cycles", asked->cycles != NULL },
                   { "energy", asked->energy != NULL } };
    const char *first = NULL;

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (limits[i].said && first)
            return error_set(err, ERROR_USAGE,
                             "--%s or --%s was expected, not both", first,
                             limits[i].name);
        if (limits[i].said)
            first = limits[i].name;
    }
    return 0;
}

static int cmd_select_run(const struct call *call, struct error *err)
{
    const struct select_options *asked = call->options;
    const struct method *method = method_find(asked->method, err);
    struct selection selection = {
        .sparsity = asked->sparsity,
        .scope = asked->scope,
        .score = asked->score,
        .bytes = asked->bytes,
        .update = asked->update,
        .start = start_updates[asked->start],
        .reconstruct = { (uint32_t)asked->steps, asked->rate, asked->seed },
        .aware = asked->aware,
        .permute = asked->permute,
        .mixed = asked->mixed,
        .ends = asked->dense_ends ? SCOPE_ENDS_DENSE : SCOPE_ENDS_CHOSEN,
        .released = asked->released,
        .sequential = asked->sequential,
        .keep_masks = asked->keep_masks,
        .way = asked->blocks ? MASK_BLOCKS : MASK_GROUPS,
        .unstructured = asked->unstructured,
        .h = isnan(asked->outlier) ? 0 : asked->outlier,
        .samples = (size_t)asked->samples,
        .keep = asked->keep,
        .work.workers = (unsigned)call->workers
    };
    struct recorded_trace trace;
    struct session_call at;
    int status;

    if (asked->agreement < 1 || asked->agreement > INT32_MAX)
        return error_set(err, ERROR_USAGE,
                         "--agreement: at least one output was expected");
    if (!isnan(asked->gap) && !(asked->gap >= 0 && asked->gap < 1 &&
                                (asked->cycles || asked->energy)))
        return error_set(err, ERROR_USAGE,
                         "--gap: a share from 0 to under 1 was expected, with "
                         "--cycles or --energy");
    if (!isnan(asked->seconds) &&
        !(asked->seconds > 0 && (asked->cycles || asked->energy)))
        return error_set(err, ERROR_USAGE,
                         "--seconds: a time over 0 was expected, with "
                         "--cycles or --energy");
    if (asked->steps < 1 || asked->steps > INT32_MAX || !(asked->rate > 0) ||
        !(asked->rate < 1) || asked->seed > INT64_MAX)
        return error_set(err, ERROR_USAGE,
                         "--steps, --rate, --seed: at least one step, a rate "
                         "over 0 and under 1, and a seed under 2^63 were "
                         "expected");
    if (asked->blocks && asked->update != UPDATE_NONE)
        return error_set(err, ERROR_USAGE,
                         "--blocks knows no --update: the masks of an update "
                         "are its own");
    if (!isnan(asked->sparsity) &&
        !(asked->sparsity >= 0 && asked->sparsity < 1))
        return error_set(err, ERROR_USAGE,
                         "--sparsity: %g is no share from 0 to under 1",
                         asked->sparsity);
    if (!method || check_budgets(asked, err) < 0 ||
        check_owners(asked, method, err) < 0)
        return -1;
    if (cmd_select_read_patterns(&selection, asked, err) < 0 ||
        read_propagate(&selection, asked, err) < 0 ||
        recorded_trace_open(&trace, call->arguments[0], err) < 0)
        return -1;
    if (asked->outlier <= 0) {
        recorded_trace_close(&trace);
        return error_set(err, ERROR_USAGE,
                         "--outlier: %g is not a number over 0",
                         asked->outlier);
    }
    session_call_begin(&at, call);
    steps_warn(&at.session, &trace);
    selection.agreement = (uint32_t)asked->agreement;
    selection.trace = &trace;
    selection.work.progress = &at.progress;
    status = cmd_select_choose(&at, method, &selection, err);
    status = session_call_end(&at, status, err);
    recorded_trace_close(&trace);
    return status;
}

#define AT(member) offsetof(struct select_options, member)

static const struct command_option option_table[] = {
    { "method", 'm', OPTION_TEXT, AT(method), "NAME", NULL, "flow",
      "how patterns are chosen; `flexcim methods` lists them" },
    { "sparsity", 's', OPTION_REAL, AT(sparsity), "SHARE", NULL, NULL,
      "at least this share of the weights is pruned, e.g. 0.6" },
    { "bytes", 0, OPTION_BYTES, AT(bytes), "N", NULL, NULL,
      "instead: weights, metadata and selects take at most N bytes" },
    { "cycles", 0, OPTION_TEXT, AT(cycles), "N|N%|N:M", NULL, NULL,
      "instead: the machine takes at most N cycles, or that share of what "
      "dense "
      "takes, or as many as with that pattern everywhere" },
    { "energy", 0, OPTION_TEXT, AT(energy), "NJ|N%|N:M", NULL, NULL,
      "instead: it spends at most so many nanojoules, or likewise" },
    { "gap", 0, OPTION_REAL, AT(gap), "SHARE", NULL, NULL,
      "cycles, energy: a plan whose cost is within this share of the least is "
      "good enough; the plan states what is left (0: the best plan)" },
    { "seconds", 0, OPTION_REAL, AT(seconds), "S", NULL, NULL,
      "cycles, energy: the search for the best plan ends then at the latest; "
      "the plan states it, and another machine may find another plan (60)" },
    { "machine", 0, OPTION_TEXT, AT(machine), "NAME", NULL, MACHINE,
      "whose cycles or energy" },
    { "of", 0, OPTION_CHOICE, AT(of), "PART", of_names, "linear",
      "cycles, energy: of the pruned layers alone, or of a whole inference's "
      "prompt, or of a token after it" },
    { "prompt", 0, OPTION_COUNT, AT(prompt), "S", NULL, TEXT_OF(PROMPT),
      "prompt, token: tokens of a sequence's prompt" },
    { "generate", 0, OPTION_COUNT, AT(generate), "G", NULL, TEXT_OF(GENERATE),
      "prompt, token: tokens that are generated" },
    { "batch", 0, OPTION_COUNT, AT(batch), "B", NULL, TEXT_OF(BATCH),
      "prompt, token: sequences" },
    { "memory", 0, OPTION_TEXT, AT(memory), "KIND", NULL, MEMORY,
      "prompt, token: dram.kind of a machine that has no channel, or a file; "
      "none: weights are resident" },
    { "buffers", 0, OPTION_TEXT, AT(buffers), "BYTES", NULL, BUFFERS,
      "prompt, token: capacities of a machine that states none of its own; "
      "none: without a limit" },
    { "pattern", 0, OPTION_TEXT, AT(pattern), "N:M", NULL, NULL,
      "uniform: this pattern everywhere" },
    { "patterns", 0, OPTION_TEXT, AT(patterns), "LIST", NULL, NULL,
      "patterns that are offered, e.g. 2:8,4:8,dense (the method's own)" },
    { "scope", 0, OPTION_CHOICE, AT(scope), "SCOPE", scope_names, NULL,
      "what gets one pattern: block or layer (the method's own)" },
    { "score", 0, OPTION_CHOICE, AT(score), "SCORE", score_formula_names,
      "wanda", "what a weight is worth: wanda or magnitude" },
    { "outlier", 0, OPTION_REAL, AT(outlier), "H", NULL, NULL,
      "an outlier's score is over H times the mean (the method's own)" },
    { "dense-ends", 0, OPTION_FLAG, AT(dense_ends), NULL, NULL, NULL,
      "the first and last decoder block stay dense, inside the budget" },
    { "mixed", 0, OPTION_FLAG, AT(mixed), NULL, NULL, NULL,
      "flow, owl: blocks mix two patterns, so that no more is pruned than is "
      "asked" },
    { "released", 0, OPTION_FLAG, AT(released), NULL, NULL, NULL,
      "owl: by the rule of its public code, which knows no budget" },
    { "sequential", 0, OPTION_FLAG, AT(sequential), NULL, NULL, NULL,
      "masks from inputs as they are when all layers before are pruned" },
    { "update", 0, OPTION_CHOICE, AT(update), "UPDATE", update_names, "none",
      "what happens to kept weights: none, sparsegpt, refit or admm, or these "
      "with -dense, from the trace alone; reconstruct trains them, block by "
      "block" },
    { "start", 0, OPTION_CHOICE, AT(start), "UPDATE", start_names, "admm",
      "reconstruct: what it starts from; with --keep-masks the masks alone" },
    { "propagate", 0, OPTION_TEXT, AT(propagate), "SHARE|auto", NULL, NULL,
      "before an update weights take over this share of what their inputs "
      "lack; "
      "auto: of 0, 0.5 and 1 the best on rows that are set aside (none)" },
    { "aware", 0, OPTION_FLAG, AT(aware), NULL, NULL, NULL,
      "sensitivity, block-error, scaled: costs of layers as refitted; judged: "
      "that "
      "plan of sensitivity as well" },
    { "permute", 0, OPTION_FLAG, AT(permute), NULL, NULL, NULL,
      "the plan orders channels, too, so that groups of M keep more" },
    { "steps", 0, OPTION_COUNT, AT(steps), "N", NULL, TEXT_OF(STEPS),
      "reconstruct: steps of training a block, 16 rows each" },
    { "rate", 0, OPTION_REAL, AT(rate), "RATE", NULL, TEXT_OF(RATE),
      "reconstruct: the first step's rate" },
    { "seed", 0, OPTION_COUNT, AT(seed), "SEED", NULL, TEXT_OF(SEED),
      "reconstruct: of the rows that are drawn; permute: of the channels" },
    { "unstructured", 0, OPTION_FLAG, AT(unstructured), NULL, NULL, NULL,
      "the plan's layers keep as many weights, each output its largest "
      "wherever "
      "they stand: a bound that no machine runs" },
    { "blocks", 0, OPTION_FLAG, AT(blocks), NULL, NULL, NULL,
      "outputs that agree keep the same inputs, for machines that skip blocks "
      "of zeros" },
    { "keep-masks", 0, OPTION_FLAG, AT(keep_masks), NULL, NULL, NULL,
      "an update keeps the masks of the score instead of its own" },
    { "agreement", 0, OPTION_COUNT, AT(agreement), "OUTPUTS", NULL, "1",
      "neighbouring outputs whose selects agree; at 1 each has its own" },
    { "samples", 0, OPTION_COUNT, AT(samples), "ROWS", NULL, NULL,
      "calibration rows that are run through the model (the method's own)" },
    { "keep", 0, OPTION_FLAG, AT(keep), NULL, NULL, NULL,
      "keep what is finished of costs beside the trace after each step, not "
      "only from time to time where the work is long" },
    SHARE_OPTIONS(struct select_options, "the trace", "plan"),
    { "checkpoint", 0, OPTION_TEXT, AT(checkpoint), "FOLDER", NULL, NULL,
      "where the checkpoint is now (where the trace says it was)" },
    { "tokens", 0, OPTION_TEXT, AT(tokens), "FILE[:TENSOR]", NULL, NULL,
      "where the calibration tokens are now (likewise)" },
    { "output", 'o', OPTION_TEXT, AT(out), "FILE", NULL, NULL,
      "the plan (standard output)" },
    { 0 }
};

const struct command cmd_select = {
    .name = "select",
    .arguments = "TRACE",
    .summary = "choose the N:M pattern of every layer",
    .description =
        "Reads a recorded trace and writes a plan, as JSON. Costs that take "
        "long to measure (sensitivity, block-error, scaled, judged) are kept "
        "by "
        "eighths of the rows beside the trace, so that the same command goes "
        "on where it was killed; processes, other invocations with --shard, "
        "and under mpirun all other ranks, measure some of the eighths.",
    .example = "flexcim select model.trace --method flow --sparsity 0.6 "
               "-o plan.json",
    .often = true,
    .common = COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct select_options),
    .run = cmd_select_run,
};
