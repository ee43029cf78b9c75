/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every folder below tests/llm/cases: what people have, and what is right. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "llm/perplexity.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_out.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

#define CASES    SOURCE_ROOT "/tests/llm/cases/"
#define FAMILIES SOURCE_ROOT "/tests/llm/families/"

static double perplexity_of(const struct model *model)
{
    struct perplexity perplexity;
    struct model_tokens tokens;
    struct error err;

    ck_assert_int_eq(model_tokens_read(&tokens, CASES "tokens.safetensors",
                                       "test", 0, model, &err),
                     0);
    ck_assert_msg(perplexity_measure(&perplexity, model, &tokens, NULL, &err) ==
                      0,
                  "%s", err.text);
    model_tokens_release(&tokens);
    return perplexity.value;
}

static bool is_remarked(const struct model *model, const char *words)
{
    const struct remarks *remarks = model_remarks(model);

    for (size_t i = 0; i < remarks->count; i++)
        if (strstr(remarks->text[i], words))
            return true;
    return false;
}

static void must_give(const char *folder, double wanted, const char *remark)
{
    struct model *model = tiny_open(folder);

    ck_assert_double_eq_tol(perplexity_of(model), wanted, 1e-3);
    if (remark)
        ck_assert_msg(is_remarked(model, remark), "%s", folder);
    else
        ck_assert_msg(model_remarks(model)->count == 0, "%s: %s", folder,
                      model_remarks(model)->text[0]);
    model_close(model);
}

static const struct {
    const char *folder;
    double perplexity;
    const char *remark; /* NULL: none at all */
} readable[] = {
    { CASES "header_leading_whitespace", 166.749, NULL },
    { CASES "metadata_null", 166.749, NULL },
    { CASES "index_absent_tensor", 166.749, NULL },
    { CASES "index_overlay", 166.749, "`model.norm.weight` in a.safetensors" },
    { CASES "mamba2_groups_D1", 200.681, NULL },
    { CASES "mamba2_groups_D8", 200.681, NULL },
    { CASES "quantization_dense", 166.749, "that the weights are dense" },
    { CASES "tied_head_differs", 149.159, "the stored head is used" },
    { CASES "tied_head_only", 203.594, NULL },
    { FAMILIES "llama-tied", 166.749, NULL },
};

START_TEST(what_can_be_read_gives_the_right_perplexity)
{
    must_give(readable[_i].folder, readable[_i].perplexity,
              readable[_i].remark);
}
END_TEST

static void must_refuse(const char *folder, const char *words)
{
    struct model *model;
    struct error err;

    ck_assert_int_eq(model_open(&model, folder, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_msg(strstr(err.text, words), "%s", err.text);
}

START_TEST(what_cannot_be_read_is_named_as_what_it_is)
{
    must_refuse(CASES "lfs_pointer", "is a git-lfs pointer");
    must_refuse(CASES "mamba_original", "original layout of Mamba");
    tiny_write("m", &(struct tiny){ 0 });
    ck_assert_int_eq(system("cp " CASES "lfs_pointer/model.safetensors "
                            "m/config.json"),
                     0);
    must_refuse("m", "m/config.json: is a git-lfs pointer");
}
END_TEST

/* A copy "m" of a family's tiny model with another text in its config.json. */
static void copy_with(const char *folder, const char *old, const char *new)
{
    char *command = memory_printf("rm -rf m; cp -r %s m; "
                                  "chmod -R u+w m",
                                  folder);
    struct error err;
    char *text, *at, *whole;

    ck_assert_int_eq(system(command), 0);
    text = file_read_text("m/config.json", 1 << 20, &err);
    at = strstr(text, old);
    ck_assert_msg(at != NULL, "%s", text);
    whole = memory_printf("%.*s%s%s", (int)(at - text), text, new,
                          at + strlen(old));
    ck_assert_int_eq(file_put("m/config.json", whole, strlen(whole), &err), 0);
    free(whole);
    free(text);
    free(command);
}

/* Adds a copy of one tensor under another name, its first number changed by
 * `change`, and leaves out `without`. */
static void rewrite(const char *from, const char *to, float change,
                    const char *without)
{
    struct safetensors_out *out = safetensors_out_new();
    const struct safetensors_tensor *source;
    struct safetensors *file;
    struct error err;
    uint8_t *bytes;
    float first;

    ck_assert_int_eq(safetensors_open(&file, "m/model.safetensors", &err), 0);
    source = safetensors_find(file, from);
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_tensor *t = safetensors_at(file, i);

        if (strcmp(t->name, without) != 0 && strcmp(t->name, to) != 0)
            safetensors_out_declare(out, t->name, t->dtype, t->rank, t->shape);
    }
    safetensors_out_declare(out, to, source->dtype, source->rank,
                            source->shape);
    ck_assert_int_eq(safetensors_out_create(out, "m/new", &err), 0);
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_tensor *t = safetensors_at(file, i);

        if (strcmp(t->name, without) != 0 && strcmp(t->name, to) != 0)
            ck_assert_int_eq(safetensors_out_put(out, t->name, t->bytes, &err),
                             0);
    }
    bytes = memory_new(source->length, 1);
    memcpy(bytes, source->bytes, source->length);
    dtype_to_f32(&first, bytes, source->dtype, 1);
    if (change != 0)
        dtype_from_f32(bytes, source->dtype, first + change);
    ck_assert_int_eq(safetensors_out_put(out, to, bytes, &err), 0);
    ck_assert_int_eq(safetensors_out_commit(out, &err), 0);
    ck_assert_int_eq(rename("m/new", "m/model.safetensors"), 0);
    safetensors_close(file);
    free(bytes);
}

