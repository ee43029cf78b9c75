/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Operators carried out in values: what Mamba-2's
 * prompt does in chunks, product by product in the sizes that the table says,
 * is what the recurrence does token by token.  Of head h in group g, with u =
 * dt x and s the sum of dt A up to a token,
 *
 *     S_t = exp(dt_t A) S_(t-1) + B_t u_t^T        y_t = C_t S_t
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/suite.h"
#include "trace/operators.h"

enum { TOKENS = 37, GROUPS = 2, HEADS = 6, HEAD = 5, STATES = 3 };
enum { EACH = HEADS / GROUPS }; /* heads of a group */

struct scan {
    double b[GROUPS][TOKENS][STATES], c[GROUPS][TOKENS][STATES];
    double u[HEADS][TOKENS][HEAD], fade[HEADS][TOKENS]; /* dt A */
    double y[HEADS][TOKENS][HEAD], wanted[HEADS][TOKENS][HEAD];
    double state[HEADS][STATES][HEAD];
};

struct plan_of_step {
    struct model_sizes sizes;
    struct operator_step step;
    const struct operator_row *row[OPERATOR_MAX_ROWS];
    size_t rows;
};

static double between(uint64_t *seed, double low, double high)
{
    return low + (high - low) * (double)random_below(seed, 1 << 30) / (1 << 30);
}

static void fill(struct scan *scan, uint64_t seed)
{
    for (int t = 0; t < TOKENS; t++) {
        for (int g = 0; g < GROUPS; g++)
            for (int n = 0; n < STATES; n++) {
                scan->b[g][t][n] = between(&seed, -1, 1);
                scan->c[g][t][n] = between(&seed, -1, 1);
            }
        for (int h = 0; h < HEADS; h++) {
            scan->fade[h][t] = between(&seed, -0.7, -0.01);
            for (int p = 0; p < HEAD; p++)
                scan->u[h][t][p] = between(&seed, -1, 1);
        }
    }
}

static void scan_token_by_token(struct scan *scan)
{
    for (int h = 0; h < HEADS; h++) {
        double state[STATES][HEAD] = { { 0 } };

        for (int t = 0; t < TOKENS; t++)
            for (int p = 0; p < HEAD; p++)
                for (int n = 0; n < STATES; n++) {
                    state[n][p] = exp(scan->fade[h][t]) * state[n][p] +
                                  scan->b[h / EACH][t][n] * scan->u[h][t][p];
                    scan->wanted[h][t][p] +=
                        scan->c[h / EACH][t][n] * state[n][p];
                }
    }
}

static void plan(struct plan_of_step *of, uint32_t chunk)
{
    char *text = memory_printf(
        "{\"blocks\": 1, \"kind\": \"mamba2\", \"width\": 24, \"vocabulary\": "
        "11, \"heads\": %d, \"head\": %d, \"inner\": %d, \"state\": %d, "
        "\"groups\": %d, \"chunk\": %u}",
        HEADS, HEAD, HEADS * HEAD, STATES, GROUPS, chunk);
    struct error err;

    ck_assert_msg(model_sizes_parse(&of->sizes, text, &err) == 0, "%s",
                  err.text);
    of->step = (struct operator_step){ 1, TOKENS, 0 };
    of->rows = operator_rows(of->row, &of->sizes, PLACE_BLOCK, 0, &of->step);
    free(text);
}

static uint64_t value_of(const struct plan_of_step *of, const enum dim *product)
{
    struct error err;
    uint64_t value;

    ck_assert_int_eq(operator_product_value(&value, product, &of->sizes,
                                            &of->step, &err),
                     0);
    return value;
}

/* A product of the table, and what was made of it so far. */
struct product {
    const struct operator_row *row;
    uint64_t rows, inputs, outputs; /* T, K, O as the table says */
    uint64_t times, macs;
};

static struct product product_of(const struct plan_of_step *of,
                                 const char *name)
{
    for (size_t i = 0; i < of->rows; i++)
        if (strcmp(of->row[i]->name, name) == 0)
            return (struct product){
                .row = of->row[i],
                .rows = value_of(of, of->row[i]->rows),
                .inputs = value_of(of, of->row[i]->inputs),
                .outputs = value_of(of, of->row[i]->outputs),
            };
    ck_abort_msg("no operator %s", name);
}

/* out [T][O] = a [T][K] b [K][O]; what a shorter last chunk lacks is 0.  Of a
 * chunk of q tokens `used` is how many of T * K * O the table counts. */
static void multiply(struct product *product, const double *a, const double *b,
                     double *out, uint64_t used)
{
    uint64_t k = product->inputs, o = product->outputs;

    for (uint64_t i = 0; i < product->rows; i++)
        for (uint64_t j = 0; j < o; j++) {
            out[i * o + j] = 0;
            for (uint64_t n = 0; n < k; n++)
                out[i * o + j] += a[i * k + n] * b[n * o + j];
        }
    product->times++;
    product->macs += used;
}

static void check_whole(const struct plan_of_step *of,
                        const struct product *product)
{
    struct operator_count counts;
    struct error err;

    ck_assert_uint_eq(product->times, value_of(of, product->row->count));
    ck_assert_int_eq(
        operator_counts(&counts, product->row, &of->sizes, &of->step, &err), 0);
    ck_assert_uint_eq(product->macs, counts.macs);
}

