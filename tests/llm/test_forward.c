/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shipped models against the formulas, in plain loops and double: no BLAS,
 * no chunks, no code of src/llm but the reading of tensors.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/head.h"
#include "llm/model.h"
#include "llm/walk.h"
#include "tensor/safetensors.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

enum { TOKENS = 70, WIDTH = 256, WORDS = 4096 };

static struct safetensors *weights;
static double hidden[TOKENS][WIDTH];

/* A tensor as double, from a shared place that the next calls overwrite in
 * turn. */
static const double *tensor(const char *name, int block)
{
    static double *room[16];
    static unsigned turn;
    char *full = block < 0 ? memory_text(name) : memory_printf(name, block);
    const struct safetensors_tensor *found = safetensors_find(weights, full);
    float *narrow;

    ck_assert_msg(found != NULL, "%s", full);
    free(full);
    narrow = memory_new(found->elements, sizeof *narrow);
    dtype_to_f32(narrow, found->bytes, found->dtype, found->elements);
    turn = (turn + 1) % 16;
    free(room[turn]);
    room[turn] = memory_new(found->elements, sizeof(double));
    for (size_t i = 0; i < found->elements; i++)
        room[turn][i] = (double)narrow[i];
    free(narrow);
    return room[turn];
}

/* y [outputs] = W x */
static void map(double *y, const double *w, const double *x, int outputs,
                int inputs)
{
    for (int o = 0; o < outputs; o++) {
        y[o] = 0;
        for (int k = 0; k < inputs; k++)
            y[o] += w[o * inputs + k] * x[k];
    }
}

static void rms(double *y, const double *x, const double *w, int count)
{
    double square = 0;

    for (int i = 0; i < count; i++)
        square += x[i] * x[i] / count;
    for (int i = 0; i < count; i++)
        y[i] = x[i] / sqrt(square + 1e-5) * w[i];
}

static double silu(double x)
{
    return x / (1 + exp(-x));
}

static void turn_head(double *x, int position)
{
    for (int i = 0; i < 16; i++) {
        double angle = position * pow(10000, -i / 16.0), a = x[i];

        x[i] = a * cos(angle) - x[i + 16] * sin(angle);
        x[i + 16] = x[i + 16] * cos(angle) + a * sin(angle);
    }
}

/* Head h of token t over the keys up to t. */
static void mix(double *out, const double *q, double (*k)[128],
                double (*v)[128], int h, int t)
{
    double weight[TOKENS], sum = 0;
    int key = h / 2 * 32;

    for (int s = 0; s <= t; s++) {
        weight[s] = 0;
        for (int i = 0; i < 32; i++)
            weight[s] += q[h * 32 + i] * k[s][key + i] / sqrt(32);
        weight[s] = exp(weight[s]);
        sum += weight[s];
    }
    for (int i = 0; i < 32; i++) {
        out[h * 32 + i] = 0;
        for (int s = 0; s <= t; s++)
            out[h * 32 + i] += weight[s] / sum * v[s][key + i];
    }
}

static void llama_attention(int block)
{
    const double *n = tensor("model.layers.%d.input_layernorm.weight", block);
    const double *wq = tensor("model.layers.%d.self_attn.q_proj.weight", block);
    const double *wk = tensor("model.layers.%d.self_attn.k_proj.weight", block);
    const double *wv = tensor("model.layers.%d.self_attn.v_proj.weight", block);
    const double *wo = tensor("model.layers.%d.self_attn.o_proj.weight", block);
    static double q[TOKENS][256], k[TOKENS][128], v[TOKENS][128];
    double x[WIDTH], mixed[256];

    for (int t = 0; t < TOKENS; t++) {
        rms(x, hidden[t], n, WIDTH);
        map(q[t], wq, x, 256, WIDTH);
        map(k[t], wk, x, 128, WIDTH);
        map(v[t], wv, x, 128, WIDTH);
        for (int h = 0; h < 8; h++)
            turn_head(q[t] + h * 32, t);
        for (int h = 0; h < 4; h++)
            turn_head(k[t] + h * 32, t);
    }
    for (int t = 0; t < TOKENS; t++) {
        for (int h = 0; h < 8; h++)
            mix(mixed, q[t], k, v, h, t);
        map(x, wo, mixed, WIDTH, 256);
        for (int i = 0; i < WIDTH; i++)
            hidden[t][i] += x[i];
    }
}

