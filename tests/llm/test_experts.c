/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What experts see, and what is recorded of it. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "llm/calibration.h"
#include "llm/record.h"
#include "llm/sequence.h"
#include "llm/walk.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"
#include "trace/recorded_trace.h"

#define FAMILIES SOURCE_ROOT "/tests/llm/families/"

enum { ROWS = 2, LENGTH = 40, MOST_INPUTS = 100, MOST_LAYERS = 70 };

/* Every input of one model, as it was seen. */
struct seen {
    pthread_mutex_t mutex;
    float *x[MOST_LAYERS][ROWS];
    uint32_t tokens[MOST_LAYERS][ROWS];
    uint32_t place[MOST_LAYERS][ROWS][LENGTH];
};

static struct model *model;
static struct model_tokens tokens;
static struct seen seen;

static void see(void *context, const struct model_sight *sight)
{
    struct seen *into = context;
    size_t layer = sight->layer, row = sight->row;
    size_t count =
        (size_t)sight->tokens * model_layer(model, layer)->shape.inputs;

    pthread_mutex_lock(&into->mutex);
    ck_assert_ptr_null(into->x[layer][row]);
    into->x[layer][row] = memory_new(count, sizeof(float));
    memcpy(into->x[layer][row], sight->x, count * sizeof(float));
    into->tokens[layer][row] = sight->tokens;
    for (uint32_t t = 0; t < sight->tokens; t++)
        into->place[layer][row][t] = sight->place ? sight->place[t] : t;
    pthread_mutex_unlock(&into->mutex);
}

static void open_model(const char *name, const char *spec, size_t rows)
{
    char *folder = memory_printf(FAMILIES "%s", name);
    char *file = spec ? memory_text(spec)
                      : memory_printf("%s/reference.safetensors", folder);
    struct error err;

    model = tiny_open(folder);
    ck_assert_msg(model_tokens_read(&tokens, file, "tokens", rows, model,
                                    &err) == 0,
                  "%s", err.text);
    free(file);
    free(folder);
}

static void look_through(const char *name)
{
    struct model_tap tap = { .see = see, .context = &seen };
    struct model_walk walk = { .tap = &tap, .work.workers = 2 };
    float *hidden;
    struct error err;

    open_model(name, NULL, 0);
    ck_assert_uint_eq(tokens.rows, ROWS);
    ck_assert_uint_eq(tokens.length, LENGTH);
    ck_assert_uint_le(model_layers(model), MOST_LAYERS);
    seen = (struct seen){ .mutex = PTHREAD_MUTEX_INITIALIZER };
    hidden =
        memory_new(ROWS * LENGTH * (size_t)model_width(model), sizeof *hidden);
    ck_assert_int_eq(model_walk_blocks(model, &tokens, &walk, hidden, &err), 0);
    free(hidden);
}

static void close_model(void)
{
    for (size_t l = 0; l < MOST_LAYERS; l++)
        for (size_t r = 0; r < ROWS; r++) {
            free(seen.x[l][r]);
            seen.x[l][r] = NULL;
        }
    model_tokens_release(&tokens);
    model_close(model);
}

static bool is_input(size_t layer, const char *part)
{
    return model_input_of(model, layer) == layer &&
           strstr(model_layer(model, layer)->shape.name, part);
}

/* Experts of one block that see a token, by the inputs of their gates. */
static uint32_t experts_of(uint32_t block, size_t row, uint32_t token)
{
    uint32_t count = 0;

    for (size_t l = 0; l < model_layers(model); l++) {
        if (model_layer(model, l)->shape.block != block ||
            !model_is_routed(model, l) || !is_input(l, "gate_proj"))
            continue;
        for (uint32_t t = 0; t < seen.tokens[l][row]; t++)
            count += seen.place[l][row][t] == token;
    }
    return count;
}

START_TEST(every_token_goes_to_as_many_experts_as_config_says)
{
    static const struct {
        const char *name;
        uint32_t used;
        uint32_t without; /* the block that has none */
    } cases[] = { { "qwen2-moe", 3, 1 },
                  { "qwen3-moe", 2, 9 },
                  { "granite4-experts", 2, 9 } };

    look_through(cases[_i].name);
    for (uint32_t b = 0; b < model_blocks(model); b++)
        for (size_t row = 0; row < ROWS; row++)
            for (uint32_t t = 0; t < LENGTH; t++)
                ck_assert_uint_eq(experts_of(b, row, t),
                                  b == cases[_i].without ? 0 : cases[_i].used);
    close_model();
}
END_TEST

