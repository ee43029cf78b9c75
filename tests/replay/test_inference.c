/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole inferences, held against closed forms: bytes from shapes, clocks from
 * bytes, and one layer after the other where nothing overlaps.
 */
#include "models/inference/inference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/accelerator.h"
#include "models/inference/memory.h"
#include "models/inference/programme_time.h"
#include "models/inference/task_layout.h"
#include "models/inference/task_wave.h"
#include "replay/shape_file.h"
#include "tests/models/cases.h"
#include "tests/replay/lists.h"
#include "tests/suite.h"

static const char experts[] =
    "name: experts\nblocks: 2\nlayers:\n"
    "  q_proj: {inputs: 72, outputs: 96}\n"
    "  k_proj: {inputs: 72, outputs: 32}\n"
    "  v_proj: {inputs: 72, outputs: 32}\n"
    "  o_proj: {inputs: 96, outputs: 72}\n"
    "  experts.gate_proj: {inputs: 72, outputs: 40, copies: 8}\n"
    "  experts.up_proj: {inputs: 72, outputs: 40, copies: 8}\n"
    "  experts.down_proj: {inputs: 40, outputs: 72, copies: 8}\n"
    "model: {kind: transformer, width: 72, vocabulary: 500, heads: 6, "
    "key_heads: 2, head: 16, gated: yes, experts: 8, experts_used: 2, "
    "expert_feed: 40}\n";
static const char *const models[] = { grouped, chunked, selective, experts };

enum { MODELS = sizeof models / sizeof *models };

struct asked_for {
    uint32_t prompt, generate, batch;
    enum programme_steps steps;
};

static void infer(struct inference_result *result,
                  const struct machine *machine, const struct shape_file *file,
                  const struct asked_for *asked)
{
    struct inference_asked inference = { .machine = machine,
                                         .sizes = file->sizes,
                                         .layers = file->layer,
                                         .layer_count = file->layers,
                                         .prompt = asked->prompt,
                                         .generate = asked->generate,
                                         .batch = asked->batch,
                                         .steps = asked->steps };
    struct error err;

    ck_assert_msg(inference_run(result, &inference, &err) == 0, "%s", err.text);
}

#define MEMORY                                                                 \
    "dram.kind=lpddr5-6400 activations.capacity=262144 "                       \
    "outputs.capacity=262144 weights.banks=2 "

static uint64_t bytes_of(const struct inference_result *result,
                         enum traffic traffic, bool decoding)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < result->lines; i++)
        if (result->line[i].decoding == decoding)
            bytes += result->line[i].sum.bytes[traffic];
    return bytes;
}

START_TEST(clocks_of_operators_add_up_to_the_total)
{
    static const char *const settings[] = {
        "", MEMORY, MEMORY "inference.overlap=none",
        MEMORY "inference.overlap=pipeline merge.modes=1,4",
        ("dram.rate=7 dram.latency=9 dram.staging=700 "
         "activations.capacity=2000 outputs.capacity=9000 macros=2")
    };
    const struct asked_for asked = { .prompt = 21, .generate = 4, .batch = 3 };

    for (int m = 0; m < MODELS; m++) {
        struct shape_file file;

        list_read(&file, models[m], "4:8");
        for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
            struct inference_result result;
            struct machine machine;
            uint64_t sum = 0;

            golden_machine(&machine);
            set_machine(&machine, settings[s]);
            infer(&result, &machine, &file, &asked);
            for (size_t i = 0; i < result.lines; i++)
                sum += result.line[i].sum.clocks;
            ck_assert_msg(sum == result.clocks, "%s, %s: %llu and %llu",
                          file.name, settings[s], (unsigned long long)sum,
                          (unsigned long long)result.clocks);
            for (uint32_t t = 1; t < asked.generate; t++)
                ck_assert_uint_gt(result.end[t], result.end[t - 1]);
            inference_result_release(&result);
        }
        shape_file_release(&file);
    }
}
END_TEST

/* Blocks, heads and vectors that repeat are gone over, and nothing changes. */
START_TEST(what_repeats_is_gone_over_exactly)
{
    static const char *const settings[] = {
        "",
        MEMORY,
        MEMORY "inference.overlap=none",
        MEMORY "inference.overlap=pipeline",
        MEMORY "clock=333 dram.kind=hbm3 macros=2",
        MEMORY "merge.modes=1,2,4",
        ("dram.rate=7 dram.latency=9 dram.staging=700 "
         "activations.capacity=2000 outputs.capacity=9000 macros=2")
    };
    struct asked_for asked = { .prompt = 37, .generate = 4, .batch = 5 };

    for (int m = 0; m < MODELS; m++) {
        struct shape_file file;

        list_read(&file, models[m], "4:8");
        for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
            struct inference_result skipped, stepped;
            struct machine machine;

            golden_machine(&machine);
            set_machine(&machine, settings[s]);
            asked.steps = STEPS_SKIPPED;
            infer(&skipped, &machine, &file, &asked);
            asked.steps = STEPS_ALL;
            infer(&stepped, &machine, &file, &asked);
            for (uint32_t t = 0; t < asked.generate; t++)
                ck_assert_msg(skipped.end[t] == stepped.end[t],
                              "%s, %s, step %u: %llu, and %llu if stepped",
                              file.name, settings[s], t,
                              (unsigned long long)skipped.end[t],
                              (unsigned long long)stepped.end[t]);
            for (size_t i = 0; i < skipped.lines; i++)
                ck_assert_mem_eq(&skipped.line[i].sum, &stepped.line[i].sum,
                                 sizeof skipped.line[i].sum);
            inference_result_release(&skipped);
            inference_result_release(&stepped);
        }
        shape_file_release(&file);
    }
}
END_TEST

