/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "sweep/crew.h"

/* How a leader reaches its workers, 0 .. workers - 1. */
enum { CREW_LOST = 100 };

struct crew_way {
    int (*give)(struct crew *crew, unsigned worker, const void *job,
                struct error *err);

    /*
     * Waits a tenth of a second at most for any answer: 1 and `worker`, with
     * `answer` or the words `lost`; 0 if none came; -1 and `err`.
     */
    int (*next)(struct crew *crew, unsigned *worker, struct text *answer,
                char lost[CREW_LOST], struct error *err);
    void (*close)(struct crew *crew);
};

struct crew_member {
    int socket; /* forked workers: to it and back */
    int process;
    bool busy;
    bool killed; /* its last worker, from outside (SIGKILL, SIGTERM) */
    size_t job;
};

struct crew {
    const struct crew_way *way;
    struct crew_plan plan;
    struct crew_member *member;
    unsigned workers;
};

extern const struct crew_way crew_fork_way;

/* Forks all workers of `crew`. */
int crew_fork_all(struct crew *crew, struct error *err);
