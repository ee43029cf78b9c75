/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/outliers.h"

#include <stdlib.h>

#include "base/memory.h"

static uint32_t count_in(const uint8_t *outlier, uint32_t size)
{
    uint32_t count = 0;

    for (uint32_t k = 0; k < size; k++)
        count += outlier[k];
    return count;
}

static uint64_t lost_in_row(const uint8_t *outlier, uint32_t inputs,
                            struct pattern pattern)
{
    uint64_t lost = 0;

    for (uint32_t k = 0; k < inputs; k += pattern.m) {
        uint32_t size = inputs - k < pattern.m ? inputs - k : pattern.m;
        uint32_t count = count_in(outlier + k, size);

        lost += count > pattern.n ? count - pattern.n : 0;
    }
    return lost;
}

static void add_distribution(struct outliers *outliers, const uint8_t *outlier,
                             uint32_t inputs)
{
    const double g = OUTLIER_GROUP;
    uint32_t full = inputs / OUTLIER_GROUP * OUTLIER_GROUP;
    double share;

    if (full < 2 * OUTLIER_GROUP)
        return; /* one group: its count is its share */
    share = (double)count_in(outlier, full) / full;
    for (uint32_t k = 0; k < full; k += OUTLIER_GROUP) {
        double apart = count_in(outlier + k, OUTLIER_GROUP) - g * share;

        outliers->spread += apart * apart;
    }
    /* The hypergeometric variance of a group's count, over all groups. */
    outliers->chance +=
        full / g * g * share * (1 - share) * (full - g) / (full - 1.0);
}

void outliers_add_row(struct outliers *outliers, const uint8_t *outlier,
                      uint32_t inputs, const struct pattern_list *patterns)
{
    uint32_t count = count_in(outlier, inputs);

    outliers->weights += inputs;
    outliers->count += count;
    if (count == 0)
        return;
    for (size_t i = 0; i < patterns->count; i++) {
        if (!pattern_is_dense(patterns->at[i]))
            outliers->lost[i] += lost_in_row(outlier, inputs, patterns->at[i]);
    }
    add_distribution(outliers, outlier, inputs);
}

void outliers_add_layer(struct outliers *outliers, const struct scored *layer,
                        double threshold, const struct pattern_list *patterns)
{
    uint8_t *outlier = memory_new(layer->inputs, 1);
    double *scores = memory_new(layer->inputs, sizeof *scores);

    for (size_t o = 0; o < layer->outputs; o++) {
        score_row(scores, layer->weights + o * layer->inputs, layer->root,
                  layer->inputs);
        for (uint32_t k = 0; k < layer->inputs; k++)
            outlier[k] = scores[k] > threshold;
        outliers_add_row(outliers, outlier, layer->inputs, patterns);
    }
    free(scores);
    free(outlier);
}

void outliers_merge(struct outliers *sum, const struct outliers *part,
                    const struct pattern_list *patterns)
{
    sum->weights += part->weights;
    sum->count += part->count;
    for (size_t i = 0; i < patterns->count; i++)
        sum->lost[i] += part->lost[i];
    sum->spread += part->spread;
    sum->chance += part->chance;
}

double outliers_presence(const struct outliers *outliers)
{
    if (outliers->weights == 0)
        return 0;
    return (double)outliers->count / (double)outliers->weights;
}

double outliers_distribution(const struct outliers *outliers)
{
    if (!(outliers->chance > 0))
        return 0;
    return (outliers->spread / outliers->chance - 1) / (OUTLIER_GROUP - 1);
}
