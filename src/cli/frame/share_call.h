/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "cli/frame/session_call.h"
#include "workflow/eighths.h"
#include "workflow/forecast.h"

/*
 * A command whose rows are measured by eighths: by this process alone, by
 * forked ones (--processes), by the ranks of mpirun, or in parts by other
 * invocations (--shard), which leave files beside `beside`.
 */
struct share_call {
    struct session_call *at;
    struct eighths *eighths;
    const char *shard; /* NULL: no part of it alone */
    uint64_t processes;
    bool estimate;    /* tell what it will take, and do nothing */
    bool tells;       /* the forecast is of what is yet to be done: it is told
                         before long work */
    const char *what; /* for that sentence: "record" */
    int (*forecast)(void *context, struct forecast *forecast,
                    struct error *err);
    /* What all ranks must agree on; it may take long, as a checkpoint is
     * hashed. */
    void (*identify)(const void *context, char identity[HASH_TEXT]);
    const char *beside, *made; /* for the sentence: "model.trace", "trace" */
    /* What the leader does, with the eighths to lead. */
    int (*lead)(void *context, struct error *err);
    void *context;
};

int share_call_run(struct share_call *share, struct error *err);

/* The options, whose members are named `processes`, `shard` and `estimate`. */
#define SHARE_OPTIONS(type, beside, made)                                      \
    { "processes",                                                             \
      0,                                                                       \
      OPTION_COUNT,                                                            \
      offsetof(type, processes),                                               \
      "N",                                                                     \
      NULL,                                                                    \
      NULL,                                                                    \
      "forked processes, at most 8, that share the rows; --workers are all "   \
      "their threads (1)" },                                                   \
        { "shard",                                                             \
          0,                                                                   \
          OPTION_TEXT,                                                         \
          offsetof(type, shard),                                               \
          "I/N",                                                               \
          NULL,                                                                \
          NULL,                                                                \
          "measure only part I of N of the rows, and keep it beside " beside   \
          "; "                                                                 \
          "when all are there, the same without --shard makes the " made },    \
    {                                                                          \
        "estimate", 0, OPTION_FLAG, offsetof(type, estimate), NULL, NULL,      \
            NULL,                                                              \
            "tell what it will take, and more processes with as many threads " \
            "each, "                                                           \
            "and end"                                                          \
    }