static const struct {
    const char *folder, *embedding;
} heads[] = {
    { FAMILIES "llama-tied", "model.embed_tokens.weight" },
    { FAMILIES "gpt2", "transformer.wte.weight" },
    { FAMILIES "opt", "model.decoder.embed_tokens.weight" },
    { FAMILIES "mamba", "backbone.embeddings.weight" },
};

/* Each row of ends.h, in families that say tied and store one table. */
START_TEST(what_is_stored_decides_what_the_head_is)
{
    const char *embedding = heads[_i].embedding, *head = "lm_head.weight";
    const char *tied = "\"tie_word_embeddings\": true";
    const char *untied = "\"tie_word_embeddings\": false";
    double whole, other;

    copy_with(heads[_i].folder, tied, tied);
    struct model *model = tiny_open("m");
    whole = perplexity_of(model);
    model_close(model);
    rewrite(embedding, head, 0, "");
    must_give("m", whole, NULL);
    rewrite(embedding, head, 0.75f, "");
    model = tiny_open("m");
    other = perplexity_of(model);
    ck_assert(is_remarked(model, "the stored head is used"));
    model_close(model);
    ck_assert(other / whole > 1 + 1e-6 || other / whole < 1 - 1e-6);
    rewrite(embedding, head, 0, embedding);
    must_give("m", whole, NULL);
    copy_with(heads[_i].folder, tied, untied);
    must_give("m", whole, "the embedding is the head");
    rewrite(embedding, head, 0.75f, "");
    must_give("m", other, NULL);
    rewrite(embedding, head, 0, embedding);
    must_refuse("m", embedding);
}
END_TEST

START_TEST(blocks_and_tensors_that_are_not_used_are_remarked)
{
    struct model *model;

    copy_with(FAMILIES "llama-tied", "\"num_hidden_layers\": 2",
              "\"num_hidden_layers\": 1");
    model = tiny_open("m");
    ck_assert(is_remarked(model, "asks for 1 blocks, and 2 are stored"));
    ck_assert_uint_eq(model_remarks(model)->count, 1);
    model_close(model);
    rewrite("model.norm.weight", "mtp.fc.weight", 0, "");
    rewrite("model.norm.weight", "model.layers.0.self_attn.rotary_emb.inv_freq",
            0, "");
    model = tiny_open("m");
    ck_assert(is_remarked(model, "1 tensors are not used, the first `mtp.fc"));
    ck_assert_uint_eq(model_remarks(model)->count, 2);
    model_close(model);
}
END_TEST

START_TEST(rows_longer_than_the_positions_are_remarked)
{
    struct model_tokens tokens;
    struct model *model;
    struct error err;

    copy_with(FAMILIES "llama-tied", "\"max_position_embeddings\": 64",
              "\"max_position_embeddings\": 39");
    model = tiny_open("m");
    for (size_t length = 39; length <= 40; length++) {
        tiny_write_tokens("t", "test", 1, length);
        ck_assert_int_eq(
            model_tokens_read(&tokens, "t", "test", 0, model, &err), 0);
        ck_assert_uint_eq(tokens.remarks.count, length - 39);
        model_tokens_release(&tokens);
    }
    model_close(model);
}
END_TEST

