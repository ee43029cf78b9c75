/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flow-released`: what the public code of FLOW does, on our layers; released.c
 * has the rule itself.  The survey goes over the weights twice - first for each
 * block's mean, which the threshold needs, then for its outliers - and keeps
 * none of them. The first and last block are dense there, though its sparsity
 * counts them as pruned; the plan says both numbers.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "flow/select/census.h"
#include "flow/select/released.h"
#include "flow/select/scopes.h"

struct survey {
    const struct selection *selection;
    const struct scopes *scopes;
    double *presence, *locality; /* [blocks] */
    pthread_mutex_t mutex;
    struct error *err;
    int status;
};

/* One pass over a block's layers: their sum, or with a threshold their
 * outliers. */
static int flow_released_pass(const struct survey *survey,
                              const struct scope_run *run,
                              struct released_census *census, double *sum,
                              struct error *err)
{
    for (size_t i = run->first; i < run->first + run->layers; i++) {
        struct scored layer;

        if (stop_check(err) < 0 ||
            census_read(&layer, survey->selection, i, err) < 0)
            return -1;
        if (sum)
            *sum += score_sum(&layer);
        else
            released_add(census, &layer);
        census_release(&layer);
        progress_add(survey->selection->work.progress, 1);
    }
    return 0;
}

static void survey_block(void *context, size_t block, unsigned worker)
{
    struct survey *survey = context;
    const struct scope_run *run = &survey->scopes->run[block];
    struct released_census *census = memory_new(1, sizeof *census);
    struct error err;
    double sum = 0;
    int status = flow_released_pass(survey, run, census, &sum, &err);

    (void)worker;
    census->weights = run->weights;
    census->threshold = survey->selection->h * (sum / (double)run->weights);
    if (status == 0)
        status = flow_released_pass(survey, run, census, NULL, &err);
    if (status == 0) {
        survey->presence[block] = released_presence(census);
        survey->locality[block] = released_locality(census);
    } else {
        pthread_mutex_lock(&survey->mutex);
        *survey->err = err;
        survey->status = -1;
        pthread_mutex_unlock(&survey->mutex);
    }
    free(census);
}

static struct pattern flow_released_pattern_of(size_t choice)
{
    const struct released_pattern *at = &released_patterns[choice];

    return at->n == at->m
               ? pattern_dense
               : (struct pattern){ (uint16_t)at->n, (uint16_t)at->m };
}

/* The blocks at both ends are dense in the public code, but only when it
 * prunes: its count of the sparsity has them pruned. */
static double sparsity_with_dense_ends(const struct plan *plan,
                                       const struct scopes *scopes)
{
    uint64_t kept = 0, weights = plan_weights(plan);

    for (size_t s = 0; s < scopes->count; s++) {
        const struct scope_run *run = &scopes->run[s];

        kept += s == 0 || s == scopes->count - 1
                    ? run->weights
                    : scope_kept(run, plan, plan->layer[run->first].pattern);
    }
    return (double)(weights - kept) / (double)weights;
}

static void fill_block(struct plan *plan, const struct scope_run *run,
                       size_t choice, double presence, double locality)
{
    for (size_t i = run->first; i < run->first + run->layers; i++) {
        plan->layer[i].pattern = flow_released_pattern_of(choice);
        plan_set(&plan->layer[i].reason,
                 memory_printf("outliers: presence %.6g %%, locality %.6g; %s",
                               presence, locality,
                               choice == 1 ? "4:4, which is dense"
                                           : "by the released cost"));
    }
}

static void flow_released_fill(struct plan *plan, const struct survey *survey,
                               const size_t *choice,
                               const struct released_answer *answer)
{
    const struct scopes *scopes = survey->scopes;
    char *relaxed = memory_text("");

    for (size_t s = 0; s < scopes->count; s++)
        fill_block(plan, &scopes->run[s], choice[s], survey->presence[s],
                   survey->locality[s]);
    plan->objective = plan->bound = answer->objective;
    if (answer->relaxed)
        plan_set(&relaxed,
                 answer->dropped < scopes->count
                     ? memory_printf("no choice prunes exactly that much; of "
                                     "the relaxation block %zu was between "
                                     "two patterns and was dropped, later "
                                     "ones moved forward, and 4:8 put last; ",
                                     answer->dropped)
                     : memory_text("the relaxation was taken; "));
    plan_set(&plan->reason,
             memory_printf("%sthe public code leaves the first and last block "
                           "dense after it has counted them: sparsity %.6g "
                           "instead of %.6g",
                           relaxed, sparsity_with_dense_ends(plan, scopes),
                           plan_sparsity(plan)));
    free(relaxed);
    if (survey->selection->ends == SCOPE_ENDS_CHOSEN)
        return;
    for (size_t i = 0; i < plan->layers; i++) {
        if (plan->layer[i].shape.block == plan->layer[0].shape.block ||
            plan->layer[i].shape.block ==
                plan->layer[plan->layers - 1].shape.block)
            plan->layer[i].pattern = pattern_dense;
    }
}

static int select_flow_released(struct plan *plan,
                                const struct selection *selection,
                                struct error *err)
{
    struct released_answer answer;
    struct scopes scopes;
    struct survey survey = { .selection = selection,
                             .scopes = &scopes,
                             .mutex = PTHREAD_MUTEX_INITIALIZER,
                             .err = err };
    size_t *choice;
    int status;

    scopes_init(&scopes, plan, SCOPE_BLOCK, SCOPE_ENDS_CHOSEN);
    choice = memory_new(scopes.count, sizeof *choice);
    survey.presence = memory_new(scopes.count, sizeof *survey.presence);
    survey.locality = memory_new(scopes.count, sizeof *survey.locality);
    progress_begin(selection->work.progress, "outliers", 2 * plan->layers,
                   "layers");
    parallel_for(selection->work.workers, scopes.count, survey_block, &survey);
    progress_end(selection->work.progress);
    status = survey.status;
    if (status == 0)
        status = released_choose(choice,
                                 &(struct released_blocks){ survey.presence,
                                                            survey.locality,
                                                            scopes.count },
                                 selection->sparsity, &answer, err);
    if (status == 0)
        flow_released_fill(plan, &survey, choice, &answer);
    free(survey.locality);
    free(survey.presence);
    free(choice);
    scopes_release(&scopes);
    return status;
}

const struct method method_flow_released = {
    .name = "flow-released",
    .summary = "what FLOW's public code computes, its oddities included",
    .patterns = "4:8,2:8,2:4,dense",
    .h = 0.5,
    .needs_model = true,
    .ignores_budget = true,
    .select = select_flow_released,
};
