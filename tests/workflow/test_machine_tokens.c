/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A machine whose linear outputs come from the replay makes the tokens of the
 * forward pass in the same arithmetic.  With WORKFLOW_SOAK set: 64 tokens of
 * each shipped model.
 */
#include "workflow/machine_tokens.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "replay/machine_file.h"
#include "tests/suite.h"

enum { PROMPT = 5, MOST = 64 };

static struct error err;
static struct model *model;
static struct model_tokens tokens;
static struct machine_file machine;

static void open_inputs(const char *name)
{
    char *folder = memory_printf("%s/traces/checkpoints/%s", SOURCE_ROOT, name);
    char *text =
        memory_printf("%s/traces/checkpoints/tokens.safetensors", SOURCE_ROOT);

    ck_assert_msg(model_open(&model, folder, &err) == 0, "%s", err.text);
    ck_assert_msg(model_tokens_read(&tokens, text, "test", 2, model, &err) == 0,
                  "%s", err.text);
    ck_assert_msg(machine_file_read(&machine, "flexcim", NULL, 0, &err) == 0,
                  "%s", err.text);
    free(folder);
    free(text);
}

static void close_inputs(void)
{
    machine_file_release(&machine);
    model_tokens_release(&tokens);
    model_close(model);
}

static struct machine_tokens_asked asked_for(uint32_t made)
{
    return (struct machine_tokens_asked){ .model = model,
                                          .machine = &machine.machine,
                                          .prompt = PROMPT,
                                          .made = made };
}

START_TEST(check_10_a_machine_makes_the_tokens_of_the_forward_pass)
{
    static const char *const names[] = { "llama-7m", "mamba2-6m" };
    uint32_t made = getenv("WORKFLOW_SOAK") ? MOST : 4;
    int32_t ids[MOST], other[MOST];
    struct machine_tokens_asked asked;
    struct machine_tokens *on;

    open_inputs(names[_i]);
    asked = asked_for(made);
    ck_assert_msg(machine_tokens_open(&on, &asked, &err) == 0, "%s", err.text);
    for (size_t row = 0; row < 2; row++) {
        struct machine_tokens_row of = {
            .prompt = tokens.ids + row * tokens.length,
            .made = row ? other : ids,
        };

        ck_assert_msg(machine_tokens_run(on, &of, &err) == 0, "%s", err.text);
        ck_assert_uint_eq(of.agreed, made);
        ck_assert_uint_gt(of.linear_cycles, 0);
    }
    /* What is kept of a sequence is forgotten for the next. */
    ck_assert_int_ne(memcmp(ids, other, made * sizeof *ids), 0);
    machine_tokens_close(on);
    close_inputs();
}
END_TEST

START_TEST(events_make_the_same_tokens)
{
    int32_t ids[1];
    struct machine_tokens_asked asked;
    struct machine_tokens *on;
    struct machine_tokens_row of;

    open_inputs("llama-7m");
    asked = asked_for(1);
    asked.prompt = 1;
    asked.slow = true;
    of = (struct machine_tokens_row){ .prompt = tokens.ids, .made = ids };
    ck_assert_msg(machine_tokens_open(&on, &asked, &err) == 0, "%s", err.text);
    ck_assert_msg(machine_tokens_run(on, &of, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(of.agreed, 1);
    machine_tokens_close(on);
    close_inputs();
}
END_TEST

/* ---- products of somebody else ------------------------------------------- */

/* Counts the tokens of one layer, and may compute something else. */
struct other_products {
    size_t layer;
    uint32_t tokens[MOST];
    size_t calls;
    int8_t *weights[256];
    int32_t more; /* added to a sum of that layer */
};

static int other_take(void *context, size_t layer, const int8_t *weights,
                      struct error *error)
{
    struct other_products *other = context;
    size_t size = layer < model_layers(model)
                      ? (size_t)model_layer(model, layer)->shape.inputs *
                            model_layer(model, layer)->shape.outputs
                      : (size_t)model_width(model) * model_vocabulary(model);

    (void)error;
    ck_assert_uint_lt(layer, 256);
    other->weights[layer] = memory_new(size, 1);
    memcpy(other->weights[layer], weights, size);
    return 0;
}

static int other_multiply(void *context, size_t layer, const int8_t *x,
                          uint32_t count, int32_t *sums, struct error *error)
{
    struct other_products *other = context;
    bool is_head = layer == model_layers(model);
    size_t inputs =
        is_head ? model_width(model) : model_layer(model, layer)->shape.inputs;
    size_t outputs = is_head ? model_vocabulary(model)
                             : model_layer(model, layer)->shape.outputs;

    (void)error;
    for (size_t t = 0; t < count; t++)
        for (size_t o = 0; o < outputs; o++) {
            int32_t sum = 0;

            for (size_t k = 0; k < inputs; k++)
                sum +=
                    x[t * inputs + k] * other->weights[layer][o * inputs + k];
            sums[t * outputs + o] = sum;
        }
    if (layer == other->layer) {
        other->tokens[other->calls++] = count;
        sums[0] += other->more;
    }
    return 0;
}

static void generate_with(struct other_products *other, int32_t *ids,
                          uint32_t made)
{
    const struct generation_products products = { other_take, other_multiply,
                                                  other };
    const struct generation_asked asked = { .model = model,
                                            .products = &products,
                                            .longest = PROMPT + made };
    struct generation *generation;

    memcpy(ids, tokens.ids, PROMPT * sizeof *ids);
    ck_assert_msg(generation_open(&generation, &asked, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(generation_run(generation, ids, PROMPT, made, &err), 0);
    generation_close(generation);
    for (size_t i = 0; i < 256; i++)
        free(other->weights[i]);
}

/* As with caches: the prompt at once, then one token a step. */
START_TEST(a_layer_computes_each_token_once)
{
    struct other_products other = { .layer = 3 };
    int32_t ids[PROMPT + 3];

    open_inputs("llama-7m");
    generate_with(&other, ids, 3);
    ck_assert_uint_eq(other.calls, 3);
    ck_assert_uint_eq(other.tokens[0], PROMPT);
    ck_assert_uint_eq(other.tokens[1], 1);
    ck_assert_uint_eq(other.tokens[2], 1);
    close_inputs();
}
END_TEST

START_TEST(a_sum_that_is_another_makes_another_token)
{
    struct other_products right = { .layer = 0 }, wrong = { .more = 1 << 24 };
    int32_t ids[PROMPT + 1], other[PROMPT + 1];

    open_inputs("llama-7m");
    right.layer = wrong.layer = model_layers(model); /* the head's first word */
    generate_with(&right, ids, 1);
    generate_with(&wrong, other, 1);
    ck_assert_int_ne(ids[PROMPT], 0);
    ck_assert_int_eq(other[PROMPT], 0);
    close_inputs();
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("tokens of machines");
    TCase *tcase = tcase_create("tokens");

    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(
        tcase, check_10_a_machine_makes_the_tokens_of_the_forward_pass, 0, 2);
    tcase_add_test(tcase, events_make_the_same_tokens);
    tcase_add_test(tcase, a_layer_computes_each_token_once);
    tcase_add_test(tcase, a_sum_that_is_another_makes_another_token);
    suite_add_tcase(suite, tcase);
    return suite;
}