START_TEST(a_published_family_is_no_misspelling_of_another)
{
    static const char *const names[] = {
        "mistral3", "ministral", "ministral3", "llava", "mllama",
        "llama4",   "jamba",     "zamba",      "qwen",  "qwen2_vl",
        "gptj",     "mpt",       "qwen3_5",
    };
    struct model *model;
    struct error err;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        tiny_write("m", &(struct tiny){ .type = names[i] });
        ck_assert_int_eq(model_open(&model, "m", &err), -1);
        ck_assert_msg(strstr(err.text, "is not built; those that are: llama") &&
                          !strstr(err.text, "did you mean"),
                      "%s", err.text);
    }
    tiny_write("m", &(struct tiny){ .type = "mistal" });
    must_refuse("m", "did you mean `mistral`?");
    tiny_write("m", &(struct tiny){ .type = "mixstrall" });
    ck_assert_int_eq(model_open(&model, "m", &err), -1);
    ck_assert(strstr(err.text, "unknown") && !strstr(err.text, "did you"));
}
END_TEST

START_TEST(only_a_quantization_that_is_none_is_passed_over)
{
    static const char *const refused[] = {
        "{\"quant_method\":\"gptq\",\"format\":\"dense\"}",
        "{\"format\":\"dense\",\"config_groups\":{\"group_0\":{}}}",
        ("{\"format\":\"dense\",\"sparsity_config\":"
         "{\"format\":\"sparse-bitmask\"}}"),
        "{\"format\":\"pack-quantized\"}",
        "{\"bits\":4}",
        "7",
    };

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        for (unsigned old = 0; old < 2; old++) {
            const char *key =
                old ? "compression_config" : "quantization_config";
            char *more = memory_printf(",\"%s\":%s", key, refused[i]);

            tiny_write("m", &(struct tiny){ .config = more });
            must_refuse("m", key);
            must_refuse("m", "only one that says dense is supported");
            free(more);
        }
    tiny_write("m", &(struct tiny){ .config = ",\"quantization_config\":{}" });
    model_close(tiny_open("m"));
}
END_TEST

START_TEST(pickled_weights_are_named_also_in_shards)
{
    struct error err;

    tiny_write("m", &(struct tiny){ 0 });
    ck_assert_int_eq(remove("m/model.safetensors"), 0);
    ck_assert_int_eq(file_put("m/pytorch_model.bin.index.json", "{}", 2, &err),
                     0);
    must_refuse("m", "has only the shards of pytorch_model.bin");
    must_refuse("m", "v.clone().contiguous()");
}
END_TEST

START_TEST(an_older_name_of_the_embedding_is_read)
{
    struct model *model;
    double whole;

    copy_with(FAMILIES "mamba", "{", "{");
    model = tiny_open("m");
    whole = perplexity_of(model);
    model_close(model);
    rewrite("backbone.embeddings.weight", "backbone.embedding.weight", 0,
            "backbone.embeddings.weight");
    must_give("m", whole, NULL);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("cases");
    TCase *cases = tcase_create("cases");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, tiny_enter, tiny_leave);
    tcase_add_loop_test(cases, what_can_be_read_gives_the_right_perplexity, 0,
                        sizeof readable / sizeof *readable);
    tcase_add_test(cases, what_cannot_be_read_is_named_as_what_it_is);
    tcase_add_loop_test(cases, what_is_stored_decides_what_the_head_is, 0,
                        sizeof heads / sizeof *heads);
    tcase_add_test(cases, blocks_and_tensors_that_are_not_used_are_remarked);
    tcase_add_test(cases, rows_longer_than_the_positions_are_remarked);
    tcase_add_test(cases, a_published_family_is_no_misspelling_of_another);
    tcase_add_test(cases, only_a_quantization_that_is_none_is_passed_over);
    tcase_add_test(cases, pickled_weights_are_named_also_in_shards);
    tcase_add_test(cases, an_older_name_of_the_embedding_is_read);
    suite_add_tcase(suite, cases);
    return suite;
}
