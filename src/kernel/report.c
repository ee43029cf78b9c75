/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/internal.h"

static const char *const severity_names[] = { [SIM_INFO] = "info",
                                              [SIM_WARNING] = "warning",
                                              [SIM_ERROR] = "error",
                                              [SIM_FATAL] = "fatal" };

static void display(struct sim *sim, const struct sim_report *report)
{
    char time[32];

    if (sim->reports.handler != NULL) {
        sim->reports.handler(sim->reports.argument, report);
        return;
    }
    sim_time_text(sim, report->time, time, sizeof time);
    fprintf(stderr, "%s %d at %s%s%s: %s\n", severity_names[report->severity],
            report->number, time, report->process == NULL ? "" : " in ",
            report->process == NULL ? "" : report->process, report->text);
}

static void fail(struct sim *sim, const struct sim_report *report)
{
    struct reports *reports = &sim->reports;

    sim->halt |= HALT_FAILED;
    if (reports->failure != 0)
        return; /* the first one is the cause */
    reports->failure = report->number == 0 ? -1 : report->number;
    snprintf(reports->failure_text, sizeof reports->failure_text, "%s",
             report->text);
}

__attribute__((format(printf, 4, 0))) static void
report_list(struct sim *sim, enum sim_severity severity, int number,
            const char *format, va_list list)
{
    unsigned actions = sim->reports.actions[severity];
    char text[256];
    struct sim_report report = { .severity = severity,
                                 .number = number,
                                 .time = sim->now,
                                 .process = NULL,
                                 .text = text };

    sim->reports.counts[severity]++;
    if (actions == 0)
        return;
    vsnprintf(text, sizeof text, format, list);
    if (sim->current != NULL)
        report.process = sim_object_name(sim, sim->current->id);
    if (actions & SIM_DISPLAY)
        display(sim, &report);
    if (actions & SIM_ABORT)
        abort();
    if (actions & SIM_FAIL)
        fail(sim, &report);
    if (actions & SIM_STOP)
        sim_stop(sim);
}

void sim_report(struct sim *sim, enum sim_severity severity, int number,
                const char *format, ...)
{
    va_list list;

    va_start(list, format);
    report_list(sim, severity, number, format, list);
    va_end(list);
}

void sim_note(struct sim *sim, int verbosity, const char *format, ...)
{
    va_list list;

    if (verbosity > sim->reports.verbosity)
        return;
    va_start(list, format);
    report_list(sim, SIM_INFO, 0, format, list);
    va_end(list);
}

void sim_set_verbosity(struct sim *sim, int verbosity)
{
    sim->reports.verbosity = verbosity;
}

void sim_set_actions(struct sim *sim, enum sim_severity severity,
                     unsigned actions)
{
    sim->reports.actions[severity] = actions;
}

unsigned long sim_report_count(const struct sim *sim,
                               enum sim_severity severity)
{
    return sim->reports.counts[severity];
}

void sim_set_report_handler(struct sim *sim,
                            void (*handler)(void *argument,
                                            const struct sim_report *report),
                            void *argument)
{
    sim->reports.handler = handler;
    sim->reports.argument = argument;
}

int sim_catch(struct sim *sim)
{
    int failure = sim->reports.failure;

    sim->reports.failure = 0;
    sim->halt &= ~(unsigned)HALT_FAILED;
    return failure;
}

const char *sim_failure(const struct sim *sim)
{
    return sim->reports.failure == 0 ? NULL : sim->reports.failure_text;
}
