/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/tell.h"

#include "base/cpu_clock.h"

void tell_begin(struct tell *tell, const char *what, const char *unit,
                const struct pace_points *of)
{
    pace_begin(&tell->pace, of);
    tell->begun = cpu_clock_process();
    progress_begin(tell->progress, what, of->count, unit);
}

/* What is left is reckoned anew where more is known: after each of the first
 * jobs, then whenever a fiftieth more are done. */
static void tell_weigh(struct tell *tell, double led)
{
    size_t jobs = tell->pace.points->count;

    if (!progress_is_told(tell->progress) ||
        (tell->done > 50 && tell->done % (jobs / 50 + 1) != 0))
        return;
    pace_learn(&tell->pace);
    progress_weigh(tell->progress,
                   tell->worked + led +
                       led / (double)tell->done * (double)(jobs - tell->done) +
                       pace_left(&tell->pace));
}

void tell_done(struct tell *tell, size_t job, double seconds)
{
    double led = cpu_clock_process() - tell->begun;

    tell->done++;
    tell->worked += seconds;
    pace_add(&tell->pace, job, seconds);
    tell_weigh(tell, led);
    progress_add_work(tell->progress, 1, tell->worked + led - tell->told);
    tell->told = tell->worked + led;
    if (!tell->was_told && tell->done >= tell->first) {
        tell->was_told = true;
        progress_expect_rest(tell->progress, tell->after);
    }
}

void tell_end(struct tell *tell)
{
    progress_end(tell->progress);
    pace_end(&tell->pace);
    *tell = (struct tell){ 0 };
}
