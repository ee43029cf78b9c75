/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A producer is quicker than the consumer: the fifo between them fills up. */
#include <kernel/fifo.h>
#include <kernel/process.h>
#include <stdio.h>

static void produce(void *module)
{
    struct sim_fifo *fifo = module;
    struct sim *sim = fifo->channel.sim;

    for (int i = 0; i < 8; i++) {
        if (!sim_fifo_wait_put(fifo, &i))
            return;
        printf("%d ns: put %d\n", (int)(sim_now(sim) / SIM_NS), i);
        if (!sim_wait_for(sim, 3 * SIM_NS))
            return;
    }
}

static void consume(void *module)
{
    struct sim_fifo *fifo = module;
    struct sim *sim = fifo->channel.sim;

    for (int item; sim_wait_for(sim, 5 * SIM_NS);) {
        if (!sim_fifo_wait_get(fifo, &item))
            return;
        printf("%d ns: got %d\n", (int)(sim_now(sim) / SIM_NS), item);
    }
}

int main(void)
{
    struct sim *sim = sim_new();
    struct sim_process producer, consumer;
    struct sim_fifo fifo;

    sim_fifo_init(&fifo, sim, "fifo", sizeof(int), 2);
    sim_thread_init(&producer, sim, "producer", produce, &fifo);
    sim_thread_init(&consumer, sim, "consumer", consume, &fifo);
    sim_run_until(sim, 60 * SIM_NS);
    sim_free(sim);
    return 0;
}