/* Bytes by class from shapes alone; buffers hold all results, so that nothing
 * else moves.  An image of 4:8 is 11 bits a kept weight. */
START_TEST(any_machine_runs_it_or_says_why_not)
{
    const struct asked_for asked = { .prompt = 11, .generate = 3, .batch = 2 };
    unsigned ran = 0;

    for (uint64_t round = 0; round < 120; round++) {
        uint64_t seed = round, sum = 0;
        struct inference_result result;
        struct shape_file file;
        struct machine machine;
        struct error err;
        struct inference_asked inference;

        random_machine(&machine, &seed);
        list_read(&file, models[round % MODELS], "4:8");
        inference = (struct inference_asked){ .machine = &machine,
                                              .sizes = file.sizes,
                                              .layers = file.layer,
                                              .layer_count = file.layers,
                                              .prompt = asked.prompt,
                                              .generate = asked.generate,
                                              .batch = asked.batch };
        if (inference_run(&result, &inference, &err) < 0) {
            ck_assert_int_eq(err.kind, ERROR_DATA);
            shape_file_release(&file);
            continue;
        }
        for (size_t i = 0; i < result.lines; i++)
            sum += result.line[i].sum.clocks;
        ck_assert_uint_eq(sum, result.clocks);
        ran++;
        inference_result_release(&result);
        shape_file_release(&file);
    }
    ck_assert_uint_gt(ran, 40);
}
END_TEST

START_TEST(bytes_are_those_of_the_closed_forms)
{
    const struct asked_for asked = { .prompt = 13, .generate = 5, .batch = 2 };
    uint64_t steps = 4, weights = 0, decoded = 0, keys = 2 * 2 * 16;
    struct shape_file file;
    struct inference_result result;
    struct machine machine;

    list_read(&file, grouped, "dense");
    for (size_t l = 0; l < file.layers; l++)
        weights +=
            (uint64_t)file.layer[l].shape.inputs * file.layer[l].shape.outputs;
    golden_machine(&machine);
    set_machine(&machine, MEMORY);
    infer(&result, &machine, &file, &asked);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_WEIGHTS, false), weights);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_WEIGHTS, true),
                      steps * weights);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_HEAD, true), steps * 72 * 500);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_EMBEDDING, false), 2 * 13 * 72);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_KEYS, false),
                      3 * 2 * 13 * keys);
    for (uint64_t t = 1; t <= steps; t++)
        decoded += 3 * 2 * keys * (13 + t - 1 + 1);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_KEYS, true), decoded);
    /* One block of queries reads what the prompt made, once. */
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_REREAD, false),
                      3 * 2 * 13 * keys);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_ACTIVATIONS, false), 0);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_STATE, true), 0);
    inference_result_release(&result);
    /* On chip, nothing of it moves. */
    set_machine(&machine, "state.capacity=1000000");
    infer(&result, &machine, &file, &asked);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_KEYS, false), 0);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_KEYS, true), 0);
    ck_assert_uint_eq(bytes_of(&result, TRAFFIC_REREAD, false), 0);
    inference_result_release(&result);
    shape_file_release(&file);
}
END_TEST

static uint64_t products_of(const struct inference_result *result,
                            const char *name)
{
    uint64_t products = 0;

    for (size_t i = 0; i < result->lines; i++)
        if (strcmp(result->line[i].row->name, name) == 0)
            products += result->line[i].counters[COUNTER_KEPT_MACS];
    return products;
}

/* Eight assignments a decoding step: to all eight experts, or, in the block
 * where two of them had all tokens, to these. */
START_TEST(an_expert_that_saw_no_token_is_not_loaded)
{
    const struct asked_for asked = { .prompt = 13, .generate = 5, .batch = 4 };
    const uint64_t expert = 3 * 72 * 40, steps = 4;
    struct inference_result as_many, recorded;
    struct shape_file file;
    struct machine machine;

    list_read(&file, experts, "dense");
    golden_machine(&machine);
    set_machine(&machine, MEMORY);
    infer(&as_many, &machine, &file, &asked);
    for (size_t l = 0; l < file.layers; l++) {
        struct layer *layer = &file.layer[l];
        const char *number = strstr(layer->shape.name, "experts.");

        if (layer->shape.block == 1 && number)
            layer->tokens = number[8] == '2' ? 30 : number[8] == '5' ? 10 : 0;
    }
    infer(&recorded, &machine, &file, &asked);
    ck_assert_uint_eq(bytes_of(&as_many, TRAFFIC_WEIGHTS, true) -
                          bytes_of(&recorded, TRAFFIC_WEIGHTS, true),
                      steps * 6 * expert);
    ck_assert_uint_eq(bytes_of(&as_many, TRAFFIC_WEIGHTS, false) -
                          bytes_of(&recorded, TRAFFIC_WEIGHTS, false),
                      6 * expert);
    /* The same tokens are computed. */
    ck_assert_uint_eq(products_of(&as_many, "up"),
                      products_of(&recorded, "up"));
    ck_assert_uint_eq(products_of(&recorded, "down"),
                      2ull * (13 + steps) * 4 * 2 * 40 * 72);
    inference_result_release(&as_many);
    inference_result_release(&recorded);
    shape_file_release(&file);
}
END_TEST

