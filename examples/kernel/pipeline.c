/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pipeline of three stages with a synchronous reset: while it is high each
 * stage begins anew at every edge, and puts 0 on its output.
 */
#include <kernel/clock.h>
#include <kernel/reset.h>
#include <kernel/signal.h>
#include <stdio.h>

#define STAGES 3

struct stage {
    struct sim *sim;
    struct sim_signal *in, *out;
    struct sim_process process;
    uint64_t factor;
};

static void stage_run(void *module)
{
    struct stage *stage = module;

    sim_signal_write(stage->out, 0);
    while (sim_wait(stage->sim))
        sim_signal_write(stage->out,
                         sim_signal_read(stage->in) * stage->factor + 1);
}

struct bench {
    struct sim *sim;
    struct sim_clock clock;
    struct sim_signal reset, wires[STAGES + 1];
    struct stage stages[STAGES];
    struct sim_process source, monitor;
};

static void source_run(void *module)
{
    struct bench *bench = module;

    for (uint64_t k = 0; sim_wait(bench->sim); k++) {
        sim_signal_write(&bench->wires[0], k);
        sim_signal_write(&bench->reset, k < 2 || k == 7 || k == 8);
    }
}

static void monitor_run(void *module)
{
    struct bench *bench = module;

    printf("%d ns:", (int)(sim_now(bench->sim) / SIM_NS));
    for (int i = 0; i <= STAGES; i++)
        printf(" %d", (int)sim_signal_read(&bench->wires[i]));
    printf("\n");
}

int main(void)
{
    struct bench bench = { .sim = sim_new() };
    struct sim *sim = bench.sim;

    sim_clock_init(&bench.clock, sim, "clock", 10 * SIM_NS);
    sim_signal_init(&bench.reset, sim, "reset", 1);
    for (int i = 0; i <= STAGES; i++)
        sim_signal_init(&bench.wires[i], sim, NULL, 99);
    for (int i = 0; i < STAGES; i++) {
        struct stage *stage = &bench.stages[i];

        *stage = (struct stage){ sim, &bench.wires[i], &bench.wires[i + 1],
                                 .factor = (uint64_t)i + 2 };
        sim_thread_init(&stage->process, sim, NULL, stage_run, stage);
        sim_sensitive(&stage->process, &bench.clock.posedge);
        sim_reset_by(&stage->process, &bench.reset, true, SIM_SYNCHRONOUS);
    }
    sim_thread_init(&bench.source, sim, "source", source_run, &bench);
    sim_sensitive(&bench.source, &bench.clock.posedge);
    sim_method_init(&bench.monitor, sim, "monitor", monitor_run, &bench);
    sim_sensitive(&bench.monitor, &bench.clock.negedge);
    sim_dont_initialize(&bench.monitor);
    sim_run_until(sim, 150 * SIM_NS);
    sim_free(sim);
    return 0;
}
