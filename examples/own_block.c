/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A block of hardware on the event kernel: an adder tree of eight lanes.
 *
 *   in    products  int32_t[LANES], a beat a cycle
 *   out   sums      int32_t, log2 LANES cycles later
 *
 * A block is a struct with its fifos, its registers and its process.  The
 * process runs at each rising edge, does what it can now and returns: it moves
 * what is in its registers on by one, takes a beat if there is one, and gives a
 * sum away if there is room, or stands still.
 *
 *     cc own_block.c $(pkg-config --cflags --libs flexcim-kernel)
 */
#include <kernel/clock.h>
#include <kernel/fifo.h>
#include <kernel/process.h>
#include <kernel/sim.h>
#include <stdio.h>

enum { LANES = 8, LEVELS = 3, CYCLE = 1000, BEATS = 4 };

struct adder_tree {
    struct sim *sim;
    struct sim_clock *clock; /* borrowed */
    struct sim_fifo *products, *sums;
    struct sim_process process;
    int32_t level[LEVELS]; /* registers, sums of the levels so far */
    bool full[LEVELS];
};

static void adder_tree_run(void *module)
{
    struct adder_tree *tree = module;
    int32_t products[LANES];

    if (tree->full[LEVELS - 1]) {
        if (!sim_fifo_free(tree->sums))
            return; /* the pipeline stands */
        sim_fifo_put(tree->sums, &tree->level[LEVELS - 1]);
    }
    for (int i = LEVELS - 1; i > 0; i--) {
        tree->level[i] = tree->level[i - 1];
        tree->full[i] = tree->full[i - 1];
    }
    tree->full[0] = sim_fifo_available(tree->products) > 0;
    if (!tree->full[0])
        return;
    sim_fifo_get(tree->products, products);
    tree->level[0] = 0;
    for (int i = 0; i < LANES; i++)
        tree->level[0] += products[i];
}

static void adder_tree_init(struct adder_tree *tree, struct sim_clock *clock,
                            struct sim_fifo *products, struct sim_fifo *sums)
{
    *tree = (struct adder_tree){
        .sim = clock->sim, .clock = clock, .products = products, .sums = sums
    };
    sim_method_init(&tree->process, clock->sim, "adder_tree", adder_tree_run,
                    tree);
    sim_sensitive(&tree->process, &clock->posedge);
    sim_dont_initialize(&tree->process);
}

struct bench {
    struct sim *sim;
    struct sim_clock clock;
    struct sim_fifo products, sums;
    struct sim_process source, sink;
    struct adder_tree tree;
};

static void give(void *module)
{
    struct bench *bench = module;

    for (int32_t beat = 0; beat < BEATS; beat++) {
        int32_t products[LANES];

        for (int32_t i = 0; i < LANES; i++)
            products[i] = beat * 10 - i * i;
        sim_fifo_wait_put(&bench->products, products);
        sim_wait_event(bench->sim, &bench->clock.posedge);
    }
}

static void take(void *module)
{
    struct bench *bench = module;
    int32_t sum;

    while (sim_fifo_wait_get(&bench->sums, &sum))
        printf("cycle %llu: %d\n",
               (unsigned long long)(sim_now(bench->sim) / CYCLE), (int)sum);
}

int main(void)
{
    struct bench bench = { .sim = sim_new() };

    sim_clock_init(&bench.clock, bench.sim, "clock", CYCLE);
    sim_fifo_init(&bench.products, bench.sim, "products",
                  LANES * sizeof(int32_t), 2);
    sim_fifo_init(&bench.sums, bench.sim, "sums", sizeof(int32_t), 2);
    sim_thread_init(&bench.source, bench.sim, "source", give, &bench);
    sim_thread_init(&bench.sink, bench.sim, "sink", take, &bench);
    adder_tree_init(&bench.tree, &bench.clock, &bench.products, &bench.sums);
    sim_run_until(bench.sim, 20 * CYCLE);
    sim_free(bench.sim);
    return 0;
}