/* States are written by a prompt, and read and written by every step. */
START_TEST(states_move_once_each_way_a_step)
{
    static const struct {
        const char *model;
        uint64_t state;
    } rows[] = { { chunked, 2 * 144 * 20 * 2 },
                 { selective, 2 * 144 * 20 * 2 } };
    const struct asked_for asked = { .prompt = 21, .generate = 3, .batch = 3 };

    for (int i = 0; i < 2; i++) {
        struct shape_file file;
        struct inference_result result;
        struct machine machine;

        list_read(&file, rows[i].model, "dense");
        golden_machine(&machine);
        set_machine(&machine, MEMORY);
        infer(&result, &machine, &file, &asked);
        ck_assert_uint_eq(bytes_of(&result, TRAFFIC_STATE, false),
                          3 * rows[i].state);
        ck_assert_uint_eq(bytes_of(&result, TRAFFIC_STATE, true),
                          2 * 2 * 3 * rows[i].state);
        inference_result_release(&result);
        shape_file_release(&file);
    }
}
END_TEST

static uint64_t counted(const struct inference_result *result, const char *name,
                        enum counter_id counter)
{
    uint64_t count = 0;

    for (size_t i = 0; i < result->lines; i++)
        if (strcmp(result->line[i].row->name, name) == 0)
            count += result->line[i].counters[counter];
    return count;
}

static uint64_t clocks_of(const struct inference_result *result,
                          const char *name, bool decoding)
{
    uint64_t clocks = 0;

    for (size_t i = 0; i < result->lines; i++)
        if (strcmp(result->line[i].row->name, name) == 0 &&
            result->line[i].decoding == decoding)
            clocks += result->line[i].sum.clocks;
    return clocks;
}

/* One after the other: each head of keys of each sequence takes its products
 * over the multipliers, rounded up, and the latency.  Three heads share one. */
START_TEST(an_engine_takes_its_products_over_its_multipliers)
{
    static const char *const products[] = { "scores", "values" };
    const struct asked_for asked = { .prompt = 13, .generate = 5, .batch = 2 };
    const uint64_t tasks = 3 * 2 * 2, latency = 5, macs = 7;
    uint64_t decoded = 0, all = 3 * 13 * 14 / 2 * 16;
    struct shape_file file;
    struct inference_result result;
    struct machine machine;

    list_read(&file, grouped, "4:8");
    golden_machine(&machine);
    set_machine(&machine, "inference.overlap=none attention.engine=separate "
                          "attention.macs=7 attention.latency=5");
    infer(&result, &machine, &file, &asked);
    for (uint64_t t = 1; t <= 4; t++) {
        decoded += (3 * (13 + t) * 16 + macs - 1) / macs + latency;
        all += 3 * (13 + t) * 16;
    }
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(
            clocks_of(&result, products[i], false),
            tasks * ((3 * 13 * 14 / 2 * 16 + macs - 1) / macs + latency));
        ck_assert_uint_eq(clocks_of(&result, products[i], true),
                          tasks * decoded);
        ck_assert_uint_eq(counted(&result, products[i], COUNTER_ENGINE_MACS),
                          tasks * all);
        ck_assert_uint_eq(counted(&result, products[i], COUNTER_KEPT_MACS), 0);
        ck_assert_uint_eq(counted(&result, products[i], COUNTER_WAVES), 0);
    }
    inference_result_release(&result);
    shape_file_release(&file);
}
END_TEST

/* Wherever products run, a token's keys and values are as many bytes as their
 * bits say, and states as theirs; all else moves as it did. */
START_TEST(what_is_kept_has_its_bits_wherever_products_run)
{
    static const char *const places[] = { "attention.engine=array",
                                          "attention.engine=separate" };
    const struct asked_for asked = { .prompt = 13, .generate = 5, .batch = 2 };
    uint64_t elements = 3 * 2 * 13 * 2 * 2 * 16, decoded = 0;

    for (uint64_t t = 1; t <= 4; t++)
        decoded += 3 * 2 * 2 * 2 * 16 * (13 + t);
    for (int c = 0; c < 2 * 3; c++) {
        uint64_t bits = 4u << c / 2;
        char text[32];
        struct shape_file file;
        struct inference_result result;
        struct machine machine;

        snprintf(text, sizeof text, "state.bits=%u", (unsigned)bits);
        list_read(&file, grouped, "dense");
        golden_machine(&machine);
        set_machine(&machine, MEMORY);
        set_machine(&machine, places[c % 2]);
        set_machine(&machine, text);
        infer(&result, &machine, &file, &asked);
        ck_assert_uint_eq(bytes_of(&result, TRAFFIC_KEYS, false),
                          elements * bits / 8);
        ck_assert_uint_eq(bytes_of(&result, TRAFFIC_REREAD, false),
                          elements * bits / 8);
        ck_assert_uint_eq(bytes_of(&result, TRAFFIC_KEYS, true),
                          decoded * bits / 8);
        ck_assert_uint_eq(bytes_of(&result, TRAFFIC_WEIGHTS, true),
                          4u * 3 * (72 * (96 + 64 + 400) + 96 * 72 + 200 * 72));
        inference_result_release(&result);
        /* Room for one block's, and not for two. */
        snprintf(text, sizeof text, "state.capacity=%u",
                 (unsigned)(2 * 17 * 64 * bits / 8 * 3 / 2));
        set_machine(&machine, text);
        infer(&result, &machine, &file, &asked);
        ck_assert_uint_eq(bytes_of(&result, TRAFFIC_KEYS, true),
                          decoded * bits / 8 * 2 / 3);
        inference_result_release(&result);
        shape_file_release(&file);
    }
}
END_TEST