/* The shared expert takes every token, so its input tells what the others'
 * must be. */
START_TEST(an_expert_sees_the_tokens_it_was_sent_and_no_others)
{
    size_t checked = 0;

    look_through("qwen2-moe");
    for (size_t l = 0; l < model_layers(model); l++) {
        uint32_t block = model_layer(model, l)->shape.block;
        size_t shared = 0;

        if (!model_is_routed(model, l) || !is_input(l, "gate_proj"))
            continue;
        while (model_layer(model, shared)->shape.block != block ||
               !is_input(shared, "shared_expert.gate_proj"))
            shared++;
        for (size_t row = 0; row < ROWS; row++)
            for (uint32_t t = 0; t < seen.tokens[l][row]; t++) {
                ck_assert(t == 0 ||
                          seen.place[l][row][t] > seen.place[l][row][t - 1]);
                ck_assert_mem_eq(seen.x[l][row] + 48 * t,
                                 seen.x[shared][row] +
                                     48 * seen.place[l][row][t],
                                 48 * sizeof(float));
                checked++;
            }
    }
    ck_assert_uint_eq(checked, 2 * 3 * ROWS * LENGTH); /* blocks, experts */
    close_model();
}
END_TEST

static uint32_t tokens_of(size_t layer)
{
    size_t of = model_input_of(model, layer);

    return seen.tokens[of][0] + seen.tokens[of][1];
}

static void must_have_mean(const double *mean_square, size_t layer)
{
    size_t of = model_input_of(model, layer);
    uint32_t inputs = model_layer(model, of)->shape.inputs;

    for (uint32_t k = 0; k < inputs; k++) {
        double sum = 0;

        for (size_t row = 0; row < ROWS; row++)
            for (uint32_t t = 0; t < seen.tokens[of][row]; t++)
                sum += pow((double)seen.x[of][row][t * inputs + k], 2);
        ck_assert_double_eq_tol(mean_square[k], sum / tokens_of(of),
                                1e-12 * sum);
    }
}

START_TEST(statistics_of_an_expert_are_those_of_its_tokens)
{
    struct calibration calibration;
    struct work work = { .workers = 2 };
    struct error err;

    look_through("qwen3-moe");
    ck_assert_int_eq(
        calibration_measure(&calibration, model, &tokens, 50, &work, &err), 0);
    for (size_t l = 0; l < model_layers(model); l++) {
        const struct calibration_layer *layer =
            &calibration.layer[calibration.layer[l].input_of];

        if (!model_is_routed(model, l))
            continue;
        ck_assert_uint_eq(layer->reached, tokens_of(l));
        must_have_mean(layer->mean_square, l);
        for (uint32_t t = 0; t < layer->tokens; t++)
            ck_assert_int_lt(layer->place[t], 50);
    }
    calibration_release(&calibration);
    close_model();
}
END_TEST

START_TEST(gram_matrices_of_an_expert_are_those_of_its_tokens)
{
    struct sequence *sequence;
    struct model_block *block;
    struct error err;

    look_through("qwen3-moe");
    sequence = sequence_begin(model, &tokens, 2);
    ck_assert_int_eq(model_block_load(&block, model, 0, &err), 0);
    sequence_look(sequence, block, 0, true);
    for (size_t l = 0; l < model_layers(model); l++) {
        uint32_t inputs = model_layer(model, l)->shape.inputs;
        double sum = 0;

        if (model_layer(model, l)->shape.block > 0 ||
            !model_is_routed(model, l) || model_input_of(model, l) != l)
            continue;
        must_have_mean(sequence_mean_square(sequence, l), l);
        ck_assert_uint_eq(sequence_tokens(sequence, l), tokens_of(l));
        for (size_t row = 0; row < ROWS; row++)
            for (uint32_t t = 0; t < seen.tokens[l][row]; t++)
                sum += (double)seen.x[l][row][t * inputs + 3] *
                       (double)seen.x[l][row][t * inputs + 7];
        ck_assert_double_eq_tol(
            sequence_gram(sequence, l)[3 * (size_t)inputs + 7], sum, 1e-9);
    }
    model_block_free(block);
    sequence_end(sequence);
    close_model();
}
END_TEST

