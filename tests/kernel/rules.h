/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * The questions of sc_rules.cpp, asked of our kernel.  Each rule gets a world
 * of its own: a sim, some of everything in it, and a list of answers.
 */
#include "kernel/clock.h"
#include "kernel/event.h"
#include "kernel/fifo.h"
#include "kernel/lock.h"
#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/signal.h"

struct world {
    const char *tag;
    bool drops; /* its threads' stacks */
    struct sim *sim;
    char list[600];
    char list2[200];
    struct sim_event e, f;
    struct sim_signal s, v;
    struct sim_fifo fifo;
    struct sim_clock clock;
    struct sim_event_queue queue;
    struct sim_mutex mutex;
    struct sim_semaphore semaphore;
    struct sim_resolved wire, wires;
    struct sim_process processes[8];
    unsigned used;
    struct sim_process *target;
    enum sim_stop_mode stop_mode;
    uint64_t delta;
    int count;
    int error;
    unsigned number[4];
};

/* A process of the world, run with the world; a method is not initialised. */
struct sim_process *thread_of(struct world *w, sim_function function);
struct sim_process *method_on(struct world *w, sim_function function,
                              struct sim_event *event);
struct sim_process *method_at_start(struct world *w, sim_function function);

/* Logs the times of an event. */
void log_times(struct world *w, struct sim_event *event);

void add(struct world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void say(struct world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void answer(struct world *w, const char *what); /* says the list */
void add_error(struct world *w);                /* what the sim failed by */
void run_for(struct world *w, sim_time time);   /* sc_start */
uint64_t deltas_since(struct world *w);
unsigned long long now_of(struct world *w);

struct rule {
    const char *name;
    void (*ask)(struct world *w);
};

extern const struct rule event_rules[], process_rules[], channel_rules[],
    sim_rules[], control_rules[], start_rules[], reset_rules[], port_rules[];