/* Of half the bits an image loads half as many, and on an engine half as many
 * are held; of weights as many as before. */
START_TEST(what_is_multiplied_has_its_bits)
{
    static const char *const places[] = { "attention.engine=array",
                                          "attention.engine=separate" };
    static const enum counter_id held[] = { COUNTER_WORD_BITS,
                                            COUNTER_ENGINE_BITS };
    const struct asked_for asked = { .prompt = 40, .generate = 3, .batch = 1 };

    for (int m = 0; m < 2; m++)
        for (int place = 0; place < 2; place++) {
            struct inference_result narrow, wide;
            struct shape_file file;
            struct machine machine;
            const char *product = m == 0 ? "scores" : "intra";

            list_read(&file, m == 0 ? grouped : chunked, "4:8");
            golden_machine(&machine);
            set_machine(&machine, places[place]);
            infer(&wide, &machine, &file, &asked);
            set_machine(&machine, "attention.bits=4");
            infer(&narrow, &machine, &file, &asked);
            ck_assert_uint_gt(counted(&wide, product, held[place]), 0);
            ck_assert_uint_eq(counted(&wide, product, held[place]),
                              2 * counted(&narrow, product, held[place]));
            ck_assert_uint_eq(
                counted(&wide, m == 0 ? "o" : "out", COUNTER_WORD_BITS),
                counted(&narrow, m == 0 ? "o" : "out", COUNTER_WORD_BITS));
            inference_result_release(&narrow);
            inference_result_release(&wide);
            shape_file_release(&file);
        }
}
END_TEST

/* A chunk's numbers have a byte each in memory, whatever they are multiplied
 * in, and states their bits. */
START_TEST(states_have_their_bits_and_results_a_byte)
{
    static const char *const places[] = { "attention.engine=array",
                                          "attention.engine=separate" };
    const struct asked_for asked = { .prompt = 21, .generate = 3, .batch = 3 };

    for (int place = 0; place < 2; place++) {
        struct inference_result one, other;
        struct shape_file file;
        struct machine machine;

        list_read(&file, chunked, "dense");
        golden_machine(&machine);
        set_machine(&machine, MEMORY "activations.capacity=1000");
        set_machine(&machine, places[place]);
        infer(&one, &machine, &file, &asked);
        set_machine(&machine, "scan.bits=32 attention.bits=4");
        infer(&other, &machine, &file, &asked);
        ck_assert_uint_eq(bytes_of(&one, TRAFFIC_STATE, true),
                          2 * 2 * 3 * 2 * 144 * 20 * 2);
        ck_assert_uint_eq(bytes_of(&other, TRAFFIC_STATE, true),
                          2 * bytes_of(&one, TRAFFIC_STATE, true));
        ck_assert_uint_gt(bytes_of(&one, TRAFFIC_ACTIVATIONS, false), 0);
        ck_assert_uint_eq(bytes_of(&other, TRAFFIC_ACTIVATIONS, false),
                          bytes_of(&one, TRAFFIC_ACTIVATIONS, false));
        inference_result_release(&one);
        inference_result_release(&other);
        shape_file_release(&file);
    }
}
END_TEST

/* With the same blocks of tokens. */
START_TEST(more_multipliers_and_more_overlap_are_never_slower)
{
    static const char *const settings[] = {
        "attention.macs=3 inference.overlap=none",
        "attention.macs=3 inference.overlap=prefetch",
        "attention.macs=3 inference.overlap=pipeline",
        "attention.macs=50 inference.overlap=pipeline",
        "attention.macs=4096 inference.overlap=pipeline",
    };
    const struct asked_for asked = { .prompt = 37, .generate = 4, .batch = 3 };

    for (int m = 0; m < 2; m++) {
        struct shape_file file;
        uint64_t before = UINT64_MAX;

        list_read(&file, models[m], "4:8");
        for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
            struct inference_result result;
            struct machine machine;

            golden_machine(&machine);
            set_machine(&machine, MEMORY "blocking=tokens "
                                         "attention.engine=separate");
            set_machine(&machine, settings[s]);
            infer(&result, &machine, &file, &asked);
            ck_assert_uint_lt(result.clocks, before);
            before = result.clocks;
            inference_result_release(&result);
        }
        shape_file_release(&file);
    }
}
END_TEST

/* Masks that columns share fall out differently tile by tile; of a list of
 * shapes all blocks have the same draw, so each takes as long. */
