/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scan of Mamba-2 back, from the last chunk to the first.  From y' (the
 * loss by y) and Z' (by the state behind the chunk):
 *
 *     by u_j = sum_i (C_i . B_j) L_ij y'_i + exp(s_end - s_j) Z' B_j
 *     by the product C_i . B_j: (y'_i . u_j) L_ij
 *     by S   = exp(s_end) Z' + sum_i exp(s_i) y'_i C_i^T
 *
 * and by s_i all that has s_i in an exponent: an exponential's derivative is
 * itself, so that each term of the forward formulae, times the loss by it, is
 * added at s_i and taken off at the s_j that stands beside it.  What S is in
 * these formulae was kept on the way forward (mamba2_scan.c); products inside a
 * chunk are computed again.  A head takes seven matrix products a chunk, three
 * on the way forward.
 */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "llm/kinds/mamba2_scan.h"

/* What is on its way through the chunks. */
struct way_back {
    const struct tape *tape;
    const struct mamba2_kept *kept;
    const float *by_y; /* [tokens][inner] */
    float *by_mixed;   /* [tokens][channels] */
    float *by_step;    /* [tokens][heads] */
    float *by_state;   /* [inner][states]: Z' */
    float *by_scaled;  /* [MAMBA2_CHUNK][inner]: by u */
    float *by_alike;   /* [MAMBA2_CHUNK][MAMBA2_CHUNK], of a group */
    float *by_product; /* [MAMBA2_CHUNK][MAMBA2_CHUNK] */
    float *seen;       /* [MAMBA2_CHUNK][head] */
    double by_decay[MAMBA2_CHUNK]; /* by s, of a head */
};

/* The product's share of the losses by C . B and by s. */
static void product_back(struct way_back *way, const struct mamba2_place *place)
{
    const struct mamba2_kept *kept = way->kept;
    size_t at = place->h * kept->head, first = place->first;
    uint32_t n = place->n;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)n,
                (int)kept->head, 1, way->by_y + first * kept->inner + at,
                (int)kept->inner, kept->scaled + at, (int)kept->inner, 0,
                way->by_product, MAMBA2_CHUNK);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j <= i; j++) {
            size_t ij = i * MAMBA2_CHUNK + j;
            double both =
                (double)way->by_product[ij] * (double)kept->product[ij];

            way->by_alike[ij] += way->by_product[ij] * kept->shade[ij];
            way->by_decay[i] += both;
            way->by_decay[j] -= both;
        }
}

/* seen [n][head] = rows of `select` [n][states] times a state's transpose. */
static void see_state(const struct way_back *way, const float *select,
                      const float *state, uint32_t n)
{
    const struct mamba2_kept *kept = way->kept;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n,
                (int)kept->head, (int)kept->states, 1, select,
                (int)kept->channels, state, (int)kept->states, 0, way->seen,
                (int)kept->head);
}

/* select_slope [n][states] of stride channels += weight_i a_i state. */
static void add_to_select(const struct way_back *way, float *select_slope,
                          const float *a, const float *state, uint32_t n)
{
    const struct mamba2_kept *kept = way->kept;
    size_t head = kept->head;

    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < head; p++)
            kept->room[i * head + p] = kept->weight[i] * a[i * kept->inner + p];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n,
                (int)kept->states, (int)head, 1, kept->room, (int)head, state,
                (int)kept->states, 1, select_slope, (int)kept->channels);
}

/* weight_i times the product of row i of `seen` with row i of a. */
static double seen_times(const struct way_back *way, const float *a, size_t i)
{
    const struct mamba2_kept *kept = way->kept;
    double sum = 0;

    for (size_t p = 0; p < kept->head; p++)
        sum += (double)way->seen[i * kept->head + p] *
               (double)a[i * kept->inner + p];
    return sum * (double)kept->weight[i];
}

/* The state that the chunk leaves: losses by u, B, s_i and s_end. */
static void write_back(struct way_back *way, const struct mamba2_place *place)
{
    const struct mamba2_kept *kept = way->kept;
    const float *b = mamba2_b(kept, place);
    size_t at = place->h * kept->head;
    const float *state = way->by_state + at * kept->states;

    mamba2_find_weights(kept, place, MAMBA2_UNTIL_END);
    see_state(way, b, state, place->n);
    for (size_t i = 0; i < place->n; i++) {
        double both = seen_times(way, kept->scaled + at, i);

        way->by_decay[place->n - 1] += both;
        way->by_decay[i] -= both;
        for (size_t p = 0; p < kept->head; p++)
            way->by_scaled[i * kept->inner + at + p] +=
                kept->weight[i] * way->seen[i * kept->head + p];
    }
    add_to_select(way, way->by_mixed + (b - kept->mixed), kept->scaled + at,
                  state, place->n);
}

/* The state before the chunk: losses by C, s_i and s_end; and Z' of the chunk
 * before. */
