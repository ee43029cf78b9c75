/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/layer.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/suite.h"

/* A random mask: exactly min(n, r) of each group's r inputs. */
static void draw_mask(uint8_t *mask, const struct layer *layer, uint64_t *seed)
{
    memset(mask, 0, (size_t)layer->shape.outputs * layer->shape.inputs);
    for (uint32_t o = 0; o < layer->shape.outputs; o++) {
        for (uint32_t k = 0; k < layer->shape.inputs; k += layer->pattern.m) {
            uint32_t size = layer->shape.inputs - k < layer->pattern.m
                                ? layer->shape.inputs - k
                                : layer->pattern.m;
            uint32_t left = size < layer->pattern.n ? size : layer->pattern.n;

            for (uint32_t i = 0; i < size; i++) {
                bool taken = random_below(seed, size - i) < left;

                mask[(size_t)o * layer->shape.inputs + k + i] = taken;
                left -= taken;
            }
        }
    }
}

START_TEST(unpacking_gives_back_the_masked_matrix)
{
    uint64_t seed = (uint64_t)_i;

    for (int round = 0; round < 200; round++) {
        uint16_t m = (uint16_t)(2 + 2 * random_below(&seed, 8));
        struct layer layer = {
            .shape.name = (char[]){ "l" },
            .shape.inputs = 1 + (uint32_t)random_below(&seed, 70),
            .shape.outputs = 1 + (uint32_t)random_below(&seed, 9),
            .pattern = { (uint16_t)(1 + random_below(&seed, m)), m },
            .agreement = 1,
        };
        size_t size = (size_t)layer.shape.inputs * layer.shape.outputs;
        int8_t *weights = memory_new(size, 1), *back = memory_new(size, 1);
        uint8_t *mask = memory_new(size, 1);
        uint32_t *position = memory_new(layer.shape.inputs, sizeof *position);
        int8_t *value = memory_new(layer.shape.inputs, 1);
        struct error err;

        if (layer.pattern.n == layer.pattern.m)
            layer.pattern = pattern_dense;
        for (size_t i = 0; i < size; i++)
            weights[i] = (int8_t)random_next(&seed);
        draw_mask(mask, &layer, &seed);
        layer_pack(&layer, weights, mask);
        ck_assert_msg(layer_check(&layer, &err) == 0, "%s", err.text);
        for (uint32_t o = 0; o < layer.shape.outputs; o++) {
            layer_output(&layer, o, position, value);
            for (uint32_t i = 0; i < layer_kept(&layer); i++)
                back[(size_t)o * layer.shape.inputs + position[i]] = value[i];
        }
        for (size_t i = 0; i < size; i++)
            ck_assert_msg(back[i] == (mask[i] ? weights[i] : 0),
                          "seed %d round %d", _i, round);
        layer_release_packed(&layer);
        free(weights);
        free(back);
        free(mask);
        free(position);
        free(value);
    }
}
END_TEST

START_TEST(a_range_is_the_part_of_the_whole_that_lies_in_it)
{
    uint64_t seed = 77 + (uint64_t)_i;

    for (int round = 0; round < 300; round++) {
        uint16_t m = (uint16_t)(2 + 2 * random_below(&seed, 8));
        uint16_t n = (uint16_t)(1 + random_below(&seed, m));
        struct layer layer = {
            .shape.inputs = 1 + (uint32_t)random_below(&seed, 70),
            .shape.outputs = 1,
            .pattern = n == m ? pattern_dense : (struct pattern){ n, m }
        };
        uint32_t from = (uint32_t)random_below(&seed, layer.shape.inputs);
        uint32_t to = from + (uint32_t)random_below(&seed, 40);
        uint32_t whole[70], part[70], seen = 0, count;
        int8_t weights[70], values[70], part_values[70];
        uint8_t mask[70];

        for (uint32_t k = 0; k < layer.shape.inputs; k++)
            weights[k] = (int8_t)random_next(&seed);
        draw_mask(mask, &layer, &seed);
        layer_pack(&layer, weights, mask);
        layer_output(&layer, 0, whole, values);
        count = layer_range(&layer, 0, from, to, part, part_values);
        for (uint32_t i = 0; i < layer_kept(&layer); i++) {
            if (whole[i] < from || whole[i] >= to)
                continue;
            ck_assert_msg(seen < count && part[seen] == whole[i] &&
                              part_values[seen] == values[i],
                          "seed %d round %d", _i, round);
            seen++;
        }
        ck_assert_uint_eq(seen, count);
        layer_release_packed(&layer);
    }
}
END_TEST

static void make_layer(struct layer *layer, uint8_t mask[2][8])
{
    static const int8_t weights[16] = { 3, -5, 7, 11, -13, 17, 19, -23 };
    static char name[] = "q";

    *layer = (struct layer){ .shape.name = name,
                             .shape.inputs = 8,
                             .shape.outputs = 2,
                             .pattern = { 2, 4 },
                             .agreement = 1 };
    layer_pack(layer, weights, mask[0]);
}

START_TEST(a_damaged_select_is_refused)
{
    uint8_t mask[2][8] = { { 1, 0, 1, 0, 0, 1, 0, 1 },
                           { 0, 1, 0, 1, 1, 1, 0, 0 } };
    struct layer layer;
    struct error err;

    make_layer(&layer, mask);
    ((uint8_t *)(uintptr_t)layer.select)[5] = 2;
    ck_assert_int_eq(layer_check(&layer, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "beyond its group"));
    ((uint8_t *)(uintptr_t)layer.select)[5] = 0; /* both of one pair, but
                                                    descending or equal */
    ck_assert_int_eq(layer_check(&layer, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "ascending"));
    layer_release_packed(&layer);
}
END_TEST

START_TEST(selects_that_do_not_agree_as_declared_are_refused)
{
    uint8_t mask[2][8] = { { 1, 0, 1, 0, 0, 1, 0, 1 },
                           { 0, 1, 1, 0, 0, 1, 1, 0 } };
    uint8_t other[2][8] = { { 1, 0, 1, 0, 0, 1, 0, 1 },
                            { 1, 0, 1, 0, 0, 0, 1, 1 } };
    struct layer layer;
    struct error err;

    make_layer(&layer, mask); /* the same pairs, other elements of them */
    layer.agreement = 2;
    ck_assert_int_eq(layer_check(&layer, &err), 0);
    layer_release_packed(&layer);
    make_layer(&layer, other);
    ck_assert_int_eq(layer_check(&layer, &err), 0);
    layer.agreement = 2;
    ck_assert_int_eq(layer_check(&layer, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "agree"));
    layer_release_packed(&layer);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("layer");
    TCase *packing = tcase_create("packing");

    tcase_add_loop_test(packing, unpacking_gives_back_the_masked_matrix, 0, 5);
    tcase_add_loop_test(packing,
                        a_range_is_the_part_of_the_whole_that_lies_in_it, 0, 3);
    tcase_add_test(packing, a_damaged_select_is_refused);
    tcase_add_test(packing, selects_that_do_not_agree_as_declared_are_refused);
    suite_add_tcase(suite, packing);
    return suite;
}
