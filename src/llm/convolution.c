/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/convolution.h"

#include <string.h>

#include "llm/vector.h"

void convolution_run(const struct block_run *run, float *out, const float *x,
                     size_t stride, uint32_t channels)
{
    const float *taps = run->block->part[PART_CONV].numbers;
    const float *bias = run->block->part[PART_CONV_BIAS].numbers;
    uint32_t kernel = run->shape->size[SIZE_KERNEL];

    for (uint32_t t = 0; t < run->tokens; t++, out += channels) {
        memcpy(out, bias, channels * sizeof *out);
        for (uint32_t j = 0; j < kernel; j++)
            if (t + j + 1 >= kernel)
                vector_add_product(out, taps + (size_t)j * channels,
                                   x + (t + j + 1 - kernel) * stride, channels);
        vector_silu(out, channels);
    }
}
