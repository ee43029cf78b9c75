/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tests/suite.h"

START_TEST(what_an_array_grows_by_is_zero)
{
    size_t capacity = 0;
    uint32_t *numbers, *after;

    mallopt(M_PERTURB, 0x55); /* fresh memory is then not zero by itself */
    numbers = memory_grow(NULL, &capacity, 3, sizeof *numbers);
    for (size_t wanted = 4; wanted < 5000; wanted += 1 + wanted / 2) {
        after = malloc(16); /* so that it cannot grow where it is */
        numbers = memory_grow(numbers, &capacity, wanted, sizeof *numbers);
        ck_assert_uint_ge(capacity, wanted);
        for (size_t i = 0; i < capacity; i++)
            ck_assert_uint_eq(numbers[i], 0);
        free(after);
    }
    free(numbers);
    mallopt(M_PERTURB, 0);
}
END_TEST

START_TEST(new_memory_is_zero_and_matrices_begin_at_64_bytes)
{
    for (size_t size = 1; size < 3000; size += 97) {
        char *memory = memory_new(size, 3), *matrix;

        for (size_t i = 0; i < 3 * size; i++)
            ck_assert_int_eq(memory[i], 0);
        matrix = memory_new_aligned(size, 3);
        ck_assert_uint_eq((uintptr_t)matrix % 64, 0);
        free(matrix);
        free(memory);
    }
}
END_TEST

START_TEST(a_size_that_overflows_ends_the_program)
{
    size_t volatile half = SIZE_MAX / 2;

    free(memory_new(half, 3));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *memory = tcase_create("memory");

    tcase_add_test(memory, what_an_array_grows_by_is_zero);
    tcase_add_test(memory, new_memory_is_zero_and_matrices_begin_at_64_bytes);
    tcase_add_exit_test(memory, a_size_that_overflows_ends_the_program,
                        ERROR_INTERNAL);
    suite_add_tcase(suite, memory);
    return suite;
}