START_TEST(blocks_of_a_list_share_their_masks)
{
    const struct asked_for asked = { .prompt = 5, .generate = 2, .batch = 1 };
    uint64_t passes[2];

    for (int blocks = 1; blocks <= 2; blocks++) {
        char *text = memory_printf("name: many\nblocks: %d%s", blocks * 3,
                                   strstr(grouped, "\nlayers"));
        struct shape_file file;
        struct inference_result result;
        struct machine machine;

        list_read(&file, text, "4:8");
        golden_machine(&machine);
        set_machine(&machine, "select.share=32 select.selects=1 "
                              "merge.modes=all");
        infer(&result, &machine, &file, &asked);
        passes[blocks - 1] = counted(&result, "up", COUNTER_PASSES);
        inference_result_release(&result);
        shape_file_release(&file);
        free(text);
    }
    ck_assert_uint_eq(passes[1], 2 * passes[0]);
}
END_TEST

/* Bytes over rate exceed all else: a step takes them, and at most 1 % more. */
START_TEST(decoding_from_memory_takes_its_bytes_over_the_rate)
{
    static const char *const patterns[] = { "dense", "4:8", "2:4", "1:4" };
    const struct asked_for asked = { .prompt = 40, .generate = 6, .batch = 1 };

    for (int i = 0; i < 4; i++) {
        struct shape_file file;
        struct inference_result result;
        struct machine machine;
        uint64_t bytes = 0, rate[2];
        double clocks, least;

        list_read(&file, grouped, patterns[i]);
        golden_machine(&machine);
        set_machine(&machine, MEMORY "dram.efficiency=250 weights.port_bytes="
                                     "1024 dram.staging=4194304");
        infer(&result, &machine, &file, &asked);
        memory_rate(rate, &machine);
        for (int t = 0; t < TRAFFICS; t++)
            bytes += bytes_of(&result, (enum traffic)t, true);
        least = (double)bytes * (double)rate[1] / (double)rate[0];
        clocks = (double)(result.end[5] - result.end[0]);
        ck_assert_msg(clocks > 0.99 * least && clocks < 1.01 * least,
                      "%s: %g clocks, %g at the rate", patterns[i], clocks,
                      least);
        inference_result_release(&result);
        shape_file_release(&file);
    }
}
END_TEST

static const struct segment *only_segment(void *context, size_t number)
{
    (void)number;
    return context;
}

/* A stream of 64 MB, simulated: what refresh and mapping leave, measured with
 * Ramulator 2.1. */
START_TEST(a_stream_reaches_the_measured_share_of_the_peak)
{
    static const struct {
        const char *kind;
        double share, peak;
    } rows[] = { { "lpddr5-6400", 0.905, 51.2e9 },
                 { "ddr5-6400", 0.915, 51.2e9 },
                 { "hbm3", 0.82, 819.2e9 },
                 { "hbm2", 0.878, 256e9 } };

    for (int i = 0; i < 4; i++) {
        struct task task = { .unit = UNIT_MEMORY, .fetched = 64 << 20 };
        struct segment segment = { &task, 1 };
        struct programme programme = { .segments = 1,
                                       .segment = only_segment,
                                       .context = &segment };
        struct programme_machine of;
        struct task_sum sum = { 0 };
        struct machine machine;
        uint64_t end;
        char *set;

        golden_machine(&machine);
        set_machine(&machine, "clock=10000");
        set = memory_printf("dram.kind=%s", rows[i].kind);
        set_machine(&machine, set);
        free(set);
        programme_machine_of(&of, &machine);
        ck_assert(of.has_channel);
        programme_run(&sum, &end, &programme, &of);
        ck_assert_double_eq_tol((64 << 20) / ((double)end / 1e10) /
                                    rows[i].peak,
                                rows[i].share, 0.01);
    }
}
END_TEST

/*
 * A published chip: RCW-CIM (arXiv 2604.27384), 16,384 products a clock at 100
 * MHz, Llama-2-7B in 4 bits, two channels of DDR5-6400, 26.87 tokens a second
 * and 4.2 ms a prompt token.  What it keeps of keys and values it does not say:
 * none, 1,024 tokens of 8 bits, or as many of 16, which are the bytes of 2,048.
 */
START_TEST(decoding_of_a_published_chip_is_its_bytes_over_the_rate)
{
    static const struct {
        uint32_t prompt;
        double tokens_per_s;
    } rows[] = { { 1, 28.4 }, { 1024, 26.2 }, { 2048, 24.4 } };
    const double rate = 102.4e9 * 0.915;
    const double weights = 32 * (4 * 4096. * 4096 + 3 * 4096. * 11008) / 2,
                 head = 32000 * 4096. / 2;
    struct pattern parsed = pattern_dense;
    struct shape_options options = { .pattern = &parsed };

    for (int i = 0; i < 3; i++) {
        const struct asked_for asked = { rows[i].prompt, 3, 1, STEPS_SKIPPED };
        double cached = 32 * 2 * 4096. * (rows[i].prompt + 0.5 + 1);
        double bytes = weights + head + 4096 + cached, seconds;
        struct shape_file file;
        struct inference_result result;
        struct machine machine;
        struct error err;

        ck_assert_msg(shape_file_read(&file, "llama-2-7b", &options, &err) == 0,
                      "%s", err.text);
        golden_machine(&machine);
        set_machine(&machine,
                    "clock=100 macros=32 macro.columns=4 select.selects=4 "
                    "weights.bits=4 weights.banks=2 "
                    "weights.port_bytes=4096 dram.rate=937 dram.latency=5 "
                    "dram.staging=4194304 vector.lanes=1024 "
                    "vector.softmax=none");
        infer(&result, &machine, &file, &asked);
        seconds = (double)(result.end[2] - result.end[0]) / 2 / 100e6;
        ck_assert_double_eq_tol(seconds / (bytes / rate), 1, 0.01);
        ck_assert_double_eq_tol(1 / seconds / rows[i].tokens_per_s, 1, 0.01);
        inference_result_release(&result);
        shape_file_release(&file);
    }
}
END_TEST

