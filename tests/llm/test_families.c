/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every folder below tests/llm/families: a tiny model, and the logits that
 * Hugging Face transformers gave for it. */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/config.h"
#include "llm/families/family.h"
#include "llm/head.h"
#include "llm/model.h"
#include "llm/model_parts.h"
#include "llm/sequence.h"
#include "llm/walk.h"
#include "tensor/safetensors.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

#define FAMILIES SOURCE_ROOT "/tests/llm/families/"

static char *cases[TINY_MOST_FAMILIES];
static int count;

static float *logits_of(const struct model *model, struct model_tokens *tokens)
{
    size_t width = model_width(model), words = model_vocabulary(model);
    size_t places = tokens->rows * tokens->length;
    float *hidden = memory_new(places * width, sizeof *hidden);
    float *normed = memory_new(places * width, sizeof *normed);
    float *logits = memory_new(places * words, sizeof *logits);
    struct model_walk walk = { .work.workers = 2 };
    struct head *head;
    struct error err;

    ck_assert_int_eq(model_walk_blocks(model, tokens, &walk, hidden, &err), 0);
    ck_assert_int_eq(head_load(&head, model, &err), 0);
    head_logits(head, hidden, (uint32_t)places, normed, logits);
    head_free(head);
    free(hidden);
    free(normed);
    return logits;
}

static void must_match(const char *folder, const char *name,
                       const float *logits, const struct model_tokens *tokens,
                       size_t words)
{
    char *path = memory_printf("%s/reference.safetensors", folder);
    uint64_t shape[] = { tokens->rows, tokens->length, words };
    const struct safetensors_tensor *tensor;
    double largest = 0, wrong = 0;
    struct safetensors *file;
    struct error err;

    ck_assert_int_eq(safetensors_open(&file, path, &err), 0);
    tensor = safetensors_need(file, name, DTYPE_F32, 3, shape, &err);
    ck_assert_msg(tensor != NULL, "%s", err.text);
    for (size_t i = 0; i < tensor->elements; i++) {
        float wanted;

        memcpy(&wanted, tensor->bytes + i * sizeof wanted, sizeof wanted);
        largest = fmax(largest, fabs((double)wanted));
        wrong = fmax(wrong, fabs((double)logits[i] - (double)wanted));
    }
    ck_assert_msg(wrong <= 2e-5 * largest, "%s: error %g of %g", folder, wrong,
                  largest);
    safetensors_close(file);
    free(path);
}

/* False if the reference has no such tokens. */
static bool compare(const struct model *model, const char *folder,
                    const char *tokens_name, const char *logits_name)
{
    char *spec = memory_printf("%s/reference.safetensors", folder);
    struct model_tokens tokens;
    struct error err;
    float *logits;
    bool there =
        model_tokens_read(&tokens, spec, tokens_name, 0, model, &err) == 0;

    if (there) {
        logits = logits_of(model, &tokens);
        must_match(folder, logits_name, logits, &tokens,
                   model_vocabulary(model));
        model_tokens_release(&tokens);
        free(logits);
    }
    free(spec);
    return there;
}

START_TEST(logits_are_those_of_hugging_face_transformers)
{
    struct model *model = tiny_open(cases[_i]);

    ck_assert(compare(model, cases[_i], "tokens", "logits"));
    model_close(model);
}
END_TEST

/* Sums of all inputs of a block, and of each looked at alone, for which the
 * block is not run to its end. */
