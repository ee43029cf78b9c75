/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tensor/dtype.h"

#include <math.h>
#include <string.h>

#include "tests/suite.h"

/* IEEE 754, section 3.4, with nothing but arithmetic: (-1)^s * 2^e * m. */
static double value_of(uint16_t bits, int exponent_bits, int fraction_bits)
{
    int bias = (1 << (exponent_bits - 1)) - 1;
    int exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1);
    int fraction = bits & ((1 << fraction_bits) - 1);
    double size;

    if (exponent == (1 << exponent_bits) - 1)
        size = fraction ? NAN : INFINITY;
    else if (exponent == 0)
        size = ldexp(fraction, 1 - bias - fraction_bits);
    else
        size = ldexp(fraction + (1 << fraction_bits),
                     exponent - bias - fraction_bits);
    return bits & 0x8000 ? -size : size;
}

static void must_be(float is, double wanted, unsigned bits)
{
    if (isnan(wanted))
        ck_assert_msg(isnan(is), "pattern %04x", bits);
    else
        ck_assert_msg((double)is == wanted && !signbit(is) == !signbit(wanted),
                      "pattern %04x: %a, not %a", bits, (double)is, wanted);
}

START_TEST(every_16_bit_pattern_has_the_value_the_standard_gives_it)
{
    for (unsigned bits = 0; bits < 65536; bits++) {
        must_be(dtype_f16_to_f32((uint16_t)bits),
                value_of((uint16_t)bits, 5, 10), bits);
        must_be(dtype_bf16_to_f32((uint16_t)bits),
                value_of((uint16_t)bits, 8, 7), bits);
    }
}
END_TEST

START_TEST(arrays_are_read_from_bytes_that_are_not_aligned)
{
    const double wide[] = { 1.0 / 3, -1e300, 0x1p-149 };
    const uint16_t half[] = { 0x3c01, 0xc500, 0x0001 };
    uint8_t bytes[1 + sizeof wide];
    float out[3];

    memcpy(bytes + 1, wide, sizeof wide);
    dtype_to_f32(out, bytes + 1, DTYPE_F64, 3);
    ck_assert(out[0] == (float)(1.0 / 3) && out[1] == -INFINITY &&
              out[2] == 0x1p-149f);
    memcpy(bytes + 1, half, sizeof half);
    dtype_to_f32(out, bytes + 1, DTYPE_F16, 3);
    ck_assert(out[0] == 1 + 0x1p-10f && out[1] == -5 && out[2] == 0x1p-24f);
    dtype_to_f32(out, bytes + 1, DTYPE_BF16, 3);
    ck_assert(out[0] == 0x1.02p-7f && out[1] == -2048);
    memcpy(bytes + 1, (float[]){ 1.5f, -0.0f, 7e37f }, 12);
    dtype_to_f32(out, bytes + 1, DTYPE_F32, 3);
    ck_assert(out[0] == 1.5f && signbit(out[1]) && out[2] == 7e37f);
}
END_TEST

/* Between the numbers of codes a and a + 1, both finite; how many of the tries
 * are rounded wrongly. */
static unsigned wrongly_rounded(enum dtype dtype, uint16_t a, float low,
                                float high)
{
    double middle = ((double)low + (double)high) / 2;
    const float tries[3] = { (float)middle, nextafterf((float)middle, 0),
                             nextafterf((float)middle, HUGE_VALF) };
    const uint16_t wanted[3] = { a % 2 ? (uint16_t)(a + 1) : a, a,
                                 (uint16_t)(a + 1) };
    unsigned wrong = 0;

    for (int i = 0; i < 3; i++) {
        uint16_t bits, below;

        wrong += !dtype_from_f32(&bits, dtype, tries[i]) ||
                 !dtype_from_f32(&below, dtype, -tries[i]) ||
                 bits != wanted[i] || below != (wanted[i] | 0x8000);
    }
    return wrong;
}

