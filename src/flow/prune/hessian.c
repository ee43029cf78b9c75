/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/hessian.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const double hessian_dampening = 0.01;

double hessian_scale(double *gram, bool *dead, uint32_t inputs, uint64_t tokens)
{
    size_t k_all = inputs;
    double mean = 0;

    for (size_t i = 0; i < k_all * k_all; i++)
        gram[i] *= 2 / (double)tokens;
    for (size_t j = 0; j < k_all; j++) {
        dead[j] = gram[j * k_all + j] == 0;
        if (dead[j])
            gram[j * k_all + j] = 1;
        mean += gram[j * k_all + j] / (double)k_all;
    }
    return mean;
}

void hessian_init(struct hessian *hessian, const double *gram, uint32_t inputs,
                  uint64_t tokens)
{
    size_t size = (size_t)inputs * inputs;
    double *h = memory_new_aligned(size, sizeof *h);

    memcpy(h, gram, size * sizeof *gram);
    hessian_init_in_place(hessian, h, inputs, tokens);
    hessian->in_place = false;
}

void hessian_init_in_place(struct hessian *hessian, double *gram,
                           uint32_t inputs, uint64_t tokens)
{
    double mean;

    *hessian = (struct hessian){ .inputs = inputs,
                                 .h = gram,
                                 .dead = memory_new(inputs, sizeof(bool)),
                                 .in_place = true };
    mean = hessian_scale(gram, hessian->dead, inputs, tokens);
    for (size_t j = 0; j < inputs; j++)
        gram[j * inputs + j] += hessian_dampening * mean;
}

void hessian_release(struct hessian *hessian)
{
    if (!hessian->in_place)
        free(hessian->h);
    free(hessian->dead);
    *hessian = (struct hessian){ 0 };
}
