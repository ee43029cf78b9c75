/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/tell.h"

#include <stdlib.h>

#include "base/cpu_clock.h"
#include "base/memory.h"

void tell_begin(struct tell *tell, const char *what, const char *unit,
                const struct tell_job *of, size_t jobs)
{
    tell->estimate = memory_new(jobs, sizeof *tell->estimate);
    tell->kind = memory_new(jobs, sizeof *tell->kind);
    for (size_t i = 0; i < jobs; i++) {
        tell->estimate[i] = of[i].estimate;
        tell->kind[i] = of[i].kind;
        tell->kinds = of[i].kind < tell->kinds ? tell->kinds : of[i].kind + 1;
    }
    tell->own = memory_new(tell->kinds, sizeof *tell->own);
    tell->is_done = memory_new(jobs, sizeof *tell->is_done);
    tell->jobs = jobs;
    tell->begun = cpu_clock_process();
    progress_begin(tell->progress, what, jobs, unit);
}

double tell_work_left(const struct tell *tell)
{
    double left = 0;

    for (size_t i = 0; i < tell->jobs; i++) {
        const struct pace *own = &tell->own[tell->kind[i]];

        if (!tell->is_done[i])
            left +=
                pace_of(own->count > 0 ? own : &tell->pace, tell->estimate[i]);
    }
    return left;
}

static double seconds_left(const struct tell *tell, double led)
{
    return led / (double)tell->done * (double)(tell->jobs - tell->done) +
           tell_work_left(tell);
}

/* What is left is reckoned anew where more is known: after each of the first
 * jobs, then whenever a fiftieth more are done. */
void tell_done(struct tell *tell, size_t job, double seconds)
{
    struct progress *progress = tell->progress;
    double led;

    tell->is_done[job] = true;
    tell->done++;
    tell->worked += seconds;
    pace_add(&tell->pace, tell->estimate[job], seconds);
    pace_add(&tell->own[tell->kind[job]], tell->estimate[job], seconds);
    led = cpu_clock_process() - tell->begun;
    if (progress_is_told(progress) &&
        (tell->done <= 50 || tell->done % (tell->jobs / 50 + 1) == 0))
        progress_weigh(progress, tell->worked + led + seconds_left(tell, led));
    progress_add_work(progress, 1, tell->worked + led - tell->told);
    tell->told = tell->worked + led;
    if (!tell->was_told && tell->done >= tell->first) {
        tell->was_told = true;
        progress_expect_rest(progress, tell->after);
    }
}

void tell_end(struct tell *tell)
{
    progress_end(tell->progress);
    pace_release(&tell->pace);
    for (size_t i = 0; i < tell->kinds; i++)
        pace_release(&tell->own[i]);
    free(tell->own);
    free(tell->kind);
    free(tell->estimate);
    free(tell->is_done);
    *tell = (struct tell){ 0 };
}