static void llama_feed(int block)
{
    const double *n =
        tensor("model.layers.%d.post_attention_layernorm.weight", block);
    const double *wg = tensor("model.layers.%d.mlp.gate_proj.weight", block);
    const double *wu = tensor("model.layers.%d.mlp.up_proj.weight", block);
    const double *wd = tensor("model.layers.%d.mlp.down_proj.weight", block);
    double x[WIDTH], gate[704], up[704];

    for (int t = 0; t < TOKENS; t++) {
        rms(x, hidden[t], n, WIDTH);
        map(gate, wg, x, 704, WIDTH);
        map(up, wu, x, 704, WIDTH);
        for (int i = 0; i < 704; i++)
            up[i] *= silu(gate[i]);
        map(x, wd, up, WIDTH, 704);
        for (int i = 0; i < WIDTH; i++)
            hidden[t][i] += x[i];
    }
}

static void llama_block(int block)
{
    llama_attention(block);
    llama_feed(block);
}

/* One token of a block's state space; state [16 heads][32][64]. */
static void mamba_step(double *y, const double *xbc, const double *dt,
                       double (*state)[32][64], const double *a_log,
                       const double *d)
{
    for (int h = 0; h < 16; h++)
        for (int p = 0; p < 32; p++) {
            double x = xbc[h * 32 + p], sum = d[h] * x;

            for (int n = 0; n < 64; n++) {
                state[h][p][n] = exp(-exp(a_log[h]) * dt[h]) * state[h][p][n] +
                                 dt[h] * x * xbc[512 + n];
                sum += state[h][p][n] * xbc[576 + n];
            }
            y[h * 32 + p] = sum;
        }
}

/* Projected inputs of tokens t-3 .. t through the convolution. */
static void mamba_filter(double *xbc, double (*projected)[1168], int t,
                         const double *taps, const double *bias)
{
    for (int c = 0; c < 640; c++) {
        double sum = bias[c];

        for (int j = 0; j < 4; j++)
            if (t - 3 + j >= 0)
                sum += taps[c * 4 + j] * projected[t - 3 + j][512 + c];
        xbc[c] = silu(sum);
    }
}

static void mamba_block(int block)
{
    const double *n = tensor("backbone.layers.%d.norm.weight", block);
    const double *in = tensor("backbone.layers.%d.mixer.in_proj.weight", block);
    const double *taps =
        tensor("backbone.layers.%d.mixer.conv1d.weight", block);
    const double *bias = tensor("backbone.layers.%d.mixer.conv1d.bias", block);
    const double *dt_bias = tensor("backbone.layers.%d.mixer.dt_bias", block);
    const double *a_log = tensor("backbone.layers.%d.mixer.A_log", block);
    const double *d = tensor("backbone.layers.%d.mixer.D", block);
    const double *gated = tensor("backbone.layers.%d.mixer.norm.weight", block);
    const double *out =
        tensor("backbone.layers.%d.mixer.out_proj.weight", block);
    static double projected[TOKENS][1168], state[16][32][64];
    double x[WIDTH], xbc[640], dt[16], y[512];

    memset(state, 0, sizeof state);
    for (int t = 0; t < TOKENS; t++) {
        rms(x, hidden[t], n, WIDTH);
        map(projected[t], in, x, 1168, WIDTH);
        mamba_filter(xbc, projected, t, taps, bias);
        for (int h = 0; h < 16; h++)
            dt[h] = log1p(exp(projected[t][1152 + h] + dt_bias[h]));
        mamba_step(y, xbc, dt, state, a_log, d);
        for (int i = 0; i < 512; i++)
            y[i] *= silu(projected[t][i]);
        rms(y, y, gated, 512);
        map(x, out, y, WIDTH, 512);
        for (int i = 0; i < WIDTH; i++)
            hidden[t][i] += x[i];
    }
}

/* Logits of the program, [TOKENS][WORDS]. */
static float *program(const struct model *model, struct model_tokens *tokens)
{
    float *stream = memory_new(TOKENS * WIDTH, sizeof *stream);
    float *normed = memory_new(TOKENS * WIDTH, sizeof *normed);
    float *logits = memory_new((size_t)TOKENS * WORDS, sizeof *logits);
    struct error err;
    struct head *head;

    ck_assert_int_eq(
        model_walk_blocks(model, tokens,
                          &(struct model_walk){ .work.workers = 1 }, stream,
                          &err),
        0);
    ck_assert_int_eq(head_load(&head, model, &err), 0);
    head_logits(head, stream, TOKENS, normed, logits);
    head_free(head);
    free(stream);
    free(normed);
    return logits;
}

