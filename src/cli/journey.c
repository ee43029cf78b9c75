/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/journey.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/opened.h"
#include "cli/machine_budget.h"
#include "cli/print/output.h"
#include "flow/select/select.h"
#include "llm/record.h"
#include "replay/replay_run.h"

/* "results.db" keeps its traces in "results.traces". */
static char *folder_beside(const char *db)
{
    size_t length = strlen(db);

    if (length > 3 && strcmp(db + length - 3, ".db") == 0)
        length -= 3;
    return memory_printf("%.*s.traces", (int)length, db);
}

static int read_sparsities(struct journey *journey, struct error *err)
{
    const struct words *words = &journey->request->limits;

    journey->limits = words->count;
    journey->sparsity = memory_new(words->count, sizeof *journey->sparsity);
    for (size_t i = 0; i < words->count; i++) {
        double *sparsity = &journey->sparsity[i];

        *sparsity = NAN;
        if (journey->request->asks != JOURNEY_SPARSITY)
            continue;
        if (!number_f64(sparsity, words->at[i]) || *sparsity < 0 ||
            *sparsity >= 1)
            return error_set(err, ERROR_USAGE,
                             "--sparsity: %s is no share from 0 to under 1",
                             words->at[i]);
    }
    return 0;
}

static int read_methods(struct journey *journey, struct error *err)
{
    const struct words *words = &journey->request->methods;

    journey->variant = memory_new(words->count, sizeof *journey->variant);
    for (size_t i = 0; i < words->count; i++) {
        if (variant_parse(&journey->variant[i], words->at[i], err) < 0)
            return -1;
        if (journey->request->asks != JOURNEY_SPARSITY &&
            !journey->variant[i].method->takes_budget)
            return error_set(
                err, ERROR_USAGE,
                "%s knows no budget in bytes, cycles or energy, only a "
                "sparsity",
                words->at[i]);
        journey->variants++;
    }
    return 0;
}

/* One file has both tensors, so that none can be told. */
static int read_tokens(struct journey *journey, struct error *err)
{
    const struct journey_request *request = journey->request;

    if (draw_read(&journey->calibration, &request->draw, request->tokens,
                  journey->model, err) < 0 ||
        model_tokens_read(&journey->test, request->tokens, "test",
                          (size_t)request->rows, journey->model, err) < 0)
        return -1;
    if (strcmp(journey->test.tensor, "test") == 0)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--tokens: run takes a FILE without :%s, and reads its "
                     "tensors `calibration` and `test`",
                     journey->test.tensor);
}

static int make_folder(struct journey *journey, struct error *err)
{
    journey->folder = folder_beside(journey->road.call->db);
    if (mkdir(journey->folder, 0777) == 0 || errno == EEXIST)
        return 0;
    return error_set(err, ERROR_DISK, "%s: cannot be made: %s", journey->folder,
                     strerror(errno));
}

int journey_begin(struct journey *journey, const struct call *call,
                  const struct journey_request *request, struct error *err)
{
    *journey = (struct journey){ .request = request };
    road_begin(&journey->road, call);
    if (read_sparsities(journey, err) < 0 || read_methods(journey, err) < 0 ||
        machine_list_read(&journey->machines, &request->machines, NULL, err) <
            0 ||
        model_open(&journey->model, request->checkpoint, err) < 0 ||
        read_tokens(journey, err) < 0 || road_open(&journey->road, err) < 0 ||
        make_folder(journey, err) < 0)
        return -1;
    journey->plan =
        memory_new(journey->limits * journey->variants, sizeof *journey->plan);
    journey->perplexity = memory_new(journey->limits * journey->variants,
                                     sizeof *journey->perplexity);
    return road_put_model(&journey->road, journey->model, err);
}

/* ---- the recorded trace ------------------------------------------------- */

/* Tells the files of one draw of the calibration rows from another's: "" or
 * "-2of3"; free() it. */
static char *draw_mark(const struct journey *journey)
{
    const struct draw *draw = &journey->request->draw;

    return draw->of == 1 ? memory_text("")
                         : memory_printf("-%juof%ju", (uintmax_t)draw->number,
                                         (uintmax_t)draw->of);
}

