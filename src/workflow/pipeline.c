/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The workflow of `run`: record, then for each limit and method select, prune,
 * measure and replay.  Each step looks for its result first, by the identity of
 * all that goes into it: nothing is done twice, and a run that was stopped or
 * killed goes on where it was.  Files lie beside the results file under names
 * that have their hash.
 */
#include "workflow/pipeline.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/opened.h"
#include "workflow/forecast.h"
#include "workflow/machine_budget.h"
#include "workflow/pipeline_forecast.h"
#include "flow/select/select.h"
#include "llm/fold.h"
#include "llm/record.h"
#include "replay/replay_run.h"

/* Digits of a file's hash in its name: enough to keep files apart, whose whole
 * hash is looked at when they are opened. */
enum { NAME_DIGITS = 12 };

/* "results.db" keeps its traces in "results.traces". */
static char *folder_beside(const char *db)
{
    size_t length = strlen(db);

    if (length > 3 && strcmp(db + length - 3, ".db") == 0)
        length -= 3;
    return memory_printf("%.*s.traces", (int)length, db);
}

static int make_folder(struct pipeline *pipeline, struct error *err)
{
    pipeline->folder = folder_beside(pipeline->session->db);
    if (mkdir(pipeline->folder, 0777) == 0 || errno == EEXIST)
        return 0;
    return error_set(err, ERROR_DISK, "%s: cannot be made: %s",
                     pipeline->folder, strerror(errno));
}

/* ---- the recorded trace ------------------------------------------------- */

/* Tells the files of one draw of the calibration rows from another's: "" or
 * "-2of3"; free() it. */
static char *draw_mark(const struct pipeline *pipeline)
{
    const struct draw *draw = &pipeline->request->draw;

    return draw->of == 1 ? memory_text("")
                         : memory_printf("-%juof%ju", (uintmax_t)draw->number,
                                         (uintmax_t)draw->of);
}

bool pipeline_needs_gram(const struct pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->variants; i++) {
        if (update_from_trace(pipeline->variant[i].update) ||
            pipeline->variant[i].aware || pipeline->variant[i].permute)
            return true;
    }
    return false;
}

/* The recording that is asked for, if a file of that name is it. */
static bool is_recorded(struct recorded_trace *trace, const char *path,
                        const char *hash)
{
    struct error ignored;

    if (access(path, F_OK) != 0)
        return false;
    if (steps_open_written(trace, path, hash, &ignored) == 0)
        return true;
    opened_forget(path); /* it is recorded anew */
    return false;
}

static void tell_record(const struct pipeline *pipeline,
                        const struct record *what, const char *path)
{
    struct forecast forecast;

    if (!forecast_is_heard(pipeline->session))
        return;
    forecast_record(&forecast, what);
    forecast_tell(&forecast, pipeline->session,
                  &(struct forecast_words){ "record", path, 1 });
}

static int pipeline_record(struct pipeline *pipeline, struct error *err)
{
    const struct record what = { .model = pipeline->model,
                                 .tokens = &pipeline->calibration,
                                 .spec = pipeline->request->tokens,
                                 .sample = (uint32_t)pipeline->request->sample,
                                 .gram = pipeline_needs_gram(pipeline),
                                 .work = pipeline->session->work };
    char *mark = draw_mark(pipeline), *path;
    char hash[HASH_TEXT];
    int status = 0;

    record_identity(&what, hash);
    path = memory_printf("%s/%s%s-%.*s.trace", pipeline->folder,
                         model_name(pipeline->model), mark, NAME_DIGITS, hash);
    if (!is_recorded(&pipeline->trace, path, hash)) {
        tell_record(pipeline, &what, path);
        status = record_write(&what, path, err);
        if (status == 0)
            status = steps_open_written(&pipeline->trace, path, hash, err);
    }
    if (status == 0)
        steps_warn(pipeline->session, &pipeline->trace);
    free(path);
    free(mark);
    return status;
}