START_TEST(floats_are_rounded_to_the_nearest_number_of_16_bits)
{
    unsigned wrong = 0;
    uint16_t bits;

    for (unsigned code = 0; code < 0x7bff; code++)
        wrong += wrongly_rounded(DTYPE_F16, (uint16_t)code,
                                 dtype_f16_to_f32((uint16_t)code),
                                 dtype_f16_to_f32((uint16_t)(code + 1)));
    for (unsigned code = 0; code < 0x7f7f; code++)
        wrong += wrongly_rounded(DTYPE_BF16, (uint16_t)code,
                                 dtype_bf16_to_f32((uint16_t)code),
                                 dtype_bf16_to_f32((uint16_t)(code + 1)));
    ck_assert_uint_eq(wrong, 0);
    ck_assert(dtype_from_f32(&bits, DTYPE_F16, 65519));
    ck_assert(!dtype_from_f32(&bits, DTYPE_F16, 65520));
    ck_assert(!dtype_from_f32(&bits, DTYPE_BF16, 3.4e38F));
}
END_TEST

START_TEST(integers_keep_their_sign_and_size)
{
    const uint64_t ones = UINT64_MAX, top = (uint64_t)1 << 63;
    int64_t value;

    for (enum dtype dtype = DTYPE_I64; dtype <= DTYPE_I8; dtype++) {
        ck_assert(dtype_to_i64(&value, &ones, dtype));
        ck_assert_int_eq(value, -1);
    }
    ck_assert(dtype_to_i64(&value, &ones, DTYPE_U32));
    ck_assert_int_eq(value, UINT32_MAX);
    ck_assert(dtype_to_i64(&value, &ones, DTYPE_U8));
    ck_assert_int_eq(value, 255);
    ck_assert(dtype_to_i64(&value, &top, DTYPE_I64));
    ck_assert_int_eq(value, INT64_MIN);
    ck_assert(!dtype_to_i64(&value, &top, DTYPE_U64));
    ck_assert_int_eq(value, INT64_MIN);
}
END_TEST

START_TEST(names_and_sizes_are_those_of_the_format)
{
    const char *names[] = { "F64", "F32", "F16", "BF16", "I64", "I32", "I16",
                            "I8",  "U64", "U32", "U16",  "U8",  "BOOL" };
    const size_t sizes[] = { 8, 4, 2, 2, 8, 4, 2, 1, 8, 4, 2, 1, 1 };
    const char *others[] = { "C64",     "F8_E4M3",     "F8_E5M2",
                             "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
                             "F6_E2M3", "F6_E3M2",     "F4" };
    const size_t bits[] = { 64, 8, 8, 8, 8, 8, 6, 6, 4 };
    enum dtype dtype = DTYPE_I16;

    for (unsigned i = 0; i < 13; i++) {
        ck_assert_uint_eq(dtype_bits((enum dtype)i), 8 * sizes[i]);
        ck_assert(dtype_from_name(&dtype, names[i]));
        ck_assert_str_eq(dtype_name(dtype), names[i]);
        ck_assert_uint_eq(dtype_size(dtype), sizes[i]);
        ck_assert_int_eq(dtype_is_float(dtype), strchr(names[i], 'F') != NULL);
        ck_assert_int_eq(dtype_is_integer(dtype),
                         names[i][0] == 'I' || names[i][0] == 'U');
    }
    ck_assert(!dtype_from_name(&dtype, "f32"));
    ck_assert_int_eq(dtype, DTYPE_BOOL);
    for (unsigned i = 0; i < 9; i++) {
        ck_assert(dtype_from_name(&dtype, others[i]));
        ck_assert_str_eq(dtype_name(dtype), others[i]);
        ck_assert_uint_eq(dtype_bits(dtype), bits[i]);
        ck_assert(!dtype_is_float(dtype) && !dtype_is_integer(dtype));
    }
    ck_assert_uint_eq(DTYPES, 13 + 9);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("dtype");
    TCase *formats = tcase_create("formats");

    tcase_add_test(formats,
                   every_16_bit_pattern_has_the_value_the_standard_gives_it);
    tcase_add_test(formats, arrays_are_read_from_bytes_that_are_not_aligned);
    tcase_add_test(formats,
                   floats_are_rounded_to_the_nearest_number_of_16_bits);
    tcase_add_test(formats, integers_keep_their_sign_and_size);
    tcase_add_test(formats, names_and_sizes_are_those_of_the_format);
    suite_add_tcase(suite, formats);
    return suite;
}