static void must_look_alike(const struct model *model,
                            const struct model_tokens *tokens, uint32_t number)
{
    const struct layer_span span = model_layers_of_block(model, number);
    struct sequence *all = sequence_begin(model, tokens, 2);
    struct sequence *alone = sequence_begin(model, tokens, 2);
    struct model_block *block;
    struct error err;

    ck_assert_int_eq(model_block_load(&block, model, number, &err), 0);
    sequence_look(all, block, number, SEQUENCE_GRAM);
    for (size_t l = span.first; l < span.end; l++) {
        uint32_t inputs = model_layer(model, l)->shape.inputs;

        sequence_look_at(alone, block, l, SEQUENCE_GRAM);
        ck_assert_uint_eq(sequence_tokens(alone, l), sequence_tokens(all, l));
        ck_assert_mem_eq(sequence_mean_square(alone, l),
                         sequence_mean_square(all, l), inputs * sizeof(double));
        ck_assert_mem_eq(sequence_gram(alone, l), sequence_gram(all, l),
                         (size_t)inputs * inputs * sizeof(double));
    }
    model_block_free(block);
    sequence_end(alone);
    sequence_end(all);
}

START_TEST(one_input_looked_at_is_what_it_is_among_all)
{
    struct model *model = tiny_open(cases[_i]);
    char *spec = memory_printf("%s/reference.safetensors:tokens", cases[_i]);
    struct model_tokens tokens;
    struct error err;

    ck_assert_int_eq(model_tokens_read(&tokens, spec, "tokens", 0, model, &err),
                     0);
    for (uint32_t b = 0; b < model_blocks(model); b++)
        must_look_alike(model, &tokens, b);
    model_tokens_release(&tokens);
    free(spec);
    model_close(model);
}
END_TEST

struct sights_seen {
    size_t count, last;
};

static void count_sight(void *context, const struct model_sight *sight)
{
    struct sights_seen *seen = context;

    seen->count++;
    seen->last = sight->layer;
}

/* Llama: inputs of q, of o, of gate and of down. */
START_TEST(a_block_runs_no_further_than_to_the_input_that_is_looked_at)
{
    static const size_t inputs[4] = { 0, 3, 4, 6 };
    struct model *model = tiny_open(FAMILIES "llama-tied");
    struct model_scratch *scratch = model_scratch_new(model, 5);
    float *hidden = memory_new(5 * (size_t)model_width(model), sizeof *hidden);
    struct model_block *block;
    struct error err;

    ck_assert_int_eq(model_block_load(&block, model, 0, &err), 0);
    for (size_t i = 0; i < 4; i++) {
        struct sights_seen seen = { 0 };
        const struct model_tap tap = { .see = count_sight, .context = &seen };

        model_block_look(block, scratch, hidden, 0,
                         &(struct model_look){ &tap, inputs[i], 0, 5 });
        ck_assert_uint_eq(seen.count, i + 1);
        ck_assert_uint_eq(seen.last, inputs[i]);
    }
    model_block_free(block);
    free(hidden);
    model_scratch_free(scratch);
    model_close(model);
}
END_TEST

/* Where positions follow the length of a sequence, or do not. */
START_TEST(logits_of_shorter_sequences_are_those_of_transformers_too)
{
    static const char *const folders[] = { "llama-dynamic", "llama-yarn",
                                           "phi3-longrope" };

    for (size_t i = 0; i < 3; i++) {
        char *folder = memory_printf(FAMILIES "%s", folders[i]);
        struct model *model = tiny_open(folder);

        ck_assert(compare(model, folder, "short.tokens", "short.logits"));
        model_close(model);
        free(folder);
    }
}
END_TEST

/* The keys of transformers 4, which Gemma 3 was published with; Gemma 2 had no
 * list of types. */
