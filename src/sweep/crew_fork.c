/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workers forked from the leader, each at the other end of a socket pair.  They
 * begin with all that the leader has read by then, shared until somebody writes
 * to it, so that a job is a number of bytes known to both and nothing has to be
 * read twice.  A worker that dies closes its socket, which the leader sees as
 * an answer that ends; a leader that dies takes its workers with it (prctl).
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "sweep/crew_way.h"

enum { WAIT_MILLISECONDS = 100 };

/* False if the other end is gone. */
static bool send_bytes(int socket, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0) {
        ssize_t sent = send(socket, at, length, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool receive_bytes(int socket, void *bytes, size_t length)
{
    char *at = bytes;

    while (length > 0) {
        ssize_t got = recv(socket, at, length, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        length -= (size_t)got;
    }
    return true;
}

/* ---- the worker ---------------------------------------------------------- */

/* Does jobs until the leader closes the socket; does not return. */
_Noreturn static void crew_fork_serve(const struct crew *crew, int socket)
{
    void *job = memory_new(1, crew->plan.job_bytes);
    struct text answer;

    text_init(&answer);
    while (receive_bytes(socket, job, crew->plan.job_bytes)) {
        uint64_t length;

        text_clear(&answer);
        crew->plan.work(crew->plan.context, job, &answer);
        length = answer.length;
        if (!send_bytes(socket, &length, sizeof length) ||
            !send_bytes(socket, answer.at, answer.length))
            break;
    }
    /* Not exit(): what the leader has open is not ours to flush or close. */
    _exit(0);
}

/* Ctrl-C reaches the whole group; the leader alone decides what it means. */
_Noreturn static void begin_worker(const struct crew *crew, unsigned worker,
                                   int socket, pid_t leader)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != leader)
        _exit(0); /* the leader died before the line above */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    for (unsigned w = 0; w < crew->workers; w++) {
        if (w != worker && crew->member[w].socket > 0)
            close(crew->member[w].socket);
    }
    crew_fork_serve(crew, socket);
}

/* ---- the leader ---------------------------------------------------------- */

static int fork_worker(struct crew *crew, unsigned worker, struct error *err)
{
    struct crew_member *member = &crew->member[worker];
    pid_t leader = getpid(), child;
    int pair[2];

    fflush(NULL);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return error_set(err, ERROR_INTERNAL, "no socket for a worker: %s",
                         strerror(errno));
    child = fork();
    if (child == 0) {
        close(pair[0]);
        begin_worker(crew, worker, pair[1], leader);
    }
    close(pair[1]);
    if (child < 0) {
        close(pair[0]);
        return error_set(err, ERROR_INTERNAL, "a worker cannot be started: %s",
                         strerror(errno));
    }
    member->socket = pair[0];
    member->process = child;
    return 0;
}

int crew_fork_all(struct crew *crew, struct error *err)
{
    for (unsigned w = 0; w < crew->workers; w++) {
        if (fork_worker(crew, w, err) < 0)
            return -1;
    }
    return 0;
}

/* A worker that is gone does not get it; crew_fork_next() will say so. */
static int crew_fork_give(struct crew *crew, unsigned worker, const void *job,
                          struct error *err)
{
    (void)err;
    send_bytes(crew->member[worker].socket, job, crew->plan.job_bytes);
    return 0;
}

static bool receive_answer(int socket, struct text *answer)
{
    uint64_t length;
    char part[4096];

    if (!receive_bytes(socket, &length, sizeof length))
        return false;
    while (length > 0) {
        size_t some = length < sizeof part ? (size_t)length : sizeof part;

        if (!receive_bytes(socket, part, some))
            return false;
        text_add_bytes(answer, part, some);
        length -= some;
    }
    return true;
}

/* Tells how the worker ended, and puts another in its place. */
static int crew_fork_replace(struct crew *crew, unsigned worker,
                             char lost[CREW_LOST], struct error *err)
{
    struct crew_member *member = &crew->member[worker];
    int status = 0;

    close(member->socket);
    member->socket = 0;
    while (waitpid(member->process, &status, 0) < 0 && errno == EINTR)
        ;
    member->process = 0;
    member->killed = WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL ||
                                             WTERMSIG(status) == SIGTERM);
    if (WIFSIGNALED(status))
        snprintf(lost, CREW_LOST, "its worker was killed by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(lost, CREW_LOST, "its worker ended with status %d",
                 WEXITSTATUS(status));
    return fork_worker(crew, worker, err);
}

static int crew_fork_next(struct crew *crew, unsigned *worker,
                          struct text *answer, char lost[CREW_LOST],
                          struct error *err)
{
    struct pollfd *wait = memory_new(crew->workers, sizeof *wait);
    int ready, status = 0;

    for (unsigned w = 0; w < crew->workers; w++)
        wait[w] = (struct pollfd){
            .fd = crew->member[w].busy ? crew->member[w].socket : -1,
            .events = POLLIN,
        };
    ready = poll(wait, crew->workers, WAIT_MILLISECONDS);
    for (unsigned w = 0; ready > 0 && w < crew->workers; w++) {
        if (!wait[w].revents)
            continue;
        *worker = w;
        status = 1;
        if (!receive_answer(crew->member[w].socket, answer) &&
            crew_fork_replace(crew, w, lost, err) < 0)
            status = -1;
        break;
    }
    free(wait);
    return status;
}

static void crew_fork_close_all(struct crew *crew)
{
    for (unsigned w = 0; w < crew->workers; w++) {
        struct crew_member *member = &crew->member[w];

        if (member->socket > 0)
            close(member->socket);
        if (member->process <= 0)
            continue;
        kill(member->process, SIGKILL);
        while (waitpid(member->process, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}

const struct crew_way crew_fork_way = { crew_fork_give, crew_fork_next,
                                        crew_fork_close_all };
