/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/random.h"
#include "tests/suite.h"

/* FIPS 180-4's examples, and nothing at all. */
static const struct {
    const char *text;
    size_t times;
    const char *hex;
} known[] = {
    { "", 1,
      "e3b0c44298fc1c149afbf4c8996fb924"
      "27ae41e4649b934ca495991b7852b855" },
    { "abc", 1,
      "ba7816bf8f01cfea414140de5dae2223"
      "b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039"
      "a33ce45964ff2167f6ecedd419db06c1" },
    { "a", 1000000,
      "cdc76e5c9914fb9281a1c7e284d73e67"
      "f1809a48a497200e046d39ccc7112cd0" },
};
enum { KNOWN = 4 };

START_TEST(hashes_are_those_of_the_standard)
{
    char hex[HASH_TEXT];
    struct hash hash;

    hash_begin(&hash);
    for (size_t i = 0; i < known[_i].times; i++)
        hash_add(&hash, known[_i].text, strlen(known[_i].text));
    hash_end(&hash, hex);
    ck_assert_str_eq(hex, known[_i].hex);
}
END_TEST

START_TEST(pieces_make_no_difference)
{
    enum { LENGTH = 1000 };
    char whole[HASH_TEXT], hex[HASH_TEXT];
    uint8_t bytes[LENGTH];
    uint64_t random = (uint64_t)_i;
    struct hash hash;

    for (size_t i = 0; i < LENGTH; i++)
        bytes[i] = (uint8_t)random_below(&random, 256);
    hash_bytes(whole, bytes, LENGTH);
    hash_begin(&hash);
    for (size_t at = 0, some; at < LENGTH; at += some) {
        some = min(LENGTH - at, (size_t)random_below(&random, 150));
        hash_add(&hash, bytes + at, some);
    }
    hash_end(&hash, hex);
    ck_assert_str_eq(hex, whole);
}
END_TEST

START_TEST(the_rate_is_measured_once)
{
    double rate = hash_rate();

    ck_assert_double_gt(rate, 1e6);
    ck_assert_double_eq(hash_rate(), rate);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("hash");
    TCase *all = tcase_create("hash");

    tcase_add_loop_test(all, hashes_are_those_of_the_standard, 0, KNOWN);
    tcase_add_loop_test(all, pieces_make_no_difference, 0, 20);
    tcase_add_test(all, the_rate_is_measured_once);
    suite_add_tcase(suite, all);
    return suite;
}