START_TEST(old_keys_of_gemma_are_read)
{
    static const char *const names[] = { "gemma2", "gemma3" };
    static const char *const gone[] = { "rope_parameters", "layer_types",
                                        "_sliding_window_pattern" };

    tiny_enter();
    for (size_t i = 0; i < 2; i++) {
        char *folder = memory_printf(FAMILIES "%s", names[i]);
        char *command = memory_printf("rm -rf m; cp -r %s m; "
                                      "chmod -R u+w m",
                                      folder);
        json_t *config;
        struct model *model;

        ck_assert_int_eq(system(command), 0);
        config = json_load_file("m/config.json", 0, NULL);
        for (size_t k = 0; k < 3; k++)
            json_object_del(config, gone[k]);
        json_object_set_new(config, "rope_theta",
                            json_real(i == 0 ? 10000 : 1000000));
        if (i == 1) {
            json_object_set_new(config, "rope_local_base_freq",
                                json_real(10000));
            json_object_set_new(config, "sliding_window_pattern",
                                json_integer(2));
            json_object_set_new(config, "rope_scaling",
                                json_pack("{s:f,s:s}", "factor", 8.0,
                                          "rope_type", "linear"));
        }
        ck_assert_int_eq(json_dump_file(config, "m/config.json", 0), 0);
        model = tiny_open("m");
        ck_assert(compare(model, "m", "tokens", "logits"));
        model_close(model);
        json_decref(config);
        free(command);
        free(folder);
    }
    tiny_leave();
}
END_TEST

/* Gemma 3 with blocks of one type and shares of a head that are turned; free()
 * the logits. */
static float *logits_of_turned(const char *type, double full, double sliding)
{
    json_t *config = json_load_file(FAMILIES "gemma3/config.json", 0, NULL);
    json_t *rope = json_object_get(config, "rope_parameters");
    struct model_tokens tokens;
    struct model *model;
    struct error err;
    float *logits;

    json_object_set_new(config, "layer_types",
                        json_pack("[s,s,s]", type, type, type));
    json_object_set_new(json_object_get(rope, "full_attention"),
                        "partial_rotary_factor", json_real(full));
    json_object_set_new(json_object_get(rope, "sliding_attention"),
                        "partial_rotary_factor", json_real(sliding));
    ck_assert_int_eq(json_dump_file(config, "m/config.json", 0), 0);
    json_decref(config);
    model = tiny_open("m");
    ck_assert_int_eq(model_tokens_read(&tokens, "m/reference.safetensors",
                                       "tokens", 0, model, &err),
                     0);
    logits = logits_of(model, &tokens);
    model_tokens_release(&tokens);
    model_close(model);
    return logits;
}

START_TEST(a_block_turns_as_many_pairs_as_the_section_of_its_type_says)
{
    static const char *const types[] = { "full_attention",
                                         "sliding_attention" };

    tiny_enter();
    ck_assert_int_eq(system("cp -r " FAMILIES "gemma3 m; chmod -R u+w m"), 0);
    for (int i = 0; i < 2; i++) {
        float *both = logits_of_turned(types[i], 0.5, 0.5);
        float *own = logits_of_turned(types[i], i ? 1 : 0.5, i ? 0.5 : 1);
        float *others = logits_of_turned(types[i], i ? 0.5 : 1, i ? 1 : 0.5);

        ck_assert_mem_eq(both, own, 20 * 97 * sizeof *both);
        ck_assert_mem_ne(both, others, 20 * 97 * sizeof *both);
        free(others);
        free(own);
        free(both);
    }
    tiny_leave();
}
END_TEST

/* "m" is a copy of that folder, in whose config.json `gone` and `put` changed;
 * what it computes must not. */
static void must_stay(const char *name, const char *gone, json_t *put)
{
    char *folder = memory_printf(FAMILIES "%s", name);
    char *command =
        memory_printf("rm -rf m; cp -r %s m; chmod -R u+w m", folder);
    struct model *model;
    json_t *config;

    ck_assert_int_eq(system(command), 0);
    config = json_load_file("m/config.json", 0, NULL);
    if (gone)
        json_object_del(config, gone);
    json_object_update(config, put);
    ck_assert_int_eq(json_dump_file(config, "m/config.json", 0), 0);
    model = tiny_open("m");
    ck_assert(compare(model, "m", "tokens", "logits"));
    model_close(model);
    json_decref(config);
    json_decref(put);
    free(command);
    free(folder);
}

