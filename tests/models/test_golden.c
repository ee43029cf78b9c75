/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Worked examples, computed by hand and by two other programs: P 4, R 32, C 32,
 * latency 11, unless a row says otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/models/cases.h"
#include "tests/suite.h"

struct example {
    const char *pattern;
    uint32_t inputs, outputs, tokens, agreement;
    const char *settings;
    uint64_t cycles;
};

static struct layer_result run_example(const struct example *example)
{
    struct machine machine;
    struct test_case test;
    struct layer_result result;
    struct error err;
    int32_t *product;

    golden_machine(&machine);
    set_machine(&machine, example->settings);
    golden_case(&test, example->pattern, example->tokens, example->inputs,
                example->outputs, example->agreement);
    ck_assert_msg(run_both_ways(&result, &machine, &test.layer, true, 0,
                                &err) == 0,
                  "%s", err.text);
    product = integer_product(&test);
    ck_assert_msg(
        memcmp(product, result.outputs,
               sizeof *product * example->tokens * example->outputs) == 0,
        "%s %s: outputs differ", example->pattern, example->settings);
    free(product);
    release_case(&test);
    layer_result_release(&result);
    return result;
}

static void check_examples(const struct example *example, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct layer_result result = run_example(&example[i]);

        ck_assert_msg(result.cycles == example[i].cycles,
                      "%s, %s: %llu cycles, not %llu", example[i].pattern,
                      example[i].settings, (unsigned long long)result.cycles,
                      (unsigned long long)example[i].cycles);
    }
}

#define CHECK_EXAMPLES(examples)                                               \
    check_examples(examples, sizeof(examples) / sizeof *(examples))

static void check_clocks(const struct example *example,
                         const uint64_t expected[CLOCK_CATEGORIES])
{
    struct layer_result result = run_example(example);

    for (int i = 0; i < CLOCK_CATEGORIES; i++)
        ck_assert_msg(result.clocks[i] == expected[i],
                      "%s, %s: %llu clocks of %s, not %llu", example->pattern,
                      example->settings, (unsigned long long)result.clocks[i],
                      clock_category_names[i], (unsigned long long)expected[i]);
}

START_TEST(example_a_takes_the_clocks_worked_out_by_hand)
{
    static const struct example examples[] = {
        { "dense", 256, 64, 16, 1, "", 203 },
        { "4:8", 256, 64, 16, 1, "", 107 },
        { "1:4", 256, 64, 16, 1, "", 107 },
        { "dense", 256, 64, 16, 1, "weights.banks=2", 155 },
        { "4:8", 256, 64, 16, 1, "weights.banks=2", 91 },
        { "1:4", 256, 64, 16, 1, "weights.banks=2", 91 },
        { "dense", 512, 32, 16, 1, "", 203 },
        { "4:8", 512, 32, 16, 1, "", 107 },
        { "1:4", 512, 32, 16, 1, "", 59 },
    };
    static const uint64_t dense[] = { 64, 128, 0, 0, 0, 11 },
                          half[] = { 32, 64, 0, 0, 0, 11 };

    CHECK_EXAMPLES(examples);
    check_clocks(&examples[0], dense);
    check_clocks(&examples[1], half);
    check_clocks(&examples[2], half);
}
END_TEST

/* 4:8 moves 11 bits for each 8 of dense, and pays for them. */
START_TEST(a_port_of_bytes_takes_the_clocks_worked_out_by_hand)
{
    static const struct example examples[] = {
        { "4:8", 256, 64, 16, 1, "weights.port_bytes=128", 131 },
        { "4:8", 256, 64, 16, 1, "weights.port_bytes=none", 131 },
        { "dense", 256, 64, 16, 1, "weights.port_bytes=none", 203 },
        { "1:4", 256, 64, 16, 1, "weights.port_bytes=none", 107 },
        { "4:8", 256, 64, 16, 1, "weights.port_bytes=none weights.banks=2",
          115 },
        { "dense", 256, 64, 16, 1, "weights.port_bytes=none weights.banks=2",
          155 },
        { "1:4", 256, 64, 16, 1, "weights.port_bytes=none weights.banks=2",
          91 },
        { "4:8", 256, 64, 16, 1, "weights.port_bytes=4096", 107 },
        { "4:8", 256, 64, 16, 1, "weights.port_bytes=none macros=2", 115 },
        /* one token: 64 tiles of 32 + 1 clocks, and 32 of 44 + 1 */
        { "dense", 4096, 64, 1, 1, "weights.port_bytes=none", 2123 },
        { "4:8", 4096, 64, 1, 1, "weights.port_bytes=none", 1451 },
    };
    static const uint64_t bytes[] = { 32, 88, 0, 0, 0, 11 },
                          two[] = { 16, 88, 0, 0, 0, 11 };

    CHECK_EXAMPLES(examples);
    check_clocks(&examples[0], bytes);
    check_clocks(&examples[8], two);
}
END_TEST

