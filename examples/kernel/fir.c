/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A filter of four taps: y[n] = sum of c[k] x[n - k], one sample a cycle. */
#include <kernel/clock.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <stdio.h>

#define TAPS 4

static const int taps[TAPS] = { -2, 3, 5, 1 };

struct filter {
    struct sim *sim;
    struct sim_clock clock;
    struct sim_signal x, y; /* two's complement */
    int past[TAPS];
    struct sim_process source, filter, sink;
    int sample;
};

static int read_int(const struct sim_signal *signal)
{
    return (int)(int64_t)sim_signal_read(signal);
}

static void source_run(void *module)
{
    struct filter *filter = module;

    sim_signal_write(&filter->x,
                     (uint64_t)(int64_t)(filter->sample * 7 % 11 - 5));
    filter->sample++;
}

static void filter_run(void *module)
{
    struct filter *filter = module;
    int sum = 0;

    for (int k = TAPS - 1; k > 0; k--)
        filter->past[k] = filter->past[k - 1];
    filter->past[0] = read_int(&filter->x);
    for (int k = 0; k < TAPS; k++)
        sum += taps[k] * filter->past[k];
    sim_signal_write(&filter->y, (uint64_t)(int64_t)sum);
}

static void sink_run(void *module)
{
    struct filter *filter = module;

    printf("%d ns: %d\n", (int)(sim_now(filter->sim) / SIM_NS),
           read_int(&filter->y));
}

int main(void)
{
    struct filter filter = { .sim = sim_new() };
    struct sim *sim = filter.sim;
    struct sim_process *clocked[] = { &filter.source, &filter.filter };

    sim_clock_init(&filter.clock, sim, "clock", 2 * SIM_NS);
    sim_signal_init(&filter.x, sim, "x", 0);
    sim_signal_init(&filter.y, sim, "y", 0);
    sim_method_init(&filter.source, sim, "source", source_run, &filter);
    sim_method_init(&filter.filter, sim, "filter", filter_run, &filter);
    for (int i = 0; i < 2; i++) {
        sim_sensitive(clocked[i], &filter.clock.posedge);
        sim_dont_initialize(clocked[i]);
    }
    sim_method_init(&filter.sink, sim, "sink", sink_run, &filter);
    sim_sensitive(&filter.sink, sim_signal_event(&filter.y, SIM_CHANGED));
    sim_dont_initialize(&filter.sink);
    sim_run_until(sim, 40 * SIM_NS);
    sim_free(sim);
    return 0;
}