/* As the published configs have them. */
START_TEST(old_keys_of_hybrids_and_experts_are_read)
{
    tiny_enter();
    must_stay("nemotron-h", "layers_block_type",
              json_pack("{s:s,s:i}", "hybrid_override_pattern", "M-*M-",
                        "num_hidden_layers", 5));
    must_stay("nemotron-h-experts", "hybrid_override_pattern",
              json_pack("{s:[s,s,s,s,s]}", "layers_block_type",
                        "linear_attention", "moe", "full_attention", "moe",
                        "mlp"));
    must_stay("granite4-dense", "layer_types",
              json_pack("{s:[s,s,s]}", "layers_block_type", "mamba",
                        "attention", "mamba"));
    must_stay("granite4-dense", NULL,
              json_pack("{s:s}", "position_embedding_type", "nope"));
    must_stay("qwen3-moe", "num_local_experts",
              json_pack("{s:i}", "num_experts", 8));
    must_stay("bamba", "rope_parameters",
              json_pack("{s:f,s:i}", "rope_theta", 10000.0, "attn_rotary_emb",
                        6));
    must_stay("bamba", NULL, json_pack("{s:s}", "mamba_d_head", "auto"));
    tiny_leave();
}
END_TEST

/* What a config.json says of rotary positions. */
static struct rope rope_of(json_t *config)
{
    struct config *read;
    const struct family *family;
    struct shape shape;
    struct error err;
    struct rope rope;

    ck_assert_int_eq(json_dump_file(config, "c", 0), 0);
    ck_assert_int_eq(config_read(&read, "c", &err), 0);
    family = family_of_config(read, &err);
    ck_assert_ptr_nonnull(family);
    shape_init(&shape);
    ck_assert_msg(family->read(&shape, read, &err) == 0, "%s", err.text);
    rope = shape.rope;
    shape_release(&shape);
    config_free(read);
    return rope;
}

/* Ascending numbers, one for each pair that is turned. */
static json_t *stretches(uint32_t pairs, double first)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < pairs; i++)
        json_array_append_new(list, json_real(first + 0.25 * i));
    return list;
}

/* Keys of a section for that scaling, but for its name. */
static json_t *scaling_keys(enum rope_scaling scaling, uint32_t pairs)
{
    static const char original[] = "original_max_position_embeddings";

    switch (scaling) {
    case ROPE_LINEAR:
        return json_pack("{s:f}", "factor", 2.5);
    case ROPE_LLAMA3:
        return json_pack("{s:f,s:f,s:f,s:i}", "factor", 8.0, "low_freq_factor",
                         1.0, "high_freq_factor", 4.0, original, 32);
    case ROPE_DYNAMIC:
        return json_pack("{s:f}", "factor", 3.0);
    case ROPE_YARN:
        return json_pack("{s:f,s:i}", "factor", 4.0, original, 32);
    case ROPE_LONG:
        return json_pack("{s:f,s:i,s:o,s:o}", "factor", 4.0, original, 32,
                         "short_factor", stretches(pairs, 1), "long_factor",
                         stretches(pairs, 3));
    case ROPE_PLAIN:
        break;
    }
    return json_object();
}

/* With a base of 777, as transformers 5 writes it, or those before. */
static struct rope scaled(json_t *config, enum rope_scaling scaling,
                          uint32_t pairs, bool old)
{
    static const char *const types[] = { "default", "linear", "llama3",
                                         "dynamic", "yarn",   "longrope" };
    json_t *section = scaling_keys(scaling, pairs);

    json_object_del(config, "rope_parameters");
    json_object_del(config, "rope_scaling");
    json_object_del(config, "rope_theta");
    json_object_set_new(section, old ? "type" : "rope_type",
                        json_string(types[scaling]));
    json_object_set_new(old ? config : section, "rope_theta", json_real(777));
    json_object_set_new(config, old ? "rope_scaling" : "rope_parameters",
                        section);
    return rope_of(config);
}

