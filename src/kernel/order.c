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

void sim_order_shuffle(struct sim *sim, uint64_t seed)
{
    sim->shuffle = seed;
    sim->halt |= HALT_WATCH;
}

int sim_order_log(struct sim *sim, const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL)
        return -1;
    if (sim->order_file != NULL)
        fclose(sim->order_file);
    sim->order_file = file;
    sim->halt |= HALT_WATCH;
    return 0;
}

/* The generator splitmix64; the seed is its state. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void order_shuffle_next(struct sim *sim)
{
    uint64_t left = sim->ring_tail - sim->ring_head;
    uint64_t chosen = sim->ring_head + draw(&sim->shuffle) % left;
    struct sim_process *process = RING(sim, sim->ring_head);

    RING(sim, sim->ring_head) = RING(sim, chosen);
    RING(sim, chosen) = process;
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
