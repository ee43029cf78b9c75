/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/blocks/activation_buffer.h"
#include "models/blocks/weight_loader.h"

/* Where the blocks of a macro stand: what they may look at beside their pipes.
 */
struct site {
    struct run *run;
    uint32_t macro;                             /* its number */
    const struct weight_loader *loader;         /* borrowed */
    const struct activation_buffer *activation; /* borrowed */
};

static inline const struct image *site_image(const struct site *site,
                                             const struct pass *pass)
{
    return weight_loader_image(site->loader, pass->turn, site->macro);
}

static inline const int8_t *site_vector(const struct site *site,
                                        const struct pass *pass)
{
    return activation_buffer_vector(site->activation, pass->vector);
}
