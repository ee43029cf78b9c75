/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "llm/model.h"
#include "llm/block.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

static void must_refuse(const char *folder, enum error_kind kind,
                        const char *words)
{
    struct model *model = NULL;
    struct error err = { 0 };

    ck_assert_msg(model_open(&model, folder, &err) == -1, "accepted: %s",
                  words);
    ck_assert_msg((int)err.kind == (int)kind, "%s", err.text);
    ck_assert_msg(strstr(err.text, words) != NULL, "`%s` is not in `%s`", words,
                  err.text);
    ck_assert_ptr_null(model);
}

static void must_refuse_tiny(const struct tiny *tiny, const char *words)
{
    tiny_write("m", tiny);
    must_refuse("m", ERROR_DATA, words);
}

static void replace(const char *path, const char *old, const char *new)
{
    struct error err;
    char *text = file_read_text(path, 1 << 20, &err);
    char *at = strstr(text, old), *whole;

    ck_assert_ptr_nonnull(at);
    whole = memory_printf("%.*s%s%s", (int)(at - text), text, new,
                          at + strlen(old));
    ck_assert_int_eq(file_put(path, whole, strlen(whole), &err), 0);
    free(whole);
    free(text);
}

START_TEST(layers_stand_in_module_order_with_their_shapes)
{
    static const struct model_layer wanted[] = {
        { { "self_attn.q_proj", 0, 8, 8 }, 0 },
        { { "self_attn.k_proj", 0, 8, 4 }, 0 },
        { { "self_attn.v_proj", 0, 8, 4 }, 0 },
        { { "self_attn.o_proj", 0, 8, 8 }, 1 },
        { { "mlp.gate_proj", 0, 8, 12 }, 2 },
        { { "mlp.up_proj", 0, 8, 12 }, 2 },
        { { "mlp.down_proj", 0, 12, 8 }, 3 },
    };
    static const size_t input_of[] = { 0, 0, 0, 3, 4, 4, 6 };
    struct model *model;

    tiny_write("m", &(struct tiny){ 0 });
    model = tiny_open("m/");
    ck_assert_str_eq(model_name(model), "m");
    ck_assert_str_eq(model_family(model), "llama");
    ck_assert_str_eq(model_folder(model), "m");
    ck_assert_uint_eq(model_blocks(model), TINY_BLOCKS);
    ck_assert_uint_eq(model_width(model), TINY_WIDTH);
    ck_assert_uint_eq(model_vocabulary(model), TINY_VOCABULARY);
    ck_assert_uint_eq(model_layers(model), TINY_LAYERS);
    for (size_t i = 0; i < TINY_LAYERS; i++) {
        const struct model_layer *layer = model_layer(model, i);
        const struct model_layer *like = &wanted[i % 7];
        char *name =
            memory_printf("model.layers.%zu.%s", i / 7, like->shape.name);

        ck_assert_str_eq(layer->shape.name, name);
        ck_assert_uint_eq(layer->shape.block, i / 7);
        ck_assert_uint_eq(layer->shape.inputs, like->shape.inputs);
        ck_assert_uint_eq(layer->shape.outputs, like->shape.outputs);
        ck_assert_uint_eq(layer->input_id, like->input_id);
        ck_assert_uint_eq(model_input_of(model, i),
                          input_of[i % 7] + i / 7 * 7);
        free(name);
    }
    model_close(model);
}
END_TEST

START_TEST(names_without_the_usual_prefix_are_found)
{
    struct model *model;

    tiny_write("m", &(struct tiny){ .prefix = "" });
    model = tiny_open("m");
    ck_assert_str_eq(model_layer(model, 0)->shape.name,
                     "layers.0.self_attn.q_proj");
    model_close(model);
}
END_TEST

START_TEST(shards_give_the_same_weights_as_one_file)
{
    struct model *one, *many;
    float a[96], b[96];
    struct error err;

    tiny_write("one", &(struct tiny){ 0 });
    tiny_write("many", &(struct tiny){ .shards = true });
    one = tiny_open("one");
    many = tiny_open("many");
    for (size_t i = 0; i < TINY_LAYERS; i++) {
        const struct model_layer *layer = model_layer(one, i);

        ck_assert_int_eq(model_weights(one, i, a, &err), 0);
        ck_assert_int_eq(model_weights(many, i, b, &err), 0);
        ck_assert_mem_eq(
            a, b, sizeof *a * layer->shape.inputs * layer->shape.outputs);
    }
    model_close(one);
    model_close(many);
}
END_TEST

START_TEST(the_hash_is_what_sha256sum_says)
{
    char hex[HASH_TEXT] = "";
    struct model *model;
    FILE *pipe;

    tiny_write("m", &(struct tiny){ .shards = true });
    model = tiny_open("m");
    pipe = popen("cd m && sha256sum config.json shard-1.safetensors "
                 "shard-2.safetensors | sha256sum",
                 "r");
    ck_assert_uint_eq(fread(hex, 1, 64, pipe), 64);
    pclose(pipe);
    ck_assert_str_eq(model_hash(model), hex);
    ck_assert_str_eq(model_hash(model), hex);
    model_close(model);
}
END_TEST

