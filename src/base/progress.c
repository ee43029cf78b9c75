/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The line on stderr that says how far work is.  It is rewritten at most a few
 * times a second, and only on a terminal; elsewhere a stage says once how long
 * it took.
 *
 * Where units differ in size, work is weighed by an estimate in seconds, and
 * the pace so far corrects the estimate: so the time left is told from the
 * first unit on.  Workers add under a mutex, which costs nothing beside what
 * they do.
 */
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

void progress_init(struct progress *progress, FILE *stream)
{
    *progress = (struct progress){ .stream = stream };
    progress->terminal = stream && isatty(fileno(stream)) != 0;
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

void progress_duration(char text[PROGRESS_DURATION], double seconds)
{
    if (seconds < 600)
        snprintf(text, PROGRESS_DURATION, "%.0f s", seconds);
    else if (seconds < 36000)
        snprintf(text, PROGRESS_DURATION, "%.0f min", seconds / 60);
    else
        snprintf(text, PROGRESS_DURATION, "%.0f h", seconds / 3600);
}

static void print_duration(FILE *stream, double seconds)
{
    char text[PROGRESS_DURATION];

    progress_duration(text, seconds);
    fputs(text, stream);
}

static void show_pace(const struct progress *p, double seconds)
{
    double share = done_share(p), left = p->expected;

    if (seconds > 0 && share > 0) {
        left = seconds * (1 - share) / share;
        fprintf(p->stream, ", %.3g %s/s", share * (double)p->total / seconds,
                p->unit);
    }
    if (left > 0 || share > 0) {
        fputs(", ", p->stream);
        print_duration(p->stream, left);
        fputs(" left", p->stream);
    }
}

static void show(struct progress *p, double now, bool last)
{
    double seconds = now - p->begun;

    p->shown = now;
    fprintf(p->stream, "%s%s: %" PRIu64 " of %" PRIu64 " %s",
            p->terminal ? "\r\033[K" : "", p->what, p->done, p->total, p->unit);
    if (last)
        fprintf(p->stream, ", %.1f s", seconds);
    else
        show_pace(p, seconds);
    if (!p->terminal || last)
        fputc('\n', p->stream);
    fflush(p->stream);
}

void progress_begin(struct progress *progress, const char *what, uint64_t total,
                    const char *unit)
{
    if (!progress_is_told(progress))
        return;
    progress->what = what;
    progress->unit = unit;
    progress->total = total;
    progress->done = 0;
    progress->work = progress->worked = progress->expected = 0;
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

void progress_expect(struct progress *progress, double seconds, double memory)
{
    if (!progress_is_told(progress))
        return;
    progress->expected = seconds;
    if (seconds < PROGRESS_LONG)
        return;
    fprintf(progress->stream, "%s%s: %" PRIu64 " %s, about ",
            progress->terminal ? "\r\033[K" : "", progress->what,
            progress->total, progress->unit);
    print_duration(progress->stream, seconds);
    if (memory > 0)
        fprintf(progress->stream, " and %.0f MB of memory", memory / 1e6);
    fputc('\n', progress->stream);
    fflush(progress->stream);
}

void progress_expect_rest(struct progress *progress, double after)
{
    double share, all;

    if (!progress_is_told(progress))
        return;
    share = done_share(progress);
    if (!(share > 0))
        return;
    all = (progress_clock() - progress->begun) / share;
    if (all * (1 - share + after) < PROGRESS_LONG)
        return;
    fprintf(progress->stream, "%s%s: %" PRIu64 " of %" PRIu64 " %s, about ",
            progress->terminal ? "\r\033[K" : "", progress->what,
            progress->done, progress->total, progress->unit);
    print_duration(progress->stream, all * (1 - share));
    fputs(" left", progress->stream);
    if (after > 0) {
        fputs(", and at most ", progress->stream);
        print_duration(progress->stream, all * after);
        fputs(" for what follows", progress->stream);
    }
    fputc('\n', progress->stream);
    fflush(progress->stream);
}

void progress_add(struct progress *progress, uint64_t done)
{
    progress_add_work(progress, done, 0);
}

void progress_add_work(struct progress *progress, uint64_t done, double work)
{
    double now;

    if (!progress_is_told(progress))
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
    if (!progress_is_told(progress))
        return;
    show(progress, progress_clock(), true);
}

bool progress_is_told(const struct progress *progress)
{
    return progress && progress->stream;
}
