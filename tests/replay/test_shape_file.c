/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/shape_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "tests/suite.h"
#include "trace/operators.h"

static char path[64];

/* Reads `text` as a file with that ending. */
static int read_text(struct shape_file *file, const char *text,
                     const char *ending, const struct shape_options *options,
                     struct error *err)
{
    static const struct shape_options none;
    char folder[] = "/tmp/test_shape_file.XXXXXX", *command;
    int status;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/list.%s", folder, ending);
    ck_assert_int_eq(file_put(path, text, strlen(text), err), 0);
    status = shape_file_read(file, path, options ? options : &none, err);
    command = memory_printf("rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
    free(command);
    return status;
}

static uint64_t weights(const struct shape_file *file)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < file->layers; i++)
        sum += (uint64_t)file->layer[i].shape.inputs *
               file->layer[i].shape.outputs;
    return sum;
}

/* The weights of all pruned maps, from the published sizes of the models less
 * embeddings, norms, biases and what is no matrix. */
START_TEST(the_shipped_lists_have_as_many_weights_as_the_models)
{
    static const struct {
        const char *name;
        size_t layers;
        uint64_t weights;
    } models[] = {
        { "llama-2-7b", 224, 6476005376 },
        { "llama-3-8b", 224, 6979321856 },
        { "qwen2.5-3b", 252, 2774532096 },
        { "opt-1.3b", 144, 1207959552 },
        { "mamba-2.8b", 256, 2631925760 },
        { "mamba2-2.7b", 128, 2571632640 },
        { "llama-3.1-70b", 560, 68451041280 },
        { "qwen3-30b-a3b", 18624, 29896998912 },
        { "bamba-9b", 166, 8727822336 },
        { "gemma-3-4b", 238, 3208642560 },
        { "phi-4-mini", 224, 3221225472 },
    };
    struct shape_options options = { 0 };

    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct shape_file file;
        struct error err;

        ck_assert_msg(shape_file_read(&file, models[i].name, &options, &err) ==
                          0,
                      "%s", err.text);
        ck_assert_uint_eq(file.layers, models[i].layers);
        ck_assert_uint_eq(weights(&file), models[i].weights);
        ck_assert_uint_eq(file.layer[0].tokens, 2048);
        for (size_t l = 0; l < file.layers; l += 50)
            ck_assert_msg(layer_check(&file.layer[l], &err) == 0, "%s",
                          err.text);
        shape_file_release(&file);
    }
}
END_TEST

/* All parameters that a model's card counts: every matrix once, the embedding,
 * a head of its own, norms of the width; what else there is, is `more`. Bamba's
 * card says 9.78 billion. */
START_TEST(the_sizes_of_a_shipped_list_are_those_of_its_model_s_card)
{
    static const struct {
        const char *name;
        uint64_t parameters, unsure, norms, more;
    } cards[] = {
        { "llama-2-7b", 6738415616, 0, 65, 0 },
        { "llama-3-8b", 8030261248, 0, 65, 0 },
        { "llama-3.1-70b", 70553706496, 0, 161, 0 },
        /* biases of q, k and v */
        { "qwen2.5-3b", 3085938688, 0, 73, 36 * (2048 + 2 * 256) },
        { "phi-4-mini", 3836021760, 0, 65, 0 },
        /* head norms, routers */
        { "qwen3-30b-a3b", 30532122624, 0, 97, 48 * (2 * 128 + 2048 * 128) },
        /* convolution, its bias, steps, decays, skips and gated norms */
        { "bamba-9b", 9780000000, 5000000, 65,
          29 * (8448 * 5 + 3 * 128 + 8192) },
        { "mamba-2.8b", 2768345600, 0, 65,
          64 * (5120 * 5 + 5120 + 5120 * 16 + 5120) },
        { "mamba2-2.7b", 2702599680, 0, 65, 64 * (5376 * 5 + 3 * 80 + 5120) },
        /* positions, biases, and a norm's bias */
        { "opt-1.3b", 1315758080, 0, 98, 2050 * 2048 + 24 * 9 * 2048 },
    };

    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++) {
        struct shape_options options = { 0 };
        struct shape_file file;
        struct error err;
        uint64_t table, sum;

        ck_assert_msg(shape_file_read(&file, cards[i].name, &options, &err) ==
                          0,
                      "%s", err.text);
        ck_assert_ptr_nonnull(file.sizes);
        table = (uint64_t)file.sizes->size[DIM_WIDTH] *
                file.sizes->size[DIM_VOCABULARY];
        sum = weights(&file) + (file.sizes->tied ? 1 : 2) * table +
              cards[i].norms * file.sizes->size[DIM_WIDTH] + cards[i].more;
        ck_assert_msg(sum <= cards[i].parameters + cards[i].unsure &&
                          sum >= cards[i].parameters - cards[i].unsure,
                      "%s has %ju", cards[i].name, (uintmax_t)sum);
        shape_file_release(&file);
    }
}
END_TEST