/* Whether a variant takes the Gram matrices from the trace. */
static bool needs_gram(const struct journey *journey)
{
    for (size_t i = 0; i < journey->variants; i++) {
        if (update_from_trace(journey->variant[i].update))
            return true;
    }
    return false;
}

/* Whether a file is the recording that is asked for. */
static bool is_recorded(struct recorded_trace *trace, const char *path,
                        const struct journey *journey)
{
    const struct model_tokens *tokens = &journey->calibration;
    uint64_t wanted = (uint64_t)tokens->rows * tokens->length;
    struct error ignored;

    if (access(path, F_OK) != 0)
        return false;
    if (recorded_trace_open(trace, path, &ignored) < 0) {
        opened_forget(path);
        return false;
    }
    if (wanted > journey->request->sample)
        wanted = journey->request->sample;
    if (strcmp(trace->checkpoint, model_hash(journey->model)) == 0 &&
        strcmp(trace->tokens_hash, tokens->hash) == 0 &&
        strcmp(recorded_tensor(trace), tokens->tensor) == 0 &&
        trace->first_row == tokens->first && trace->rows == tokens->rows &&
        trace->layer[0].tokens == wanted &&
        (trace->has_gram || !needs_gram(journey)))
        return true;
    recorded_trace_close(trace);
    opened_forget(path); /* it is recorded anew */
    return false;
}

static int record(struct journey *journey, struct error *err)
{
    const struct call *call = journey->road.call;
    const struct record what = { .model = journey->model,
                                 .tokens = &journey->calibration,
                                 .spec = journey->request->tokens,
                                 .sample = (uint32_t)journey->request->sample,
                                 .gram = needs_gram(journey),
                                 .work = road_work(&journey->road) };
    char *mark = draw_mark(journey);
    char *path = memory_printf("%s/%s%s.trace", journey->folder,
                               model_name(journey->model), mark);
    int status = 0;

    if (!is_recorded(&journey->trace, path, journey)) {
        status = record_write(&what, path, err);
        if (status == 0)
            status = recorded_trace_open(&journey->trace, path, err);
    }
    if (status == 0)
        road_warn(call, &journey->trace);
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
        dense += (uint64_t)trace->layer[i].outputs * trace->layer[i].inputs;
    if (limit_is_share(&share, text))
        *bytes = (uint64_t)((double)dense * share);
    else if (!number_u64(bytes, text))
        return error_set(err, ERROR_USAGE,
                         "--bytes: %s is neither a number of bytes nor a share "
                         "of dense like 50%%",
                         text);
    if (*bytes > 0)
        return 0;
    return error_set(err, ERROR_USAGE, "--bytes: %s is nothing", text);
}

/* A plan within a budget of the first machine. */
static int select_within(struct journey *journey, struct plan *plan,
                         const struct method *method, const char *limit,
                         struct selection *selection, struct error *err)
{
    enum need what =
        journey->request->asks == JOURNEY_CYCLES ? NEED_CYCLES : NEED_ENERGY;
    struct machine_budget budget;
    int status;

    if ((selection->patterns.count == 0 &&
         pattern_list_parse(&selection->patterns, method->patterns, err) < 0) ||
        machine_budget_init(&budget, limit, what, &journey->machines.at[0],
                            selection, err) < 0)
        return -1;
    selection->budget = &budget.budget;
    status = select_plan(plan, method, selection, err);
    machine_budget_release(&budget);
    return status;
}

static int select_one(struct journey *journey, struct plan *plan,
                      const struct variant *variant, size_t limit,
                      struct error *err)
{
    const struct method *method = variant->method;
    struct model_tokens tokens = { 0 };
    struct selection selection = { .trace = &journey->trace,
                                   .model = journey->model,
                                   .patterns = journey->request->patterns,
                                   .sparsity = journey->sparsity[limit],
                                   .update = variant->update,
                                   .released = variant->released,
                                   .sequential = variant->sequential,
                                   .work = road_work(&journey->road) };
    const char *word = journey->request->limits.at[limit];
    enum journey_asks asks = journey->request->asks;
    int status = 0;

