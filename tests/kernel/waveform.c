/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * waveform FILE [deltas]: a waveform with every kind of trace.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernel/clock.h"
#include "kernel/process.h"
#include "kernel/signal.h"
#include "kernel/vcd.h"

struct counter {
    struct sim *sim;
    struct sim_clock clock;
    struct sim_signal count;
    double share;
    uint64_t words[3], parity;
    struct sim_wires wires;
    struct sim_event ready;
    struct sim_process process;
    sim_time now;
};

static const char *const parities[] = { "even", "odd" };

static void count(void *module)
{
    struct counter *counter = module;
    uint64_t value = sim_signal_read(&counter->count) + 1;

    counter->now = sim_now(counter->sim);
    counter->share = (double)value / 20;
    counter->words[value % 3] = value;
    counter->wires = (struct sim_wires){ value, value >> 1 };
    counter->parity = value % 2;
    sim_signal_write(&counter->count, value);
    if (value % 4 == 0)
        sim_notify_after(&counter->ready, 3);
}

int main(int argc, char **argv)
{
    struct counter *counter = calloc(1, sizeof *counter);
    struct sim *sim = sim_new();
    struct sim_vcd *vcd =
        argc > 1 ? sim_vcd_open(sim, argv[1],
                                argc > 2 ? SIM_VCD_DELTAS : SIM_VCD_TIMES)
                 : NULL;

    if (counter == NULL || vcd == NULL)
        return EXIT_FAILURE;
    counter->sim = sim;
    sim_clock_init(&counter->clock, sim, "clock", 10);
    sim_signal_init(&counter->count, sim, "count", 0);
    sim_event_init(&counter->ready, sim, "ready");
    sim_method_init(&counter->process, sim, "process", count, counter);
    sim_sensitive(&counter->process, &counter->clock.posedge);
    sim_dont_initialize(&counter->process);
    sim_vcd_clock(vcd, &counter->clock, "top.clock");
    sim_vcd_value(vcd, &counter->count.value, "top.unit.count", 8);
    sim_vcd_event(vcd, &counter->ready, "top.unit.ready");
    sim_vcd_value(vcd, &counter->now, "now", 64);
    sim_vcd_real(vcd, &counter->share, "top.share");
    sim_vcd_words(vcd, counter->words, "top.words", 130);
    sim_vcd_wires(vcd, &counter->wires, "top.wires", 5);
    sim_vcd_text(vcd, &counter->parity, "top.parity", parities, 2);
    sim_run_until(sim, 200);
    if (sim_vcd_close(vcd) < 0)
        return EXIT_FAILURE;
    sim_free(sim);
    free(counter);
    return EXIT_SUCCESS;
}
