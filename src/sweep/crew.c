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
    made->member = memory_new(made->workers, sizeof *made->member);
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
    free(crew->member);
    free(crew);
}

unsigned crew_workers(const struct crew *crew)
{
    return crew->workers;
}

/* The jobs of one crew_do(). */
struct round {
    const char *jobs;
    size_t count, next, done;
    unsigned char *tries; /* of each job, that ended in a kill */
    size_t *again;        /* jobs to be tried again */
    size_t waiting;       /* of those */
};

static bool take_job(struct round *round, size_t *job)
{
    if (round->waiting > 0)
        *job = round->again[--round->waiting];
    else if (round->next < round->count)
        *job = round->next++;
    else
        return false;
    return true;
}

/* Gives jobs to whoever has none. */
static int give_out(struct crew *crew, struct round *round, struct error *err)
{
    for (unsigned w = 0; w < crew->workers; w++) {
        struct crew_member *member = &crew->member[w];

        if (member->busy)
            continue;
        if (!take_job(round, &member->job))
            return 0;
        member->busy = true;
        if (crew->way->give(crew, w,
                            round->jobs + member->job * crew->plan.job_bytes,
                            err) < 0)
            return -1;
    }
    return 0;
}

/* Waits for an answer, and hands it to the leader. */
static int crew_take_one(struct crew *crew, struct round *round,
                         const struct crew_leader *leader, struct text *answer,
                         struct error *err)
{
    char lost[CREW_LOST] = "";
    unsigned worker = 0;
    struct crew_member *member;
    int got;

    text_clear(answer);
    got = crew->way->next(crew, &worker, answer, lost, err);
    if (got < 0)
        return -1;
    if (got == 0)
        return leader->rest(leader->context, err);
    member = &crew->member[worker];
    member->busy = false;
    if (lost[0] && member->killed && ++round->tries[member->job] < CREW_TRIES) {
        round->again[round->waiting++] = member->job;
        return 0;
    }
    round->done++;
    if (lost[0] && member->killed)
        return leader->give_up(leader->context, member->job, lost, err);
    return leader->take(leader->context, member->job, answer,
                        lost[0] ? lost : NULL, err);
}

int crew_do(struct crew *crew, const void *jobs, size_t count,
            const struct crew_leader *leader, struct error *err)
{
    struct round round = { .jobs = jobs,
                           .count = count,
                           .tries = memory_new(count, 1),
                           .again = memory_new(count, sizeof(size_t)) };
    struct text answer;
    int status = 0;

    text_init(&answer);
    while (status == 0 && round.done < count) {
        status = stop_check(err);
        if (status == 0)
            status = give_out(crew, &round, err);
        if (status == 0)
            status = crew_take_one(crew, &round, leader, &answer, err);
    }
    text_release(&answer);
    free(round.tries);
    free(round.again);
    return status;
}
