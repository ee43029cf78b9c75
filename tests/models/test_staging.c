/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `dram.staging` decides: how many images are on their way at once.  One
 * macro of 128 rows and 32 columns, two weight banks, one token, 64 bytes a
 * clock that arrive 50 clocks later.  The layers of a decoder block of
 * Llama-2-7B are held against closed forms, others against a loop over images.
 */
#include <stdlib.h>

#include "tests/models/cases.h"
#include "tests/suite.h"

#define MACHINE "weights.banks=2 dram.rate=64 dram.latency=50 "

enum {
    RATE = 64,
    LATENCY = 50,
    PIPELINE = 11, /* clocks from an entry to its sum */
    ROWS = 128,
    COLUMNS = 32,
    DENSE_IMAGE = ROWS * COLUMNS,           /* bytes; 128 inputs a tile */
    SPARSE_IMAGE = ROWS * COLUMNS * 11 / 8, /* of 4:8; 256 inputs a tile */
    DENSE_LOAD = COLUMNS,                   /* clocks, port_bytes 176 */
    SPARSE_LOAD = SPARSE_IMAGE / (ROWS * 11 / 8)
};

struct block_layer {
    uint32_t count, inputs, outputs;
};

static const struct block_layer llama[] = { { 4, 4096, 4096 },
                                            { 2, 4096, 11008 },
                                            { 1, 11008, 4096 } };

/* Of a layer alone, its masks drawn from a seed. */
static uint64_t clocks_of(const struct block_layer *shape, const char *pattern,
                          const char *settings)
{
    struct layer layer = { .shape.name = (char *)(uintptr_t) "layer",
                           .shape.inputs = shape->inputs,
                           .shape.outputs = shape->outputs,
                           .tokens = 1,
                           .agreement = 1,
                           .seed = 5 };
    struct accelerator_options options = { 0 };
    struct layer_result result;
    struct machine machine;
    struct error err;

    ck_assert_int_eq(pattern_parse(&layer.pattern, pattern, &err), 0);
    golden_machine(&machine);
    set_machine(&machine, MACHINE);
    set_machine(&machine, settings);
    ck_assert_msg(accelerator_run(&result, &machine, &layer, &options, &err) ==
                      0,
                  "%s", err.text);
    return result.cycles;
}

static uint64_t clocks_of_block(const char *pattern, const char *settings)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof llama / sizeof *llama; i++)
        sum += llama[i].count * clocks_of(&llama[i], pattern, settings);
    return sum;
}

/* The channel never waits: bytes, then what the last image still has before it.
 * 4:8 stores 11 bits where dense has 16, for two weights or one of two. */
static uint64_t stream_of_block(uint64_t bits_of_two, uint64_t load)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof llama / sizeof *llama; i++)
        sum += llama[i].count * ((uint64_t)llama[i].inputs * llama[i].outputs *
                                     bits_of_two / (16 * RATE) +
                                 LATENCY + load + 1 + PIPELINE);
    return sum;
}

static uint64_t thousandths(uint64_t of, uint64_t by)
{
    return (1000 * of + by / 2) / by;
}

START_TEST(a_token_of_llama_takes_the_clocks_of_its_bytes)
{
    uint64_t dense = clocks_of_block("dense", ""),
             sparse = clocks_of_block("4:8", "");

    ck_assert_uint_eq(dense, 3162770);
    ck_assert_uint_eq(dense, stream_of_block(16, DENSE_LOAD));
    ck_assert_uint_eq(sparse, 2174610);
    ck_assert_uint_eq(sparse, stream_of_block(11, SPARSE_LOAD));
    ck_assert_uint_eq(thousandths(dense, sparse), 1454);
    /* a port of as many bytes for both: 12 clocks a layer more */
    ck_assert_uint_eq(clocks_of_block("4:8", "weights.port_bytes=none"),
                      sparse + 7 * 12);
}
END_TEST

/*
 * Two images of either are what a count of images would hold: with those of
 * dense the channel waits 18 of 146 clocks, with those of 4:8 never, and 1.659
 * stands where 1.454 is right.  Of 12,288 bytes, three images of dense and two
 * of 4:8, neither waits.
 */
START_TEST(as_many_bytes_are_asked_for_whatever_an_image_has)
{
    uint64_t dense = clocks_of_block("dense", "dram.staging=8192"),
             sparse = clocks_of_block("4:8", "dram.staging=11264");

    ck_assert_uint_eq(dense, 3607316);
    ck_assert_uint_eq(sparse, 2174610);
    ck_assert_uint_eq(thousandths(dense, sparse), 1659);
    dense = clocks_of_block("dense", "dram.staging=12288");
    sparse = clocks_of_block("4:8", "dram.staging=12288");
    ck_assert_uint_eq(thousandths(dense, sparse), 1454);
}
END_TEST

/* Image by image: asked for when there is room, one after the other over the
 * channel, one after the other through the port; the last one's vector enters
 * and is done. */
static uint64_t image_by_image(uint64_t images, uint64_t image, uint64_t load,
                               uint64_t staging)
{
    uint64_t room = staging / image, over = 0, last = 0;
    uint64_t *free_at = calloc(images, sizeof *free_at);

    ck_assert_uint_gt(room, 0);
    for (uint64_t i = 0; i < images; i++) {
        uint64_t asked = i < room ? 0 : free_at[i - room], usable;

        over = (asked > over ? asked : over) + image / RATE;
        usable = over + LATENCY;
        last = (usable > last ? usable : last) + load;
        free_at[i] = last;
    }
    free(free_at);
    return last + 1 + PIPELINE;
}

START_TEST(images_come_as_far_ahead_as_they_fit)
{
    static const struct {
        const char *pattern;
        uint64_t inputs, image, load;
    } kinds[] = { { "dense", 128, DENSE_IMAGE, DENSE_LOAD },
                  { "4:8", 256, SPARSE_IMAGE, SPARSE_LOAD } };
    const uint32_t inputs = 256 * 7, outputs = COLUMNS * 3;

    for (size_t i = 0; i < 2; i++) {
        uint64_t image = kinds[i].image, before = UINT64_MAX,
                 images = inputs / kinds[i].inputs * 3;

        for (uint64_t staging = image; staging <= 6 * image;
             staging += image / 2 - 1) {
            struct layer_result result;
            struct machine machine;
            struct test_case test;
            struct error err;

            golden_machine(&machine);
            set_machine(&machine, MACHINE);
            machine.dram.staging = staging;
            golden_case(&test, kinds[i].pattern, 1, inputs, outputs, 1);
            ck_assert_int_eq(run_both_ways(&result, &machine, &test.layer,
                                           false, 0, &err),
                             0);
            ck_assert_uint_eq(result.cycles,
                              image_by_image(images, image, kinds[i].load,
                                             staging));
            ck_assert_uint_le(result.cycles, before);
            before = result.cycles;
            layer_result_release(&result);
            release_case(&test);
        }
        ck_assert_uint_eq(before, images * image / RATE + LATENCY +
                                      kinds[i].load + 1 + PIPELINE);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("staging");
    TCase *tcase = tcase_create("staging");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_token_of_llama_takes_the_clocks_of_its_bytes);
    tcase_add_test(tcase, as_many_bytes_are_asked_for_whatever_an_image_has);
    tcase_add_test(tcase, images_come_as_far_ahead_as_they_fit);
    suite_add_tcase(suite, tcase);
    return suite;
}