static void must_turn_alike(const struct rope *one, const struct rope *other)
{
    double a[ROPE_MOST_PAIRS], b[ROPE_MOST_PAIRS];

    ck_assert_uint_eq(one->dims, other->dims);
    ck_assert_double_eq(one->loudness, other->loudness);
    for (uint32_t tokens = 20; tokens < 1000; tokens += 480) {
        rope_frequencies(a, one, tokens);
        rope_frequencies(b, other, tokens);
        ck_assert_mem_eq(a, b, one->dims / 2 * sizeof *a);
    }
}

static void check_scalings(json_t *config, uint32_t dims)
{
    json_t *share = json_object_get(json_object_get(config, "rope_parameters"),
                                    "partial_rotary_factor");

    if (share)
        json_object_set(config, "partial_rotary_factor", share);
    json_object_del(config, "original_max_position_embeddings");
    json_object_set_new(config, "max_position_embeddings", json_integer(128));
    for (int i = ROPE_PLAIN; i <= ROPE_LONG; i++) {
        enum rope_scaling scaling = (enum rope_scaling)i;
        struct rope one = scaled(config, scaling, dims / 2, false);
        struct rope other = scaled(config, scaling, dims / 2, true);

        ck_assert_int_eq(one.scaling, scaling);
        ck_assert_uint_eq(one.dims, dims);
        ck_assert_double_eq(one.theta, 777);
        must_turn_alike(&one, &other);
    }
}

/* Of every family that turns positions; Gemma 3 has two sections, and a test of
 * its own. */
START_TEST(every_scaling_is_read_under_old_keys_and_new)
{
    int turning = 0;

    tiny_enter();
    for (int c = 0; c < count; c++) {
        char *path = memory_printf("%s/config.json", cases[c]);
        json_t *config = json_load_file(path, 0, NULL);
        struct rope rope;

        ck_assert_ptr_nonnull(config);
        rope = rope_of(config);
        if (rope.used && !strstr(cases[c], "gemma3")) {
            check_scalings(config, rope.dims);
            turning++;
        }
        json_decref(config);
        free(path);
    }
    tiny_leave();
    ck_assert_int_ge(turning, 17);
}
END_TEST

/* A value that would be computed otherwise is refused, and named. */
static void must_say(const char *name, json_t *put, const char *words)
{
    char *folder = memory_printf(FAMILIES "%s", name);
    char *command =
        memory_printf("rm -rf m; cp -r %s m; chmod -R u+w m", folder);
    json_t *config;
    struct model *model;
    struct error err;

    ck_assert_int_eq(system(command), 0);
    config = json_load_file("m/config.json", 0, NULL);
    json_object_update(config, put);
    ck_assert_int_eq(json_dump_file(config, "m/config.json", 0), 0);
    ck_assert_msg(model_open(&model, "m", &err) < 0, "%s: %s", name, words);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
    json_decref(config);
    json_decref(put);
    free(command);
    free(folder);
}

START_TEST(what_a_hybrid_cannot_be_is_refused_by_name)
{
    tiny_enter();
    must_say("nemotron-h",
             json_pack("{s:n,s:s}", "layers_block_type",
                       "hybrid_override_pattern", "M-*MX"),
             "`hybrid_override_pattern`: block 4 is `X`");
    must_say("nemotron-h",
             json_pack("{s:[s,s,s,s,s]}", "layers_block_type", "mamba", "mlp",
                       "attention", "mamba", "more"),
             "`layers_block_type.4` is more");
    must_say("nemotron-h", json_pack("{s:i}", "num_hidden_layers", 4),
             "`num_hidden_layers` is 4, but there are kinds of 5 blocks");
    must_say("granite4-dense",
             json_pack("{s:s}", "position_embedding_type", "alibi"),
             "`position_embedding_type` is alibi");
    must_say("granite4-dense", json_pack("{s:i}", "residual_multiplier", 0),
             "`residual_multiplier` must be a number above 0");
    must_say("bamba", json_pack("{s:[i]}", "attn_layer_indices", 3),
             "`attn_layer_indices.0` must be a whole number from 0 to 2");
    must_say("bamba", json_pack("{s:i}", "attn_rotary_emb", 12),
             "`attn_rotary_emb` is 12; 6 of a head are turned");
    must_say("bamba", json_pack("{s:i}", "mamba_n_groups", 4),
             "heads must be a multiple of groups");
    tiny_leave();
}
END_TEST