START_TEST(example_a_has_the_images_worked_out_by_hand)
{
    static const struct {
        struct example example;
        uint64_t tiles, bits;
    } rows[] = {
        { { "dense", 256, 64, 16, 1, "", 0 }, 4, 16384 * 8 },
        { { "4:8", 256, 64, 16, 1, "", 0 }, 2, 11264 * 8 },
        { { "1:4", 256, 64, 16, 1, "", 0 }, 2, 5120 * 8 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct layer_result result = run_example(&rows[i].example);
        uint64_t bits = result.counters[COUNTER_WORD_BITS] +
                        result.counters[COUNTER_METADATA_BITS] +
                        result.counters[COUNTER_SELECT_BITS];

        ck_assert_uint_eq(result.counters[COUNTER_TILES], rows[i].tiles);
        ck_assert_uint_eq(bits, rows[i].bits);
    }
}
END_TEST

START_TEST(example_b_takes_the_clocks_of_every_pattern)
{
    static const struct example examples[] = {
        { "dense", 512, 32, 16, 1, "", 203 },
        { "8:16", 512, 32, 16, 1, "", 203 },
        { "5:8", 512, 32, 16, 1, "", 203 },
        { "6:8", 512, 32, 16, 1, "", 203 },
        { "1:2", 512, 32, 16, 1, "", 107 },
        { "2:4", 512, 32, 16, 1, "", 107 },
        { "4:8", 512, 32, 16, 1, "", 107 },
        { "3:8", 512, 32, 16, 1, "", 107 },
        { "4:16", 512, 32, 16, 1, "", 107 },
        { "1:4", 512, 32, 16, 1, "", 59 },
        { "2:8", 512, 32, 16, 1, "", 59 },
        { "1:8", 512, 32, 16, 1, "", 59 },
        { "8:16", 512, 32, 16, 1, "select.reach=8", 113 },
        { "4:16", 512, 32, 16, 1, "select.reach=8", 62 },
        { "8:16", 512, 32, 16, 1, "select.reach=8 weights.port_bytes=192",
          107 },
        { "4:16", 512, 32, 16, 1, "select.reach=8 weights.port_bytes=192", 59 },
        { "5:8", 512, 32, 16, 1, "select.straddle=yes", 155 },
        { "3:8", 512, 32, 16, 1, "select.straddle=yes", 107 },
        { "6:8", 512, 32, 16, 1, "select.straddle=yes", 203 },
    };

    CHECK_EXAMPLES(examples);
}
END_TEST

START_TEST(a_pattern_out_of_reach_runs_as_the_one_that_covers_it)
{
    static const struct example wide = { "8:16", 512, 32, 16, 1, "", 0 },
                                quarter = { "4:16", 512, 32, 16, 1, "", 0 };

    ck_assert(pattern_is_dense(run_example(&wide).run_as));
    ck_assert(
        pattern_equal(run_example(&quarter).run_as, (struct pattern){ 4, 8 }));
}
END_TEST

#define SHARED "select.share=32 select.selects=1"
#define SERIAL "select.share=1 select.selects=1"

START_TEST(example_c_takes_the_clocks_of_the_other_readings)
{
    static const struct example examples[] = {
        { "dense", 256, 64, 16, 1, SHARED, 203 },
        { "4:8", 256, 64, 16, 1, SHARED, 203 },
        { "1:4", 256, 64, 16, 1, SHARED, 107 },
        { "2:8", 256, 64, 16, 1, SHARED, 107 },
        { "1:8", 256, 64, 16, 1, SHARED, 107 },
        { "dense", 256, 64, 16, 1, SERIAL, 203 },
        { "4:8", 256, 64, 16, 1, SERIAL, 1099 },
        { "1:4", 256, 64, 16, 1, SERIAL, 1099 },
        { "dense", 256, 64, 16, 1, SERIAL " select.strict_serial=yes", 2187 },
        { "4:8", 256, 64, 16, 2, SERIAL, 587 },
        { "4:8", 256, 64, 16, 8, SERIAL, 203 },
        { "4:8", 256, 64, 16, 32, SERIAL, 107 },
    };

    CHECK_EXAMPLES(examples);
}
END_TEST

/* Runs of three in 12 columns are sets; in 32 the tile's edge cuts one, so
 * every column is one, and so are pairs that would cross runs.  64 is whole
 * tiles; 5 and 6 fit nothing. */
START_TEST(agreement_is_used_where_no_set_crosses_a_run)
{
#define TWELVE "macro.columns=12 select.selects=1 "
    static const struct example examples[] = {
        { "4:8", 256, 24, 16, 3, TWELVE "select.share=1", 163 },
        { "4:8", 256, 64, 16, 3, SERIAL, 1099 },
        { "4:8", 256, 24, 16, 3, TWELVE "select.share=2", 443 },
        { "4:8", 256, 64, 16, 5, SERIAL, 1099 },
        { "4:8", 256, 64, 16, 6, SERIAL, 1099 },
        { "4:8", 256, 128, 16, 64, SERIAL, 203 },
        { "4:8", 256, 60, 16, 3, TWELVE "select.share=1", 391 },
        { "4:8", 256, 60, 16, 6, TWELVE "select.share=1", 231 },
    };
    static const uint64_t runs[] = { 128, 24, 0, 0, 0, 11 },
                          none[] = { 1024, 64, 0, 0, 0, 11 },
                          pairs[] = { 384, 48, 0, 0, 0, 11 };
    struct layer_result result = run_example(&examples[0]);

    CHECK_EXAMPLES(examples);
    check_clocks(&examples[0], runs);
    check_clocks(&examples[1], none);
    check_clocks(&examples[2], pairs);
    ck_assert_uint_eq(result.counters[COUNTER_TILES], 2);
    ck_assert_uint_eq(result.counters[COUNTER_WORD_BITS] +
                          result.counters[COUNTER_METADATA_BITS] +
                          result.counters[COUNTER_SELECT_BITS],
                      2 * 1856 * 8);
#undef TWELVE
}
END_TEST

/* A team of g sub-macros offers g slots a row to outputs of its own, so a
 * sparse layer fills the rows that it left empty. */
START_TEST(example_e_takes_the_clocks_of_each_merge_mode)
{
    static const struct example examples[] = {
        { "1:4", 256, 64, 16, 1, "merge.modes=all", 107 },
        { "2:8", 256, 64, 16, 1, "merge.modes=4", 107 },
        { "1:4", 256, 64, 16, 1, "merge.modes=2", 59 },
        { "2:8", 256, 64, 16, 1, "merge.modes=2", 59 },
        { "1:8", 256, 64, 16, 1, "merge.modes=1", 59 },
        { "1:8", 256, 64, 16, 1, "merge.modes=2", 59 },
        { "4:8", 256, 64, 16, 1, "merge.modes=4", 107 },
        { "4:8", 256, 64, 16, 1, "merge.modes=2", 107 },
        { "1:4", 256, 64, 16, 1, "merge.modes=1,2,4", 59 },
    };
    static const uint64_t half[] = { 16, 32, 0, 0, 0, 11 };
    struct layer_result result;

    CHECK_EXAMPLES(examples);
    check_clocks(&examples[2], half);
    result = run_example(&examples[8]);
    ck_assert_uint_eq(result.merged, 2);
    ck_assert_uint_eq(result.counters[COUNTER_TILES], 1);
    ck_assert_uint_eq(result.counters[COUNTER_WORD_BITS], 64 * 64 * 8);
    ck_assert_uint_eq(result.counters[COUNTER_OUTPUT_CLOCKS], 16);
    result = run_example(&examples[0]);
    ck_assert_uint_eq(result.merged, 4);
}
END_TEST

/* 64 sums of two teams through 32 banks take two clocks. */
START_TEST(teams_apart_cost_output_banks)
{
    static const struct example narrow = {
        "1:4", 256, 64, 16, 1, "merge.modes=2 outputs.banks=32", 0
    };
    struct layer_result result = run_example(&narrow);

    ck_assert_uint_eq(result.counters[COUNTER_OUTPUT_CLOCKS], 32);
}
END_TEST

START_TEST(of_equal_modes_the_one_that_adds_most_is_taken)
{
    static const struct example equal = { "4:8", 256, 64,
                                          16,    1,   "merge.modes=1,2,4",
                                          107 };

    ck_assert_uint_eq(run_example(&equal).merged, 4);
}
END_TEST

START_TEST(masks_that_do_not_agree_double_the_slots_of_a_shared_select)
{
    struct machine machine;

    golden_machine(&machine);
    set_machine(&machine, SHARED);
    for (uint64_t seed = 0; seed < 20; seed++) {
        static char name[] = "drawn";
        struct layer layer = { .shape.name = name,
                               .tokens = 16,
                               .shape.inputs = 256,
                               .shape.outputs = 64,
                               .pattern = { 2, 8 },
                               .agreement = 1,
                               .seed = seed };
        struct layer_result result;
        struct error err;

        ck_assert_int_eq(
            run_both_ways(&result, &machine, &layer, false, seed, &err), 0);
        ck_assert_uint_eq(result.cycles, 203);
    }
}
END_TEST

#define CHANNEL "dram.rate=64 dram.latency=50 "

START_TEST(example_d_takes_the_clocks_of_each_variation)
{
    static const struct example examples[] = {
        { "4:8", 250, 40, 16, 1, "", 83 },
        { "2:4", 13, 5, 1, 1, "", 17 },
        { "4:8", 256, 64, 16, 1, "macro.input_bits_per_cycle=1", 332 },
        { "4:8", 256, 64, 16, 1, "macros=2", 91 },
        { "4:8", 256, 64, 1, 1, "", 77 },
        { "4:8", 256, 64, 1, 1, "weights.banks=2", 76 },
        { "4:8", 256, 64, 16, 1, "activations.banks=8 activations.width=16",
          135 },
        { "4:8", 256, 64, 16, 1, "dram.rate=64 dram.latency=50", 285 },
        { "4:8", 256, 64, 16, 1, CHANNEL "dram.staging=11264", 285 },
        { "4:8", 256, 64, 16, 1, CHANNEL "dram.staging=8192", 367 },
        { "4:8", 256, 72, 16, 1, CHANNEL "dram.staging=4096", 447 },
        { "4:8", 256, 72, 16, 1, CHANNEL "dram.staging=7040", 391 },
        { "4:8", 256, 72, 16, 1, CHANNEL "dram.staging=11264", 309 },
        { "4:8", 256, 64, 16, 1,
          "dram.kind=lpddr5-6400 dram.efficiency=2125 dram.staging=11264",
          599 }, /* 627 with a latency of 50 clocks; 44 ns are 22 */
        { "dense", 256, 64, 16, 1, "outputs.banks=16 outputs.ports=1", 275 },
    };
    static const uint64_t ragged[] = { 32, 40, 0, 0, 0, 11 },
                          slow_reads[] = { 32, 64, 0, 28, 0, 11 },
                          memory[] = { 32, 64, 178, 0, 0, 11 },
                          smaller[] = { 32, 64, 260, 0, 0, 11 },
                          fraction[] = { 32, 64, 492, 0, 0, 11 },
                          outputs[] = { 64, 128, 0, 0, 72, 11 };

    CHECK_EXAMPLES(examples);
    check_clocks(&examples[0], ragged);
    check_clocks(&examples[6], slow_reads);
    check_clocks(&examples[7], memory);
    check_clocks(&examples[9], smaller);
    check_clocks(&examples[13], fraction);
    check_clocks(&examples[14], outputs);
}
END_TEST

/* A row of the channel's examples: cycles, categories, and bytes. */
struct channel_example {
    struct example example;
    uint64_t clocks[CLOCK_CATEGORIES];
    enum schedule_way way;
    uint32_t block;
    uint64_t read, inputs, written;
};

#define INPUTS "activations.capacity="
#define SUMS   " outputs.capacity="
#define WIDE   INPUTS "262144" SUMS "262144"
#define NARROW INPUTS "2048" SUMS "1024"

START_TEST(example_f_takes_the_clocks_and_bytes_of_blocks_and_streams)
{
    static const struct channel_example examples[] = {
        { { "4:8", 256, 64, 16, 1, CHANNEL "dram.staging=11264 " WIDE, 357 },
          { 32, 64, 250, 0, 0, 11 },
          SCHEDULE_TOKENS,
          16,
          15360,
          4096,
          1024 },
        { { "4:8", 256, 64, 16, 1, CHANNEL NARROW " blocking=tokens", 614 },
          { 32, 128, 443, 0, 0, 11 },
          SCHEDULE_TOKENS,
          8,
          26624,
          4096,
          1024 },
        { { "4:8", 256, 64, 16, 1,
            CHANNEL NARROW " blocking=tokens inference.overlap=none", 626 },
          { 32, 128, 444, 0, 0, 22 },
          SCHEDULE_TOKENS,
          8,
          26624,
          4096,
          1024 },
        { { "4:8", 256, 64, 16, 1, CHANNEL INPUTS "1024" SUMS "2048", 651 },
          { 32, 64, 520, 24, 0, 11 },
          SCHEDULE_STREAM,
          16,
          19456,
          8192,
          1024 },
        { { "4:8", 256, 64, 16, 1,
            CHANNEL INPUTS "1024" SUMS "2048 blocking=tokens", 1128 },
          { 0 },
          SCHEDULE_TOKENS,
          4,
          0,
          0,
          0 },
        { { "4:8", 256, 64, 64, 1, CHANNEL WIDE, 629 },
          { 128, 64, 426, 0, 0, 11 },
          SCHEDULE_TOKENS,
          64,
          27648,
          16384,
          4096 },
        { { "4:8", 256, 64, 64, 1, CHANNEL WIDE " blocking=stream", 815 },
          { 0 },
          SCHEDULE_STREAM,
          64,
          0,
          0,
          0 },
    };

    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        const struct channel_example *of = &examples[i];
        struct layer_result result = run_example(&of->example);

        check_examples(&of->example, 1);
        ck_assert_int_eq(result.way, of->way);
        ck_assert_uint_eq(result.block_tokens, of->block);
        if (of->read == 0)
            continue;
        check_clocks(&of->example, of->clocks);
        ck_assert_uint_eq(result.counters[COUNTER_DRAM_BYTES_READ], of->read);
        ck_assert_uint_eq(result.counters[COUNTER_DRAM_BYTES_WRITTEN],
                          of->written);
        ck_assert_uint_eq(result.counters[COUNTER_INPUT_BYTES], of->inputs);
        ck_assert_uint_eq(result.counters[COUNTER_SUMS_SENT], of->written);
    }
}
END_TEST

