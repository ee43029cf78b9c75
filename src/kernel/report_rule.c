/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/internal.h"

static struct sim_report_rule *rule_find(const struct sim *sim,
                                         enum sim_severity severity, int number)
{
    struct sim_report_rule *rule = sim->report_rules;

    while (rule != NULL &&
           (rule->severity != severity || rule->number != number))
        rule = rule->next;
    return rule;
}

/* One more was reported: what is done with it. */
static unsigned rule_actions(struct sim *sim, enum sim_severity severity,
                             int number, unsigned actions)
{
    struct sim_report_rule *rule = rule_find(sim, severity, number);

    if (rule == NULL)
        return actions;
    rule->count++;
    return rule->actions |
           (rule->stop_after != 0 && rule->count >= rule->stop_after ? SIM_STOP
                                                                     : 0);
}

struct sim_report_rule *sim_report_rule(struct sim *sim,
                                        enum sim_severity severity, int number)
{
    struct sim_report_rule *rule = rule_find(sim, severity, number);

    if (rule != NULL)
        return rule;
    rule = sim_alloc(sim, sizeof *rule);
    *rule = (struct sim_report_rule){ sim->report_rules,
                                      severity,
                                      number,
                                      sim->reports.actions[severity],
                                      0,
                                      0 };
    sim->report_rules = rule;
    sim->report_actions = rule_actions;
    return rule;
}