enum { WIDE = 512, HIGH = 2048, MANY = 32 };

/* A Mixtral of one block, whose 32 experts have 12.6 MB each as f32. */
static void write_many_experts(void)
{
    static const char config[] =
        "{\"model_type\":\"mixtral\",\"hidden_size\":512,\"vocab_size\":40,"
        "\"num_hidden_layers\":1,\"intermediate_size\":2048,"
        "\"num_attention_heads\":8,\"num_local_experts\":32}";
    static const char *const whole[] = { "self_attn.q_proj", "self_attn.k_proj",
                                         "self_attn.v_proj",
                                         "self_attn.o_proj" };
    struct tiny_hole hole;
    struct error err;
    char name[100];

    tiny_hole_begin(&hole);
    tiny_hole_add(&hole, "model.embed_tokens.weight", 40, WIDE);
    tiny_hole_add(&hole, "lm_head.weight", 40, WIDE);
    tiny_hole_add(&hole, "model.norm.weight", WIDE, 0);
#define BLOCK "model.layers.0."
    tiny_hole_add(&hole, BLOCK "input_layernorm.weight", WIDE, 0);
    tiny_hole_add(&hole, BLOCK "post_attention_layernorm.weight", WIDE, 0);
    tiny_hole_add(&hole, BLOCK "block_sparse_moe.gate.weight", MANY, WIDE);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, BLOCK "%s.weight", whole[i]);
        tiny_hole_add(&hole, name, WIDE, WIDE);
    }
    for (int e = 0; e < MANY; e++)
        for (int w = 1; w <= 3; w++) {
            snprintf(name, sizeof name,
                     BLOCK "block_sparse_moe.experts.%d.w%d.weight", e, w);
            tiny_hole_add(&hole, name, w == 2 ? WIDE : HIGH,
                          w == 2 ? HIGH : WIDE);
        }
#undef BLOCK
    tiny_hole_write(&hole);
    ck_assert_int_eq(file_put("config.json", config, strlen(config), &err), 0);
}

