/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fast way against the slow way where there is something to skip: many
 * tokens, several tiles, every kind of stall.  MODELS_SOAK=1 asks a hundred
 * times as many. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/models/cases.h"
#include "tests/suite.h"

static uint32_t between(uint64_t *seed, uint32_t least, uint32_t most)
{
    return least + (uint32_t)random_below(seed, most - least + 1);
}

/* A layer without values whose masks are drawn. */
static void draw_layer(struct layer *layer, uint64_t *seed)
{
    static char name[] = "drawn";
    uint16_t m = (uint16_t)(2 * between(seed, 1, 8));
    uint16_t n = (uint16_t)between(seed, 1, m);

    *layer = (struct layer){ .shape.name = name,
                             .tokens = between(seed, 20, 400),
                             .shape.inputs = between(seed, 1, 300),
                             .shape.outputs = between(seed, 1, 60),
                             .pattern = { n, m },
                             .agreement = 1u << between(seed, 0, 3),
                             .seed = random_next(seed) };
    if (n == m)
        layer->pattern = pattern_dense;
}

/* Stalls of one kind, and what makes them. */
enum kind {
    ANY,
    HIDDEN_LOADS,
    DRAM_BOUND,
    OUTPUT_BOUND,
    SHARED,
    SLOW_READS,
    KINDS
};
enum { SOAK = 100 };

static void shape_machine(struct machine *machine, enum kind kind,
                          uint64_t *seed)
{
    struct error err;

    random_trees(machine, seed);
    if (kind == HIDDEN_LOADS) {
        machine->weights.banks = between(seed, 2, 4);
        machine->weights.port_bytes = 0;
    } else if (kind == DRAM_BOUND) {
        machine->dram.rate = between(seed, 1, 4);
        machine->dram.latency = between(seed, 0, 200);
        machine->dram.staging = between(seed, 1, 5000);
        machine->inference.overlap = between(seed, 0, 1);
        machine->dram.code = between(seed, 0, 2);
        if (between(seed, 0, 1)) { /* parts of clocks */
            machine->dram.kind = between(seed, 1, 4);
            machine->dram.efficiency = between(seed, 1, 500);
        }
        if (between(seed, 0, 1))
            machine->activations.capacity = between(seed, 100, 900);
        if (between(seed, 0, 1))
            machine->outputs.capacity = between(seed, 100, 3000);
    } else if (kind == OUTPUT_BOUND) {
        machine->outputs.banks = between(seed, 1, 3);
        machine->outputs.ports = 1;
        machine->outputs.fifo = between(seed, 1, 40);
    } else if (kind == SHARED) {
        machine->macro.columns = 16;
        machine->select.share = 8;
        machine->select.selects = between(seed, 1, 2);
    } else if (kind == SLOW_READS) {
        machine->activations.banks = 1;
        machine->activations.width = between(seed, 1, 3);
    }
    machine->activations.capacity *= 50;
    machine->outputs.capacity *= 50;
    ck_assert_msg(machine_check(machine, &err) == 0, "%s", err.text);
}

START_TEST(the_fast_way_equals_the_slow_way)
{
    unsigned rounds = suite_rounds(80), ran = 0;

    for (unsigned round = 0; ran < rounds; round++) {
        uint64_t seed = (uint64_t)_i << 32 | round, state = seed;
        struct machine machine;
        struct layer layer;
        struct layer_result result;
        struct error err;

        shape_machine(&machine, (enum kind)(_i % KINDS), &state);
        draw_layer(&layer, &state);
        ran += run_both_ways(&result, &machine, &layer, false, seed, &err) == 0;
        /* Some machines have no pattern for a layer, or no room for a group. */
        ck_assert_uint_lt(round, 2 * rounds);
    }
}
END_TEST

/* Permutes the inputs inside every group, the same way in all outputs: needs,
 * and so waves, stay as they are where a pair is not torn apart. */
static void swap_pairs(struct test_case *test, uint64_t *seed)
{
    struct layer *layer = &test->layer;
    uint32_t m = layer->pattern.m;

    for (uint32_t group = 0; group + m <= layer->shape.inputs; group += m) {
        uint32_t a = 2 * (uint32_t)random_below(seed, m / 2),
                 b = 2 * (uint32_t)random_below(seed, m / 2);

        for (uint32_t o = 0; o < layer->shape.outputs; o++) {
            uint8_t *mask =
                test->mask + (size_t)o * layer->shape.inputs + group;
            uint8_t held[2];

            memcpy(held, mask + a, 2);
            memcpy(mask + a, mask + b, 2);
            memcpy(mask + b, held, 2);
        }
    }
    layer_release_packed(layer);
    layer_pack(layer, test->weights, test->mask);
}

START_TEST(masks_with_equal_waves_take_equal_cycles)
{
    for (uint64_t round = 0; round < suite_rounds(300); round++) {
        uint64_t state = (uint64_t)_i << 32 | round;
        struct accelerator_options options = { 0 };
        struct machine machine;
        struct test_case test;
        struct layer_result before, after;
        struct error err;

        random_machine(&machine, &state);
        random_case(&test, &state);
        machine.select.reach = 8;    /* so that it runs as it is */
        machine.select.skip = false; /* what is left would pair up otherwise */
        strcpy(machine.patterns, "any");
        if (!pattern_is_dense(test.layer.pattern) &&
            accelerator_run(&before, &machine, &test.layer, &options, &err) ==
                0) {
            swap_pairs(&test, &state);
            ck_assert_int_eq(accelerator_run(&after, &machine, &test.layer,
                                             &options, &err),
                             0);
            ck_assert_uint_eq(before.cycles, after.cycles);
            ck_assert_mem_eq(before.clocks, after.clocks, sizeof before.clocks);
        }
        release_case(&test);
    }
}
END_TEST

START_TEST(values_of_many_tokens_are_the_integer_product)
{
    uint64_t seed = 9;

    for (int round = 0; round < 20; round++) {
        struct accelerator_options options = { .outputs = true };
        struct machine machine;
        struct test_case test;
        struct layer_result result;
        struct error err;
        int32_t *product;

        golden_machine(&machine);
        golden_case(&test, round % 2 ? "4:8" : "1:4", between(&seed, 25, 140),
                    8 * between(&seed, 1, 80), between(&seed, 1, 70), 1);
        ck_assert_int_eq(
            accelerator_run(&result, &machine, &test.layer, &options, &err), 0);
        product = integer_product(&test);
        ck_assert_mem_eq(product, result.outputs,
                         sizeof *product * test.layer.tokens *
                             test.layer.shape.outputs);
        free(product);
        layer_result_release(&result);
        release_case(&test);
    }
}
END_TEST

Suite *make_suite(void)
{
    int times = getenv("MODELS_SOAK") ? (int)suite_share(SOAK) : 1;
    Suite *suite = suite_create("fast way");
    TCase *ways = tcase_create("ways"), *masks = tcase_create("masks");

    tcase_set_timeout(ways, 600);
    tcase_add_loop_test(ways, the_fast_way_equals_the_slow_way, 0,
                        KINDS * times);
    tcase_set_timeout(masks, 600);
    tcase_add_loop_test(masks, masks_with_equal_waves_take_equal_cycles, 0,
                        times);
    tcase_add_test(ways, values_of_many_tokens_are_the_integer_product);
    suite_add_tcase(suite, ways);
    suite_add_tcase(suite, masks);
    return suite;
}
