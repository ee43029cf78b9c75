/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/machine_budget.h"
#include "cli/print/output.h"
#include "cli/road.h"
#include "flow/select/select.h"

static const char *method_name = "flow", *pattern, *patterns, *out, *folder,
                  *spec, *cycles, *energy, *machine_name = "flexcim";
static double sparsity = NAN, h = NAN, gap = NAN, seconds = NAN;
static uint64_t samples, bytes, agreement = 1;
static bool dense_ends, released, sequential, keep_masks, blocks;

static const char *const scope_names[] = { "standard", "block", "layer", NULL };
static const char *const score_names[] = { "wanda", "magnitude", NULL };
static const char *const update_names[] = { "none", "sparsegpt",
                                            "sparsegpt-dense", NULL };
static unsigned scope = SCOPE_STANDARD, score = SCORE_WANDA,
                update = UPDATE_NONE;

static int read_patterns(struct selection *selection, struct error *err)
{
    const char *list = pattern ? pattern : patterns;

    if (pattern && patterns)
        return error_set(err, ERROR_USAGE,
                         "--pattern and --patterns exclude each other");
    if (!list)
        return 0;
    if (pattern_list_parse(&selection->patterns, list, err) < 0) {
        err->kind = ERROR_USAGE;
        return error_prefix(err, "--%s: ", pattern ? "pattern" : "patterns");
    }
    return 0;
}

/* A budget in cycles or energy, if one was asked for. */
static int read_budget(struct machine_budget *budget,
                       const struct method *method, struct selection *selection,
                       struct error *err)
{
    enum need what = cycles ? NEED_CYCLES : NEED_ENERGY;
    struct machine_file machine;
    int status;

    if (!cycles && !energy)
        return 0;
    if ((cycles && energy) || selection->bytes > 0)
        return error_set(err, ERROR_USAGE,
                         "--bytes, --cycles and --energy exclude each other");
    if (!isnan(selection->sparsity))
        return error_set(err, ERROR_USAGE,
                         "--sparsity and --%s exclude each other",
                         cycles ? "cycles" : "energy");
    if (!method->takes_budget)
        return error_set(err, ERROR_USAGE,
                         "%s knows no budget in %s, only a sparsity",
                         method->name, cycles ? "cycles" : "energy");
    if (selection->patterns.count == 0 &&
        pattern_list_parse(&selection->patterns, method->patterns, err) < 0)
        return -1;
    if (machine_file_read(&machine, machine_name, NULL, 0, err) < 0)
        return -1;
    status = machine_budget_init(budget, cycles ? cycles : energy, what,
                                 &machine, selection, err);
    machine_file_release(&machine);
    budget->budget.gap = isnan(gap) ? 0 : gap;
    budget->budget.seconds = isnan(seconds) ? 0 : seconds;
    selection->budget = &budget->budget;
    return status;
}

/* Opens what the method needs besides the trace, and lets it choose. */
static int choose(struct plan *plan, const struct method *method,
                  struct selection *selection, struct error *err)
{
    struct machine_budget budget = { 0 };
    struct model_tokens tokens = { 0 };
    struct model *model = NULL;
    size_t rows = selection->samples ? selection->samples : method->samples;
    int status = 0;

    if (method->needs_model || cycles || energy)
        status = select_model(&model, selection->trace, folder, err);
    if (status == 0 && rows > 0)
        status =
            select_tokens(&tokens, selection->trace, spec, rows, model, err);
    selection->model = model;
    selection->tokens = tokens.ids ? &tokens : NULL;
    if (status == 0)
        status = read_budget(&budget, method, selection, err);
    if (status == 0)
        status = select_plan(plan, method, selection, err);
    machine_budget_release(&budget);
    model_tokens_release(&tokens);
    model_close(model);
    return status;
}

static int deliver(const struct call *call, const struct plan *plan,
                   struct error *err)
{
    char *text;

    output_note(call, "%s: sparsity %.4f reached%s", plan->method,
                plan->reached, plan->reason[0] ? "" : ".");
    if (plan->reason[0])
        output_note(call, "%s", plan->reason);
    if (out)
        return plan_write(plan, out, err);
    text = plan_text(plan);
    puts(text);
    free(text);
    return 0;
}

static int run(const struct call *call, struct error *err)
{
    const struct method *method = method_find(method_name, err);
    struct selection selection = { .sparsity = sparsity,
                                   .scope = scope,
                                   .score = score,
                                   .bytes = bytes,
                                   .update = update,
                                   .dense_ends = dense_ends,
                                   .released = released,
                                   .sequential = sequential,
                                   .keep_masks = keep_masks,
                                   .blocks = blocks,
                                   .h = isnan(h) ? 0 : h,
                                   .samples = (size_t)samples,
                                   .work.workers = (unsigned)call->workers };
    struct recorded_trace trace;
    struct plan plan;
    struct road road;
    int status;

    if (agreement < 1 || agreement > INT32_MAX)
        return error_set(err, ERROR_USAGE,
                         "--agreement: at least one output was expected");
    if (!isnan(gap) && !(gap >= 0 && gap < 1 && (cycles || energy)))
        return error_set(err, ERROR_USAGE,
                         "--gap: a share from 0 to under 1 was expected, with "
                         "--cycles or --energy");
    if (!isnan(seconds) && !(seconds > 0 && (cycles || energy)))
        return error_set(err, ERROR_USAGE,
                         "--seconds: a time over 0 was expected, with "
                         "--cycles or --energy");
    if (blocks && update != UPDATE_NONE)
        return error_set(err, ERROR_USAGE,
                         "--blocks knows no --update: the masks of an update "
                         "are its own");
    if (!method || read_patterns(&selection, err) < 0 ||
        recorded_trace_open(&trace, call->arguments[0], err) < 0)
        return -1;
    if (h <= 0) {
        recorded_trace_close(&trace);
        return error_set(err, ERROR_USAGE,
                         "--outlier: %g is not a number over 0", h);
    }
    road_begin(&road, call);
    road_warn(call, &trace);
    selection.agreement = (uint32_t)agreement;
    selection.trace = &trace;
    selection.work.progress = &road.progress;
    status = choose(&plan, method, &selection, err);
    if (status == 0) {
        status = deliver(call, &plan, err);
        plan_release(&plan);
    }
    status = road_end(&road, status, err);
    recorded_trace_close(&trace);
    return status;
}