/* Through a port of 4 bytes a clock, each operator cold. */
START_TEST(what_is_made_has_8_bits_whatever_the_weights_have)
{
    static const char *const names[] = { "q", "down", "scores", "values" };
    const struct asked_for asked = { .prompt = 40, .generate = 2, .batch = 1 };
    uint64_t clocks[2][4] = { { 0 } };

    for (int narrow = 0; narrow < 2; narrow++) {
        struct shape_file file;
        struct inference_result result;
        struct machine machine;

        list_read(&file, grouped, "4:8");
        golden_machine(&machine);
        set_machine(&machine, "weights.port_bytes=4 inference.overlap=none");
        if (narrow)
            set_machine(&machine, "weights.bits=4");
        infer(&result, &machine, &file, &asked);
        for (size_t l = 0; l < result.lines; l++)
            for (int n = 0; n < 4; n++)
                if (strcmp(result.line[l].row->name, names[n]) == 0)
                    clocks[narrow][n] += result.line[l].sum.clocks;
        inference_result_release(&result);
        shape_file_release(&file);
    }
    ck_assert_uint_lt(clocks[1][0], clocks[0][0]);
    ck_assert_uint_lt(clocks[1][1], clocks[0][1]);
    ck_assert_uint_eq(clocks[1][2], clocks[0][2]);
    ck_assert_uint_eq(clocks[1][3], clocks[0][3]);
}
END_TEST

/* Where all else is hidden or on chip, a scan that is not one pipeline takes
 * scan.passes times as long. */
START_TEST(a_scan_takes_as_many_passes_as_it_is_not_fused)
{
    const struct asked_for asked = { .prompt = 16, .generate = 2, .batch = 1 };
    uint64_t clocks[2] = { 0 };

    for (int fused = 0; fused < 2; fused++) {
        struct shape_file file;
        struct inference_result result;
        struct machine machine;

        list_read(&file, selective, "4:8");
        golden_machine(&machine);
        set_machine(&machine, fused ? "scan.lanes=16 scan.fused=yes"
                                    : "scan.lanes=16 scan.fused=no "
                                      "scan.passes=6");
        infer(&result, &machine, &file, &asked);
        for (size_t l = 0; l < result.lines; l++)
            if (strcmp(result.line[l].row->name, "scan") == 0 &&
                !result.line[l].decoding)
                clocks[fused] = result.line[l].sum.clocks;
        inference_result_release(&result);
        shape_file_release(&file);
    }
    /* 16 tokens, 144 channels, 20 states, two blocks. */
    ck_assert_uint_eq(clocks[1], 2 * 16 * 144 * 20 / 16);
    ck_assert_uint_eq(clocks[0], 6 * clocks[1]);
}
END_TEST

/* No overlap, no memory, no limits: a linear operator takes the clocks of its
 * layer alone, in the merge mode that the layer takes. */
START_TEST(without_overlap_and_memory_linear_operators_are_layers_alone)
{
    static const char *const operators[] = { "q",    "k",  "v",   "o",
                                             "gate", "up", "down" };
    static const struct {
        const char *pattern, *modes;
    } rows[] = { { "4:8", "merge.modes=all" },
                 { "4:8", "merge.modes=1,2,4" },
                 { "1:4", "merge.modes=1,2,4" },
                 { "2:8", "merge.modes=2,4" } };
    const struct asked_for asked = { .prompt = 19, .generate = 1, .batch = 1 };
    unsigned apart = 0;

    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct shape_file file;
        struct inference_result result;
        struct machine machine;

        list_read(&file, grouped, rows[r].pattern);
        golden_machine(&machine);
        set_machine(&machine, "inference.overlap=none weights.port_bytes=4096");
        set_machine(&machine, rows[r].modes);
        infer(&result, &machine, &file, &asked);
        for (int o = 0; o < 7; o++) {
            struct accelerator_options options = { 0 };
            struct layer layer = file.layer[o];
            struct layer_result alone;
            struct error err;

            layer.tokens = 19;
            ck_assert_int_eq(
                accelerator_run(&alone, &machine, &layer, &options, &err), 0);
            apart += alone.merged < 4;
            for (size_t i = 0; i < result.lines; i++)
                if (strcmp(result.line[i].row->name, operators[o]) == 0)
                    ck_assert_uint_eq(result.line[i].sum.clocks,
                                      3 * alone.cycles);
            layer_result_release(&alone);
        }
        inference_result_release(&result);
        shape_file_release(&file);
    }
    ck_assert_uint_gt(apart, 7);
}
END_TEST

