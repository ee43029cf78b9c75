/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/select_share.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct shared_costs {
    struct cost_crew crew; /* first: it is what the selection has */
    const struct method *method;
    struct selection *selection;
    struct eighths eighths;
    struct select_measure measure[SELECT_MOST_MEASURES];
};

static int select_share_measure(void *context, struct eighth_job job,
                                struct error *err)
{
    const struct shared_costs *costs = context;

    return select_measure_eighth(costs->method, costs->selection,
                                 &costs->measure[job.what], job.eighth, err);
}

static int select_share_lead(struct cost_crew *crew, const struct row_way *way,
                             bool aware, struct error *err)
{
    struct shared_costs *costs = (struct shared_costs *)crew;
    uint32_t what = 0;

    if (!eighths_are_shared(&costs->eighths))
        return 0;
    while (costs->measure[what].way != way ||
           costs->measure[what].aware != aware)
        what++;
    costs->eighths.name = way->name;
    return eighths_lead(&costs->eighths, what, err);
}

void select_share_identity(char identity[HASH_TEXT],
                           const struct method *method,
                           const struct selection *selection)
{
    struct text text;

    text_init(&text);
    text_addf(&text, "%s %s %s %u %zu", selection->trace->hash, method->name,
              score_names[selection->score], selection->agreement,
              selection->samples);
    for (size_t p = 0; p < selection->patterns.count; p++) {
        char name[PATTERN_TEXT];

        pattern_print(name, selection->patterns.at[p]);
        text_addf(&text, " %s", name);
    }
    hash_bytes(identity, text.at, text.length);
    text_release(&text);
}

int select_share(struct share_call *share, const struct method *method,
                 struct selection *selection, struct error *err)
{
    struct shared_costs costs = { .crew = { select_share_lead },
                                  .method = method,
                                  .selection = selection };
    int status;

    costs.eighths = (struct eighths){ .measure = select_share_measure,
                                      .context = &costs,
                                      .whats = (uint32_t)select_measures(
                                          costs.measure, method, selection),
                                      .name = method->name,
                                      .work = &selection->work };
    share->eighths = &costs.eighths;
    share->beside = selection->trace->path;
    share->made = "plan";
    selection->crew = &costs.crew;
    status = share_call_run(share, err);
    selection->crew = NULL;
    return status;
}
