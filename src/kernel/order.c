/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/order.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/internal.h"

uint64_t sim_order_hash(const struct sim *sim)
{
    return sim->hash ^ sim->hash >> 32;
}

/* Draws by a linear congruential generator; the seed is its state. */
static void shuffle_next(struct sim *sim)
{
    uint64_t left = sim->ring_tail - sim->ring_head, chosen;
    struct sim_process *process = RING(sim, sim->ring_head);

    sim->shuffle = sim->shuffle * 6364136223846793005 + 1442695040888963407;
    chosen = sim->ring_head + (sim->shuffle >> 33) % left;
    RING(sim, sim->ring_head) = RING(sim, chosen);
    RING(sim, chosen) = process;
}

void sim_order_shuffle(struct sim *sim, uint64_t seed)
{
    sim->shuffle = seed;
    sim->shuffle_next = shuffle_next;
    kernel_halt(sim, HALT_WATCH);
}

static void log_current(struct sim *sim)
{
    fprintf(sim->order_file, "%" PRIu64 " %" PRIu64 " %s\n", sim->now,
            sim->delta, sim_object_name(sim, sim->current->id));
}

int sim_order_log(struct sim *sim, const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL)
        return -1;
    if (sim->order_file != NULL)
        fclose(sim->order_file);
    sim->order_file = file;
    sim->log_current = log_current;
    kernel_halt(sim, HALT_WATCH);
    return 0;
}

int sim_order_difference(const char *path_a, const char *path_b, char *text,
                         size_t size)
{
    FILE *a = fopen(path_a, "r"), *b = a == NULL ? NULL : fopen(path_b, "r");
    char line_a[512], line_b[512];
    const char *in_a = line_a, *in_b = line_b;
    int result = b == NULL ? -1 : 0;

    for (uint64_t n = 1; result == 0 && in_a == line_a; n++) {
        in_a = fgets(line_a, sizeof line_a, a) ? line_a : "the end\n";
        in_b = fgets(line_b, sizeof line_b, b) ? line_b : "the end\n";
        result = strcmp(in_a, in_b) != 0;
        if (result != 0)
            snprintf(text, size, "activation %" PRIu64 ": %.*s, but %.*s", n,
                     (int)strcspn(in_a, "\n"), in_a, (int)strcspn(in_b, "\n"),
                     in_b);
    }
    if (a != NULL)
        fclose(a);
    if (b != NULL)
        fclose(b);
    return result;
}