/* Two teams of two sub-macros are a macro of two with twice the columns, in
 * everything: attention, memory, bytes and counts.  Without level registers
 * both have the same latency; registers load in one step, however many columns
 * stand side by side. */
START_TEST(a_mode_is_a_macro_of_fewer_sub_macros_with_more_columns)
{
    static const char *const settings[] = {
        "", MEMORY, MEMORY "inference.overlap=none state.capacity=100000",
        MEMORY "inference.overlap=pipeline dram.code=bitmap",
        ("dram.rate=7 dram.latency=9 dram.staging=700 "
         "activations.capacity=2000 outputs.capacity=9000 macros=2")
    };
    const struct asked_for asked = { .prompt = 37, .generate = 3, .batch = 2 };

    for (int m = 0; m < MODELS; m++) {
        struct shape_file file;

        list_read(&file, models[m], "2:8");
        for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
            struct inference_result apart, narrow;
            struct machine machine;

            golden_machine(&machine);
            set_machine(&machine,
                        "array.level_registers=no weights.storage=registers "
                        "weights.port_bytes=100");
            set_machine(&machine, settings[s]);
            set_machine(&machine, "merge.modes=2");
            infer(&apart, &machine, &file, &asked);
            set_machine(&machine, "merge.modes=all macro.sub_macros=2 "
                                  "macro.columns=64 select.selects=64");
            infer(&narrow, &machine, &file, &asked);
            ck_assert_uint_eq(apart.lines, narrow.lines);
            ck_assert_mem_eq(apart.end, narrow.end, 3 * sizeof *apart.end);
            for (size_t i = 0; i < apart.lines; i++) {
                struct inference_line *one = &apart.line[i];

                ck_assert_mem_eq(&one->sum, &narrow.line[i].sum,
                                 sizeof one->sum);
                one->counters[COUNTER_MERGE_HANDED_ON] =
                    narrow.line[i].counters[COUNTER_MERGE_HANDED_ON];
                ck_assert_mem_eq(one->counters, narrow.line[i].counters,
                                 sizeof one->counters);
            }
            inference_result_release(&apart);
            inference_result_release(&narrow);
        }
        shape_file_release(&file);
    }
}
END_TEST

/* All (operator, block of tokens)s of a step, gone over or not: disjoint, and
 * as many clocks as the step; by operator those of its line. */
START_TEST(spans_of_a_step_add_up_to_its_clocks)
{
    static const char *const settings[] = {
        "", MEMORY, MEMORY "inference.overlap=none",
        MEMORY "inference.overlap=pipeline merge.modes=1,2,4",
        ("dram.rate=7 dram.latency=9 dram.staging=700 "
         "activations.capacity=2000 outputs.capacity=9000 macros=2")
    };
    enum { STEPS = 4 };

    for (int c = 0; c < MODELS * 5; c++) {
        struct shape_file file;
        struct inference_result result;
        struct machine machine;
        struct inference_asked asked = { .machine = &machine,
                                         .prompt = 21,
                                         .generate = STEPS,
                                         .batch = 3,
                                         .shown = { 0, STEPS } };
        uint64_t step[STEPS] = { 0 }, latest = 0, *line;
        struct error err;

        list_read(&file, models[c / 5], "4:8");
        golden_machine(&machine);
        set_machine(&machine, settings[c % 5]);
        asked.sizes = file.sizes;
        asked.layers = file.layer;
        asked.layer_count = file.layers;
        ck_assert_int_eq(inference_run(&result, &asked, &err), 0);
        line = memory_new(result.lines, sizeof *line);
        for (size_t s = 0; s < result.spans; s++) {
            const struct inference_span *span = &result.span[s];

            step[span->step] += span->until - span->from;
            ck_assert(span->from == span->until || span->from == latest);
            ck_assert_uint_lt(span->block, file.sizes->blocks);
            latest = span->until > latest ? span->until : latest;
            for (size_t l = 0; l < result.lines; l++)
                if (result.line[l].row == span->row &&
                    result.line[l].decoding == (span->step > 0))
                    line[l] += span->until - span->from;
        }
        for (uint32_t t = 0; t < STEPS; t++)
            ck_assert_uint_eq(step[t],
                              result.end[t] - (t ? result.end[t - 1] : 0));
        for (size_t l = 0; l < result.lines; l++)
            ck_assert_uint_eq(line[l], result.line[l].sum.clocks);
        free(line);
        inference_result_release(&result);
        shape_file_release(&file);
    }
}
END_TEST

/* One step of many has the same spans as among all. */
START_TEST(a_step_alone_has_the_spans_that_it_has_among_all)
{
    struct shape_file file;
    struct inference_result all, one;
    struct machine machine;
    struct inference_asked asked = { .machine = &machine,
                                     .prompt = 13,
                                     .generate = 4,
                                     .batch = 2,
                                     .shown = { 0, 4 } };
    struct error err;
    size_t at = 0;

    list_read(&file, grouped, "4:8");
    golden_machine(&machine);
    set_machine(&machine, MEMORY);
    asked.sizes = file.sizes;
    asked.layers = file.layer;
    asked.layer_count = file.layers;
    ck_assert_int_eq(inference_run(&all, &asked, &err), 0);
    asked.shown.first = 2;
    asked.shown.count = 1;
    ck_assert_int_eq(inference_run(&one, &asked, &err), 0);
    while (all.span[at].step < 2)
        at++;
    ck_assert_uint_gt(one.spans, 3 * 10);
    for (size_t s = 0; s < one.spans; s++) {
        const struct inference_span *a = &one.span[s], *b = &all.span[at + s];

        ck_assert(a->step == 2 && b->step == 2 && a->row == b->row);
        ck_assert(a->block == b->block && a->from == b->from &&
                  a->until == b->until);
    }
    ck_assert_uint_eq(all.span[at + one.spans].step, 3);
    inference_result_release(&all);
    inference_result_release(&one);
    shape_file_release(&file);
}
END_TEST