static void read_back(struct way_back *way, const struct mamba2_place *place)
{
    const struct mamba2_kept *kept = way->kept;
    const float *c = mamba2_c(kept, place);
    size_t at = place->h * kept->head, size = (size_t)kept->head * kept->states;
    const float *state =
        kept->state +
        (place->first / MAMBA2_CHUNK * kept->inner + at) * kept->states;
    const float *slope = way->by_y + place->first * kept->inner + at;
    float *by_state = way->by_state + at * kept->states;
    uint32_t last = place->n - 1;
    double both = 0;

    mamba2_find_weights(kept, place, MAMBA2_FROM_BEGIN);
    see_state(way, c, state, place->n);
    for (size_t i = 0; i < place->n; i++)
        way->by_decay[i] += seen_times(way, slope, i);
    add_to_select(way, way->by_mixed + (c - kept->mixed), slope, state,
                  place->n);
    for (size_t i = 0; i < size; i++) {
        both += (double)by_state[i] * (double)state[i];
        by_state[i] *= kept->weight[last];
    }
    way->by_decay[last] += both * (double)kept->weight[last];
    mamba2_add_outer(kept, by_state, slope, c, place->n);
}

/* From the losses by u and s to those by x and dt. */
static void inputs_back(struct way_back *way, const struct mamba2_place *place)
{
    const struct mamba2_kept *kept = way->kept;
    size_t h = place->h;
    double rate = -exp((double)mamba2_numbers(way->tape, PART_DECAY)[h]);
    double sum = 0;
    float skip = mamba2_numbers(way->tape, PART_SKIP)[h];
    size_t at = h * kept->head;

    for (size_t i = place->n; i-- > 0;) {
        size_t t = place->first + i;
        const float *u = way->by_scaled + i * kept->inner + at;
        const float *x = kept->mixed + t * kept->channels + at;
        const float *slope = way->by_y + t * kept->inner + at;
        float *by_x = way->by_mixed + t * kept->channels + at;
        float step = kept->step[t * kept->heads + h];
        double by_step = 0;

        sum += way->by_decay[i];
        for (size_t p = 0; p < kept->head; p++) {
            by_step += (double)u[p] * (double)x[p];
            by_x[p] = u[p] * step + skip * slope[p];
        }
        way->by_step[t * kept->heads + h] = (float)(by_step + rate * sum);
    }
}

static void head_back(struct way_back *way, const struct mamba2_place *place)
{
    const struct mamba2_kept *kept = way->kept;
    size_t at = place->h * kept->head;
    int n = (int)place->n, inner = (int)kept->inner;

    memset(way->by_decay, 0, sizeof way->by_decay);
    mamba2_find_product(kept, place);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, (int)kept->head, n,
                1, kept->product, MAMBA2_CHUNK,
                way->by_y + place->first * kept->inner + at, inner, 0,
                way->by_scaled + at, inner);
    product_back(way, place);
    write_back(way, place);
    read_back(way, place);
    inputs_back(way, place);
}

static void group_back(struct way_back *way, struct mamba2_place place)
{
    const struct mamba2_kept *kept = way->kept;
    uint32_t each = kept->heads / kept->groups;
    const float *b = mamba2_b(kept, &place), *c = mamba2_c(kept, &place);
    int n = (int)place.n, states = (int)kept->states;
    int channels = (int)kept->channels;

    mamba2_find_alike(kept, &place);
    memset(way->by_alike, 0,
           MAMBA2_CHUNK * MAMBA2_CHUNK * sizeof *way->by_alike);
    for (uint32_t i = 0; i < each; i++) {
        place.h = place.group * each + i;
        head_back(way, &place);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, states, n, 1,
                way->by_alike, MAMBA2_CHUNK, b, channels, 1,
                way->by_mixed + (c - kept->mixed), channels);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, states, n, 1,
                way->by_alike, MAMBA2_CHUNK, c, channels, 1,
                way->by_mixed + (b - kept->mixed), channels);
}

void mamba2_scan_back(struct tape *tape, const struct mamba2_kept *kept,
                      const float *by_y, float *by_mixed, float *by_step)
{
    size_t states = (size_t)kept->inner * kept->states;
    struct way_back way = {
        .tape = tape,
        .kept = kept,
        .by_y = by_y,
        .by_mixed = by_mixed,
        .by_step = by_step,
        .by_state = tape_take(tape, states),
        .by_scaled = tape_take(tape, MAMBA2_CHUNK * (size_t)kept->inner),
        .by_alike = tape_take(tape, MAMBA2_CHUNK * MAMBA2_CHUNK),
        .by_product = tape_take(tape, MAMBA2_CHUNK * MAMBA2_CHUNK),
        .seen = tape_take(tape, MAMBA2_CHUNK * (size_t)kept->head),
    };

    memset(way.by_state, 0, states * sizeof *way.by_state);
    memset(by_mixed, 0,
           (size_t)tape->run.tokens * kept->channels * sizeof *by_mixed);
    for (size_t chunk = mamba2_chunks(tape->run.tokens); chunk-- > 0;) {
        size_t first = chunk * MAMBA2_CHUNK;
        struct mamba2_place place = { .first = first,
                                      .n = mamba2_chunk_size(tape, first) };

        mamba2_begin_chunk(tape, kept, &place);
        for (place.group = 0; place.group < kept->groups; place.group++)
            group_back(&way, place);
    }
}