/* ---- one plan ----------------------------------------------------------- */

/* A number, or a share of what the weights take dense. */
static int read_bytes(uint64_t *bytes, const struct recorded_trace *trace,
                      const char *text, struct error *err)
{
    uint64_t dense = 0;
    double share;

    for (size_t i = 0; i < trace->layers; i++)
        dense += (uint64_t)trace->layer[i].shape.outputs *
                 trace->layer[i].shape.inputs;
    if (limit_is_share(&share, text))
        *bytes = (uint64_t)((double)dense * share);
    else if (!number_bytes(bytes, text))
        return error_set(err, ERROR_USAGE,
                         "--bytes: %s is neither a number of bytes nor a share "
                         "of dense like 50%%",
                         text);
    if (*bytes > 0)
        return 0;
    return error_set(err, ERROR_USAGE, "--bytes: %s is nothing", text);
}

/* A plan within a budget of the first machine. */
static int select_within(struct pipeline *pipeline, struct plan *plan,
                         const struct method *method, const char *limit,
                         struct selection *selection, struct error *err)
{
    const struct pipeline_request *request = pipeline->request;
    bool whole = request->of != PIPELINE_OF_LINEAR;
    const struct machine_limit most = {
        .text = limit,
        .what = request->asks == PIPELINE_CYCLES ? NEED_CYCLES : NEED_ENERGY,
        .machine =
            whole ? &pipeline->inferring.at[0] : &pipeline->machines.at[0],
        .version = pipeline->session->version,
        .asked = whole ? request->infer : NULL,
        .part = request->of == PIPELINE_OF_PROMPT ? WHOLE_PROMPT : WHOLE_TOKEN,
    };
    struct machine_budget budget;
    int status;

    if ((selection->patterns.count == 0 &&
         pattern_list_parse(&selection->patterns, method->patterns, err) < 0) ||
        machine_budget_init(&budget, &most, selection, err) < 0)
        return -1;
    selection->budget = &budget.budget;
    status = machine_budget_select(&budget, plan, method, selection, err);
    machine_budget_release(&budget);
    return status;
}

static int tell_select(const struct pipeline *pipeline,
                       const struct method *method,
                       const struct selection *selection, struct error *err)
{
    struct forecast forecast;

    if (!method->ways || !forecast_is_heard(pipeline->session))
        return 0;
    if (forecast_select(&forecast, method, selection, err) < 0)
        return -1;
    forecast_tell(&forecast, pipeline->session,
                  &(struct forecast_words){ "select", pipeline->trace.path,
                                            1 });
    return 0;
}

static int select_one(struct pipeline *pipeline, struct plan *plan,
                      const struct variant *variant, size_t limit,
                      struct error *err)
{
    const struct method *method = variant->method;
    struct model_tokens tokens = { 0 };
    struct selection selection = { .trace = &pipeline->trace,
                                   .model = pipeline->model,
                                   .patterns = pipeline->request->patterns,
                                   .sparsity = pipeline->sparsity[limit],
                                   .work = pipeline->session->work };
    const char *word = pipeline->request->limits.at[limit];
    enum pipeline_asks asks = pipeline->request->asks;
    size_t rows;
    int status = 0;

    variant_ask(variant, &selection);
    if (asks == PIPELINE_BYTES)
        status = read_bytes(&selection.bytes, &pipeline->trace, word, err);
    rows = select_rows(method, &selection);
    if (status == 0 && rows > 0) {
        status =
            select_tokens(&tokens, &pipeline->trace, pipeline->request->tokens,
                          rows, pipeline->model, err);
        selection.tokens = &tokens;
    }
    if (status == 0)
        status = tell_select(pipeline, method, &selection, err);
    if (status == 0)
        status =
            asks == PIPELINE_CYCLES || asks == PIPELINE_ENERGY
                ? select_within(pipeline, plan, method, word, &selection, err)
                : select_plan(plan, method, &selection, err);
    model_tokens_release(&tokens);
    return status;
}

