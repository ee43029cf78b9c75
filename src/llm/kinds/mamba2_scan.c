/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scan of Mamba-2 forward, for a gradient: as mamba2.c, but with the states
 * before every chunk kept, which the way back needs and could only find again
 * by going forward.  The products inside a chunk are cheap beside them in
 * memory, [64][64] a head, and are computed again there.  The formulae are in
 * the header.
 */
#include "llm/kinds/mamba2_scan.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "llm/vector.h"

const float *mamba2_numbers(const struct tape *tape, enum part part)
{
    return tape->run.block->part[part].numbers;
}

static const float *select_of(const struct mamba2_kept *kept, uint32_t run,
                              size_t first)
{
    return kept->mixed + first * kept->channels + kept->inner +
           (size_t)run * kept->states;
}

const float *mamba2_b(const struct mamba2_kept *kept,
                      const struct mamba2_place *place)
{
    return select_of(kept, place->group, place->first);
}

/* Behind those of B come those of C. */
const float *mamba2_c(const struct mamba2_kept *kept,
                      const struct mamba2_place *place)
{
    return select_of(kept, kept->groups + place->group, place->first);
}

uint32_t mamba2_chunk_size(const struct tape *tape, size_t first)
{
    size_t left = tape->run.tokens - first;

    return left < MAMBA2_CHUNK ? (uint32_t)left : MAMBA2_CHUNK;
}

void mamba2_begin_chunk(const struct tape *tape, const struct mamba2_kept *kept,
                        const struct mamba2_place *place)
{
    size_t first = place->first, n = place->n;
    const float *a_log = mamba2_numbers(tape, PART_DECAY);

    for (size_t h = 0; h < kept->heads; h++) {
        double rate = -exp((double)a_log[h]), sum = 0;

        for (size_t i = 0; i < n; i++) {
            sum += (double)kept->step[(first + i) * kept->heads + h] * rate;
            kept->decay[h * MAMBA2_CHUNK + i] = sum;
        }
    }
    for (size_t i = 0; i < n; i++)
        vector_scale_heads(kept->scaled + i * kept->inner,
                           kept->mixed + (first + i) * kept->channels,
                           kept->step + (first + i) * kept->heads, kept->heads,
                           kept->head);
}

/* L of a head. */
static void find_shade(const struct mamba2_kept *kept,
                       const struct mamba2_place *place)
{
    const double *decay = kept->decay + place->h * MAMBA2_CHUNK;
    uint32_t n = place->n;

    for (uint32_t i = 0; i < n; i++) {
        float *row = kept->shade + (size_t)i * MAMBA2_CHUNK;

        vector_fade(row, kept->ones, decay, decay[i], i + 1);
        memset(row + i + 1, 0, (n - i - 1) * sizeof *row);
    }
}

void mamba2_find_alike(const struct mamba2_kept *kept,
                       const struct mamba2_place *place)
{
    int n = (int)place->n, channels = (int)kept->channels;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n,
                (int)kept->states, 1, mamba2_c(kept, place), channels,
                mamba2_b(kept, place), channels, 0, kept->alike, MAMBA2_CHUNK);
}

void mamba2_find_product(const struct mamba2_kept *kept,
                         const struct mamba2_place *place)
{
    uint32_t n = place->n;

    find_shade(kept, place);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++)
            kept->product[i * MAMBA2_CHUNK + j] =
                kept->alike[i * MAMBA2_CHUNK + j] *
                kept->shade[i * MAMBA2_CHUNK + j];
}

void mamba2_find_weights(const struct mamba2_kept *kept,
                         const struct mamba2_place *place,
                         enum mamba2_fade fade)
{
    const double *decay = kept->decay + place->h * MAMBA2_CHUNK;
    double end = decay[place->n - 1];

    for (uint32_t i = 0; i < place->n; i++)
        kept->weight[i] =
            (float)exp(fade == MAMBA2_UNTIL_END ? end - decay[i] : decay[i]);
}

void mamba2_add_outer(const struct mamba2_kept *kept, float *out,
                      const float *a, const float *b, uint32_t n)
{
    size_t head = kept->head;

    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < head; p++)
            kept->room[i * head + p] = kept->weight[i] * a[i * kept->inner + p];
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)head,
                (int)kept->states, (int)n, 1, kept->room, (int)head, b,
                (int)kept->channels, 1, out, (int)kept->states);
}

/* y = what the state before the chunk gives, and D x. */
static void scan_state(const struct tape *tape, const struct mamba2_kept *kept,
                       const struct mamba2_place *place, const float *before,
                       float *y)
{
    float skip = mamba2_numbers(tape, PART_SKIP)[place->h];
    size_t at = place->h * kept->head;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)place->n,
                (int)kept->head, (int)kept->states, 1, mamba2_c(kept, place),
                (int)kept->channels, before, (int)kept->states, 0, y,
                (int)kept->inner);
    mamba2_find_weights(kept, place, MAMBA2_FROM_BEGIN);
    for (size_t i = 0; i < place->n; i++)
        for (size_t p = 0; p < kept->head; p++)
            y[i * kept->inner + p] =
                kept->weight[i] * y[i * kept->inner + p] +
                skip *
                    kept->mixed[(place->first + i) * kept->channels + at + p];
}

static void scan_head(const struct tape *tape, const struct mamba2_kept *kept,
                      const struct mamba2_place *place)
{
    size_t at = place->h * kept->head, size = (size_t)kept->head * kept->states;
    size_t chunk = place->first / MAMBA2_CHUNK;
    const float *before =
        kept->state + (chunk * kept->inner + at) * kept->states;
    float *behind =
        kept->state + ((chunk + 1) * kept->inner + at) * kept->states;
    float *y = kept->scanned + place->first * kept->inner + at;
    int n = (int)place->n, head = (int)kept->head, inner = (int)kept->inner;

    mamba2_find_product(kept, place);
    scan_state(tape, kept, place, before, y);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, head, n, 1,
                kept->product, MAMBA2_CHUNK, kept->scaled + at, inner, 1, y,
                inner);
    for (size_t i = 0; i < size; i++)
        behind[i] = kept->weight[place->n - 1] * before[i];
    mamba2_find_weights(kept, place, MAMBA2_UNTIL_END);
    mamba2_add_outer(kept, behind, kept->scaled + at, mamba2_b(kept, place),
                     place->n);
}

void mamba2_scan(struct tape *tape, struct mamba2_kept *kept)
{
    uint32_t each = kept->heads / kept->groups;

    memset(kept->state, 0,
           (size_t)kept->inner * kept->states * sizeof *kept->state);
    for (size_t first = 0; first < tape->run.tokens; first += MAMBA2_CHUNK) {
        struct mamba2_place place = { .first = first,
                                      .n = mamba2_chunk_size(tape, first) };

        mamba2_begin_chunk(tape, kept, &place);
        for (place.group = 0; place.group < kept->groups; place.group++) {
            mamba2_find_alike(kept, &place);
            for (uint32_t i = 0; i < each; i++) {
                place.h = place.group * each + i;
                scan_head(tape, kept, &place);
            }
        }
    }
}