/* What the operators of all blocks count in a step. */
static struct operator_count all_blocks(const struct model_sizes *sizes,
                                        const struct operator_step *step,
                                        enum operator_kind kind)
{
    const struct operator_row *rows[OPERATOR_MAX_ROWS];
    struct operator_count sum = { 0 }, one;
    struct error err;

    for (uint32_t b = 0; b < sizes->blocks; b++) {
        size_t count = operator_rows(rows, sizes, PLACE_BLOCK, b, step);

        for (size_t i = 0; i < count; i++) {
            if (rows[i]->kind != kind)
                continue;
            ck_assert_int_eq(operator_counts(&one, rows[i], sizes, step, &err),
                             0);
            sum.macs += one.macs;
            sum.elements += one.elements;
            sum.bytes += one.bytes;
        }
    }
    return sum;
}

static void read_sizes(struct model_sizes *sizes, const char *name)
{
    struct shape_options options = { 0 };
    struct shape_file file;
    struct error err;

    ck_assert_int_eq(shape_file_read(&file, name, &options, &err), 0);
    *sizes = *file.sizes;
    shape_file_release(&file);
}

/* Numbers that others print: GenZ's 386 MiB of weights a block of Llama-2-7B in
 * 16 bits; the state elements, softplus, activations and products a token of
 * Mamba-2.8B and Mamba-2 2.7B (state-spaces/mamba, issue 110; Dao and Gu). */
START_TEST(the_operators_of_shipped_lists_count_what_others_publish)
{
    struct operator_step token = { 1, 1, 5 }, chunk = { 1, 256, 0 };
    struct operator_step prompt = { 1, 2048, 0 };
    struct model_sizes sizes;
    uint64_t scores;

    read_sizes(&sizes, "llama-2-7b");
    ck_assert_uint_eq(all_blocks(&sizes, &token, OPERATOR_LINEAR).bytes * 2,
                      32ull * 386 << 20);
    scores = all_blocks(&sizes, &prompt, OPERATOR_PRODUCT).macs;
    ck_assert_uint_eq(scores, 32ull * 2 * 4096 * 2048 * 2049 / 2);
    read_sizes(&sizes, "mamba-2.8b");
    ck_assert_uint_eq(all_blocks(&sizes, &token, OPERATOR_SCAN).elements,
                      5242880);
    ck_assert_uint_eq(all_blocks(&sizes, &token, OPERATOR_SCAN).bytes,
                      2 * 2 * 5242880);
    read_sizes(&sizes, "mamba2-2.7b");
    ck_assert_uint_eq(all_blocks(&sizes, &token, OPERATOR_SCAN).elements,
                      41943040);
    ck_assert_uint_eq(all_blocks(&sizes, &chunk, OPERATOR_PRODUCT).macs,
                      64ull * 256 *
                          (256 * 128 + 80 * (256 * 64 + 2 * 128 * 64)));
}
END_TEST

/* Qwen3-30B-A3B: 3.3 billion of 30.5 are active. */
START_TEST(a_token_s_experts_are_all_that_a_token_loads)
{
    struct operator_step token = { 1, 1, 5 };
    struct model_sizes sizes;
    uint64_t active;

    read_sizes(&sizes, "qwen3-30b-a3b");
    active = all_blocks(&sizes, &token, OPERATOR_LINEAR).bytes +
             2ull * 2048 * 151936;
    ck_assert_uint_gt(active, 3300000000);
    ck_assert_uint_lt(active, 3400000000);
}
END_TEST