static int pipeline_measure(struct pipeline *pipeline,
                            const struct prune *prune, double *value,
                            struct error *err)
{
    struct steps_perplexity perplexity = { .model = prune ? prune->model
                                                          : pipeline->model,
                                           .tokens = &pipeline->test,
                                           .prune = prune };

    if (steps_perplexity(pipeline->session, &perplexity, err) < 0)
        return -1;
    *value = perplexity.value;
    return 0;
}

/* Of the questions, if they are asked. */
static int pipeline_answer(struct pipeline *pipeline, const struct prune *prune,
                           double *value, struct error *err)
{
    struct steps_accuracy accuracy = { .model = prune ? prune->model
                                                      : pipeline->model,
                                       .tasks = &pipeline->tasks,
                                       .name = pipeline->test.tensor,
                                       .prune = prune };
    int status;

    *value = NAN;
    if (!pipeline->request->accuracy)
        return 0;
    status = steps_accuracy(pipeline->session, &accuracy, err);
    if (status == 0)
        *value = accuracy.accuracy.right;
    accuracy_release(&accuracy.accuracy);
    return status;
}

/* The sparse trace that is asked for, if a file of that name is it. */
static bool is_pruned(struct input *input, const char *path, const char *hash)
{
    struct error ignored;

    if (access(path, F_OK) != 0)
        return false;
    if (steps_open_pruned(input, path, hash, &ignored) == 0)
        return true;
    opened_forget(path); /* it is written anew */
    return false;
}

static int pipeline_replay_one(struct pipeline *pipeline,
                               const struct input *input, struct error *err)
{
    int status = input_put(input, pipeline->session->store, err);

    for (size_t m = 0; status == 0 && m < pipeline->machines.count; m++) {
        struct replay_run run = {
            .store = pipeline->session->store,
            .input = input,
            .machine = &pipeline->machines.at[m],
            .verify = true,
            .work = pipeline->session->work,
        };

        status = replay_run(&run, err);
    }
    if (status == 0 && pipeline->inferring.count > 0)
        status =
            infer_run(&(struct infer_run){ .store = pipeline->session->store,
                                           .input = input,
                                           .machines = pipeline->inferring.at,
                                           .count = pipeline->inferring.count,
                                           .asked = pipeline->request->infer,
                                           .work = pipeline->session->work },
                      err);
    return status;
}

static void tell_prune(const struct pipeline *pipeline,
                       const struct prune *prune, const char *path)
{
    struct forecast forecast;

    if (!forecast_is_heard(pipeline->session))
        return;
    forecast_prune(&forecast, prune);
    forecast_tell(&forecast, pipeline->session,
                  &(struct forecast_words){ "prune", path, 1 });
}

/* Carried out and replayed, if there is a machine to replay it. */
static int replay_plan(struct pipeline *pipeline, const struct prune *prune,
                       const char *base, struct error *err)
{
    char *hash = pipeline->sparse[prune->plan - pipeline->plan];
    struct input input;
    char *path;
    int status = 0;

    if (pipeline->machines.count == 0)
        return 0;
    prune_identity(prune, hash);
    path = memory_printf("%s-%.*s.sparse.trace", base, NAME_DIGITS, hash);
    if (!is_pruned(&input, path, hash)) {
        tell_prune(pipeline, prune, path);
        status = prune_write(prune, &(struct prune_files){ .trace = path },
                             NULL, err);
        if (status == 0)
            status = steps_open_pruned(&input, path, hash, err);
    }
    if (status == 0) {
        status = pipeline_replay_one(pipeline, &input, err);
        input_close(&input);
    }
    free(path);
    return status;
}

