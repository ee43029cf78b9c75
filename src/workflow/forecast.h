/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/select.h"
#include "flow/prune/prune.h"
#include "llm/record.h"
#include "workflow/machine_tokens.h"
#include "workflow/session.h"

/*
 * What a step will take, told before it begins: from multiplications (effort.h)
 * and a rate that is measured on the spot, and from the sizes of what lies in
 * memory at once.  Pages of the checkpoint's and the trace's files, which the
 * system may let go, do not count.
 */
struct forecast {
    double effort; /* multiplications that all processes share */
    double memory; /* bytes: of one process */
    double thread; /* what each of its threads adds */
    /* Beside these, of two phases of which one has ended when the other begins:
     * the larger counts. */
    struct forecast_phase {
        double memory, thread;
    } update, training;
    double disk;    /* what one process keeps beside the result meanwhile */
    double common;  /* and what all keep, however many they are */
    double alone;   /* seconds that more processes do not shorten */
    double led;     /* multiplications that the leader's threads do alone */
    double rate;    /* multiplications in a second of processor time */
    size_t rows;    /* that the effort is of, where only they are shared by
                       threads; 0: work that any number can share */
    size_t at_once; /* of them, one process's alone: all, or an eighth, or as
                       many of these as the threads have rows of */
};

/* Of a step by so many processes, each with so many threads. */
struct forecast_row {
    unsigned processes, threads;
    double seconds, memory, disk; /* memory: of one process */
};
struct forecast_row forecast_of(const struct forecast *forecast,
                                unsigned processes, unsigned threads);

void forecast_record(struct forecast *forecast, const struct record *record);

void forecast_prune(struct forecast *forecast, const struct prune *prune);

/* Rows of perplexity, or requests of accuracy, without a plan. */
void forecast_rows(struct forecast *forecast, const struct model *model,
                   size_t rows, uint32_t tokens);

/* And that the model is pruned on the way, by each process. */
void forecast_add_prune(struct forecast *forecast, const struct prune *prune);

/* Sequences on a machine, whose products are timed on a piece; what it takes
 * until they begin, pruning included, as well. */
void forecast_tokens(struct forecast *forecast,
                     const struct machine_tokens_asked *asked, size_t rows);

/* Seconds of a product of a map that a machine replays and somebody compares,
 * of a processor. */
double forecast_product(const struct machine *machine);

/* Of the costs that are not known yet; of a method without such, the time is
 * not known and 0.  -1 and `err`. */
int forecast_select(struct forecast *forecast, const struct method *method,
                    const struct selection *selection, struct error *err);

/* Whether anybody listens to what forecast_tell() would say. */
bool forecast_is_heard(const struct session *session);

/* Work of FORECAST_LONG seconds or more is told before: how long, how much
 * memory, and what lies `beside` a file meanwhile. */
enum { FORECAST_LONG = 10 };
struct forecast_words {
    const char *what, *beside; /* "record", "model.trace"; NULL: nothing lies
                                  on disk */
    unsigned processes;        /* 0 counts as 1; they share the session's
                                  threads */
};
void forecast_tell(const struct forecast *forecast,
                   const struct session *session,
                   const struct forecast_words *words);
