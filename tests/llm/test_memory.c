/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A checkpoint of Llama-2-7B's shape whose data is a hole: 27 GB of f32 weights
 * if they were all in memory at once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "llm/perplexity.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

enum { WIDTH = 4096, FEED = 11008, BLOCKS = 32, WORDS = 32000, TOKENS = 128 };

static void add_block(struct tiny_hole *hole, unsigned block)
{
    static const struct {
        const char *name;
        unsigned rows, columns;
    } all[] = {
        { "input_layernorm", WIDTH, 0 },
        { "self_attn.q_proj", WIDTH, WIDTH },
        { "self_attn.k_proj", WIDTH, WIDTH },
        { "self_attn.v_proj", WIDTH, WIDTH },
        { "self_attn.o_proj", WIDTH, WIDTH },
        { "post_attention_layernorm", WIDTH, 0 },
        { "mlp.gate_proj", FEED, WIDTH },
        { "mlp.up_proj", FEED, WIDTH },
        { "mlp.down_proj", WIDTH, FEED },
    };

    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
        char *name =
            memory_printf("model.layers.%u.%s.weight", block, all[i].name);

        tiny_hole_add(hole, name, all[i].rows, all[i].columns);
        free(name);
    }
}

static void write_hole(void)
{
    const char *config =
        "{\"model_type\":\"llama\",\"hidden_size\":4096,\"vocab_size\":32000,"
        "\"num_hidden_layers\":32,\"intermediate_size\":11008,"
        "\"num_attention_heads\":32,\"rms_norm_eps\":1e-5}";
    struct tiny_hole hole;
    struct error err;

    tiny_hole_begin(&hole);
    tiny_hole_add(&hole, "model.embed_tokens.weight", WORDS, WIDTH);
    tiny_hole_add(&hole, "lm_head.weight", WORDS, WIDTH);
    tiny_hole_add(&hole, "model.norm.weight", WIDTH, 0);
    for (unsigned block = 0; block < BLOCKS; block++)
        add_block(&hole, block);
    tiny_hole_write(&hole);
    ck_assert_int_eq(file_put("config.json", config, strlen(config), &err), 0);
}

START_TEST(a_7b_model_needs_the_memory_of_one_block)
{
    const long block = 4L * WIDTH * WIDTH * 4 + 3L * FEED * WIDTH * 4;
    struct model_tokens tokens = { .rows = 1, .length = TOKENS };
    struct perplexity perplexity;
    struct model *model;
    struct rusage usage;
    struct error err;

    write_hole();
    ck_assert_msg(model_open(&model, ".", &err) == 0, "%s", err.text);
    ck_assert_uint_eq(model_layers(model), 224);
    tokens.ids = memory_new(TOKENS, sizeof *tokens.ids);
    ck_assert_msg(perplexity_measure(&perplexity, model, &tokens, NULL, &err) ==
                      0,
                  "%s", err.text);
    ck_assert_double_eq_tol(perplexity.value, WORDS, 1e-3);
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    ck_assert_msg(usage.ru_maxrss < block / 1024 + 200000,
                  "%ld kB, where a block has %ld", usage.ru_maxrss,
                  block / 1024);
    model_tokens_release(&tokens);
    model_close(model);
}
END_TEST

enum {
    MOE_WIDTH = 2048,
    MOE_FEED = 768,
    MOE_EXPERTS = 128,
    MOE_BLOCKS = 2,
    MOE_WORDS = 1000
};