/* Without a channel buffers cut tokens all the same, and streams need no
 * blocks. */
START_TEST(resident_weights_are_loaded_again_for_each_block)
{
    static const struct example examples[] = {
        { "4:8", 256, 64, 16, 1, INPUTS "2048 blocking=tokens", 171 },
        { "4:8", 256, 64, 16, 1, INPUTS "2048", 107 },
        { "4:8", 256, 64, 16, 1,
          INPUTS "2048 blocking=tokens inference.overlap=none", 182 },
    };

    CHECK_EXAMPLES(examples);
}
END_TEST

START_TEST(a_ragged_tile_has_the_slots_and_image_worked_out_by_hand)
{
    static const struct example small = { "2:4", 13, 5, 1, 1, "", 17 },
                                ragged = { "4:8", 250, 40, 16, 1, "", 83 };
    struct layer_result result = run_example(&small);

    ck_assert_uint_eq(result.counters[COUNTER_WORD_BITS], 7 * 5 * 8);
    ck_assert_uint_eq((result.counters[COUNTER_WORD_BITS] +
                       result.counters[COUNTER_METADATA_BITS] +
                       result.counters[COUNTER_SELECT_BITS] + 7) /
                          8,
                      44);
    result = run_example(&ragged);
    ck_assert_uint_eq(result.counters[COUNTER_WORD_BITS], 126 * 40 * 8);
}
END_TEST

