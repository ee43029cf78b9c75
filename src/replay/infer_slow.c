/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/infer_slow.h"

static int differ(const char *operator, const char * what, uint64_t fast,
                  uint64_t slow, struct error *err)
{
    return error_set(err, ERROR_INTERNAL,
                     "%s: %s: %llu in the fast way and %llu event by event; "
                     "both were to be the same",
                     operator, what, (unsigned long long)fast,
                     (unsigned long long)slow);
}

static int compare_lines(const struct inference_line *fast,
                         const struct inference_line *slow, struct error *err)
{
    const char *name = fast->row->name;

    if (fast->sum.clocks != slow->sum.clocks)
        return differ(name, "clocks", fast->sum.clocks, slow->sum.clocks, err);
    for (int t = 0; t < TRAFFICS; t++)
        if (fast->sum.bytes[t] != slow->sum.bytes[t])
            return differ(name, traffic_names[t], fast->sum.bytes[t],
                          slow->sum.bytes[t], err);
    for (int c = 0; c < ALL_COUNTERS; c++)
        if (fast->counters[c] != slow->counters[c])
            return differ(name, counter_table[c].name, fast->counters[c],
                          slow->counters[c], err);
    return 0;
}

static int compare_ways(const struct inference_result *fast,
                        const struct inference_result *slow, struct error *err)
{
    for (uint32_t t = 0; t < fast->steps; t++)
        if (fast->end[t] != slow->end[t])
            return differ("the model", "clock after a step", fast->end[t],
                          slow->end[t], err);
    for (size_t i = 0; i < fast->lines; i++)
        if (compare_lines(&fast->line[i], &slow->line[i], err) < 0)
            return -1;
    return 0;
}

int infer_both_ways(struct inference_result *result,
                    const struct inference_asked *asked, struct error *err)
{
    struct inference_asked slowly = *asked, quickly = *asked;
    struct inference_result slow;
    int status;

    slowly.way = INFERENCE_SLOW;
    quickly.passed = NULL; /* that is over in no time */
    if (inference_run(result, &quickly, err) < 0)
        return -1;
    status = inference_run(&slow, &slowly, err);
    if (status == 0) {
        status = compare_ways(result, &slow, err);
        inference_result_release(&slow);
    }
    if (status < 0)
        inference_result_release(result);
    return status;
}