static long peak(void)
{
    struct rusage usage;

    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* Read, run, edited one after the other, and run again. */
START_TEST(one_expert_at_a_time_is_in_memory)
{
    const long expert = 3L * WIDE * HIGH * 4 / 1024;
    float *hidden = memory_new(8 * WIDE, sizeof *hidden);
    struct model_scratch *scratch;
    struct model_block *block;
    struct error err;
    long before;

    tiny_enter();
    write_many_experts();
    model = tiny_open(".");
    scratch = model_scratch_new(model, 8);
    before = peak();
    ck_assert_msg(model_block_load(&block, model, 0, &err) == 0, "%s",
                  err.text);
    model_block_run(block, scratch, hidden, 8, 0, NULL);
    for (size_t l = 0; l < model_layers(model); l++)
        model_block_layer(block, l)[7] = (float)l;
    model_block_run(block, scratch, hidden, 8, 0, NULL);
    for (size_t l = 0; l < model_layers(model); l++)
        ck_assert_float_eq(model_block_layer(block, l)[7], (float)l);
    if (!suite_is_instrumented())
        ck_assert_msg(peak() - before < 4 * expert,
                      "%ld kB more, where an expert has %ld", peak() - before,
                      expert);
    model_block_free(block);
    model_scratch_free(scratch);
    model_close(model);
    tiny_leave();
    free(hidden);
}
END_TEST

/* An expert that was edited, and one that was not. */
START_TEST(a_run_takes_experts_as_they_were_edited)
{
    enum { WIDTH = 48 };
    float *once = memory_new((size_t)LENGTH * WIDTH, sizeof *once);
    float *twice = memory_new((size_t)LENGTH * WIDTH, sizeof *twice);
    struct model_scratch *scratch;
    struct model_block *block;
    struct error err;

    model = tiny_open(FAMILIES "qwen3-moe");
    scratch = model_scratch_new(model, LENGTH);
    ck_assert_int_eq(model_block_load(&block, model, 0, &err), 0);
    for (size_t i = 0; i < (size_t)LENGTH * WIDTH; i++)
        once[i] = twice[i] = (float)(i * 7919 % 2003) / 1001 - 1;
    model_block_run(block, scratch, once, LENGTH, 0, NULL);
    for (size_t l = 0; l < model_layers(model); l++) {
        const struct layer_shape *shape = &model_layer(model, l)->shape;

        if (shape->block == 0 && strstr(shape->name, "experts.") &&
            strstr(shape->name, "down_proj"))
            for (size_t i = 0; i < (size_t)shape->inputs * shape->outputs; i++)
                model_block_layer(block, l)[i] *= 2;
    }
    model_block_run(block, scratch, twice, LENGTH, 0, NULL);
    /* Experts give twice as much; so do two runs without the rest. */
    model_block_free(block);
    ck_assert_int_eq(model_block_load(&block, model, 0, &err), 0);
    for (size_t l = 0; l < model_layers(model); l++) {
        const struct layer_shape *shape = &model_layer(model, l)->shape;

        if (shape->block == 0 && strstr(shape->name, "experts."))
            memset(model_block_layer(block, l), 0,
                   (size_t)shape->inputs * shape->outputs * sizeof(float));
    }
    for (size_t i = 0; i < (size_t)LENGTH * WIDTH; i++) {
        twice[i] -= once[i];
        once[i] -= twice[i];
    }
    for (size_t i = 0; i < (size_t)LENGTH * WIDTH; i++)
        twice[i] = (float)(i * 7919 % 2003) / 1001 - 1;
    model_block_run(block, scratch, twice, LENGTH, 0, NULL);
    for (size_t i = 0; i < (size_t)LENGTH * WIDTH; i++)
        ck_assert_float_eq_tol(once[i], twice[i], 2e-5f);
    model_block_free(block);
    model_scratch_free(scratch);
    model_close(model);
    free(once);
    free(twice);
}
END_TEST

static void record_to(const char *path, uint32_t sample)
{
    struct record record = {
        .model = model, .tokens = &tokens, .spec = "t", .sample = sample
    };
    struct error err;

    ck_assert_msg(record_write(&record, path, &err) == 0, "%s", err.text);
}

/* A trace says which tokens of the sample each expert saw. */
START_TEST(the_routing_of_the_sample_is_part_of_the_trace)
{
    enum { SAMPLE = 50 };
    struct recorded_trace trace;
    struct error err;

    tiny_enter();
    look_through("qwen3-moe");
    record_to("a.trace", SAMPLE);
    ck_assert_msg(recorded_trace_open(&trace, "a.trace", &err) == 0, "%s",
                  err.text);
    for (size_t l = 0; l < trace.layers; l++) {
        const struct recorded_layer *layer = &trace.layer[l];
        size_t of = layer->input_of, count = 0;

        ck_assert_int_eq(layer->routed, model_is_routed(model, l));
        if (!layer->routed) {
            ck_assert_uint_eq(layer->tokens, SAMPLE);
            continue;
        }
        ck_assert_uint_eq(layer->reached, tokens_of(l));
        for (size_t row = 0; row < ROWS; row++)
            for (uint32_t t = 0; t < seen.tokens[of][row]; t++) {
                uint32_t place =
                    (uint32_t)row * LENGTH + seen.place[of][row][t];

                if (place < SAMPLE)
                    ck_assert_int_eq(layer->place[count++], (int)place);
            }
        ck_assert_uint_eq(layer->tokens, count);
        ck_assert_uint_le(recorded_layer_tokens(layer, 7), 7);
        if (count > 0)
            ck_assert_uint_eq(
                recorded_layer_tokens(layer, (uint32_t)layer->place[0] + 1), 1);
    }
    recorded_trace_close(&trace);
    close_model();
    tiny_leave();
}
END_TEST

/* Two tokens of one row cannot reach eight experts of two each. */
START_TEST(an_expert_that_nothing_reached_is_counted_and_has_no_inputs)
{
    struct recorded_trace trace;
    size_t experts, unreached, empty = 0;
    struct error err;

    tiny_enter();
    tiny_write_tokens("t", "tokens", 1, 2);
    open_model("qwen3-moe", "t", 0);
    record_to("a.trace", 2);
    ck_assert_msg(recorded_trace_open(&trace, "a.trace", &err) == 0, "%s",
                  err.text);
    unreached = recorded_trace_unreached(&trace, &experts);
    ck_assert_uint_eq(experts, 2 * 8);
    ck_assert_uint_ge(unreached, 2 * (8 - 4));
    ck_assert_ptr_null(recorded_trace_silent(&trace));
    for (size_t l = 0; l < trace.layers; l++)
        if (trace.layer[l].routed && trace.layer[l].reached == 0) {
            ck_assert_ptr_null(trace.layer[l].input);
            ck_assert_uint_eq(trace.layer[l].tokens, 0);
            empty++;
        }
    ck_assert_uint_eq(empty, 3 * unreached);
    recorded_trace_close(&trace);
    close_model();
    tiny_leave();
}
END_TEST

/* Eighths that others measured give the same trace as all at once, without Gram
 * matrices and (_i) with them. */
START_TEST(eighths_of_a_model_with_experts_give_the_same_trace)
{
    struct record record = { .spec = "t", .sample = 30, .gram = _i };
    struct error err;

    tiny_enter();
    open_model("qwen2-moe", NULL, 0);
    record.model = model;
    record.tokens = &tokens;
    ck_assert_msg(record_write(&record, "a.trace", &err) == 0, "%s", err.text);
    for (uint32_t b = 0; b < record_parts(&record); b++)
        for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++)
            ck_assert_msg(record_measure_part(&record, "b.trace",
                                              (struct record_part){ b, e },
                                              &err) == 0,
                          "%s", err.text);
    ck_assert_int_eq(access("b.trace.eighth-7", F_OK), 0);
    ck_assert_msg(record_write(&record, "b.trace", &err) == 0, "%s", err.text);
    ck_assert_int_eq(system("cmp a.trace b.trace"), 0);
    close_model();
    tiny_leave();
}
END_TEST