static void check_counters(const struct example *example,
                           const uint64_t expected[COUNTERS])
{
    struct layer_result result = run_example(example);

    for (int i = 0; i < COUNTERS; i++)
        ck_assert_msg(result.counters[i] == expected[i],
                      "%s, %s: %s %s is %llu, not %llu", example->pattern,
                      example->settings, counter_table[i].block,
                      counter_table[i].name,
                      (unsigned long long)result.counters[i],
                      (unsigned long long)expected[i]);
}

/* 4:8 of example A: 2 waves of 16 vectors, 128 slots of groups of 4 pairs, 32
 * columns, 32 or 1 selects. */
START_TEST(example_a_counts_what_was_worked_out_by_hand)
{
    static const struct example parallel = { "4:8", 256, 64, 16, 1, "", 107 },
                                serial = {
                                    "4:8", 256, 64, 16, 1, SERIAL, 1099
                                };
    uint64_t expected[COUNTERS] = {
        [COUNTER_KEPT_MACS] = 64 * 128 * 16,
        [COUNTER_WAVES] = 2,
        [COUNTER_VECTORS] = 32,
        [COUNTER_PASSES] = 32,
        [COUNTER_CELL_OPERATIONS] = 128 * 32 * 32,
        [COUNTER_WIRE_BYTES] = 2 * 4 * 128 * 32 * 32,
        [COUNTER_ROW_LINE_BYTES] = 2 * 128 * 32 * 32,
        [COUNTER_TREE_ADDITIONS] = 4 * 31 * 32 * 32,
        [COUNTER_PARTIAL_SUMS] = 4 * 32 * 32,
        [COUNTER_MERGE_ADDITIONS] = 3 * 32 * 32,
        [COUNTER_TILES] = 2,
        [COUNTER_WORD_BITS] = 2 * 128 * 32 * 8,
        [COUNTER_METADATA_BITS] = 2 * 128 * 32,
        [COUNTER_SELECT_BITS] = 2 * 128 * 32 * 2,
        [COUNTER_LOAD_CLOCKS] = 64,
        [COUNTER_VECTORS_READ] = 32,
        [COUNTER_ACTIVATION_BYTES] = 256 * 32,
        [COUNTER_READ_CLOCKS] = 32,
        [COUNTER_HIDDEN_READ_CLOCKS] = 32,
        [COUNTER_SUMS_WRITTEN] = 32 * 32,
        [COUNTER_OUTPUT_CLOCKS] = 32,
    };

    check_counters(&parallel, expected);
    expected[COUNTER_PASSES] = 32 * 32;
    expected[COUNTER_GATED_CELL_OPERATIONS] = 128 * 31 * 32 * 32;
    expected[COUNTER_WIRE_BYTES] = 2 * 4 * 128 * 32;
    expected[COUNTER_ROW_LINE_BYTES] = 2 * 128 * 32 * 32;
    expected[COUNTER_SELECT_BITS_READ] = 128 * 2 * 32 * 32;
    expected[COUNTER_OUTPUT_CLOCKS] = 32 * 32;
    check_counters(&serial, expected);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("golden");
    TCase *examples = tcase_create("examples");

    tcase_add_test(examples, example_a_takes_the_clocks_worked_out_by_hand);
    tcase_add_test(examples,
                   a_port_of_bytes_takes_the_clocks_worked_out_by_hand);
    tcase_add_test(examples, example_a_has_the_images_worked_out_by_hand);
    tcase_add_test(examples, example_b_takes_the_clocks_of_every_pattern);
    tcase_add_test(examples,
                   a_pattern_out_of_reach_runs_as_the_one_that_covers_it);
    tcase_add_test(examples, example_c_takes_the_clocks_of_the_other_readings);
    tcase_add_test(examples, agreement_is_used_where_no_set_crosses_a_run);
    tcase_add_test(examples, example_e_takes_the_clocks_of_each_merge_mode);
    tcase_add_test(examples, teams_apart_cost_output_banks);
    tcase_add_test(examples, of_equal_modes_the_one_that_adds_most_is_taken);
    tcase_add_test(examples,
                   masks_that_do_not_agree_double_the_slots_of_a_shared_select);
    tcase_add_test(examples, example_d_takes_the_clocks_of_each_variation);
    tcase_add_test(examples,
                   example_f_takes_the_clocks_and_bytes_of_blocks_and_streams);
    tcase_add_test(examples, resident_weights_are_loaded_again_for_each_block);
    tcase_add_test(examples,
                   a_ragged_tile_has_the_slots_and_image_worked_out_by_hand);
    tcase_add_test(examples, example_a_counts_what_was_worked_out_by_hand);
    suite_add_tcase(suite, examples);
    return suite;
}