static void must_agree(const float *logits, const char *embedding,
                       const char *norm)
{
    const double *words = tensor(embedding, -1), *n = tensor(norm, -1);
    double x[WIDTH], wanted, largest = 0, wrong = 0;

    for (int t = 0; t < TOKENS; t++) {
        rms(x, hidden[t], n, WIDTH);
        for (int v = 0; v < WORDS; v++) {
            map(&wanted, words + v * WIDTH, x, 1, WIDTH);
            largest = fmax(largest, fabs(wanted));
            wrong = fmax(wrong, fabs((double)logits[t * WORDS + v] - wanted));
        }
    }
    ck_assert_double_gt(largest, 1);
    ck_assert_msg(wrong / largest < 1e-5, "error %g of %g", wrong, largest);
}

static void compare(const char *folder, const char *embedding, const char *norm,
                    int blocks, void (*run)(int))
{
    char *path = memory_printf("%s/model.safetensors", folder);
    struct model *model = tiny_open(folder);
    struct model_tokens tokens;
    struct error err;
    const double *words;
    float *logits;

    ck_assert_int_eq(model_tokens_read(&tokens, SHIPPED("tokens.safetensors"),
                                       "test", 1, model, &err),
                     0);
    tokens.length = TOKENS;
    logits = program(model, &tokens);
    ck_assert_int_eq(safetensors_open(&weights, path, &err), 0);
    words = tensor(embedding, -1);
    for (int t = 0; t < TOKENS; t++)
        memcpy(hidden[t], words + tokens.ids[t] * WIDTH, sizeof hidden[t]);
    for (int block = 0; block < blocks; block++)
        run(block);
    must_agree(logits, embedding, norm);
    safetensors_close(weights);
    model_tokens_release(&tokens);
    model_close(model);
    free(logits);
    free(path);
}

START_TEST(llama_computes_what_its_formulas_say)
{
    compare(SHIPPED("llama-7m"), "model.embed_tokens.weight",
            "model.norm.weight", 8, llama_block);
}
END_TEST

START_TEST(mamba_2_computes_what_its_recurrence_says)
{
    compare(SHIPPED("mamba2-6m"), "backbone.embeddings.weight",
            "backbone.norm_f.weight", 12, mamba_block);
}
END_TEST

static void must_not_depend_on_workers(const char *folder)
{
    enum { ROWS = 5, LENGTH = 512 };
    struct model *model = tiny_open(folder);
    size_t count = (size_t)ROWS * LENGTH * WIDTH;
    float *one = memory_new(count, sizeof *one);
    float *many = memory_new(count, sizeof *many);
    struct model_walk walk = { .work.workers = 1 };
    struct model_tokens tokens;
    struct error err;

    ck_assert_int_eq(model_tokens_read(&tokens, SHIPPED("tokens.safetensors"),
                                       "test", ROWS, model, &err),
                     0);
    ck_assert_uint_eq(tokens.length, LENGTH);
    ck_assert_int_eq(model_walk_blocks(model, &tokens, &walk, one, &err), 0);
    walk.work.workers = 3;
    ck_assert_int_eq(model_walk_blocks(model, &tokens, &walk, many, &err), 0);
    ck_assert_mem_eq(one, many, count * sizeof *one);
    model_tokens_release(&tokens);
    model_close(model);
    free(one);
    free(many);
}

START_TEST(three_workers_give_the_bits_of_one)
{
    must_not_depend_on_workers(SHIPPED("llama-7m"));
    must_not_depend_on_workers(SHIPPED("mamba2-6m"));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("forward");
    TCase *models = tcase_create("models");

    tcase_set_timeout(models, 120);
    tcase_add_test(models, llama_computes_what_its_formulas_say);
    tcase_add_test(models, mamba_2_computes_what_its_recurrence_says);
    tcase_add_test(models, three_workers_give_the_bits_of_one);
    suite_add_tcase(suite, models);
    return suite;
}