/* The products of one chunk: tokens first .. first + n - 1. */
struct chunk {
    int first, n;
    struct product *scores, *intra, *states, *inter;
};

static void run_head(struct scan *scan, const struct chunk *chunk, int h,
                     const double *scores)
{
    int q = (int)chunk->intra->rows, n = chunk->n, g = h / EACH;
    double *sum = memory_new((size_t)q, sizeof *sum);
    double *shaded = memory_new((size_t)(q * q), sizeof *shaded);
    double *u = memory_new((size_t)(q * HEAD), sizeof *u);
    double *faded = memory_new((size_t)(q * STATES), sizeof *faded);
    double *out = memory_new((size_t)(q * HEAD), sizeof *out);
    double made[STATES * HEAD];
    uint64_t size = (uint64_t)n * STATES * HEAD;

    for (int i = 0; i < n; i++) {
        sum[i] = (i > 0 ? sum[i - 1] : 0) + scan->fade[h][chunk->first + i];
        memcpy(u + i * HEAD, scan->u[h][chunk->first + i], HEAD * sizeof *u);
    }
    for (int i = 0; i < n; i++) /* decay, of pairs that see each other */
        for (int j = 0; j <= i; j++)
            shaded[i * q + j] = scores[i * q + j] * exp(sum[i] - sum[j]);
    multiply(chunk->intra, shaded, u, out, (uint64_t)(n * n * HEAD));
    for (int i = 0; i < n; i++)
        memcpy(scan->y[h][chunk->first + i], out + i * HEAD,
               HEAD * sizeof *out);
    for (int s = 0; s < STATES; s++)
        for (int i = 0; i < n; i++)
            faded[s * q + i] =
                scan->b[g][chunk->first + i][s] * exp(sum[n - 1] - sum[i]);
    multiply(chunk->states, faded, u, made, size);
    memset(faded, 0, (size_t)(q * STATES) * sizeof *faded);
    for (int i = 0; i < n; i++)
        for (int s = 0; s < STATES; s++)
            faded[i * STATES + s] =
                scan->c[g][chunk->first + i][s] * exp(sum[i]);
    multiply(chunk->inter, faded, scan->state[h][0], out, size);
    for (int i = 0; i < n; i++)
        for (int p = 0; p < HEAD; p++)
            scan->y[h][chunk->first + i][p] += out[i * HEAD + p];
    for (int s = 0; s < STATES; s++) /* handover */
        for (int p = 0; p < HEAD; p++)
            scan->state[h][s][p] =
                exp(sum[n - 1]) * scan->state[h][s][p] + made[s * HEAD + p];
    free(sum);
    free(shaded);
    free(u);
    free(faded);
    free(out);
}

static void run_chunk(struct scan *scan, const struct chunk *chunk)
{
    uint64_t q = chunk->scores->rows;
    double *c = memory_new(q * STATES, sizeof *c);
    double *b = memory_new(q * STATES, sizeof *b);
    double *scores = memory_new(q * q, sizeof *scores);

    for (int g = 0; g < GROUPS; g++) {
        memset(b, 0, q * STATES * sizeof *b);
        memset(c, 0, q * STATES * sizeof *c);
        for (int i = 0; i < chunk->n; i++)
            for (int s = 0; s < STATES; s++) {
                c[i * STATES + s] = scan->c[g][chunk->first + i][s];
                b[s * (int)q + i] = scan->b[g][chunk->first + i][s];
            }
        multiply(chunk->scores, c, b, scores,
                 (uint64_t)(chunk->n * chunk->n * STATES));
        for (int h = g * EACH; h < (g + 1) * EACH; h++)
            run_head(scan, chunk, h, scores);
    }
    free(c);
    free(b);
    free(scores);
}

static void check_chunks_of(struct scan *scan, uint32_t length)
{
    struct plan_of_step of;
    struct product scores, intra, states, inter;

    plan(&of, length);
    scores = product_of(&of, "chunk_scores");
    intra = product_of(&of, "intra");
    states = product_of(&of, "states");
    inter = product_of(&of, "inter");
    memset(scan->state, 0, sizeof scan->state);
    for (int first = 0; first < TOKENS; first += (int)length)
        run_chunk(scan, &(struct chunk){ first,
                                         first + (int)length < TOKENS
                                             ? (int)length
                                             : TOKENS - first,
                                         &scores, &intra, &states, &inter });
    check_whole(&of, &scores);
    check_whole(&of, &intra);
    check_whole(&of, &states);
    check_whole(&of, &inter);
    for (int h = 0; h < HEADS; h++)
        for (int t = 0; t < TOKENS; t++)
            for (int p = 0; p < HEAD; p++)
                ck_assert_double_eq_tol(scan->y[h][t][p], scan->wanted[h][t][p],
                                        1e-9);
}

START_TEST(check_5_chunks_of_any_length_give_what_the_scan_gives)
{
    static const uint32_t lengths[] = { 1, 2, 5, 8, 36, 37, 64 };
    struct scan *scan = memory_new(1, sizeof *scan);

    fill(scan, 41);
    scan_token_by_token(scan);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        check_chunks_of(scan, lengths[i]);
    free(scan);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("operators in values");
    TCase *tcase = tcase_create("chunks");

    tcase_add_test(tcase,
                   check_5_chunks_of_any_length_give_what_the_scan_gives);
    suite_add_tcase(suite, tcase);
    return suite;
}
