/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/crew.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "sweep/crew_mpi.h"
#include "sweep/crew_way.h"

int crew_open(struct crew **crew, const struct crew_plan *plan,
              struct error *err)
{
    struct crew *made = memory_new(1, sizeof *made);
    unsigned ranks = crew_mpi_ranks();
    int status = 0;

    *crew = NULL;
    made->plan = *plan;
    made->workers = ranks > 1           ? ranks - 1
                    : plan->workers > 0 ? plan->workers
                                        : parallel_processors();
    made->hand = memory_new(made->workers, sizeof *made->hand);
    if (ranks > 1) {
        made->way = &crew_mpi_way;
    } else {
        made->way = &crew_fork_way;
        status = crew_fork_all(made, err);
    }
    if (status < 0) {
        crew_close(made);
        return -1;
    }
    *crew = made;
    return 0;
}

void crew_close(struct crew *crew)
{
    if (!crew)
        return;
    crew->way->close(crew);
    free(crew->hand);
    free(crew);
}

unsigned crew_workers(const struct crew *crew)
{
    return crew->workers;
}

/* Gives the jobs from `*next` on to whoever has none. */
static int give_out(struct crew *crew, const char *jobs, size_t count,
                    size_t *next, struct error *err)
{
    for (unsigned w = 0; w < crew->workers && *next < count; w++) {
        struct crew_hand *hand = &crew->hand[w];

        if (hand->busy)
            continue;
        hand->job = *next;
        hand->busy = true;
        if (crew->way->give(crew, w, jobs + *next * crew->plan.job_bytes, err) <
            0)
            return -1;
        ++*next;
    }
    return 0;
}

/* Waits for an answer, and hands it to the leader; `done` counts them. */
static int take_one(struct crew *crew, const struct crew_leader *leader,
                    struct text *answer, size_t *done, struct error *err)
{
    char lost[CREW_LOST] = "";
    unsigned worker = 0;
    int got;

    text_clear(answer);
    got = crew->way->next(crew, &worker, answer, lost, err);
    if (got < 0)
        return -1;
    if (got == 0)
        return leader->rest(leader->context, err);
    crew->hand[worker].busy = false;
    ++*done;
    return leader->take(leader->context, crew->hand[worker].job, answer,
                        lost[0] ? lost : NULL, err);
}

int crew_do(struct crew *crew, const void *jobs, size_t count,
            const struct crew_leader *leader, struct error *err)
{
    size_t next = 0, done = 0;
    struct text answer;
    int status = 0;

    text_init(&answer);
    while (status == 0 && done < count) {
        status = stop_check(err);
        if (status == 0)
            status = give_out(crew, jobs, count, &next, err);
        if (status == 0)
            status = take_one(crew, leader, &answer, &done, err);
    }
    text_release(&answer);
    return status;
}
