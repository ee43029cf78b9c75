/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include <stdbool.h>

#include "kernel/sim.h"

/*
 * Reports: what the kernel or a model has to say; each severity has actions.
 * Numbers are SystemC's where it has the same report; a model's own are from
 * 10000 on.
 *
 * An error fails the simulation: the call that met it does nothing, the run
 * comes back with SIM_FAILED once the running process has returned or waits,
 * and nothing runs until sim_catch().  A fatal report aborts the program.
 */
enum sim_severity { SIM_INFO, SIM_WARNING, SIM_ERROR, SIM_FATAL };

enum sim_action {
    SIM_DISPLAY = 1, /* one line to standard error, or the sim's handler */
    SIM_FAIL = 2,    /* fail the simulation */
    SIM_STOP = 4,    /* sim_stop() */
    SIM_ABORT = 8    /* abort() */
};

/* The numbers that the kernel itself reports. */
enum sim_report_number {
    SIM_E_WRONG_KIND = 107,
    SIM_E_NOT_BOUND = 109,
    SIM_E_TWO_WRITERS = 115,
    SIM_E_NAME_TAKEN = 505,
    SIM_E_TIME_OVERFLOW = 506,
    SIM_E_RESOLUTION = 514,
    SIM_E_WAIT_IN_METHOD = 519,
    SIM_E_TRIGGER_IN_THREAD = 520,
    SIM_E_NOTIFY_OUTSIDE = 521,
    SIM_E_SELF_NOTIFY = 536,
    SIM_E_STOPPED_TWICE = 545,
    SIM_E_AFTER_STOP = 546,
    SIM_E_NO_MEMORY = 1000
};

struct sim_report {
    enum sim_severity severity;
    int number;
    sim_time time;
    const char *process; /* full name, or NULL */
    const char *text;
};

void sim_report(struct sim *sim, enum sim_severity severity, int number,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* An INFO that is dropped if `verbosity` is above the sim's (default 200). */
void sim_note(struct sim *sim, int verbosity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sim_set_verbosity(struct sim *sim, int verbosity);

/*
 * Defaults: INFO and WARNING display, ERROR fails and displays, FATAL displays
 * and aborts.  `actions` is a sum of enum sim_action.
 */
void sim_set_actions(struct sim *sim, enum sim_severity severity,
                     unsigned actions);

/* How many there were, whatever their actions. */
unsigned long sim_report_count(const struct sim *sim,
                               enum sim_severity severity);

/* Takes the place of standard error; the report's strings last for the call. */
void sim_set_report_handler(struct sim *sim,
                            void (*handler)(void *argument,
                                            const struct sim_report *report),
                            void *argument);

/*
 * The error that failed the simulation: its number, or 0.  sim_catch() also
 * forgets it, so that the simulation can go on; sim_failure() is its sentence,
 * or NULL.
 */
int sim_catch(struct sim *sim);
const char *sim_failure(const struct sim *sim);

#endif