START_TEST(experts_that_cannot_be_are_refused_by_name)
{
    tiny_enter();
    must_say("qwen3-moe", json_pack("{s:i}", "num_experts", 9),
             "`num_experts` is 9 and `num_local_experts` 8");
    must_say("mixtral", json_pack("{s:i}", "num_experts_per_tok", 5),
             "`num_experts_per_tok` must be a whole number from 1 to 4");
    must_say("mixtral", json_pack("{s:i}", "num_local_experts", 5),
             "block_sparse_moe.gate.weight");
    must_say("qwen2-moe", json_pack("{s:[i]}", "mlp_only_layers", 0),
             "layers.0.mlp.gate_proj.weight");
    must_say("qwen2-moe", json_pack("{s:i}", "decoder_sparse_step", 2),
             "layers.0.mlp.gate_proj.weight");
    must_say("nemotron-h-experts", json_pack("{s:i}", "num_experts_per_tok", 7),
             "`num_experts_per_tok` must be a whole number from 1 to 6");
    must_say("nemotron-h-experts", json_pack("{s:i}", "moe_latent_size", 16),
             "`moe_latent_size` is 16; only null is supported");
    must_say("nemotron-h-experts", json_pack("{s:i}", "n_group", 2),
             "`n_group` is 2; only 1 is supported");
    must_say("nemotron-h-experts",
             json_pack("{s:i}", "routed_scaling_factor", 0),
             "`routed_scaling_factor` must be a number above 0");
    /* One expert, and the standard number of those that see a token is two. */
    must_say("nemotron-h-experts",
             json_pack("{s:n,s:i}", "num_experts_per_tok", "n_routed_experts",
                       1),
             "`num_experts_per_tok` must be there; there are 1 experts");
    must_say("granite4-experts",
             json_pack("{s:n,s:i}", "num_experts_per_tok", "num_local_experts",
                       1),
             "`num_experts_per_tok` must be there; there are 1 experts");
    tiny_leave();
}
END_TEST

START_TEST(every_family_has_a_case)
{
    for (size_t i = 0; i < family_count(); i++) {
        bool found = false;

        for (int c = 0; c < count && !found; c++) {
            struct model *model = tiny_open(cases[c]);

            found = strcmp(model_family(model), family_at(i)->type) == 0;
            model_close(model);
        }
        ck_assert_msg(found, "%s", family_at(i)->type);
    }
}
END_TEST

/* "m" is a copy of that folder's checkpoint; with one key of its config.json
 * changed it must be refused, and the key named. */
static void must_refuse_with(const char *folder, const char *key, json_t *value)
{
    char *path = memory_printf("%s/config.json", folder);
    json_t *config = json_load_file(path, 0, NULL);
    struct model *model;
    struct error err;

    ck_assert_int_eq(json_object_set_new(config, key, value), 0);
    ck_assert_int_eq(json_dump_file(config, "m/config.json", 0), 0);
    ck_assert_int_eq(model_open(&model, "m", &err), -1);
    ck_assert_msg(strstr(err.text, key) && strstr(err.text, "is supported"),
                  "%s %s: %s", folder, key, err.text);
    json_decref(config);
    free(path);
}