START_TEST(a_list_repeats_its_block_and_says_what_it_says)
{
    struct pattern half = { 4, 8 };
    struct shape_options options = {
        .tokens = 7, .pattern = &half, .agreement = 4, .seed = 3
    };
    static const char text[] = "name: m\ntokens: 5\npattern: 2:4\nblocks: 2\n"
                               "prefix: x\nlayers:\n"
                               "  a.b: {inputs: 8, outputs: 3}\n"
                               "  c:\n    inputs: 9\n    outputs: 1\n"
                               "    pattern: 1:4\n    tokens: 1\n";
    struct shape_file file;
    struct error err;

    ck_assert_msg(read_text(&file, text, "yaml", NULL, &err) == 0, "%s",
                  err.text);
    ck_assert_uint_eq(file.layers, 4);
    ck_assert_str_eq(file.name, "m");
    ck_assert_str_eq(file.layer[0].shape.name, "x.0.a.b");
    ck_assert_str_eq(file.layer[3].shape.name, "x.1.c");
    ck_assert_uint_eq(file.layer[3].shape.block, 1);
    ck_assert_uint_eq(file.layer[3].tokens, 1);
    ck_assert_uint_eq(file.layer[2].tokens, 5);
    ck_assert_uint_eq(file.layer[2].pattern.m, 4);
    ck_assert_uint_eq(file.layer[3].pattern.n, 1);
    ck_assert(file.layer[0].seed != file.layer[2].seed);
    shape_file_release(&file);
    ck_assert_int_eq(read_text(&file, text, "yaml", &options, &err), 0);
    ck_assert_uint_eq(file.layer[3].tokens, 7);
    ck_assert_uint_eq(file.layer[3].pattern.m, 8);
    ck_assert_uint_eq(file.layer[3].agreement, 4);
    shape_file_release(&file);
}
END_TEST

START_TEST(the_hash_is_of_all_that_masks_depend_on)
{
    static const char text[] = "layers: {a: {inputs: 8, outputs: 3}}\n";
    struct pattern half = { 4, 8 };
    struct shape_options options[] = { { 0 },
                                       { .tokens = 3 },
                                       { .pattern = &half },
                                       { .seed = 1 },
                                       { .agreement = 2 } };
    char seen[5][HASH_TEXT];

    for (int i = 0; i < 5; i++) {
        struct shape_file file;
        struct error err;

        ck_assert_int_eq(read_text(&file, text, "yaml", &options[i], &err), 0);
        strcpy(seen[i], file.hash);
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(seen[i], seen[j]);
        shape_file_release(&file);
    }
}
END_TEST

START_TEST(a_list_of_scale_sim_is_read_as_it_is_found)
{
    static const char text[] = "Layer, M, N, K,\r\n"
                               "\n"
                               "QKV, 128, 768, 512,\r\n"
                               " , , ,\n"
                               "QKV,64,32,16, 2:4,\n"
                               "  last , 1 , 2 , 3 ";
    struct shape_file file;
    struct error err;

    ck_assert_msg(read_text(&file, text, "csv", NULL, &err) == 0, "%s",
                  err.text);
    ck_assert_uint_eq(file.layers, 3);
    ck_assert_str_eq(file.name, "list");
    ck_assert_str_eq(file.layer[0].shape.name, "QKV");
    ck_assert_uint_eq(file.layer[0].tokens, 128);
    ck_assert_uint_eq(file.layer[0].shape.outputs, 768);
    ck_assert_uint_eq(file.layer[0].shape.inputs, 512);
    ck_assert(pattern_is_dense(file.layer[0].pattern));
    ck_assert_str_eq(file.layer[1].shape.name, "QKV_2");
    ck_assert_uint_eq(file.layer[1].pattern.n, 2);
    ck_assert_str_eq(file.layer[2].shape.name, "last");
    shape_file_release(&file);
}
END_TEST

#define CONVOLUTIONS                                                           \
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, "     \
    "Channels, Num Filter, Strides, Sparsity,\n"

/* Sizes by hand: (9 - 3 + 2) / 2 = 4 places; (8 - 3 + 2) / 2 = 3.5, so 4; a
 * stride of 3 over a width of 10 leaves (10 - 2 + 3) / 3 = 3.7, so 4. */
START_TEST(convolutions_of_scale_sim_are_the_matrix_products_they_become)
{
    static const char text[] =
        "\xef\xbb\xbf,,,\r\r" CONVOLUTIONS "first, 9, 9, 3, 3, 4, 10, 2, 2:4,\r"
        "second, 4, 4, 1, 1, 10, 6, 1, 1:1,\r\n"
        "third, 8, 10, 3, 2, 1, 4, 2,\n";
    static const char by_axis[] =
        "name,ifmap_h,ifmap_w,filt_h,filt_w,num_channels,num_filt,stride_h,"
        "stride_w\na,8,10,3,2,5,7,2,3\n";
    static const uint32_t expected[][3] = { { 16, 36, 10 },
                                            { 16, 10, 6 },
                                            { 20, 6, 4 } };
    struct shape_file file;
    struct error err;

    ck_assert_msg(read_text(&file, text, "CSV", NULL, &err) == 0, "%s",
                  err.text);
    ck_assert_uint_eq(file.layers, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(file.layer[i].tokens, expected[i][0]);
        ck_assert_uint_eq(file.layer[i].shape.inputs, expected[i][1]);
        ck_assert_uint_eq(file.layer[i].shape.outputs, expected[i][2]);
    }
    ck_assert_uint_eq(file.layer[0].pattern.n, 2);
    ck_assert_uint_eq(file.layer[0].pattern.m, 4);
    ck_assert(pattern_is_dense(file.layer[1].pattern));
    shape_file_release(&file);
    ck_assert_msg(read_text(&file, by_axis, "csv", NULL, &err) == 0, "%s",
                  err.text);
    ck_assert_uint_eq(file.layer[0].tokens, 4 * 4);
    ck_assert_uint_eq(file.layer[0].shape.inputs, 30);
    shape_file_release(&file);
}
END_TEST

