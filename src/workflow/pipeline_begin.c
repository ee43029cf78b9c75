/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a run was asked for, opened and checked before any long work, so that a
 * misspelt machine or a missing tensor is told at once, not after the
 * recording.
 */
#include "workflow/pipeline.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

static int read_sparsities(struct pipeline *pipeline, struct error *err)
{
    const struct words *words = &pipeline->request->limits;

    pipeline->limits = words->count;
    pipeline->sparsity = memory_new(words->count, sizeof *pipeline->sparsity);
    for (size_t i = 0; i < words->count; i++) {
        double *sparsity = &pipeline->sparsity[i];

        *sparsity = NAN;
        if (pipeline->request->asks != PIPELINE_SPARSITY)
            continue;
        if (!number_share(sparsity, words->at[i]) || *sparsity < 0 ||
            *sparsity >= 1)
            return error_set(err, ERROR_USAGE,
                             "--sparsity: %s is no share from 0 to under 1",
                             words->at[i]);
    }
    return 0;
}

static int read_methods(struct pipeline *pipeline, struct error *err)
{
    const struct words *words = &pipeline->request->methods;

    pipeline->variant = memory_new(words->count, sizeof *pipeline->variant);
    for (size_t i = 0; i < words->count; i++) {
        if (variant_parse(&pipeline->variant[i], words->at[i], err) < 0)
            return -1;
        if (pipeline->variant[i].unstructured &&
            pipeline->request->machines.count > 0)
            return error_set(err, ERROR_USAGE,
                             "%s: no machine runs unstructured masks; "
                             "--machines none measures them",
                             words->at[i]);
        if (pipeline->request->asks != PIPELINE_SPARSITY &&
            !pipeline->variant[i].method->takes_budget)
            return error_set(
                err, ERROR_USAGE,
                "%s knows no budget in bytes, cycles or energy, only a "
                "sparsity",
                words->at[i]);
        pipeline->variants++;
    }
    return 0;
}

/* One file has both tensors, so that none can be told. */
static int pipeline_read_tokens(struct pipeline *pipeline, struct error *err)
{
    const struct pipeline_request *request = pipeline->request;

    if (draw_read(&pipeline->calibration, &request->draw, request->tokens,
                  pipeline->model, err) < 0 ||
        model_tokens_read(&pipeline->test, request->tokens, "test",
                          (size_t)request->rows, pipeline->model, err) < 0 ||
        model_tokens_has_rows(&pipeline->test, request->rows, err) < 0)
        return -1;
    if (strcmp(pipeline->test.tensor, "test") == 0)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--tokens: run takes a FILE without :%s, and reads its "
                     "tensors `calibration` and `test`",
                     pipeline->test.tensor);
}

/* Machines for whole inferences have a memory. */
static int read_inferring(struct pipeline *pipeline, struct error *err)
{
    const struct infer_asked *asked = pipeline->request->infer;
    struct machine_list *list = &pipeline->inferring;

    if (!asked)
        return 0;
    if (infer_check(asked, err) < 0 ||
        machine_list_read(list, &pipeline->request->machines, NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < list->count; i++)
        if (infer_complete(&list->at[i], asked, err) < 0)
            return error_prefix(err, "%s: ", list->at[i].name);
    return 0;
}

int pipeline_begin(struct pipeline *pipeline, const struct session *session,
                   const struct pipeline_request *request, struct error *err)
{
    size_t plans;

    *pipeline = (struct pipeline){ .request = request, .session = session };
    if (read_sparsities(pipeline, err) < 0 || read_methods(pipeline, err) < 0 ||
        machine_list_read(&pipeline->machines, &request->machines, NULL, err) <
            0 ||
        read_inferring(pipeline, err) < 0 ||
        model_open(&pipeline->model, request->checkpoint, err) < 0 ||
        pipeline_read_tokens(pipeline, err) < 0)
        return -1;
    if (request->accuracy && tasks_from_rows(&pipeline->tasks, &pipeline->test,
                                             tasks_standard_cut, err) < 0)
        return -1;
    session_remarks(session, model_remarks(pipeline->model));
    session_remarks(session, &pipeline->test.remarks);
    plans = pipeline->limits * pipeline->variants;
    pipeline->plan = memory_new(plans, sizeof *pipeline->plan);
    pipeline->perplexity = memory_new(plans, sizeof *pipeline->perplexity);
    pipeline->accuracy = memory_new(plans, sizeof *pipeline->accuracy);
    pipeline->sparse = memory_new(plans, sizeof *pipeline->sparse);
    return 0;
}