/* What it was asked for and is not: the other truth, or a text. */
static json_t *another(const char *is)
{
    if (strcmp(is, "true") == 0)
        return json_false();
    return strcmp(is, "false") == 0 ? json_true() : json_string("another");
}

START_TEST(a_family_refuses_by_name_what_it_does_not_compute)
{
    char *copy = memory_printf("cp -r %s m", cases[_i]);
    struct model *model = tiny_open(cases[_i]);
    const struct family *family;
    struct error err;

    family = family_find(model_family(model), cases[_i], &err);
    ck_assert_ptr_nonnull(family);
    ck_assert_uint_gt(family->demand_count, 0);
    model_close(model);
    tiny_enter();
    ck_assert_int_eq(system(copy), 0);
    for (size_t d = 0; d < family->demand_count; d++)
        must_refuse_with(cases[_i], family->demands[d].key,
                         another(family->demands[d].is));
    tiny_leave();
    free(copy);
}
END_TEST

START_TEST(maps_stored_the_other_way_round_come_as_outputs_by_inputs)
{
    struct model *model = tiny_open(FAMILIES "gpt2");
    struct safetensors *file;
    const struct safetensors_tensor *stored;
    struct error err;
    float *weights = memory_new(144 * 48, sizeof *weights);

    ck_assert_str_eq(model_layer(model, 4)->shape.name,
                     "transformer.h.1.attn.c_attn");
    ck_assert_uint_eq(model_layer(model, 4)->shape.inputs, 48);
    ck_assert_uint_eq(model_layer(model, 4)->shape.outputs, 144);
    ck_assert_int_eq(model_weights(model, 4, weights, &err), 0);
    ck_assert_int_eq(
        safetensors_open(&file, FAMILIES "gpt2/model.safetensors", &err), 0);
    stored = safetensors_find(file, "transformer.h.1.attn.c_attn.weight");
    for (size_t o = 0; o < 144; o++)
        for (size_t k = 0; k < 48; k++)
            ck_assert_mem_eq(&weights[o * 48 + k],
                             stored->bytes + (k * 144 + o) * 4, 4);
    safetensors_close(file);
    model_close(model);
    free(weights);
}
END_TEST

START_TEST(rows_longer_than_the_positions_learnt_are_refused)
{
    struct model *model = tiny_open(FAMILIES "opt");
    struct model_tokens tokens;
    struct error err;

    tiny_enter();
    tiny_write_tokens("t", "test", 1, 64);
    ck_assert_int_eq(model_tokens_read(&tokens, "t", "test", 0, model, &err),
                     0);
    model_tokens_release(&tokens);
    tiny_write_tokens("t", "test", 1, 65);
    ck_assert_int_eq(model_tokens_read(&tokens, "t", "test", 0, model, &err),
                     -1);
    ck_assert_ptr_nonnull(strstr(err.text, "opt takes at most 64"));
    model_close(model);
    tiny_leave();
}
END_TEST

enum { TRIED = 12 }; /* tokens */

/* Every second weight of the layer is none: the block edited so, and run. */
static void run_edited(float *hidden, struct model_block *block, size_t layer,
                       float *weights, struct model_scratch *scratch)
{
    const struct layer_shape *shape = &model_layer(block->model, layer)->shape;
    size_t size = (size_t)shape->outputs * shape->inputs;
    float *own = model_block_layer(block, layer);
    float *saved = memory_new(size, sizeof *saved);

    memcpy(saved, own, size * sizeof *saved);
    for (size_t i = 0; i < size; i++)
        weights[i] = i % 2 ? own[i] : 0;
    memcpy(own, weights, size * sizeof *own);
    model_block_run(block, scratch, hidden, TRIED, 0, NULL);
    memcpy(model_block_layer(block, layer), saved, size * sizeof *own);
    free(saved);
}

