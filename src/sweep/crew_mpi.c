/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workers as the other ranks under mpirun.  Only the leader talks to each of
 * them, by messages of one job or one answer; workers never talk to one
 * another.  Waiting is done by looking and sleeping for milliseconds: most MPI
 * libraries wait by burning a processor, which on a shared machine takes it
 * from a worker.
 */
#include "sweep/crew_mpi.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/memory.h"

enum tag { TAG_JOB, TAG_ANSWER, TAG_END };

/* Open MPI waits by spinning, which on a full computer takes the processor from
 * those who work; so we look, and sleep between two looks, longer each time. */
enum { FIRST_NANOSECONDS = 20000, MOST_NANOSECONDS = 5000000, LOOKS = 28 };

static unsigned ranks = 1, rank;

static bool was_started_by_mpirun(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_RANK") ||
           getenv("PMI_RANK");
}

int crew_mpi_begin(struct error *err)
{
    int number;

    if (!was_started_by_mpirun())
        return 0;
    if (MPI_Init(NULL, NULL) != MPI_SUCCESS)
        return error_set(err, ERROR_INTERNAL, "MPI cannot be started");
    MPI_Comm_size(MPI_COMM_WORLD, &number);
    ranks = (unsigned)number;
    MPI_Comm_rank(MPI_COMM_WORLD, &number);
    rank = (unsigned)number;
    return 0;
}

void crew_mpi_end(void)
{
    int begun;

    MPI_Initialized(&begun);
    if (begun)
        MPI_Finalize();
    ranks = 1;
    rank = 0;
}

unsigned crew_mpi_ranks(void)
{
    return ranks;
}

unsigned crew_mpi_rank(void)
{
    return rank;
}

/* ---- agreement ----------------------------------------------------------- */

int crew_mpi_agree(int status, const char *same, struct error *err)
{
    char first[HASH_TEXT] = "";
    int mine, worst;

    if (ranks == 1)
        return status;
    if (rank == 0 && status == 0)
        memcpy(first, same, HASH_TEXT);
    MPI_Bcast(first, HASH_TEXT, MPI_CHAR, 0, MPI_COMM_WORLD);
    if (status == 0 && first[0] && memcmp(first, same, HASH_TEXT) != 0)
        status =
            error_set(err, ERROR_DATA,
                      "rank %u reads another experiment than rank 0", rank);
    mine = status < 0 ? (int)rank : (int)ranks;
    MPI_Allreduce(&mine, &worst, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    if (worst == (int)ranks)
        return 0;
    MPI_Bcast(err, (int)sizeof *err, MPI_BYTE, worst, MPI_COMM_WORLD);
    return -1;
}

/* ---- messages ------------------------------------------------------------ */

/* Waits a tenth of a second at most; false if nothing came. */
static bool crew_mpi_look(int from, MPI_Status *message)
{
    struct timespec pause = { 0, FIRST_NANOSECONDS };

    for (int i = 0; i < LOOKS; i++) {
        int is_there;

        MPI_Iprobe(from, MPI_ANY_TAG, MPI_COMM_WORLD, &is_there, message);
        if (is_there)
            return true;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < MOST_NANOSECONDS)
            pause.tv_nsec *= 2;
    }
    return false;
}

static int crew_mpi_give(struct crew *crew, unsigned worker, const void *job,
                         struct error *err)
{
    (void)err;
    MPI_Send(job, (int)crew->plan.job_bytes, MPI_BYTE, (int)worker + 1, TAG_JOB,
             MPI_COMM_WORLD);
    return 0;
}

static int crew_mpi_next(struct crew *crew, unsigned *worker,
                         struct text *answer, char lost[CREW_LOST],
                         struct error *err)
{
    MPI_Status message;
    char *bytes;
    int length;

    (void)crew, (void)lost, (void)err;
    if (!crew_mpi_look(MPI_ANY_SOURCE, &message))
        return 0;
    MPI_Get_count(&message, MPI_BYTE, &length);
    bytes = memory_new((size_t)length, 1);
    MPI_Recv(bytes, length, MPI_BYTE, message.MPI_SOURCE, TAG_ANSWER,
             MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    text_add_bytes(answer, bytes, (size_t)length);
    free(bytes);
    *worker = (unsigned)message.MPI_SOURCE - 1;
    return 1;
}

/* A worker that is at work sends one more answer; nobody needs it. */
static void crew_mpi_close_all(struct crew *crew)
{
    for (unsigned w = 0; w < crew->workers; w++)
        MPI_Send(NULL, 0, MPI_BYTE, (int)w + 1, TAG_END, MPI_COMM_WORLD);
    for (unsigned w = 0; w < crew->workers; w++) {
        char lost[CREW_LOST];
        struct text answer;
        struct error err;
        unsigned worker;

        text_init(&answer);
        while (crew->member[w].busy &&
               !crew_mpi_next(crew, &worker, &answer, lost, &err))
            ;
        text_release(&answer);
    }
}

void crew_mpi_serve(const struct crew_plan *plan)
{
    void *job = memory_new(1, plan->job_bytes);
    struct text answer;
    MPI_Status message;

    text_init(&answer);
    for (;;) {
        while (!crew_mpi_look(0, &message))
            ;
        MPI_Recv(job, (int)plan->job_bytes, MPI_BYTE, 0, MPI_ANY_TAG,
                 MPI_COMM_WORLD, &message);
        if (message.MPI_TAG == TAG_END)
            break;
        text_clear(&answer);
        plan->work(plan->context, job, &answer);
        MPI_Send(answer.at, (int)answer.length, MPI_BYTE, 0, TAG_ANSWER,
                 MPI_COMM_WORLD);
    }
    text_release(&answer);
    free(job);
}

const struct crew_way crew_mpi_way = { crew_mpi_give, crew_mpi_next,
                                       crew_mpi_close_all };
