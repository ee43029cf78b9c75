/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A queue in front of a server, on the event kernel alone: a thread that sends,
 * a fifo, and a thread that serves.  It prints when each customer is done.
 *
 *     cc kernel_alone.c $(pkg-config --cflags --libs flexcim-kernel)
 */
#include <kernel/fifo.h>
#include <kernel/process.h>
#include <kernel/sim.h>
#include <stdio.h>

enum { CUSTOMERS = 6 };

struct shop {
    struct sim *sim;
    struct sim_fifo queue; /* of the times at which they came */
    struct sim_process door, counter;
};

/* They come faster and faster; the queue has room for two. */
static void come(void *module)
{
    struct shop *shop = module;

    for (sim_time i = 0; i < CUSTOMERS; i++) {
        sim_time now = sim_now(shop->sim);

        sim_fifo_wait_put(&shop->queue, &now);
        sim_wait_for(shop->sim, 10 - i);
    }
}

/* Each takes 9. */
static void serve(void *module)
{
    struct shop *shop = module;
    sim_time came;

    while (sim_fifo_wait_get(&shop->queue, &came)) {
        sim_wait_for(shop->sim, 9);
        printf("came at %2llu, done at %2llu\n", (unsigned long long)came,
               (unsigned long long)sim_now(shop->sim));
    }
}

int main(void)
{
    struct shop shop = { .sim = sim_new() };

    sim_fifo_init(&shop.queue, shop.sim, "queue", sizeof(sim_time), 2);
    sim_thread_init(&shop.door, shop.sim, "door", come, &shop);
    sim_thread_init(&shop.counter, shop.sim, "counter", serve, &shop);
    sim_run(shop.sim);
    sim_free(shop.sim);
    return 0;
}