/* Where the files of a plan lie, but for hash and ending; free() it. */
static char *base_of(const struct pipeline *pipeline, const struct plan *plan,
                     const char *limit)
{
    static const char *const before[] = { "", "bytes-", "cycles-", "energy-" };
    char *variant = variant_of_plan(plan);
    char *mark = draw_mark(pipeline);
    char *base =
        memory_printf("%s/%s%s-%s-%s%s", pipeline->folder, plan->model, mark,
                      variant, before[pipeline->request->asks], limit);

    free(mark);
    free(variant);
    return base;
}

static int go_one(struct pipeline *pipeline, const struct plan *plan,
                  const char *limit, struct error *err)
{
    struct prune prune = {
        .plan = plan,
        .trace = &pipeline->trace,
        .model = pipeline->model,
        .tokens = &pipeline->calibration,
        .dampened = memory_new(plan->layers, 1),
        .work = pipeline->session->work,
    };
    double *perplexity = &pipeline->perplexity[plan - pipeline->plan];
    char *base = base_of(pipeline, plan, limit), *path;
    struct model *folded;
    char hash[HASH_TEXT];
    int status = prune_fold(&folded, pipeline->model, plan, err);

    if (folded)
        prune.model = folded;
    plan_hash(plan, hash);
    path = memory_printf("%s-%.*s.plan.json", base, NAME_DIGITS, hash);
    prune.keep = path;
    if (status == 0)
        status = plan_write(plan, path, err);
    if (status == 0)
        status = pipeline_measure(pipeline, &prune, perplexity, err);
    if (status == 0)
        status = pipeline_answer(
            pipeline, &prune, &pipeline->accuracy[plan - pipeline->plan], err);
    if (status == 0)
        status = replay_plan(pipeline, &prune, base, err);
    if (status == 0) {
        prune_forget(&prune);
        steps_tell_dampened(pipeline->session, &prune);
    }
    free(prune.dampened);
    model_unfold(folded);
    free(path);
    free(base);
    return status;
}

/* ---- all ---------------------------------------------------------------- */

int pipeline_go(struct pipeline *pipeline, struct error *err)
{
    static const char *const of[] = { "sparsity", "bytes", "cycles", "energy" };
    const struct words *words = &pipeline->request->limits;

    if (make_folder(pipeline, err) < 0 ||
        steps_put_model(pipeline->session, pipeline->model, err) < 0 ||
        pipeline_forecast_tell(pipeline, err) < 0 ||
        pipeline_record(pipeline, err) < 0 ||
        pipeline_measure(pipeline, NULL, &pipeline->dense, err) < 0 ||
        pipeline_answer(pipeline, NULL, &pipeline->dense_accuracy, err) < 0)
        return -1;
    for (size_t l = 0; l < pipeline->limits; l++) {
        for (size_t m = 0; m < pipeline->variants; m++) {
            struct plan *plan = &pipeline->plan[pipeline->plans];

            session_note(pipeline->session, "%s at %s %s",
                         pipeline->request->methods.at[m],
                         of[pipeline->request->asks], words->at[l]);
            if (select_one(pipeline, plan, &pipeline->variant[m], l, err) < 0)
                return -1;
            pipeline->plans++;
            if (go_one(pipeline, plan, words->at[l], err) < 0)
                return -1;
        }
    }
    return 0;
}

void pipeline_end(struct pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->plans; i++)
        plan_release(&pipeline->plan[i]);
    machine_list_release(&pipeline->machines);
    machine_list_release(&pipeline->inferring);
    recorded_trace_close(&pipeline->trace);
    model_tokens_release(&pipeline->calibration);
    model_tokens_release(&pipeline->test);
    model_close(pipeline->model);
    free(pipeline->plan);
    tasks_release(&pipeline->tasks);
    free(pipeline->accuracy);
    free(pipeline->perplexity);
    free(pipeline->sparse);
    free(pipeline->variant);
    free(pipeline->sparsity);
    free(pipeline->folder);
}
