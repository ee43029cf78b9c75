/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

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
    SIM_STOP = 4,    /* sim_stop(), with the delta finished */
    SIM_ABORT = 8    /* abort() */
};

/* The numbers that the kernel itself reports. */
enum sim_report_number {
    SIM_E_CLOCK_PERIOD = 101,
    SIM_E_CLOCK_HIGH = 102,
    SIM_E_CLOCK_LOW = 103,
    SIM_E_FIFO_DEPTH = 106,
    SIM_E_WRONG_KIND = 107,
    SIM_E_NOT_BOUND = 109,
    SIM_E_TWO_WRITERS = 115,
    SIM_E_NAME_TAKEN = 505,
    SIM_E_ILLEGAL_NAME = 506,
    SIM_E_RESOLUTION = 514,
    SIM_E_WAIT_IN_METHOD = 519,
    SIM_E_TRIGGER_IN_THREAD = 520,
    SIM_E_NOTIFY_OUTSIDE = 521,
    SIM_E_WAIT_COUNT = 525,
    SIM_E_SELF_NOTIFY = 536,
    SIM_E_WAIT_LEAVING = 537,
    SIM_E_LEAVES_ALREADY = 540,
    SIM_E_TIME_OVERFLOW = 544,
    SIM_E_STOPPED_TWICE = 545,
    SIM_E_AFTER_STOP = 546,
    SIM_E_THROW_IGNORED = 556,
    SIM_E_NEVER_WOKEN = 558,
    SIM_E_CONTROL_CORNER = 559,
    SIM_E_EMPTY_LIST = 565,
    SIM_E_NO_ACTIVITY = 571,
    SIM_E_KILL_TOO_EARLY = 572,
    SIM_E_RESET_OUTSIDE = 573,
    SIM_E_THROW_OUTSIDE = 574,
    SIM_E_NO_MEMORY = 1000
};

struct sim_report {
    enum sim_severity severity;
    int number;
    sim_time time;
    const char *process; /* full name, or NULL */
    const char *text;
};

/* Of an INFO the number is its verbosity: above the sim's it is dropped. */
void sim_report(struct sim *sim, enum sim_severity severity, int number,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * What is done and known about reports, to be read and changed at any time.
 * Defaults: INFO and WARNING display, ERROR fails and displays, FATAL displays
 * and aborts.  A handler takes the place of standard error; the strings of what
 * it gets last for the call.
 */
struct sim_reports {
    unsigned actions[4];     /* by severity, sums of enum sim_action */
    unsigned long counts[4]; /* by severity, whatever the actions */
    int verbosity;           /* 200 */
    void (*handler)(void *argument, const struct sim_report *report);
    void *argument;
    int failure; /* the number of the error that failed the sim, or 0 */
    char failure_text[256];
};

struct sim_reports *sim_reports(struct sim *sim);

/*
 * What is done with the reports of one severity and number, in place of what is
 * done with the severity; made when first asked for, with those actions.  After
 * `stop_after` of them each one also stops the simulation (0: never).
 */
struct sim_report_rule {
    struct sim_report_rule *next;
    enum sim_severity severity;
    int number;
    unsigned actions;
    unsigned long count, stop_after;
};
struct sim_report_rule *sim_report_rule(struct sim *sim,
                                        enum sim_severity severity, int number);

/* Forgets the failure, so that the simulation can go on; says its number. */
int sim_catch(struct sim *sim);