START_TEST(more_lanes_and_later_tokens_are_what_one_expects)
{
    const struct asked_for asked = { .prompt = 30, .generate = 4, .batch = 2 };

    for (int m = 0; m < MODELS; m++) {
        struct shape_file file;
        struct inference_result slow, fast, cold;
        struct machine machine;

        list_read(&file, models[m], "4:8");
        golden_machine(&machine);
        set_machine(&machine, MEMORY "vector.lanes=4 scan.lanes=4 "
                                     "blocking=tokens");
        infer(&slow, &machine, &file, &asked);
        set_machine(&machine, "vector.lanes=64 scan.lanes=64");
        infer(&fast, &machine, &file, &asked);
        set_machine(&machine, "inference.overlap=none");
        infer(&cold, &machine, &file, &asked);
        ck_assert_uint_lt(fast.clocks, slow.clocks);
        ck_assert_uint_lt(fast.clocks, cold.clocks);
        inference_result_release(&slow);
        inference_result_release(&fast);
        inference_result_release(&cold);
        shape_file_release(&file);
    }
}
END_TEST

START_TEST(what_cannot_run_is_refused_by_name)
{
    static const struct {
        const char *settings, *why;
        const char *model;
        uint32_t prompt, batch;
    } rows[] = {
        { "loop=o_inner", "k_inner", grouped, 5, 1 },
        { MEMORY "outputs.capacity=100", "outputs.capacity = 100", grouped, 5,
          1 },
        { "", "65536 tokens, 65536 vectors each", grouped, 65536, 65536 },
        /* a token goes to two experts */
        { "", "65536 tokens, 32768 vectors each", experts, 65536, 16384 },
    };

    for (int i = 0; i < 4; i++) {
        struct shape_file file;
        struct machine machine;
        struct inference_result result;
        struct error err;

        list_read(&file, rows[i].model, "4:8");
        golden_machine(&machine);
        set_machine(&machine, rows[i].settings);
        ck_assert_int_eq(
            inference_run(&result,
                          &(struct inference_asked){ .machine = &machine,
                                                     .sizes = file.sizes,
                                                     .layers = file.layer,
                                                     .layer_count = file.layers,
                                                     .prompt = rows[i].prompt,
                                                     .generate = 2,
                                                     .batch = rows[i].batch },
                          &err),
            -1);
        ck_assert_int_eq(err.kind, ERROR_DATA);
        ck_assert_msg(strstr(err.text, rows[i].why), "%s", err.text);
        shape_file_release(&file);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("inference");
    TCase *all = tcase_create("all");

    tcase_add_test(all, clocks_of_operators_add_up_to_the_total);
    tcase_add_test(all, what_repeats_is_gone_over_exactly);
    tcase_add_test(all, any_machine_runs_it_or_says_why_not);
    tcase_add_test(all, bytes_are_those_of_the_closed_forms);
    tcase_add_test(all, an_expert_that_saw_no_token_is_not_loaded);
    tcase_add_test(all, states_move_once_each_way_a_step);
    tcase_add_test(all, an_engine_takes_its_products_over_its_multipliers);
    tcase_add_test(all, what_is_kept_has_its_bits_wherever_products_run);
    tcase_add_test(all, what_is_multiplied_has_its_bits);
    tcase_add_test(all, states_have_their_bits_and_results_a_byte);
    tcase_add_test(all, more_multipliers_and_more_overlap_are_never_slower);
    tcase_add_test(all, blocks_of_a_list_share_their_masks);
    tcase_add_test(all, decoding_from_memory_takes_its_bytes_over_the_rate);
    tcase_add_test(all, a_stream_reaches_the_measured_share_of_the_peak);
    tcase_add_test(all,
                   decoding_of_a_published_chip_is_its_bytes_over_the_rate);
    tcase_add_test(all, what_is_made_has_8_bits_whatever_the_weights_have);
    tcase_add_test(all, a_scan_takes_as_many_passes_as_it_is_not_fused);
    tcase_add_test(
        all, without_overlap_and_memory_linear_operators_are_layers_alone);
    tcase_add_test(all,
                   a_mode_is_a_macro_of_fewer_sub_macros_with_more_columns);
    tcase_add_test(all, spans_of_a_step_add_up_to_its_clocks);
    tcase_add_test(all, a_step_alone_has_the_spans_that_it_has_among_all);
    tcase_add_test(all, more_lanes_and_later_tokens_are_what_one_expects);
    tcase_add_test(all, what_cannot_run_is_refused_by_name);
    suite_add_tcase(suite, all);
    return suite;
}
