/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * programme_print SEED STEPS: which processes ran in which delta, one line
 * each, without the last delta, which may be cut short.  sc_programme.cpp
 * prints the same of SystemC.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/kernel/programme_kernel.h"

int main(int argc, char **argv)
{
    uint64_t seed, count;
    struct step *steps;

    if (argc != 3)
        return 64;
    seed = strtoull(argv[1], NULL, 10);
    count = strtoull(argv[2], NULL, 10);
    steps = calloc(count, sizeof *steps);
    programme_on_kernel(seed, false, steps, count);
    for (uint64_t i = 0; steps[i].delta < steps[count - 1].delta; i++)
        printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", steps[i].time,
               steps[i].delta, steps[i].process);
    free(steps);
    return 0;
}