    if (asks == JOURNEY_BYTES)
        status = read_bytes(&selection.bytes, &journey->trace, word, err);
    if (status == 0 && method->samples > 0) {
        status =
            select_tokens(&tokens, &journey->trace, journey->request->tokens,
                          method->samples, journey->model, err);
        selection.tokens = &tokens;
    }
    if (status == 0)
        status =
            asks == JOURNEY_CYCLES || asks == JOURNEY_ENERGY
                ? select_within(journey, plan, method, word, &selection, err)
                : select_plan(plan, method, &selection, err);
    model_tokens_release(&tokens);
    return status;
}

static int measure(struct journey *journey, const struct prune *prune,
                   double *value, struct error *err)
{
    struct road_perplexity perplexity = { .model = journey->model,
                                          .tokens = &journey->test,
                                          .prune = prune };

    if (road_perplexity(&journey->road, &perplexity, err) < 0)
        return -1;
    *value = perplexity.value;
    return 0;
}

static int replay_one(struct journey *journey, const char *path,
                      struct error *err)
{
    struct input input;
    int status = input_open_trace(&input, path, err);

    if (status < 0)
        return -1;
    status = input_put(&input, journey->road.store, err);
    for (size_t m = 0; status == 0 && m < journey->machines.count; m++) {
        struct replay_run run = {
            .store = journey->road.store,
            .input = &input,
            .machine = &journey->machines.at[m],
            .verify = true,
            .work = road_work(&journey->road),
        };

        status = replay_run(&run, err);
    }
    input_close(&input);
    return status;
}

/* Carried out and replayed, if there is a machine to replay it. */
static int replay_plan(struct journey *journey, const struct prune *prune,
                       const char *base, struct error *err)
{
    char *path;
    int status;

    if (journey->machines.count == 0)
        return 0;
    path = memory_printf("%s.sparse.trace", base);
    status = prune_write(prune, path, NULL, err);
    if (status == 0)
        status = replay_one(journey, path, err);
    free(path);
    return status;
}

static int go_one(struct journey *journey, const struct plan *plan,
                  const char *limit, struct error *err)
{
    static const char *const before[] = { "", "bytes-", "cycles-", "energy-" };
    const struct prune prune = {
        .plan = plan,
        .trace = &journey->trace,
        .model = journey->model,
        .tokens = &journey->calibration,
        .work = road_work(&journey->road),
    };
    double *perplexity = &journey->perplexity[plan - journey->plan];
    char *variant = variant_of_plan(plan);
    char *mark = draw_mark(journey);
    char *base =
        memory_printf("%s/%s%s-%s-%s%s", journey->folder, plan->model, mark,
                      variant, before[journey->request->asks], limit);
    char *path = memory_printf("%s.plan.json", base);
    int status = plan_write(plan, path, err);

    if (status == 0)
        status = measure(journey, &prune, perplexity, err);
    if (status == 0)
        status = replay_plan(journey, &prune, base, err);
    free(path);
    free(base);
    free(mark);
    free(variant);
    return status;
}

/* ---- all ---------------------------------------------------------------- */

int journey_go(struct journey *journey, struct error *err)
{
    static const char *const of[] = { "sparsity", "bytes", "cycles", "energy" };
    const struct words *words = &journey->request->limits;

    if (record(journey, err) < 0 ||
        measure(journey, NULL, &journey->dense, err) < 0)
        return -1;
    for (size_t l = 0; l < journey->limits; l++) {
        for (size_t m = 0; m < journey->variants; m++) {
            struct plan *plan = &journey->plan[journey->plans];

            output_note(journey->road.call, "%s at %s %s",
                        journey->request->methods.at[m],
                        of[journey->request->asks], words->at[l]);
            if (select_one(journey, plan, &journey->variant[m], l, err) < 0)
                return -1;
            journey->plans++;
            if (go_one(journey, plan, words->at[l], err) < 0)
                return -1;
        }
    }
    return 0;
}

int journey_end(struct journey *journey, int status, struct error *err)
{
    status = road_end(&journey->road, status, err);
    for (size_t i = 0; i < journey->plans; i++)
        plan_release(&journey->plan[i]);
    machine_list_release(&journey->machines);
    recorded_trace_close(&journey->trace);
    model_tokens_release(&journey->calibration);
    model_tokens_release(&journey->test);
    model_close(journey->model);
    free(journey->plan);
    free(journey->perplexity);
    free(journey->variant);
    free(journey->sparsity);
    free(journey->folder);
    return status;
}