static const struct {
    const char *ending, *text, *where, *why;
} wrong[] = {
    { "csv", "Layer name, IFMAP Height, IFMAP Width, Filter Height,\n",
      ":1: ", "column Filter Width of a list of convolutions is missing" },
    { "csv", "Layer name, IFMAP Height, IFMAP Height\n",
      ":1: ", "IFMAP Height is there twice" },
    { "csv", "Layer name, IFMAP Height, Padding\n",
      ":1: ", "column Padding is not known" },
    { "csv", CONVOLUTIONS "DP1, 9, 9, 3, 3, 4, 10, 2\n",
      ":2: ", "DP1 is a depthwise convolution" },
    { "csv", CONVOLUTIONS "a, 9, 9, 3, 3, 4, 10\n", ":2: ", "no Strides" },
    { "csv", CONVOLUTIONS "a, 9, 2, 3, 3, 4, 10, 1\n",
      ":2: ", "width 3 is larger than its input of 2" },
    { "csv", CONVOLUTIONS "a, 1048576, 1048576, 1, 1, 4, 10, 1\n",
      ":2: ", "output pixels (T): 1099511627776" },
    { "csv", CONVOLUTIONS "a, 9, 9, 9, 9, 100000, 10, 1\n",
      ":2: ", "weights of a filter (K): 8100000" },
    { "csv", CONVOLUTIONS "a, 9, 9, 3, 3, 4, 10, 0\n",
      ":2: ", "Strides: \"0\"" },
    { "csv", CONVOLUTIONS ", 9, 9, 3, 3, 4, 10, 1\n", ":2: ", "no name" },
    { "csv", "QKV, 128, 768, 512,\n", ":1: ", "first line" },
    { "csv", "Layer, M, K, N,\n", ":1: ", "column 3 is K" },
    { "csv", "Layer, M\n", ":1: ", "first line" },
    { "csv", "", ": ", "no layers" },
    { "csv", "Layer, M, N, K,\n\n", ": ", "no layers" },
    { "csv", "Layer, M, N, K,\na, 1, 2\n", ":2: ", "3 columns" },
    { "csv", "Layer, M, N, K,\na, 1, 2, 3x\n", ":2: ", "3x" },
    { "csv", "Layer, M, N, K,\na, 0, 2, 3\n", ":2: ", "\"0\"" },
    { "csv", "Layer, M, N, K,\na, 1, 2, 131072\n", ":2: ", "131071" },
    { "csv", "Layer, M, N, K,\na, 1, 2, 3, 2:3\n", ":2: ", "2:3" },
    { "csv", "Layer, M, N, K,\na, 1, 2, 3, 2:4, 5\n", ":2: ", "6 columns" },
    { "csv", "Layer, M, N, K,\n, 1, 2, 3\n", ":2: ", "columns" },
    { "csv", "Layer, M, N, K,\na,1,2,3,4,5,6,7,8,9,10,11,12\n",
      ":2: ", "more than 12" },
    { "yaml",
      "layers: {a: {inputs: 8, outputs: 8, copies: 2},"
      " 1.a: {inputs: 8, outputs: 8}}\n",
      ": ", "layer 1.a is there twice" },
    { "yaml", "layers: {a: {inputs: 8}}\n", ": ", "no outputs" },
    { "yaml", "layers: {a: {outputs: 8}}\n", ": ", "no inputs" },
    { "yaml", "layers: {a: {inputs: 0, outputs: 8}}\n", ":1:22: ", "\"0\"" },
    { "yaml", "layers: {a: {input: 1, outputs: 8}}\n",
      ":1:21: ", "did you mean inputs?" },
    { "yaml", "layers: {a: 3}\n", ":1:13: ", "NAME: {inputs" },
    { "yaml", "layer: {a: {inputs: 3}}\n", ":1:21: ", "no such key" },
    { "yaml", "blocks: 70000\n", ":1:9: ", "65536" },
    { "yaml",
      "blocks: 65536\nlayers: {a: {inputs: 1, outputs: 1}, b: {inputs: "
      "1, outputs: 1}}\n",
      ": ", "more than 65536 layers" },
    { "yaml", "pattern: 3:5\n", ":1:10: ", "3:5" },
    { "yaml", "name: [a, b]\n", ":1:8: ", "a list" },
    { "yaml", "name: [\"a\\0b\", c]\n", ":1:8: ", "a NUL in a value" },
    { "yaml", "name: nothing\n", ": ", "no layers" },
    { "yaml", "model: {kind: rnn}\n", ":1:15: ", "none of transformer" },
    { "yaml", "model: {width: [3, 4]}\n", ":1:17: ", "a list" },
    { "yaml", "layers: {a: {inputs: 1, outputs: 1, in: ram}}\n",
      ":1:41: ", "none of attention, state" },
    { "yaml", "layers: {q_proj: {inputs: 1, outputs: 1}}\nmodel: {width: 3}\n",
      ": ", "model.kind is missing" },
    { "yaml",
      "layers: {x_q_proj: {inputs: 4, outputs: 4}}\nmodel: {kind: "
      "transformer, width: 4, vocabulary: 9, heads: 2, head: 2}\n",
      ": ", "no linear operator" },
    { "yaml",
      "layers: {q_proj: {inputs: 4, outputs: 5}}\nmodel: {kind: transformer, "
      "width: 4, vocabulary: 9, heads: 2, head: 2}\n",
      ": ", "queries, 4" },
};

