/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/internal.h"

static void display(struct sim *sim, const struct sim_report *report)
{
    static const char *const names[] = { "info", "warning", "error", "fatal" };
    char time[32];

    if (sim->reports.handler != NULL) {
        sim->reports.handler(sim->reports.argument, report);
        return;
    }
    sim_time_text(sim, report->time, time, sizeof time);
    fprintf(stderr, "%s %d at %s%s%s: %s\n", names[report->severity],
            report->number, time, report->process == NULL ? "" : " in ",
            report->process == NULL ? "" : report->process, report->text);
}

static void report_fail(struct sim *sim, const struct sim_report *report)
{
    struct sim_reports *reports = &sim->reports;

    kernel_halt(sim, HALT_FAILED);
    if (reports->failure != 0)
        return; /* the first one is the cause */
    reports->failure = report->number == 0 ? -1 : report->number;
    snprintf(reports->failure_text, sizeof reports->failure_text, "%s",
             report->text);
}

void sim_report(struct sim *sim, enum sim_severity severity, int number,
                const char *format, ...)
{
    unsigned actions = sim->reports.actions[severity];
    char text[256];
    struct sim_report report = { severity, number, sim->now, NULL, text };
    va_list list;

    if (severity == SIM_INFO && number > sim->reports.verbosity)
        return;
    sim->reports.counts[severity]++;
    if (sim->report_rules != NULL)
        actions = sim->report_actions(sim, severity, number, actions);
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (sim->current != NULL)
        report.process = sim_object_name(sim, sim->current->id);
    if (actions & SIM_DISPLAY)
        display(sim, &report);
    if (actions & SIM_ABORT)
        abort();
    if (actions & SIM_FAIL)
        report_fail(sim, &report);
    if (actions & SIM_STOP)
        sim_stop(sim, SIM_STOP_FINISH_DELTA);
}

struct sim_reports *sim_reports(struct sim *sim)
{
    return &sim->reports;
}

int sim_catch(struct sim *sim)
{
    int failure = sim->reports.failure;

    sim->reports.failure = 0;
    sim->halt &= ~(unsigned)HALT_FAILED;
    return failure;
}
