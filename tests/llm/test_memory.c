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

static uint64_t end; /* of the data so far */

static void add_tensor(struct text *json, const char *name, uint64_t rows,
                       uint64_t columns)
{
    uint64_t begin = end;

    end += 2 * rows * (columns ? columns : 1);
    text_addf(json,
              "%s\"%s\":{\"dtype\":\"F16\",\"shape\":[%llu%s%.0llu],"
              "\"data_offsets\":[%llu,%llu]}",
              begin ? "," : "{", name, (unsigned long long)rows,
              columns ? "," : "", (unsigned long long)columns,
              (unsigned long long)begin, (unsigned long long)end);
}

static void add_block(struct text *json, unsigned block)
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

        add_tensor(json, name, all[i].rows, all[i].columns);
        free(name);
    }
}

static void write_hole(void)
{
    const char *config =
        "{\"model_type\":\"llama\",\"hidden_size\":4096,\"vocab_size\":32000,"
        "\"num_hidden_layers\":32,\"intermediate_size\":11008,"
        "\"num_attention_heads\":32,\"rms_norm_eps\":1e-5}";
    uint64_t length;
    struct text json;
    struct error err;
    FILE *stream;

    text_init(&json);
    add_tensor(&json, "model.embed_tokens.weight", WORDS, WIDTH);
    add_tensor(&json, "lm_head.weight", WORDS, WIDTH);
    add_tensor(&json, "model.norm.weight", WIDTH, 0);
    for (unsigned block = 0; block < BLOCKS; block++)
        add_block(&json, block);
    text_add(&json, "}");
    length = json.length;
    stream = fopen("model.safetensors", "wb");
    ck_assert_uint_eq(fwrite(&length, sizeof length, 1, stream), 1);
    ck_assert_uint_eq(fwrite(json.at, 1, json.length, stream), json.length);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_int_eq(truncate("model.safetensors", (off_t)(8 + length + end)),
                     0);
    ck_assert_int_eq(file_put("config.json", config, strlen(config), &err), 0);
    text_release(&json);
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

Suite *make_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *models = tcase_create("models");

    tcase_set_timeout(models, 600);
    tcase_add_checked_fixture(models, tiny_enter, tiny_leave);
    tcase_add_test(models, a_7b_model_needs_the_memory_of_one_block);
    suite_add_tcase(suite, models);
    return suite;
}