START_TEST(a_missing_folder_config_or_weight_file_is_no_input)
{
    must_refuse("nowhere", ERROR_NO_INPUT, "is not a folder");
    tiny_write("m", &(struct tiny){ 0 });
    unlink("m/model.safetensors");
    must_refuse("m", ERROR_NO_INPUT, "has neither model.safetensors nor");
    unlink("m/config.json");
    must_refuse("m", ERROR_NO_INPUT, "m/config.json: ");
    must_refuse("/dev/null", ERROR_NO_INPUT, "is not a folder");
}
END_TEST

START_TEST(pickled_weights_are_refused_with_the_command_that_converts_them)
{
    struct error err;

    tiny_write("m", &(struct tiny){ 0 });
    unlink("m/model.safetensors");
    ck_assert_int_eq(file_put("m/pytorch_model.bin", "x", 1, &err), 0);
    must_refuse("m", ERROR_DATA, "save_file");
}
END_TEST

START_TEST(a_missing_shard_is_named)
{
    tiny_write("m", &(struct tiny){ .shards = true });
    unlink("m/shard-1.safetensors");
    must_refuse("m", ERROR_NO_INPUT, "shard `shard-1.safetensors` is missing");
}
END_TEST

START_TEST(a_shard_outside_the_folder_is_refused)
{
    const char *index = "m/model.safetensors.index.json";
    const char *const names[] = {
        "../shard-1.safetensors", "/etc/passwd", "..", "", ".hidden",
        "a/b.safetensors"
    };

    for (unsigned i = 0; i < 6; i++) {
        char *value = memory_printf("\"%s\"", names[i]);

        tiny_write("m", &(struct tiny){ .shards = true });
        replace(index, "\"shard-1.safetensors\"", value);
        must_refuse("m", ERROR_DATA, "is not a plain file name");
        free(value);
    }
    replace(index, "\"a/b.safetensors\"", "7");
    must_refuse("m", ERROR_DATA, "is not a plain file name");
}
END_TEST

/* Moves m/NAME to TO, and leaves a link to it there. */
static void make_link(const char *name, const char *to, const char *text)
{
    char *path = memory_printf("m/%s", name);

    ck_assert_int_eq(rename(path, to), 0);
    ck_assert_int_eq(symlink(text, path), 0);
    free(path);
}

START_TEST(a_link_that_leads_out_of_the_folder_is_refused)
{
    static const char *const names[] = { "config.json",
                                         "model.safetensors.index.json",
                                         "shard-2.safetensors" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        tiny_write("m", &(struct tiny){ .shards = true });
        make_link(names[i], "elsewhere", "../elsewhere");
        must_refuse("m", ERROR_DATA, names[i]);
        must_refuse("m", ERROR_DATA, "leads out of its folder");
        ck_assert_int_eq(system("rm -r m"), 0);
    }
    tiny_write("m", &(struct tiny){ 0 });
    make_link("model.safetensors", "elsewhere", "../elsewhere");
    must_refuse("m", ERROR_DATA, "leads out of its folder");
}
END_TEST

START_TEST(links_within_the_folder_and_those_of_the_hub_cache_are_followed)
{
    tiny_write("m", &(struct tiny){ 0 });
    make_link("model.safetensors", "m/real", "real");
    model_close(tiny_open("m"));
    ck_assert_int_eq(system("rm -r m; mkdir -p hub/blobs hub/snapshots"), 0);
    tiny_write("m", &(struct tiny){ 0 });
    make_link("model.safetensors", "hub/blobs/1", "../../blobs/1");
    make_link("config.json", "hub/blobs/2", "../../blobs/2");
    ck_assert_int_eq(rename("m", "hub/snapshots/a"), 0);
    model_close(tiny_open("hub/snapshots/a"));
    ck_assert_int_eq(rename("hub/snapshots", "hub/others"), 0);
    must_refuse("hub/others/a", ERROR_DATA, "leads out of its folder");
}
END_TEST

START_TEST(an_index_that_does_not_fit_its_shards_is_refused)
{
    const char *index = "m/model.safetensors.index.json";
    struct error err;

    tiny_write("m", &(struct tiny){ .shards = true });
    replace(index, "\"shard-1.safetensors\"", "\"shard-2.safetensors\"");
    must_refuse("m", ERROR_DATA, "is not in shard `shard-2.safetensors`");
    ck_assert_int_eq(file_put(index, "{}", 2, &err), 0);
    must_refuse("m", ERROR_DATA, "weight_map");
    ck_assert_int_eq(file_put(index, "{\n,", 3, &err), 0);
    must_refuse("m", ERROR_DATA, "index.json:2: ");
}
END_TEST

