/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/layer_shape.h"

#include "tests/suite.h"

/* As a struct that has a shape has it: not at the end of it. */
static const struct owner {
    struct layer_shape shape;
    double other[3];
} owners[] = { { { "a", 0, 3, 5 }, { 0 } }, { { "b", 0, 3, 7 }, { 0 } },
               { { "c", 1, 3, 5 }, { 0 } }, { { "d", 3, 3, 5 }, { 0 } },
               { { "e", 3, 3, 5 }, { 0 } }, { { "f", 3, 3, 5 }, { 0 } } };

static void expect(uint32_t block, size_t count, size_t first, size_t end)
{
    struct layer_span run =
        layers_of_block(&owners->shape, sizeof *owners, count, block);

    ck_assert_uint_eq(run.first, first);
    ck_assert_uint_eq(run.end, end);
}

START_TEST(a_block_has_its_layers_and_no_other)
{
    expect(0, 6, 0, 2);
    expect(1, 6, 2, 3);
    expect(3, 6, 3, 6);
}
END_TEST

START_TEST(a_block_without_layers_has_an_empty_run)
{
    expect(2, 6, 3, 3);
    expect(4, 6, 6, 6);
    expect(0, 0, 0, 0);
    expect(3, 5, 3, 5);
}
END_TEST

START_TEST(a_copy_has_a_name_of_its_own)
{
    struct layer_shape copy = layer_shape_copy(&owners[1].shape);

    ck_assert_str_eq(copy.name, "b");
    ck_assert_ptr_ne(copy.name, owners[1].shape.name);
    ck_assert_uint_eq(copy.block, 0);
    ck_assert_uint_eq(copy.inputs, 3);
    ck_assert_uint_eq(copy.outputs, 7);
    layer_shape_release(&copy);
    ck_assert_ptr_null(copy.name);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("layer_shape");
    TCase *shapes = tcase_create("shapes");

    tcase_add_test(shapes, a_block_has_its_layers_and_no_other);
    tcase_add_test(shapes, a_block_without_layers_has_an_empty_run);
    tcase_add_test(shapes, a_copy_has_a_name_of_its_own);
    suite_add_tcase(suite, shapes);
    return suite;
}