/* The first two blocks change places, names of tensors with them: then layer 0
 * is an expert's, which sees fewer tokens than there are in the sample. */
START_TEST(a_trace_that_begins_with_an_expert_has_the_identity_known_before)
{
    static const char swap[] =
        "cp -r " FAMILIES "nemotron-h-experts m; chmod -R u+w m; LC_ALL=C sed "
        "-i -e 's/layers.0[.]/layers.X./g' -e 's/layers.1[.]/layers.0./g' -e "
        "'s/layers.X[.]/layers.1./g' m/model.safetensors; sed -i "
        "'s/ME[*]E-/EM*E-/' m/config.json";
    struct record record = { .spec = "x", .sample = 30 };
    char hash[HASH_TEXT], other[HASH_TEXT];
    struct recorded_trace trace;
    struct error err;

    tiny_enter();
    ck_assert_int_eq(system(swap), 0);
    record.model = model = tiny_open("m");
    record.tokens = &tokens;
    ck_assert_int_eq(model_tokens_read(&tokens, "m/reference.safetensors",
                                       "tokens", 0, model, &err),
                     0);
    ck_assert(model_is_routed(model, 0));
    record_identity(&record, hash);
    record.sample = 29;
    record_identity(&record, other);
    ck_assert_str_ne(hash, other);
    record.sample = 30;
    ck_assert_msg(record_write(&record, "t", &err) == 0, "%s", err.text);
    ck_assert_int_eq(recorded_trace_open(&trace, "t", &err), 0);
    ck_assert_uint_lt(trace.layer[0].tokens, 30);
    ck_assert_str_eq(trace.hash, hash);
    recorded_trace_close(&trace);
    model_tokens_release(&tokens);
    model_close(model);
    tiny_leave();
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("experts");
    TCase *experts = tcase_create("experts");

    tcase_add_loop_test(
        experts, every_token_goes_to_as_many_experts_as_config_says, 0, 3);
    tcase_add_test(experts,
                   an_expert_sees_the_tokens_it_was_sent_and_no_others);
    tcase_add_test(experts, statistics_of_an_expert_are_those_of_its_tokens);
    tcase_add_test(experts, gram_matrices_of_an_expert_are_those_of_its_tokens);
    tcase_add_test(experts, one_expert_at_a_time_is_in_memory);
    tcase_add_test(experts, a_run_takes_experts_as_they_were_edited);
    tcase_add_test(experts, the_routing_of_the_sample_is_part_of_the_trace);
    tcase_add_test(
        experts,
        a_trace_that_begins_with_an_expert_has_the_identity_known_before);
    tcase_add_test(experts,
                   an_expert_that_nothing_reached_is_counted_and_has_no_inputs);
    tcase_add_loop_test(
        experts, eighths_of_a_model_with_experts_give_the_same_trace, 0, 2);
    suite_add_tcase(suite, experts);
    return suite;
}