START_TEST(an_unknown_family_is_answered_with_the_known_ones)
{
    must_refuse_tiny(&(struct tiny){ .type = "lama" },
                     "unknown model family `lama` (did you mean `llama`?); "
                     "known are: llama");
    must_refuse_tiny(&(struct tiny){ .type = "t99" }, "known are: llama");
    tiny_write("m", &(struct tiny){ 0 });
    replace("m/config.json", "model_type", "type");
    must_refuse("m", ERROR_DATA, "`model_type` is missing");
}
END_TEST

START_TEST(a_key_that_changes_the_arithmetic_is_refused_by_name)
{
    must_refuse_tiny(&(struct tiny){ .config = ",\"hidden_act\":\"gelu\"" },
                     "`hidden_act` is \"gelu\"; only \"silu\"");
    must_refuse_tiny(&(struct tiny){ .config = ",\"attention_bias\":true" },
                     "`attention_bias` is true");
    must_refuse_tiny(&(struct tiny){ .config = ",\"mlp_bias\":true" },
                     "`mlp_bias`");
    must_refuse_tiny(
        &(struct tiny){ .config = ",\"quantization_config\":{\"bits\":4}" },
        "`quantization_config` is {\"bits\":4}");
    must_refuse_tiny(
        &(struct tiny){ .config = ",\"rope_scaling\":{\"type\":\"mrope\"}" },
        "mrope");
}
END_TEST

START_TEST(tensors_that_do_not_fit_the_config_are_refused_by_name)
{
    must_refuse_tiny(&(struct tiny){ .skip =
                                         "model.layers.1.mlp.up_proj.weight" },
                     "no tensor `model.layers.1.mlp.up_proj.weight`");
    must_refuse_tiny(&(struct tiny){ .misshapen =
                                         "model.layers.1.mlp.up_proj.weight" },
                     "has shape [13, 8]; config.json asks for [12, 8]");
    must_refuse_tiny(&(struct tiny){ .misshapen = "model.norm.weight" },
                     "has shape [9]; config.json asks for [8]");
    must_refuse_tiny(&(struct tiny){ .integer = "model.norm.weight" },
                     "is I32; F64, F32, F16 or BF16 is needed");
    must_refuse_tiny(&(struct tiny){ .skip = "model.embed_tokens.weight" },
                     "`model.embed_tokens.weight`, the embedding");
    tiny_write("m", &(struct tiny){ 0 });
    replace("m/config.json", "key_value_heads\":1", "key_value_heads\":3");
    must_refuse("m", ERROR_DATA, "must be a multiple of");
}
END_TEST

START_TEST(a_weight_that_is_not_finite_is_told_with_its_layer)
{
    float weights[96];
    struct model *model;
    struct model_block *block = NULL;
    struct error err;

    tiny_write("m", &(struct tiny){
                        .infinite = "model.layers.1.mlp.down_proj.weight" });
    model = tiny_open("m");
    ck_assert_int_eq(model_weights(model, 12, weights, &err), 0);
    ck_assert_int_eq(model_weights(model, 13, weights, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "layers.1.mlp.down_proj"));
    ck_assert_ptr_nonnull(strstr(err.text, "number 95 is not finite"));
    ck_assert_int_eq(model_block_load(&block, model, 1, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_null(block);
    model_close(model);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *good = tcase_create("good"), *bad = tcase_create("bad");

    tcase_add_checked_fixture(good, tiny_enter, tiny_leave);
    tcase_add_checked_fixture(bad, tiny_enter, tiny_leave);
    tcase_add_test(good, layers_stand_in_module_order_with_their_shapes);
    tcase_add_test(good, names_without_the_usual_prefix_are_found);
    tcase_add_test(good, shards_give_the_same_weights_as_one_file);
    tcase_add_test(good, the_hash_is_what_sha256sum_says);
    tcase_add_test(bad, a_missing_folder_config_or_weight_file_is_no_input);
    tcase_add_test(
        bad, pickled_weights_are_refused_with_the_command_that_converts_them);
    tcase_add_test(bad, a_missing_shard_is_named);
    tcase_add_test(bad, a_shard_outside_the_folder_is_refused);
    tcase_add_test(bad, a_link_that_leads_out_of_the_folder_is_refused);
    tcase_add_test(
        bad, links_within_the_folder_and_those_of_the_hub_cache_are_followed);
    tcase_add_test(bad, an_index_that_does_not_fit_its_shards_is_refused);
    tcase_add_test(bad, an_unknown_family_is_answered_with_the_known_ones);
    tcase_add_test(bad, a_key_that_changes_the_arithmetic_is_refused_by_name);
    tcase_add_test(bad, tensors_that_do_not_fit_the_config_are_refused_by_name);
    tcase_add_test(bad, a_weight_that_is_not_finite_is_told_with_its_layer);
    suite_add_tcase(suite, good);
    suite_add_tcase(suite, bad);
    return suite;
}