static const struct command_option options[] = {
    { "method", 'm', OPTION_TEXT, &method_name, "NAME", NULL,
      "how patterns are chosen; `flexcim methods` lists them (flow)" },
    { "sparsity", 's', OPTION_REAL, &sparsity, "SHARE", NULL,
      "at least this share of the weights is pruned, e.g. 0.6" },
    { "bytes", 0, OPTION_COUNT, &bytes, "N", NULL,
      "instead: weights, metadata and selects take at most N bytes" },
    { "cycles", 0, OPTION_TEXT, &cycles, "N|N%|N:M", NULL,
      "instead: the machine takes at most N cycles, or that share of what "
      "dense "
      "takes, or as many as with that pattern everywhere" },
    { "energy", 0, OPTION_TEXT, &energy, "NJ|N%|N:M", NULL,
      "instead: it spends at most so many nanojoules, or likewise" },
    { "gap", 0, OPTION_REAL, &gap, "SHARE", NULL,
      "cycles, energy: a plan whose cost is within this share of the least is "
      "good enough; the plan states what is left (0: the best plan)" },
    { "seconds", 0, OPTION_REAL, &seconds, "S", NULL,
      "cycles, energy: the search for the best plan ends then at the latest; "
      "the plan states it, and another machine may find another plan (60)" },
    { "machine", 0, OPTION_TEXT, &machine_name, "NAME", NULL,
      "whose cycles or energy (flexcim)" },
    { "pattern", 0, OPTION_TEXT, &pattern, "N:M", NULL,
      "uniform: this pattern everywhere" },
    { "patterns", 0, OPTION_TEXT, &patterns, "LIST", NULL,
      "patterns that are offered, e.g. 2:8,4:8,dense (the method's own)" },
    { "scope", 0, OPTION_CHOICE, &scope, "SCOPE", scope_names,
      "what gets one pattern: block or layer (the method's own)" },
    { "score", 0, OPTION_CHOICE, &score, "SCORE", score_names,
      "what a weight is worth: wanda or magnitude (wanda)" },
    { "outlier", 0, OPTION_REAL, &h, "H", NULL,
      "an outlier's score is over H times the mean (the method's own)" },
    { "dense-ends", 0, OPTION_FLAG, &dense_ends, NULL, NULL,
      "the first and last decoder block stay dense, inside the budget" },
    { "released", 0, OPTION_FLAG, &released, NULL, NULL,
      "owl: by the rule of its public code, which knows no budget" },
    { "sequential", 0, OPTION_FLAG, &sequential, NULL, NULL,
      "masks from inputs as they are when all blocks before are pruned" },
    { "update", 0, OPTION_CHOICE, &update, "UPDATE", update_names,
      "what happens to kept weights: none, sparsegpt, or sparsegpt-dense from "
      "the trace alone (none)" },
    { "blocks", 0, OPTION_FLAG, &blocks, NULL, NULL,
      "outputs that agree keep the same inputs, for machines that skip blocks "
      "of zeros" },
    { "keep-masks", 0, OPTION_FLAG, &keep_masks, NULL, NULL,
      "an update keeps the masks of the score instead of its own" },
    { "agreement", 0, OPTION_COUNT, &agreement, "OUTPUTS", NULL,
      "neighbouring outputs whose selects agree (1: each has its own)" },
    { "samples", 0, OPTION_COUNT, &samples, "ROWS", NULL,
      "calibration rows that are run through the model (the method's own)" },
    { "checkpoint", 0, OPTION_TEXT, &folder, "FOLDER", NULL,
      "where the checkpoint is now (where the trace says it was)" },
    { "tokens", 0, OPTION_TEXT, &spec, "FILE[:TENSOR]", NULL,
      "where the calibration tokens are now (likewise)" },
    { "output", 'o', OPTION_TEXT, &out, "FILE", NULL,
      "the plan (standard output)" },
    { 0 }
};

const struct command cmd_select = {
    .name = "select",
    .arguments = "TRACE",
    .summary = "choose the N:M pattern of every layer",
    .description = "Reads a recorded trace and writes a plan, as JSON.",
    .example = "flexcim select model.trace --method flow --sparsity 0.6 "
               "-o plan.json",
    .often = true,
    .common = COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = options,
    .run = run,
};