static void try_layers(const struct model *model, struct model_block *block,
                       uint32_t number, float *in)
{
    const struct layer_span span = model_layers_of_block(model, number);
    struct model_scratch *scratch = model_scratch_new(model, TRIED);
    struct block_memo *memo = block_memo_new(model, number, TRIED);
    size_t size = (size_t)TRIED * model_width(model);
    float *dense = memory_new(size, sizeof *dense);
    float *edited = memory_new(size, sizeof *edited);
    float *tried = memory_new(size, sizeof *tried);
    float *weights = memory_new((size_t)model->widest * 4096, sizeof *weights);

    memcpy(dense, in, size * sizeof *dense);
    model_block_note(block, scratch, dense, memo);
    for (size_t l = span.first; l < span.end; l++) {
        memcpy(edited, in, size * sizeof *edited);
        run_edited(edited, block, l, weights, scratch);
        model_block_try(block, scratch, tried,
                        &(struct block_trial){ l, weights, memo });
        ck_assert_msg(memcmp(tried, edited, size * sizeof *tried) == 0,
                      "layer %s", model_layer(model, l)->shape.name);
        ck_assert(model_is_routed(model, l) ||
                  memcmp(tried, dense, size * sizeof *tried) != 0);
    }
    memcpy(edited, in, size * sizeof *edited);
    model_block_run(block, scratch, edited, TRIED, 0, NULL);
    ck_assert_mem_eq(edited, dense, size * sizeof *dense);
    memcpy(in, dense, size * sizeof *dense);
    block_memo_free(memo);
    model_scratch_free(scratch);
    free(weights);
    free(tried);
    free(edited);
    free(dense);
}

START_TEST(a_trial_of_a_layer_has_the_bits_of_the_block_edited)
{
    struct model *model = tiny_open(cases[_i]);
    float *in = memory_new((size_t)TRIED * model_width(model), sizeof *in);
    int32_t ids[TRIED];
    struct error err;

    for (int t = 0; t < TRIED; t++)
        ids[t] = (t * 7 + 3) % (int)model_vocabulary(model);
    model_embed(model, ids, TRIED, in);
    for (uint32_t b = 0; b < model_blocks(model); b++) {
        struct model_block *block;

        ck_assert_int_eq(model_block_load(&block, model, b, &err), 0);
        try_layers(model, block, b, in);
        model_block_free(block);
    }
    free(in);
    model_close(model);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("families");
    TCase *models = tcase_create("models");

    count = tiny_families(cases);
    tcase_add_loop_test(models, logits_are_those_of_hugging_face_transformers,
                        0, count);
    tcase_add_loop_test(models, one_input_looked_at_is_what_it_is_among_all, 0,
                        count);
    tcase_add_test(models,
                   a_block_runs_no_further_than_to_the_input_that_is_looked_at);
    tcase_add_test(models,
                   logits_of_shorter_sequences_are_those_of_transformers_too);
    tcase_add_test(models, old_keys_of_gemma_are_read);
    tcase_add_test(models,
                   a_block_turns_as_many_pairs_as_the_section_of_its_type_says);
    tcase_add_test(models, old_keys_of_hybrids_and_experts_are_read);
    tcase_add_test(models, every_scaling_is_read_under_old_keys_and_new);
    tcase_add_test(models, what_a_hybrid_cannot_be_is_refused_by_name);
    tcase_add_test(models, experts_that_cannot_be_are_refused_by_name);
    tcase_add_test(models, every_family_has_a_case);
    tcase_add_loop_test(
        models, a_family_refuses_by_name_what_it_does_not_compute, 0, count);
    tcase_add_test(models,
                   maps_stored_the_other_way_round_come_as_outputs_by_inputs);
    tcase_add_loop_test(
        models, a_trial_of_a_layer_has_the_bits_of_the_block_edited, 0, count);
    tcase_add_test(models, rows_longer_than_the_positions_learnt_are_refused);
    suite_add_tcase(suite, models);
    return suite;
}
