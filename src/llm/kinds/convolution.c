/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/kinds/convolution.h"

#include "llm/vector.h"

void convolution_run(const struct block_run *run, float *out, const float *x,
                     size_t stride, uint32_t channels)
{
    const float *taps = run->block->part[PART_CONV].numbers;
    const float *bias = run->block->part[PART_CONV_BIAS].numbers;
    uint32_t kernel = run->shape->size[SIZE_KERNEL];

    for (uint32_t t = 0; t < run->tokens; t++) {
        uint32_t taken = t + 1 < kernel ? t + 1 : kernel;

        vector_convolve_silu(out + (size_t)t * channels,
                             x + (t + 1 - taken) * stride, stride,
                             taps + (size_t)(kernel - taken) * channels, bias,
                             taken, channels);
    }
}