START_TEST(a_repeated_name_is_numbered_however_often_it_comes)
{
    enum { TIMES = 3000 };
    struct text text;
    struct shape_file file;
    struct error err;

    text_init(&text);
    text_add(&text, "Layer, M, N, K,\nq, 1, 2, 4\nq_dw, 1, 2, 4\n");
    for (int i = 1; i < TIMES; i++)
        text_add(&text, "q, 1, 2, 4\n");
    ck_assert_msg(read_text(&file, text.at, "csv", NULL, &err) == 0, "%s",
                  err.text);
    ck_assert_uint_eq(file.layers, TIMES + 1);
    ck_assert_str_eq(file.layer[1].shape.name, "q_dw");
    ck_assert_str_eq(file.layer[2].shape.name, "q_2");
    ck_assert_str_eq(file.layer[TIMES].shape.name, "q_3000");
    shape_file_release(&file);
    text_release(&text);
}
END_TEST

START_TEST(a_wrong_list_is_refused_where_it_is_wrong)
{
    struct shape_file file;
    struct error err;

    ck_assert_msg(read_text(&file, wrong[_i].text, wrong[_i].ending, NULL,
                            &err) == -1,
                  "took %s", wrong[_i].text);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_msg(strstr(err.text, wrong[_i].where), "%s", err.text);
    ck_assert_msg(strstr(err.text, wrong[_i].why), "%s", err.text);
}
END_TEST

START_TEST(a_misspelt_name_is_answered_with_the_nearest)
{
    struct shape_options options = { 0 };
    struct shape_file file;
    struct error err;

    ck_assert_int_eq(shape_file_read(&file, "llama-2-7", &options, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "did you mean llama-2-7b?"));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("shape file");
    TCase *lists = tcase_create("lists");

    tcase_add_test(lists, the_shipped_lists_have_as_many_weights_as_the_models);
    tcase_add_test(lists,
                   the_sizes_of_a_shipped_list_are_those_of_its_model_s_card);
    tcase_add_test(lists,
                   the_operators_of_shipped_lists_count_what_others_publish);
    tcase_add_test(lists, a_token_s_experts_are_all_that_a_token_loads);
    tcase_add_test(lists, a_list_repeats_its_block_and_says_what_it_says);
    tcase_add_test(lists, the_hash_is_of_all_that_masks_depend_on);
    tcase_add_test(
        lists, convolutions_of_scale_sim_are_the_matrix_products_they_become);
    tcase_add_test(lists, a_list_of_scale_sim_is_read_as_it_is_found);
    tcase_add_test(lists, a_repeated_name_is_numbered_however_often_it_comes);
    tcase_add_loop_test(lists, a_wrong_list_is_refused_where_it_is_wrong, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(lists, a_misspelt_name_is_answered_with_the_nearest);
    suite_add_tcase(suite, lists);
    return suite;
}
