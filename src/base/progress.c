/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/progress.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

static const double terminal_every = 0.1; /* seconds between redrawings */
static const double plain_every = 10.0;   /* seconds between printed lines */

double progress_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_init(struct progress *progress, FILE *stream, bool quiet)
{
    *progress = (struct progress){ .stream = quiet ? NULL : stream };
    progress->terminal = !quiet && isatty(fileno(stream)) != 0;
    pthread_mutex_init(&progress->mutex, NULL);
}

void progress_release(struct progress *progress)
{
    pthread_mutex_destroy(&progress->mutex);
}

/* Share of the work that is done, 0..1. */
static double done_share(const struct progress *p)
{
    if (p->work > 0)
        return p->worked < p->work ? p->worked / p->work : 1;
    return p->total > 0 ? (double)p->done / (double)p->total : 1;
}

static void show(struct progress *p, double now, bool last)
{
    double seconds = now - p->begun;
    double rate = seconds > 0 ? (double)p->done / seconds : 0;
    double share = done_share(p);

    p->shown = now;
    fprintf(p->stream, "%s%s: %" PRIu64 " of %" PRIu64 " %s",
            p->terminal ? "\r\033[K" : "", p->what, p->done, p->total, p->unit);
    if (last)
        fprintf(p->stream, ", %.1f s", seconds);
    else if (rate > 0 && share > 0)
        fprintf(p->stream, ", %.3g %s/s, %.0f s left", rate, p->unit,
                seconds * (1 - share) / share);
    if (!p->terminal || last)
        fputc('\n', p->stream);
    fflush(p->stream);
}

void progress_begin(struct progress *progress, const char *what, uint64_t total,
                    const char *unit)
{
    if (!progress || !progress->stream)
        return;
    progress->what = what;
    progress->unit = unit;
    progress->total = total;
    progress->done = 0;
    progress->work = progress->worked = 0;
    progress->begun = progress_clock();
    progress->shown = progress->begun;
    if (progress->terminal)
        show(progress, progress->begun, false);
}

void progress_weigh(struct progress *progress, double work)
{
    if (progress)
        progress->work = work;
}

void progress_add(struct progress *progress, uint64_t done)
{
    progress_add_work(progress, done, 0);
}

void progress_add_work(struct progress *progress, uint64_t done, double work)
{
    double now;

    if (!progress || !progress->stream)
        return;
    pthread_mutex_lock(&progress->mutex);
    progress->done += done;
    progress->worked += work;
    if (progress->done > progress->total)
        progress->total = progress->done; /* an estimate that fell short */
    now = progress_clock();
    if (now - progress->shown >
        (progress->terminal ? terminal_every : plain_every))
        show(progress, now, false);
    pthread_mutex_unlock(&progress->mutex);
}

void progress_end(struct progress *progress)
{
    if (!progress || !progress->stream)
        return;
    show(progress, progress_clock(), true);
}