static void add_moe_block(struct tiny_hole *hole, unsigned block)
{
    static const struct {
        const char *name;
        unsigned rows, columns;
    } all[] = {
        { "input_layernorm", MOE_WIDTH, 0 },
        { "self_attn.q_proj", 4096, MOE_WIDTH },
        { "self_attn.k_proj", 512, MOE_WIDTH },
        { "self_attn.v_proj", 512, MOE_WIDTH },
        { "self_attn.o_proj", MOE_WIDTH, 4096 },
        { "self_attn.q_norm", 128, 0 },
        { "self_attn.k_norm", 128, 0 },
        { "post_attention_layernorm", MOE_WIDTH, 0 },
        { "mlp.gate", MOE_EXPERTS, MOE_WIDTH },
    };
    static const char *const maps[] = { "gate", "up", "down" };
    char name[100];

    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
        snprintf(name, sizeof name, "model.layers.%u.%s.weight", block,
                 all[i].name);
        tiny_hole_add(hole, name, all[i].rows, all[i].columns);
    }
    for (unsigned e = 0; e < MOE_EXPERTS; e++)
        for (unsigned m = 0; m < 3; m++) {
            snprintf(name, sizeof name,
                     "model.layers.%u.mlp.experts.%u.%s_proj.weight", block, e,
                     maps[m]);
            tiny_hole_add(hole, name, m == 2 ? MOE_WIDTH : MOE_FEED,
                          m == 2 ? MOE_FEED : MOE_WIDTH);
        }
}

static void write_moe(void)
{
    static const char config[] =
        "{\"model_type\":\"qwen3_moe\",\"hidden_size\":2048,"
        "\"vocab_size\":1000,\"num_hidden_layers\":2,"
        "\"intermediate_size\":6144,\"moe_intermediate_size\":768,"
        "\"num_attention_heads\":32,\"num_key_value_heads\":4,"
        "\"head_dim\":128,\"num_experts\":128,\"num_experts_per_tok\":8,"
        "\"norm_topk_prob\":true}";
    struct tiny_hole hole;
    struct error err;

    tiny_hole_begin(&hole);
    tiny_hole_add(&hole, "model.embed_tokens.weight", MOE_WORDS, MOE_WIDTH);
    tiny_hole_add(&hole, "lm_head.weight", MOE_WORDS, MOE_WIDTH);
    tiny_hole_add(&hole, "model.norm.weight", MOE_WIDTH, 0);
    for (unsigned block = 0; block < MOE_BLOCKS; block++)
        add_moe_block(&hole, block);
    tiny_hole_write(&hole);
    ck_assert_int_eq(file_put("config.json", config, strlen(config), &err), 0);
}

/* Of Qwen3-30B-A3B's 2.4 GB of experts a block has as f32, a few at a time; the
 * rest of it has 83 MB. */
START_TEST(a_30b_model_of_experts_needs_the_memory_of_one_expert)
{
    const long expert = 3L * MOE_FEED * MOE_WIDTH * 4 / 1024;
    const long rest = 2L * (4096 + 512) * MOE_WIDTH * 4 / 1024;
    struct model_tokens tokens = { .rows = 1, .length = TOKENS };
    struct perplexity perplexity;
    struct model *model;
    struct rusage usage;
    struct error err;

    write_moe();
    ck_assert_msg(model_open(&model, ".", &err) == 0, "%s", err.text);
    ck_assert_uint_eq(model_layers(model), 2 * (4 + 3 * 128));
    tokens.ids = memory_new(TOKENS, sizeof *tokens.ids);
    ck_assert_msg(perplexity_measure(&perplexity, model, &tokens, NULL, &err) ==
                      0,
                  "%s", err.text);
    ck_assert_double_eq_tol(perplexity.value, MOE_WORDS, 1e-3);
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    ck_assert_msg(usage.ru_maxrss < rest + 4 * expert + 100000,
                  "%ld kB, where an expert has %ld", usage.ru_maxrss, expert);
    model_tokens_release(&tokens);
    model_close(model);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *models = tcase_create("models"), *experts = tcase_create("experts");

    tcase_set_timeout(models, 600);
    tcase_add_checked_fixture(models, tiny_enter, tiny_leave);
    tcase_add_test(models, a_7b_model_needs_the_memory_of_one_block);
    suite_add_tcase(suite, models);
    tcase_set_timeout(experts, 600);
    tcase_add_checked_fixture(experts, tiny_enter, tiny_leave);
    tcase_add_test(experts,
                   a_30b_model_of_experts_needs_the_memory_of_one_expert);
    suite_add_tcase(suite, experts);
    return suite;
}
